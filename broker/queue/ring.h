/* ring.h: from GATE by ADMIT to ENGINE. Each session queues for itself (turns.h); an admit worker takes what has its turn, and with
 * that it gets its place in the ring: a fixed row of slots that workers finish in any order and the engine takes strictly in order.
 * So what a session sent first is applied first, and nobody waits for another's queue. Little waits in the ring itself: when the
 * engine does not keep up, work stays in its sessions' queues. */
#ifndef BROKER_RING_H
#define BROKER_RING_H

#include <pthread.h>

#include "input.h"
#include "turns.h"
#include "wakeup.h"

enum {
	RING_SLOTS = 512,
	RING_WORK = 400,            /* units (turns.h) of finished work that waits for the engine: 5 ms of checking */
	RING_SLOT_KEEP = 64 << 10,  /* a slot's buffer above this is given back after use */
	RING_SESSIONS = 16384,      /* queues: slots of the gate */
	RING_SLICES_MAX = 64,       /* of one SUBMIT: an envelope each at worst */
	RING_SMALL_BYTES = 1 << 20, /* small jobs that wait because the ring is full: then the gate reads no more */
};
#define RING_PROOFS RING_SESSIONS /* the queue of all proofs */
#define RING_NO_SESSION UINT32_MAX

enum ring_work {
	RING_READY = 0, /* `jobs` holds encoded jobs already */
	RING_SUBMIT,    /* envelopes of `frame`, a SUBMIT */
	RING_PROOF,     /* `frame` is a proof in its context: proof.h */
};
/* The bytes of one message: read only, shared by its slices, gone with the last of them. */
struct ring_frame {
	_Atomic uint32_t uses;
	uint32_t envelopes; /* SUBMIT: how many it holds, or seems to hold */
	size_t len;
	uint8_t data[];
};
/* Envelopes that are checked in one go. */
struct ring_slice {
	uint32_t first, count;
	uint32_t units;
};
struct ring_slot {
	enum ring_work work;
	struct session_ref session;
	uint8_t key[32]; /* CURVE key of the session */
	struct ring_frame *frame;
	struct ring_slice slice;
	struct lt_buf jobs;    /* encoded jobs, for the engine */
	struct lt_buf replies; /* encoded outs that need no engine: a proof that does not hold */
	uint64_t position;
	_Atomic uint64_t done; /* position + 1 once the slot may be taken */
};
struct ring_item; /* ring.c */
struct ring {
	struct ring_slot slots[RING_SLOTS];
	pthread_mutex_t lock; /* of all up to `idle` */
	pthread_cond_t workers;
	struct turns turns;                         /* a queue for each session, and one for all proofs */
	struct ring_item *small_first, *small_last; /* jobs that wait for nobody, only for a free slot */
	uint64_t filled;
	bool closed;                     /* workers leave */
	unsigned idle;                   /* workers that sleep */
	_Atomic uint64_t taken;          /* by the engine */
	_Atomic uint64_t waiting;        /* items put and not taken */
	_Atomic size_t bytes;            /* of frames */
	_Atomic size_t small_bytes;      /* of jobs in the list of small ones */
	_Atomic uint32_t finished_units; /* finished and not taken */
	_Atomic bool stalled;            /* something waits for the engine to take a slot */
	_Atomic bool sealed;             /* the gate puts no more */
	struct wakeup *engine;           /* woken when the next slot is done; borrowed */
};
void ring_init(struct ring *ring, struct wakeup *engine);
void ring_fini(struct ring *ring);

/* ---- gate ---- */
/* Copies the message. Slices in order; at least one. */
void ring_put_submit(struct ring *ring, struct session_ref session, const uint8_t key[32], struct lt_bytes message,
		     uint32_t envelopes, const struct ring_slice *slices, size_t count);
/* Copies the message. Proofs are checked beside the ring, one at a time, and what comes of one goes in as a job. */
void ring_put_proof(struct ring *ring, struct session_ref session, const uint8_t key[32], struct lt_bytes message,
		    uint32_t units);
/* Takes the bytes of `jobs`, which is empty then. In order behind what the session of this slot has put before, or the proofs
 * (RING_PROOFS); RING_NO_SESSION: behind nothing. */
void ring_put_jobs(struct ring *ring, uint32_t session, struct lt_buf *jobs);
bool ring_waits(struct ring *ring, uint32_t session); /* something of it has not had its turn */
/* No SUBMIT of this session has a turn until ring_let. */
void ring_hold(struct ring *ring, uint32_t session);
void ring_let(struct ring *ring, uint32_t session);
size_t ring_bytes(const struct ring *ring); /* of messages that are not checked */
bool ring_full(const struct ring *ring);    /* RING_SMALL_BYTES wait */
/* Nothing more will come, and nothing is held any more; wakes the engine. */
void ring_seal(struct ring *ring);

/* ---- admit workers ---- */
/* The next piece of work; waits for it. NULL when the ring was closed. */
struct ring_slot *ring_claim(struct ring *ring);
void ring_finish(struct ring *ring, struct ring_slot *slot);
void ring_close(struct ring *ring);
struct ring_frame *ring_frame_new(struct lt_bytes message, uint32_t envelopes, uint32_t uses);

/* ---- engine ---- */
/* The next slot in order when it is done, else NULL; then ring_release. */
struct ring_slot *ring_peek(struct ring *ring);
void ring_release(struct ring *ring);
bool ring_ready(struct ring *ring);     /* ring_peek would give a slot */
size_t ring_waiting(struct ring *ring); /* put and not taken */
bool ring_sealed(struct ring *ring);    /* and nothing more will be */

#endif
