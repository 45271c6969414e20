/* time.c: what the broker holds for the time, and what stands under a time that was set aside: `lienthong time show`. */
#include "query_internal.h"

#include <string.h>

enum { PAGE = 1000 }; /* records of one answer that are looked at */

static void add_sets(struct query *query, struct lt_time_view *out)
{
	struct state_time_set sets[STATE_TIME_SETS];
	out->set_count = state_time_sets(query->state, sets);
	out->sets = query_alloc(query, (out->set_count + 1) * sizeof(*out->sets));
	for (size_t i = 0; i < out->set_count; i++)
		out->sets[i] =
			(struct lt_time_set){ sets[i].sequence, sets[i].generation, sets[i].before, sets[i].after };
}

static const struct lt_time_set *find_set(const struct lt_time_view *view, uint64_t sequence)
{
	for (size_t i = 0; i < view->set_count; i++) {
		if (view->sets[i].sequence == sequence)
			return &view->sets[i];
	}
	return NULL;
}

static void add_dossier(struct query *query, uint64_t number, struct lt_time_view *out, uint64_t *seen)
{
	for (size_t i = 0; i < out->dossier_count; i++) {
		if (seen[i] == number)
			return;
	}
	if (number == 0 || dossier_load(query->state->store, number, &query->dossier))
		return;
	const char *code = query->dossier.code;
	seen[out->dossier_count] = number;
	out->dossiers[out->dossier_count++] =
		(const char *)query_keep(query, lt_bytes((const uint8_t *)code, strlen(code))).data;
}

/* A record under the time that was set aside: its own lies after the one that was set, or the broker did not trust it. Within a
 * generation time never falls, so these are the last ones before the act; a record that cannot be read hides none before it. */
static bool set_aside(struct query *query, uint64_t sequence, const struct lt_time_set *set, uint64_t *dossier)
{
	struct journal_entry entry;
	struct lt_record record;
	struct lt_outcome outcome;
	struct lt_refusal refusal;
	*dossier = 0;
	if (query_entry(query, sequence, &entry) || lt_record_decode(entry.record, &record, &refusal))
		return true;
	if (record.time_generation + 1 != set->generation ||
	    (record.time <= set->after && !(record.flags & LT_RECORD_TIME_UNCONFIRMED)))
		return false;
	if (!lt_outcome_decode(record.outcome, query->arena, &outcome, &refusal))
		*dossier = outcome.dossier;
	return true;
}

static void add_dossiers(struct query *query, const struct lt_time_set *set, uint64_t below, struct lt_time_view *out)
{
	uint64_t *seen = query_alloc(query, PAGE * sizeof(*seen)), sequence = below;
	out->dossiers = query_alloc(query, PAGE * sizeof(*out->dossiers));
	for (unsigned looked = 0; sequence > 1 && looked < PAGE; looked++) {
		uint64_t dossier;
		if (!set_aside(query, sequence - 1, set, &dossier))
			return;
		add_dossier(query, dossier, out, seen);
		sequence--;
	}
	out->next = sequence > 1 ? sequence : 0;
}

void query_time(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out)
{
	add_sets(query, &out->time);
	if (request->sequence == 0)
		return;
	const struct lt_time_set *set = find_set(&out->time, request->sequence);
	if (!set) {
		out->reason = LT_RECORD_UNKNOWN;
		out->detail = "no act that set the time has this sequence";
		return;
	}
	uint64_t below = request->below != 0 && request->below < set->sequence ? request->below : set->sequence;
	add_dossiers(query, set, below, &out->time);
}
