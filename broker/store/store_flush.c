/* store_flush.c: the frozen generation goes to LMDB, in key order, in one synced transaction. Flush thread.
 *
 * Key order makes LMDB's pages fill one after the other. The sequence that the generation has reached goes in with it,
 * in the same transaction: after a crash LMDB is at one record exactly, and replay begins behind it. */
#include "store_internal.h"

#include "base/checksum.h"
#include "base/fields.h"
#include "program/log.h"

#include <stdlib.h>
#include <string.h>

static int by_table_and_key(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;
	if ((*x)->table != (*y)->table)
		return (*x)->table < (*y)->table ? -1 : 1;
	return store_key_order(lt_bytes((*x)->key, (*x)->key_len), lt_bytes((*y)->key, (*y)->key_len));
}

/* A list of its own: the engine goes on sorting the generation's lists for its seeks. Slots and entries are at rest. */
static const struct entry **collect(const struct overlay *overlay)
{
	const struct entry **list = malloc((overlay->count + 1) * sizeof *list);
	size_t count = 0;
	if (!list)
		return NULL;
	for (size_t i = 0; i < overlay->slot_count; i++)
		if (overlay->slots[i].entry)
			list[count++] = overlay->slots[i].entry;
	LT_ASSERT(count == overlay->count);
	qsort(list, count, sizeof *list, by_table_and_key);
	return list;
}

static int write_entry(MDB_txn *txn, MDB_dbi dbi, const struct entry *entry)
{
	MDB_val key = { entry->key_len, (void *)(uintptr_t)entry->key };
	if (entry->deleted) {
		int code = mdb_del(txn, dbi, &key, NULL);
		return code == MDB_NOTFOUND ? 0 : code;
	}
	MDB_val value = { (size_t)entry->len + STORE_CHECKSUM, NULL };
	int code = mdb_put(txn, dbi, &key, &value, MDB_RESERVE);
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

static int write_sequence(MDB_txn *txn, MDB_dbi flush, uint64_t sequence)
{
	uint8_t data[20];
	fields_raw_put32(data, STORE_FORMAT);
	fields_raw_put64(data + 4, sequence);
	fields_raw_put64(data + 12, checksum64(STORE_TABLES, data, 12));
	MDB_val key = { 8, (void *)(uintptr_t) "sequence" }, value = { sizeof data, data };
	return mdb_put(txn, flush, &key, &value, 0);
}

enum lt_err store_flush(struct store *store)
{
	const struct overlay *frozen = store->frozen;
	LT_ASSERT(frozen);
	MDB_txn *txn = NULL;
	const struct entry **list = collect(frozen);
	if (!list)
		return LT_ENOMEM;
	int code = mdb_txn_begin(store->env, NULL, 0, &txn);
	for (size_t i = 0; i < frozen->count && !code; i++)
		code = write_entry(txn, store->tables[list[i]->table], list[i]);
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
	free(list);
	return store_err(code);
}

enum lt_err store_flush_now(struct store *store)
{
	enum lt_err err = store_freeze(store);
	if (!err)
		err = store_flush(store);
	if (!err)
		store_thaw(store);
	return err;
}
