/* status.c: how the broker is: `lienthong status`. */
#include "query_internal.h"

#include <string.h>

/* What the state has counted stands before what the other stages have. */
static void add_counters(struct query *query, struct lt_status_view *out)
{
	const struct state_counts *counts = &query->state->counts;
	const struct lt_counter list[] = {
		{ "clocks_due_soon", counts->due_soon },
		{ "clocks_overdue", counts->overdue },
		{ "handoffs_escalated", counts->handoffs_escalated },
		{ "consults_silent", counts->consults_silent },
		{ "supplements_missed", counts->supplements_missed },
		{ "clocks_without_calendar", counts->clocks_without_calendar },
		{ "notices_without_sender", counts->notices_without_sender },
		{ "notices_unsigned", query->state->unsigned_notices },
	};
	size_t own = sizeof(list) / sizeof(list[0]), theirs = out->counter_count;
	struct lt_counter *all = query_alloc(query, sizeof(list) + theirs * sizeof(*all));
	memcpy(all, list, sizeof(list));
	if (theirs > 0)
		memcpy(all + own, out->counters, theirs * sizeof(*all));
	out->counters = all;
	out->counter_count = own + theirs;
}

void query_status(struct query *query, const struct figures *figures, struct lt_control_answer *out)
{
	const struct state *state = query->state;
	const struct lt_directory *directory = rulebook_directory(state->rulebook);
	out->status = figures->status;
	out->status.domain = rulebook_domain(state->rulebook);
	out->status.head = state->sequence;
	out->status.directory_version = rulebook_directory_version(state->rulebook);
	out->status.dossiers = state->dossiers;
	out->status.agencies = directory ? lt_directory_count(directory) : 0;
	out->status.flushed = store_sequence(state->store);
	out->status.journal_bytes = journal_bytes(query->journal);
	add_counters(query, &out->status);
}
