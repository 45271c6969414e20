/* store_copy.c: copies, state hash and check of what LMDB holds. Any thread: each has a read transaction of its own. */
#include "store_guard.h"
#include "store_internal.h"

#include "base/fields.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void fold(struct state_hash *state)
{
	memcpy(state->block.data, state->hash, 32);
	lt_sha256(lt_buf_bytes(&state->block), state->hash);
	state->block.len = 32;
}

/* The block begins with the hash so far. */
enum lt_err state_hash_add(struct state_hash *state, enum store_table table, struct lt_bytes key, struct lt_bytes value)
{
	enum lt_err err = lt_buf_reserve(&state->block, 32 + 6 + key.len + value.len);
	if (err)
		return err;
	if (state->block.len == 0)
		state->block.len = 32;
	uint8_t *to = state->block.data + state->block.len;
	to[0] = (uint8_t)table;
	to[1] = (uint8_t)key.len;
	fields_raw_put32(to + 2, (uint32_t)value.len);
	memcpy(to + 6, key.data, key.len);
	if (value.len > 0)
		memcpy(to + 6 + key.len, value.data, value.len);
	state->block.len += 6 + key.len + value.len;
	if (state->block.len >= STORE_HASH_BLOCK)
		fold(state);
	return LT_OK;
}

void state_hash_end(struct state_hash *state, uint8_t out[32])
{
	if (state->block.len > 32)
		fold(state);
	memcpy(out, state->hash, 32);
}

struct copy_visit {
	enum lt_err (*each)(void *ctx, enum store_table table, struct lt_bytes key, struct lt_bytes value);
	void *ctx;
	char *report;
	size_t report_size;
};

static enum lt_err fault(const struct copy_visit *visit, enum store_table table, struct lt_bytes key, const char *what)
{
	char hex[2 * STORE_KEY_MAX + 1];
	key.len = key.len < STORE_KEY_MAX ? key.len : STORE_KEY_MAX;
	lt_hex(key, hex);
	if (visit->report_size > 0)
		snprintf(visit->report, visit->report_size, "table %s, key %s: %s", store_table_names[table], hex,
			 what);
	return LT_ECORRUPT;
}

/* What lies below the table's floor is gone already. */
static enum lt_err visit_table(const struct copy_visit *visit, MDB_txn *txn, MDB_dbi dbi, enum store_table table,
			       const struct store_floor *floor)
{
	MDB_cursor *cursor;
	MDB_val key, stored;
	int code = mdb_cursor_open(txn, dbi, &cursor);
	if (code)
		return store_err(code);
	enum lt_err err = LT_OK;
	key = (MDB_val){ floor->len, (void *)(uintptr_t)floor->key };
	code = mdb_cursor_get(cursor, &key, &stored, floor->len > 0 ? MDB_SET_RANGE : MDB_FIRST);
	while (!code && !err) {
		struct lt_bytes name = lt_bytes(key.mv_data, key.mv_size), value;
		if (name.len > STORE_KEY_MAX || !store_unseal(table, name, stored, &value))
			err = fault(visit, table, name, "the value does not match its checksum");
		else if (visit->each)
			err = visit->each(visit->ctx, table, name, value);
		if (!err)
			code = mdb_cursor_get(cursor, &key, &stored, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	if (!err && code != MDB_NOTFOUND) {
		if (visit->report_size > 0)
			snprintf(visit->report, visit->report_size, "table %s: %s", store_table_names[table],
				 mdb_strerror(code));
		err = store_err(code);
	}
	return err;
}

static enum lt_err visit_all(const struct copy_visit *visit, struct store *store, uint64_t *sequence)
{
	MDB_txn *txn;
	store_guard_enter();
	int code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
	enum lt_err err = code ? store_err(code) : LT_OK;
	if (!err)
		err = store_read_sequence(txn, store->flush, sequence);
	if (!code && err && visit->report_size > 0)
		snprintf(visit->report, visit->report_size, "the flush record is damaged");
	for (int i = 0; i < STORE_TABLES && !err; i++) {
		struct store_floor floor;
		err = store_floor_read(txn, store->flush, (enum store_table)i, &floor);
		if (!err)
			err = visit_table(visit, txn, store->tables[i], (enum store_table)i, &floor);
		else if (visit->report_size > 0)
			snprintf(visit->report, visit->report_size, "the floor of table %s is damaged",
				 store_table_names[i]);
	}
	if (!code)
		mdb_txn_abort(txn);
	store_guard_leave();
	return err;
}

static enum lt_err add_to_hash(void *ctx, enum store_table table, struct lt_bytes key, struct lt_bytes value)
{
	return state_hash_add(ctx, table, key, value);
}

enum lt_err store_verify(struct store *store, char *report, size_t report_size)
{
	struct copy_visit visit = { .report = report, .report_size = report_size };
	uint64_t sequence;
	if (report_size > 0)
		report[0] = 0;
	return visit_all(&visit, store, &sequence);
}

static enum lt_err sync_path(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return LT_EIO;
	int failed = fsync(fd);
	close(fd);
	return failed ? LT_EIO : LT_OK;
}

/* LMDB's copy is not synced by LMDB. */
static enum lt_err sync_copy(const char *folder)
{
	char path[4096];
	if (snprintf(path, sizeof path, "%s/data.mdb", folder) >= (int)sizeof path)
		return LT_EINVAL;
	enum lt_err err = sync_path(path);
	return err ? err : sync_path(folder);
}

/* Sequence and hash are those of the copy itself, read back from it. */
static enum lt_err hash_copy(const char *folder, uint64_t *sequence, uint8_t state_hash[32])
{
	struct store *copy;
	struct state_hash state = { 0 };
	struct copy_visit visit = { .each = add_to_hash, .ctx = &state };
	struct store_options options = { .path = folder, .read_only = true };
	enum lt_err err = store_open(&options, &copy);
	if (err)
		return err;
	err = visit_all(&visit, copy, sequence);
	if (!err)
		state_hash_end(&state, state_hash);
	store_close(copy);
	lt_buf_fini(&state.block);
	return err;
}

static void remove_lock(const char *folder)
{
	char path[4096];
	if (snprintf(path, sizeof path, "%s/lock.mdb", folder) < (int)sizeof path)
		unlink(path);
}

enum lt_err store_copy(struct store *store, const char *folder, uint64_t *sequence, uint8_t state_hash[32])
{
	if (mkdir(folder, 0700) != 0)
		return errno == EEXIST ? LT_EEXIST : errno == ENOSPC ? LT_EFULL : LT_EIO;
	store_guard_enter();
	int code = mdb_env_copy2(store->env, folder, MDB_CP_COMPACT);
	store_guard_leave();
	if (code)
		return store_err(code);
	enum lt_err err = sync_copy(folder);
	if (!err)
		err = hash_copy(folder, sequence, state_hash);
	remove_lock(folder);
	return err;
}
