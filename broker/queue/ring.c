/* ring.c: three counters over a fixed row of slots: filled by the gate, claimed by workers, taken by the engine. In order, and not
 * one queue a session: what an adapter sent first is applied first without anybody comparing, and nothing is allocated. */
#include "ring.h"

#include <string.h>

void ring_init(struct ring *ring, struct wakeup *engine)
{
	memset(ring, 0, sizeof *ring);
	wakeup_init(&ring->workers);
	ring->engine = engine;
}

void ring_fini(struct ring *ring)
{
	for (size_t i = 0; i < RING_SLOTS; i++) {
		lt_buf_fini(&ring->slots[i].message);
		lt_buf_fini(&ring->slots[i].jobs);
		lt_buf_fini(&ring->slots[i].replies);
	}
	wakeup_fini(&ring->workers);
}

size_t ring_space(struct ring *ring)
{
	if (atomic_load_explicit(&ring->bytes, memory_order_relaxed) >= RING_BYTES)
		return 0;
	uint64_t filled = atomic_load_explicit(&ring->filled, memory_order_relaxed);
	return (size_t)(RING_SLOTS - (filled - atomic_load(&ring->taken)));
}

struct ring_slot *ring_slot_begin(struct ring *ring)
{
	uint64_t filled = atomic_load_explicit(&ring->filled, memory_order_relaxed);
	if (filled - atomic_load(&ring->taken) >= RING_SLOTS)
		return NULL;
	struct ring_slot *slot = &ring->slots[filled % RING_SLOTS];
	slot->work = RING_READY;
	slot->session = (struct session_ref){ 0 };
	slot->envelopes = 0;
	slot->over_credit = false;
	lt_buf_clear(&slot->message);
	lt_buf_clear(&slot->jobs);
	lt_buf_clear(&slot->replies);
	return slot;
}

void ring_slot_publish(struct ring *ring)
{
	uint64_t position = atomic_load_explicit(&ring->filled, memory_order_relaxed);
	struct ring_slot *slot = &ring->slots[position % RING_SLOTS];
	bool ready = slot->work == RING_READY;
	slot->charged = slot->message.len + slot->jobs.len;
	atomic_fetch_add_explicit(&ring->bytes, slot->charged, memory_order_relaxed);
	if (ready)
		atomic_store(&slot->done, position + 1);
	atomic_store(&ring->filled, position + 1);
	/* A worker also steps over slots that need no work, but nobody wakes it for them alone. */
	if (!ready)
		wakeup_wake(&ring->workers);
	else if (atomic_load(&ring->taken) == position)
		wakeup_wake(ring->engine);
}

void ring_seal(struct ring *ring)
{
	atomic_store(&ring->sealed, true);
	wakeup_wake(ring->engine);
}

static bool work_waits(void *ctx)
{
	struct ring *ring = ctx;
	return atomic_load(&ring->closed) || atomic_load(&ring->claimed) < atomic_load(&ring->filled);
}

struct ring_slot *ring_claim(struct ring *ring, uint64_t *position)
{
	for (;;) {
		uint64_t claimed = atomic_load(&ring->claimed);
		if (claimed >= atomic_load(&ring->filled)) {
			if (atomic_load(&ring->closed))
				return NULL;
			wakeup_wait(&ring->workers, work_waits, ring, -1);
			continue;
		}
		if (!atomic_compare_exchange_weak(&ring->claimed, &claimed, claimed + 1))
			continue;
		struct ring_slot *slot = &ring->slots[claimed % RING_SLOTS];
		/* `done` first: a slot without work may have been taken and be in the gate's hands again. */
		if (atomic_load(&slot->done) > claimed)
			continue;
		*position = claimed;
		return slot;
	}
}

void ring_finish(struct ring *ring, struct ring_slot *slot, uint64_t position)
{
	atomic_store(&slot->done, position + 1);
	if (atomic_load(&ring->taken) == position)
		wakeup_wake(ring->engine);
}

void ring_close(struct ring *ring)
{
	atomic_store(&ring->closed, true);
	wakeup_wake_all(&ring->workers);
}

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
	shrink(&slot->message);
	shrink(&slot->jobs);
	atomic_fetch_sub_explicit(&ring->bytes, slot->charged, memory_order_relaxed);
	atomic_store(&ring->taken, taken + 1);
}

bool ring_ready(struct ring *ring)
{
	return ring_peek(ring) != NULL;
}

size_t ring_waiting(struct ring *ring)
{
	return (size_t)(atomic_load(&ring->filled) - atomic_load(&ring->taken));
}

bool ring_sealed(struct ring *ring)
{
	return atomic_load(&ring->sealed);
}
