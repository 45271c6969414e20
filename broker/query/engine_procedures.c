/* engine_procedures.c: the procedures that are defined, for the operator. All memory is of the query arena. */
#include <string.h>

#include "engine/engine_internal.h"
#include "program/log.h"
#include "state/trust.h"

enum { PROCEDURES_LIMIT = 10000 }; /* of one answer; the codec allows no more */

static size_t next_procedure(struct engine *engine, uint8_t key[STORE_KEY_MAX], size_t *len, struct lt_bytes *value)
{
	if (store_seek(engine->state.store, STORE_DEFINITION, lt_bytes(key, *len), key, len, value) != LT_OK ||
	    key[0] != 'P')
		return 0;
	return *len;
}

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

static bool begins_with(const uint8_t *key, size_t len, struct lt_bytes prefix)
{
	return len >= prefix.len && memcmp(key, prefix.data, prefix.len) == 0;
}

void engine_view_procedures(struct engine *engine, const char *code, struct lt_control_answer *out)
{
	uint8_t key[STORE_KEY_MAX] = { 'P' }, wanted[STORE_KEY_MAX];
	struct lt_bytes value, prefix = lt_bytes(key, 1);
	size_t len = 1;
	bool whole = code && code[0] != '\0';
	if (whole && strlen(code) >= LT_PROCEDURE_MAX) {
		out->reason = LT_PROCEDURE_UNKNOWN;
		out->detail = "";
		return;
	}
	prefix = lt_bytes(wanted, 1);
	wanted[0] = 'P';
	if (whole) {
		prefix = trust_procedure_key(code, 0, wanted);
		prefix.len -= 4; /* any version */
		memcpy(key, prefix.data, prefix.len);
		len = prefix.len;
	}
	out->procedures.list = engine_query_alloc(engine, PROCEDURES_LIMIT * sizeof(*out->procedures.list));
	while (out->procedures.count < PROCEDURES_LIMIT && next_procedure(engine, key, &len, &value) &&
	       begins_with(key, len, prefix)) {
		out->procedures.list[out->procedures.count++] = keep(engine, value, whole);
		key[len++] = 0; /* the first key after this one */
	}
	if (whole && out->procedures.count == 0) {
		out->reason = LT_PROCEDURE_UNKNOWN;
		out->detail = "";
	}
}
