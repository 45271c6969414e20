/* batch_internal.h: a batch: its records, and what follows when they are on disk. For the engine's files. Life: engine.h. */
#ifndef BROKER_BATCH_INTERNAL_H
#define BROKER_BATCH_INTERNAL_H

#include "engine.h"
#include "queue/input.h"

enum { BATCH_EFFECTS_MAX = 4096 }; /* an envelope may go to 64 mailboxes */

/* What happens when a batch is on disk. */
enum effect_type {
	EFFECT_ANSWER = 1, /* to one envelope; those of a session are chained */
	EFFECT_SEND,       /* data: encoded Link */
	EFFECT_BYE,        /* reason, data: detail */
	EFFECT_SESSION,    /* in force: data: acknowledged, head and received of each agency */
	EFFECT_CONTROL,    /* data: encoded ControlAnswer */
	EFFECT_ASK,        /* question, owned */
	EFFECT_MAIL,       /* mailbox, number */
	EFFECT_RULEBOOK,   /* rulebook, owned */
	EFFECT_ELIDE,      /* data: sequences */
	EFFECT_ERASE,      /* sequence: of the act, data: sequences */
	EFFECT_LARGE,      /* data: a struct large_job */
	EFFECT_LARGE_GONE, /* data: digests */
	EFFECT_CLOSED,     /* mailbox: its agency is closed and no session speaks for it any more */
};
struct effect {
	enum effect_type type;
	struct session_ref session;
	uint64_t client;
	enum lt_reason reason;
	uint64_t sequence;
	int64_t time;
	size_t data_at, data_len; /* in the batch's data; ANSWER: the sentence, encoded */
	uint32_t mailbox;
	uint64_t number;
	struct rulebook *rulebook;
	struct inquiry *question;
	/* ANSWER */
	bool chained; /* not the first of its chain */
	uint32_t next;
	uint32_t bytes, index;
	bool has_id, retry;
	uint8_t id[16];
	char sender[LT_AGENCY_MAX];
	struct lt_receipt receipt; /* admitted */
	uint32_t branch;
	uint64_t branch_version;
};
struct batch {
	struct journal_batch journal;
	struct effect *effects;
	uint32_t count, cap;
	struct lt_buf data;
	uint64_t round;     /* differs for each use */
	struct batch *next; /* sealed, not released */
	bool sealed;
	uint64_t definitions; /* as of its last record */
};

struct effect *batch_add(struct batch *batch, enum effect_type type);
void batch_set_data(struct batch *batch, struct effect *effect, struct lt_bytes data);
/* Releases what effects own, and forgets them. */
void batch_release_effects(struct batch *batch);
/* An answer to an envelope, chained to the others of its session. */
struct effect *batch_answer(struct engine *engine, struct batch *batch, const struct input *input);

#endif
