/* engine.h: the deterministic state machine and its batches.
 *
 *   engine_take   applies one job to the batch that is being built: command -> outcome, record, effects
 *   engine_seal   the batch is complete; its journal_batch goes to the journal thread
 *   engine_release needs the struct commit of its sync: only now answers, deliveries and notices go out
 *
 * While batch k is with the journal, the engine builds k+1. Batches are released in the order in which they were sealed; a
 * batch without records (queries, refusals that are not recorded) is released with an empty commit once the one before it is.
 * apply() reads nothing but the state, the command and the time that the command carries. One thread. */
#ifndef BROKER_ENGINE_H
#define BROKER_ENGINE_H

#include "record/control.h"
#include "queue/input.h"
#include "queue/large_jobs.h"
#include "queue/env.h"
#include "journal/journal.h"
#include "journal/ledger.h"
#include "store/store.h"

struct rules;    /* one version of them: rules/rules.h */
struct rulebook; /* directory, trust and suspensions in force: rulebook.h */
struct inquiry;  /* on its way: query/inquiry.h */
struct backlog;  /* likewise: deliver/backlog.h */
struct engine;
struct batch;

struct engine_options {
	uint32_t elide_days;   /* part bytes go so long after the last recipient has fetched them; default 30 */
	uint32_t horizon_days; /* LT_ID_HORIZON_DAYS */
	uint32_t digest; /* minute of the week, from Monday 00:00 at +07:00, of the digest, plus 1; 0: there is none */
	const char *version;
	uint64_t skip;   /* tools: replay as if a skip of this record stood behind the journal's head; 0: none */
	bool long_pause; /* a start more than 7 days after the last record takes the machine's clock */
	bool no_signer;  /* nobody signs notices: told in the status */
	struct large_faults
		*large_faults; /* told in the status, and asked for; NULL: nobody keeps large parts here. Borrowed */
	bool rebuild;          /* tools: stop after the replay, take no jobs */
	/* The versions of the rules that there are; NULL: rules_of. Tests have tables of their own. */
	const struct rules *(*rules)(uint32_t version);
};
struct engine_hooks {
	void *ctx;
	/* A new rulebook is in force (after release, and once after start): ADMIT and GATE take a reference. */
	void (*publish)(void *ctx, struct rulebook *rulebook);
	/* Numbers of the other stages for `lienthong status`: sessions, counters, memory. May be NULL. */
	void (*status)(void *ctx, struct lt_status_view *status, struct lt_arena *arena);
	/* Takes a question whose batch is on disk, to answer it in another thread. False: too many wait there, it is answered
	 * OVERLOADED. NULL: it is answered in this thread (tools, tests). */
	bool (*ask)(void *ctx, struct inquiry *question);
	/* Takes a list of what is no longer in memory, to read it in another thread; it comes back with engine_backlog. NULL: it is read
	 * in this thread. */
	void (*fetch)(void *ctx, struct backlog *backlog);
	/* Large parts: what another thread is to do with their files, with a list of digests for LARGE_JOB_GONE. NULL: there is none here, and
	 * nobody brings any. */
	void (*large)(void *ctx, const struct large_job *job, struct lt_bytes data);
	/* Boot-time microseconds of the last message of the session in a slot of the gate. May be NULL. */
	int64_t (*heard)(void *ctx, uint32_t slot);
	/* Before each record of the replay: START keeps it where the next start finds it, so that a record that crashes the
	 * replay twice can be named. False ends it: LT_ECLOSED. May be NULL. */
	bool (*replaying)(void *ctx, uint64_t sequence);
};
/* Genesis: what record 1 holds, when the journal is empty. */
struct engine_genesis {
	const char *domain;
	struct lt_bytes registrar, ca; /* DER */
	bool sandbox;                  /* the law's time may be moved */
};
/* Loads the state from the store and replays the journal from store_sequence + 1 to its head, comparing each outcome with its
 * record. LT_ECORRUPT with `error` naming the sequence when one differs. When the journal is empty and genesis is given, the
 * first batch will hold record 1. `restored`: an INCARNATION record follows. */
enum lt_err engine_open(const struct env *env, const struct engine_options *options, const struct engine_hooks *hooks,
			struct journal *journal, struct store *store, const struct engine_genesis *genesis,
			bool restored, char *error, size_t error_size, struct engine **out);
void engine_close(struct engine *engine);

struct batch *batch_new(void);
void batch_free(struct batch *batch);
bool batch_empty(const struct batch *batch); /* no records and no effects */
bool batch_full(const struct batch *batch);
const struct journal_batch *batch_journal(const struct batch *batch); /* count may be 0 */
uint64_t
batch_definitions(const struct batch *batch); /* sealed: how many were in force with its last record, told in PONG */

/* Tools: puts the record of options.skip, by this operator, into the batch and seals it. A reason: it cannot be skipped. */
enum lt_reason engine_skip(struct engine *engine, struct batch *batch, const struct lt_admin_command *by,
			   struct lt_refusal *refusal);

/* Applies one job. Never fails: what is wrong with it is its outcome. */
void engine_take(struct engine *engine, struct batch *batch, const struct input *input);
/* Commands that are due: acknowledgements that have waited long enough, elision, pruning, time rules. Call at least every 5 ms while
 * engine_due says so, else every second. */
void engine_tick(struct engine *engine, struct batch *batch);
int64_t engine_due(const struct engine *engine); /* boot-time microseconds of the next tick that has work */
void engine_seal(struct engine *engine, struct batch *batch);
/* Appends outputs (output_encode) in order and clears the batch for its next use. */
void engine_release(struct engine *engine, struct batch *batch, const struct commit *commit, struct lt_buf *outputs);
/* Deliveries that windows allow now, at most about max_bytes of them. Returns false when nothing was left to do. */
bool engine_pump(struct engine *engine, struct lt_buf *outputs, size_t max_bytes);

/* What `fetch` took, read. Owned. */
void engine_backlog(struct engine *engine, struct backlog *backlog, struct lt_buf *outputs);

/* Headers of notices that are on disk and have no signature yet, oldest first, up to 256; each is given out once. Appended as
 * signing.h reads them; false when there are none. The signatures come back as a NOTICES command. */
bool engine_unsigned(struct engine *engine, struct lt_buf *out);
/* What was given out could not be signed: it is given out again. */
void engine_sign_again(struct engine *engine);

/* Free disk space below `reserve`: new work is refused, receipts, answers and admin acts go on. Up to twice the reserve it is refused
 * to whoever has written a larger part, of what was written lately, than the part of the reserve that is free above it: who fills
 * the disk is stopped first. */
void engine_set_space(struct engine *engine, uint64_t free, uint64_t reserve);
uint64_t engine_definitions(const struct engine *engine); /* as batch_definitions, of what is applied */
uint64_t engine_sequence(const struct engine *engine);    /* last applied */
/* Told in CHALLENGE: changes when the journal was restored from a backup. Valid once the start's records are applied. */
void engine_incarnation(const struct engine *engine, uint8_t out[16]);

/* The newest checkpoint (copied) and the ledger that proves by it (borrowed): told in WELCOME, and asked for. */
void engine_set_checkpoint(struct engine *engine, const struct ledger *ledger, struct lt_bytes note, uint64_t size);
int64_t engine_time(const struct engine *engine); /* of the last record */
/* Whether the state has this large part: its file is to stay. Before the threads. */
bool engine_holds_large(const struct engine *engine, const uint8_t sha256[32]);

/* The oldest snapshot that is kept; 0, as at first: there is none. What stands above it cannot be erased. */
void engine_set_snapshots(struct engine *engine, uint64_t oldest);
/* Snapshots are to be taken until all that are kept are of this record or a later one. */
uint64_t engine_snapshot_wanted(const struct engine *engine);

#endif
