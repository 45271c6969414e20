/* The ring under threads: what a session put first comes out first, nothing is lost or doubled, and little waits in it. */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "queue/ring.h"

enum { MESSAGES = 40000, WORKERS = 3, SESSIONS = 7, FREE = SESSIONS, KINDS };

/* What a job of this test is: whose, and which of its. */
struct mark {
	uint64_t session, number;
};
struct plant {
	struct ring *ring;
	struct wakeup engine;
	_Atomic uint64_t put, proofs;
};

static void *work(void *arg)
{
	struct plant *plant = arg;
	for (struct ring_slot *slot; (slot = ring_claim(plant->ring)) != NULL;) {
		struct mark mark;
		memcpy(&mark, slot->frame->data, sizeof mark);
		assert_int_equal(slot->work, mark.session == FREE ? RING_PROOF : RING_SUBMIT);
		mark.number += slot->slice.first;
		assert_int_equal(lt_buf_append(&slot->jobs, &mark, sizeof mark), LT_OK);
		ring_finish(plant->ring, slot);
	}
	return NULL;
}

/* One to three slices. */
static uint64_t put_submit(struct plant *plant, uint32_t session, uint64_t number, unsigned round)
{
	static const uint8_t key[32];
	static uint8_t bytes[100000];
	struct mark mark = { session, number };
	struct ring_slice slices[3];
	size_t count = 1 + round % 3;
	for (uint32_t i = 0; i < count; i++)
		slices[i] = (struct ring_slice){ .first = i, .count = 1, .units = 1 + round % 70 };
	memcpy(bytes, &mark, sizeof mark);
	size_t len = round % 997 == 0 ? sizeof bytes : sizeof mark;
	ring_put_submit(plant->ring, (struct session_ref){ .slot = session, .serial = 1 }, key, lt_bytes(bytes, len),
			(uint32_t)count, slices, count);
	return count;
}

static void *produce(void *arg)
{
	struct plant *plant = arg;
	uint64_t numbers[KINDS] = { 0 };
	static const uint8_t key[32];
	for (unsigned round = 0; round < MESSAGES; round++) {
		while (ring_full(plant->ring) || ring_bytes(plant->ring) > 1 << 20)
			sched_yield();
		uint32_t session = round % SESSIONS;
		struct mark mark = { session, numbers[session] };
		struct lt_buf jobs = { 0 };
		if (round % 1000 == 999) { /* proofs are in no order with the others */
			mark = (struct mark){ FREE, 0 };
			ring_put_proof(plant->ring, (struct session_ref){ .slot = session, .serial = 1 }, key,
				       lt_bytes(&mark, sizeof mark), 8);
			numbers[FREE]++;
		} else if (round % 5 == 4) {
			assert_int_equal(lt_buf_append(&jobs, &mark, sizeof mark), LT_OK);
			ring_put_jobs(plant->ring, session, &jobs);
			numbers[session]++;
		} else {
			numbers[session] += put_submit(plant, session, numbers[session], round);
		}
		if (round % 500 == 0)
			ring_hold(plant->ring, session);
		if (round % 500 == 300)
			ring_let(plant->ring, (round - 300) % SESSIONS);
	}
	ring_seal(plant->ring);
	uint64_t all = 0;
	for (size_t i = 0; i < KINDS; i++)
		all += numbers[i];
	atomic_store(&plant->proofs, numbers[FREE]);
	atomic_store(&plant->put, all);
	return NULL;
}

static bool something(void *ctx)
{
	struct plant *plant = ctx;
	return ring_ready(plant->ring) || (ring_sealed(plant->ring) && ring_waiting(plant->ring) == 0);
}

static uint64_t consume(struct plant *plant, uint64_t seen[KINDS])
{
	uint64_t all = 0;
	while (!ring_sealed(plant->ring) || ring_waiting(plant->ring) > 0) {
		struct ring_slot *slot = ring_peek(plant->ring);
		struct mark mark;
		if (!slot) {
			wakeup_wait(&plant->engine, something, plant, 100000);
			continue;
		}
		assert_int_equal(slot->jobs.len, sizeof mark);
		memcpy(&mark, slot->jobs.data, sizeof mark);
		if (mark.session != FREE)
			assert_int_equal(mark.number, seen[mark.session]);
		seen[mark.session]++;
		ring_release(plant->ring);
		all++;
	}
	return all;
}

static void order_is_kept(void **state)
{
	(void)state;
	struct plant plant = { .ring = malloc(sizeof *plant.ring) };
	pthread_t threads[WORKERS], gate;
	uint64_t seen[KINDS] = { 0 };
	assert_non_null(plant.ring);
	wakeup_init(&plant.engine);
	ring_init(plant.ring, &plant.engine);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &plant), 0);
	assert_int_equal(pthread_create(&gate, NULL, produce, &plant), 0);
	uint64_t all = consume(&plant, seen);
	pthread_join(gate, NULL);
	assert_int_equal(all, atomic_load(&plant.put));
	assert_int_equal(seen[FREE], atomic_load(&plant.proofs));
	ring_close(plant.ring);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(threads[i], NULL);
	assert_null(ring_peek(plant.ring));
	assert_int_equal(ring_bytes(plant.ring), 0);
	assert_int_equal(atomic_load(&plant.ring->finished_units), 0);
	ring_fini(plant.ring);
	free(plant.ring);
	wakeup_fini(&plant.engine);
}

static void wait_idle(struct ring *ring)
{
	for (bool idle = false; !idle;) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		pthread_mutex_lock(&ring->lock);
		idle = ring->idle == 1;
		pthread_mutex_unlock(&ring->lock);
	}
}

/* While the engine takes nothing, workers do not run ahead of it, and a proof needs no place. */
static void it_is_bounded(void **state)
{
	(void)state;
	struct plant plant = { .ring = malloc(sizeof *plant.ring) };
	struct ring *ring = plant.ring;
	pthread_t worker;
	assert_non_null(ring);
	wakeup_init(&plant.engine);
	ring_init(ring, &plant.engine);
	for (unsigned i = 0; i < 100; i++)
		put_submit(&plant, i % SESSIONS, 0, 63); /* 64 units, one slice */
	assert_int_equal(pthread_create(&worker, NULL, work, &plant), 0);
	wait_idle(ring);
	assert_int_equal(ring->filled, RING_WORK / 64 + 1);
	struct lt_buf jobs = { 0 };
	static const uint8_t kilobyte[1024];
	unsigned small = 0;
	for (; !ring_full(ring); small++) {
		assert_int_equal(lt_buf_append(&jobs, kilobyte, sizeof kilobyte), LT_OK);
		ring_put_jobs(ring, RING_NO_SESSION, &jobs);
	}
	assert_int_equal(small, RING_SLOTS - (RING_WORK / 64 + 1) + RING_SMALL_BYTES / 1024);
	unsigned taken = 0;
	for (; ring_waiting(ring) > 0; taken++) {
		while (!ring_peek(ring))
			wakeup_wait(&plant.engine, something, &plant, 10000);
		ring_release(ring);
	}
	assert_int_equal(taken, small + 100);
	ring_close(ring);
	pthread_join(worker, NULL);
	ring_fini(ring);
	free(ring);
	wakeup_fini(&plant.engine);
}

TEST_MAIN(cmocka_unit_test(order_is_kept), cmocka_unit_test(it_is_bounded))
