/* deadline_count.c: from limits to due times, and into the table of due times. */
#include "deadline_internal.h"
#include "program/log.h"

static bool is_legal(const struct lt_limit *limit)
{
	return limit->unit >= LT_LIMIT_WORKING_MINUTES && limit->unit <= LT_LIMIT_SAME_DAY &&
	       (limit->unit == LT_LIMIT_SAME_DAY || limit->quarters > 0);
}

/* The two enums have the same numbers. */
static struct worktime_limit limit_of(const struct lt_limit *limit)
{
	return (struct worktime_limit){ (enum worktime_unit)limit->unit, limit->quarters };
}

static enum lt_err count_from(struct act *act, const struct lt_limit *limit, const char *agency, int64_t from,
			      struct worktime_due *out)
{
	struct calendars *calendars = act->state->calendars;
	const struct calendar *calendar = calendars_calendar(calendars, agency);
	const struct worktime_limit as = limit_of(limit);
	return calendar ? worktime_of(act)->due(calendar, calendars_office(calendars, agency), &as, from, out)
			: LT_ENOENT;
}

bool deadline_count(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	struct state *state = t->act->state;
	struct worktime_due due;
	int missing;
	if (!is_legal(&clock->limit))
		return true;
	enum lt_err err = count_from(t->act, &clock->limit, t->agency, clock->started, &due);
	if (!err)
		err = worktime_of(t->act)->used(calendars_calendar(state->calendars, t->agency),
						calendars_office(state->calendars, t->agency), clock->started, due.due,
						&clock->allotted, &missing);
	if (err) {
		clock->due_current = 0;
		state->counts.clocks_without_calendar++;
		return false;
	}
	clock->due_current = due.due;
	if (clock->due_original == 0)
		clock->due_original = due.due;
	return true;
}

/* Working minutes of outages from an index on that lie between two instants. */
static uint32_t lost_minutes(const struct ticking *t, uint32_t first, int64_t from, int64_t to)
{
	struct calendars *calendars = t->act->state->calendars;
	uint32_t sum = 0;
	int missing;
	for (uint32_t i = first; i < calendars_outages(calendars); i++) {
		const struct calendars_outage *outage = calendars_outage(calendars, i);
		int64_t begin = outage->from > from ? outage->from : from, end = outage->to < to ? outage->to : to;
		uint32_t lost;
		if (begin < end && worktime_of(t->act)->used(calendars_calendar(calendars, t->agency),
							     calendars_office(calendars, t->agency), begin, end, &lost,
							     &missing) == LT_OK)
			sum += lost;
	}
	return sum;
}

/* What is given back may reach into another outage, or further into the same: until it no longer moves. */
bool deadline_credit(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	struct calendars *calendars = t->act->state->calendars;
	uint32_t first = clock->outages, count = calendars_outages(calendars);
	int64_t before = clock->due_current;
	int missing;
	if (first == count || before == 0 || clock->running_since == 0 || !calendars_calendar(calendars, t->agency))
		return false;
	clock->outages = count;
	for (unsigned round = 0; round <= count - first; round++) {
		uint32_t lost = lost_minutes(t, first, clock->running_since, clock->due_current);
		int64_t due = before;
		if (lost > 0 &&
		    worktime_of(t->act)->add(calendars_calendar(calendars, t->agency),
					     calendars_office(calendars, t->agency), before, lost, &due, &missing))
			break;
		if (due == clock->due_current)
			break;
		clock->due_current = due;
	}
	return clock->due_current != before;
}

/* ---- the table ---- */

static uint32_t soon_minutes(struct act *act)
{
	const struct lt_procedure *procedure = deadline_procedure(act);
	const struct lt_limit *limit = procedure ? &procedure->due_soon : NULL;
	if (!limit || limit->quarters == 0)
		return act->rules->law->limits.due_soon_minutes;
	struct worktime_limit same = limit_of(limit);
	return act->rules->law->worktime.limit_minutes(&same);
}

/* 0: there is nothing to warn of. */
static int64_t soon_time(const struct ticking *t)
{
	struct calendars *calendars = t->act->state->calendars;
	const struct legal_clock *clock = t->clock;
	int64_t soon;
	int missing;
	if (clock->soon_told || !calendars_calendar(calendars, t->agency) ||
	    worktime_of(t->act)->due_soon(calendars_calendar(calendars, t->agency),
					  calendars_office(calendars, t->agency), clock->due_current,
					  soon_minutes(t->act), &soon, &missing))
		return 0;
	return soon > clock->started ? soon : 0;
}

static void put(const struct ticking *t, enum lt_clock_kind kind, uint64_t due)
{
	struct timer_entry entry = {
		.due = due,
		.dossier = t->act->dossier->number,
		.branch = t->branch,
		.kind = kind,
		.generation = t->clock->generation,
	};
	t->clock->next_kind = kind;
	t->clock->next_due = (int64_t)due;
	timer_put(&t->act->state->due, &entry);
}

void deadline_disarm(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	if (clock->next_kind != 0)
		timer_del(&t->act->state->due, (uint64_t)clock->next_due, t->act->dossier->number, t->branch,
			  (enum lt_clock_kind)clock->next_kind);
	clock->next_kind = 0;
	clock->next_due = 0;
}

void deadline_arm(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	struct state *state = t->act->state;
	enum lt_clock_kind soon = t->branch ? LT_CLOCK_LEG_DUE_SOON : LT_CLOCK_DOSSIER_DUE_SOON;
	enum lt_clock_kind over = t->branch ? LT_CLOCK_LEG_OVERDUE : LT_CLOCK_DOSSIER_OVERDUE;
	deadline_disarm(t);
	clock->generation++;
	if (clock->ended || clock->running_since == 0 || !is_legal(&clock->limit))
		return;
	if (clock->due_current == 0) {
		put(t, over, DUE_WAITING | state->calendar_sequence);
		return;
	}
	int64_t warn = soon_time(t);
	if (warn != 0)
		put(t, soon, (uint64_t)warn);
	else if (!clock->overdue_told) /* its minute belongs to the time allotted */
		put(t, over, (uint64_t)(clock->due_current + DEADLINE_MINUTE));
}

/* ---- what else is waited for ---- */

int64_t deadline_due_of(struct act *act, const struct lt_limit *limit, const char *agency)
{
	return deadline_due_from(act, limit, agency, act->time);
}

int64_t deadline_due_from(struct act *act, const struct lt_limit *limit, const char *agency, int64_t from)
{
	struct worktime_due due;
	if (count_from(act, limit, agency, from, &due) == LT_OK)
		return due.due;
	act->state->counts.clocks_without_calendar++;
	return 0;
}

int64_t deadline_put_off(struct act *act, int64_t due, const char *agency, int64_t from, int64_t to)
{
	const struct calendar *calendar = calendars_calendar(act->state->calendars, agency);
	const struct worktime_office *office = calendars_office(act->state->calendars, agency);
	uint32_t minutes = 0;
	int64_t later = due;
	int missing;
	if (from >= to) /* the time was set back: nothing was lost */
		return due;
	if (!calendar || worktime_of(act)->used(calendar, office, from, to, &minutes, &missing) ||
	    (minutes > 0 && worktime_of(act)->add(calendar, office, due, minutes, &later, &missing)))
		act->state->counts.clocks_without_calendar++;
	return later;
}

void deadline_wait_end(struct act *act, struct clock_wait *wait, uint32_t number)
{
	if (wait->next_kind == 0)
		return;
	timer_del(&act->state->due, (uint64_t)wait->next_due, act->dossier->number, number,
		  (enum lt_clock_kind)wait->next_kind);
	wait->next_kind = 0;
	wait->next_due = 0;
	wait->generation++;
}

void deadline_wait_start(struct act *act, struct clock_wait *wait, uint32_t number, enum lt_clock_kind kind,
			 int64_t due)
{
	deadline_wait_end(act, wait, number);
	if (due == 0)
		return;
	struct timer_entry entry = {
		.due = (uint64_t)due, .dossier = act->dossier->number, .branch = number, .kind = kind
	};
	entry.generation = ++wait->generation;
	wait->next_kind = kind;
	wait->next_due = due;
	timer_put(&act->state->due, &entry);
}

struct lt_limit deadline_handoff_limit(struct act *act)
{
	const struct lt_procedure *procedure = deadline_procedure(act);
	if (procedure && is_legal(&procedure->handoff_limit))
		return procedure->handoff_limit;
	return act->rules->law->limits.handoff;
}

void deadline_offer_start(struct act *act, struct branch *branch)
{
	struct lt_limit limit = deadline_handoff_limit(act);
	branch->offer_due = deadline_due_of(act, &limit, branch->offered_to);
	deadline_wait_start(act, &branch->handoff, branch->number, LT_CLOCK_HANDOFF_REMIND, branch->offer_due);
}

void deadline_offer_end(struct act *act, struct branch *branch)
{
	deadline_wait_end(act, &branch->handoff, branch->number);
}

void deadline_supplement_start(struct act *act, int64_t due)
{
	const struct lt_procedure *procedure = deadline_procedure(act);
	struct lt_limit limit = act->rules->law->limits.supplement;
	if (procedure && is_legal(&procedure->supplement_limit))
		limit = procedure->supplement_limit;
	if (due == 0)
		due = deadline_due_of(act, &limit, act->dossier->origin);
	deadline_wait_start(act, &act->dossier->supplement_wait, 0, LT_CLOCK_SUPPLEMENT_MISSED,
			    due == 0 ? 0 : due + DEADLINE_MINUTE);
}

void deadline_supplement_end(struct act *act)
{
	deadline_wait_end(act, &act->dossier->supplement_wait, 0);
}
