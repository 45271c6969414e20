/* deadline_count.c: from limits to due times, and into the table of due times. */
#include "deadline_internal.h"

#include "base/date.h"
#include "program/log.h"

bool deadline_is_legal(const struct lt_limit *limit)
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
	if (!calendar)
		return LT_ENOENT;
	struct worktime_office office = *calendars_office(calendars, agency);
	const struct lt_procedure *procedure = deadline_procedure(act);
	if (procedure && procedure->same_day_until != 0)
		office.same_day_until = (uint16_t)procedure->same_day_until;
	return worktime_of(act)->due(calendar, &office, &as, from, out);
}

static int64_t counted_from(const struct legal_clock *clock)
{
	return clock->anchor != 0 ? clock->anchor : clock->started;
}

uint32_t deadline_minutes(struct act *act, const char *agency, int64_t from, int64_t to)
{
	struct calendars *calendars = act->state->calendars;
	const struct calendar *calendar = calendars_calendar(calendars, agency);
	const struct worktime_office *office = calendars_office(calendars, agency);
	uint32_t minutes = 0;
	int missing;
	if (from >= to || !calendar || worktime_of(act)->used(calendar, office, from, to, &minutes, &missing))
		return 0;
	for (uint32_t i = 0; i < calendars_outages(calendars); i++) {
		const struct calendars_outage *outage = calendars_outage(calendars, i);
		uint32_t lost = 0;
		int64_t begin = outage->from > from ? outage->from : from, end = outage->to < to ? outage->to : to;
		if (begin < end && worktime_of(act)->used(calendar, office, begin, end, &lost, &missing) == LT_OK)
			minutes = lost < minutes ? minutes - lost : 0;
	}
	return minutes;
}

/* Of +07:00, as calendars count days. */
static int64_t day_of(int64_t time)
{
	return (time + LT_VIETNAM_OFFSET_US) / LT_DAY_US;
}

/* The stand that has not ended counts up to `until`, and what is later than that not at all. */
static void sum_stands(const struct ticking *t, int64_t until, struct deadline_sum *out)
{
	const struct legal_clock *clock = t->clock;
	out->stood = clock->folded_used;
	out->given = clock->folded;
	for (uint32_t i = 0; i < clock->stand_count; i++) {
		int64_t from = clock->stands[i].from, to = clock->stands[i].to;
		if (to == 0 || to > until)
			to = until;
		if (from >= to) /* the time was set back, or it is later: it stood for no time */
			continue;
		uint32_t minutes = deadline_minutes(t->act, t->agency, from, to);
		out->stood += minutes;
		out->given +=
			clock->limit.unit == LT_LIMIT_CALENDAR_DAYS ? (uint32_t)(day_of(to) - day_of(from)) : minutes;
	}
}

void deadline_measure(const struct ticking *t, int64_t until, struct deadline_sum *out)
{
	uint32_t whole = deadline_minutes(t->act, t->agency, t->clock->started, until);
	sum_stands(t, until, out);
	out->used = whole > out->stood ? whole - out->stood : 0;
}

/* Given back in the unit of the limit: days to a limit in days, working minutes to any other. */
static enum lt_err count_with(const struct ticking *t, uint32_t given, int64_t *due)
{
	const struct legal_clock *clock = t->clock;
	struct calendars *calendars = t->act->state->calendars;
	struct lt_limit limit = clock->limit;
	struct worktime_due counted;
	int missing;
	if (limit.unit == LT_LIMIT_CALENDAR_DAYS)
		limit.quarters += 4 * given;
	enum lt_err err = count_from(t->act, &limit, t->agency, counted_from(clock), &counted);
	*due = counted.due;
	if (!err && limit.unit != LT_LIMIT_CALENDAR_DAYS && given > 0)
		err = worktime_of(t->act)->add(calendars_calendar(calendars, t->agency),
					       calendars_office(calendars, t->agency), counted.due, given, due,
					       &missing);
	return err;
}

/* The stand that has not ended is given back when it has. */
static enum lt_err count_due(const struct ticking *t, int64_t *due)
{
	struct legal_clock closed = *t->clock;
	struct deadline_sum sum;
	if (dossier_clock_stands_since(t->clock) != 0)
		closed.stand_count--;
	struct ticking until = { t->act, &closed, t->branch, t->agency };
	sum_stands(&until, INT64_MAX, &sum);
	return count_with(t, sum.given + t->clock->before, due);
}

uint32_t deadline_given(struct act *act, const struct lt_limit *limit, const char *agency)
{
	struct legal_clock probe = act->dossier->clock;
	struct deadline_sum sum;
	bool days = limit->unit == LT_LIMIT_CALENDAR_DAYS;
	if (days != (probe.limit.unit == LT_LIMIT_CALENDAR_DAYS))
		probe.folded = days ? probe.folded_used / WORKTIME_DAY_MINUTES : probe.folded_used;
	probe.limit = *limit;
	struct ticking t = { act, &probe, 0, agency };
	sum_stands(&t, act_legal(act), &sum);
	return sum.given;
}

/* Working minutes of the outages that begin before a due time, from where its count began: all of each, for what is put off by the first part
 * of one would lie in the rest of it. */
static uint32_t lost_minutes(struct act *act, const char *agency, int64_t from, int64_t due)
{
	struct calendars *calendars = act->state->calendars;
	uint32_t sum = 0;
	int missing;
	for (uint32_t i = 0; i < calendars_outages(calendars); i++) {
		const struct calendars_outage *outage = calendars_outage(calendars, i);
		int64_t begin = outage->from > from ? outage->from : from;
		uint32_t lost;
		if (outage->from < due && begin < outage->to &&
		    worktime_of(act)->used(calendars_calendar(calendars, agency), calendars_office(calendars, agency),
					   begin, outage->to, &lost, &missing) == LT_OK)
			sum += lost;
	}
	return sum;
}

/* What is given back may reach into another outage: until it no longer moves. */
static enum lt_err pass_outages(struct act *act, const char *agency, int64_t from, int64_t *due)
{
	struct calendars *calendars = act->state->calendars;
	int64_t before = *due;
	uint32_t lost, given = 0;
	int missing;
	while ((lost = lost_minutes(act, agency, from, *due)) > given) {
		enum lt_err err =
			worktime_of(act)->add(calendars_calendar(calendars, agency),
					      calendars_office(calendars, agency), before, lost, due, &missing);
		if (err)
			return err;
		given = lost;
	}
	return LT_OK;
}

/* The minutes of the limit alone; of one that counts from before the leg began, those that are left of it then. */
static enum lt_err count_allotted(const struct ticking *t, uint32_t *out)
{
	struct calendars *calendars = t->act->state->calendars;
	int64_t due;
	int missing;
	enum lt_err err = count_with(t, t->clock->before, &due);
	*out = 0;
	if (err || due <= t->clock->started)
		return err;
	return worktime_of(t->act)->used(calendars_calendar(calendars, t->agency),
					 calendars_office(calendars, t->agency), t->clock->started, due, out, &missing);
}

bool deadline_count(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	struct state *state = t->act->state;
	int64_t due = 0;
	clock->facts = state->calendar_sequence;
	if (!deadline_is_legal(&clock->limit))
		return true;
	enum lt_err err = count_allotted(t, &clock->allotted);
	if (!err)
		err = count_due(t, &due);
	if (!err)
		err = pass_outages(t->act, t->agency, counted_from(clock), &due);
	if (err) {
		clock->due_lawful = 0;
		if (!clock->told_before)
			clock->appointment = 0;
		state->counts.clocks_without_calendar++;
		return false;
	}
	bool moved = clock->due_lawful != 0 && clock->due_lawful != due;
	bool earlier = clock->appointment < due;
	bool holds = clock->told_before ? !moved || !earlier : clock->apologised && !earlier;
	clock->due_lawful = due;
	if (clock->due_first == 0)
		clock->due_first = due;
	if (!holds)
		clock->appointment = due;
	return true;
}

void deadline_recount(const struct ticking *t)
{
	if (t->clock->facts != t->act->state->calendar_sequence)
		deadline_count(t);
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
					  calendars_office(calendars, t->agency), clock->appointment,
					  soon_minutes(t->act), &soon, &missing))
		return 0;
	return soon > clock->started ? soon : 0;
}

static void put(const struct ticking *t, enum lt_clock_kind kind, uint64_t due)
{
	struct timer_entry entry = {
		.due = due,
		.armed = t->act->sequence,
		.dossier = t->act->dossier->number,
		.branch = t->branch,
		.kind = kind,
		.generation = t->clock->generation,
	};
	t->clock->next_kind = kind;
	t->clock->next_due = (int64_t)due;
	t->clock->armed = entry.armed;
	timer_put(&t->act->state->due, &entry);
}

void deadline_disarm(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	if (clock->next_kind != 0)
		timer_del(&t->act->state->due, (uint64_t)clock->next_due, clock->armed, t->act->dossier->number,
			  t->branch, (enum lt_clock_kind)clock->next_kind);
	clock->next_kind = 0;
	clock->next_due = 0;
	clock->armed = 0;
}

/* While its holder offers it to another, nobody is told of the holder's leg: the time is the receiver's. */
static bool is_offered(const struct ticking *t)
{
	const struct dossier *dossier = t->act->dossier;
	return t->branch != 0 && dossier->branches[t->branch - 1].custody == LT_CUSTODY_OFFERED;
}

void deadline_arm(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	struct state *state = t->act->state;
	enum lt_clock_kind soon = t->branch ? LT_CLOCK_LEG_DUE_SOON : LT_CLOCK_DOSSIER_DUE_SOON;
	enum lt_clock_kind over = t->branch ? LT_CLOCK_LEG_OVERDUE : LT_CLOCK_DOSSIER_OVERDUE;
	deadline_disarm(t);
	clock->generation++;
	if (!dossier_clock_runs(clock) || !deadline_is_legal(&clock->limit) || is_offered(t))
		return;
	/* No calendar covers it; or it was told, which a fact of working time may yet take back. */
	if (clock->due_lawful == 0 || clock->overdue_told) {
		put(t, over, DUE_WAITING | state->calendar_sequence);
		return;
	}
	int64_t warn = soon_time(t);
	if (warn != 0)
		put(t, soon, (uint64_t)warn);
	else /* its minute belongs to the time allotted */
		put(t, over, (uint64_t)(clock->appointment + DEADLINE_MINUTE));
}

/* ---- what else is waited for ---- */

int64_t deadline_due_of(struct act *act, const struct lt_limit *limit, const char *agency)
{
	return deadline_due_from(act, limit, agency, act_legal(act));
}

int64_t deadline_due_from(struct act *act, const struct lt_limit *limit, const char *agency, int64_t from)
{
	struct worktime_due due;
	if (count_from(act, limit, agency, from, &due) == LT_OK && pass_outages(act, agency, from, &due.due) == LT_OK)
		return due.due;
	act->state->counts.clocks_without_calendar++;
	return 0;
}

int64_t deadline_later(struct act *act, int64_t due, const char *agency, uint32_t minutes)
{
	const struct calendar *calendar = calendars_calendar(act->state->calendars, agency);
	const struct worktime_office *office = calendars_office(act->state->calendars, agency);
	int64_t later = due;
	int missing;
	if (due == 0 || minutes == 0)
		return due;
	if (!calendar || worktime_of(act)->add(calendar, office, due, minutes, &later, &missing))
		act->state->counts.clocks_without_calendar++;
	return later;
}

void deadline_wait_end(struct act *act, struct clock_wait *wait, uint32_t number)
{
	if (wait->next_kind == 0)
		return;
	timer_del(&act->state->due, (uint64_t)wait->next_due, wait->armed, act->dossier->number, number,
		  (enum lt_clock_kind)wait->next_kind);
	wait->next_kind = 0;
	wait->next_due = 0;
	wait->armed = 0;
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
	entry.armed = wait->armed = act->sequence;
	wait->next_kind = kind;
	wait->next_due = due;
	timer_put(&act->state->due, &entry);
}
