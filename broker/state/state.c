/* state.c: loads what apply reads, and keeps its counters. */
#include "state.h"

#include <string.h>

#include "base/fields.h"
#include "store/store_keys.h"
#include "store/store_layout.h"
#include "dossier.h"
#include "program/log.h"
#include "definition_store.h"
#include "state/digest/tally.h"
#include "rulebook_make.h"

enum { META_LAYOUT = 1 };

void state_put_bytes(struct state *state, const char *name, struct lt_bytes value)
{
	struct lt_buf buf = { 0 };
	struct fields_writer writer = { .buf = &buf };
	store_put_layout(&writer, META_LAYOUT);
	fields_put_raw(&writer, value.data, value.len);
	LT_ASSERT(!writer.failed);
	store_put(state->store, STORE_META, lt_bytes(name, strlen(name)), lt_buf_bytes(&buf));
	lt_buf_fini(&buf);
}

struct lt_bytes state_get_bytes(const struct state *state, const char *name)
{
	struct lt_bytes value = { 0 };
	if (store_get(state->store, STORE_META, lt_bytes(name, strlen(name)), &value))
		return (struct lt_bytes){ 0 };
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_META, META_LAYOUT);
	if (in.failed)
		store_fault_note(state->store, STORE_META, lt_bytes(name, strlen(name)));
	return in.failed ? (struct lt_bytes){ 0 } : in.rest;
}

void state_put_number(struct state *state, const char *name, uint64_t value)
{
	uint8_t bytes[8];
	struct lt_buf buf = { .data = bytes, .cap = sizeof(bytes) };
	struct fields_writer writer = { .buf = &buf };
	fields_put_u64(&writer, value);
	LT_ASSERT(!writer.failed);
	state_put_bytes(state, name, lt_buf_bytes(&buf));
}

/* 0 when absent. */
uint64_t state_get_number(const struct state *state, const char *name)
{
	struct fields_reader in = { .rest = state_get_bytes(state, name) };
	if (in.rest.len == 0)
		return 0;
	uint64_t value = fields_get_u64(&in);
	if (in.failed)
		store_fault_note(state->store, STORE_META, lt_bytes(name, strlen(name)));
	return value;
}

uint32_t state_rules_version(struct store *store)
{
	struct state state = { .store = store };
	return (uint32_t)state_get_number(&state, "rules_version");
}

void state_put_rules_version(struct state *state, uint32_t version)
{
	state->rules_version = version;
	state_put_number(state, "rules_version", version);
}

void state_load(struct state *state, struct store *store, const struct law *law)
{
	*state = (struct state){ .store = store, .law = law };
	dossier_derive(store);
	state->rules_version = state_rules_version(store);
	state->sequence = store_sequence(store);
	state->time = (int64_t)state_get_number(state, "time");
	state->dossiers = state_get_number(state, "dossiers");
	state->trust_version = state_get_number(state, "trust_version");
	state->restored_at = (int64_t)state_get_number(state, "restored_at");
	state->restoring = state_get_number(state, "restoring") != 0;
	state->definitions_lost = state_get_number(state, "definitions_lost") != 0;
	state->definitions = state_get_number(state, "definitions");
	state->definitions_told = state_get_number(state, "definitions_told");
	state->time_generation = (uint32_t)state_get_number(state, "time_generation");
	state->dedup_floor = (int64_t)state_get_number(state, "dedup_floor");
	state->sandbox = state_get_number(state, "sandbox") != 0;
	state->legal_ahead = (int64_t)state_get_number(state, "legal_ahead");
	struct lt_bytes incarnation = state_get_bytes(state, "incarnation");
	if (incarnation.len == sizeof(state->incarnation))
		memcpy(state->incarnation, incarnation.data, incarnation.len);
	state->calendar_sequence = state_get_number(state, "calendar_sequence");
	state->calendars = calendars_load(store, law);
	timer_load(&state->due, store);
	state->procedures = procedures_new(store);
	state->unsigned_notices = state_get_number(state, "unsigned_notices");
	mailboxes_load(&state->mailboxes, store);
	stuck_load(&state->stuck, store);
	tallies_load(state);
	state->digest_until = (int64_t)state_get_number(state, "digest_until");
	struct lt_bytes told = state_get_bytes(state, "digest_told");
	if (told.len > 0 && told.len < sizeof(state->digest_told))
		memcpy(state->digest_told, told.data, told.len);
	if (state->sequence > 0) {
		struct lt_refusal refusal = { 0 };
		if (rulebook_renew(state, NULL, &refusal)) {
			lt_log(LT_LOG_ERROR, "the store's directory or trust does not hold", "detail", refusal.detail,
			       NULL);
			definition_fault(store, lt_bytes("D", 1));
		}
	}
	state->reorganise_at = INT64_MAX;
	if (state->rulebook)
		state_plan_reorganise(state);
}

void state_note_facts(struct state *state, uint64_t sequence)
{
	state->calendar_sequence = sequence;
	state_put_number(state, "calendar_sequence", sequence);
}

void state_fault_bytes(struct state *state, const char *name)
{
	store_fault_note(state->store, STORE_META, lt_bytes(name, strlen(name)));
}

bool state_holds(const struct state *state)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	uint64_t faults = store_faults(state->store);
	while (store_key_seek(state->store, STORE_META, &key, &value) == LT_OK)
		store_key_step(&key);
	return store_faults(state->store) == faults;
}

void state_fini(struct state *state)
{
	rulebook_unref(state->rulebook);
	calendars_unref(state->calendars);
	procedures_free(state->procedures);
	mailboxes_fini(&state->mailboxes);
	stuck_fini(&state->stuck);
	tallies_fini(&state->tallies);
	lt_buf_fini(&state->scratch);
}

enum lt_err state_find_dossier(struct state *state, const struct law *law, const char *code, struct dossier *out)
{
	char spellings[ACCESS_SPELLINGS_MAX][LT_DOSSIER_MAX];
	enum lt_err err = dossier_find(state->store, code, out);
	if (err != LT_ENOENT || !lt_dossier_code_valid(code))
		return err;
	size_t count = law->access.spellings(rulebook_directory(state->rulebook), code, spellings);
	for (size_t i = 1; i < count && err == LT_ENOENT; i++)
		err = dossier_find(state->store, spellings[i], out);
	return err;
}

void state_renew_calendars(struct state *state)
{
	calendars_unref(state->calendars);
	state->calendars = calendars_load(state->store, state->law);
}

void state_mark(struct state *state)
{
	tallies_save(state);
	state_put_number(state, "unsigned_notices", state->unsigned_notices);
	state_put_number(state, "time", (uint64_t)state->time);
	store_mark(state->store, state->sequence);
}
