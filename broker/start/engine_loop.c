/* engine_loop.c: the engine thread. It takes what is done in the ring, seals a batch when the journal is free, and releases
 * it when the journal's sync has returned; meanwhile it builds the next one. */
#include <stdlib.h>
#include <string.h>

#include "program/log.h"
#include "archive.h"
#include "broker.h"
#include "queue/env.h"
#include "store/snapshot.h"

enum {
	PUMP_BYTES = 1 << 20, /* deliveries made between two looks at the ring */
	DRAIN_US = 20000,     /* at the stop: acknowledgements that linger are due by then */
	SECOND_US = 1000000,
	READERS_SECONDS = 60,
	SIGN_AGAIN_US = 5000000, /* after a signer has failed */
	SIGN_LOG_EACH = 12,      /* of its failures: a line a minute */
	EARLY_FLUSH_US =
		100000, /* from the last flush to one that is asked for: an operator waits no longer, LMDB writes no oftener */
	RETRY_US = 1000, /* when something stands in the way that nobody reports */
};

#define SNAPSHOT_EACH_US INT64_C(86400000000)
#define SNAPSHOT_AGAIN_US INT64_C(3600000000) /* after one that failed */
#define SNAPSHOT_REST 9 /* times as long as it took: a copy of all is a tenth of the disk's work at most */

struct engine_loop {
	struct broker *broker;
	struct batch *building, *writing; /* writing: sealed, with the journal or waiting for its turn */
	bool in_flight;
	struct commit commit;
	struct lt_buf outputs, command, jobs;
	int64_t flushed_at, second_at, signed_at, quiet_since;
	unsigned seconds;
	int64_t sign_at; /* not before: after a failure */
	uint64_t sign_failures;
	bool flushing, snapshotting, archiving, taking, signing_ledger;
	uint64_t snapshot_at;   /* sequence of the last snapshot */
	int64_t snapshot_begun; /* the last one, or the broker's start */
	int64_t snapshot_next;  /* not before */
};

static int64_t boottime(const struct engine_loop *loop)
{
	return loop->broker->env.boottime(loop->broker->env.ctx);
}

enum lt_err engine_loop_new(struct broker *broker, struct engine_loop **out)
{
	struct engine_loop *loop = calloc(1, sizeof *loop);
	if (!loop)
		return LT_ENOMEM;
	loop->broker = broker;
	loop->building = batch_new();
	loop->writing = batch_new();
	if (!loop->building || !loop->writing) {
		engine_loop_free(loop);
		return LT_ENOMEM;
	}
	char path[SNAPSHOT_PATH];
	uint8_t hash[32];
	if (snapshot_newest(broker->snapshots_path, &loop->snapshot_at, hash, path))
		loop->snapshot_at = 0;
	broker->snapshots_from = loop->snapshot_at;
	while (snapshot_before(broker->snapshots_path, broker->snapshots_from, &broker->snapshots_from, hash, path) ==
	       LT_OK)
		;
	engine_set_snapshots(broker->engine, broker->snapshots_from);
	loop->snapshot_begun = loop->snapshot_next = boottime(loop);
	*out = loop;
	return LT_OK;
}

void engine_loop_free(struct engine_loop *loop)
{
	if (!loop)
		return;
	batch_free(loop->building);
	batch_free(loop->writing);
	lt_buf_fini(&loop->outputs);
	lt_buf_fini(&loop->command);
	lt_buf_fini(&loop->jobs);
	free(loop);
}

static void take_bytes(struct engine_loop *loop, struct lt_bytes rest)
{
	struct input input;
	for (size_t used; rest.len > 0 && (used = input_decode(rest, &input)) > 0;) {
		engine_take(loop->broker->engine, loop->building, &input);
		rest = lt_bytes(rest.data + used, rest.len - used);
	}
}

/* A slot is taken whole: its jobs are one message of at most 64 envelopes. */
static bool take(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	bool any = false;
	loop->taking = !batch_full(loop->building) && !store_full(broker->store) && !gate_outputs_full(&broker->outs);
	while (loop->taking) {
		struct ring_slot *slot = ring_peek(broker->ring);
		if (!slot)
			break;
		take_bytes(loop, lt_buf_bytes(&slot->jobs));
		if (slot->replies.len > 0 && lt_buf_append(&loop->outputs, slot->replies.data, slot->replies.len))
			lt_fatal("out of memory: outputs");
		ring_release(broker->ring);
		any = true;
		loop->taking = !batch_full(loop->building);
	}
	return any;
}

static void release(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	if (loop->commit.last > 0) {
		atomic_store_explicit(&broker->stats.head, loop->commit.last, memory_order_relaxed);
		stats_add(&broker->stats, STATS_BATCHES, 1);
	}
	atomic_store_explicit(&broker->stats.definitions, batch_definitions(loop->writing), memory_order_relaxed);
	notary_append(broker->notary, batch_journal(loop->writing));
	engine_release(broker->engine, loop->writing, &loop->commit, &loop->outputs);
	loop->in_flight = false;
}

/* A generation of the store ends with a batch, also while the journal is still behind. */
static void freeze_store(struct engine_loop *loop)
{
	struct store *store = loop->broker->store;
	int64_t since = boottime(loop) - loop->flushed_at;
	bool early = since >= EARLY_FLUSH_US && reader_thread_wants(loop->broker->reader);
	if (early || store_flush_due(store, since))
		store_freeze(store); /* LT_EAGAIN: at the end of the next batch */
}

/* The built batch becomes the one that is written; the released one is built next. */
static void seal(struct engine_loop *loop)
{
	engine_seal(loop->broker->engine, loop->building);
	freeze_store(loop);
	struct batch *batch = loop->building;
	loop->building = loop->writing;
	loop->writing = batch;
	loop->commit = (struct commit){ 0 };
}

static bool write_batch(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	if (loop->in_flight) {
		if (!helper_back(&broker->journal_helper))
			return false;
		release(loop);
	}
	if (batch_empty(loop->building))
		return false;
	seal(loop);
	loop->in_flight = true;
	if (batch_journal(loop->writing)->count == 0) {
		release(loop);
		return true;
	}
	broker->writing = batch_journal(loop->writing);
	broker->commit = &loop->commit;
	helper_ask(&broker->journal_helper);
	return true;
}

static bool pump(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	struct backlog *backlog;
	while (!gate_outputs_full(&broker->outs) && loop->outputs.len < PUMP_BYTES &&
	       (backlog = reader_thread_back(broker->reader)) != NULL)
		engine_backlog(broker->engine, backlog, &loop->outputs);
	bool more = !gate_outputs_full(&broker->outs) && engine_pump(broker->engine, &loop->outputs, PUMP_BYTES);
	gate_outputs_put(&broker->outs, &loop->outputs);
	return more;
}

static void put_snapshot_record(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	struct lt_command command = { .type = LT_COMMAND_SNAPSHOT,
				      .u.snapshot = { .at = broker->snapshot_sequence,
						      .state_hash = lt_bytes(broker->snapshot_hash, 32) } };
	lt_buf_clear(&loop->command);
	lt_buf_clear(&loop->jobs);
	struct input input = { .type = INPUT_COMMAND };
	if (lt_command_encode(&command, &loop->command))
		lt_fatal("out of memory: snapshot command");
	input.u.command = lt_buf_bytes(&loop->command);
	if (input_encode(&input, &loop->jobs))
		lt_fatal("out of memory: snapshot job");
	take_bytes(loop, lt_buf_bytes(&loop->jobs));
	loop->snapshot_at = broker->snapshot_sequence;
	engine_set_snapshots(broker->engine, broker->snapshots_from);
	stats_add(&broker->stats, STATS_SNAPSHOTS, 1);
}

static void keep_store(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	if (loop->flushing) {
		if (!helper_back(&broker->flush_helper))
			return;
		loop->flushing = false;
		loop->flushed_at = boottime(loop);
		store_thaw(broker->store);
		reader_thread_flushed(broker->reader);
		stats_add(&broker->stats, STATS_FLUSHES, 1);
	}
	freeze_store(loop); /* no batch comes along in a quiet time */
	if (!store_flush_ready(broker->store))
		return;
	loop->flushing = true;
	helper_ask(&broker->flush_helper);
}

/* By growth: enough records for a rebuild to be long. By time: when anything is new. For an ERASE: until what is kept allows it, or holds
 * nothing of it any more. */
static bool snapshot_due(const struct engine_loop *loop)
{
	uint64_t sequence = store_sequence(loop->broker->store);
	int64_t now = boottime(loop);
	if (now < loop->snapshot_next || ring_sealed(loop->broker->ring))
		return false;
	bool erases = loop->broker->snapshots_from < engine_snapshot_wanted(loop->broker->engine) &&
		      sequence > loop->snapshot_at;
	return erases || sequence >= loop->snapshot_at + loop->broker->config->snapshot_records ||
	       (now - loop->snapshot_begun >= SNAPSHOT_EACH_US &&
		sequence > loop->snapshot_at + 1); /* its own record */
}

/* Beside flushes, on a thread of its own. What failed is tried again later: there is no room, or too much changes. */
static void keep_snapshot(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	if (loop->snapshotting) {
		if (batch_full(loop->building) || !helper_back(&broker->snapshot_helper))
			return;
		int64_t now = boottime(loop), took = now - loop->snapshot_begun;
		loop->snapshotting = false;
		loop->snapshot_next = now + (broker->snapshot_failed ? SNAPSHOT_AGAIN_US : SNAPSHOT_REST * took);
		if (!broker->snapshot_failed)
			put_snapshot_record(loop);
		loop->archiving =
			!broker->snapshot_failed && !ring_sealed(broker->ring) && archive_plan(broker->archive);
		if (loop->archiving)
			helper_ask(&broker->snapshot_helper);
	}
	if (loop->archiving) {
		if (!helper_back(&broker->snapshot_helper))
			return;
		loop->archiving = false;
		archive_finish(broker->archive);
	}
	if (!snapshot_due(loop))
		return;
	loop->snapshotting = true;
	loop->snapshot_begun = boottime(loop);
	helper_ask(&broker->snapshot_helper);
}

/* The lot is made again in a while; notices wait, and nothing else does. */
static bool signing_failed(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	if (!broker->sign_failed) {
		if (loop->sign_failures > 0)
			lt_log(LT_LOG_NOTICE, "notices are signed again", NULL);
		loop->sign_failures = 0;
		return false;
	}
	if (loop->sign_failures++ % SIGN_LOG_EACH == 0)
		lt_log(LT_LOG_ERROR, "notices cannot be signed", "error", lt_err_text(broker->sign_failed), "failures",
		       lt_log_u64(loop->sign_failures), NULL);
	stats_add(&broker->stats, STATS_SIGN_FAILURES, 1);
	engine_sign_again(broker->engine);
	loop->sign_at = boottime(loop) + SIGN_AGAIN_US;
	return true;
}

/* Notices without a signature go to the signing thread, one lot at a time. What is lost with the process is found again at the
 * next start. */
static void keep_signing(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	struct input input = { .type = INPUT_COMMAND };
	if (!broker->signer || batch_full(loop->building))
		return;
	if (helper_back(&broker->sign_helper) && !signing_failed(loop)) {
		input.u.command = lt_buf_bytes(&broker->sign_command);
		engine_take(broker->engine, loop->building, &input);
	}
	if (!helper_idle(&broker->sign_helper) || ring_sealed(broker->ring) || boottime(loop) < loop->sign_at)
		return;
	lt_buf_clear(&broker->sign_request);
	if (engine_unsigned(broker->engine, &broker->sign_request))
		helper_ask(&broker->sign_helper);
}

void engine_loop_checkpoint(struct engine_loop *loop)
{
	struct lt_checkpoint checkpoint;
	struct lt_bytes note = notary_note(loop->broker->notary, &checkpoint);
	if (note.len > 0)
		engine_set_checkpoint(loop->broker->engine, notary_ledger(loop->broker->notary), note, checkpoint.size);
}

/* The ledger: once a second, when records are new, hashes are stored and a checkpoint of them is signed. */
static void keep_ledger(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	if (loop->signing_ledger) {
		if (!helper_back(&broker->ledger_errand))
			return;
		loop->signing_ledger = false;
		engine_loop_checkpoint(loop);
	}
	int64_t now = boottime(loop);
	if (now - loop->signed_at < SECOND_US || !notary_take(broker->notary))
		return;
	loop->signed_at = now;
	loop->signing_ledger = true;
	helper_ask(&broker->ledger_errand);
}

static void look_at_disk(struct broker *broker)
{
	uint64_t bytes;
	if (broker->disk.free_space(broker->disk.ctx, &bytes))
		return;
	atomic_store_explicit(&broker->disk_free, bytes, memory_order_relaxed);
	engine_set_space(broker->engine, bytes, atomic_load_explicit(&broker->disk_reserve, memory_order_relaxed));
}

static void each_second(struct engine_loop *loop)
{
	int64_t now = boottime(loop);
	if (now - loop->second_at < SECOND_US)
		return;
	loop->second_at = now;
	look_at_disk(loop->broker);
	if (++loop->seconds % READERS_SECONDS == 0)
		store_reader_check(loop->broker->store);
}

static bool has_work(void *ctx)
{
	struct engine_loop *loop = ctx;
	struct broker *broker = loop->broker;
	return (loop->taking && ring_ready(broker->ring)) ||
	       (loop->in_flight && helper_is_done(&broker->journal_helper)) ||
	       (reader_thread_is_back(broker->reader) && !gate_outputs_full(&broker->outs)) ||
	       (loop->flushing && helper_is_done(&broker->flush_helper)) ||
	       ((loop->snapshotting || loop->archiving) && helper_is_done(&broker->snapshot_helper)) ||
	       helper_is_done(&broker->sign_helper) ||
	       (loop->signing_ledger && helper_is_done(&broker->ledger_errand)) ||
	       (ring_sealed(broker->ring) && ring_waiting(broker->ring) == 0);
}

static void sleep_until_work(struct engine_loop *loop)
{
	int64_t timeout = engine_due(loop->broker->engine) - boottime(loop);
	if (timeout < RETRY_US / 10)
		timeout = RETRY_US / 10;
	if (timeout > SECOND_US / 4)
		timeout = SECOND_US / 4;
	if (timeout > EARLY_FLUSH_US / 10 && reader_thread_wants(loop->broker->reader))
		timeout = EARLY_FLUSH_US / 10;
	bool blocked = !loop->taking && !batch_full(loop->building);
	if (timeout > RETRY_US && (blocked || ring_sealed(loop->broker->ring)))
		timeout = RETRY_US;
	wakeup_wait(&loop->broker->engine_wakeup, has_work, loop, timeout);
}

/* At the stop: nothing waits, nothing is written, and what lingers has had its time. */
static bool drained(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	bool quiet = ring_sealed(broker->ring) && ring_waiting(broker->ring) == 0 && !loop->in_flight &&
		     batch_empty(loop->building);
	if (!quiet)
		loop->quiet_since = 0;
	else if (loop->quiet_since == 0)
		loop->quiet_since = boottime(loop);
	return quiet && boottime(loop) - loop->quiet_since > DRAIN_US && !loop->flushing && !loop->snapshotting &&
	       !loop->archiving && !loop->signing_ledger;
}

void engine_loop_run(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	while (!drained(loop)) {
		bool busy = take(loop);
		if (!store_full(broker->store) && engine_due(broker->engine) <= boottime(loop))
			engine_tick(broker->engine, loop->building);
		busy |= write_batch(loop);
		busy |= pump(loop);
		keep_store(loop);
		keep_snapshot(loop);
		keep_signing(loop);
		keep_ledger(loop);
		each_second(loop);
		atomic_fetch_add_explicit(&broker->engine_rounds, 1, memory_order_relaxed);
		if (!busy)
			sleep_until_work(loop);
	}
	atomic_store(&broker->engine_done, true);
}

/* ---- without threads ---- */

static void write_now(struct engine_loop *loop)
{
	struct broker *broker = loop->broker;
	seal(loop);
	loop->in_flight = true;
	const struct journal_batch *batch = batch_journal(loop->writing);
	enum lt_err err = batch->count > 0 ? journal_write(broker->journal, batch, &loop->commit) : LT_OK;
	if (err)
		lt_fatal("journal: %s: nothing more can be promised", lt_err_text(err));
	release(loop);
	lt_buf_clear(&loop->outputs);
}

void engine_loop_commit(struct engine_loop *loop, struct lt_bytes jobs)
{
	engine_tick(loop->broker->engine, loop->building);
	take_bytes(loop, jobs);
	if (!batch_empty(loop->building))
		write_now(loop);
}
