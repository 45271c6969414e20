/* engine_internal.h: what the engine's files share. Contract: engine.h. */
#ifndef BROKER_ENGINE_INTERNAL_H
#define BROKER_ENGINE_INTERNAL_H

#include "rules/apply.h"
#include "deliver/backlog.h"
#include "deliver/courier.h"
#include "batch_internal.h"
#include "engine.h"
#include "query/reader.h"
#include "state/parts/part_expiry.h"

enum { ENGINE_ARENA = 4 << 20 }; /* one command with its header, decoded */
#define ENGINE_DAY_US INT64_C(86400000000)

struct dedup_entry;

/* engine_time.c. */
struct trusted_time {
	int64_t now, boot;   /* trusted time at the last look, and CLOCK_BOOTTIME then */
	int64_t real;        /* CLOCK_REALTIME then */
	int64_t slack;       /* time that has passed and is too little to slew by */
	uint32_t generation; /* of the next record */
	bool unconfirmed;
	const char *why; /* "": it is confirmed */
	int64_t since;   /* trusted time when that began */
	int64_t told;    /* CLOCK_BOOTTIME of the last log line about it */
};
struct engine {
	struct env env;
	struct engine_options options; /* rules is never NULL */
	uint64_t skip_dossier;         /* what options.skip is of, once the replay has passed it */
	struct engine_hooks hooks;
	struct journal *journal;
	struct store *store;
	struct state state;
	struct courier courier;
	struct dossier dossier; /* scratch of the act */
	struct act act;
	struct reader *reader; /* answers in this thread what no hook takes */
	const struct ledger *ledger;
	uint64_t checkpoint_size;
	struct lt_arena *arena, *control_arena, *pump_arena;
	struct lt_buf command, verdict, outcome, record, message, read, made, checkpoint;
	struct lt_record_digests digests; /* of the record that was added last */
	struct digest_last cms;           /* of the batch that its envelope came in */
	uint8_t salts[256 * LT_RECORD_SALT];
	size_t salts_used;
	struct parcel *parcel;
	/* What was given out to be signed: the notices up to this one. */
	uint64_t signing_sequence;
	uint32_t signing_index;
	struct lt_buf punches; /* sequences, 8 bytes each: part bytes that the journal could not let go yet */
	struct batch *sealed_first, *sealed_last, *building;
	uint64_t rounds;
	/* Start: record 1, and the mark of a restore. */
	struct lt_buf genesis;
	bool genesis_due, incarnation_due;
	int64_t restored_open_at, restored_told_at; /* CLOCK_BOOTTIME */
	enum lt_restored restored_told;
	struct trusted_time time;
	int64_t started; /* CLOCK_REALTIME */
	bool full;
	uint32_t
		room; /* of COURIER_WHOLE: free space above the reserve, as a part of it; whose part of what was written is larger waits */
	int64_t tick_at, elide_at, prune_at, large_at;
	uint32_t part_turn; /* slot of the session that is asked next for a part whose file is lost */
	uint64_t admitted, rejected, delivered;
	uint64_t snapshots_from;       /* the oldest snapshot kept */
	uint64_t erased, erase_wanted; /* the newest ERASE; the newest record that one was refused for */
};

/* ---- engine.c ---- */
/* What an operator's act would be answered now; the act holds it. Nothing changes. */
void engine_try(struct engine *engine, const struct lt_command *command);
/* Applies and records one command. parts are kept when it took effect. The act holds the outcome. False: it was not recorded: a
 * refusal, and act.unrecorded was set, or STORE_DAMAGED. */
bool engine_record(struct engine *engine, struct batch *batch, const struct lt_command *command,
		   struct lt_bytes encoded, const struct lt_bytes *parts, size_t part_count);
/* A record that is published, or in a batch that is not released yet. */
enum lt_err engine_read(struct engine *engine, uint64_t sequence, struct lt_buf *buf, struct journal_entry *out);
/* Commands that the broker makes itself. */
void engine_record_own(struct engine *engine, struct batch *batch, const struct lt_command *command);
/* engine_prune.c */
void engine_prune(struct engine *engine, struct batch *batch, int64_t now);

/* ---- engine_damage.c: what a command needs of the store, read before it; what cannot be read stands, by itself ---- */
/* The entries up to this number, and their waiting parts. */
bool engine_can_acknowledge(struct engine *engine, uint32_t mailbox, uint64_t number);
/* Takes out those whose large parts cannot be read. Returns how many are left. */
uint32_t engine_can_elide(struct engine *engine, struct part_expiry *due);
/* What an operator's act is made of: directory, lists, calendars; a definition also looks at procedures. */
bool engine_can_act(struct engine *engine, const struct lt_command *command);
/* What the next CLOCK_REORGANISE passes on, and the dossiers that it is about. */
bool engine_can_reorganise(struct engine *engine, uint32_t mailbox);
/* ---- engine_submit.c ---- */
/* Reads a SUBMIT's header into the act. NULL there when it cannot be read. */
void engine_parse_header(struct engine *engine, const struct lt_command *command, struct lt_header *header);
void engine_submit(struct engine *engine, struct batch *batch, const struct input *input);
/* ---- engine_answer.c ---- */
/* Fills an entry of which only the sequence is left. An error: the record cannot be read. */
enum lt_err engine_answer_of(struct engine *engine, struct dedup_entry *entry);
/* ---- engine_session.c ---- */
void engine_session(struct engine *engine, struct batch *batch, const struct input *input);
void engine_bye(struct batch *batch, struct session_ref session, const struct lt_refusal *why);
/* The session goes on for the others that it speaks for. */
void engine_put_partial_bye(struct engine *engine, struct session_ref session, enum lt_reason reason,
			    const char **agencies, size_t count, struct lt_buf *outputs);
void engine_put_bye(struct engine *engine, struct session_ref session, enum lt_reason reason, const char *agency,
		    struct lt_buf *outputs);
void engine_session_lost(struct engine *engine, const struct input *input);
/* The session has proved this agency, and another session has it now, or its proof does not hold any more. */
bool engine_taken_away(struct engine *engine, const struct courier_session *session, struct session_ref ref,
		       const char *agency);
void engine_session_released(struct engine *engine, struct batch *batch, const struct effect *effect,
			     struct lt_buf *outputs);
/* Adapters that answer deliveries with nothing: told to the operator, and after some minutes ended. */
void engine_end_stalled(struct engine *engine, struct batch *batch, int64_t boot);
/* ---- engine_large.c ---- */
void engine_part(struct engine *engine, struct batch *batch, const struct input *input);
void engine_stored(struct engine *engine, struct batch *batch, const struct input *input);
/* Its file is damaged or gone: an adapter that should have the bytes is asked to bring them again. */
void engine_part_lost(struct engine *engine, struct batch *batch, const struct input *input);
/* Of a session that begins: what is damaged or gone of what its agencies have brought or got, they are asked for. */
void engine_large_ask(struct engine *engine, struct session_ref ref, struct lt_buf *outputs);
/* Of the act's header: each large part is here, and the sender's to name. */
enum lt_reason engine_large_missing(struct engine *engine, struct lt_refusal *refusal);
/* What nothing refers to goes. True: there is more. */
bool engine_large_drop(struct engine *engine, struct batch *batch, int64_t now);
void engine_large_released(struct engine *engine, const struct batch *batch, const struct effect *effect);
/* ---- engine_query.c ---- */
void engine_query(struct engine *engine, struct batch *batch, const struct input *input);
/* An operator's question. A reason: it is answered with that, now. */
enum lt_reason engine_ask(struct engine *engine, struct batch *batch, const struct input *input,
			  const struct lt_control_request *request, struct lt_refusal *refusal);
void engine_ask_released(struct engine *engine, struct effect *effect, struct lt_buf *outputs);
/* ---- engine_control.c ---- */
void engine_control(struct engine *engine, struct batch *batch, const struct input *input);
/* ---- engine_figures.c ---- */
/* As of now, in the arena. whole: with sessions and the counters of other stages. */
const struct figures *engine_figures(struct engine *engine, struct lt_arena *arena, enum figures_extent extent);
/* ---- engine_release.c ---- */
/* The part bytes of a record leave the disk, now or, while the journal needs them for its tail (LT_EAGAIN), with a later
 * release. A crash in between leaves them on the disk when no replay comes by: nothing reads them, and they cost only space. */
void engine_punch(struct engine *engine, uint64_t sequence);
/* ---- engine_erase.c ---- */
/* Before there is a record: whether these may be erased; fills in their dossier and its fields. Snapshots that stand against it are made
 * anew, after a dry run too: the tool asks for all of a dossier by one before the first act, and the state knows nothing of snapshots. */
enum lt_reason engine_check_erase(struct engine *engine, struct lt_erase_command *erase, struct lt_refusal *refusal);
/* When the ERASE record `act` is on disk: parts too. */
void engine_erase(struct engine *engine, const uint64_t *sequences, size_t count, uint64_t act);
/* ---- engine_replay.c ---- */
enum lt_err engine_replay(struct engine *engine, char *error, size_t error_size);
/* ---- engine_rules.c ---- */
/* The rules in force in the store. LT_EINVAL with their name when this program does not know them. */
enum lt_err engine_load_rules(struct engine *engine, const struct rules **out, char *error, size_t error_size);
/* After each record: an ACTIVATE may have moved on. False: to rules that this program does not know. */
bool engine_follow_rules(struct engine *engine);
/* The rules of a record that is replayed: LT_EINVAL when they are not known, LT_ECORRUPT when others are in force there. */
enum lt_err engine_replay_rules(struct engine *engine, const struct lt_record *record, char *error, size_t error_size);
void engine_view_rules(struct engine *engine, struct lt_control_answer *out);
/* DEFINITION_INVALID: not known. Before there is a record. */
enum lt_reason engine_check_activate(struct engine *engine, const struct lt_activate_command *activate,
				     struct lt_refusal *refusal);
/* ---- engine_time.c ---- */
/* After the replay. */
void engine_check_start_time(struct engine *engine);
/* Looks at the clocks; before each job and tick. */
void engine_check_time(struct engine *engine);
/* Record time as of that look. Within a time generation it never falls. */
int64_t engine_now(const struct engine *engine);
/* Whether what is due may happen; asks the kernel when it may not, and tells the log once a minute. */
bool engine_confirm_time(struct engine *engine);
/* What an operator is told of the clocks. */
void engine_time_view(struct engine *engine, struct lt_time_view *out);
/* Before the record of an operator's act: TIME_CONFIRMED and TIME_SET change trusted time (in a dry run they do not), or are refused;
 * others pass. */
enum lt_reason engine_time_act(struct engine *engine, const struct lt_admin_command *admin, bool dry_run,
			       struct lt_refusal *refusal);
/* ---- engine_restored.c ---- */
void engine_restored_begin(struct engine *engine);
void engine_restored_heard(struct engine *engine); /* an adapter has come back */
enum lt_restored engine_restored(const struct engine *engine);
/* Nothing new is admitted. */
bool engine_restored_closed(const struct engine *engine);
void engine_restored_tell(struct engine *engine, int64_t boot);
/* RESTORING: an operator's definition while adapters are asked for theirs. */
enum lt_reason engine_restored_check(const struct engine *engine, const struct lt_define_command *define,
				     struct lt_refusal *refusal);
/* Made in the time that a restore has lost, and no operator has confirmed what was defined in it. */
bool engine_restored_lost_time(const struct engine *engine, const struct lt_header *header);
/* Refusals that a definition can end. */
bool engine_restored_may_change(enum lt_reason reason);
/* ---- engine_reorganise.c ---- */
/* A CLOCK_REORGANISE when one is due. True: there is more to do soon. */
bool engine_reorganise(struct engine *engine, struct batch *batch);
void engine_closed_released(struct engine *engine, uint32_t mailbox, struct lt_buf *outputs);
/* ---- engine_clock.c ---- */
/* What is due becomes commands, TIMER_BATCH_MAX at most. True: there is more. */
bool engine_clocks(struct engine *engine, struct batch *batch);
bool engine_digest(struct engine *engine, struct batch *batch); /* a week is over; true: more offices are to be told */
/* ---- shared encoding ---- */
void engine_put_link(struct engine *engine, const struct lt_link *link);

#endif
