/* apply_digest.c: DIGEST: a week is over: the offices that stand above others are told what came of the work below them, one office a
 * command, in the order of their codes, until none is left. Of an agency that has ended what its dossiers still have goes with who acts
 * for it. The record says which week is over; the rules know no weekday. */
#include "base/date.h"
#include "clock_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "program/log.h"
#include "state/digest/tally.h"

#define DIGEST_NAMED 3u /* offices that the text names: it is for a glance, the numbers stand beside it */

struct week {
	struct act *act;
	const char *above; /* "": all are told */
	size_t count;
	struct lt_tally *tallies; /* room for all agencies */
	struct lt_digest told;
};

static bool is_empty(const struct tally *tally)
{
	return tally->in_hand == 0 && tally->done == 0 && tally->minutes == 0;
}

static const char *acting(const struct week *week, uint32_t index)
{
	struct act *act = week->act;
	const char *code = act->state->mailboxes.items[index].code;
	return act->rules->succession.of(act->state->rulebook, code, NULL, act->time);
}

/* Who is told next, behind the one that was told last; "": nobody is left. */
static const char *next_above(const struct week *week, const char *last)
{
	const struct state *state = week->act->state;
	const char *next = "";
	for (uint32_t i = 0; i < state->mailboxes.count; i++) {
		struct tally tally = tally_get(state, i);
		const struct lt_agency *above = is_empty(&tally) ? NULL : notice_above(week->act, acting(week, i));
		if (above && strcmp(above->code, last) > 0 && (next[0] == '\0' || strcmp(above->code, next) < 0))
			next = above->code;
	}
	return next;
}

static void add(struct lt_tally *to, const struct tally *tally)
{
	to->in_hand += tally->in_hand;
	to->overdue += tally->overdue;
	to->done += tally->done;
	to->late += tally->late;
	to->minutes += tally->minutes;
}

static struct lt_tally *find(struct week *week, const char *code)
{
	size_t at = 0;
	while (at < week->count && strcmp(week->tallies[at].agency, code) != 0)
		at++;
	if (at == week->count) {
		week->tallies[week->count++] = (struct lt_tally){ 0 };
		dossier_copy_code(week->tallies[at].agency, code);
	}
	return &week->tallies[at];
}

/* Of this office the agencies below; of nobody those that have none above: their week is over too, and told nobody. */
static void gather(struct week *week)
{
	struct state *state = week->act->state;
	for (uint32_t i = 0; i < state->mailboxes.count; i++) {
		struct tally tally = tally_get(state, i);
		if (is_empty(&tally))
			continue;
		const char *code = acting(week, i);
		const struct lt_agency *above = notice_above(week->act, code);
		if (strcmp(above ? above->code : "", week->above) != 0)
			continue;
		if (above) {
			add(find(week, code), &tally);
			add(&week->told.all, &tally);
		}
		if (tally.done > 0 || tally.minutes > 0)
			tally_begin_week(state, i);
	}
}

static int by_weight(const void *left, const void *right)
{
	const struct lt_tally *a = left, *b = right;
	if (a->overdue != b->overdue)
		return a->overdue > b->overdue ? -1 : 1;
	if (a->minutes != b->minutes)
		return a->minutes > b->minutes ? -1 : 1;
	return strcmp(a->agency, b->agency);
}

static void put_text(const struct week *week, char *out, size_t size)
{
	const struct lt_digest *told = &week->told;
	char until[LT_DATE_SAID];
	lt_date_say(told->until, until);
	int len =
		snprintf(out, size,
			 "Tuần đến %s, %u cơ quan cấp dưới: đang giữ %u việc, quá hạn %u; trong tuần xong %u, quá hạn "
			 "%u, vượt %llu phút làm việc.",
			 until, told->agencies, told->all.in_hand, told->all.overdue, told->all.done, told->all.late,
			 (unsigned long long)told->all.minutes);
	for (size_t i = 0; i < DIGEST_NAMED && i < told->tally_count && told->tallies[i].overdue > 0; i++)
		len += snprintf(out + len, size - (size_t)len, "%s%s %u", i == 0 ? " Quá hạn nhiều nhất: " : ", ",
				told->tallies[i].agency, told->tallies[i].overdue);
	if (told->agencies > told->tally_count)
		snprintf(out + len, size - (size_t)len, "\nDanh sách chỉ có %zu cơ quan đầu.", told->tally_count);
}

static void tell(struct week *week, int64_t until)
{
	char text[NOTICE_TEXT_MAX];
	struct lt_digest *told = &week->told;
	struct notice notice = {
		.kind = LT_KIND_DIGEST, .subject = "Tình hình xử lý hồ sơ trong tuần", .reason = text, .digest = told
	};
	qsort(week->tallies, week->count, sizeof(*week->tallies), by_weight);
	told->from = week->act->state->digest_until;
	told->until = until;
	told->agencies = (uint32_t)week->count;
	told->tallies = week->tallies;
	told->tally_count = week->count < LT_TALLIES_MAX ? week->count : LT_TALLIES_MAX;
	put_text(week, text, sizeof(text));
	notice_to(week->act, &notice, week->above);
	notice_add(week->act, &notice);
	clock_count(week->act);
}

enum lt_reason apply_digest(struct act *act)
{
	struct state *state = act->state;
	int64_t until = act->command->u.clock.due;
	struct week week = { .act = act };
	if (until <= state->digest_until || until > act_legal(act))
		return clock_stale(act);
	dossier_clear(act->dossier); /* it is about none */
	week.tallies = lt_arena_alloc(act->arena, (state->mailboxes.count + 1) * sizeof(*week.tallies));
	LT_ASSERT(week.tallies);
	week.above = next_above(&week, state->digest_told);
	gather(&week);
	if (week.above[0] != '\0')
		tell(&week, until);
	else
		state->digest_until = until;
	dossier_copy_code(state->digest_told, week.above);
	state_put_number(state, "digest_until", (uint64_t)state->digest_until);
	state_put_bytes(state, "digest_told", lt_bytes(state->digest_told, strlen(state->digest_told)));
	return LT_REASON_NONE;
}
