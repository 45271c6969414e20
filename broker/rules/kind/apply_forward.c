/* apply_forward.c: FORWARD, RETURN and RESULT: the holder offers the branch to another agency, or to several: a fork. */
#include <stdio.h>
#include <string.h>

#include "rules/custody.h"
#include "rules/opinions.h"
#include "rules/route_at.h"
#include "program/log.h"

#define BIT(status) (1u << (STATUS_##status))

static enum lt_reason find_held(struct act *act, struct branch **branch)
{
	enum lt_reason reason = custody_find(act, branch);
	return reason ? reason : custody_check_held(act, *branch);
}

/* A leg of the sender's own may follow; the same leg again is no step. */
static enum lt_reason check_other(struct act *act, const struct branch *branch, uint32_t leg)
{
	if (custody_to_itself(act, 0) && (leg == 0 || (leg == branch->leg && branch->fork_leg == 0)))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[0]: %s holds it already",
				 act->header->sender);
	return custody_check_offer(act);
}

/* The edges back to 4 from 8 and 9 are for acts of their own (resuming, recalling a result), not for a hand-off. */
static enum lt_reason set_in_progress(struct act *act, const struct branch *branch)
{
	enum status status = custody_status(act, branch);
	if (status != STATUS_RECEIVED && status != STATUS_IN_PROGRESS)
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
				 "status %u (%s): %s is for 2 and 4; RESULT passes a result on", (unsigned)status,
				 status_name(status), lt_kind_name(act->header->kind));
	return custody_set_stage(act, branch, STATUS_IN_PROGRESS);
}

/* ---- forks and joins ---- */

/* One new branch a leg; each recipient may refuse its own, which then is the forking agency's again. */
static void fork_branch(struct act *act, struct branch *branch, const uint32_t *legs)
{
	custody_close(act, branch, LT_STAY_FORKED);
	act->about = act->fork = act->dossier->branch_count + 1;
	for (size_t i = 0; i < act->header->to_count; i++) {
		struct branch *child = custody_add(act);
		LT_ASSERT(child);
		child->parent = branch->number;
		child->leg = branch->leg;
		child->fork_leg = legs[i];
		if (custody_to_itself(act, i))
			custody_move(act, child, legs[i]);
		else
			custody_offer(act, child, i, legs[i]);
	}
}

struct fork_step {
	size_t count;
	uint32_t legs[LT_TO_MAX];
	bool waits; /* at the join, for others */
	bool own;   /* to a leg of the sender's own */
};

static enum lt_reason check_step(struct act *act, const struct branch *branch, bool refused, struct fork_step *step)
{
	enum lt_reason reason = LT_REASON_NONE;
	step->count = act->header->to_count;
	step->waits = false;
	step->own = step->count == 1 && custody_to_itself(act, 0);
	for (size_t i = 0; i < step->count && !reason; i++)
		reason = route_at_check_next(act, branch, i, refused, &step->legs[i]);
	if (!reason && step->count > 1)
		reason = route_at_check_fork(act, branch);
	if (!reason && step->count == 1)
		step->waits = route_at_waits(act, branch, step->legs[0]);
	return reason;
}

static void take_step(struct act *act, struct branch *branch, const struct fork_step *step)
{
	if (step->count > 1) {
		fork_branch(act, branch, step->legs);
		return;
	}
	if (step->waits) {
		custody_close(act, branch, LT_STAY_JOINED);
		branch->joined = step->legs[0];
		return;
	}
	if (step->own)
		custody_move(act, branch, step->legs[0]);
	else
		custody_offer(act, branch, 0, step->legs[0]);
}

/* ---- kinds ---- */

enum lt_reason apply_forward(struct act *act)
{
	struct branch *branch;
	struct fork_step step;
	enum lt_reason reason = find_held(act, &branch);
	if (!reason)
		reason = check_step(act, branch, false, &step);
	if (!reason)
		reason = step.count > 1 ? custody_check_offer(act) : check_other(act, branch, step.legs[0]);
	if (!reason)
		reason = set_in_progress(act, branch);
	if (!reason)
		reason = opinions_check_complete(act, branch, act->header->reason);
	if (!reason)
		take_step(act, branch, &step);
	return reason;
}

static enum lt_reason check_giver(struct act *act, const struct branch *branch)
{
	const char *to = act->header->to[0].agency;
	if (branch->came_from[0] == '\0')
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to[0]: %s got it from no other agency; %s may FORWARD it", branch->holder,
				 branch->holder);
	if (!custody_recipient_is(act, 0, branch->came_from))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to[0]: %s; it came from %s and may go back there", to, branch->came_from);
	if (custody_to_itself(act, 0))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[0]: %s holds it already",
				 act->header->sender);
	return LT_REASON_NONE;
}

enum lt_reason apply_return(struct act *act)
{
	struct branch *branch;
	uint32_t named = 0;
	enum lt_reason reason = find_held(act, &branch);
	if (!reason)
		reason = check_giver(act, branch);
	if (!reason)
		reason = route_at_check_named(act, &named);
	if (!reason)
		reason = custody_check_offer(act);
	if (!reason)
		reason = set_in_progress(act, branch);
	if (reason)
		return reason;
	custody_offer(act, branch, 0, named != 0 ? named : branch->came_leg);
	return LT_REASON_NONE;
}

/* The result of the dossier, not of one of its parallel legs. */
static enum lt_reason make_result(struct act *act, struct branch *branch)
{
	struct dossier *dossier = act->dossier;
	uint32_t others = dossier_open_branches(dossier) - 1;
	if (others > 0)
		return lt_refuse(&act->refusal, LT_BRANCHES_OPEN,
				 "%u other branches are open; FORWARD ends the work of a parallel branch", others);
	const char *why = act->header->reason[0] != '\0' ? act->header->reason : act->header->ground;
	enum lt_reason reason = custody_check_status_of(act, branch, BIT(IN_PROGRESS));
	if (!reason)
		reason = opinions_check_complete(act, branch, why);
	if (!reason)
		reason = custody_set_stage(act, branch, STATUS_DONE);
	if (reason)
		return reason;
	memcpy(dossier->result_id, act->header->id, sizeof(dossier->result_id));
	dossier->result_branch = branch->number;
	dossier->refused = act->header->reason[0] != '\0';
	custody_end_stay(act, branch, LT_STAY_RESULT);
	deadline_dossier_end(act);
	return LT_REASON_NONE;
}

/* To the sender itself, at the leg where it is: the result is made and stays with it. */
static bool made_here(struct act *act, const struct branch *branch, uint32_t named)
{
	return act->header->to_count == 1 && custody_to_itself(act, 0) &&
	       (named == 0 || (named == branch->leg && branch->fork_leg == 0));
}

/* A result that was made goes on by RESULT: to the agency that refused or lost it, or further towards the one-stop. The
 * status stays 9 then: nothing is made twice. */
enum lt_reason apply_result(struct act *act)
{
	struct branch *branch;
	struct fork_step step = { 0 };
	bool refused = act->header->reason[0] != '\0';
	enum lt_reason reason = find_held(act, &branch);
	uint32_t named = 0;
	if (!reason)
		reason = route_at_check_named(act, &named);
	if (reason)
		return reason;
	bool here = made_here(act, branch, named);
	if (!here)
		reason = check_step(act, branch, refused, &step);
	if (!reason)
		reason = custody_check_offer(act);
	if (!reason && step.waits)
		reason = custody_check_status(act, BIT(IN_PROGRESS) | BIT(DONE));
	else if (!reason && act->dossier->stage != STATUS_DONE)
		reason = make_result(act, branch);
	if (reason)
		return reason;
	if (here)
		custody_keep(act, branch);
	else
		take_step(act, branch, &step);
	return LT_REASON_NONE;
}
