/* engine_procedures.c: the procedures that are defined, for the operator. All memory is of the query arena. */
#include <string.h>

#include "engine/engine_internal.h"
#include "program/log.h"
#include "state/definitions.h"

enum { PROCEDURES_LIMIT = 10000 }; /* of one answer; the codec allows no more */

/* The bytes as they were defined, or without the legs when many are asked for. */
static struct lt_bytes keep(struct engine *engine, struct lt_bytes value, bool whole)
{
	struct lt_procedure procedure;
	struct lt_refusal refusal = { 0 };
	struct lt_buf bytes = { 0 };
	if (whole) {
		LT_ASSERT(lt_buf_append(&bytes, value.data, value.len) == LT_OK);
	} else {
		if (lt_procedure_decode(value, engine->query_arena, &procedure, &refusal))
			lt_fatal("a procedure in the store does not hold: %s", refusal.detail);
		procedure.leg_count = 0;
		LT_ASSERT(lt_procedure_encode(&procedure, &bytes) == LT_OK);
	}
	uint8_t *copy = engine_query_alloc(engine, bytes.len + 1);
	struct lt_bytes kept = lt_bytes(copy, bytes.len);
	if (bytes.len > 0)
		memcpy(copy, bytes.data, bytes.len);
	lt_buf_fini(&bytes);
	return kept;
}

void engine_view_procedures(struct engine *engine, const char *code, struct lt_control_answer *out)
{
	struct definition_walk walk = definition_walk(DEFINITION_PROCEDURE);
	struct lt_bytes value;
	bool whole = code && code[0] != '\0';
	if (whole && strlen(code) >= LT_PROCEDURE_MAX) {
		out->reason = LT_PROCEDURE_UNKNOWN;
		out->detail = "";
		return;
	}
	if (whole)
		walk = definition_walk_procedure(code);
	out->procedures.list = engine_query_alloc(engine, PROCEDURES_LIMIT * sizeof(*out->procedures.list));
	while (out->procedures.count < PROCEDURES_LIMIT && definition_next(engine->state.store, &walk, &value))
		out->procedures.list[out->procedures.count++] = keep(engine, value, whole);
	if (whole && out->procedures.count == 0) {
		out->reason = LT_PROCEDURE_UNKNOWN;
		out->detail = "";
	}
}
