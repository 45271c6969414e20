/* store_copy.c: copies, state hash and check of what LMDB holds. Any thread: each has a read transaction of its own. */
#include "store_guard.h"
#include "store_internal.h"

#include "base/fields.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
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

enum lt_err store_hash(struct store *store, uint8_t state_hash[32])
{
	struct state_hash state = { 0 };
	enum lt_err err = LT_OK;
	for (int i = 0; i < STORE_TABLES && !err; i++) {
		uint8_t key[STORE_KEY_MAX + 1]; /* a key and a zero: what comes behind it */
		struct lt_bytes value;
		size_t len = 0, next = 0;
		while (!err && !store_is_derived((enum store_table)i) &&
		       store_seek(store, (enum store_table)i, lt_bytes(key, next), key, &len, &value) == LT_OK) {
			err = state_hash_add(&state, (enum store_table)i, lt_bytes(key, len), value);
			key[len] = 0;
			next = len + 1;
		}
	}
	if (!err)
		state_hash_end(&state, state_hash);
	lt_buf_fini(&state.block);
	return err;
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

static enum lt_err visit_in(const struct copy_visit *visit, struct store *store, MDB_txn *txn, uint64_t *sequence)
{
	enum lt_err err = store_read_sequence(txn, store->flush, sequence);
	if (err && visit->report_size > 0)
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
	if (!err && !visit->each && store->deriving)
		err = deriving_verify(store, txn, visit->report, visit->report_size);
	return err;
}

static enum lt_err visit_all(const struct copy_visit *visit, struct store *store, uint64_t *sequence)
{
	MDB_txn *txn;
	store_guard_enter();
	int code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
	enum lt_err err = code ? store_err(code) : visit_in(visit, store, txn, sequence);
	if (!code)
		mdb_txn_abort(txn);
	store_guard_leave();
	return err;
}

enum lt_err store_verify(struct store *store, char *report, size_t report_size)
{
	struct copy_visit visit = { .report = report, .report_size = report_size };
	uint64_t sequence;
	if (report_size > 0)
		report[0] = 0;
	return visit_all(&visit, store, &sequence);
}

/* ---- a copy ---- */

/* Own pages, appended in key order, a bounded number of them in one transaction: LMDB's own copy cannot be ended on its way, and
 * would have to be read again for the hash. */
struct copying {
	struct store *store;
	const struct store_copy_watch *watch;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbis[STORE_TABLES];
	MDB_cursor *cursor;
	enum store_table table; /* of the cursor */
	size_t bytes;           /* in this transaction */
	uint64_t entries, size; /* size: of the store when it began */
	struct state_hash state;
};
enum { COPY_TXN_BYTES = 8 << 20, COPY_STEP = 256 /* entries between two questions whether to go on */ };

uint64_t store_bytes(const struct store *store)
{
	MDB_envinfo info;
	MDB_stat stat;
	if (mdb_env_info(store->env, &info) || mdb_env_stat(store->env, &stat))
		return 0;
	return ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
}

static int begin_txn(struct copying *copy)
{
	copy->bytes = 0;
	int code = mdb_txn_begin(copy->env, NULL, 0, &copy->txn);
	return code ? code : mdb_cursor_open(copy->txn, copy->dbis[copy->table], &copy->cursor);
}

static int commit_txn(struct copying *copy)
{
	MDB_txn *txn = copy->txn;
	mdb_cursor_close(copy->cursor);
	copy->cursor = NULL;
	copy->txn = NULL;
	return mdb_txn_commit(txn);
}

static int open_copy(struct copying *copy, const char *folder, MDB_txn *from)
{
	MDB_envinfo info;
	MDB_dbi flush;
	int code = mdb_env_create(&copy->env);
	if (!code)
		code = mdb_env_info(copy->store->env, &info);
	if (!code)
		code = mdb_env_set_mapsize(copy->env, info.me_mapsize);
	if (!code)
		code = mdb_env_set_maxdbs(copy->env, STORE_DBS);
	/* Synced once, as a whole, before it is said to be there. */
	if (!code)
		code = mdb_env_open(copy->env, folder, MDB_NOSYNC, 0600);
	if (!code)
		code = mdb_txn_begin(copy->env, NULL, 0, &copy->txn);
	for (int i = 0; i < STORE_TABLES && !code; i++)
		code = mdb_dbi_open(copy->txn, store_table_names[i], MDB_CREATE, &copy->dbis[i]);
	if (!code)
		code = mdb_dbi_open(copy->txn, "flush", MDB_CREATE, &flush);
	MDB_cursor *cursor = NULL;
	if (!code)
		code = mdb_cursor_open(from, copy->store->flush, &cursor);
	MDB_val key, value;
	while (!code && !(code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
		if (!changes_is_from(
			    key)) /* the copy has no rows of changes: it begins to know them with its first flush */
			code = mdb_put(copy->txn, flush, &key, &value, 0);
	}
	if (cursor)
		mdb_cursor_close(cursor);
	if (code != MDB_NOTFOUND)
		return code;
	code = mdb_txn_commit(copy->txn);
	copy->txn = NULL;
	return code ? code : begin_txn(copy);
}

static bool goes_on(const struct copying *copy)
{
	const struct store_copy_watch *watch = copy->watch;
	uint64_t now = store_bytes(copy->store);
	return !watch || watch->goes_on(watch->ctx, now > copy->size ? now - copy->size : 0);
}

static enum lt_err copy_entry(void *ctx, enum store_table table, struct lt_bytes key, struct lt_bytes value)
{
	struct copying *copy = ctx;
	int code = 0;
	if (copy->entries++ % COPY_STEP == 0 && !goes_on(copy))
		return LT_ECLOSED;
	if (table != copy->table || copy->bytes > COPY_TXN_BYTES) {
		code = commit_txn(copy);
		copy->table = table;
		if (!code)
			code = begin_txn(copy);
	}
	MDB_val name = { key.len, (void *)(uintptr_t)key.data };
	MDB_val stored = { value.len + STORE_CHECKSUM, (void *)(uintptr_t)value.data };
	if (!code)
		code = mdb_cursor_put(copy->cursor, &name, &stored, MDB_APPEND);
	copy->bytes += key.len + stored.mv_size;
	if (code || store_is_derived(table))
		return store_err(code);
	return state_hash_add(&copy->state, table, key, value);
}

static enum lt_err copy_all(struct copying *copy, const char *folder, uint64_t *sequence)
{
	MDB_txn *from;
	struct copy_visit visit = { .each = copy_entry, .ctx = copy };
	int code = mdb_txn_begin(copy->store->env, NULL, MDB_RDONLY, &from);
	if (code)
		return store_err(code);
	enum lt_err err = store_err(open_copy(copy, folder, from));
	if (!err)
		err = visit_in(&visit, copy->store, from, sequence);
	mdb_txn_abort(from);
	if (!err)
		err = store_err(commit_txn(copy));
	if (!err)
		err = store_err(mdb_env_sync(copy->env, 1));
	return err;
}

static enum lt_err sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return LT_EIO;
	int failed = fsync(fd);
	close(fd);
	return failed ? LT_EIO : LT_OK;
}

static void remove_lock(const char *folder)
{
	char path[4096];
	if (snprintf(path, sizeof path, "%s/lock.mdb", folder) < (int)sizeof path)
		unlink(path);
}

/* LMDB says EIO where a write was cut short, as it is by a disk without room for it: 64 pages. */
enum { COPY_WRITE = 64 * 4096 };

static enum lt_err write_err(enum lt_err err, const char *folder)
{
	struct statvfs space;
	int saved = errno;
	bool full =
		err == LT_EIO && statvfs(folder, &space) == 0 && (uint64_t)space.f_bavail * space.f_frsize < COPY_WRITE;
	errno = saved;
	return full ? LT_EFULL : err;
}

enum lt_err store_copy(struct store *store, const char *folder, const struct store_copy_watch *watch,
		       uint64_t *sequence, uint8_t state_hash[32])
{
	if (mkdir(folder, 0700) != 0)
		return errno == EEXIST ? LT_EEXIST : errno == ENOSPC ? LT_EFULL : LT_EIO;
	struct copying copy = { .store = store, .watch = watch, .size = store_bytes(store) };
	store_guard_enter();
	enum lt_err err = copy_all(&copy, folder, sequence);
	if (!err)
		state_hash_end(&copy.state, state_hash);
	if (copy.cursor)
		mdb_cursor_close(copy.cursor);
	if (copy.txn)
		mdb_txn_abort(copy.txn);
	if (copy.env)
		mdb_env_close(copy.env);
	store_guard_leave();
	lt_buf_fini(&copy.state.block);
	err = write_err(err, folder);
	int saved = errno;
	remove_lock(folder);
	errno = saved;
	return err ? err : sync_folder(folder);
}
