/* tally.c: the only file that touches STORE_TALLY. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "program/log.h"
#include "state/dossier.h"
#include "store/store_keys.h"
#include "store/store_layout.h"

enum { TALLY_LAYOUT = 1 };

/* Room for every mailbox that there is. */
static void grow(struct tallies *tallies, uint32_t count)
{
	if (count <= tallies->cap)
		return;
	uint32_t cap = count > 2 * tallies->cap ? count : 2 * tallies->cap;
	tallies->items = realloc(tallies->items, cap * sizeof(*tallies->items));
	tallies->changed = realloc(tallies->changed, cap * sizeof(*tallies->changed));
	if (!tallies->items || !tallies->changed)
		lt_fatal("out of memory: tallies");
	memset(tallies->items + tallies->cap, 0, (cap - tallies->cap) * sizeof(*tallies->items));
	tallies->cap = cap;
}

static struct tally *change(struct state *state, uint32_t index)
{
	struct tallies *tallies = &state->tallies;
	grow(tallies, state->mailboxes.count);
	struct tally *tally = &tallies->items[index];
	if (!tally->changed)
		tallies->changed[tallies->changed_count++] = index;
	tally->changed = true;
	return tally;
}

static struct tally *change_of(struct state *state, const char *agency)
{
	return change(state, mailboxes_get(&state->mailboxes, agency));
}

static bool same(const struct dossier_work *one, uint32_t one_count, const struct dossier_work *other,
		 uint32_t other_count)
{
	bool equal = one_count == other_count;
	for (uint32_t i = 0; i < one_count && equal; i++)
		equal = one[i].late == other[i].late && strcmp(one[i].agency, other[i].agency) == 0;
	return equal;
}

/* A value that could not be read was counted and is not any more: what there is does not go below nothing. */
static void take_off(uint32_t *number)
{
	*number -= *number > 0;
}

uint64_t tally_save_dossier(struct state *state, struct dossier *dossier)
{
	struct dossier_work now[DOSSIER_BRANCHES_MAX];
	uint32_t count = dossier_list_work(dossier, now);
	if (!same(now, count, dossier->work, dossier->work_count)) {
		for (uint32_t i = 0; i < dossier->work_count; i++) {
			struct tally *tally = change_of(state, dossier->work[i].agency);
			take_off(&tally->in_hand);
			if (dossier->work[i].late)
				take_off(&tally->overdue);
		}
		for (uint32_t i = 0; i < count; i++) {
			struct tally *tally = change_of(state, now[i].agency);
			tally->in_hand++;
			tally->overdue += now[i].late;
		}
		memcpy(dossier->work, now, count * sizeof(now[0]));
		dossier->work_count = count;
	}
	return dossier_save(state->store, dossier, &state->scratch);
}

void tally_add(struct state *state, const char *agency, bool ended, bool late, uint64_t beyond)
{
	struct tally *tally = change_of(state, agency);
	tally->done += ended;
	tally->late += ended && late;
	tally->minutes += beyond;
}

struct tally tally_get(const struct state *state, uint32_t index)
{
	return index < state->tallies.cap ? state->tallies.items[index] : (struct tally){ 0 };
}

void tally_begin_week(struct state *state, uint32_t index)
{
	struct tally *tally = change(state, index);
	tally->done = tally->late = 0;
	tally->minutes = 0;
}

/* ---- in the store ---- */

static void save(const struct state *state, uint32_t index)
{
	const struct tally *tally = &state->tallies.items[index];
	const char *code = state->mailboxes.items[index].code;
	uint8_t value[1 + 5 * 10];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	store_put_layout(&writer, TALLY_LAYOUT);
	fields_put_number(&writer, tally->in_hand);
	fields_put_number(&writer, tally->overdue);
	fields_put_number(&writer, tally->done);
	fields_put_number(&writer, tally->late);
	fields_put_number(&writer, tally->minutes);
	LT_ASSERT(!writer.failed);
	store_put(state->store, STORE_TALLY, lt_bytes(code, strlen(code)), lt_buf_bytes(&buf));
}

void tallies_save(struct state *state)
{
	struct tallies *tallies = &state->tallies;
	for (uint32_t i = 0; i < tallies->changed_count; i++) {
		tallies->items[tallies->changed[i]].changed = false;
		save(state, tallies->changed[i]);
	}
	tallies->changed_count = 0;
}

void tallies_load(struct state *state)
{
	struct store_key key = { 0 };
	struct lt_bytes value;
	while (store_key_seek(state->store, STORE_TALLY, &key, &value) == LT_OK) {
		char code[LT_AGENCY_MAX];
		LT_ASSERT(key.len < sizeof(code));
		memcpy(code, key.data, key.len);
		code[key.len] = '\0';
		uint32_t index = mailboxes_get(&state->mailboxes, code);
		grow(&state->tallies, state->mailboxes.count);
		struct tally *tally = &state->tallies.items[index];
		struct fields_reader in = { .rest = value };
		store_get_layout(&in, STORE_TALLY, TALLY_LAYOUT);
		tally->in_hand = fields_get_number32(&in);
		tally->overdue = fields_get_number32(&in);
		tally->done = fields_get_number32(&in);
		tally->late = fields_get_number32(&in);
		tally->minutes = fields_get_number(&in);
		if (fields_end(&in))
			store_fault_note(state->store, STORE_TALLY, store_key_bytes(&key));
		store_key_step(&key);
	}
}

void tallies_fini(struct tallies *tallies)
{
	free(tallies->items);
	free(tallies->changed);
}
