/* stay_record.c: a stay and a wait as rows: see stay_record.h.
 *
 * What a stay used is counted by its clock (deadline_count.c) up to the moment when it ended: an offer that was taken
 * ended it when it was made, and until it was taken the time is the receiver's. A wait counts from when the offer was on
 * the receiver's disk. A reorganisation within a stay cuts it into parts by who acted when; the clock goes on over the
 * cut. */
#include "stay_record.h"

#include <string.h>

#include "deadline_internal.h"
#include "program/log.h"
#include "rules/clock/intake.h"
#include "route_at.h"
#include "state/digest/tally.h"

/* ---- who held it when ---- */

/* The next agency on the way to who acts at `until`, and from when; NULL: none more. */
static const char *follower(struct act *act, const char *agency, int64_t until, int64_t *from)
{
	const struct lt_agency *entry = rulebook_agency(act->state->rulebook, agency);
	if (!entry || entry->valid_to == 0 || entry->valid_to >= until)
		return NULL;
	const char *next = act->rules->succession.next(act->state->rulebook, agency, act->dossier, until);
	*from = entry->valid_to;
	return strcmp(next, agency) == 0 ? NULL : next;
}

static void fill_parts(struct act *act, const char *agency, const char *hours, int64_t from, int64_t until,
		       struct lt_stay *out)
{
	const char *next;
	int64_t cut;
	while (out->part_count < LT_STAY_PARTS_MAX - 1 && (next = follower(act, agency, until, &cut)) != NULL) {
		if (!out->parts) {
			out->parts = lt_arena_alloc(act->arena, LT_STAY_PARTS_MAX * sizeof(*out->parts));
			LT_ASSERT(out->parts);
		}
		if (cut > from) {
			out->parts[out->part_count++] =
				(struct lt_stay_part){ agency, from, cut, deadline_minutes(act, hours, from, cut) };
			from = cut;
		}
		agency = next;
	}
	if (out->part_count > 0)
		out->parts[out->part_count++] =
			(struct lt_stay_part){ agency, from, until, deadline_minutes(act, hours, from, until) };
}

/* ---- rows ---- */

static void fill_count(const struct deadline_sum *sum, struct lt_stay *out)
{
	out->limit_unit = (uint32_t)sum->clock.limit.unit;
	out->limit_quarters = sum->clock.limit.quarters;
	out->counted_from = sum->clock.started;
	out->allotted = sum->clock.allotted;
	out->used = sum->used;
	out->carried = sum->clock.carried;
	out->stood = sum->stood;
	out->given = sum->given;
	out->due_first = sum->clock.due_first;
	out->due_lawful = sum->clock.due_lawful;
	out->verdict = sum->verdict;
	out->set_back = sum->clock.set_back;
}

int64_t stay_record_until(const struct branch *branch, int64_t now)
{
	return branch->custody == LT_CUSTODY_OFFERED && branch->since < now ? branch->since : now;
}

bool stay_record_view(struct act *act, const struct branch *branch, int64_t now, struct lt_stay *out)
{
	struct deadline_sum sum;
	int64_t until = stay_record_until(branch, now);
	if (branch->begun == 0)
		return false;
	deadline_sum_up(act, &branch->clock, branch->holder, until, &sum);
	*out = (struct lt_stay){
		.branch = branch->number,
		.leg = route_at_id(act, branch->leg),
		.holder = branch->holder,
		.to = "",
		.begun = branch->begun,
		.ended = branch->clock.ended_at,
		.begun_by = branch->begun_by,
		.late = "",
	};
	fill_count(&sum, out);
	fill_parts(act, branch->holder, branch->holder, out->begun, out->ended ? out->ended : until, out);
	return true;
}

/* An offer and its answer; or a registration and the one-stop's. */
struct wait {
	const char *giver, *receiver;
	uint32_t leg;
	struct lt_limit limit;
	int64_t begun, arrived;
	uint64_t begun_by;
};

/* Judged as any clock: the due minute itself is in time. */
static uint32_t judge_wait(struct act *act, const struct wait *wait, int64_t due, int64_t now, bool ended)
{
	if (due == 0)
		return wait->arrived == 0 ? 0 : LT_TIME_UNKNOWN;
	bool over = now >= due + DEADLINE_MINUTE;
	if (!ended)
		return over ? LT_TIME_OVERDUE : LT_TIME_WITHIN;
	if (over)
		return LT_TIME_LATE;
	return deadline_minutes(act, wait->receiver, now, due) > 0 ? LT_TIME_EARLY : LT_TIME_ON;
}

static void fill_wait(struct act *act, const struct branch *branch, const struct wait *wait, int64_t now, bool ended,
		      struct lt_stay *out)
{
	int64_t due = wait->arrived ? deadline_due_from(act, &wait->limit, wait->receiver, wait->arrived) : 0;
	*out = (struct lt_stay){
		.branch = branch->number,
		.leg = route_at_id(act, wait->leg),
		.holder = wait->giver,
		.to = wait->receiver,
		.begun = wait->begun,
		.begun_by = wait->begun_by,
		.arrived = wait->arrived,
		.limit_unit = (uint32_t)wait->limit.unit,
		.limit_quarters = wait->limit.quarters,
		.counted_from = wait->arrived,
		.due_first = due,
		.due_lawful = due,
		.verdict = judge_wait(act, wait, due, now, ended),
		.late = "",
	};
	if (wait->arrived == 0)
		return;
	out->allotted = deadline_minutes(act, wait->receiver, wait->arrived, due);
	out->used = deadline_minutes(act, wait->receiver, wait->arrived, now);
	fill_parts(act, wait->receiver, wait->receiver, wait->arrived, now, out);
}

static struct wait offer_of(struct act *act, const struct branch *branch)
{
	return (struct wait){ .giver = branch->holder,
			      .receiver = branch->offered_to,
			      .leg = branch->offer_leg,
			      .limit = deadline_handoff_limit(act),
			      .begun = branch->since,
			      .arrived = branch->arrived,
			      .begun_by = branch->offer_sequence };
}

static struct wait intake_of(struct act *act, const struct branch *branch)
{
	const struct dossier_intake *intake = &act->dossier->intake;
	return (struct wait){ .giver = intake->by[0] != '\0' ? intake->by : branch->holder,
			      .receiver = branch->holder,
			      .leg = branch->leg,
			      .limit = intake_limit(act),
			      .begun = intake->since,
			      .arrived = intake->since,
			      .begun_by = intake->since_by };
}

bool stay_record_view_wait(struct act *act, const struct branch *branch, int64_t now, struct lt_stay *out)
{
	bool offered = branch->custody == LT_CUSTODY_OFFERED;
	if (!offered && (branch->custody == LT_CUSTODY_CLOSED || act->dossier->intake.since == 0))
		return false;
	struct wait wait = offered ? offer_of(act, branch) : intake_of(act, branch);
	fill_wait(act, branch, &wait, now, false, out);
	return true;
}

static const char *keep(struct act *act, const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = lt_arena_alloc(act->arena, len);
	LT_ASSERT(copy);
	return memcpy(copy, text, len);
}

static uint64_t above(uint64_t used, uint32_t allotted)
{
	return used > allotted ? used - allotted : 0;
}

/* Charged as reports do (query/delays.c), for the week's digest: what earlier stays at the leg had used is theirs, one that was cut is each
 * one's by what was used while it held. A correction stays out: it is of another week. */
static void tally_row(struct act *act, const struct lt_stay *row)
{
	bool late = row->verdict == LT_TIME_LATE && row->due_lawful != 0;
	uint64_t before = row->carried, own;
	size_t parts = row->part_count > 0 ? row->part_count : 1;
	for (size_t i = 0; i < parts && row->corrects == 0; i++) {
		const char *agency = row->part_count > 0 ? row->parts[i].agency : row->to[0] ? row->to : row->holder;
		own = row->part_count > 0        ? row->parts[i].used
		      : row->used > row->carried ? row->used - row->carried
						 : 0;
		uint64_t beyond = late ? above(before + own, row->allotted) - above(before, row->allotted) : 0;
		tally_add(act->state, agency, i + 1 == parts, late, beyond);
		before += own;
	}
}

/* Into the table and the outcome. */
void stay_record_append(struct act *act, const struct lt_stay *stay)
{
	LT_ASSERT(act->outcome.stay_count < APPLY_STAYS_MAX);
	struct lt_stay *out = &act->stays[act->outcome.stay_count++];
	*out = *stay;
	out->number = ++act->dossier->stay_count;
	out->holder = keep(act, stay->holder); /* the branch goes on to another */
	out->to = keep(act, stay->to);
	out->late = keep(act, stay->late);
	for (size_t i = 0; i < out->part_count; i++)
		out->parts[i].agency = keep(act, out->parts[i].agency);
	dossier_put_stay(act->state->store, act->dossier->number, out, &act->state->scratch);
	tally_row(act, out);
}

void stay_record_add(struct act *act, const struct branch *branch, enum lt_stay_end how, uint64_t by, const char *late)
{
	struct lt_stay stay;
	LT_ASSERT(branch->begun != 0 && branch->clock.ended);
	stay_record_view(act, branch, act_legal(act), &stay);
	stay.how = (uint32_t)how;
	stay.ended_by = by;
	stay.late = stay.verdict == LT_TIME_LATE ? late : "";
	stay_record_append(act, &stay);
}

static void add_wait(struct act *act, const struct branch *branch, const struct wait *wait, enum lt_stay_end how,
		     const char *late)
{
	struct lt_stay row;
	fill_wait(act, branch, wait, act_legal(act), true, &row);
	row.ended = act_legal(act);
	row.ended_by = act->sequence;
	row.how = (uint32_t)how;
	row.late = row.verdict == LT_TIME_LATE ? late : "";
	stay_record_append(act, &row);
}

void stay_record_add_wait(struct act *act, const struct branch *branch, enum lt_stay_end how)
{
	struct wait wait = offer_of(act, branch);
	if (wait.arrived == 0 && how != LT_WAIT_RECALLED)
		wait.arrived = act_legal(act); /* who answers has it, though its acknowledgement comes behind */
	add_wait(act, branch, &wait, how, "");
}

void stay_record_add_intake(struct act *act, const struct branch *branch, enum lt_stay_end how, const char *late)
{
	struct wait wait = intake_of(act, branch);
	add_wait(act, branch, &wait, how, late);
}
