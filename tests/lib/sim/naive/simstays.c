/* simstays.c: see simstays.h. A leg's count is the list of times in which somebody had it and worked; what lies between stood. */
#include "test.h"

#include "simstays.h"
#include "simfacts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE INT64_C(60000000)

enum { ROWS = 1024, SPANS = 256, LIMIT = 960, WHOLE = 9600, FEE_STANDS_AT = 2, SUSPENDS_AT = 2 };

struct span {
	int64_t from, to;
};
/* Of one leg: when somebody worked on it, in the present count. */
struct count {
	bool known, late, anew; /* anew: the way was begun again since */
	bool was_late;          /* when the newest stay ended */
	int64_t start;
	int how; /* the newest stay ended */
	int64_t ended;
	int spans_count;
	struct span spans[SPANS];
};
struct stay {
	bool open, standing;
	int64_t begun;
	uint32_t carried;
	struct count count;
};
struct expected {
	uint32_t branch, how, used, carried, stood, verdict;
	bool on_the_minute; /* all of the limit, and no more: on time or a little late */
	bool seen;          /* a wait: what it used is counted when its row is first seen, which has its arrival */
	int leg, holder, to;
	int64_t begun, ended;
};
struct simstays {
	struct count legs[MODEL_LEGS];
	struct stay stays[MODEL_BRANCHES];
	struct count whole; /* the dossier's */
	bool whole_stands, whole_ended;
	bool fee_stands[MODEL_BRANCHES];
	int64_t offered[MODEL_BRANCHES];
	bool stopped;
	size_t count, late;
	struct expected rows[ROWS];
};

struct simstays *simstays_new(void)
{
	struct simstays *stays = calloc(1, sizeof(*stays));
	assert_non_null(stays);
	return stays;
}

void simstays_free(struct simstays *stays)
{
	free(stays);
}

size_t simstays_late(const struct simstays *stays)
{
	return stays->late;
}

static uint32_t used(const struct count *count)
{
	uint32_t sum = 0;
	for (int i = 0; i < count->spans_count; i++)
		sum += simfacts_minutes(count->spans[i].from, count->spans[i].to);
	return sum;
}

static uint32_t used_until(const struct count *count, int64_t now)
{
	uint32_t sum = 0;
	for (int i = 0; i < count->spans_count; i++)
		sum += simfacts_minutes(count->spans[i].from, count->spans[i].to < now ? count->spans[i].to : now);
	return sum;
}

static void begin_span(struct count *count, int64_t now)
{
	assert_true(count->spans_count < SPANS);
	count->spans[count->spans_count++] = (struct span){ now, INT64_MAX };
}

/* What came after `now` is as if it had not been. */
static void end_span(struct count *count, int64_t now)
{
	while (count->spans_count > 0 && count->spans[count->spans_count - 1].from > now)
		count->spans_count--;
	if (count->spans_count > 0 && count->spans[count->spans_count - 1].to > now)
		count->spans[count->spans_count - 1].to = now;
}

static void begin(struct simstays *s, int at, int leg, int64_t now, bool never_left)
{
	struct stay *stay = &s->stays[at];
	const struct count *past = leg > 0 ? &s->legs[leg] : NULL;
	*stay = (struct stay){ .open = true, .begun = now };
	if (past && past->known && past->anew) {
		stay->count.start = now;
		stay->count.late = past->was_late;
	} else if (past && past->known) {
		stay->count = *past;
		if (never_left || past->how == LT_STAY_RESULT) { /* the time between counts */
			begin_span(&stay->count, past->ended);
			end_span(&stay->count, now);
		}
		stay->carried = used(&stay->count);
	} else {
		stay->count.start = now;
	}
	begin_span(&stay->count, now);
}

/* The leg is where it was and its count goes on: it was taken over by TRANSFER, or what was taken over comes back. */
static bool same_leg(const struct model *before, const struct model_branch *v, const struct model_branch *w,
		     const struct sim_act *act)
{
	bool accepted = act->kind == LT_KIND_ACCEPT;
	bool back = (accepted && v->offer_kind == LT_KIND_RETURN) || act->kind == LT_KIND_RECALL_ANSWER;
	return v->leg == w->leg && !v->fork_leg &&
	       ((accepted && v->offer_kind == LT_KIND_TRANSFER) || (back && before->taken[v->leg]));
}

static void hand_on(struct simstays *s, int at, const struct stay *giver, int64_t now)
{
	struct count until = giver->count;
	end_span(&until, now);
	s->stays[at] = (struct stay){
		.open = true, .standing = giver->standing, .begun = now, .carried = used(&until), .count = giver->count
	};
}

static void add(struct simstays *s, const struct expected *row)
{
	assert_true(s->count < ROWS);
	s->rows[s->count++] = *row;
	s->late += row->verdict == LT_TIME_LATE;
}

static void finish(struct simstays *s, int at, const struct model_branch *v, int how, int64_t when)
{
	struct stay *stay = &s->stays[at];
	if (!stay->open)
		return;
	stay->open = false;
	end_span(&stay->count, when);
	uint32_t sum = used(&stay->count);
	bool late = stay->count.late || sum > LIMIT;
	struct expected row = { .branch = (uint32_t)at + 1,
				.how = (uint32_t)how,
				.used = sum,
				.carried = stay->carried,
				.stood = simfacts_minutes(stay->count.start, when) - sum,
				.leg = v->leg,
				.holder = v->holder,
				.to = NOBODY,
				.begun = stay->begun,
				.ended = when };
	row.verdict = s->stopped || v->leg == 0 ? 0 : late ? LT_TIME_LATE : LT_TIME_EARLY;
	row.on_the_minute = sum == LIMIT && !stay->count.late;
	add(s, &row);
	stay->count.known = true;
	stay->count.was_late = late;
	stay->count.how = how;
	stay->count.ended = when;
	if (v->leg > 0)
		s->legs[v->leg] = stay->count;
}

static void finish_wait(struct simstays *s, int at, const struct model_branch *v, int how, int64_t now)
{
	struct expected row = { .branch = (uint32_t)at + 1,
				.how = (uint32_t)how,
				.leg = v->offer_leg,
				.holder = v->holder,
				.to = v->offered,
				.begun = s->offered[at],
				.ended = now };
	add(s, &row);
}

static int end_of(const struct sim_act *act, const struct model *before, const struct model *after)
{
	switch ((int)act->kind) {
	case LT_KIND_HANDED_OVER:
		return LT_STAY_CLOSED;
	case LT_KIND_RECALL_ANSWER:
	case LT_KIND_RECALL: /* of a result, or its refusal: back to who made it */
	case LT_KIND_REFUSE:
		return LT_STAY_GIVEN_BACK;
	case LT_KIND_SUPPLEMENT:
		return LT_STAY_SUPPLEMENTED;
	default:
		return after->branches_count > before->branches_count ? LT_STAY_FORKED : LT_STAY_JOINED;
	}
}

/* A branch that nobody has any more, or that another has. */
static void leave(struct simstays *s, int at, const struct model *before, const struct model *after,
		  const struct sim_act *act, int64_t now)
{
	const struct model_branch *v = &before->branches[at], *w = &after->branches[at];
	bool accepted = act->kind == LT_KIND_ACCEPT, refused = act->kind == LT_KIND_REFUSE;
	bool made = before->stage != 9 && after->stage == 9, same = same_leg(before, v, w, act);
	struct stay giver = s->stays[at];
	if (v->offered != NOBODY && w->offered == NOBODY) {
		if (accepted)
			finish(s, at, v,
			       v->offer_kind == LT_KIND_RETURN     ? LT_STAY_GIVEN_BACK
			       : v->offer_kind == LT_KIND_TRANSFER ? LT_STAY_TRANSFERRED
								   : LT_STAY_HANDED_ON,
			       s->offered[at]);
		else if (!w->open)
			finish(s, at, v, end_of(act, before, after), now);
		finish_wait(s, at, v, accepted ? LT_WAIT_ACCEPTED : refused ? LT_WAIT_REFUSED : LT_WAIT_RECALLED, now);
		if (accepted && same && giver.open)
			hand_on(s, at, &giver, now);
		else if (accepted)
			begin(s, at, w->leg, now, false);
		else if (w->open && !s->stays[at].open && after->stage != 9)
			begin(s, at, w->leg, now, true);
	} else if (!w->open) {
		finish(s, at, v, made ? LT_STAY_RESULT : end_of(act, before, after), now);
	} else if (w->offered != NOBODY) {
		s->offered[at] = now;
		if (made)
			finish(s, at, v, LT_STAY_RESULT, now);
	} else {
		bool moved = w->work == 3 && (w->leg != v->leg || w->holder != v->holder || v->fork_leg != 0 ||
					      act->kind != LT_KIND_RESULT);
		int how = act->kind == LT_KIND_FORWARD || act->kind == LT_KIND_RESULT ? LT_STAY_MOVED
										      : end_of(act, before, after);
		if (made)
			finish(s, at, v, LT_STAY_RESULT, now);
		if (moved) {
			finish(s, at, v, how, now);
			if (same && giver.open)
				hand_on(s, at, &giver, now);
			else
				begin(s, at, w->leg, now, false);
		}
	}
}

static void settle(struct simstays *s, const struct model *after, int64_t now)
{
	for (int i = 0; i < after->branches_count; i++) {
		const struct model_branch *v = &after->branches[i];
		struct stay *stay = &s->stays[i];
		bool stands = after->stage == 8 || v->wants_papers || (v->wants_fee && s->fee_stands[i]);
		if (!stay->open || stands == stay->standing)
			continue;
		stay->standing = stands;
		if (stands)
			end_span(&stay->count, now);
		else
			begin_span(&stay->count, now);
	}
}

/* The dossier's clock: it stands while a branch does, ends with the result, and goes on as if it had not when that is taken back. */
static void settle_whole(struct simstays *s, const struct model *before, const struct model *after, int64_t now)
{
	bool stands = after->stage == 8, ends = after->stage >= 9;
	for (int i = 0; i < after->branches_count; i++)
		stands |= after->branches[i].wants_papers || (after->branches[i].wants_fee && s->fee_stands[i]);
	if (!before->known)
		begin_span(&s->whole, now);
	if (s->whole_ended && !ends)
		s->whole.spans[s->whole.spans_count - 1].to = INT64_MAX;
	if (ends ? !s->whole_ended : stands && !s->whole_stands)
		end_span(&s->whole, now);
	else if (!ends && !stands && s->whole_stands)
		begin_span(&s->whole, now);
	s->whole_ended = ends;
	s->whole_stands = stands && !ends;
}

static void count_anew(struct count *count, uint32_t limit, int64_t now)
{
	end_span(count, now);
	count->late = count->late || used(count) > limit;
	count->start = now;
	count->spans_count = 0;
	begin_span(count, now);
}

static void restart(struct simstays *s, int at, int64_t now)
{
	s->stays[at].carried = 0;
	count_anew(&s->stays[at].count, LIMIT, now);
	count_anew(&s->whole, WHOLE, now);
	if (s->whole_stands) /* papers or a fee of another branch */
		end_span(&s->whole, now);
}

static void brought(struct simstays *s, const struct model *before, const struct model *after,
		    const struct sim_act *act, int64_t now)
{
	for (int i = 0; i < before->branches_count; i++) {
		const struct model_branch *v = &before->branches[i];
		if (!v->wants_papers || memcmp(v->papers, act->reply, 16) != 0 || model_leg_now(v) == SUSPENDS_AT ||
		    model_leg_now(v) == 0)
			continue;
		restart(s, i, now);
		for (int leg = 0; v->version != after->branches[i].version && leg < MODEL_LEGS; leg++)
			s->legs[leg].anew = true;
	}
}

void simstays_act(struct simstays *s, const struct model *before, const struct model *after, const struct sim_act *act,
		  int64_t now)
{
	int branch = act->branch ? (int)act->branch - 1 : 0, leg;
	if (act->kind == LT_KIND_OPEN)
		memset(s, 0, sizeof(*s));
	if (act->kind == LT_KIND_REQUEST_FEE) {
		leg = model_leg_now(&after->branches[branch]);
		s->fee_stands[branch] = leg == 0 || leg == FEE_STANDS_AT;
	}
	s->stopped = after->stage == 8 || (after->stage == 10 && s->stopped);
	for (int i = 0; before->known && i < before->branches_count; i++) {
		if (before->branches[i].version != after->branches[i].version)
			leave(s, i, before, after, act, now);
	}
	for (int i = before->known ? before->branches_count : 0; i < after->branches_count; i++) {
		s->offered[i] = now;
		if (after->branches[i].offered == NOBODY)
			begin(s, i, after->branches[i].leg, now, false);
	}
	for (int i = 0; before->stage == 9 && after->stage == 4 && i < after->branches_count; i++) {
		leg = after->branches[i].leg;
		if (after->branches[i].open && !s->stays[i].open && leg > 0 && s->legs[leg].known &&
		    s->legs[leg].how == LT_STAY_RESULT)
			begin(s, i, leg, now, false);
	}
	settle(s, after, now);
	settle_whole(s, before, after, now);
	if (act->kind == LT_KIND_SUPPLEMENT)
		brought(s, before, after, act, now);
}

static void check_whole(const struct simstays *s, const struct lt_dossier_view *view, int64_t now)
{
	const struct lt_clock_view *clock = view->clock;
	uint32_t sum = now != 0 ? used_until(&s->whole, now) : 0;
	bool late = s->whole.late || sum > WHOLE;
	if (!clock || now == 0 || s->whole_ended || sum == WHOLE)
		return;
	if (clock->used != sum || clock->verdict != (s->stopped ? 0u : late ? LT_TIME_OVERDUE : LT_TIME_WITHIN))
		fail_msg("%s: the dossier has used %u, verdict %u; wanted %u, %s", view->code, clock->used,
			 clock->verdict, sum, late ? "late" : "in time");
}

void simstays_check(struct simstays *s, const struct lt_dossier_view *view, int64_t now)
{
	if (view->stays_total != s->count)
		fail_msg("%s has %llu rows, wanted %zu; the newest is %s of branch %u", view->code,
			 (unsigned long long)view->stays_total, s->count,
			 s->count > 0 ? lt_stay_end_name(s->rows[s->count - 1].how) : "none",
			 s->count > 0 ? s->rows[s->count - 1].branch : 0);
	size_t skipped = s->count > LT_STAYS_MAX ? s->count - LT_STAYS_MAX : 0;
	for (size_t i = skipped; i < s->count; i++) {
		struct expected *want = &s->rows[i];
		const struct lt_stay *got = &view->stays[i - skipped];
		char leg[16] = "";
		if (want->leg > 0)
			snprintf(leg, sizeof(leg), "leg-%d", want->leg);
		bool wait = want->to != NOBODY;
		if (wait && !want->seen)
			want->used = got->arrived ? simfacts_minutes(got->arrived, got->ended) : 0;
		want->seen = true;
		if (got->number != i + 1 || got->branch != want->branch || got->how != want->how ||
		    strcmp(got->leg, leg) != 0 || strcmp(got->holder, sim_codes[want->holder]) != 0 ||
		    strcmp(got->to, wait ? sim_codes[want->to] : "") != 0 ||
		    got->begun / MINUTE != want->begun / MINUTE || got->ended / MINUTE != want->ended / MINUTE ||
		    got->used != want->used || got->carried != want->carried || got->stood != want->stood ||
		    (!wait && !want->on_the_minute && got->verdict != want->verdict))
			fail_msg("%s row %d: branch %u leg %s holder %s to %s how %s used %u carried %u stood %u "
				 "verdict %u; wanted branch %u leg %s holder %s to %s how %s used %u carried %u stood "
				 "%u verdict %u",
				 view->code, (int)i + 1, got->branch, got->leg, got->holder, got->to,
				 lt_stay_end_name(got->how), got->used, got->carried, got->stood, got->verdict,
				 want->branch, leg, sim_codes[want->holder], wait ? sim_codes[want->to] : "",
				 lt_stay_end_name(want->how), want->used, want->carried, want->stood, want->verdict);
	}
	check_whole(s, view, now);
}
