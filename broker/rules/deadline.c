/* deadline.c: starting, standing, stopping of legal clocks.
 *
 * A clock is a limit, the time from which it counts, and the times that it stood. What it has used and when it is due
 * follows from these and from the calendar, hours and outages in force (deadline_count.c), so that a fact of working
 * time that comes later is counted as if it had been known. What parties do never makes a late count timely: a count
 * that begins anew remembers that the one before was over. A change raises the clock's generation: a timer of an older
 * generation that falls due does nothing. So each event happens once, also when the broker was down at its moment. */
#include "deadline.h"

#include <string.h>

#include "deadline_internal.h"
#include "route_at.h"

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
	if (act->procedure)
		return act->procedure;
	return procedures_find(act->state->procedures, act->dossier->procedure, act->dossier->procedure_version);
}

/* ---- standing ---- */

/* The oldest two become a number, so that there is always room for one more. */
static void fold(const struct ticking *t)
{
	struct legal_clock *clock = t->clock, first = *clock;
	struct deadline_sum sum;
	struct ticking alone = { t->act, &first, t->branch, t->agency };
	first.stand_count = 1;
	deadline_measure(&alone, first.stands[0].to, &sum);
	clock->folded = sum.given;
	clock->folded_used = sum.stood;
	clock->stand_count--;
	memmove(&clock->stands[0], &clock->stands[1], clock->stand_count * sizeof(clock->stands[0]));
}

static void stand(const struct ticking *t, int64_t from, int64_t to)
{
	struct legal_clock *clock = t->clock;
	if (clock->stand_count == CLOCK_STANDS_MAX)
		fold(t);
	clock->stands[clock->stand_count++] = (struct clock_stand){ from, to };
}

/* Was it set back over the last thing that happened to it? */
static void note_time(const struct ticking *t, int64_t now)
{
	struct legal_clock *clock = t->clock;
	const struct clock_stand *last = clock->stand_count > 0 ? &clock->stands[clock->stand_count - 1] : NULL;
	int64_t before = !last ? clock->started : last->to != 0 ? last->to : last->from;
	clock->set_back = clock->set_back || now < before;
}

static void suspend(const struct ticking *t)
{
	if (!dossier_clock_runs(t->clock))
		return;
	note_time(t, act_legal(t->act));
	stand(t, act_legal(t->act), 0);
	deadline_recount(t);
	deadline_arm(t);
}

static void resume(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	if (dossier_clock_stands_since(clock) == 0)
		return;
	note_time(t, act_legal(t->act));
	clock->stands[clock->stand_count - 1].to = act_legal(t->act);
	deadline_count(t);
	deadline_arm(t);
}

static void settle(const struct ticking *t, bool stands)
{
	if (stands)
		suspend(t);
	else
		resume(t);
}

/* It is worked on at a leg whose time does not count. */
static bool is_uncounted(struct act *act, const struct branch *branch)
{
	const struct lt_procedure *procedure = deadline_procedure(act);
	const struct law_route *route = &act->rules->law->route;
	const struct lt_route_leg *leg = procedure && branch->begun != 0 ? route->leg(procedure, branch->leg) : NULL;
	return leg && !route->counts(leg);
}

static bool whole_stands(struct act *act)
{
	const struct dossier *dossier = act->dossier;
	bool any = dossier->stage == STATUS_STOPPED;
	for (uint32_t i = 0; i < dossier->branch_count && !any; i++)
		any = dossier_branch_stands(&dossier->branches[i]) || is_uncounted(act, &dossier->branches[i]);
	return any;
}

void deadline_settle_whole(struct act *act)
{
	struct ticking t = deadline_of_dossier(act);
	settle(&t, whole_stands(act));
}

void deadline_settle(struct act *act)
{
	struct dossier *dossier = act->dossier;
	bool stopped = dossier->stage == STATUS_STOPPED;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		struct branch *branch = &dossier->branches[i];
		struct ticking t = deadline_of_branch(act, branch);
		settle(&t, stopped || dossier_branch_stands(branch));
	}
	deadline_settle_whole(act);
}

/* ---- beginning ---- */

/* Whether what this clock is of stands now. */
static bool stands_now(const struct ticking *t)
{
	struct dossier *dossier = t->act->dossier;
	if (t->branch == 0)
		return whole_stands(t->act);
	return dossier->stage == STATUS_STOPPED || dossier_branch_stands(&dossier->branches[t->branch - 1]);
}

static void begin(const struct ticking *t)
{
	if (stands_now(t))
		stand(t, act_legal(t->act), 0);
	deadline_count(t);
	deadline_arm(t);
}

/* A limit, and what it counts from: 0, the beginning of the clock. */
struct count {
	struct lt_limit limit;
	int64_t anchor;
};

static void start(const struct ticking *t, const struct count *count)
{
	struct legal_clock *clock = t->clock;
	deadline_disarm(t);
	uint32_t generation = clock->generation;
	*clock = (struct legal_clock){
		.limit = count->limit, .started = act_legal(t->act), .anchor = count->anchor, .generation = generation
	};
	if (count->anchor != 0)
		clock->before = deadline_given(t->act, &count->limit, t->agency);
	begin(t);
}

static struct count count_of(struct act *act, const struct lt_route_leg *leg)
{
	struct route_facts facts;
	struct count out = { 0 };
	if (!leg)
		return out;
	route_at_facts(act, &facts);
	out.limit = act->rules->law->route.leg_limit(leg, &facts);
	out.anchor = leg->until ? act->dossier->clock.started : 0;
	return out;
}

/* The same leg again. */
static void go_on(const struct ticking *t, const struct past_leg *past, bool never_left)
{
	bool counts = never_left || past->how == LT_STAY_RESULT;
	struct legal_clock *clock = t->clock;
	struct deadline_sum until;
	deadline_disarm(t);
	uint32_t generation = clock->generation;
	dossier_clock_kept(&past->clock, clock);
	int64_t ended_at = clock->ended_at;
	clock->generation = generation;
	clock->ended = false;
	clock->ended_at = 0;
	deadline_measure(t, counts ? act_legal(t->act) : ended_at, &until);
	clock->carried = until.used;
	if (!counts)
		stand(t, ended_at, act_legal(t->act));
	begin(t);
}

void deadline_dossier_start(struct act *act)
{
	struct route_facts facts;
	struct count count = { 0 };
	struct ticking t = deadline_of_dossier(act);
	const struct lt_procedure *procedure = deadline_procedure(act);
	route_at_facts(act, &facts);
	if (procedure)
		count.limit = act->rules->law->route.whole_limit(procedure, &facts);
	start(&t, &count);
}

/* Its limit from now on. That it was late before stays, and what was first told. */
static void start_anew(const struct ticking *t, const struct past_leg *past, const struct count *count)
{
	struct deadline_sum before;
	struct legal_clock ended;
	dossier_clock_kept(&past->clock, &ended);
	deadline_sum_up(t->act, &ended, t->agency, ended.ended_at, &before);
	bool late = ended.late || before.verdict == LT_TIME_LATE;
	start(t, count);
	t->clock->late = late;
	if (ended.due_first != 0)
		t->clock->due_first = ended.due_first;
}

void deadline_leg_start(struct act *act, struct branch *branch, const struct lt_route_leg *leg, bool never_left)
{
	struct ticking t = deadline_of_branch(act, branch);
	const struct past_leg *past = dossier_past_leg(act->dossier, branch->leg);
	struct count count = count_of(act, leg), again = { .limit = leg ? leg->again : (struct lt_limit){ 0 } };
	if (past && past->anew)
		start_anew(&t, past, &count);
	else if (past && !never_left && again.limit.unit != LT_LIMIT_NONE && past->how != LT_STAY_RESULT)
		start_anew(&t, past, &again); /* a result that was not good was never the end of it */
	else if (past)
		go_on(&t, past, never_left);
	else
		start(&t, &count);
}

void deadline_leg_go_on(struct act *act, struct branch *branch, const struct legal_clock *running)
{
	struct ticking t = deadline_of_branch(act, branch);
	struct deadline_sum sum;
	deadline_disarm(&t);
	uint32_t generation = t.clock->generation;
	*t.clock = *running;
	t.clock->generation = generation;
	t.clock->next_kind = 0;
	t.clock->next_due = 0;
	t.clock->armed = 0;
	deadline_measure(&t, act_legal(act), &sum);
	t.clock->carried = sum.used;
	deadline_count(&t);
	deadline_arm(&t);
}

static void restart(const struct ticking *t)
{
	struct legal_clock *clock = t->clock;
	struct deadline_sum before;
	if (clock->started == 0 || clock->ended)
		return;
	int64_t stood_since = dossier_clock_stands_since(clock);
	deadline_sum_up(t->act, clock, t->agency, stood_since != 0 ? stood_since : act_legal(t->act), &before);
	clock->late = clock->late || before.verdict == LT_TIME_OVERDUE;
	clock->started = act_legal(t->act);
	clock->anchor = clock->anchor != 0 ? act_legal(t->act) : 0;
	clock->stand_count = 0;
	clock->folded = clock->folded_used = clock->carried = clock->before = 0;
	clock->soon_told = clock->overdue_told = clock->told_before = false; /* once a count */
	begin(t);
}

void deadline_restart_way(struct act *act)
{
	for (uint32_t i = 0; i < act->dossier->past_count; i++)
		act->dossier->past[i].anew = true;
}

void deadline_restart(struct act *act, struct branch *branch)
{
	struct ticking t = deadline_of_branch(act, branch);
	restart(&t);
	t = deadline_of_dossier(act);
	restart(&t);
}

/* ---- ending ---- */

static void end(const struct ticking *t, int64_t at)
{
	struct legal_clock *clock = t->clock;
	if (clock->started == 0 || clock->ended)
		return;
	note_time(t, act_legal(t->act));
	while (clock->stand_count > 0 && clock->stands[clock->stand_count - 1].from >= at)
		clock->stand_count--;
	if (clock->stand_count > 0) {
		struct clock_stand *last = &clock->stands[clock->stand_count - 1];
		if (last->to == 0 || last->to > at)
			last->to = at;
	}
	clock->ended = true;
	clock->ended_at = at;
	deadline_count(t);
	deadline_arm(t);
}

void deadline_leg_end(struct act *act, struct branch *branch, int64_t at)
{
	struct ticking t = deadline_of_branch(act, branch);
	end(&t, at);
}

void deadline_dossier_end(struct act *act)
{
	struct ticking t = deadline_of_dossier(act);
	end(&t, act_legal(act));
}

void deadline_dossier_carry(struct act *act, int64_t from, int64_t appointment, int64_t done)
{
	int64_t now = act->time;
	struct ticking t = deadline_of_dossier(act);
	act_go_to(act, from);
	deadline_dossier_start(act);
	act->time = now;
	if (appointment != 0) {
		t.clock->due_first = t.clock->appointment = appointment;
		t.clock->told_before = true;
		deadline_arm(&t);
	}
	if (done != 0)
		end(&t, done);
}

void deadline_dossier_reopen(struct act *act)
{
	struct ticking t = deadline_of_dossier(act);
	if (!t.clock->ended)
		return;
	t.clock->ended = false;
	t.clock->ended_at = 0;
	begin(&t);
}

/* ---- views ---- */

/* The due minute itself is in time. What ends between two working times has used neither more nor less than was allotted. */
static uint32_t judge(const struct ticking *t, int64_t now)
{
	const struct legal_clock *clock = t->clock;
	if (clock->limit.unit == LT_LIMIT_NONE || t->act->dossier->stopped)
		return 0;
	if (clock->due_lawful == 0)
		return LT_TIME_UNKNOWN;
	bool over = clock->late || now >= clock->due_lawful + DEADLINE_MINUTE;
	if (!clock->ended)
		return over ? LT_TIME_OVERDUE : LT_TIME_WITHIN;
	if (over)
		return LT_TIME_LATE;
	return deadline_minutes(t->act, t->agency, now, clock->due_lawful) > 0 ? LT_TIME_EARLY : LT_TIME_ON;
}

void deadline_sum_up(struct act *act, const struct legal_clock *clock, const char *agency, int64_t now,
		     struct deadline_sum *out)
{
	int64_t stood_since = dossier_clock_stands_since(clock), until = clock->ended ? clock->ended_at : now;
	out->clock = *clock;
	struct ticking t = { act, &out->clock, 0, agency };
	if (!clock->ended)
		deadline_recount(&t);
	deadline_measure(&t, until, out);
	out->verdict = judge(&t, stood_since != 0 ? stood_since : until);
}

void deadline_view(struct act *act, const struct legal_clock *clock, const char *agency, int64_t now,
		   struct lt_clock_view *out)
{
	struct deadline_sum count;
	deadline_sum_up(act, clock, agency, now, &count);
	*out = (struct lt_clock_view){
		.started = clock->started,
		.due_first = count.clock.due_first,
		.due_lawful = count.clock.due_lawful,
		.appointment = count.clock.appointment,
		.limit_unit = (uint32_t)clock->limit.unit,
		.limit_quarters = clock->limit.quarters,
		.suspended = dossier_clock_stands_since(clock) != 0,
		.allotted = count.clock.allotted,
		.used = count.used,
		.verdict = count.verdict,
		.apologised = clock->apologised,
		.set_back = clock->set_back,
		.ended_at = clock->ended ? clock->ended_at : 0,
	};
}
