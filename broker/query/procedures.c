/* procedures.c: the procedures that are defined, for operators and adapters. */
#include "query_internal.h"

#include <string.h>

#include "base/date.h"
#include "program/log.h"
#include "state/definition_store.h"
#include "wire/link.h"

enum { PROCEDURES_LIMIT = 10000 }; /* of one answer; the codec allows no more */
enum { LINKED_BYTES = 512 << 10 }; /* of the procedures in one message of the link, which holds twice as much */

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

/* ---- for an adapter ---- */

/* False: the answer is full. */
static bool link_one(struct lt_query_answer *out, size_t *bytes, struct lt_bytes value)
{
	if (out->procedure_count == LT_LINK_PROCEDURES_MAX || (*bytes > 0 && *bytes + value.len > LINKED_BYTES))
		return false;
	*bytes += value.len;
	out->procedures[out->procedure_count++] = value;
	return true;
}

static void link_list(struct query *query, const char *code, uint32_t version, struct lt_query_answer *out)
{
	struct definition_walk walk = definition_walk(DEFINITION_PROCEDURE);
	struct lt_bytes value;
	size_t bytes = 0;
	if (code[0] != '\0') {
		walk.key = definition_procedure(code, version);
		walk.begun = true;
	}
	while (!out->more && definition_next(query->state->store, &walk, &value)) {
		struct lt_bytes head = keep_head(query, value);
		out->more = head.len > 0 && !link_one(out, &bytes, head);
	}
}

/* The version that is meant, with its legs: the one asked for, or the one in force today. Empty: there is none. */
static struct lt_bytes find_meant(struct query *query, const char *code, uint32_t version)
{
	struct definition_walk walk = definition_walk_procedure(code);
	struct lt_bytes value, meant = { 0 };
	int64_t day = (query->legal + LT_VIETNAM_OFFSET_US) / LT_DAY_US;
	while (definition_next(query->state->store, &walk, &value)) {
		struct lt_procedure procedure;
		struct lt_refusal refusal = { 0 };
		if (lt_procedure_decode(value, query->arena, &procedure, &refusal))
			continue; /* keep_head tells of it */
		if (version ? procedure.version == version : query->state->law->route.in_force(&procedure, day))
			meant = query_keep(query, value);
	}
	return meant;
}

/* The one that is meant is the first: whatever else is left out, it is there. */
static void link_versions(struct query *query, const char *code, struct lt_bytes meant, struct lt_query_answer *out)
{
	struct definition_walk walk = definition_walk_procedure(code);
	struct lt_bytes value;
	size_t bytes = 0;
	if (meant.len > 0)
		link_one(out, &bytes, meant);
	while (!out->more && definition_next(query->state->store, &walk, &value)) {
		struct lt_bytes head = lt_bytes_equal(value, meant) ? lt_bytes(NULL, 0) : keep_head(query, value);
		out->more = head.len > 0 && !link_one(out, &bytes, head);
	}
}

enum lt_reason query_procedures_linked(struct query *query, bool one, const char *code, uint32_t version,
				       struct lt_query_answer *out, struct lt_refusal *refusal)
{
	out->procedures = query_alloc(query, LT_LINK_PROCEDURES_MAX * sizeof(*out->procedures));
	if (!one) {
		link_list(query, code, version, out);
		return LT_REASON_NONE;
	}
	struct lt_bytes meant = find_meant(query, code, version);
	if (meant.len > LINKED_BYTES)
		return lt_refuse(refusal, LT_FRAME_TOO_LARGE, "%s version %u", code, version);
	link_versions(query, code, meant, out);
	if (out->procedure_count == 0 || (version && meant.len == 0)) {
		out->procedure_count = 0;
		return lt_refuse(refusal, LT_PROCEDURE_UNKNOWN, "%s version %u", code, version);
	}
	return LT_REASON_NONE;
}
