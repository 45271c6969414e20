/* store_changes.c: which values of the table that others follow from each flush has written, for who keeps a copy of them elsewhere.
 *
 * The flush knows them anyhow, in order: it packs their numbers into rows of a table of its own, in its transaction, two or three bytes a
 * value. So a copy is kept without a walk over the journal, whatever kind of record has changed a value, and a value that changed often
 * between two flushes is told once. The rows are bookkeeping of this file, as the sequence is: no part of the state hash, and not copied
 * with it; a store that begins anew says from where on it knows.
 *   flush's sequence (8) || first number (8)  ->  differences from number to number; checksum
 * Flush thread; reading: a follower. */
#include "store_guard.h"
#include "store_internal.h"

#include "base/checksum.h"
#include "base/fields.h"

#include <errno.h>
#include <string.h>

enum {
	ROW_NUMBERS = 512, /* of one row: about a kilobyte, no page of its own */
	KEY_LEN = 16,
	PRUNED = 64, /* rows that one flush removes: more than it adds, an overlay of dossiers being some 60,000 */
	FROM_LEN = 8,
};

static MDB_val from_name(void)
{
	return (MDB_val){ 7, (void *)(uintptr_t) "changes" };
}

bool changes_is_from(MDB_val name)
{
	MDB_val from = from_name();
	return name.mv_size == from.mv_size && memcmp(name.mv_data, from.mv_data, from.mv_size) == 0;
}

/* ---- writing ---- */

static int put_from(MDB_txn *txn, MDB_dbi flush, uint64_t from)
{
	uint8_t data[FROM_LEN + STORE_CHECKSUM];
	MDB_val name = from_name(), value = { sizeof data, data };
	fields_raw_put64(data, from);
	fields_raw_put64(data + FROM_LEN, checksum64(STORE_TABLES, data, FROM_LEN));
	return mdb_put(txn, flush, &name, &value, 0);
}

static bool get_from(MDB_txn *txn, MDB_dbi flush, uint64_t *from)
{
	MDB_val name = from_name(), value;
	if (mdb_get(txn, flush, &name, &value) || value.mv_size != FROM_LEN + STORE_CHECKSUM)
		return false;
	const uint8_t *data = value.mv_data;
	*from = fields_raw_get64(data);
	return fields_raw_get64(data + FROM_LEN) == checksum64(STORE_TABLES, data, FROM_LEN);
}

void changes_fini(struct changes *changes)
{
	lt_buf_fini(&changes->row);
}

static int put_row(struct changes *changes, MDB_txn *txn, MDB_dbi table, uint64_t sequence)
{
	uint8_t key[KEY_LEN];
	MDB_val name = { sizeof key, key }, value;
	uint8_t sum[STORE_CHECKSUM];
	fields_key_put(key, sequence, 8);
	fields_key_put(key + 8, changes->first, 8);
	fields_raw_put64(sum, store_checksum(STORE_TABLES, lt_bytes(key, sizeof key), lt_buf_bytes(&changes->row)));
	if (lt_buf_append(&changes->row, sum, sizeof sum))
		return ENOMEM;
	value = (MDB_val){ changes->row.len, changes->row.data };
	int code = mdb_put(txn, table, &name, &value, 0);
	lt_buf_clear(&changes->row);
	changes->count = 0;
	return code;
}

int changes_add(struct changes *changes, MDB_txn *txn, MDB_dbi table, uint64_t sequence, struct lt_bytes key)
{
	struct fields_writer writer = { .buf = &changes->row };
	if (key.len != 8)
		return 0;
	uint64_t number = fields_key_get(key.data, 8);
	if (changes->count == 0)
		changes->first = changes->last = number;
	fields_put_number(&writer, number - changes->last);
	changes->last = number;
	if (writer.failed)
		return ENOMEM;
	return ++changes->count == ROW_NUMBERS ? put_row(changes, txn, table, sequence) : 0;
}

/* What is too old goes, a little at a time: what it says is believed no more from then on, so `from` moves first. */
static int prune(struct store *store, MDB_txn *txn, uint64_t from)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int code = mdb_cursor_open(txn, store->changes_table, &cursor);
	if (code)
		return code;
	code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	for (int i = 0; !code && i < PRUNED && key.mv_size == KEY_LEN && fields_key_get(key.mv_data, 8) <= from; i++) {
		code = mdb_cursor_del(cursor, 0);
		if (!code)
			code = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	}
	mdb_cursor_close(cursor);
	return code == MDB_NOTFOUND ? 0 : code;
}

/* A flush that nothing follows from has written nothing down: from it on alone it is known. */
int changes_end(struct store *store, struct changes *changes, MDB_txn *txn, uint64_t sequence)
{
	uint64_t from, oldest = sequence > STORE_CHANGES_KEPT ? sequence - STORE_CHANGES_KEPT : 0;
	int code = changes->count > 0 ? put_row(changes, txn, store->changes_table, sequence) : 0;
	bool known = get_from(txn, store->flush, &from);
	if (!known)
		from = store_sequence(store);
	if (!store->deriving)
		from = sequence;
	if (from < oldest)
		from = oldest;
	if (!code)
		code = put_from(txn, store->flush, from);
	return code ? code : prune(store, txn, from);
}

/* ---- reading ---- */

/* The numbers of one row above place->after; false: there is no more room for the next one. Place stays at the last that was given. */
static enum lt_err take_row(struct lt_bytes value, uint64_t number, struct store_place *place, uint64_t *out,
			    size_t room, size_t *count)
{
	struct fields_reader in = { .rest = value };
	while (in.rest.len > 0) {
		number += fields_get_number(&in);
		if (in.failed)
			return LT_ECORRUPT;
		if (number <= place->after)
			continue;
		if (*count == room)
			return LT_EFULL;
		out[(*count)++] = number;
		place->after = number;
	}
	return LT_OK;
}

/* A row that does not hold hides changes: nobody may go on as if there were none. */
static enum lt_err read_row(MDB_val key, MDB_val stored, uint64_t *flush, struct store_place *place, uint64_t *out,
			    size_t room, size_t *count)
{
	struct lt_bytes value, name = lt_bytes(key.mv_data, key.mv_size);
	if (key.mv_size != KEY_LEN || !store_unseal(STORE_TABLES, name, stored, &value))
		return LT_ECORRUPT;
	uint64_t at = fields_key_get(name.data, 8);
	if (*count == room) /* the place stays in its flush: with `after` 0 all would be told */
		return LT_EFULL;
	if (*flush != 0 && at != *flush) { /* all of the flush before it was given */
		place->since = *flush;
		place->after = 0;
	}
	*flush = at;
	return take_row(value, fields_key_get(name.data + 8, 8), place, out, room, count);
}

static enum lt_err walk(struct store *store, MDB_cursor *cursor, struct store_place *place, uint64_t *out, size_t room,
			size_t *count)
{
	uint8_t first[KEY_LEN];
	MDB_val key = { sizeof first, first }, stored;
	uint64_t flush = 0;
	enum lt_err err = LT_OK;
	fields_key_put(first, place->since + 1, 8);
	fields_key_put(first + 8, 0, 8);
	int code = mdb_cursor_get(cursor, &key, &stored, MDB_SET_RANGE);
	for (; !code && !err; code = mdb_cursor_get(cursor, &key, &stored, MDB_NEXT))
		err = read_row(key, stored, &flush, place, out, room, count);
	if (err || (code && code != MDB_NOTFOUND))
		return err ? err : store_err(code);
	*place = (struct store_place){ .since = store_sequence(store) };
	return LT_OK;
}

enum lt_err store_list_changes(struct store *store, struct store_place *place, uint64_t *out, size_t room,
			       size_t *count)
{
	MDB_cursor *cursor;
	uint64_t from;
	*count = 0;
	if (!store->changes_known || !get_from(store->reader, store->flush, &from) || place->since < from ||
	    place->since > store_sequence(store))
		return LT_ENOENT;
	store_guard_enter();
	enum lt_err err = store_err(mdb_cursor_open(store->reader, store->changes_table, &cursor));
	if (!err) {
		err = walk(store, cursor, place, out, room, count);
		mdb_cursor_close(cursor);
	}
	store_guard_leave();
	return err == LT_EFULL ? LT_OK : err;
}
