/* engine_internal.h: what the engine's files share. Contract: engine.h. */
#ifndef BROKER_ENGINE_INTERNAL_H
#define BROKER_ENGINE_INTERNAL_H

#include "rules/apply.h"
#include "deliver/courier.h"
#include "engine.h"
#include "query/query.h"

enum {
	ENGINE_ARENA = 4 << 20,             /* one command with its header, decoded */
	ENGINE_QUERY_ARENA = 160 << 20,     /* a control request and its answer: a directory of 32 MiB, twice */
	ENGINE_EFFECTS_MAX = 4096,          /* of one batch: an envelope may go to 64 mailboxes */
	ENGINE_TIME_STEP_US = 600 * 1000000 /* a step of the clock that needs an operator, DESIGN section 3 */
};
#define ENGINE_DAY_US INT64_C(86400000000)
/* So long after a restore an envelope from the lost time may come before what it builds on: an adapter that was off comes back
 * on the next working day at the latest. */
#define ENGINE_RESTORING_US (4 * ENGINE_DAY_US)

/* What happens when a batch is on disk. */
enum effect_type {
	EFFECT_ANSWER = 1, /* to one envelope; those of a session are chained */
	EFFECT_SEND,       /* data: encoded Link */
	EFFECT_BYE,        /* reason, data: detail */
	EFFECT_SESSION,    /* in force: data: acknowledged and head of each agency */
	EFFECT_CONTROL,    /* data: encoded ControlAnswer */
	EFFECT_MAIL,       /* mailbox, number */
	EFFECT_RULEBOOK,   /* rulebook, owned */
	EFFECT_ELIDE,      /* data: sequences */
	EFFECT_TIME,       /* confirmed by an operator */
	EFFECT_CLOSED,     /* mailbox: its agency is closed and no session speaks for it any more */
};
struct effect {
	enum effect_type type;
	struct session_ref session;
	uint64_t client;
	enum lt_reason reason;
	uint64_t sequence;
	int64_t time;
	size_t data_at, data_len; /* in the batch's data; ANSWER: the detail */
	uint32_t mailbox;
	uint64_t number;
	struct rulebook *rulebook;
	/* ANSWER */
	bool chained; /* not the first of its chain */
	uint32_t next;
	uint32_t bytes, index;
	bool has_id, has_leaf, retry;
	uint8_t id[16];
	char sender[LT_AGENCY_MAX];
	uint8_t leaf_hash[32]; /* has_leaf; else the batch has it */
	uint32_t leg;
	uint64_t leg_version;
};
struct batch {
	struct journal_batch journal;
	struct effect *effects;
	uint32_t count, cap;
	struct lt_buf data;
	uint64_t round;     /* differs for each use */
	struct batch *next; /* sealed, not released */
	bool sealed;
};

/* The NOTICES record that was read last: deliveries of its notices follow each other. */
struct notice_shelf {
	uint64_t sequence; /* 0: none */
	struct lt_buf buf, made;
	struct lt_arena *arena;
	struct lt_notices_command command;
};

struct engine {
	struct env env;
	struct engine_options options;
	struct engine_hooks hooks;
	struct journal *journal;
	struct store *store;
	struct state state;
	struct courier courier;
	struct dossier dossier; /* scratch of the act */
	struct act act;
	struct query query; /* the state, read; with a scratch of its own */
	struct lt_arena *arena, *query_arena, *pump_arena;
	struct lt_buf command, outcome, record, message, read;
	struct lt_buf items[BROKER_DELIVER_ENVELOPES];
	struct notice_shelf notices;
	/* What was given out to be signed: the notices up to this one. */
	uint64_t signing_sequence;
	uint32_t signing_index;
	struct lt_buf punches; /* sequences, 8 bytes each: part bytes that the journal could not let go yet */
	struct batch *sealed_first, *sealed_last, *building;
	uint64_t rounds;
	/* Start: record 1, and the mark of a restore. */
	struct lt_buf genesis;
	bool genesis_due, incarnation_due;
	/* Time. */
	int64_t started, offset; /* CLOCK_REALTIME - CLOCK_BOOTTIME */
	bool time_unconfirmed, full;
	int64_t tick_at, elide_at, prune_at;
	uint64_t admitted, rejected, delivered;
};

/* ---- engine_batch.c ---- */
struct effect *batch_add(struct batch *batch, enum effect_type type);
void batch_set_data(struct batch *batch, struct effect *effect, struct lt_bytes data);
void batch_release_effects(struct batch *batch);
/* An answer to an envelope, chained to the others of its session. */
struct effect *batch_answer(struct engine *engine, struct batch *batch, const struct job *job);

/* ---- engine.c ---- */
int64_t engine_now(struct engine *engine); /* record time: never below the last record */
/* Applies and records one command. parts are kept when it took effect. The act holds the outcome. */
void engine_record(struct engine *engine, struct batch *batch, const struct lt_command *command,
		   struct lt_bytes encoded, const struct lt_bytes *parts, size_t part_count);
/* Commands that the broker makes itself. */
void engine_record_own(struct engine *engine, struct batch *batch, const struct lt_command *command);
/* A record that is published, or in a batch that is not released yet. */
enum lt_err engine_read(struct engine *engine, uint64_t sequence, struct lt_buf *buf, struct journal_entry *out);

/* ---- engine_submit.c ---- */
/* Reads a SUBMIT's header into the act. NULL there when it cannot be read. */
void engine_parse_header(struct engine *engine, const struct lt_command *command, struct lt_header *header);
void engine_submit(struct engine *engine, struct batch *batch, const struct job *job);
/* ---- engine_session.c ---- */
void engine_session(struct engine *engine, struct batch *batch, const struct job *job);
void engine_bye(struct batch *batch, struct session_ref session, enum lt_reason reason, const char *detail);
void engine_put_bye(struct engine *engine, struct session_ref session, enum lt_reason reason, const char *detail,
		    struct lt_buf *outputs);
void engine_session_released(struct engine *engine, struct batch *batch, const struct effect *effect,
			     struct lt_buf *outputs);
/* ---- engine_query.c ---- */
void engine_query(struct engine *engine, struct batch *batch, const struct job *job);
void engine_control(struct engine *engine, struct batch *batch, const struct job *job);
/* ---- engine_figures.c ---- */
/* As of now, in the query arena. whole: with sessions and the counters of other stages. */
const struct figures *engine_figures(struct engine *engine, bool whole);
/* ---- engine_elide.c ---- */
/* The part bytes of a record leave the disk, now or, while the journal needs them for its tail (LT_EAGAIN), with a later
 * release. A crash in between leaves them on the disk when no replay comes by: nothing reads them, and they cost only space. */
void engine_punch(struct engine *engine, uint64_t sequence);
void engine_punch_again(struct engine *engine); /* those that had to wait */
/* ---- engine_replay.c ---- */
enum lt_err engine_replay(struct engine *engine, char *error, size_t error_size);
/* ---- engine_time.c ---- */
void engine_check_start_time(struct engine *engine);
void engine_check_time(struct engine *engine);
/* ---- engine_reorganise.c ---- */
/* A CLOCK_REORGANISE when one is due. True: there is more to do soon. */
bool engine_reorganise(struct engine *engine, struct batch *batch);
void engine_closed_released(struct engine *engine, uint32_t mailbox, struct lt_buf *outputs);
/* ---- engine_clock.c ---- */
/* What is due becomes commands, DUE_BATCH_MAX at most. True: there is more. */
bool engine_clocks(struct engine *engine, struct batch *batch);
/* ---- engine_notice.c ---- */
void notice_shelf_fini(struct notice_shelf *shelf);
/* The notice of a mailbox entry: header and signature in the pump arena. */
void engine_fill_notice(struct engine *engine, const struct mailbox_entry *where, struct lt_delivery *out);
/* ---- shared encoding ---- */
void engine_put_link(struct engine *engine, const struct lt_link *link);

#endif
