/* apply_forward.c: FORWARD, RETURN and RESULT: the holder offers the branch to another agency, or to several: a fork. */
#include <stdio.h>
#include <string.h>

#include "facts.h"
#include "rules/custody.h"
#include "rules/opinions.h"
#include "rules/route_at.h"
#include "rules/route_step.h"
#include "program/log.h"

#define BIT(status) (1u << (STATUS_##status))

static enum lt_reason find_held(struct act *act, struct branch **branch)
{
	enum lt_reason reason = custody_find(act, branch);
	return reason ? reason : custody_check_held(act, *branch);
}

/* The edges back to 4 from 8 and 9 are for acts of their own (resuming, recalling a result), not for a hand-off. */
static enum lt_reason check_in_progress(struct act *act, const struct branch *branch)
{
	enum status status = custody_status(act, branch);
	if (status != STATUS_RECEIVED && status != STATUS_IN_PROGRESS)
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
				 "status %u (%s): %s is for 2 and 4; RESULT passes a result on", (unsigned)status,
				 status_name(status), lt_kind_name(act->header->kind));
	return LT_REASON_NONE;
}

static enum lt_reason set_in_progress(struct act *act, const struct branch *branch)
{
	return custody_set_stage(act, branch, STATUS_IN_PROGRESS);
}

/* ---- forks and joins ---- */

static void close_at_join(struct act *act, struct branch *branch, uint32_t leg)
{
	custody_close(act, branch, LT_STAY_JOINED);
	branch->joined = leg;
}

static void inherit_result(struct branch *child, const struct branch *branch)
{
	child->made_leg = branch->made_leg;
	child->made_refused = branch->made_refused;
	dossier_copy_code(child->made_by, branch->made_by);
	memcpy(child->made_id, branch->made_id, sizeof(child->made_id));
}

/* One new branch a leg; each recipient may refuse its own, which then is the forking agency's again. All are there before one of them
 * is looked at: a way of the fork that leads to its join at once waits there. */
static void fork_branch(struct act *act, struct branch *branch, const uint32_t *legs)
{
	size_t count = act->header->to_count;
	custody_close(act, branch, LT_STAY_FORKED);
	act->about = act->fork = act->dossier->branch_count + 1;
	for (size_t i = 0; i < count; i++) {
		struct branch *child = custody_add(act);
		LT_ASSERT(child);
		child->parent = branch->number;
		child->leg = branch->leg;
		child->fork_leg = legs[i];
		inherit_result(child, branch);
	}
	for (size_t i = 0; i < count; i++) {
		struct branch *child = dossier_branch(act->dossier, act->fork + (uint32_t)i);
		if (route_at_waits(act, child, legs[i]))
			close_at_join(act, child, legs[i]);
		else if (custody_to_itself(act, i))
			custody_move(act, child, legs[i]);
		else
			custody_offer(act, child, i, legs[i]);
	}
}

static void take_step(struct act *act, struct branch *branch, const struct route_step *step)
{
	if (step->count > 1)
		fork_branch(act, branch, step->legs);
	else if (step->waits)
		close_at_join(act, branch, step->legs[0]);
	else if (step->own)
		custody_move(act, branch, step->legs[0]);
	else
		custody_offer(act, branch, 0, step->legs[0]);
}

/* ---- kinds ---- */

enum lt_reason apply_forward(struct act *act)
{
	struct branch *branch;
	struct route_step step;
	enum lt_reason reason = find_held(act, &branch);
	if (!reason)
		reason = check_in_progress(act, branch);
	if (!reason)
		reason = opinions_check_refusal(act, branch);
	if (!reason)
		reason = custody_check_offer(act);
	if (!reason)
		reason = facts_learn(act, branch);
	if (!reason)
		reason = route_step_find(act, branch, &step);
	if (!reason)
		reason = facts_check_ahead(act, branch, &step);
	if (!reason)
		reason = set_in_progress(act, branch);
	if (!reason)
		reason = opinions_check_complete(act, branch, act->header->reason);
	if (!reason)
		take_step(act, branch, &step);
	return reason;
}

/* Who gave it back is not asked to take it again by RETURN: that way leads forward. */
static enum lt_reason check_giver(struct act *act, const struct branch *branch, const struct dossier_giver *giver)
{
	const char *to = act->header->to[0].agency;
	if (giver->agency[0] == '\0')
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to[0]: %s got it from no other agency; %s may FORWARD it", branch->holder,
				 branch->holder);
	if (!custody_recipient_is(act, 0, giver->agency))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to[0]: %s; it came from %s and may go back there", to, giver->agency);
	if (custody_to_itself(act, 0))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[0]: %s holds it already",
				 act->header->sender);
	return LT_REASON_NONE;
}

/* It goes back to the leg where the giver had it, and nowhere else. */
static enum lt_reason check_came_leg(struct act *act, const struct dossier_giver *giver)
{
	uint32_t named;
	enum lt_reason reason = route_at_find_named(act, 0, &named);
	if (!reason && named != 0 && named != giver->leg)
		reason = lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				   "to[0].leg: %s; it came from leg %s and goes back there", act->header->to[0].leg,
				   route_at_id(act, giver->leg));
	return reason;
}

enum lt_reason apply_return(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = find_held(act, &branch);
	if (reason)
		return reason;
	struct dossier_giver giver = dossier_branch_giver(branch);
	reason = check_giver(act, branch, &giver);
	if (!reason)
		reason = check_came_leg(act, &giver);
	if (!reason)
		reason = custody_check_offer(act);
	if (!reason)
		reason = check_in_progress(act, branch);
	if (!reason)
		reason = set_in_progress(act, branch);
	if (!reason)
		custody_offer(act, branch, 0, giver.leg);
	return reason;
}

/* ---- RESULT ---- */

/* To the sender itself, at the leg that makes it: the result is made and stays with it. */
static bool stays_here(struct act *act, const struct branch *branch, uint32_t named)
{
	return act->header->to_count == 1 && custody_to_itself(act, 0) && route_step_makes(act, branch) &&
	       (named == 0 || named == branch->leg);
}

static enum lt_reason check_result(struct act *act, const struct branch *branch)
{
	if (branch->made_leg != 0 || route_step_makes(act, branch))
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG, "leg %s makes no result; FORWARD leads on",
			 route_at_id(act, dossier_branch_leg(branch)));
}

#define CODES_MAX 160 /* bytes of a list of codes in a refusal */

static bool makes_code(const struct lt_route_leg *leg, const char *code, char list[CODES_MAX])
{
	bool found = leg->make_count == 0; /* a result without a code of its own */
	size_t len = 0;
	list[0] = '\0';
	for (size_t i = 0; i < leg->make_count; i++) {
		found |= strcmp(leg->makes[i], code) == 0;
		if (len < CODES_MAX)
			len += (size_t)snprintf(list + len, CODES_MAX - len, "%s%s", i > 0 ? ", " : "", leg->makes[i]);
	}
	return found;
}

/* The papers that it names are of the leg that makes them, also where it passes on what was made there. */
static enum lt_reason check_papers(struct act *act, const struct branch *branch)
{
	const struct lt_header *header = act->header;
	uint32_t at = route_step_makes(act, branch) ? branch->leg : branch->made_leg;
	const struct lt_route_leg *leg = act->rules->law->route.leg(route_at_procedure(act), at);
	char list[CODES_MAX];
	for (size_t i = 0; leg && i < header->result_count; i++) {
		const struct lt_made_result *result = &header->results[i];
		if (act->rules->law->route.find(route_at_procedure(act), result->leg) != leg)
			return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG,
					 "results[%zu].leg: %s; the result is made at leg %s", i, result->leg, leg->id);
		if (!makes_code(leg, result->code, list))
			return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG,
					 "results[%zu].code: leg %s makes %s, not %s", i, leg->id, list, result->code);
	}
	return LT_REASON_NONE;
}

/* What is made at the first leg is made at once: the work begins with it. */
static enum lt_reason begin_work(struct act *act, const struct branch *branch)
{
	return custody_status(act, branch) == STATUS_RECEIVED ? set_in_progress(act, branch) : LT_REASON_NONE;
}

/* Why it goes on before opinions have come. */
static const char *reason_of(const struct act *act)
{
	return act->header->reason[0] != '\0' ? act->header->reason : act->header->ground;
}

static void make_result(struct act *act, struct branch *branch)
{
	struct dossier *dossier = act->dossier;
	branch->made_leg = branch->leg;
	branch->made_refused = act->header->reason[0] != '\0';
	dossier_copy_code(branch->made_by, branch->holder);
	memcpy(branch->made_id, act->header->id, sizeof(branch->made_id));
	dossier->refused |= branch->made_refused;
	custody_end_stay(act, branch, LT_STAY_RESULT);
}

/* All results of the ways that were taken are made: the dossier is done, and its clock ends. */
static enum lt_reason set_done(struct act *act, const struct branch *branch)
{
	if (act->dossier->stage == STATUS_DONE)
		return LT_REASON_NONE;
	enum lt_reason reason = custody_set_stage(act, branch, STATUS_DONE);
	if (!reason)
		deadline_dossier_end(act);
	return reason;
}

/* A result is made at its leg and goes on from there by RESULT: towards the one-stop, or again to who refused it. A refusal that names
 * the leg's on_refusal is no result: the work goes on there. */
enum lt_reason apply_result(struct act *act)
{
	struct branch *branch;
	struct route_step step = { 0 };
	uint32_t named = 0;
	enum lt_reason reason = find_held(act, &branch);
	if (!reason)
		reason = custody_check_status(act, BIT(RECEIVED) | BIT(IN_PROGRESS) | BIT(DONE));
	if (!reason)
		reason = route_at_find_named(act, 0, &named);
	if (!reason)
		reason = check_result(act, branch);
	if (!reason)
		reason = check_papers(act, branch);
	if (!reason)
		reason = facts_learn(act, branch);
	if (reason)
		return reason;
	bool here = stays_here(act, branch, named);
	if (!here)
		reason = route_step_find(act, branch, &step);
	if (!reason)
		reason = facts_check_ahead(act, branch, &step);
	if (!reason)
		reason = custody_check_offer(act);
	if (!reason && route_step_makes(act, branch))
		reason = opinions_check_complete(act, branch, reason_of(act));
	if (!reason)
		reason = begin_work(act, branch);
	if (!reason && !step.back && !route_step_pending(act, branch, here ? NULL : &step))
		reason = set_done(act, branch);
	if (reason)
		return reason;
	if (!step.back && route_step_makes(act, branch))
		make_result(act, branch);
	if (here)
		custody_keep(act, branch);
	else
		take_step(act, branch, &step);
	return LT_REASON_NONE;
}
