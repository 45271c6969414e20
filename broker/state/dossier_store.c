/* dossier_store.c: a dossier in the store: by its number, by its code, and its stays. The only file that touches STORE_DOSSIER, STORE_CODE
 * and STORE_STAY. A stay is there as the outcome has it. */
#include "dossier.h"

#include "base/checksum.h"
#include "base/fields.h"
#include "program/log.h"
#include "state/owed/lists.h"
#include "store/store_keys.h"
#include "store/store_layout.h"
#include "wire/link.h"

enum { DOSSIER_LAYOUT = 14, CODE_LAYOUT = 2, STAY_LAYOUT = 1 }; /* the dossier's: of what dossier.c writes */
/* A dossier's value is filled up to a multiple of this, so that it keeps its length from OPEN on through offers and holders: one that
 * grows splits its page of LMDB, and of pages half full each flush writes twice as many. One that was opened takes some 180 bytes,
 * with an offer and a leg behind it 270; thirteen of 286 fill a page. */
enum { ROOM = 143 };

static struct store_key key_of(uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, number);
	return key;
}

static struct lt_bytes code_key(const char *code)
{
	return lt_bytes(code, strlen(code));
}

enum lt_err dossier_read(struct lt_bytes value, uint64_t number, struct dossier *out)
{
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_DOSSIER, DOSSIER_LAYOUT);
	size_t room = fields_get_u8(&in);
	if (in.failed || room >= ROOM || room > in.rest.len)
		return LT_ECORRUPT;
	return dossier_decode(lt_bytes(in.rest.data, in.rest.len - room), number, out);
}

enum lt_err dossier_load(struct store *store, uint64_t number, struct dossier *out)
{
	struct lt_bytes value;
	struct store_key key = key_of(number);
	enum lt_err err = store_get(store, STORE_DOSSIER, store_key_bytes(&key), &value);
	if (err)
		return err;
	return dossier_read(value, number, out) ? store_fault_note(store, STORE_DOSSIER, store_key_bytes(&key)) : LT_OK;
}

enum lt_err dossier_load_known(struct store *store, uint64_t number, struct dossier *out)
{
	struct store_key key = key_of(number);
	enum lt_err err = dossier_load(store, number, out);
	if (err)
		out->number = 0;
	return err == LT_ENOENT ? store_fault_note(store, STORE_DOSSIER, store_key_bytes(&key)) : err;
}

enum lt_err dossier_find(struct store *store, const char *code, struct dossier *out)
{
	struct lt_bytes value, key = code_key(code);
	if (key.len == 0 || key.len > STORE_KEY_MAX) /* whoever asks writes what he likes: no dossier has such a code */
		return LT_ENOENT;
	enum lt_err err = store_get(store, STORE_CODE, key, &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_CODE, CODE_LAYOUT);
	uint64_t number = fields_get_number(&in);
	if (fields_end(&in))
		return store_fault_note(store, STORE_CODE, key);
	return dossier_load_known(store, number, out);
}

static const uint8_t zeros[ROOM];

uint64_t dossier_save(struct store *store, const struct dossier *dossier, struct lt_buf *scratch)
{
	struct store_key key = key_of(dossier->number);
	struct fields_writer writer = { .buf = scratch };
	lt_buf_clear(scratch);
	store_put_layout(&writer, DOSSIER_LAYOUT);
	fields_put_u8(&writer, 0);
	dossier_encode(dossier, scratch);
	size_t room = (ROOM - scratch->len % ROOM) % ROOM;
	fields_put_raw(&writer, zeros, room);
	LT_ASSERT(!writer.failed);
	scratch->data[1] = (uint8_t)room; /* behind the layout */
	store_put(store, STORE_DOSSIER, store_key_bytes(&key), lt_buf_bytes(scratch));
	return (uint64_t)DOSSIER_LAYOUT << 56 | checksum64(dossier->number, scratch->data, scratch->len) >> 8;
}

void dossier_derive(struct store *store)
{
	store_derive(store, STORE_DOSSIER, &lists_derived);
}

void dossier_register(struct store *store, const char *code, uint64_t number)
{
	uint8_t value[1 + 10];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	store_put_layout(&writer, CODE_LAYOUT);
	fields_put_number(&writer, number);
	LT_ASSERT(!writer.failed);
	store_put(store, STORE_CODE, code_key(code), lt_buf_bytes(&buf));
}

/* ---- stays ---- */

/* Four bytes are enough for what one dossier can live through. */
static struct store_key stay_key(uint64_t dossier, uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, dossier);
	store_key_add_u32(&key, (uint32_t)number);
	return key;
}

void dossier_put_stay(struct store *store, uint64_t dossier, const struct lt_stay *stay, struct lt_buf *scratch)
{
	struct store_key key = stay_key(dossier, stay->number);
	struct fields_writer writer = { .buf = scratch };
	LT_ASSERT(stay->number > 0 && stay->number <= UINT32_MAX);
	lt_buf_clear(scratch);
	store_put_layout(&writer, STAY_LAYOUT);
	LT_ASSERT(!writer.failed && lt_stay_encode(stay, scratch) == LT_OK);
	store_put(store, STORE_STAY, store_key_bytes(&key), lt_buf_bytes(scratch));
}

enum lt_err dossier_get_stay(struct store *store, uint64_t dossier, uint64_t number, struct lt_arena *arena,
			     struct lt_stay *out)
{
	struct lt_bytes value;
	struct lt_refusal refusal = { 0 };
	struct store_key key = stay_key(dossier, number);
	enum lt_err err = store_get(store, STORE_STAY, store_key_bytes(&key), &value);
	if (err)
		return err;
	struct fields_reader in = { .rest = value };
	store_get_layout(&in, STORE_STAY, STAY_LAYOUT);
	uint8_t *copy = lt_arena_alloc(arena, in.rest.len + 1);
	if (!copy)
		return LT_ENOMEM;
	memcpy(copy, in.rest.data, in.rest.len);
	if (in.failed || lt_stay_decode(lt_bytes(copy, in.rest.len), arena, out, &refusal) || out->number != number)
		return store_fault_note(store, STORE_STAY, store_key_bytes(&key));
	return LT_OK;
}
