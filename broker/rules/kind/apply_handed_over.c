/* apply_handed_over.c: HANDED_OVER: the applicant has the result, or the papers of a stopped dossier. */
#include "rules/custody.h"
#include "rules/route_step.h"

static void end_clocks(struct act *act)
{
	struct dossier *dossier = act->dossier;
	for (uint32_t i = 0; i < dossier->consult_count; i++)
		deadline_consult_end(act, &dossier->consults[i]);
	if (dossier->clock.started != 0 && !dossier->clock.ended)
		deadline_dossier_end(act);
}

/* Of the last branch, by its holder. What is stopped on several ways has no last one: its lead ends it whole. */
static enum lt_reason check(struct act *act, const struct branch *branch)
{
	uint32_t others = dossier_open_branches(act->dossier) - (branch->custody != LT_CUSTODY_CLOSED);
	if (others > 0 && act->dossier->status == STATUS_STOPPED && custody_sender_leads(act, branch))
		return custody_check_version(act, branch);
	enum lt_reason reason = custody_check_held(act, branch);
	if (!reason && others > 0)
		reason = lt_refuse(&act->refusal, LT_BRANCHES_OPEN, "%u other branches are open", others);
	return reason;
}

enum lt_reason apply_handed_over(struct act *act)
{
	struct branch *branch;
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = check(act, branch);
	if (!reason && dossier->stage == STATUS_DONE)
		reason = route_step_check_end(act, branch);
	if (!reason)
		reason = custody_set_stage(act, NULL, STATUS_HANDED_OVER);
	if (reason)
		return reason;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].custody != LT_CUSTODY_CLOSED)
			custody_close(act, &dossier->branches[i], LT_STAY_CLOSED);
	}
	end_clocks(act);
	return LT_REASON_NONE;
}
