/* The ordered ring, under threads: order of arrival is kept, nothing is lost or doubled, buffers come back. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "queue/ring.h"

enum { MESSAGES = 60000, WORKERS = 3 };

struct plant {
	struct ring *ring;
	struct wakeup engine;
	uint64_t worked[WORKERS];
};
struct worker {
	struct plant *plant;
	unsigned index;
};

static bool needs_work(uint64_t number)
{
	return number % 3 != 0 && number / 1000 % 5 != 4; /* also long runs of slots that nobody works on */
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	uint64_t position, number;
	for (struct ring_slot *slot; (slot = ring_claim(worker->plant->ring, &position)) != NULL;) {
		assert_int_equal(slot->work, RING_SUBMIT);
		memcpy(&number, slot->message.data, sizeof number);
		assert_int_equal(lt_buf_append(&slot->jobs, &number, sizeof number), LT_OK);
		worker->plant->worked[worker->index]++;
		ring_finish(worker->plant->ring, slot, position);
	}
	return NULL;
}

static void *produce(void *arg)
{
	struct plant *plant = arg;
	static const uint8_t big[200000];
	for (uint64_t number = 1; number <= MESSAGES;) {
		struct ring_slot *slot = ring_space(plant->ring) > 0 ? ring_slot_begin(plant->ring) : NULL;
		if (!slot)
			continue;
		assert_int_equal(slot->message.len, 0);
		assert_int_equal(slot->jobs.len, 0);
		slot->work = needs_work(number) ? RING_SUBMIT : RING_READY;
		struct lt_buf *to = needs_work(number) ? &slot->message : &slot->jobs;
		assert_int_equal(lt_buf_append(to, &number, sizeof number), LT_OK);
		if (number % 997 == 0)
			assert_int_equal(lt_buf_append(&slot->message, big, sizeof big), LT_OK);
		ring_slot_publish(plant->ring);
		number++;
	}
	ring_seal(plant->ring);
	return NULL;
}

static bool something(void *ctx)
{
	struct plant *plant = ctx;
	return ring_ready(plant->ring) || ring_sealed(plant->ring);
}

static void consume(struct plant *plant)
{
	for (uint64_t expected = 1; expected <= MESSAGES;) {
		struct ring_slot *slot = ring_peek(plant->ring);
		if (!slot) {
			wakeup_wait(&plant->engine, something, plant, 100000);
			continue;
		}
		uint64_t number = 0;
		assert_int_equal(slot->jobs.len, sizeof number);
		memcpy(&number, slot->jobs.data, sizeof number);
		assert_int_equal(number, expected);
		ring_release(plant->ring);
		expected++;
	}
	assert_null(ring_peek(plant->ring));
	assert_int_equal(ring_waiting(plant->ring), 0);
	assert_int_equal(atomic_load(&plant->ring->bytes), 0);
}

static void order_is_kept(void **state)
{
	(void)state;
	struct plant plant = { .ring = malloc(sizeof *plant.ring) };
	struct worker workers[WORKERS];
	pthread_t threads[WORKERS], gate;
	assert_non_null(plant.ring);
	wakeup_init(&plant.engine);
	ring_init(plant.ring, &plant.engine);
	for (unsigned i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .plant = &plant, .index = i };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	assert_int_equal(pthread_create(&gate, NULL, produce, &plant), 0);
	consume(&plant);
	pthread_join(gate, NULL);
	ring_close(plant.ring);
	uint64_t worked = 0, expected = 0;
	for (unsigned i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], NULL);
		worked += plant.worked[i];
	}
	for (uint64_t number = 1; number <= MESSAGES; number++)
		expected += needs_work(number);
	assert_int_equal(worked, expected);
	ring_fini(plant.ring);
	free(plant.ring);
	wakeup_fini(&plant.engine);
}

static void it_is_bounded(void **state)
{
	(void)state;
	struct wakeup engine;
	struct ring *ring = malloc(sizeof *ring);
	static const uint8_t megabyte[1 << 20];
	assert_non_null(ring);
	wakeup_init(&engine);
	ring_init(ring, &engine);
	assert_int_equal(ring_space(ring), RING_SLOTS);
	for (unsigned i = 0; i < RING_SLOTS; i++) {
		assert_non_null(ring_slot_begin(ring));
		ring_slot_publish(ring);
	}
	assert_null(ring_slot_begin(ring));
	assert_int_equal(ring_space(ring), 0);
	while (ring_peek(ring))
		ring_release(ring);
	unsigned large = 0;
	while (ring_space(ring) > 0) {
		struct ring_slot *slot = ring_slot_begin(ring);
		assert_int_equal(lt_buf_append(&slot->jobs, megabyte, sizeof megabyte), LT_OK);
		ring_slot_publish(ring);
		large++;
	}
	assert_int_equal(large, RING_BYTES >> 20);
	ring_release(ring);
	assert_true(ring_space(ring) > 0);
	ring_fini(ring);
	free(ring);
	wakeup_fini(&engine);
}

TEST_MAIN(cmocka_unit_test(order_is_kept), cmocka_unit_test(it_is_bounded))
