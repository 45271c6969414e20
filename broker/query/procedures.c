/* procedures.c: the procedures that are defined. */
#include "query_internal.h"

#include <string.h>

#include "program/log.h"
#include "state/definition_store.h"

enum { PROCEDURES_LIMIT = 10000 }; /* of one answer; the codec allows no more */

/* The bytes without the legs, for who asks for many. Empty: it cannot be read, the others are shown. */
static struct lt_bytes keep_head(struct query *query, struct lt_bytes value)
{
	struct lt_procedure procedure;
	struct lt_refusal refusal = { 0 };
	struct lt_buf bytes = { 0 };
	if (lt_procedure_decode(value, query->arena, &procedure, &refusal)) {
		lt_log(LT_LOG_ERROR, "a procedure in the store cannot be read", "detail", refusal.detail, NULL);
		return lt_bytes(NULL, 0);
	}
	procedure.leg_count = 0;
	LT_ASSERT(lt_procedure_encode(&procedure, &bytes) == LT_OK);
	struct lt_bytes kept = query_keep(query, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return kept;
}

void query_procedures(struct query *query, const char *code, struct lt_control_answer *out)
{
	struct definition_walk walk = definition_walk(DEFINITION_PROCEDURE);
	struct lt_bytes value;
	bool whole = code && code[0] != '\0', known = !whole || strlen(code) < LT_PROCEDURE_MAX;
	if (whole && known)
		walk = definition_walk_procedure(code);
	out->procedures.list = query_alloc(query, PROCEDURES_LIMIT * sizeof(*out->procedures.list));
	while (known && out->procedures.count < PROCEDURES_LIMIT &&
	       definition_next(query->state->store, &walk, &value)) {
		struct lt_bytes one = whole ? query_keep(query, value) : keep_head(query, value);
		if (one.len > 0)
			out->procedures.list[out->procedures.count++] = one;
	}
	if (whole && out->procedures.count == 0) {
		out->reason = LT_PROCEDURE_UNKNOWN;
		out->detail = "";
	}
}
