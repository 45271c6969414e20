/* store.c: reads through both generations and LMDB, writes to the active one.
 *
 * Three layers, newest first: the active generation, the frozen one while it is being flushed, LMDB. A read takes the
 * first layer that says something about the key; a deletion says something too. A walk merges the three. Writes go to
 * the active generation alone, so the engine never waits for a disk here. Values from LMDB have their checksum looked
 * at; those in memory had none to lose. What does not hold is neither there nor not there, and is said to be so. */
#include "store_internal.h"
#include "store_guard.h"

#include "base/checksum.h"
#include "base/fields.h"
#include "program/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const store_table_names[STORE_TABLES] = { "meta",   "dossier",    "code",    "dedup", "mailbox",
						      "agency", "definition", "parts",   "due",   "notice",
						      "stuck",  "answer",     "foreign", "stay",  "signed",
						      "list",   "frozen",     "large",   "tally" };

const char *store_table_name(enum store_table table)
{
	LT_ASSERT(table < STORE_TABLES);
	return store_table_names[table];
}

enum lt_err store_err(int code)
{
	switch (code) {
	case 0:
		return LT_OK;
	case MDB_NOTFOUND:
	case ENOENT:
		return LT_ENOENT;
	case ENOMEM:
		return LT_ENOMEM;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
		return LT_EFULL;
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_VERSION_MISMATCH:
	case MDB_PANIC:
		return LT_ECORRUPT;
	default:
		errno = code > 0 ? code : EIO; /* LMDB's own are below zero */
		return LT_EIO;
	}
}

uint64_t store_checksum(enum store_table table, struct lt_bytes key, struct lt_bytes value)
{
	return checksum64(checksum64((uint64_t)table, key.data, key.len), value.data, value.len);
}

bool store_unseal(enum store_table table, struct lt_bytes key, MDB_val stored, struct lt_bytes *value)
{
	if (stored.mv_size < STORE_CHECKSUM)
		return false;
	*value = lt_bytes(stored.mv_data, stored.mv_size - STORE_CHECKSUM);
	return fields_raw_get64(value->data + value->len) == store_checksum(table, key, *value);
}

enum lt_err store_read_sequence(MDB_txn *txn, MDB_dbi flush, uint64_t *out)
{
	MDB_val key = { 8, (void *)(uintptr_t) "sequence" }, value;
	int code = mdb_get(txn, flush, &key, &value);
	if (code)
		return code == MDB_NOTFOUND ? LT_ECORRUPT : store_err(code);
	if (value.mv_size != 20)
		return LT_ECORRUPT;
	const uint8_t *data = value.mv_data;
	*out = fields_raw_get64(data + 4);
	bool holds = fields_raw_get32(data) == STORE_FORMAT &&
		     fields_raw_get64(data + 12) == checksum64(STORE_TABLES, data, 12);
	return holds ? LT_OK : LT_ECORRUPT;
}

static int open_changes(struct store *store, MDB_txn *txn, bool create)
{
	int code = mdb_dbi_open(txn, "changes", create ? MDB_CREATE : 0, &store->changes_table);
	store->changes_known = code == 0;
	return code == MDB_NOTFOUND ? 0 : code;
}

static int open_tables(struct store *store, bool create)
{
	MDB_txn *txn;
	int code = mdb_txn_begin(store->env, NULL, create ? 0 : MDB_RDONLY, &txn);
	if (code)
		return code;
	code = mdb_dbi_open(txn, "flush", create ? MDB_CREATE : 0, &store->flush);
	for (int i = 0; i < STORE_TABLES && !code; i++)
		code = mdb_dbi_open(txn, store_table_names[i], create ? MDB_CREATE : 0, &store->tables[i]);
	if (!code)
		code = open_changes(store, txn, create);
	if (code) {
		mdb_txn_abort(txn);
		return code;
	}
	MDB_val key = { 8, (void *)(uintptr_t) "sequence" }, value;
	if (create && mdb_get(txn, store->flush, &key, &value) == MDB_NOTFOUND) {
		uint8_t data[20];
		fields_raw_put32(data, STORE_FORMAT);
		fields_raw_put64(data + 4, 0);
		fields_raw_put64(data + 12, checksum64(STORE_TABLES, data, 12));
		value = (MDB_val){ sizeof data, data };
		code = mdb_put(txn, store->flush, &key, &value, 0);
	}
	if (code) {
		mdb_txn_abort(txn);
		return code;
	}
	return mdb_txn_commit(txn);
}

static uint64_t map_bytes(const struct store_options *options)
{
	uint64_t bytes = options->map_bytes ? options->map_bytes : STORE_MAP_BYTES;
	char path[4096];
	struct stat st;
	size_t len = strlen(options->path);
	if (len + sizeof "/data.mdb" > sizeof path)
		return bytes;
	memcpy(path, options->path, len);
	memcpy(path + len, "/data.mdb", sizeof "/data.mdb");
	if (stat(path, &st) == 0 && (uint64_t)st.st_size * 2 > bytes)
		bytes = (uint64_t)st.st_size * 2;
	return (bytes + 0xffff) & ~UINT64_C(0xffff);
}

/* LMDB asserts on what it reads; it would end the process without a remedy. */
static void on_assert(MDB_env *env, const char *message)
{
	(void)env;
	store_guard_broken(message);
}

static enum lt_err open_env(struct store *store, const struct store_options *options)
{
	if (options->create && mkdir(options->path, 0700) != 0 && errno != EEXIST)
		return errno == ENOENT ? LT_ENOENT : LT_EIO;
	int code = mdb_env_create(&store->env);
	if (code)
		return store_err(code);
	mdb_env_set_assert(store->env, on_assert);
	mdb_env_set_maxdbs(store->env, STORE_DBS);
	code = mdb_env_set_mapsize(store->env, map_bytes(options));
	if (!code)
		code = mdb_env_open(store->env, options->path, MDB_NOTLS | (options->read_only ? MDB_RDONLY : 0), 0600);
	if (!code)
		code = open_tables(store, options->create && !options->read_only);
	if (code)
		return code == MDB_NOTFOUND ? LT_ECORRUPT : store_err(code);
	return LT_OK;
}

enum lt_err store_open_reader(struct store *store)
{
	int code = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &store->reader);
	for (int i = 0; i < STORE_TABLES && !code; i++)
		code = mdb_cursor_open(store->reader, store->tables[i], &store->cursors[i]);
	return store_err(code);
}

enum lt_err store_open(const struct store_options *options, struct store **out)
{
	struct store *store = calloc(1, sizeof *store);
	if (!store)
		return LT_ENOMEM;
	store->overlay_bytes = options->overlay_bytes ? options->overlay_bytes : STORE_OVERLAY_BYTES;
	store->active = &store->generations[0];
	store->read_only = options->read_only;
	uint64_t sequence = 0;
	store_guard_enter();
	enum lt_err err = open_env(store, options);
	if (!err)
		err = store_open_reader(store);
	if (!err)
		err = store_read_sequence(store->reader, store->flush, &sequence);
	for (int i = 0; i < STORE_TABLES && !err; i++)
		err = store_floor_read(store->reader, store->flush, (enum store_table)i, &store->floors[i]);
	store_guard_leave();
	if (err) {
		store_close(store);
		return err;
	}
	store->applied = store->committed = sequence;
	atomic_store(&store->flushed, sequence);
	*out = store;
	return LT_OK;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	for (int i = 0; i < STORE_TABLES; i++)
		if (store->cursors[i])
			mdb_cursor_close(store->cursors[i]);
	if (store->reader)
		mdb_txn_abort(store->reader);
	if (store->env && !store->follower)
		mdb_env_close(store->env);
	overlay_fini(&store->generations[0]);
	overlay_fini(&store->generations[1]);
	deriving_free(store->deriving);
	changes_fini(&store->changes);
	row_run_fini(&store->run);
	free(store);
}

uint64_t store_sequence(const struct store *store)
{
	return atomic_load(&store->flushed);
}

static const struct entry *find_entry(const struct store *store, enum store_table table, struct lt_bytes key)
{
	uint32_t hash = overlay_hash(table, key);
	const struct entry *entry = overlay_find(store->active, hash, table, key);
	if (!entry && store->frozen)
		entry = overlay_find(store->frozen, hash, table, key);
	return entry;
}

static bool row_holds(enum store_table table, MDB_val key, MDB_val stored, struct lt_bytes *value)
{
	return key.mv_size <= STORE_KEY_MAX && store_unseal(table, lt_bytes(key.mv_data, key.mv_size), stored, value);
}

/* The row before the place where a key was looked for: it must hold, and be of a lower key. A changed key stands there when it is the
 * one that is looked for, or has led the cursor past it; and when the key of an inner page has changed, what stands there is not in
 * order. The cursor is afterwards where it was. */
static enum lt_err check_before(struct store *store, enum store_table table, struct lt_bytes from, bool at_end)
{
	MDB_cursor *cursor = store->cursors[table];
	MDB_val key, stored;
	struct lt_bytes ignored;
	int code = mdb_cursor_get(cursor, &key, &stored, at_end ? MDB_LAST : MDB_PREV);
	if (code)
		return code == MDB_NOTFOUND ? LT_OK : store_page_fault(store, table, code);
	struct lt_bytes found = lt_bytes(key.mv_data, key.mv_size);
	bool holds = row_holds(table, key, stored, &ignored) && store_key_order(found, from) < 0;
	if (!holds)
		store_fault_note(store, table, found);
	if (!at_end)
		mdb_cursor_get(cursor, &key, &stored, MDB_NEXT);
	return holds ? LT_OK : LT_ECORRUPT;
}

/* That a key is not there, the rows on both sides must vouch for. */
static enum lt_err get_disk(struct store *store, enum store_table table, struct lt_bytes key, struct lt_bytes *value)
{
	MDB_val row = { key.len, (void *)(uintptr_t)key.data }, stored;
	int code = mdb_cursor_get(store->cursors[table], &row, &stored, MDB_SET_RANGE);
	if (code && code != MDB_NOTFOUND)
		return store_page_fault(store, table, code);
	struct lt_bytes found = code ? lt_bytes(NULL, 0) : lt_bytes(row.mv_data, row.mv_size);
	if (!code && !row_holds(table, row, stored, value))
		return store_fault_note(store, table, found);
	int order = code ? 1 : store_key_order(found, key);
	if (order < 0)
		return store_fault_note(store, table, found);
	return order == 0 ? LT_OK : check_before(store, table, key, code != 0) ? LT_ECORRUPT : LT_ENOENT;
}

enum lt_err store_get(struct store *store, enum store_table table, struct lt_bytes key, struct lt_bytes *value)
{
	LT_ASSERT(key.len > 0 && key.len <= STORE_KEY_MAX);
	if (store_below(&store->floors[table], key))
		return LT_ENOENT;
	const struct entry *entry = find_entry(store, table, key);
	if (entry) {
		*value = lt_bytes(entry->value, entry->len);
		return entry->deleted ? LT_ENOENT : LT_OK;
	}
	store_guard_enter();
	enum lt_err err = get_disk(store, table, key, value);
	store_guard_leave();
	return err;
}

void store_only_read(struct store *store, bool only)
{
	store->only_read = only;
}

void store_put(struct store *store, enum store_table table, struct lt_bytes key, struct lt_bytes value)
{
	LT_ASSERT(!store_below(&store->floors[table], key) && !store->only_read);
	store->unmarked = true;
	overlay_put(store->active, table, key, value);
}

void store_del(struct store *store, enum store_table table, struct lt_bytes key)
{
	LT_ASSERT(!store->only_read);
	store->unmarked = true;
	overlay_del(store->active, table, key);
}

/* The first row in LMDB that holds, as a cursor finds it. */
static enum lt_err seek_disk(struct store *store, enum store_table table, struct lt_bytes from, bool after,
			     struct lt_bytes *found, struct lt_bytes *value)
{
	MDB_cursor *cursor = store->cursors[table];
	MDB_val key = { from.len, (void *)(uintptr_t)from.data }, stored;
	int code = mdb_cursor_get(cursor, &key, &stored, from.len > 0 ? MDB_SET_RANGE : MDB_FIRST);
	bool exact = !code && lt_bytes_equal(lt_bytes(key.mv_data, key.mv_size), from);
	if (from.len > 0 && !exact && (!code || code == MDB_NOTFOUND))
		check_before(store, table, from, code != 0);
	for (; !code; code = mdb_cursor_get(cursor, &key, &stored, MDB_NEXT)) {
		*found = lt_bytes(key.mv_data, key.mv_size);
		bool holds = row_holds(table, key, stored, value);
		int order = store_key_order(*found, from);
		if (holds && (after ? order > 0 : order >= 0))
			return LT_OK;
		if (!holds || order < 0) /* a walk only goes on: something has led it back */
			store_fault_note(store, table, *found);
	}
	return code == MDB_NOTFOUND ? LT_ENOENT : store_page_fault(store, table, code);
}

/* One step over the three layers: the lowest key, and of equal keys the newest. */
static enum lt_err seek_step(struct store *store, enum store_table table, struct lt_bytes from, bool after,
			     struct lt_bytes *key, struct lt_bytes *value, bool *deleted)
{
	struct lt_bytes disk, disk_value;
	if (store_below(&store->floors[table], from)) {
		from = store_floor_key(&store->floors[table]);
		after = false;
	}
	const struct entry *best = overlay_seek(store->active, table, from, after);
	const struct entry *older = store->frozen ? overlay_seek(store->frozen, table, from, after) : NULL;
	if (older &&
	    (!best || store_key_order(lt_bytes(older->key, older->key_len), lt_bytes(best->key, best->key_len)) < 0))
		best = older;
	store_guard_enter();
	enum lt_err err = seek_disk(store, table, from, after, &disk, &disk_value);
	store_guard_leave();
	if (err == LT_ECORRUPT || (err && !best))
		return err;
	if (best && (err || store_key_order(lt_bytes(best->key, best->key_len), disk) <= 0)) {
		*key = lt_bytes(best->key, best->key_len);
		*value = lt_bytes(best->value, best->len);
		*deleted = best->deleted;
		return LT_OK;
	}
	*key = disk;
	*value = disk_value;
	*deleted = false;
	return LT_OK;
}

enum lt_err store_seek(struct store *store, enum store_table table, struct lt_bytes from, uint8_t *key, size_t *key_len,
		       struct lt_bytes *value)
{
	struct lt_bytes at = from, found;
	bool deleted = true;
	for (bool after = false; deleted; after = true) {
		enum lt_err err = seek_step(store, table, at, after, &found, value, &deleted);
		if (err)
			return err;
		at = found;
	}
	memmove(key, found.data, found.len); /* from may lie in key */
	*key_len = found.len;
	return LT_OK;
}

static bool is_on_disk(struct store *store, const struct entry *entry)
{
	MDB_val key = { entry->key_len, (void *)(uintptr_t)entry->key }, value;
	store_guard_enter();
	int code = mdb_get(store->reader, store->tables[entry->table], &key, &value);
	store_guard_leave();
	return code == 0;
}

/* Entries that are gone and still in LMDB, as far as they are counted. */
static uint64_t below_floor(struct store *store, enum store_table table)
{
	uint64_t count = 0;
	MDB_val key, value;
	const struct store_floor *floor = &store->floors[table];
	if (floor->len == 0)
		return 0;
	int code = mdb_cursor_get(store->cursors[table], &key, &value, MDB_FIRST);
	while (!code && count < STORE_EXACT_COUNT && store_below(floor, lt_bytes(key.mv_data, key.mv_size))) {
		count++;
		code = mdb_cursor_get(store->cursors[table], &key, &value, MDB_NEXT);
	}
	return count;
}

/* What an entry of the overlay changes in the count of LMDB's, wrapping around. */
static uint64_t changed_by(struct store *store, const struct entry *entry)
{
	if (store_below(&store->floors[entry->table], lt_bytes(entry->key, entry->key_len)))
		return 0;
	return (uint64_t)!entry->deleted - (uint64_t)is_on_disk(store, entry);
}

uint64_t store_count(struct store *store, enum store_table table)
{
	MDB_stat stat;
	if (mdb_stat(store->reader, store->tables[table], &stat))
		return 0;
	uint64_t count = stat.ms_entries;
	const struct sorted *active = &store->active->tables[table];
	const struct sorted *frozen = store->frozen ? &store->frozen->tables[table] : NULL;
	count -= below_floor(store, table);
	if (active->count + (frozen ? frozen->count : 0) > STORE_EXACT_COUNT)
		return count;
	for (size_t i = 0; i < active->count; i++)
		count += changed_by(store, active->list[i]);
	for (size_t i = 0; frozen && i < frozen->count; i++) {
		const struct entry *entry = frozen->list[i];
		struct lt_bytes key = lt_bytes(entry->key, entry->key_len);
		if (!overlay_find(store->active, overlay_hash(table, key), table, key))
			count += changed_by(store, entry);
	}
	return count;
}

void store_mark(struct store *store, uint64_t applied)
{
	LT_ASSERT(applied >= store->applied);
	store->applied = applied;
	store->unmarked = false;
}

void store_committed(struct store *store, uint64_t sequence)
{
	if (sequence > store->committed)
		store->committed = sequence;
}

bool store_flush_due(const struct store *store, int64_t elapsed_us)
{
	if (store->frozen)
		return false;
	bool changed = store->active->count > 0 || store->applied > store_sequence(store);
	return store->active->bytes >= store->overlay_bytes ||
	       (changed && elapsed_us >= (int64_t)STORE_FLUSH_SECONDS * 1000000);
}

bool store_full(const struct store *store)
{
	return store->generations[0].bytes + store->generations[1].bytes >= STORE_FULL * store->overlay_bytes;
}

enum lt_err store_freeze(struct store *store)
{
	LT_ASSERT(!store->read_only);
	if (store->frozen || store->unmarked)
		return LT_EAGAIN;
	store->frozen = store->active;
	store->frozen->applied = store->applied;
	overlay_hand_over(store->frozen);
	memcpy(store->frozen_floors, store->floors, sizeof store->floors);
	store->active = store->frozen == &store->generations[0] ? &store->generations[1] : &store->generations[0];
	return LT_OK;
}

bool store_flush_ready(const struct store *store)
{
	return store->frozen && store->frozen->applied <= store->committed;
}

void store_thaw(struct store *store)
{
	LT_ASSERT(store->frozen && store_sequence(store) == store->frozen->applied);
	overlay_clear(store->frozen);
	store->frozen = NULL;
	mdb_txn_reset(store->reader);
	int code = mdb_txn_renew(store->reader);
	for (int i = 0; i < STORE_TABLES && !code; i++)
		code = mdb_cursor_renew(store->reader, store->cursors[i]);
	if (code)
		store_end("the store cannot be read: %s", mdb_strerror(code));
}

void store_reader_check(struct store *store)
{
	int dead = 0;
	int code = mdb_reader_check(store->env, &dead);
	if (code)
		lt_log(LT_LOG_WARNING, "reader check failed", "error", mdb_strerror(code), NULL);
	if (dead > 0)
		lt_log(LT_LOG_NOTICE, "readers of dead processes closed", "count", lt_log_u64((uint64_t)dead), NULL);
}
