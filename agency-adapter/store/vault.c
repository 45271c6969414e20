/* vault.c: LMDB behind a small page: tables, checked values, transactions. */
#include "vault.h"
#include "vault_guard.h"
#include "vault_room.h"

#include "base/checksum.h"
#include "base/fields.h"

#include "program/log.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define CHECK_LEN 8u     /* bytes of the checksum, XXH64: chance alone passes one damage in 2^64 */
#define READERS_MAX 126u /* HTTP thread, link thread and tests; each reads briefly */
#define FORMAT 5u        /* of the tables; a store of another format is refused */

static const char *const table_names[VAULT_TABLES] = {
	[VAULT_META] = "meta",
	[VAULT_ENVELOPE] = "envelope",
	[VAULT_STATE] = "state",
	[VAULT_ID] = "id",
	[VAULT_KEY] = "key",
	[VAULT_QUEUE] = "queue",
	[VAULT_INBOX] = "inbox",
	[VAULT_INBOX_STATE] = "inbox_state",
	[VAULT_SEEN] = "seen",
	[VAULT_MAILBOX] = "mailbox",
	[VAULT_PART] = "part",
	[VAULT_PART_DATA] = "part_data",
	[VAULT_DOSSIER] = "dossier",
	[VAULT_TRACE] = "trace",
	[VAULT_HELD] = "held",
	[VAULT_WAIT] = "wait",
	[VAULT_EXCEPTION] = "exception",
	[VAULT_TIME] = "time",
	[VAULT_EVIDENCE] = "evidence",
	[VAULT_UNPROVED] = "unproved",
	[VAULT_PROOF] = "proof",
	[VAULT_REPLY] = "reply",
	[VAULT_EVENT] = "event",
	[VAULT_CODE] = "code",
	[VAULT_SENT] = "sent",
	[VAULT_ARRIVING] = "arriving",
	[VAULT_UPLOAD] = "upload",
	[VAULT_SPOOL] = "spool",
	[VAULT_HOOK] = "hook",
};

struct vault {
	MDB_env *env;
	struct vault_room *room;
	MDB_dbi tables[VAULT_TABLES];
	struct vault_thread *thread;
};
struct vault_tx {
	struct vault *vault;
	MDB_txn *txn;
	struct lt_buf scratch; /* value and checksum, while it is written */
	uint64_t writes;       /* so far: what a job that fails has changed */
	bool full;             /* there is no room: it may read */
	vault_deferred *deferred;
	void *deferred_ctx;
	struct lt_buf notes;
};

static enum lt_err from_mdb(int rc)
{
	switch (rc) {
	case 0:
		return LT_OK;
	case MDB_NOTFOUND:
		return LT_ENOENT;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EDQUOT:
		return LT_EFULL;
	case ENOMEM:
		return LT_ENOMEM;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return LT_ECORRUPT;
	default:
		errno = rc > 0 ? rc : EIO;
		return LT_EIO;
	}
}

static enum lt_err tx_new(struct vault *vault, unsigned flags, struct vault_tx **out)
{
	struct vault_tx *tx = calloc(1, sizeof(*tx));
	if (!tx)
		return LT_ENOMEM;
	tx->vault = vault;
	int rc = VAULT_GUARDED(mdb_txn_begin(vault->env, NULL, flags, &tx->txn));
	if (rc) {
		free(tx);
		return from_mdb(rc);
	}
	*out = tx;
	return LT_OK;
}

static void tx_free(struct vault_tx *tx)
{
	lt_buf_fini(&tx->scratch);
	lt_buf_fini(&tx->notes);
	free(tx);
}

enum lt_err vault_read_begin(struct vault *vault, struct vault_tx **out)
{
	return tx_new(vault, MDB_RDONLY, out);
}

void vault_read_end(struct vault_tx *tx)
{
	if (!tx)
		return;
	vault_guard_enter();
	mdb_txn_abort(tx->txn);
	vault_guard_leave(0);
	tx_free(tx);
}

enum lt_err vault_write_begin(struct vault *vault, struct vault_tx **out)
{
	return tx_new(vault, 0, out);
}

enum lt_err vault_defer(struct vault_tx *tx, vault_deferred *run, void *ctx, struct lt_bytes note)
{
	LT_ASSERT(!tx->deferred || (tx->deferred == run && tx->deferred_ctx == ctx));
	tx->deferred = run;
	tx->deferred_ctx = ctx;
	tx->writes++;
	return lt_buf_append(&tx->notes, note.data, note.len);
}

/* LMDB says EIO for a write that came back short, as on a full disk. Nothing is lost by it: pages of a failed transaction are referred
 * to by no other, and what refers to them was not written. Only where there is room is it an error of the disk, after which the page
 * cache cannot be believed: then, and when LMDB itself goes on no more, the process ends. */
static enum lt_err commit_failed(struct vault *vault, int rc)
{
	enum lt_err err = from_mdb(rc);
	if (err == LT_EFULL || err == LT_ENOMEM)
		return err;
	if (rc == EIO && vault_room_is_full(vault->room))
		return LT_EFULL;
	lt_fatal("store: the commit failed: %s (%s)", lt_err_text(err), strerror(errno));
}

void vault_only_read(struct vault_tx *tx)
{
	tx->full = true;
}

uint64_t vault_writes(const struct vault_tx *tx)
{
	return tx->writes;
}

struct vault_room *vault_room_of(struct vault *vault)
{
	return vault->room;
}

enum lt_err vault_write_commit(struct vault_tx *tx)
{
	enum lt_err err = tx->deferred ? tx->deferred(tx->deferred_ctx, tx, lt_buf_bytes(&tx->notes)) : LT_OK;
	if (err) {
		vault_write_abort(tx);
		return err;
	}
	struct vault *vault = tx->vault;
	int rc = VAULT_GUARDED(mdb_txn_commit(tx->txn));
	tx_free(tx);
	return rc ? commit_failed(vault, rc) : LT_OK;
}

void vault_write_abort(struct vault_tx *tx)
{
	vault_read_end(tx);
}

/* All of a new store are made. Of one that is there none is missing: what is not found by its name would begin anew, empty. */
static enum lt_err find_tables(struct vault *vault, struct vault_tx *tx)
{
	MDB_dbi names;
	MDB_stat stat = { 0 };
	enum lt_err err = from_mdb(VAULT_GUARDED(mdb_dbi_open(tx->txn, NULL, 0, &names)));
	if (!err)
		err = from_mdb(VAULT_GUARDED(mdb_stat(tx->txn, names, &stat)));
	unsigned flags = stat.ms_entries == 0 ? MDB_CREATE : 0;
	for (int i = 0; i < VAULT_TABLES && !err; i++)
		err = from_mdb(VAULT_GUARDED(mdb_dbi_open(tx->txn, table_names[i], flags, &vault->tables[i])));
	return err == LT_ENOENT ? LT_ECORRUPT : err;
}

static enum lt_err open_tables(struct vault *vault)
{
	struct vault_tx *tx;
	uint64_t format = 0;
	enum lt_err err = vault_write_begin(vault, &tx);
	if (err)
		return err;
	err = find_tables(vault, tx);
	if (!err)
		err = vault_meta_get(tx, "format", &format);
	if (!err && format == 0)
		err = vault_meta_put(tx, "format", FORMAT);
	else if (!err && format != FORMAT)
		err = LT_ECORRUPT;
	if (err) {
		vault_write_abort(tx);
		return err;
	}
	return vault_write_commit(tx);
}

enum lt_err vault_open(const char *dir, const struct vault_limits *limits, struct vault **out)
{
	char path[4096];
	int length = snprintf(path, sizeof(path), "%s/store.mdb", dir);
	if (length < 0 || (size_t)length >= sizeof(path))
		return LT_EINVAL;
	struct vault *vault = calloc(1, sizeof(*vault));
	if (!vault)
		return LT_ENOMEM;
	enum lt_err err = from_mdb(mdb_env_create(&vault->env));
	if (!err)
		err = from_mdb(mdb_env_set_maxdbs(vault->env, VAULT_TABLES));
	if (!err)
		err = from_mdb(mdb_env_set_mapsize(vault->env, (size_t)limits->map_bytes));
	if (!err)
		err = from_mdb(mdb_env_set_maxreaders(vault->env, READERS_MAX));
	if (!err)
		err = from_mdb(VAULT_GUARDED(mdb_env_open(vault->env, path, MDB_NOSUBDIR | MDB_NOTLS, 0600)));
	if (!err)
		err = open_tables(vault);
	if (!err)
		err = vault_room_new(vault->env, limits, &vault->room);
	if (!err)
		err = vault_thread_new(vault, &vault->thread);
	if (err) {
		int number = errno;
		vault_room_free(vault->room);
		mdb_env_close(vault->env);
		free(vault);
		errno = number;
		return err;
	}
	*out = vault;
	return LT_OK;
}

enum lt_err vault_start(struct vault *vault)
{
	return vault_thread_start(vault->thread);
}

void vault_close(struct vault *vault)
{
	if (!vault)
		return;
	vault_thread_free(vault->thread);
	vault_room_free(vault->room);
	mdb_env_close(vault->env);
	free(vault);
}

uint64_t vault_mark(struct vault *vault)
{
	struct statx file;
	mdb_filehandle_t fd;
	if (mdb_env_get_fd(vault->env, &fd) || statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &file))
		return 0;
	bool born = (file.stx_mask & STATX_BTIME) != 0;
	uint64_t parts[3] = { file.stx_ino, born ? (uint64_t)file.stx_btime.tv_sec : 0,
			      born ? file.stx_btime.tv_nsec : 0 };
	uint8_t digest[32];
	uint64_t mark;
	lt_sha256(lt_bytes(parts, sizeof(parts)), digest);
	memcpy(&mark, digest, sizeof(mark));
	return mark ? mark : 1;
}

struct vault_thread *vault_thread_of(struct vault *vault)
{
	return vault->thread;
}

/* A reader that died would keep old pages for ever. */
void vault_check_readers(struct vault *vault)
{
	int dead = 0;
	mdb_reader_check(vault->env, &dead);
}

static MDB_val to_val(struct lt_bytes bytes)
{
	return (MDB_val){ .mv_size = bytes.len, .mv_data = (void *)(uintptr_t)bytes.data };
}

static uint64_t checksum_of(enum vault_table table, struct lt_bytes key, struct lt_bytes value)
{
	return checksum64(checksum64((uint64_t)table, key.data, key.len), value.data, value.len);
}

static enum lt_err check_value(enum vault_table table, struct lt_bytes key, const MDB_val *stored,
			       struct lt_bytes *value)
{
	if (stored->mv_size < CHECK_LEN || key.len > VAULT_KEY_MAX)
		return LT_ECORRUPT;
	struct lt_bytes body = lt_bytes(stored->mv_data, stored->mv_size - CHECK_LEN);
	if (fields_raw_get64(body.data + body.len) != checksum_of(table, key, body)) {
		lt_log_peer(LT_LOG_ERROR, "store: a value is damaged", table_names[table], "", "table",
			    table_names[table], NULL);
		return LT_ECORRUPT;
	}
	*value = body;
	return LT_OK;
}

enum lt_err vault_get(struct vault_tx *tx, enum vault_table table, struct lt_bytes key, struct lt_bytes *value)
{
	MDB_val k = to_val(key), v;
	vault_guard_enter();
	enum lt_err err = from_mdb(mdb_get(tx->txn, tx->vault->tables[table], &k, &v));
	if (!err)
		err = check_value(table, key, &v, value);
	vault_guard_leave(0);
	return err;
}

static enum lt_err seek_guarded(struct vault_tx *tx, enum vault_table table, struct lt_bytes from, MDB_cursor_op op,
				struct lt_bytes *key, struct lt_bytes *value)
{
	MDB_cursor *cursor;
	MDB_val k = to_val(from), v;
	enum lt_err err = from_mdb(mdb_cursor_open(tx->txn, tx->vault->tables[table], &cursor));
	if (err)
		return err;
	err = from_mdb(mdb_cursor_get(cursor, &k, &v, op));
	mdb_cursor_close(cursor);
	if (err)
		return err;
	*key = lt_bytes(k.mv_data, k.mv_size);
	return check_value(table, *key, &v, value);
}

static enum lt_err seek(struct vault_tx *tx, enum vault_table table, struct lt_bytes from, MDB_cursor_op op,
			struct lt_bytes *key, struct lt_bytes *value)
{
	vault_guard_enter();
	enum lt_err err = seek_guarded(tx, table, from, op, key, value);
	vault_guard_leave(0);
	return err;
}

enum lt_err vault_seek(struct vault_tx *tx, enum vault_table table, struct lt_bytes from, struct lt_bytes *key,
		       struct lt_bytes *value)
{
	return seek(tx, table, from, from.len ? MDB_SET_RANGE : MDB_FIRST, key, value);
}

enum lt_err vault_last(struct vault_tx *tx, enum vault_table table, struct lt_bytes *key, struct lt_bytes *value)
{
	return seek(tx, table, lt_bytes(NULL, 0), MDB_LAST, key, value);
}

enum lt_err vault_count(struct vault_tx *tx, enum vault_table table, uint64_t *out)
{
	MDB_stat stat;
	enum lt_err err = from_mdb(VAULT_GUARDED(mdb_stat(tx->txn, tx->vault->tables[table], &stat)));
	if (!err)
		*out = stat.ms_entries;
	return err;
}

static enum lt_err check_guarded(struct vault_tx *tx, MDB_dbi table)
{
	MDB_stat stat;
	MDB_cursor *cursor;
	MDB_val key, before = { 0 }, value;
	uint64_t found = 0;
	bool in_order = true;
	int rc = mdb_stat(tx->txn, table, &stat);
	if (rc == 0)
		rc = mdb_cursor_open(tx->txn, table, &cursor);
	if (rc)
		return from_mdb(rc);
	while (in_order && (rc = mdb_cursor_get(cursor, &key, NULL, MDB_NEXT)) == 0) {
		in_order = (found == 0 || mdb_cmp(tx->txn, table, &before, &key) < 0) &&
			   mdb_get(tx->txn, table, &key, &value) == 0;
		before = key; /* in the map: it stays as long as the transaction */
		found++;
	}
	mdb_cursor_close(cursor);
	return in_order && rc == MDB_NOTFOUND && found == stat.ms_entries ? LT_OK : LT_ECORRUPT;
}

enum lt_err vault_check(struct vault_tx *tx, enum vault_table table, const char **name)
{
	*name = table_names[table];
	vault_guard_enter();
	enum lt_err err = check_guarded(tx, tx->vault->tables[table]);
	vault_guard_leave(0);
	return err;
}

enum lt_err vault_put(struct vault_tx *tx, enum vault_table table, struct lt_bytes key, struct lt_bytes value)
{
	uint8_t sum[CHECK_LEN];
	LT_ASSERT(key.len > 0 && key.len <= VAULT_KEY_MAX);
	if (tx->full)
		return LT_EFULL;
	fields_raw_put64(sum, checksum_of(table, key, value));
	lt_buf_clear(&tx->scratch);
	enum lt_err err = lt_buf_reserve(&tx->scratch, value.len + CHECK_LEN);
	if (err)
		return err;
	if (value.len)
		lt_buf_append(&tx->scratch, value.data, value.len);
	lt_buf_append(&tx->scratch, sum, sizeof(sum));
	MDB_val k = to_val(key);
	MDB_val v = { .mv_size = tx->scratch.len, .mv_data = tx->scratch.data };
	tx->writes++;
	return from_mdb(VAULT_GUARDED(mdb_put(tx->txn, tx->vault->tables[table], &k, &v, 0)));
}

enum lt_err vault_delete(struct vault_tx *tx, enum vault_table table, struct lt_bytes key)
{
	MDB_val k = to_val(key);
	if (tx->full)
		return LT_EFULL;
	tx->writes++;
	enum lt_err err = from_mdb(VAULT_GUARDED(mdb_del(tx->txn, tx->vault->tables[table], &k, NULL)));
	return err == LT_ENOENT ? LT_OK : err;
}
