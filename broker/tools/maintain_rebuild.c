/* maintain_rebuild.c: the store anew, from a snapshot and the journal behind it. */
#include "maintain_internal.h"

#include "engine/engine.h"
#include "backup.h"
#include "state/dossier.h"
#include "store/snapshot.h"
#include "store/store_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEP_RECORDS = 10000 }; /* between two calls of progress */

struct rebuild {
	struct stopped_data folder;
	const struct maintain_progress *progress;
	struct maintain_rebuilt *result;
	const struct maintain_skip_act *skip; /* NULL: a rebuild */
	enum lt_err (*then)(void *ctx, struct engine *engine);
	void *then_ctx;
	int64_t time;
	uint64_t may_lose; /* records that are known to have been committed */
	uint64_t lost, old_sequence;
	char fresh[FILES_PATH]; /* the new store's folder */
	struct store *store;
};

/* A rebuild is the same on any day: its clock stands at the last record. */
static int64_t last_time(void *ctx)
{
	const struct rebuild *rebuild = ctx;
	return rebuild->time;
}

static void find_time(struct rebuild *rebuild)
{
	struct journal *journal = rebuild->folder.journal;
	struct journal_entry entry;
	struct lt_record record;
	struct lt_refusal refusal;
	struct lt_buf buf = { 0 };
	if (journal_read(journal, journal_head(journal), &buf, &entry) == LT_OK &&
	    !lt_record_decode(entry.record, &record, &refusal))
		rebuild->time = record.time;
	lt_buf_fini(&buf);
}

/* A replay makes no record; a skip makes one. */
static void get_random(void *ctx, uint8_t *out, size_t len)
{
	const struct maintain_skip_act *skip = ((const struct rebuild *)ctx)->skip;
	if (skip)
		skip->random(skip->ctx, out, len);
	else
		memset(out, 0, len);
}

static void no_publish(void *ctx, struct rulebook *rulebook)
{
	(void)ctx;
	(void)rulebook;
}

static bool goes_on(const struct rebuild *rebuild)
{
	return !rebuild->progress || !rebuild->progress->goes_on || rebuild->progress->goes_on(rebuild->progress->ctx);
}

static bool copying(void *ctx, size_t bytes)
{
	(void)bytes;
	return goes_on(ctx);
}

static bool replaying(void *ctx, uint64_t sequence)
{
	const struct rebuild *rebuild = ctx;
	if (rebuild->progress && rebuild->progress->step && sequence % STEP_RECORDS == 0)
		rebuild->progress->step(rebuild->progress->ctx, "replay", sequence,
					journal_head(rebuild->folder.journal));
	return goes_on(rebuild);
}

/* The old store's hash, when it still holds. */
static void hash_old(void *ctx)
{
	struct rebuild *rebuild = ctx;
	struct store *store;
	struct store_options options = { .path = rebuild->folder.store, .read_only = true };
	struct maintain_rebuilt *result = rebuild->result;
	char what[MAINTAIN_FAULT];
	if (store_open(&options, &store))
		return;
	if (store_verify(store, what, sizeof what) == LT_OK && store_hash(store, result->before_hash) == LT_OK) {
		result->had_before = true;
		result->before_sequence = store_sequence(store);
	}
	store_close(store);
}

/* What is left of the old store tells what it can. */
static void hash_before(struct rebuild *rebuild)
{
	if (!store_guard_try(hash_old, rebuild))
		rebuild->result->had_before = false;
}

static enum lt_err open_fresh(struct rebuild *rebuild)
{
	struct store_options options = { .path = rebuild->fresh, .create = true };
	enum lt_err err = store_open(&options, &rebuild->store);
	if (!err)
		dossier_derive(rebuild->store);
	return err;
}

static enum lt_err close_and_remove(struct rebuild *rebuild)
{
	store_close(rebuild->store);
	rebuild->store = NULL;
	return files_remove_tree(rebuild->fresh);
}

/* LT_ENOENT: the snapshot is not what its state file says. */
static enum lt_err begin_from(struct rebuild *rebuild, const char *snapshot, uint64_t sequence,
			      const uint8_t state_hash[32])
{
	char from[FILES_PATH], to[FILES_PATH], what[MAINTAIN_FAULT];
	uint8_t hash[32];
	struct files_sum sum;
	enum lt_err err = files_path(from, snapshot, "data.mdb");
	if (!err)
		err = files_path(to, rebuild->fresh, "data.mdb");
	if (!err)
		err = files_make_folder(rebuild->fresh);
	if (!err)
		err = files_copy(from, to, UINT64_MAX, copying, rebuild, &sum);
	if (err)
		return err;
	bool sound = open_fresh(rebuild) == LT_OK && store_sequence(rebuild->store) == sequence &&
		     store_verify(rebuild->store, what, sizeof what) == LT_OK &&
		     store_hash(rebuild->store, hash) == LT_OK && memcmp(hash, state_hash, 32) == 0;
	if (sound)
		return LT_OK;
	err = close_and_remove(rebuild);
	return err ? err : LT_ENOENT;
}

static enum lt_err begin(struct rebuild *rebuild)
{
	const struct journal *journal = rebuild->folder.journal;
	char path[SNAPSHOT_PATH];
	uint8_t hash[32];
	uint64_t sequence = journal_head(journal) < UINT64_MAX ? journal_head(journal) + 1 : UINT64_MAX;
	enum lt_err err = LT_ENOENT;
	while (err == LT_ENOENT &&
	       snapshot_before(rebuild->folder.snapshots, sequence, &sequence, hash, path) == LT_OK) {
		if (sequence + 1 < journal_first(journal))
			break;
		err = begin_from(rebuild, path, sequence, hash);
	}
	if (!err)
		rebuild->result->from = sequence;
	if (err == LT_ENOENT && journal_first(journal) == 1)
		err = open_fresh(rebuild);
	if (err == LT_ENOENT)
		return maintain_fail(
			rebuild->result->fault, err,
			"the journal begins at record %llu and there is no sound snapshot that reaches it; "
			"remedy: `lienthong restore` of a backup",
			(unsigned long long)journal_first(journal));
	return err ? maintain_fail(rebuild->result->fault, err, "%.200s: %s", rebuild->fresh, lt_err_text(err)) : LT_OK;
}

static enum lt_err flush(struct rebuild *rebuild)
{
	struct store *store = rebuild->store;
	enum lt_err err = store_flush_now(store);
	if (!err)
		err = store_hash(store, rebuild->result->after_hash);
	rebuild->result->sequence = store_sequence(store);
	return err ? maintain_fail(rebuild->result->fault, err, "store: %s", lt_err_text(err)) : LT_OK;
}

static enum lt_err replay(struct rebuild *rebuild)
{
	struct env env = { .ctx = rebuild, .now = last_time, .boottime = last_time, .random = get_random };
	struct engine_options options = { .elide_days = 30,
					  .horizon_days = LT_ID_HORIZON_DAYS,
					  .version = LT_VERSION,
					  .skip = rebuild->skip ? rebuild->skip->sequence : 0,
					  .rebuild = true };
	struct engine_hooks hooks = { .ctx = rebuild, .publish = no_publish, .replaying = replaying };
	struct engine *engine = NULL;
	char error[MAINTAIN_FAULT / 2];
	find_time(rebuild);
	enum lt_err err = engine_open(&env, &options, &hooks, rebuild->folder.journal, rebuild->store, NULL, false,
				      error, sizeof error, &engine);
	if (err)
		return maintain_fail(rebuild->result->fault, err, "replay: %s", error[0] ? error : lt_err_text(err));
	err = rebuild->then ? rebuild->then(rebuild->then_ctx, engine) : flush(rebuild);
	engine_close(engine);
	return err;
}

/* The new store takes the old one's place in one step, where the file system can. */
static enum lt_err take_place(const struct rebuild *rebuild)
{
	const char *fresh = rebuild->fresh, *old = rebuild->folder.store;
	enum lt_err err = files_sync(fresh);
	if (err)
		return err;
	if (!files_exist(old))
		return files_rename(fresh, old);
	if (renameat2(AT_FDCWD, fresh, AT_FDCWD, old, RENAME_EXCHANGE) == 0) {
		err = files_sync_parent(old);
		return err ? err : files_remove_tree(fresh);
	}
	if (errno != EINVAL && errno != ENOSYS)
		return LT_EIO;
	err = files_remove_tree(old); /* all that it held is in the new one */
	return err ? err : files_rename(fresh, old);
}

static void read_old_sequence(void *ctx)
{
	struct rebuild *rebuild = ctx;
	struct store *store;
	struct store_options options = { .path = rebuild->folder.store, .read_only = true };
	if (store_open(&options, &store))
		return;
	rebuild->old_sequence = store_sequence(store);
	store_close(store);
}

/* What the old store or a snapshot holds was committed, and perhaps acknowledged. 0: neither can be read. */
static uint64_t proven_sequence(struct rebuild *rebuild, uint64_t snapshot)
{
	rebuild->old_sequence = 0;
	store_guard_try(read_old_sequence, rebuild);
	return rebuild->old_sequence > snapshot ? rebuild->old_sequence : snapshot;
}

/* A journal that ends below is damaged, whatever its end looks like: without it the rest is not made the truth. */
static enum lt_err check_end(struct rebuild *rebuild, uint64_t snapshot)
{
	uint64_t head = journal_head(rebuild->folder.journal), proven = proven_sequence(rebuild, snapshot);
	rebuild->lost = proven > head ? proven - head : 0;
	if (rebuild->lost <= rebuild->may_lose)
		return LT_OK;
	return maintain_fail(
		rebuild->result->fault, LT_ECORRUPT,
		"the journal ends at record %llu, but store or snapshot are at record %llu: %llu records that "
		"were committed are missing; remedy: `lienthong restore` of a backup, or the lost end of the "
		"journal; `store rebuild --lose %llu` goes on without them",
		(unsigned long long)head, (unsigned long long)proven, (unsigned long long)rebuild->lost,
		(unsigned long long)rebuild->lost);
}

/* Snapshots of what is given up prove nothing any more. They and the old store are kept beside, as evidence. */
static enum lt_err put_aside(const struct rebuild *rebuild)
{
	char from[SNAPSHOT_PATH], to[FILES_PATH], name[64];
	uint8_t hash[32];
	uint64_t sequence, head = journal_head(rebuild->folder.journal);
	enum lt_err err = restored_marker_set(rebuild->folder.data);
	while (!err && snapshot_newest(rebuild->folder.snapshots, &sequence, hash, from) == LT_OK && sequence > head) {
		snprintf(name, sizeof name, "lost-snapshot-%llu", (unsigned long long)sequence);
		err = files_path(to, rebuild->folder.data, name);
		if (!err)
			err = files_rename(from, to);
	}
	if (!err && files_exist(rebuild->folder.store)) {
		snprintf(name, sizeof name, "lost-store-%llu", (unsigned long long)head);
		err = files_path(to, rebuild->folder.data, name);
		if (!err && files_exist(to))
			err = files_remove_tree(to); /* of a rebuild that was broken off here */
		if (!err)
			err = files_rename(rebuild->folder.store, to);
	}
	return err;
}

static enum lt_err prepare(struct rebuild *rebuild, const char *data)
{
	char path[SNAPSHOT_PATH], *fault = rebuild->result->fault;
	uint8_t hash[32];
	uint64_t newest = 0;
	snapshot_newest(rebuild->folder.snapshots, &newest, hash, path);
	enum lt_err err = maintain_open_journal(&rebuild->folder, newest + 1, fault);
	if (err)
		return err;
	err = check_end(rebuild, newest);
	if (err)
		return err;
	err = files_path(rebuild->fresh, data, "store.new");
	if (!err)
		err = files_remove_tree(rebuild->fresh); /* of a rebuild that was broken off */
	return err ? maintain_fail(fault, err, "%.200s: %s", rebuild->fresh, lt_err_text(err)) : LT_OK;
}

enum lt_err maintain_rebuild(const char *data, uint64_t may_lose, const struct maintain_progress *progress,
			     struct maintain_rebuilt *rebuilt)
{
	struct rebuild rebuild = { .progress = progress, .result = rebuilt, .may_lose = may_lose };
	*rebuilt = (struct maintain_rebuilt){ 0 };
	enum lt_err err = maintain_open(&rebuild.folder, data, rebuilt->fault);
	if (err)
		return err;
	err = prepare(&rebuild, data);
	if (!err) {
		hash_before(&rebuild);
		err = begin(&rebuild);
	}
	if (!err)
		err = replay(&rebuild);
	store_close(rebuild.store);
	if (!err) {
		err = rebuild.lost > 0 ? put_aside(&rebuild) : LT_OK;
		if (!err)
			err = take_place(&rebuild);
		rebuilt->lost = rebuild.lost;
		if (err)
			maintain_fail(rebuilt->fault, err, "%.200s: %s", rebuild.folder.store, lt_err_text(err));
	} else if (rebuild.fresh[0]) {
		files_remove_tree(rebuild.fresh);
	}
	maintain_close(&rebuild.folder);
	return err;
}

/* ---- a skip is tried before it is written ---- */

/* The store as it is now, copied; without one, from a snapshot or from nothing. */
static enum lt_err begin_copy(struct rebuild *rebuild)
{
	char from[FILES_PATH], to[FILES_PATH];
	struct files_sum sum;
	enum lt_err err = files_path(from, rebuild->folder.store, "data.mdb");
	if (err || !files_exist(from))
		return err ? err : begin(rebuild);
	err = files_path(to, rebuild->fresh, "data.mdb");
	if (!err)
		err = files_make_folder(rebuild->fresh);
	if (!err)
		err = files_copy(from, to, UINT64_MAX, copying, rebuild, &sum);
	if (!err)
		err = open_fresh(rebuild);
	return err ? maintain_fail(rebuild->result->fault, err, "%.200s: %s", rebuild->fresh, lt_err_text(err)) : LT_OK;
}

enum lt_err maintain_try(const struct stopped_data *folder, const struct maintain_skip_act *by,
			 const struct maintain_progress *progress,
			 enum lt_err (*then)(void *ctx, struct engine *engine), void *ctx, char *fault)
{
	struct maintain_rebuilt result = { 0 };
	struct rebuild rebuild = {
		.folder = *folder, .progress = progress, .result = &result, .skip = by, .then = then, .then_ctx = ctx
	};
	fault[0] = '\0';
	enum lt_err err = files_path(rebuild.fresh, folder->data, "store.try");
	if (!err)
		err = files_remove_tree(rebuild.fresh);
	if (!err)
		err = begin_copy(&rebuild);
	if (!err)
		err = replay(&rebuild);
	store_close(rebuild.store);
	if (rebuild.fresh[0])
		files_remove_tree(rebuild.fresh);
	if (!err || err == LT_ECLOSED || fault[0])
		return err;
	return maintain_fail(fault, LT_ECORRUPT, "record %llu is not skipped: %.300s", (unsigned long long)by->sequence,
			     result.fault[0] ? result.fault : lt_err_text(err));
}
