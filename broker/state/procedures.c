/* procedures.c: a table of read procedures, one a slot; the newer takes the place. */
#include "procedures.h"

#include <stdlib.h>
#include <string.h>

#include <lienthong/code.h>

#include "program/log.h"
#include "definition_store.h"

enum { SLOTS = 1024, ARENA_MAX = 4 << 20 }; /* a procedure of 64 legs with all its texts is far smaller */

struct procedure_slot {
	char code[LT_PROCEDURE_MAX];
	uint32_t version; /* 0: empty */
	struct lt_buf bytes;
	struct lt_arena *arena;
	struct lt_procedure procedure;
};
struct procedures {
	struct store *store;
	struct procedure_slot slots[SLOTS];
};

struct procedures *procedures_new(struct store *store)
{
	struct procedures *procedures = calloc(1, sizeof(*procedures));
	LT_ASSERT(procedures);
	procedures->store = store;
	return procedures;
}

void procedures_free(struct procedures *procedures)
{
	if (!procedures)
		return;
	for (size_t i = 0; i < SLOTS; i++) {
		lt_buf_fini(&procedures->slots[i].bytes);
		lt_arena_free(procedures->slots[i].arena);
	}
	free(procedures);
}

static struct procedure_slot *slot_of(struct procedures *procedures, const char *code, uint32_t version)
{
	uint32_t hash = 2166136261u ^ version; /* FNV-1a */
	for (const char *c = code; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return &procedures->slots[hash % SLOTS];
}

/* False: it cannot be read. */
static bool fill(struct procedure_slot *slot, const char *code, uint32_t version, struct lt_bytes value)
{
	struct lt_refusal refusal = { 0 };
	size_t len = strlen(code);
	LT_ASSERT(len < sizeof(slot->code));
	slot->version = 0;
	lt_buf_clear(&slot->bytes);
	LT_ASSERT(lt_buf_append(&slot->bytes, value.data, value.len) == LT_OK);
	if (!slot->arena)
		LT_ASSERT(lt_arena_new(ARENA_MAX, &slot->arena) == LT_OK);
	lt_arena_reset(slot->arena);
	if (lt_procedure_decode(lt_buf_bytes(&slot->bytes), slot->arena, &slot->procedure, &refusal))
		return false;
	memcpy(slot->code, code, len + 1);
	slot->version = version;
	return true;
}

const struct lt_procedure *procedures_find(struct procedures *procedures, const char *code, uint32_t version)
{
	struct procedure_slot *slot = slot_of(procedures, code, version);
	struct lt_bytes value;
	if (version != 0 && slot->version == version && strcmp(slot->code, code) == 0)
		return &slot->procedure;
	struct store_key key = definition_procedure(code, version);
	if (definition_get(procedures->store, &key, &value))
		return NULL;
	if (fill(slot, code, version, value))
		return &slot->procedure;
	definition_fault(procedures->store, store_key_bytes(&key));
	return NULL;
}

uint32_t procedures_next(struct procedures *procedures, const char *code, uint32_t after)
{
	struct definition_walk walk = definition_walk_procedure(code);
	struct lt_bytes value;
	while (definition_next(procedures->store, &walk, &value)) {
		uint32_t version = 0;
		for (size_t i = walk.key.len - 4; i < walk.key.len; i++)
			version = version << 8 | walk.key.data[i];
		if (version > after)
			return version;
	}
	return 0;
}

void procedures_forget(struct procedures *procedures, const char *code, uint32_t version)
{
	struct procedure_slot *slot = slot_of(procedures, code, version);
	if (slot->version == version && strcmp(slot->code, code) == 0)
		slot->version = 0;
}
