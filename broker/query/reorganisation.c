/* reorganisation.c: what would pass on from an agency, by the value of a dossier's field: seen before it is closed. */
#include "query_internal.h"

#include <string.h>

#include "state/succession.h"

enum { PAGE_DOSSIERS = 2000 }; /* of one preview: about 5 ms */

/* The count of a value; what is over counts under the empty one, which is the first. */
static struct lt_reorganisation_count *count_of(struct query *query, struct lt_control_answer *out, const char *value)
{
	for (size_t i = 0; i < out->reorganisation.count; i++) {
		if (strcmp(out->reorganisation.counts[i].value, value) == 0)
			return &out->reorganisation.counts[i];
	}
	if (out->reorganisation.count == LT_REORGANISATION_VALUES)
		return &out->reorganisation.counts[0];
	struct lt_reorganisation_count *count = &out->reorganisation.counts[out->reorganisation.count++];
	*count = (struct lt_reorganisation_count){
		.value = (const char *)query_keep(query, lt_bytes(value, strlen(value))).data,
	};
	return count;
}

static bool acts(const struct query *query, const char *code, const char *agency)
{
	return succession_acts_for(query->state->rulebook, code, agency, &query->dossier, query->now);
}

static void count_dossier(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out)
{
	const struct dossier *dossier = &query->dossier;
	const char *value = request->path && request->path[0] ? dossier_field(dossier, request->path) : "";
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		bool open = branch->custody != LT_CUSTODY_CLOSED;
		bool held = open && acts(query, request->code, branch->holder);
		bool offered = branch->custody == LT_CUSTODY_OFFERED && acts(query, request->code, branch->offered_to);
		if (!held && !offered)
			continue;
		struct lt_reorganisation_count *count = count_of(query, out, value ? value : "");
		count->held += held;
		count->offered += offered;
		count->clocks += held && branch->clock.next_kind != 0;
		count->clocks += offered && branch->handoff.next_kind != 0;
	}
}

void query_reorganisation(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out)
{
	const struct state *state = query->state;
	uint64_t limit = request->limit == 0 || request->limit > PAGE_DOSSIERS ? PAGE_DOSSIERS : request->limit;
	uint64_t last = state->dossiers;
	query_load(query);
	uint32_t index = mailboxes_find(&query->mailboxes, request->code);
	out->reorganisation.counts = query_alloc(query, LT_REORGANISATION_VALUES * sizeof(*out->reorganisation.counts));
	count_of(query, out, "");
	if (index != MAILBOX_NONE) {
		const struct mailbox *mailbox = &query->mailboxes.items[index];
		out->reorganisation.waiting = mailbox->head - mailbox->acknowledged;
	}
	if (!rulebook_agency(state->rulebook, request->code)) {
		out->reason = LT_AGENCY_UNKNOWN;
		out->detail = "";
		return;
	}
	if (request->sequence < last && last - request->sequence > limit)
		out->reorganisation.next = last = request->sequence + limit;
	for (uint64_t number = request->sequence + 1; number != 0 && number <= last; number++) {
		if (dossier_load(state->store, number, &query->dossier) == LT_OK)
			count_dossier(query, request, out);
	}
}
