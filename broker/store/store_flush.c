/* store_flush.c: the frozen generation goes to LMDB, in key order, in one synced transaction. Flush thread.
 *
 * Key order makes LMDB's pages fill one after the other, and a cursor mostly stays on its page. Ids and dense numbers come
 * nearly in order, so a table's entries are rows that already rise: they are merged row by row, with the first bytes of each key
 * beside its pointer, as many as nearly all keys have. The sequence that the generation has reached goes in with it, in the same transaction:
 * after a crash LMDB is at one record exactly, and replay begins behind it. What follows from the values that change
 * (store_derive.c) goes with them. */
#include "store_guard.h"
#include "store_internal.h"

#include "base/checksum.h"
#include "base/fields.h"
#include "program/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { RUN_MIN = 32 }; /* rows that follow each other as new: fewer are not worth what row_run_begin costs */
enum { PREFIX = 3 };   /* 24 bytes: ids with their sender, rows of lists, due times, numbers in a mailbox */
struct item {
	uint64_t prefix[PREFIX]; /* the key's first bytes as numbers: unequal ones give the order of the keys */
	const struct entry *entry;
};

static struct item item_of(const struct entry *entry)
{
	uint8_t first[8 * PREFIX] = { 0 };
	struct item item = { .entry = entry };
	memcpy(first, entry->key, entry->key_len < sizeof first ? entry->key_len : sizeof first);
	for (size_t i = 0; i < PREFIX; i++)
		item.prefix[i] = fields_key_get(first + 8 * i, 8);
	return item;
}

static bool not_after(const struct item *a, const struct item *b)
{
	for (size_t i = 0; i < PREFIX; i++) {
		if (a->prefix[i] != b->prefix[i])
			return a->prefix[i] < b->prefix[i];
	}
	return store_key_order(lt_bytes(a->entry->key, a->entry->key_len),
			       lt_bytes(b->entry->key, b->entry->key_len)) <= 0;
}

/* The end of the row that begins at `at`. */
static size_t row_end(const struct item *items, size_t count, size_t at)
{
	do
		at++;
	while (at < count && not_after(&items[at - 1], &items[at]));
	return at;
}

static void merge_two(const struct item *items, size_t at, size_t middle, size_t end, struct item *out)
{
	size_t left = at, right = middle;
	while (left < middle && right < end)
		*out++ = not_after(&items[left], &items[right]) ? items[left++] : items[right++];
	memcpy(out, items + left, (middle - left) * sizeof *items);
	memcpy(out + (middle - left), items + right, (end - right) * sizeof *items);
}

/* Returns which of the two holds the result. */
static const struct item *merge_rows(struct item *items, struct item *spare, size_t count)
{
	while (count > 0 && row_end(items, count, 0) < count) {
		for (size_t at = 0, middle, end; at < count; at = end) {
			middle = row_end(items, count, at);
			end = middle < count ? row_end(items, count, middle) : middle;
			merge_two(items, at, middle, end, spare + at);
		}
		struct item *other = items;
		items = spare;
		spare = other;
	}
	return items;
}

static int write_entry(MDB_cursor *cursor, const struct entry *entry)
{
	MDB_val key = { entry->key_len, (void *)(uintptr_t)entry->key };
	MDB_val value = { (size_t)entry->len + STORE_CHECKSUM, NULL };
	if (entry->deleted) {
		int code = mdb_cursor_get(cursor, &key, &value, MDB_SET);
		return code == MDB_NOTFOUND ? 0 : code ? code : mdb_cursor_del(cursor, 0);
	}
	int code = mdb_cursor_put(cursor, &key, &value, MDB_RESERVE);
	if (code)
		return code;
	uint8_t *to = value.mv_data;
	if (entry->len > 0)
		memcpy(to, entry->value, entry->len);
	uint64_t sum = store_checksum((enum store_table)entry->table, lt_bytes(entry->key, entry->key_len),
				      lt_bytes(entry->value, entry->len));
	fields_raw_put64(to + entry->len, sum);
	return 0;
}

static struct lt_bytes key_of(const struct entry *entry)
{
	return lt_bytes(entry->key, entry->key_len);
}

/* What follows from the change of one value. One that cannot be read takes none of its rows away: they lead to nothing. */
static int derive(struct deriving *deriving, MDB_cursor *cursor, const struct entry *entry)
{
	MDB_val key = { entry->key_len, (void *)(uintptr_t)entry->key }, stored;
	struct lt_bytes old = { 0 };
	int code = mdb_cursor_get(cursor, &key, &stored, MDB_SET);
	if (code && code != MDB_NOTFOUND)
		return code;
	if (!code && !store_unseal((enum store_table)entry->table, key_of(entry), stored, &old))
		old = lt_bytes(NULL, 0);
	deriving_change(deriving, key_of(entry), old, lt_bytes(entry->value, entry->deleted ? 0 : entry->len));
	return 0;
}

/* How many of these, the first of which is put, stand before the next row that there is: all of them are new, or were put and taken away
 * since the last flush. 0: the first one is there. */
static size_t run_length(const struct item *items, size_t count, struct lt_bytes next)
{
	size_t len = 0;
	while (len < count && (next.len == 0 || store_key_order(key_of(items[len].entry), next) < 0))
		len++;
	return len;
}

static int write_new(struct store *store, MDB_cursor *cursor, const struct item *items, size_t count, size_t *written)
{
	struct lt_bytes next;
	int code = row_run_find(cursor, key_of(items[0].entry), &next);
	size_t run = code ? 0 : run_length(items, count, next);
	bool long_one = run >= RUN_MIN && next.len > 0;
	*written = run > 0 ? run : 1;
	if (long_one)
		code = row_run_begin(&store->run, cursor);
	for (size_t i = 0; i < *written && !code; i++) {
		if (!items[i].entry->deleted)
			code = write_entry(cursor, items[i].entry);
	}
	return code || !long_one ? code : row_run_end(&store->run, cursor);
}

static int write_rows(struct store *store, MDB_cursor *cursor, const struct store_floor *floor,
		      const struct item *items, size_t count)
{
	struct deriving *deriving = store->deriving;
	int code = 0;
	for (size_t i = 0, run; i < count && !code; i += run) {
		const struct entry *entry = items[i].entry;
		run = 1;
		if (store_below(floor, key_of(entry)))
			continue;
		bool followed = deriving && entry->table == deriving->from;
		if (!followed && !entry->deleted) {
			code = write_new(store, cursor, items + i, count - i, &run);
			continue;
		}
		if (followed)
			code = derive(deriving, cursor, entry);
		if (followed && !code)
			code = changes_add(&store->changes, mdb_cursor_txn(cursor), store->changes_table,
					   store->frozen->applied, key_of(entry));
		if (!code)
			code = write_entry(cursor, entry);
	}
	return code;
}

/* Memory for one table's entries, twice. */
struct items {
	struct item *all;
	size_t cap;
};

static int fill(struct items *items, struct entry *const *run, size_t count)
{
	if (2 * count > items->cap) {
		struct item *all = realloc(items->all, 2 * count * sizeof *all);
		if (!all)
			return ENOMEM;
		*items = (struct items){ all, 2 * count };
	}
	for (size_t i = 0; i < count; i++)
		items->all[i] = item_of(run[i]);
	return 0;
}

static int write_table(struct store *store, MDB_txn *txn, enum store_table table, struct entry *const *run,
		       size_t count, struct items *items)
{
	const struct store_floor *floor = &store->frozen_floors[table];
	MDB_cursor *cursor;
	int code = count > 0 || floor->len > 0 ? fill(items, run, count) : 0;
	if (code || (count == 0 && floor->len == 0))
		return code ? code : store_floor_write(txn, store->flush, table, floor);
	code = mdb_cursor_open(txn, store->tables[table], &cursor);
	if (code)
		return code;
	code = write_rows(store, cursor, floor, merge_rows(items->all, items->all + count, count), count);
	if (!code)
		code = store_floor_clear(cursor, floor);
	mdb_cursor_close(cursor);
	return code ? code : store_floor_write(txn, store->flush, table, floor);
}

static int write_tables(struct store *store, MDB_txn *txn, struct items *items)
{
	const struct overlay *frozen = store->frozen;
	struct deriving *deriving = store->deriving;
	struct entry *const *run = frozen->run;
	int code = 0;
	for (int table = 0; table < STORE_TABLES && !code; table++) {
		size_t count = frozen->run_counts[table];
		const struct sorted *rows = deriving ? &deriving->rows.tables[table] : NULL;
		if (deriving && deriving->derived->to == (enum store_table)table)
			code = write_table(store, txn, deriving->derived->to, rows->list, rows->count, items);
		else
			code = write_table(store, txn, (enum store_table)table, run, count, items);
		run += count;
	}
	if (deriving)
		overlay_clear(&deriving->rows);
	return code;
}

static int write_sequence(MDB_txn *txn, MDB_dbi flush, uint64_t sequence)
{
	uint8_t data[20];
	fields_raw_put32(data, STORE_FORMAT);
	fields_raw_put64(data + 4, sequence);
	fields_raw_put64(data + 12, checksum64(STORE_TABLES, data, 12));
	MDB_val key = { 8, (void *)(uintptr_t) "sequence" }, value = { sizeof data, data };
	return mdb_put(txn, flush, &key, &value, 0);
}

static enum lt_err flush(struct store *store)
{
	const struct overlay *frozen = store->frozen;
	LT_ASSERT(frozen);
	MDB_txn *txn = NULL;
	struct items items = { 0 };
	int code = mdb_txn_begin(store->env, NULL, 0, &txn);
	if (!code)
		code = write_tables(store, txn, &items);
	if (!code && store->changes_known)
		code = changes_end(store, &store->changes, txn, frozen->applied);
	if (!code)
		code = write_sequence(txn, store->flush, frozen->applied);
	if (!code) {
		code = mdb_txn_commit(txn);
		txn = NULL;
	}
	if (code)
		lt_log(LT_LOG_ERROR, "store flush failed", "error", mdb_strerror(code), NULL);
	else
		atomic_store(&store->flushed, frozen->applied);
	if (txn)
		mdb_txn_abort(txn);
	free(items.all);
	return store_err(code);
}

enum lt_err store_flush(struct store *store)
{
	store_guard_enter();
	enum lt_err err = flush(store);
	store_guard_leave();
	return err;
}

enum lt_err store_flush_now(struct store *store)
{
	if (store->applied > store->committed)
		return LT_EAGAIN;
	enum lt_err err = store_freeze(store);
	if (!err)
		err = store_flush(store);
	if (!err)
		store_thaw(store);
	return err;
}
