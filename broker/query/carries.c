/* carries.c: the windows in which dossiers of before are carried over: `lienthong carry list`. */
#include "query_internal.h"

#include "state/definition_store.h"

/* The subject is the key behind the byte of its type. */
static const char *subject_of(struct query *query, const struct store_key *key)
{
	return (const char *)query_keep(query, lt_bytes(key->data + 1, key->len - 1)).data;
}

void query_carries(struct query *query, struct lt_control_answer *out)
{
	struct definition_walk walk = definition_walk(DEFINITION_CARRY);
	struct lt_bytes value;
	out->carries.windows = query_alloc(query, LT_CARRIES_MAX * sizeof(*out->carries.windows));
	while (out->carries.count < LT_CARRIES_MAX && definition_next(query->state->store, &walk, &value)) {
		struct carry_window window;
		if (definition_carry_read(value, &window))
			continue;
		out->carries.windows[out->carries.count++] = (struct lt_carry_window){
			.subject = subject_of(query, &walk.key),
			.from = window.from,
			.until = window.until,
			.proposal = window.sequence,
			.proposed_from = window.proposed_from,
			.proposed_until = window.proposed_until,
		};
	}
}
