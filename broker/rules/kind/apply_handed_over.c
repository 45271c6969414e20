/* apply_handed_over.c: HANDED_OVER: the applicant has the result, or the papers of a stopped dossier; the dossier is closed. */
#include "rules/custody.h"

static void end_clocks(struct act *act)
{
	struct dossier *dossier = act->dossier;
	for (uint32_t i = 0; i < dossier->consult_count; i++) {
		if (dossier->consults[i].wait.next_kind != 0)
			deadline_consult_end(act, dossier->consults[i].number);
	}
	if (dossier->clock.started != 0 && !dossier->clock.ended)
		deadline_dossier_end(act);
}

enum lt_reason apply_handed_over(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = custody_check_held(act, branch);
	if (!reason && dossier_open_branches(act->dossier) > 1)
		reason = lt_refuse(&act->refusal, LT_BRANCHES_OPEN, "%u other branches are open",
				   dossier_open_branches(act->dossier) - 1);
	if (!reason)
		reason = act->rules->law->status.set(&act->dossier->status, STATUS_HANDED_OVER, &act->refusal);
	if (reason)
		return reason;
	custody_close(act, branch);
	end_clocks(act);
	return LT_REASON_NONE;
}
