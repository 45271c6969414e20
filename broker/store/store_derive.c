/* store_derive.c: a table whose rows follow from the values of another: the flush makes them.
 *
 * The engine changes a dossier often between two flushes, and each of its rows in the lists would come and go with each act. Nobody asks
 * for them before they are in LMDB, so they are made there: of the value that a flush replaces and of the one that it writes, and only
 * where the two differ. Flush thread; the check has a room of its own. */
#include "store_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fields.h"
#include "program/log.h"

static struct deriving *deriving_new(enum store_table from, const struct store_derived *derived)
{
	struct deriving *out = calloc(1, sizeof(*out));
	LT_ASSERT(out && from < derived->to);
	out->from = from;
	out->derived = derived;
	out->scratch = calloc(1, derived->scratch);
	LT_ASSERT(out->scratch);
	return out;
}

void deriving_free(struct deriving *deriving)
{
	if (!deriving)
		return;
	lt_buf_fini(&deriving->before);
	lt_buf_fini(&deriving->after);
	overlay_fini(&deriving->rows);
	free(deriving->scratch);
	free(deriving);
}

void store_derive(struct store *store, enum store_table from, const struct store_derived *derived)
{
	deriving_free(store->deriving);
	store->deriving = deriving_new(from, derived);
}

/* Keys, each with its length in front. Empty: none is left. */
static struct lt_bytes next_key(struct fields_reader *keys)
{
	size_t len = fields_get_u8(keys);
	const uint8_t *data = fields_take(keys, len);
	return data ? lt_bytes(data, len) : lt_bytes(NULL, 0);
}

static void make(struct deriving *deriving, struct lt_bytes key, struct lt_bytes value, struct lt_buf *out)
{
	lt_buf_clear(out);
	deriving->derived->rows(deriving->scratch, key, value, out);
}

void deriving_change(struct deriving *deriving, struct lt_bytes key, struct lt_bytes old, struct lt_bytes value)
{
	const struct store_derived *derived = deriving->derived;
	lt_buf_clear(&deriving->before);
	lt_buf_clear(&deriving->after);
	if (old.len > 0)
		make(deriving, key, old, &deriving->before);
	if (value.len > 0)
		make(deriving, key, value, &deriving->after);
	struct fields_reader before = { .rest = lt_buf_bytes(&deriving->before) };
	struct fields_reader after = { .rest = lt_buf_bytes(&deriving->after) };
	struct lt_bytes gone = next_key(&before), came = next_key(&after);
	while (gone.len > 0 || came.len > 0) {
		int order = gone.len == 0 ? 1 : came.len == 0 ? -1 : store_key_order(gone, came);
		if (order < 0)
			overlay_del(&deriving->rows, derived->to, gone);
		else if (order > 0)
			overlay_put(&deriving->rows, derived->to, came, derived->value);
		if (order <= 0)
			gone = next_key(&before);
		if (order >= 0)
			came = next_key(&after);
	}
}

/* ---- the check ---- */

static enum lt_err say(char *report, size_t size, const struct deriving *deriving, const char *what)
{
	if (size > 0)
		snprintf(report, size, "table %s: %s table %s says", store_table_names[deriving->derived->to], what,
			 store_table_names[deriving->from]);
	return LT_ECORRUPT;
}

/* Whether each row of one value is there. */
static enum lt_err find_rows(struct deriving *deriving, MDB_cursor *cursor, uint64_t *count)
{
	struct fields_reader keys = { .rest = lt_buf_bytes(&deriving->after) };
	for (struct lt_bytes key; (key = next_key(&keys)).len > 0; ++*count) {
		MDB_val row = { key.len, (void *)(uintptr_t)key.data }, stored;
		int code = mdb_cursor_get(cursor, &row, &stored, MDB_SET);
		if (code)
			return store_err(code);
	}
	return LT_OK;
}

static enum lt_err find_all(struct deriving *deriving, MDB_cursor *from, MDB_cursor *to, uint64_t *count)
{
	MDB_val key, stored;
	enum lt_err err = LT_OK;
	int code = mdb_cursor_get(from, &key, &stored, MDB_FIRST);
	for (; !code && !err; code = mdb_cursor_get(from, &key, &stored, MDB_NEXT)) {
		struct lt_bytes value, name = lt_bytes(key.mv_data, key.mv_size);
		if (!store_unseal(deriving->from, name, stored, &value))
			return LT_ECORRUPT;
		make(deriving, name, value, &deriving->after);
		err = find_rows(deriving, to, count);
	}
	return err ? err : code == MDB_NOTFOUND ? LT_OK : store_err(code);
}

enum lt_err deriving_verify(struct store *store, MDB_txn *txn, char *report, size_t report_size)
{
	const struct store_derived *derived = store->deriving->derived;
	struct deriving *deriving = deriving_new(store->deriving->from, derived);
	MDB_cursor *from = NULL, *to = NULL;
	MDB_stat stat;
	uint64_t count = 0;
	int code = mdb_cursor_open(txn, store->tables[deriving->from], &from);
	if (!code)
		code = mdb_cursor_open(txn, store->tables[derived->to], &to);
	if (!code)
		code = mdb_stat(txn, store->tables[derived->to], &stat);
	enum lt_err err = code ? store_err(code) : find_all(deriving, from, to, &count);
	if (err == LT_ENOENT)
		err = say(report, report_size, deriving, "a row is missing that");
	else if (!err && stat.ms_entries != count)
		err = say(report, report_size, deriving, "it has other rows than");
	if (to)
		mdb_cursor_close(to);
	if (from)
		mdb_cursor_close(from);
	deriving_free(deriving);
	return err;
}
