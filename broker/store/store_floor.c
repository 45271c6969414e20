/* store_floor.c: what is old goes by one key: all below it is gone.
 *
 * Tables whose keys rise with time are shortened from their beginning. A floor says where a table begins now: it costs one
 * key, whatever lies below, leaves no deletions in the overlay that a walk would step over, and holds at once. Flushes write
 * it, and take what lies below out of LMDB a little at a time, so that no transaction grows with what is forgotten. */
#include "store_guard.h"
#include "store_internal.h"

#include "base/fields.h"
#include "program/log.h"

#include <stdio.h>
#include <string.h>

enum { FLOOR_NAME = 32 };

struct lt_bytes store_floor_key(const struct store_floor *floor)
{
	return lt_bytes(floor->key, floor->len);
}

bool store_below(const struct store_floor *floor, struct lt_bytes key)
{
	return floor->len > 0 && store_key_order(key, store_floor_key(floor)) < 0;
}

struct lt_bytes store_floor(const struct store *store, enum store_table table)
{
	return store_floor_key(&store->floors[table]);
}

void store_drop_below(struct store *store, enum store_table table, struct lt_bytes key)
{
	struct store_floor *floor = &store->floors[table];
	LT_ASSERT(key.len > 0 && key.len <= STORE_KEY_MAX);
	if (floor->len > 0 && store_key_order(key, store_floor_key(floor)) <= 0)
		return;
	LT_ASSERT(!store->only_read);
	memcpy(floor->key, key.data, key.len);
	floor->len = (uint8_t)key.len;
	store->unmarked = true;
}

/* ---- in LMDB ---- */

static MDB_val name_of(enum store_table table, char name[FLOOR_NAME])
{
	int len = snprintf(name, FLOOR_NAME, "floor:%s", store_table_names[table]);
	LT_ASSERT(len > 0 && len < FLOOR_NAME);
	return (MDB_val){ (size_t)len, name };
}

enum lt_err store_floor_read(MDB_txn *txn, MDB_dbi flush, enum store_table table, struct store_floor *out)
{
	char text[FLOOR_NAME];
	MDB_val name = name_of(table, text), stored;
	struct lt_bytes key;
	int code = mdb_get(txn, flush, &name, &stored);
	*out = (struct store_floor){ 0 };
	if (code)
		return code == MDB_NOTFOUND ? LT_OK : store_err(code);
	if (!store_unseal(table, lt_bytes(name.mv_data, name.mv_size), stored, &key) || key.len == 0 ||
	    key.len > STORE_KEY_MAX)
		return LT_ECORRUPT;
	memcpy(out->key, key.data, key.len);
	out->len = (uint8_t)key.len;
	return LT_OK;
}

int store_floor_write(MDB_txn *txn, MDB_dbi flush, enum store_table table, const struct store_floor *floor)
{
	char text[FLOOR_NAME];
	MDB_val name = name_of(table, text), value = { (size_t)floor->len + STORE_CHECKSUM, NULL };
	if (floor->len == 0)
		return 0;
	int code = mdb_put(txn, flush, &name, &value, MDB_RESERVE);
	if (code)
		return code;
	memcpy(value.mv_data, floor->key, floor->len);
	fields_raw_put64((uint8_t *)value.mv_data + floor->len,
			 store_checksum(table, lt_bytes(name.mv_data, name.mv_size), store_floor_key(floor)));
	return 0;
}

int store_floor_clear(MDB_cursor *cursor, const struct store_floor *floor)
{
	MDB_val key, value;
	if (floor->len == 0)
		return 0;
	int code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	for (int i = 0; !code && i < STORE_DROP_MAX && store_below(floor, lt_bytes(key.mv_data, key.mv_size)); i++) {
		code = mdb_cursor_del(cursor, 0);
		if (!code)
			code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	}
	return code == MDB_NOTFOUND ? 0 : code;
}

/* ---- the last key below another ---- */

static void take_later(struct lt_bytes key, struct lt_bytes *best)
{
	if (best->len == 0 || store_key_order(key, *best) > 0)
		*best = key;
}

static void last_in(const struct overlay *overlay, enum store_table table, struct lt_bytes below, struct lt_bytes *best)
{
	const struct sorted *sorted = &overlay->tables[table];
	for (size_t i = 0; i < sorted->count; i++) {
		struct lt_bytes key = lt_bytes(sorted->list[i]->key, sorted->list[i]->key_len);
		if (store_key_order(key, below) < 0)
			take_later(key, best);
	}
}

enum lt_err store_last(struct store *store, enum store_table table, struct lt_bytes below, uint8_t *key,
		       size_t *key_len)
{
	struct lt_bytes best = { 0 };
	MDB_val found = { below.len, (void *)(uintptr_t)below.data }, value;
	MDB_cursor *cursor = store->cursors[table];
	store_guard_enter();
	int code = mdb_cursor_get(cursor, &found, &value, MDB_SET_RANGE);
	code = mdb_cursor_get(cursor, &found, &value, code == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
	store_guard_leave();
	if (!code)
		best = lt_bytes(found.mv_data, found.mv_size);
	else if (code != MDB_NOTFOUND)
		return store_page_fault(store, table, code);
	last_in(store->active, table, below, &best);
	if (store->frozen)
		last_in(store->frozen, table, below, &best);
	if (best.len == 0 || best.len > STORE_KEY_MAX || store_below(&store->floors[table], best))
		return LT_ENOENT;
	memcpy(key, best.data, best.len);
	*key_len = best.len;
	return LT_OK;
}
