/* broker.h: the broker's threads and what stands between them.
 *
 *   gate ------ ring ------> admit x N ------ ring ------> engine ------ helper ------> journal
 *     ^  \ \--- large jobs ----> large parts <-- large jobs --|
 *     |   \                                                  |  \------- helper ------> flush (store), snapshots
 *     |   control <- operators' requests                     |\------- helper ------> signing (notices)
 *     |                                                      |\------- helper ------> ledger (hashes, checkpoints)
 *     |                                                      +------ questions ----> reader
 *     +------------------ outputs (released) ----------------+-------- answers --------/
 */
#ifndef START_BROKER_H
#define START_BROKER_H

#include "admit/admit.h"
#include "config.h"
#include "queue/env.h"
#include "journal/disk.h"
#include "engine/engine.h"
#include "queue/helper.h"
#include "gate/gate.h"
#include "large_thread.h"
#include "notary.h"
#include "reader_thread.h"

struct engine_loop;
struct opening; /* broker_open.c: what is known while the broker opens */
struct broker {
	const struct config *config;
	struct env env;
	struct env_clock clock; /* trusted time, for all threads */
	struct stats stats;
	struct rulebook_current current;
	struct ring *ring;
	struct gate_outputs outs;
	struct wakeup engine_wakeup, scrub_wakeup;
	struct helper journal_helper, flush_helper, snapshot_helper, sign_helper, ledger_errand;
	struct lt_signer *signer;        /* NULL: notices stay unsigned */
	struct lt_signer *answer_signer; /* the reader thread's */
	struct notary *notary;           /* NULL: the ledger is not kept */
	int event;                       /* eventfd that wakes the gate */
	struct archive *archive;
	struct disk disk; /* the journal's folder */
	char *journal_path, *store_path, *snapshots_path, *large_path;
	struct journal *journal;
	struct store *store;
	struct engine *engine;
	struct control_thread *control;
	struct gate *gate;
	struct engine_loop *loop;
	struct reader_thread *reader;
	struct large_jobs large_jobs;
	struct large_files *large_files;
	struct large_faults *large_faults;
	struct large_thread *large;
	struct opening *opening; /* while broker_open runs */
	struct admit *admits[CONFIG_ADMIT_THREADS_MAX];
	unsigned admit_count;
	pthread_t gate_thread, engine_thread, journal_thread, flush_thread, snapshot_thread, sign_thread, ledger_thread,
		control_thread, scrub_thread, reader_thread, large_parts_thread;
	pthread_t admit_threads[CONFIG_ADMIT_THREADS_MAX];
	bool started;
	int64_t started_at;
	_Atomic bool engine_done;
	_Atomic bool stopping;                    /* a backup or snapshot that is under way ends */
	_Atomic uint64_t engine_rounds;           /* for the watchdog */
	_Atomic uint64_t disk_free, disk_reserve; /* the reserve is read again on SIGHUP */
	/* The batch that is with the journal, and what came of it. */
	const struct journal_batch *writing;
	struct commit *commit;
	/* Headers to be signed, and the NOTICES command that came of them; empty when it failed. */
	struct lt_buf sign_request, sign_command;
	enum lt_err sign_failed; /* of the lot that came back last */
	/* What came of the last snapshot. */
	uint64_t snapshot_sequence, snapshots_from; /* the newest, and the oldest kept */
	uint8_t snapshot_hash[32];
	bool snapshot_failed;
};

/* Opens disk, journal, store and engine, replays, and applies the genesis files when the journal is empty. Error for a person. */
enum lt_err broker_open(const struct config *config, struct broker **out, char *error, size_t error_size);
/* Binds and starts all threads. */
enum lt_err broker_start(struct broker *broker, char *error, size_t error_size);
/* Everything received is applied, synced and released; threads are joined; the store is flushed. */
void broker_stop(struct broker *broker);
void broker_close(struct broker *broker);
/* Of gate and engine: each rises as long as its thread lives, also when it is idle. */
#define BROKER_ROUNDS 2u
void broker_rounds(const struct broker *broker, uint64_t rounds[BROKER_ROUNDS]);

/* broker_open.c */
enum lt_err broker_snapshot(struct broker *broker); /* of what LMDB holds; snapshot thread */
enum lt_err broker_backup(void *broker, const char *path, uint64_t *sequence, uint64_t *bytes, char *error,
			  size_t error_size); /* control's backup thread */
void broker_settle(struct broker *broker);    /* after the threads: last flush, last checkpoint */

/* large_open.c: the thread of large parts, once the state is there. LT_ENOMEM. */
enum lt_err broker_open_large(struct broker *broker);
/* scrub.c: the thread: one look at the whole journal after the start, then one each scrub_hours. */
void *broker_scrub(void *broker);

/* engine_loop.c */
enum lt_err engine_loop_new(struct broker *broker, struct engine_loop **out);
void engine_loop_free(struct engine_loop *loop);
void engine_loop_run(struct engine_loop *loop);
/* Before the threads run, and after: applies jobs (may be empty) in one batch, writes, publishes and releases it here and now. */
void engine_loop_commit(struct engine_loop *loop, struct lt_bytes jobs);
void engine_loop_checkpoint(struct engine_loop *loop); /* the newest one goes to the engine, which answers with it */

#endif
