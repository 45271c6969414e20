/* sim.h: a whole broker without threads, sockets and clocks: engine and journal on a disk in memory, a real LMDB store in a
 * folder of its own, agencies that are a few variables. Verdicts come ready-made, as ADMIT would give them. Everything is
 * deterministic by its seed. Whatever goes wrong ends the cmocka test. One thread. */
#ifndef TESTS_SIM_H
#define TESTS_SIM_H

#include <lienthong/envelope.h>
#include "wire/link.h"
#include "record/record.h"
#include "record/control.h"
#include "engine/engine.h"
#include "query/inquiry.h"
#include "deliver/backlog.h"
#include "state/rulebook.h"
#include "simdisk.h"

enum {
	SIM_AGENCIES = 5,
	SIM_LEGS = 7 /* of SIM_PROCEDURE: sim_genesis.c */,
	SIM_INBOX = 8192,
	SIM_ANSWERS = 256,
	SIM_JOBS = 1024
};
#define SIM_DAY INT64_C(86400000000)
#define SIM_SECOND INT64_C(1000000)
#define SIM_START INT64_C(1795000000000000)
#define SIM_PROCEDURE "1.010828"

/* commune, district, department, ministry, another department */
enum { COMMUNE, DISTRICT, DEPARTMENT, MINISTRY, OTHER };
extern const char *const sim_codes[SIM_AGENCIES];

struct sim_item {
	uint64_t number, sequence, branch_version;
	uint32_t branch, recipient;
	uint8_t id[16];
	enum lt_kind kind;
	char sender[LT_AGENCY_MAX], dossier[LT_DOSSIER_MAX];
	size_t part_count;
	bool elided;
	struct lt_digest digest; /* of a DIGEST, with its first tally */
	struct lt_tally tally;
	uint64_t erased_by; /* then there is nothing else of it but number and sequence */
};
/* The durable side of an adapter, and its session. */
struct sim_agency {
	struct session_ref session;       /* serial 0: not connected */
	bool receives;                    /* answers deliveries with RECEIVED by itself */
	uint64_t received;                /* highest number on its disk */
	uint64_t last;                    /* number that came last in this session */
	struct sim_item inbox[SIM_INBOX]; /* by number - 1, the newest of those that fall together */
	uint64_t delivered;               /* items, repeats counted */
	enum lt_reason bye;
	size_t taken_away; /* agencies that BYE named */
	struct lt_agency_welcome welcome;
	uint64_t epoch;
	uint64_t directory_version, definitions; /* what its HELLO says that it holds */
	uint8_t directory_sha256[32];
};
struct sim_answer {
	enum lt_reason reason;
	bool retry;
	uint8_t id[16];
	uint64_t sequence, branch_version;
	int64_t time;
	uint32_t branch, index;
	struct lt_receipt receipt;
	char detail[LT_SENTENCE_TEXT], vietnamese[LT_SENTENCE_TEXT];
};
/* What an agency does; encoded into a header by sim_header. Empty fields get what fits the kind. */
#define SIM_NOTHING UINT64_MAX  /* as amount: none */
#define SIM_NO_TIME INT64_C(-1) /* as due_at: none */
struct sim_act {
	enum lt_kind kind;
	int sender, to; /* agencies */
	const char *dossier;
	uint64_t version; /* branch_version */
	const uint8_t *reply;
	const uint8_t *id;    /* NULL: a new one */
	const char *reason;   /* NULL: "ly do" where the kind needs one, and in FORWARD */
	uint32_t branch;      /* 0: 1, but in OPEN */
	uint32_t route_leg;   /* its number; its id in the header is leg-NUMBER */
	size_t part_bytes;    /* one part of so many bytes */
	uint64_t large_bytes; /* or a large one of so many, that is not in the envelope: SHA-256 of 32 times 0x5a */
	int also_to;          /* a second recipient, -1 or 0: none */
	const char *to_code;  /* instead of to */
	uint32_t procedure_version; /* 0: 1 */
	const char *field, *value;  /* a fact of the dossier, in OPEN or learned; NULL: none */
	const char *replaces;       /* OPEN: a dossier that was opened in error; NULL: none */
	const char *foreign[2];     /* OPEN: other systems' codes; NULL: none */
	const char *procedure;      /* OPEN: NULL: SIM_PROCEDURE */
	int64_t due_at;             /* 0: in a week, where the kind needs one, and in CONSULT */
	uint64_t amount;            /* 0: 100,000, where the kind has one */
	const char *ground;         /* NULL: none */
	enum lt_agreement agree;    /* 0: yes, where the kind needs one */
	uint32_t trace;
	bool registers;             /* OPEN: it is not received yet */
	struct lt_carried *carried; /* OPEN of a dossier of before; NULL: it is a new one */
	size_t to_count;            /* several recipients instead of `to` */
	struct {
		int agency;
		uint32_t leg;
	} recipients[SIM_AGENCIES];
};
/* ACT(.kind = …, .sender = …) where a struct sim_act is wanted. */
#define ACT(...) ((struct sim_act){ __VA_ARGS__ })
struct sim {
	struct simdisk *folder;
	struct disk disk;
	struct journal *journal;
	struct store *store;
	struct engine *engine;
	struct batch *batch, *flying; /* being built; sealed and with the journal */
	struct commit commit;
	bool written;
	struct lt_buf outputs, scratch;
	struct lt_arena *arena;
	int64_t now, boot;  /* CLOCK_REALTIME, CLOCK_BOOTTIME */
	int64_t agency_off; /* the agencies' clocks - CLOCK_REALTIME of the broker's machine */
	struct env_clock clock;
	bool synchronised;  /* what the kernel says of its clock */
	int64_t kernel_off; /* and how far that is from CLOCK_REALTIME */
	uint64_t random, serial;
	char path[64];
	struct lt_buf registrar, ca, directory, procedure;
	struct engine_options options;
	bool restored, sandbox;
	bool forged; /* the test wrote state that no record makes: its journal is not fit to be kept */
	struct sim_agency agencies[SIM_AGENCIES];
	struct sim_answer answers[SIM_ANSWERS];
	size_t answer_count;
	struct lt_buf jobs; /* RECEIVED of agencies, taken with the next batch */
	struct lt_control_answer control;
	struct lt_arena *control_arena;
	struct lt_query_answer query;
	bool holds; /* from sim_open on: questions are held and not answered, as by a reader that stands still */
	struct inquiry *held[16];
	struct backlog *owed[16]; /* likewise what is to be read from the disk */
	size_t held_count, owed_count;
	uint64_t published;
	struct large_job
		large_job; /* what the thread of large parts was asked last, the digests that went with it, and how often */
	uint8_t large_gone[32];
	unsigned large_count, part_states;
	struct lt_part_state part_state; /* the last one; what it points to does not live */
	struct rulebook *rulebook;
	uint8_t last_id[16];
	enum { SIM_FLUSH_NONE, SIM_FLUSH_FROZEN, SIM_FLUSH_WRITTEN } flushing;
};

/* A broker with genesis, directory and procedure, and no sessions. */
struct sim *sim_new(uint64_t seed);
struct sim *sim_new_sandbox(uint64_t seed); /* its genesis says sandbox */
void sim_free(struct sim *sim);
uint64_t sim_random(struct sim *sim, uint64_t below);

/* ---- the steps of a batch ---- */
void sim_take(struct sim *sim, const struct input *input);
void sim_seal(struct sim *sim); /* the batch becomes `flying` */
void sim_write(struct sim *sim);
void sim_release(struct sim *sim); /* and pump, and what the agencies answer */
void sim_flush(struct sim *sim);   /* freeze, flush, thaw; nothing when not all is committed */
void sim_flush_step(
	struct sim *sim); /* the next of the three: what comes between them meets a generation that is on its way */
/* seal, write, release; again while agencies answer. */
void sim_run(struct sim *sim);
void sim_tick(struct sim *sim);
void sim_advance(struct sim *sim, int64_t us); /* both clocks, then tick and run */

void sim_outputs(struct sim *sim); /* reads what stands in sim->outputs */

/* ---- the end and a new start ---- */
/* seed as in simdisk_crash; all sessions are gone. */
void sim_crash(struct sim *sim, uint64_t seed);
void sim_open(struct sim *sim); /* after sim_crash; the state must hold */
enum lt_err sim_try_open(struct sim *sim, char error[240]);
void sim_rebuild(struct sim *sim); /* crash, store thrown away, open */
/* A snapshot in a folder (made new), of all that is released, and the engine learns of it as the oldest; and a rebuild out of it. */
void sim_snapshot(struct sim *sim, const char *folder);
void sim_rebuild_from(struct sim *sim, const char *folder);
/* On the broker as it stands: a skip of the record is appended to its journal, by way of a replay from nothing; then a new start from nothing.
 * False: it was refused, error says why, and the broker goes on as it was. */
bool sim_skip(struct sim *sim, uint64_t sequence, char error[240]);
void sim_rebuild_fails(struct sim *sim, char error[240]); /* the same, and the replay must refuse */
void sim_hash(struct sim *sim, uint8_t out[32]);

/* ---- agencies ---- */
void sim_connect(struct sim *sim, int agency); /* resumes at `received`, gives credit, receives by itself */
void sim_connect_window(struct sim *sim, int agency, uint32_t envelopes); /* 0: no credit; it may be refused */
void sim_connect_many(struct sim *sim, const int *agencies, size_t count);
void sim_credit(struct sim *sim, int agency, uint32_t envelopes, uint64_t bytes);
void sim_lost(struct sim *sim, int agency);
void sim_header(struct sim *sim, const struct sim_act *act, struct lt_buf *out);
/* Takes the header as a job of the sender's session, with a good verdict. */
/* The thread of large parts has one of an agency whole on the disk, 32 times `fill` its SHA-256; up to its PART_STATE. */
void sim_store_large(struct sim *sim, int agency, uint8_t fill, uint64_t size);
#define SIM_LARGE SIZE_MAX /* one part, whose bytes are elsewhere */
void sim_submit(struct sim *sim, int sender, struct lt_bytes header, size_t part_bytes);
void sim_submit_verdict(struct sim *sim, int sender, struct lt_bytes header, const struct lt_verdict *verdict);
/* A code of the agency, of the day that the agencies think it is. Kept for four calls. */
const char *sim_code(const struct sim *sim, int agency, uint32_t number);
/* Header, submit, run: the answer. */
const struct sim_answer *sim_do(struct sim *sim, const struct sim_act *act);
/* The same with the bytes of an earlier header. */
const struct sim_answer *sim_again(struct sim *sim, int sender, struct lt_bytes header);
/* The answer to an id among the newest; NULL: none. */
const struct sim_answer *sim_answer_to(const struct sim *sim, const uint8_t id[16]);
const struct sim_item *sim_last_item(const struct sim *sim, int agency);

/* ---- operator ---- */
/* An act is tried first, and must be answered as that said. */
const struct lt_control_answer *sim_control(struct sim *sim, const struct lt_control_request *request);
/* What a dry run says of an act out of the journal; false: it is none. Afterwards state and journal are as they were. */
bool sim_try(struct sim *sim, const struct lt_command *command, enum lt_reason *out);
const struct lt_dossier_view *sim_dossier(struct sim *sim, const char *code); /* NULL: unknown */
const struct lt_control_answer *sim_admin(struct sim *sim, enum lt_admin_act act, const char *subject);
const struct lt_control_answer *sim_set_time(struct sim *sim, int64_t seen);
const struct lt_query_answer *sim_query(struct sim *sim, int agency, const char *dossier, uint64_t min_seq);

#endif
