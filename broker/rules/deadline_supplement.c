/* deadline_supplement.c: the applicant's time for papers: when they may be asked for, until when they have to come, and the refusal that
 * is owed when they do not. Source: DOMAIN section 2 (bo sung). */
#include "deadline_internal.h"

#include "route_at.h"

static bool is_set(const struct lt_limit *limit)
{
	return limit->unit != LT_LIMIT_NONE;
}

int64_t deadline_supplement_due(struct act *act, const struct branch *branch)
{
	const struct lt_procedure *procedure = deadline_procedure(act);
	const struct lt_route_leg *leg = route_at_of(act, branch);
	struct lt_limit limit = act->rules->law->limits.supplement;
	if (leg && is_set(&leg->supplement_limit))
		limit = leg->supplement_limit;
	else if (procedure && is_set(&procedure->supplement_limit))
		limit = procedure->supplement_limit;
	return deadline_due_of(act, &limit, act->dossier->origin);
}

void deadline_supplement_start(struct act *act, struct branch *branch, int64_t due)
{
	deadline_wait_start(act, &branch->supplement_wait, branch->number, LT_CLOCK_SUPPLEMENT_MISSED,
			    due == 0 ? 0 : due + DEADLINE_MINUTE);
}

void deadline_supplement_end(struct act *act, struct branch *branch)
{
	deadline_wait_end(act, &branch->supplement_wait, branch->number);
}

void deadline_refusal_start(struct act *act, struct branch *branch)
{
	const struct lt_route_leg *leg = route_at_of(act, branch);
	int64_t due = deadline_due_from(act, &leg->refuse_within, branch->holder, branch->missed.due);
	branch->missed.refuse_by = due != 0 ? due : act->time; /* no calendar covers it: it is owed all the same */
	deadline_wait_start(act, &branch->supplement_wait, branch->number, LT_CLOCK_REFUSAL_OVERDUE,
			    due == 0 ? 0 : due + DEADLINE_MINUTE);
}

enum lt_reason deadline_check_ask(struct act *act, struct branch *branch)
{
	const struct lt_route_leg *leg = route_at_of(act, branch);
	struct ticking t = deadline_of_branch(act, branch);
	if (!leg || !is_set(&leg->ask_within) || t.clock->started == 0)
		return LT_REASON_NONE;
	struct deadline_sum sum;
	/* What the limit is in minutes of this office from where the count began: some days are shorter than others. */
	int64_t until = deadline_due_from(act, &leg->ask_within, t.agency, t.clock->started);
	uint32_t allowed = deadline_minutes(act, t.agency, t.clock->started, until);
	deadline_measure(&t, act->time, &sum);
	uint32_t used = sum.used;
	if (until == 0 || used <= allowed)
		return LT_REASON_NONE; /* without a calendar there is no clock */
	return lt_refuse(&act->refusal, LT_SUPPLEMENTS_EXHAUSTED,
			 "leg %s: papers are asked for within %u working minutes, it has been here for %u", leg->id,
			 allowed, used);
}
