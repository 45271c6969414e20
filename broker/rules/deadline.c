/* deadline.c: starting, standing, stopping of legal clocks.
 *
 * A clock is a limit, the time from which it counts, and the working time used up before it last stood still. Starting
 * one asks deadline_count.c for the due time and puts it among the timers; standing takes it away; going on adds the
 * time that it stood, or begins anew, as the procedure says. A change raises the clock's generation: a timer of an
 * older generation that falls due does nothing. So each event happens once, also when the broker was down at its
 * moment. */
#include "deadline.h"

#include <string.h>

#include "deadline_internal.h"

/* ---- whose ---- */

struct ticking deadline_of_dossier(struct act *act)
{
	return (struct ticking){ act, &act->dossier->clock, 0, act->dossier->origin };
}

struct ticking deadline_of_branch(struct act *act, struct branch *branch)
{
	return (struct ticking){ act, &branch->clock, branch->number, branch->holder };
}

const struct lt_procedure *deadline_procedure(struct act *act)
{
	return procedures_find(act->state->procedures, act->dossier->procedure, act->dossier->procedure_version);
}

/* ---- acts ---- */

static void start(const struct ticking *t, const struct lt_limit *limit)
{
	struct legal_clock *clock = t->clock;
	deadline_disarm(t);
	uint32_t generation = clock->generation;
	*clock = (struct legal_clock){
		.limit = *limit,
		.started = t->act->time,
		.running_since = t->act->time,
		.generation = generation,
		.outages = calendars_outages(t->act->state->calendars),
	};
	if (t->act->dossier->clocks_stand) {
		clock->running_since = 0;
		clock->stopped_at = t->act->time;
	}
	deadline_count(t);
	deadline_arm(t);
}

void deadline_dossier_start(struct act *act)
{
	static const struct lt_limit none;
	struct ticking t = deadline_of_dossier(act);
	const struct lt_procedure *procedure = deadline_procedure(act);
	start(&t, procedure ? &procedure->total : &none);
}

void deadline_leg_start(struct act *act, struct branch *branch, const char *agency, const struct lt_limit *limit)
{
	static const struct lt_limit none;
	struct ticking t = deadline_of_branch(act, branch);
	t.agency = agency;
	start(&t, limit ? limit : &none);
}

static uint32_t used_since(const struct ticking *t, int64_t from, int64_t to)
{
	uint32_t minutes = 0;
	int missing;
	struct calendars *calendars = t->act->state->calendars;
	const struct calendar *calendar = calendars_calendar(calendars, t->agency);
	const struct worktime_office *office = calendars_office(calendars, t->agency);
	if (from >= to || !calendar || worktime_of(t->act)->used(calendar, office, from, to, &minutes, &missing))
		return 0;
	for (uint32_t i = 0; i < calendars_outages(calendars); i++) {
		const struct calendars_outage *outage = calendars_outage(calendars, i);
		uint32_t lost = 0;
		int64_t begin = outage->from > from ? outage->from : from, end = outage->to < to ? outage->to : to;
		if (begin < end && worktime_of(t->act)->used(calendar, office, begin, end, &lost, &missing) == LT_OK)
			minutes = lost < minutes ? minutes - lost : 0;
	}
	return minutes;
}

static void stop(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	if (clock->running_since == 0)
		return;
	deadline_credit(t);
	clock->set_back = clock->set_back || t->act->time < clock->running_since;
	clock->used += used_since(t, clock->running_since, t->act->time);
	clock->running_since = 0;
}

static void end(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	if (clock->started == 0 || clock->ended)
		return;
	stop(t);
	clock->ended = true;
	clock->ended_at = t->act->time;
	clock->stopped_at = 0;
	deadline_arm(t);
}

void deadline_leg_end(struct act *act, struct branch *branch)
{
	struct ticking t = deadline_of_branch(act, branch);
	end(&t);
}

void deadline_dossier_end(struct act *act)
{
	struct ticking t = deadline_of_dossier(act);
	end(&t);
}

static void suspend(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	if (clock->ended || clock->running_since == 0)
		return;
	stop(t);
	clock->stopped_at = t->act->time;
	deadline_arm(t);
}

void deadline_suspend(struct act *act)
{
	struct ticking t = deadline_of_dossier(act);
	suspend(&t);
	for (uint32_t i = 0; i < act->dossier->branch_count; i++) {
		t = deadline_of_branch(act, &act->dossier->branches[i]);
		suspend(&t);
	}
	act->dossier->clocks_stand = true;
}

/* The working time that the clock stood is given back. */
static void move_due(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	struct calendars *calendars = t->act->state->calendars;
	const struct calendar *calendar = calendars_calendar(calendars, t->agency);
	const struct worktime_office *office = calendars_office(calendars, t->agency);
	uint32_t minutes;
	int missing;
	int64_t due;
	if (clock->due_current == 0) {
		deadline_count(t);
		return;
	}
	if (clock->stopped_at >= t->act->time) /* the time was set back: it stood for no time */
		return;
	if (!calendar ||
	    worktime_of(t->act)->used(calendar, office, clock->stopped_at, t->act->time, &minutes, &missing) ||
	    worktime_of(t->act)->add(calendar, office, clock->due_current, minutes, &due, &missing)) {
		t->act->state->counts.clocks_without_calendar++;
		return;
	}
	if (minutes > 0)
		clock->due_current = due;
}

static void resume(const struct ticking *t, enum lt_clock_policy policy)
{
	struct legal_clock *clock = t->clock;
	if (clock->ended || clock->stopped_at == 0)
		return;
	clock->set_back = clock->set_back || t->act->time < clock->stopped_at;
	if (policy == LT_CLOCK_SUSPEND) {
		move_due(t);
	} else {
		clock->started = t->act->time;
		clock->used = 0;
		clock->soon_told = clock->overdue_told = false; /* once a count */
		deadline_count(t);
	}
	clock->running_since = t->act->time;
	clock->stopped_at = 0;
	clock->outages = calendars_outages(t->act->state->calendars);
	deadline_arm(t);
}

void deadline_resume(struct act *act, enum lt_clock_policy policy)
{
	struct ticking t = deadline_of_dossier(act);
	resume(&t, policy);
	for (uint32_t i = 0; i < act->dossier->branch_count; i++) {
		t = deadline_of_branch(act, &act->dossier->branches[i]);
		resume(&t, policy);
	}
	act->dossier->clocks_stand = false;
}

static enum lt_reason check_apology(const struct ticking *t, int64_t new_due)
{
	struct lt_refusal *refusal = &t->act->refusal;
	const struct legal_clock *clock = t->clock;
	char due[NOTICE_TIME_TEXT];
	notice_time(clock->due_current, due);
	if (clock->due_current == 0)
		return lt_refuse(refusal, LT_STATUS_EDGE_ILLEGAL, "apology: no due time stands that could be put off");
	if (clock->ended || clock->running_since == 0)
		return lt_refuse(refusal, LT_STATUS_EDGE_ILLEGAL,
				 "apology: the clock stands still; put it off when it runs");
	if (clock->apologised)
		return lt_refuse(refusal, LT_STATUS_EDGE_ILLEGAL, "apology: once only; it was put off to %s before",
				 due);
	if (t->act->time >= clock->due_current + DEADLINE_MINUTE)
		return lt_refuse(refusal, LT_STATUS_EDGE_ILLEGAL, "apology: before expiry only; it was due at %s", due);
	if (new_due <= clock->due_current)
		return lt_refuse(refusal, LT_STATUS_EDGE_ILLEGAL, "apology: due_at must be later than %s", due);
	return LT_REASON_NONE;
}

static void put_off(const struct ticking *t, int64_t new_due)
{
	t->clock->due_current = new_due;
	t->clock->apologised = true;
	deadline_arm(t);
}

enum lt_reason deadline_apologise(struct act *act, struct branch *branch, int64_t new_due)
{
	struct ticking dossier = deadline_of_dossier(act), t = branch ? deadline_of_branch(act, branch) : dossier;
	deadline_credit(&t);
	enum lt_reason reason = check_apology(&t, new_due);
	if (reason)
		return reason;
	put_off(&t, new_due);
	/* The citizen is given the new date: the whole dossier's appointment moves with the leg's. */
	if (branch && dossier.clock->due_current != 0 && !dossier.clock->ended && new_due > dossier.clock->due_current)
		put_off(&dossier, new_due);
	return LT_REASON_NONE;
}

/* ---- views ---- */

static uint32_t verdict(const struct legal_clock *clock, uint32_t used, int64_t now)
{
	if (!clock->ended && clock->due_current == 0 && clock->limit.unit != LT_LIMIT_NONE)
		return 6;
	if (clock->allotted == 0)
		return 0;
	if (!clock->ended)
		return now >= clock->due_current + DEADLINE_MINUTE ? 5 : 4;
	return used < clock->allotted ? 1 : used == clock->allotted ? 2 : 3;
}

void deadline_view(struct act *act, const struct legal_clock *clock, const char *agency, int64_t now,
		   struct lt_clock_view *out)
{
	struct ticking t = { act, NULL, 0, agency };
	uint32_t used = clock->used;
	if (clock->running_since != 0)
		used += used_since(&t, clock->running_since, now);
	*out = (struct lt_clock_view){
		.started = clock->started,
		.due_original = clock->due_original,
		.due_current = clock->due_current,
		.suspended = clock->stopped_at != 0,
		.allotted = clock->allotted,
		.used = used,
		.verdict = verdict(clock, used, clock->stopped_at != 0 ? clock->stopped_at : now),
		.apologised = clock->apologised,
		.set_back = clock->set_back,
	};
}
