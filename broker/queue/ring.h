/* ring.h: the ordered queue GATE -> ADMIT -> ENGINE. A fixed number of slots in order of arrival. The gate fills a slot, admit
 * workers claim slots in order and finish them in any order, the engine takes them strictly in order: what a session sent
 * first is applied first. Slots keep their buffers, so nothing is allocated in the steady state. */
#ifndef BROKER_RING_H
#define BROKER_RING_H

#include "input.h"
#include "wakeup.h"

enum {
	RING_SLOTS = 512,      /* messages of up to 64 envelopes; more would only queue here instead of at the peers */
	RING_BYTES = 24 << 20, /* of messages that wait: bounds memory under a flood of large parts */
	RING_SLOT_KEEP = 64 << 10, /* a slot's buffer above this is given back after use */
};

enum ring_work {
	RING_READY = 0, /* `jobs` holds encoded jobs already */
	RING_SUBMIT,    /* `message` is a SUBMIT */
	RING_PROOF,     /* `message` is a proof in its context: proof.h */
};
struct ring_slot {
	enum ring_work work;
	struct session_ref session;
	uint8_t key[32];       /* CURVE key of the session */
	uint32_t envelopes;    /* SUBMIT: how many the frame holds */
	bool over_credit;      /* SUBMIT: answered CREDIT_EXCEEDED */
	struct lt_buf message; /* filled by the gate */
	struct lt_buf jobs;    /* encoded jobs, for the engine */
	struct lt_buf replies; /* encoded outs that need no engine: a proof that does not hold */
	size_t charged;        /* against RING_BYTES */
	_Atomic uint64_t done; /* position + 1 once the slot may be taken */
};
struct ring {
	struct ring_slot slots[RING_SLOTS];
	_Atomic uint64_t filled, claimed, taken;
	_Atomic size_t bytes;
	_Atomic bool sealed; /* the gate fills no more */
	_Atomic bool closed; /* workers leave */
	struct wakeup workers;
	struct wakeup *engine; /* woken when the next slot is done; borrowed */
};
void ring_init(struct ring *ring, struct wakeup *engine);
void ring_fini(struct ring *ring);

/* Gate: free slots now; 0 when RING_BYTES are waiting. */
size_t ring_space(struct ring *ring);
/* Gate: the next slot, cleared; NULL when there is none. It must be published before the next ring_slot_begin. */
struct ring_slot *ring_slot_begin(struct ring *ring);
void ring_slot_publish(struct ring *ring);
/* Gate: nothing more will come; wakes the engine. */
void ring_seal(struct ring *ring);

/* Admit worker: the next slot that needs work; waits for it. NULL when the ring was closed. */
struct ring_slot *ring_claim(struct ring *ring, uint64_t *position);
void ring_finish(struct ring *ring, struct ring_slot *slot, uint64_t position);
void ring_close(struct ring *ring);

/* Engine: the next slot in order when it is done, else NULL; then ring_release. */
struct ring_slot *ring_peek(struct ring *ring);
void ring_release(struct ring *ring);
bool ring_ready(struct ring *ring);     /* ring_peek would give a slot */
size_t ring_waiting(struct ring *ring); /* filled and not taken */
bool ring_sealed(struct ring *ring);    /* and nothing more will be */

#endif
