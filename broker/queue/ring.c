/* ring.c: queues of sessions in front of a row of slots.
 *
 * A slot's place in the row is given when a worker takes the work, under the lock, not when it came: that is where fair turns and
 * the order within a session meet. Jobs that need no check go into a slot at once, or behind what their session has put
 * before. The lock is taken once for each message and slice; what the engine does for each slot needs it only when somebody waits
 * for room. */
#include "ring.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"

enum { QUEUES = RING_SESSIONS + 1 };

struct ring_item {
	struct turns_item turn; /* first: turns gives it back */
	enum ring_work work;
	struct session_ref session;
	uint8_t key[32];
	struct ring_frame *frame;
	struct ring_slice slice;
	struct lt_buf jobs, replies;
};

void ring_init(struct ring *ring, struct wakeup *engine)
{
	memset(ring, 0, sizeof *ring);
	LT_ASSERT(pthread_mutex_init(&ring->lock, NULL) == 0 && pthread_cond_init(&ring->workers, NULL) == 0);
	turns_init(&ring->turns, QUEUES);
	ring->engine = engine;
}

static void frame_drop(struct ring *ring, struct ring_frame *frame)
{
	if (!frame || atomic_fetch_sub(&frame->uses, 1) > 1)
		return;
	atomic_fetch_sub(&ring->bytes, frame->len);
	free(frame);
}

static void item_free(struct ring *ring, struct ring_item *item)
{
	frame_drop(ring, item->frame);
	lt_buf_fini(&item->jobs);
	lt_buf_fini(&item->replies);
	free(item);
}

void ring_fini(struct ring *ring)
{
	for (uint32_t i = 0; i < QUEUES; i++) {
		for (struct turns_item *next, *item = ring->turns.queues[i].first; item; item = next) {
			next = item->next;
			item_free(ring, (struct ring_item *)item);
		}
	}
	for (struct turns_item *next, *item = (struct turns_item *)ring->small_first; item; item = next) {
		next = item->next;
		item_free(ring, (struct ring_item *)item);
	}
	for (size_t i = 0; i < RING_SLOTS; i++) {
		frame_drop(ring, ring->slots[i].frame);
		lt_buf_fini(&ring->slots[i].jobs);
		lt_buf_fini(&ring->slots[i].replies);
	}
	turns_fini(&ring->turns);
	pthread_cond_destroy(&ring->workers);
	pthread_mutex_destroy(&ring->lock);
}

/* ---- with the lock ---- */

static bool has_slot(struct ring *ring)
{
	return ring->filled - atomic_load(&ring->taken) < RING_SLOTS;
}

/* Before what it tells is looked at once more: then ring_release sees it, or the second look sees what was released. False: it was
 * told before. */
static bool tell_stalled(struct ring *ring)
{
	return !atomic_exchange(&ring->stalled, true);
}

static void swap(struct lt_buf *a, struct lt_buf *b)
{
	struct lt_buf buf = *a;
	*a = *b;
	*b = buf;
}

/* Gives the item its place, and frees it. */
static struct ring_slot *place(struct ring *ring, struct ring_item *item)
{
	uint64_t position = ring->filled++;
	struct ring_slot *slot = &ring->slots[position % RING_SLOTS];
	slot->work = item->work;
	slot->session = item->session;
	memcpy(slot->key, item->key, sizeof slot->key);
	slot->frame = item->frame;
	slot->slice = item->slice;
	slot->position = position;
	lt_buf_clear(&slot->jobs);
	lt_buf_clear(&slot->replies);
	if (item->work == RING_READY) {
		swap(&slot->jobs, &item->jobs);
		swap(&slot->replies, &item->replies);
		atomic_store(&slot->done, position + 1);
		if (atomic_load(&ring->taken) == position)
			wakeup_wake(ring->engine);
	}
	item->frame = NULL;
	item_free(ring, item);
	return slot;
}

static void serve_small(struct ring *ring)
{
	do {
		while (ring->small_first && has_slot(ring)) {
			struct ring_item *item = ring->small_first;
			ring->small_first = (struct ring_item *)item->turn.next;
			atomic_fetch_sub(&ring->small_bytes, item->jobs.len);
			place(ring, item);
		}
	} while (ring->small_first && tell_stalled(ring));
}

static void put_small(struct ring *ring, struct ring_item *item)
{
	item->turn.next = NULL;
	atomic_fetch_add(&ring->small_bytes, item->jobs.len);
	if (ring->small_first)
		ring->small_last->turn.next = &item->turn;
	else
		ring->small_first = item;
	ring->small_last = item;
	serve_small(ring);
}

static void wake_worker(struct ring *ring)
{
	if (ring->idle > 0)
		pthread_cond_signal(&ring->workers);
}

/* A proof has no place until it is done. */
static struct ring_slot *take_proof(struct ring *ring, struct ring_item *item)
{
	struct ring_slot *slot = calloc(1, sizeof *slot);
	if (!slot)
		lt_fatal("out of memory: proof");
	turns_hold(&ring->turns, RING_PROOFS);
	slot->work = RING_PROOF;
	slot->session = item->session;
	memcpy(slot->key, item->key, sizeof slot->key);
	swap(&slot->replies, &item->replies);
	slot->frame = item->frame;
	item->frame = NULL;
	item_free(ring, item);
	return slot;
}

/* NULL: nothing has its turn, or nothing may be begun. */
static struct ring_slot *take_turn(struct ring *ring)
{
	uint32_t queue;
	for (;;) {
		struct ring_item *item = (struct ring_item *)turns_next(&ring->turns, &queue);
		if (!item)
			return NULL;
		bool room = has_slot(ring) && atomic_load(&ring->finished_units) < RING_WORK;
		if (item->work != RING_PROOF && !room) {
			if (!tell_stalled(ring))
				return NULL;
			continue;
		}
		turns_take(&ring->turns, queue);
		if (item->work == RING_PROOF)
			return take_proof(ring, item);
		bool ready = item->work == RING_READY;
		struct ring_slot *slot = place(ring, item);
		if (!ready)
			return slot;
	}
}

/* ---- gate ---- */

static struct ring_item *item_new(enum ring_work work, struct session_ref session)
{
	struct ring_item *item = calloc(1, sizeof *item);
	if (!item)
		lt_fatal("out of memory: queue");
	item->work = work;
	item->session = session;
	return item;
}

struct ring_frame *ring_frame_new(struct lt_bytes message, uint32_t envelopes, uint32_t uses)
{
	struct ring_frame *frame = malloc(sizeof *frame + message.len);
	if (!frame)
		lt_fatal("out of memory: message of %zu bytes", message.len);
	atomic_init(&frame->uses, uses);
	frame->envelopes = envelopes;
	frame->len = message.len;
	if (message.len > 0)
		memcpy(frame->data, message.data, message.len);
	return frame;
}

void ring_put_submit(struct ring *ring, struct session_ref session, const uint8_t key[32], struct lt_bytes message,
		     uint32_t envelopes, const struct ring_slice *slices, size_t count)
{
	LT_ASSERT(count > 0 && session.slot < RING_SESSIONS);
	struct ring_frame *frame = ring_frame_new(message, envelopes, (uint32_t)count);
	atomic_fetch_add(&ring->bytes, frame->len);
	atomic_fetch_add(&ring->waiting, count);
	pthread_mutex_lock(&ring->lock);
	for (size_t i = 0; i < count; i++) {
		struct ring_item *item = item_new(RING_SUBMIT, session);
		memcpy(item->key, key, sizeof item->key);
		item->frame = frame;
		item->slice = slices[i];
		item->turn.units = slices[i].units;
		turns_put(&ring->turns, session.slot, &item->turn);
	}
	wake_worker(ring);
	pthread_mutex_unlock(&ring->lock);
}

void ring_put_proof(struct ring *ring, struct session_ref session, const uint8_t key[32], struct lt_bytes message,
		    uint32_t units)
{
	struct ring_item *item = item_new(RING_PROOF, session);
	memcpy(item->key, key, sizeof item->key);
	item->frame = ring_frame_new(message, 0, 1);
	item->turn.units = units;
	atomic_fetch_add(&ring->bytes, message.len);
	atomic_fetch_add(&ring->waiting, 1);
	pthread_mutex_lock(&ring->lock);
	turns_put(&ring->turns, RING_PROOFS, &item->turn);
	wake_worker(ring);
	pthread_mutex_unlock(&ring->lock);
}

void ring_put_jobs(struct ring *ring, uint32_t session, struct lt_buf *jobs)
{
	if (jobs->len == 0)
		return;
	struct ring_item *item = item_new(RING_READY, (struct session_ref){ 0 });
	item->jobs = *jobs;
	*jobs = (struct lt_buf){ 0 };
	atomic_fetch_add(&ring->waiting, 1);
	pthread_mutex_lock(&ring->lock);
	if (session != RING_NO_SESSION && (turns_waits(&ring->turns, session) || ring->turns.queues[session].held)) {
		turns_put(&ring->turns, session, &item->turn);
		wake_worker(ring);
	} else {
		put_small(ring, item);
	}
	pthread_mutex_unlock(&ring->lock);
}

bool ring_waits(struct ring *ring, uint32_t session)
{
	pthread_mutex_lock(&ring->lock);
	bool waits = turns_waits(&ring->turns, session);
	pthread_mutex_unlock(&ring->lock);
	return waits;
}

void ring_hold(struct ring *ring, uint32_t session)
{
	pthread_mutex_lock(&ring->lock);
	turns_hold(&ring->turns, session);
	pthread_mutex_unlock(&ring->lock);
}

void ring_let(struct ring *ring, uint32_t session)
{
	pthread_mutex_lock(&ring->lock);
	turns_let(&ring->turns, session);
	wake_worker(ring);
	pthread_mutex_unlock(&ring->lock);
}

size_t ring_bytes(const struct ring *ring)
{
	return atomic_load(&ring->bytes);
}

bool ring_full(const struct ring *ring)
{
	return atomic_load(&ring->small_bytes) >= RING_SMALL_BYTES;
}

void ring_seal(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	for (uint32_t i = 0; i < RING_SESSIONS; i++)
		turns_let(&ring->turns, i);
	pthread_cond_broadcast(&ring->workers);
	pthread_mutex_unlock(&ring->lock);
	atomic_store(&ring->sealed, true);
	wakeup_wake(ring->engine);
}

/* ---- admit workers ---- */

struct ring_slot *ring_claim(struct ring *ring)
{
	struct ring_slot *slot = NULL;
	uint32_t queue;
	pthread_mutex_lock(&ring->lock);
	while (!ring->closed && !(slot = take_turn(ring))) {
		ring->idle++;
		pthread_cond_wait(&ring->workers, &ring->lock);
		ring->idle--;
	}
	/* One is woken for several slices: it wakes the next. */
	if (slot && ring->idle > 0 && turns_next(&ring->turns, &queue))
		pthread_cond_signal(&ring->workers);
	pthread_mutex_unlock(&ring->lock);
	return slot;
}

/* What came of it goes in like a job; the next proof may be begun. */
static void finish_proof(struct ring *ring, struct ring_slot *slot)
{
	struct ring_item *item = item_new(RING_READY, slot->session);
	item->jobs = slot->jobs;
	item->replies = slot->replies;
	free(slot);
	pthread_mutex_lock(&ring->lock);
	turns_let(&ring->turns, RING_PROOFS);
	put_small(ring, item);
	pthread_mutex_unlock(&ring->lock);
}

void ring_finish(struct ring *ring, struct ring_slot *slot)
{
	frame_drop(ring, slot->frame);
	slot->frame = NULL;
	if (slot->work == RING_PROOF) {
		finish_proof(ring, slot);
		return;
	}
	uint64_t position = slot->position;
	atomic_fetch_add(&ring->finished_units, slot->slice.units);
	atomic_store(&slot->done, position + 1);
	if (atomic_load(&ring->taken) == position)
		wakeup_wake(ring->engine);
}

void ring_close(struct ring *ring)
{
	pthread_mutex_lock(&ring->lock);
	ring->closed = true;
	pthread_cond_broadcast(&ring->workers);
	pthread_mutex_unlock(&ring->lock);
}

/* ---- engine ---- */

struct ring_slot *ring_peek(struct ring *ring)
{
	uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
	struct ring_slot *slot = &ring->slots[taken % RING_SLOTS];
	return atomic_load(&slot->done) == taken + 1 ? slot : NULL;
}

static void shrink(struct lt_buf *buf)
{
	if (buf->cap > RING_SLOT_KEEP)
		lt_buf_fini(buf);
}

void ring_release(struct ring *ring)
{
	uint64_t taken = atomic_load_explicit(&ring->taken, memory_order_relaxed);
	struct ring_slot *slot = &ring->slots[taken % RING_SLOTS];
	shrink(&slot->jobs);
	shrink(&slot->replies);
	atomic_fetch_sub(&ring->finished_units, slot->slice.units);
	atomic_store(&ring->taken, taken + 1);
	atomic_fetch_sub(&ring->waiting, 1);
	if (!atomic_load(&ring->stalled))
		return;
	pthread_mutex_lock(&ring->lock);
	atomic_store(&ring->stalled, false);
	serve_small(ring);
	wake_worker(ring);
	pthread_mutex_unlock(&ring->lock);
}

bool ring_ready(struct ring *ring)
{
	return ring_peek(ring) != NULL;
}

size_t ring_waiting(struct ring *ring)
{
	return (size_t)atomic_load(&ring->waiting);
}

bool ring_sealed(struct ring *ring)
{
	return atomic_load(&ring->sealed);
}
