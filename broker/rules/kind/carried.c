/* carried.c: see carried.h.
 *
 * What was over before the broker had the dossier is counted and shown, and told nobody (apply_limit_due.c): its holder has brought it. */
#include "carried.h"

#include "program/log.h"
#include "rules/custody.h"
#include "rules/route_at.h"

enum { TRACE_ACCEPTED = 3 };

static bool is_parallel(const struct lt_route_leg *leg)
{
	return leg->next_count > 1 && leg->choose != LT_CHOOSE_ONE;
}

/* It is on some of the ways that leave this leg together, and not behind the place where they meet. */
static bool is_within(const struct law_route *route, const struct lt_procedure *procedure,
		      const struct lt_route_leg *fork, uint32_t leg)
{
	size_t on = 0;
	for (uint32_t i = 0; i < fork->next_count; i++)
		on += route->reached(procedure, leg, fork->next[i]);
	return on > 0 && on < fork->next_count;
}

/* One branch cannot say where the other ways are. */
static enum lt_reason check_alone(struct act *act, uint32_t leg)
{
	const struct law_route *route = &act->rules->law->route;
	const struct lt_procedure *procedure = route_at_procedure(act);
	for (uint32_t i = 1; i <= procedure->leg_count; i++) {
		const struct lt_route_leg *fork = route->leg(procedure, i);
		if (is_parallel(fork) && is_within(route, procedure, fork, leg))
			return lt_refuse(
				&act->refusal, LT_NOT_AT_THIS_LEG,
				"to[0].leg: %s is one of several ways that leave leg %s together; open it there and "
				"send it on from there",
				route_at_id(act, leg), fork->id);
	}
	return LT_REASON_NONE;
}

enum lt_reason carried_check(struct act *act, uint32_t leg)
{
	const struct lt_carried *carried = act->header->carried;
	bool made = !act->rules->law->route.will_make(route_at_procedure(act), leg);
	enum lt_reason reason = check_alone(act, leg);
	if (!reason && made && carried->done_at == 0)
		reason = lt_refuse(&act->refusal, LT_CARRY_DATE_WRONG,
				   "carried.done_at: at leg %s every result is made; say when", route_at_id(act, leg));
	if (!reason && !made && carried->done_at != 0)
		reason = lt_refuse(&act->refusal, LT_CARRY_DATE_WRONG,
				   "carried.done_at: at leg %s a result is still to be made", route_at_id(act, leg));
	return reason;
}

/* It was received, 2: behind the first leg it is 4, and 9 when its results are made. */
static void set_stage(struct act *act, uint32_t leg)
{
	enum lt_reason reason = LT_REASON_NONE;
	if (leg != 1)
		reason = custody_set_stage(act, NULL, STATUS_IN_PROGRESS);
	if (!reason && act->header->carried->done_at != 0)
		reason = custody_set_stage(act, NULL, STATUS_DONE);
	LT_ASSERT(!reason);
}

void carried_place(struct act *act, struct branch *branch, uint32_t leg, bool own)
{
	const struct lt_carried *carried = act->header->carried;
	set_stage(act, leg);
	deadline_dossier_carry(act, carried->counted_from ? carried->counted_from : carried->received_at,
			       carried->appointment, carried->done_at);
	branch->leg = own ? leg : 1;
	if (!own) {
		custody_offer(act, branch, 0, leg);
		return;
	}
	branch->trace = branch->trace_work = TRACE_ACCEPTED;
	custody_start_leg(act, branch);
}
