/* broker_open.c: everything that stands before the first thread: disk, store, journal, replay, genesis; and its end. */
#include "broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "tools/backup.h"
#include "env_real.h"
#include "genesis.h"
#include "archive.h"
#include "tools/replay_mark.h"
#include "engine/skips.h"
#include "store/snapshot.h"
#include "queue/env.h"
#include "trust/trust.h"

#define SNAPSHOT_GROWTH (UINT64_C(1) << 30) /* or half the store: by then flushes have replaced most of it */

enum {
	SNAPSHOTS_KEPT = 2,     /* the newest may be the one that turns out damaged */
	PROGRESS_RECORDS = 256, /* between two looks at the clock in a replay */
};

struct opening {
	struct broker *broker;
	char *error;
	size_t error_size;
	struct replay_mark *mark;
	struct genesis genesis;
	struct journal_report report;
	uint64_t replayed;
	int64_t told_at;
};

static char *join(const char *folder, const char *name)
{
	char *path;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		lt_fatal("out of memory: path");
	return path;
}

static enum lt_err fail(struct opening *opening, const char *path, const char *what, enum lt_err err)
{
	snprintf(opening->error, opening->error_size, "%s: %s: %s", path, what, lt_err_text(err));
	return err;
}

static void on_publish(void *ctx, struct rulebook *rulebook)
{
	struct broker *broker = ctx;
	uint64_t one = 1;
	trust_make(rulebook);
	rulebook_current_put(&broker->current, rulebook);
	if (write(broker->event, &one, sizeof one) != (ssize_t)sizeof one)
		lt_log(LT_LOG_ERROR, "gate cannot be woken", NULL);
}

static void on_status(void *ctx, struct lt_status_view *status, struct lt_arena *arena)
{
	struct broker *broker = ctx;
	stats_view(&broker->stats, broker->env.boottime(broker->env.ctx), status, arena);
	status->resident = stats_resident();
	status->disk_free = atomic_load_explicit(&broker->disk_free, memory_order_relaxed);
	status->disk_reserve = atomic_load_explicit(&broker->disk_reserve, memory_order_relaxed);
}

static int64_t on_heard(void *ctx, uint32_t slot)
{
	struct broker *broker = ctx;
	LT_ASSERT(slot < STATS_SESSIONS);
	return atomic_load_explicit(&broker->stats.heard[slot], memory_order_relaxed);
}

/* Questions of the time before the threads, and tools', are answered where they are asked. */
static bool on_ask(void *ctx, struct inquiry *question)
{
	struct broker *broker = ctx;
	return reader_thread_ask(broker->reader, question);
}

static void on_fetch(void *ctx, struct backlog *backlog)
{
	struct broker *broker = ctx;
	reader_thread_fetch(broker->reader, backlog);
}

static void on_large(void *ctx, const struct large_job *job, struct lt_bytes data)
{
	struct broker *broker = ctx;
	large_jobs_put(&broker->large_jobs, job, data);
}

static bool on_replaying(void *ctx, uint64_t sequence)
{
	struct broker *broker = ctx;
	struct opening *opening = broker->opening; /* after the replay nobody calls this */
	replay_mark_set(opening->mark, sequence);
	if (++opening->replayed % PROGRESS_RECORDS != 0)
		return true;
	int64_t now = broker->env.boottime(broker->env.ctx);
	if (now - opening->told_at < 1000000)
		return true;
	opening->told_at = now;
	lt_log(LT_LOG_INFO, "replaying", "sequence", lt_log_u64(sequence), "head", lt_log_u64(opening->report.last),
	       NULL);
	return true;
}

static enum lt_err open_folders(struct opening *opening)
{
	struct broker *broker = opening->broker;
	const char *data = broker->config->data;
	struct disk made = { 0 };
	enum lt_err err = disk_open(data, true, &made);
	disk_close(&made);
	if (err == LT_EEXIST)
		return fail(opening, data, "another broker works here", err);
	if (err)
		return fail(opening, data, "data folder", err);
	broker->journal_path = join(data, "journal");
	broker->store_path = join(data, "store");
	broker->snapshots_path = join(data, "snapshots");
	broker->large_path = join(data, "large");
	err = large_faults_new(&broker->large_faults);
	if (!err)
		err = large_files_open(broker->large_path, broker->large_faults, &broker->large_files);
	if (err)
		return fail(opening, broker->large_path, "folder of large parts", err);
	err = disk_open(broker->journal_path, true, &broker->disk);
	if (err == LT_EEXIST)
		return fail(opening, broker->journal_path, "another broker works here", err);
	if (err)
		return fail(opening, broker->journal_path, "journal folder", err);
	broker->archive = archive_open(broker);
	return LT_OK;
}

static enum lt_err open_store(struct opening *opening)
{
	struct broker *broker = opening->broker;
	struct store_options options = { .path = broker->store_path, .create = true };
	enum lt_err err = store_open(&options, &broker->store);
	return err ? fail(opening, broker->store_path,
			  err == LT_ECORRUPT ? "store (remedy: `lienthong store rebuild`: the journal has everything)"
					     : "store (see `lienthong store check`)",
			  err)
		   : LT_OK;
}

/* What must be in the journal: store, snapshots and checkpoints hold only what was synced there. */
static uint64_t proven_sequence(const struct broker *broker)
{
	char path[SNAPSHOT_PATH];
	uint8_t hash[32];
	uint64_t newest = 0, store = store_sequence(broker->store);
	if (snapshot_newest(broker->snapshots_path, &newest, hash, path))
		newest = 0;
	if (store > newest)
		newest = store;
	/* Of a restored folder the checkpoints of the lost time are no witnesses: another incarnation begins. */
	uint64_t signed_for = restored_marker_present(broker->config->data) ? 0 : notary_witness(broker->notary);
	return signed_for > newest ? signed_for : newest;
}

static enum lt_err open_journal(struct opening *opening)
{
	struct broker *broker = opening->broker;
	uint64_t secret; /* should this be a new journal */
	broker->env.random(broker->env.ctx, (uint8_t *)&secret, sizeof secret);
	/* Zeros written ahead came back as 350 KB of disk for each small batch (ext4 with large folios) and p99 of 4.4 ms
	 * instead of 1.5 ms. */
	struct journal_options options = { .leaf = lt_record_leaf,
					   .erase = lt_record_erase,
					   .segment_bytes = broker->config->segment,
					   .preallocate = false,
					   .secret = secret,
					   .proven = proven_sequence(broker) };
	enum lt_err err = journal_open(&broker->disk, &options, store_sequence(broker->store) + 1, &opening->report,
				       &broker->journal);
	if (opening->report.torn_bytes > 0)
		lt_log(LT_LOG_WARNING, "a torn tail was cut: no sync of it returned", "bytes",
		       lt_log_u64(opening->report.torn_bytes), "head", lt_log_u64(opening->report.last), "kept in",
		       opening->report.torn_file, NULL);
	if (err && opening->report.damage[0]) {
		snprintf(opening->error, opening->error_size, "journal: %s; remedy: `lienthong restore` of a backup",
			 opening->report.damage);
		return err;
	}
	return err ? fail(opening, broker->journal_path, "journal", err) : LT_OK;
}

/* Whether an operator has skipped the record since. */
static enum lt_err look_for_skip(struct opening *opening, uint64_t sequence, bool *skipped)
{
	struct broker *broker = opening->broker;
	struct skips skips;
	enum lt_err err = skips_find(broker->journal, store_sequence(broker->store) + 1, &skips);
	*skipped = skips_have(&skips, sequence);
	skips_fini(&skips);
	return err ? fail(opening, broker->journal_path, "journal", err) : LT_OK;
}

static enum lt_err open_marks(struct opening *opening)
{
	const char *data = opening->broker->config->data;
	uint64_t poison = 0;
	bool skipped = false;
	enum lt_err err = replay_mark_open(data, &opening->mark, &poison);
	if (err)
		return fail(opening, data, "replay mark", err);
	if (poison != 0)
		err = look_for_skip(opening, poison, &skipped);
	if (err || poison == 0 || skipped)
		return err;
	snprintf(opening->error, opening->error_size,
		 "record %llu has ended two starts: see it with `lienthong store check`, then "
		 "`lienthong store skip %llu --operator WHO --reason WHY`",
		 (unsigned long long)poison, (unsigned long long)poison);
	return LT_ECORRUPT;
}

static enum lt_err begin_ledger(struct opening *opening)
{
	struct broker *broker = opening->broker;
	uint8_t incarnation[16];
	if (!broker->notary)
		return LT_OK;
	engine_incarnation(broker->engine, incarnation);
	enum lt_err err = notary_begin(broker->notary, broker->journal, incarnation, engine_time(broker->engine),
				       opening->error, opening->error_size);
	if (!err)
		engine_loop_checkpoint(broker->loop);
	return err;
}

static enum lt_err open_engine(struct opening *opening)
{
	struct broker *broker = opening->broker;
	const struct config *config = broker->config;
	bool empty = opening->report.last == 0;
	enum lt_err err = LT_OK;
	if (empty)
		err = genesis_load(config, broker->env.now(broker->env.ctx), &opening->genesis, opening->error,
				   opening->error_size);
	if (err)
		return err;
	struct engine_options options = { .elide_days = (uint32_t)config->elide_days,
					  .long_pause = config->long_pause,
					  .no_signer = !broker->signer,
					  .large_faults = broker->large_faults,
					  .digest = broker->signer ? config->digest : 0,
					  .horizon_days = (uint32_t)config->horizon_days,
					  .version = LT_VERSION };
	struct engine_hooks hooks = { .ctx = broker,
				      .publish = on_publish,
				      .status = on_status,
				      .heard = on_heard,
				      .replaying = on_replaying,
				      .ask = on_ask,
				      .fetch = on_fetch,
				      .large = on_large };
	struct engine_genesis genesis = { .domain = config->domain,
					  .registrar = lt_buf_bytes(&opening->genesis.registrar),
					  .ca = lt_buf_bytes(&opening->genesis.ca),
					  .sandbox = config->genesis_sandbox };
	bool restored = restored_marker_present(config->data);
	opening->error[0] = '\0';
	err = engine_open(&broker->env, &options, &hooks, broker->journal, broker->store, empty ? &genesis : NULL,
			  restored, opening->error, opening->error_size, &broker->engine);
	replay_mark_clear(opening->mark);
	struct reader_thread_options reader = { .journal = broker->journal,
						.store = broker->store,
						.disk = &broker->disk,
						.outs = &broker->outs,
						.engine = &broker->engine_wakeup,
						.signer = broker->answer_signer };
	if (!err)
		err = reader_thread_open(&reader, &broker->reader);
	if (!err)
		err = broker_open_large(broker);
	if (!err)
		err = engine_loop_new(broker, &broker->loop);
	if (err)
		return err;
	/* Record 1 and the definitions, or the mark of a restore: on disk before anybody is let in. */
	engine_loop_commit(broker->loop, lt_buf_bytes(&opening->genesis.jobs));
	if (restored)
		err = restored_marker_clear(config->data);
	atomic_store(&broker->stats.head, engine_sequence(broker->engine));
	atomic_store(&broker->stats.definitions, engine_definitions(broker->engine));
	return err ? err : begin_ledger(opening);
}

/* Optional: without it notices are made and stay unsigned, which `lienthong status` shows, and applicants get no answers. Twice: a
 * signer is one thread's. */
static enum lt_err open_signer(struct opening *opening)
{
	struct broker *broker = opening->broker;
	const struct config *config = broker->config;
	if (!config->signer_key || config->signer_key[0] == '\0')
		return LT_OK;
	enum lt_err err = lt_signer_open(config->signer_key, config->signer_cert, false, &broker->signer);
	if (!err)
		err = lt_signer_open(config->signer_key, config->signer_cert, false, &broker->answer_signer);
	if (err)
		snprintf(opening->error, opening->error_size, "[signer] key %s with cert %s: %s", config->signer_key,
			 config->signer_cert, lt_signer_why(err));
	return err;
}

static enum lt_err make_queues(struct broker *broker)
{
	broker->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	broker->ring = malloc(sizeof *broker->ring);
	if (broker->event < 0 || !broker->ring)
		return LT_ENOMEM;
	wakeup_init(&broker->engine_wakeup);
	wakeup_init(&broker->scrub_wakeup);
	ring_init(broker->ring, &broker->engine_wakeup);
	gate_outputs_init(&broker->outs, broker->event);
	rulebook_current_init(&broker->current);
	large_jobs_init(&broker->large_jobs);
	helper_init(&broker->journal_helper, &broker->engine_wakeup);
	helper_init(&broker->flush_helper, &broker->engine_wakeup);
	helper_init(&broker->snapshot_helper, &broker->engine_wakeup);
	helper_init(&broker->sign_helper, &broker->engine_wakeup);
	helper_init(&broker->ledger_errand, &broker->engine_wakeup);
	return LT_OK;
}

enum lt_err broker_open(const struct config *config, struct broker **out, char *error, size_t error_size)
{
	struct broker *broker = calloc(1, sizeof *broker);
	if (!broker)
		return LT_ENOMEM;
	broker->config = config;
	atomic_store(&broker->disk_reserve, config->disk_reserve);
	broker->env = env_real();
	broker->env.clock = &broker->clock;
	if (!config->kernel_clock)
		broker->env.synchronised = NULL;
	broker->started_at = broker->env.boottime(broker->env.ctx);
	struct opening opening = { .broker = broker, .error = error, .error_size = error_size };
	if (make_queues(broker)) {
		free(broker->ring);
		free(broker);
		return LT_ENOMEM;
	}
	*out = broker; /* also after an error: broker_close */
	broker->opening = &opening;
	enum lt_err err = open_folders(&opening);
	if (!err)
		err = open_store(&opening);
	if (!err)
		err = notary_open(config, &broker->notary, error, error_size);
	if (!err)
		err = open_journal(&opening);
	if (!err)
		err = open_marks(&opening);
	if (!err)
		err = open_signer(&opening);
	if (!err)
		err = open_engine(&opening);
	broker->opening = NULL;
	replay_mark_close(opening.mark);
	genesis_fini(&opening.genesis);
	return err;
}

/* After the threads: what is in memory goes to LMDB. */
static void flush_now(struct broker *broker)
{
	enum lt_err err = store_flush_now(broker->store);
	if (err && err != LT_EAGAIN)
		lt_fatal("store: the last flush failed");
}

void broker_settle(struct broker *broker)
{
	flush_now(broker);
	/* The last checkpoint covers the last record. */
	if (notary_take(broker->notary) && notary_work(broker->notary))
		lt_fatal("ledger: the last checkpoint failed");
}

struct snapshot_watch {
	struct broker *broker;
	uint64_t most; /* bytes by which the store's file may grow meanwhile */
};

static bool snapshot_goes_on(void *ctx, uint64_t grown)
{
	const struct snapshot_watch *watch = ctx;
	return grown <= watch->most && !atomic_load_explicit(&watch->broker->stopping, memory_order_relaxed);
}

enum lt_err broker_snapshot(struct broker *broker)
{
	uint64_t size = store_bytes(broker->store);
	struct snapshot_watch watch = { broker, size / 2 > SNAPSHOT_GROWTH ? size / 2 : SNAPSHOT_GROWTH };
	struct store_copy_watch going = { .goes_on = snapshot_goes_on, .ctx = &watch };
	enum lt_err err = snapshot_take(broker->store, broker->snapshots_path, &going, &broker->snapshot_sequence,
					broker->snapshot_hash);
	if (!err)
		err = snapshot_prune(broker->snapshots_path, SNAPSHOTS_KEPT, &broker->snapshots_from);
	return err;
}

static bool goes_on(void *ctx, uint64_t done, uint64_t total)
{
	struct broker *broker = ctx;
	stats_step(&broker->stats, STATS_BACKUP, done, total);
	return !atomic_load_explicit(&broker->stopping, memory_order_relaxed);
}

enum lt_err broker_backup(void *ctx, const char *path, uint64_t *sequence, uint64_t *bytes, char *error,
			  size_t error_size)
{
	struct broker *broker = ctx;
	struct backup_result result = { 0 };
	struct backup_progress progress = { .step = goes_on, .ctx = broker };
	uint64_t head = atomic_load(&broker->stats.head);
	stats_begin(&broker->stats, STATS_BACKUP, broker->env.boottime(broker->env.ctx));
	enum lt_err err = backup_make(broker->store, broker->config->data, head, path, &progress, &result);
	stats_end(&broker->stats, STATS_BACKUP);
	snprintf(error, error_size, "%s",
		 err == LT_ECLOSED ? "the broker stops; nothing is left of the backup" : result.detail);
	*sequence = result.sequence;
	*bytes = result.bytes;
	return err;
}

void broker_close(struct broker *broker)
{
	if (!broker)
		return;
	gate_close(broker->gate);
	control_thread_free(broker->control);
	for (unsigned i = 0; i < broker->admit_count; i++)
		admit_free(broker->admits[i]);
	engine_loop_free(broker->loop);
	reader_thread_close(broker->reader);
	large_thread_free(broker->large);
	large_files_close(broker->large_files);
	large_jobs_fini(&broker->large_jobs);
	if (broker->engine)
		engine_close(broker->engine);
	large_faults_free(broker->large_faults);
	if (broker->store)
		store_close(broker->store);
	if (broker->journal)
		journal_close(broker->journal);
	archive_close(broker->archive);
	disk_close(&broker->disk);
	ring_fini(broker->ring);
	free(broker->ring);
	gate_outputs_fini(&broker->outs);
	rulebook_current_fini(&broker->current);
	helper_fini(&broker->journal_helper);
	helper_fini(&broker->flush_helper);
	helper_fini(&broker->snapshot_helper);
	helper_fini(&broker->sign_helper);
	helper_fini(&broker->ledger_errand);
	lt_signer_free(broker->signer);
	lt_signer_free(broker->answer_signer);
	notary_close(broker->notary);
	lt_buf_fini(&broker->sign_request);
	lt_buf_fini(&broker->sign_command);
	wakeup_fini(&broker->engine_wakeup);
	wakeup_fini(&broker->scrub_wakeup);
	free(broker->journal_path);
	free(broker->store_path);
	free(broker->snapshots_path);
	free(broker->large_path);
	close(broker->event);
	free(broker);
}
