/* status.c: how the broker is: `lienthong status`. */
#include "query_internal.h"

#include "trust/trust.h"

#include <string.h>

enum { TRUST_ENDS_MAX = 1000 };

/* Events of one name are one counter. */
static void add_event(struct lt_counter *list, size_t *count, const char *name, uint64_t value)
{
	size_t i = 0;
	while (i < *count && strcmp(list[i].name, name) != 0)
		i++;
	if (i == *count)
		list[(*count)++] = (struct lt_counter){ .name = name };
	list[i].value += value;
}

/* What the state has counted stands before what the other stages have. */
static void add_counters(struct query *query, const struct figures *figures, struct lt_status_view *out)
{
	const struct state_counts *counts = &query->state->counts;
	uint64_t unanswered = 0, unreadable = 0;
	for (size_t i = 0; i < figures->alarm_count; i++) {
		unanswered += figures->alarms[i].unanswered_since != 0;
		unreadable += figures->alarms[i].unreadable != 0;
	}
	const struct {
		const char *name;
		uint64_t value;
	} events[] = {
#define LT_CLOCK(name, rule, number, subject, counter, log) { counter, counts->clocks[number] },
#include "record/clock.def"
#undef LT_CLOCK
	};
	const struct lt_counter list[] = {
		{ "clocks_without_calendar", counts->clocks_without_calendar },
		{ "notices_without_sender", counts->notices_without_sender },
		{ "notices_unsigned", query->state->unsigned_notices },
		{ "items_stuck", figures->stuck_count },
		{ "dossiers_frozen", figures->frozen_count },
		{ "mailboxes_unanswered", unanswered },
		{ "mailboxes_unreadable", unreadable },
	};
	size_t event_count = sizeof(events) / sizeof(events[0]), own = 0, theirs = out->counter_count;
	struct lt_counter *all = query_alloc(query, event_count * sizeof(*all) + sizeof(list) + theirs * sizeof(*all));
	for (size_t i = 0; i < event_count; i++) {
		if (*events[i].name)
			add_event(all, &own, events[i].name, events[i].value);
	}
	memcpy(all + own, list, sizeof(list));
	own += sizeof(list) / sizeof(list[0]);
	if (theirs > 0)
		memcpy(all + own, out->counters, theirs * sizeof(*all));
	out->counters = all;
	out->counter_count = own + theirs;
}

struct ends {
	struct query *query;
	struct lt_status_view *out;
	size_t room;
};

static void count_end(void *ctx, const struct trust_end *end)
{
	(void)end;
	((struct ends *)ctx)->room++;
}

static void add_end(void *ctx, const struct trust_end *end)
{
	struct ends *ends = ctx;
	size_t len = strlen(end->name) + 1;
	uint8_t *sha256 = query_alloc(ends->query, sizeof(end->sha256));
	char *name = query_alloc(ends->query, len);
	if (ends->out->trust_count == ends->room)
		return;
	memcpy(sha256, end->sha256, sizeof(end->sha256));
	memcpy(name, end->name, len);
	ends->out->trust[ends->out->trust_count++] = (struct lt_trust_view){
		.type = end->type,
		.state = end->state,
		.name = name,
		.from = end->from,
		.ends = end->ends,
		.sha256 = end->ends ? lt_bytes(sha256, sizeof(end->sha256)) : lt_bytes(NULL, 0),
	};
}

/* What trust rests on, and when it ends. At most so many: a whole province whose certificates were issued on one day. */
static void add_trust(struct query *query, struct lt_status_view *out)
{
	struct ends ends = { .query = query, .out = out };
	int64_t now = out->time;
	if (!query->state->rulebook)
		return;
	trust_each_end(query->state->rulebook, now, count_end, &ends);
	ends.room = ends.room < TRUST_ENDS_MAX ? ends.room : TRUST_ENDS_MAX;
	out->trust = query_alloc(query, (ends.room + 1) * sizeof(*out->trust));
	trust_each_end(query->state->rulebook, now, add_end, &ends);
	out->trust_grace = (uint32_t)(rulebook_grace(query->state->rulebook) / 3600000000);
}

void query_status(struct query *query, const struct figures *figures, const struct lt_asker *asker,
		  struct lt_control_answer *out)
{
	const struct state *state = query->state;
	const struct lt_directory *directory = rulebook_directory(state->rulebook);
	out->status = figures->status;
	out->status.asker = *asker;
	out->status.domain = rulebook_domain(state->rulebook);
	out->status.head = state->sequence;
	out->status.directory_version = rulebook_directory_version(state->rulebook);
	out->status.dossiers = state->dossiers;
	out->status.agencies = directory ? lt_directory_count(directory) : 0;
	out->status.flushed = store_sequence(state->store);
	out->status.journal_bytes = journal_bytes(query->journal);
	add_counters(query, figures, &out->status);
	add_trust(query, &out->status);
	query_causes(query, figures, &out->status);
}
