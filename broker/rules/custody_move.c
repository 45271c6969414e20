/* custody_move.c: every change of a branch's custody, and the clocks that go with it.
 *
 * HELD by one, OFFERED to another, HELD by that one: there is no other way for a dossier to move. Each step raises the
 * branch's version, so that two acts on the same version cannot both take effect, and each step starts or ends exactly
 * the clocks that belong to it. Kinds call these functions and never write a branch's custody themselves. */
#include <string.h>

#include "custody.h"
#include "route_at.h"

static void change(struct act *act, struct branch *branch, enum lt_custody custody)
{
	if (branch->custody == LT_CUSTODY_OFFERED)
		deadline_offer_end(act, branch);
	branch->custody = custody;
	branch->version++;
	branch->since = act->time;
}

static void set_trace(struct branch *branch, uint8_t code)
{
	branch->trace = code;
	if (code >= 3 && code <= 6)
		branch->trace_work = code;
}

static void forget_giver(struct branch *branch)
{
	branch->came_from[0] = branch->came_before[0] = '\0';
	branch->came_leg = branch->came_fork_leg = 0;
	memset(branch->accepted_id, 0, sizeof(branch->accepted_id));
	memset(branch->recall_id, 0, sizeof(branch->recall_id));
}

void custody_offer(struct act *act, struct branch *branch, size_t i, uint32_t leg)
{
	change(act, branch, LT_CUSTODY_OFFERED);
	dossier_copy_code(branch->offered_to, act->header->to[i].agency);
	memcpy(branch->offer_id, act->header->id, sizeof(branch->offer_id));
	branch->offer_sequence = act->sequence;
	branch->offer_leg = leg;
	branch->offer_kind = act->header->kind;
	branch->trace = 0;
	deadline_offer_start(act, branch);
}

void custody_keep(struct act *act, struct branch *branch)
{
	change(act, branch, LT_CUSTODY_HELD);
}

void custody_move(struct act *act, struct branch *branch, uint32_t leg)
{
	custody_end_leg(act, branch);
	change(act, branch, LT_CUSTODY_HELD);
	forget_giver(branch);
	branch->leg = leg;
	branch->fork_leg = 0;
	set_trace(branch, 3);
	custody_start_leg(act, branch);
}

void custody_pass(struct act *act, struct branch *branch)
{
	custody_end_leg(act, branch);
	memcpy(branch->accepted_id, branch->offer_id, sizeof(branch->accepted_id));
	dossier_copy_code(branch->came_before, branch->came_from);
	dossier_copy_code(branch->came_from, branch->holder);
	branch->came_leg = branch->leg;
	branch->came_fork_leg = branch->fork_leg;
	dossier_copy_code(branch->holder, act->header->sender);
	branch->leg = branch->offer_leg;
	branch->fork_leg = 0;
	change(act, branch, LT_CUSTODY_HELD);
	set_trace(branch, 3);
	custody_start_leg(act, branch);
}

void custody_place(struct act *act, struct branch *branch, const char *agency, uint32_t leg)
{
	custody_end_leg(act, branch);
	dossier_copy_code(branch->holder, agency);
	forget_giver(branch);
	branch->leg = leg;
	branch->fork_leg = 0;
	change(act, branch, LT_CUSTODY_HELD);
	set_trace(branch, 3);
	custody_start_leg(act, branch);
}

void custody_close(struct act *act, struct branch *branch)
{
	custody_end_leg(act, branch);
	change(act, branch, LT_CUSTODY_CLOSED);
	memset(branch->recall_id, 0, sizeof(branch->recall_id));
}

struct branch *custody_add(struct act *act)
{
	struct dossier *dossier = act->dossier;
	if (dossier->branch_count == DOSSIER_BRANCHES_MAX)
		return NULL;
	struct branch *branch = &dossier->branches[dossier->branch_count++];
	*branch = (struct branch){
		.number = dossier->branch_count, .version = 1, .custody = LT_CUSTODY_HELD, .since = act->time
	};
	dossier_copy_code(branch->holder, act->header->sender);
	return branch;
}

void custody_start_leg(struct act *act, struct branch *branch)
{
	const struct lt_limit none = { 0 };
	const struct lt_route_leg *leg = route_at_of(act, branch);
	deadline_leg_start(act, branch, branch->holder, leg ? &leg->limit : &none);
}

void custody_end_leg(struct act *act, struct branch *branch)
{
	if (branch->clock.started != 0 && !branch->clock.ended)
		deadline_leg_end(act, branch);
}

void custody_suspend_clocks(struct act *act)
{
	if (act->dossier->clocks_stand)
		return;
	act->dossier->clocks_stand = true;
	deadline_suspend(act);
}

void custody_resume_clocks(struct act *act, enum lt_clock_policy policy)
{
	if (!act->dossier->clocks_stand)
		return;
	act->dossier->clocks_stand = false;
	deadline_resume(act, policy);
}

enum lt_reason custody_stop(struct act *act)
{
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = act->rules->law->status.set(&dossier->status, STATUS_STOPPED, &act->refusal);
	if (reason)
		return reason;
	if (custody_has_id(dossier->supplement.id))
		deadline_supplement_end(act);
	dossier->supplement = dossier->fee = dossier->withdrawal = (struct dossier_request){ 0 };
	dossier->fee_amount = 0;
	custody_suspend_clocks(act);
	deadline_consults_stand(act);
	return LT_REASON_NONE;
}
