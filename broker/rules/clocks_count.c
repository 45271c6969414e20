/* clocks_count.c: from limits to due times, and into the table of due times. */
#include "clocks_internal.h"
#include "program/log.h"

static bool is_legal(const struct lt_limit *limit)
{
	return limit->unit >= LT_LIMIT_WORKING_HOURS && limit->unit <= LT_LIMIT_SAME_DAY &&
	       (limit->unit == LT_LIMIT_SAME_DAY || limit->halves > 0);
}

/* The two enums have the same numbers. */
static struct clock_limit limit_of(const struct lt_limit *limit)
{
	return (struct clock_limit){ (enum clock_unit)limit->unit, limit->halves };
}

static enum lt_err count_from(struct act *act, const struct lt_limit *limit, const char *agency, int64_t from,
			      struct clock_due *out)
{
	const struct timetable *timetable = act->state->timetable;
	const struct calendar *calendar = timetable_calendar(timetable);
	const struct clock_limit as = limit_of(limit);
	return calendar ? worktime_of(act)->due(calendar, timetable_office(timetable, agency), &as, from, out)
			: LT_ENOENT;
}

bool clocks_count(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	struct state *state = t->act->state;
	struct clock_due due;
	int missing;
	if (!is_legal(&clock->limit))
		return true;
	enum lt_err err = count_from(t->act, &clock->limit, t->agency, clock->started, &due);
	if (!err)
		err = worktime_of(t->act)->used(timetable_calendar(state->timetable),
						timetable_office(state->timetable, t->agency), clock->started, due.due,
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
	const struct timetable *timetable = t->act->state->timetable;
	uint32_t sum = 0;
	int missing;
	for (uint32_t i = first; i < timetable_outages(timetable); i++) {
		const struct timetable_outage *outage = timetable_outage(timetable, i);
		int64_t begin = outage->from > from ? outage->from : from, end = outage->to < to ? outage->to : to;
		uint32_t lost;
		if (begin < end &&
		    worktime_of(t->act)->used(timetable_calendar(timetable), timetable_office(timetable, t->agency),
					      begin, end, &lost, &missing) == LT_OK)
			sum += lost;
	}
	return sum;
}

/* What is given back may reach into another outage, or further into the same: until it no longer moves. */
bool clocks_credit(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	const struct timetable *timetable = t->act->state->timetable;
	uint32_t first = clock->outages, count = timetable_outages(timetable);
	int64_t before = clock->due_current;
	int missing;
	if (first == count || before == 0 || clock->running_since == 0 || !timetable_calendar(timetable))
		return false;
	clock->outages = count;
	for (unsigned round = 0; round <= count - first; round++) {
		uint32_t lost = lost_minutes(t, first, clock->running_since, clock->due_current);
		int64_t due = before;
		if (lost > 0 &&
		    worktime_of(t->act)->add(timetable_calendar(timetable), timetable_office(timetable, t->agency),
					     before, lost, &due, &missing))
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
	const struct lt_procedure *procedure = clocks_procedure(act);
	const struct lt_limit *limit = procedure ? &procedure->due_soon : NULL;
	if (!limit || limit->halves == 0)
		return act->rules->law->limits.due_soon_minutes;
	return limit->unit == LT_LIMIT_WORKING_HOURS ? limit->halves * 30 : limit->halves * CLOCK_HALF_DAY_MINUTES;
}

/* 0: there is nothing to warn of. */
static int64_t soon_time(const struct ticking *t)
{
	const struct timetable *timetable = t->act->state->timetable;
	const struct legal_clock *clock = t->clock;
	int64_t soon;
	int missing;
	if (clock->soon_told || !timetable_calendar(timetable) ||
	    worktime_of(t->act)->due_soon(timetable_calendar(timetable), timetable_office(timetable, t->agency),
					  clock->due_current, soon_minutes(t->act), &soon, &missing))
		return 0;
	return soon > clock->started ? soon : 0;
}

static void put(const struct ticking *t, enum lt_clock_kind kind, uint64_t due)
{
	struct due_entry entry = {
		.due = due,
		.dossier = t->act->dossier->number,
		.visit = t->visit,
		.kind = kind,
		.generation = t->clock->generation,
	};
	t->clock->next_kind = kind;
	t->clock->next_due = (int64_t)due;
	due_put(&t->act->state->due, &entry);
}

void clocks_disarm(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	if (clock->next_kind != 0)
		due_del(&t->act->state->due, (uint64_t)clock->next_due, t->act->dossier->number, t->visit,
			(enum lt_clock_kind)clock->next_kind);
	clock->next_kind = 0;
	clock->next_due = 0;
}

void clocks_arm(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	struct state *state = t->act->state;
	enum lt_clock_kind soon = t->visit ? LT_CLOCK_LEG_DUE_SOON : LT_CLOCK_DOSSIER_DUE_SOON;
	enum lt_clock_kind over = t->visit ? LT_CLOCK_LEG_OVERDUE : LT_CLOCK_DOSSIER_OVERDUE;
	clocks_disarm(t);
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
		put(t, over, (uint64_t)(clock->due_current + CLOCKS_MINUTE));
}

/* ---- what else is waited for ---- */

int64_t clocks_due_of(struct act *act, const struct lt_limit *limit, const char *agency)
{
	struct clock_due due;
	if (count_from(act, limit, agency, act->time, &due) == LT_OK)
		return due.due;
	act->state->counts.clocks_without_calendar++;
	return 0;
}

void clocks_wait_end(struct act *act, struct clock_wait *wait, uint32_t number)
{
	if (wait->next_kind == 0)
		return;
	due_del(&act->state->due, (uint64_t)wait->next_due, act->dossier->number, number,
		(enum lt_clock_kind)wait->next_kind);
	wait->next_kind = 0;
	wait->next_due = 0;
	wait->generation++;
}

void clocks_wait_start(struct act *act, struct clock_wait *wait, uint32_t number, enum lt_clock_kind kind, int64_t due)
{
	clocks_wait_end(act, wait, number);
	if (due == 0)
		return;
	struct due_entry entry = {
		.due = (uint64_t)due, .dossier = act->dossier->number, .visit = number, .kind = kind
	};
	entry.generation = ++wait->generation;
	wait->next_kind = kind;
	wait->next_due = due;
	due_put(&act->state->due, &entry);
}

struct lt_limit clocks_handoff_limit(struct act *act)
{
	const struct lt_procedure *procedure = clocks_procedure(act);
	if (procedure && is_legal(&procedure->handoff_limit))
		return procedure->handoff_limit;
	return act->rules->law->limits.handoff;
}

void clocks_offer_start(struct act *act, struct visit *visit)
{
	struct lt_limit limit = clocks_handoff_limit(act);
	clocks_wait_start(act, &visit->handoff, visit->number, LT_CLOCK_HANDOFF_REMIND,
			  clocks_due_of(act, &limit, visit->offered_to));
}

void clocks_offer_end(struct act *act, struct visit *visit)
{
	clocks_wait_end(act, &visit->handoff, visit->number);
}

void clocks_consult_start(struct act *act, uint32_t number, int64_t due)
{
	struct consult *consult = dossier_consult_number(act->dossier, number);
	LT_ASSERT(consult);
	clocks_wait_start(act, &consult->wait, number, LT_CLOCK_CONSULT_SILENT, due + CLOCKS_MINUTE);
}

void clocks_consult_end(struct act *act, uint32_t number)
{
	struct consult *consult = dossier_consult_number(act->dossier, number);
	LT_ASSERT(consult);
	clocks_wait_end(act, &consult->wait, number);
}

void clocks_supplement_start(struct act *act, int64_t due)
{
	const struct lt_procedure *procedure = clocks_procedure(act);
	struct lt_limit limit = act->rules->law->limits.supplement;
	if (procedure && is_legal(&procedure->supplement_limit))
		limit = procedure->supplement_limit;
	if (due == 0)
		due = clocks_due_of(act, &limit, act->dossier->origin);
	clocks_wait_start(act, &act->dossier->supplement_wait, 0, LT_CLOCK_SUPPLEMENT_MISSED,
			  due == 0 ? 0 : due + CLOCKS_MINUTE);
}

void clocks_supplement_end(struct act *act)
{
	clocks_wait_end(act, &act->dossier->supplement_wait, 0);
}
