/* Whose turn it is: shares are of work, newcomers come first, a trickle starves nobody, what is held waits. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "queue/turns.h"

enum { QUEUES = 8, ITEMS = 4096 };

static struct {
	struct turns turns;
	struct turns_item items[ITEMS];
	size_t used;
	uint64_t served[QUEUES]; /* units */
} plant;

static void put(uint32_t queue, uint32_t units, unsigned count)
{
	for (; count > 0; count--) {
		assert_true(plant.used < ITEMS);
		struct turns_item *item = &plant.items[plant.used++];
		item->units = units;
		turns_put(&plant.turns, queue, item);
	}
}

/* QUEUES when there is nothing. */
static uint32_t serve(void)
{
	uint32_t queue = QUEUES;
	struct turns_item *item = turns_next(&plant.turns, &queue);
	if (!item)
		return QUEUES;
	plant.served[queue] += item->units;
	turns_take(&plant.turns, queue);
	return queue;
}

static int setup(void **state)
{
	(void)state;
	memset(&plant, 0, sizeof plant);
	turns_init(&plant.turns, QUEUES);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	turns_fini(&plant.turns);
	return 0;
}

static void in_order_and_nothing_lost(void **state)
{
	(void)state;
	put(3, 8, 100);
	for (unsigned i = 0; i < 100; i++) {
		uint32_t queue;
		assert_ptr_equal(turns_next(&plant.turns, &queue), &plant.items[i]);
		turns_take(&plant.turns, queue);
	}
	assert_int_equal(serve(), QUEUES);
	assert_false(turns_waits(&plant.turns, 3));
}

/* Whatever others have queued, one envelope waits for none of it. */
static void a_newcomer_is_next(void **state)
{
	(void)state;
	for (uint32_t queue = 0; queue < 3; queue++)
		put(queue, TURNS_TURN, 100);
	for (unsigned i = 0; i < 20; i++)
		serve();
	for (unsigned i = 0; i < 5; i++) {
		put(7, TURNS_SIGNATURE, 1);
		assert_int_equal(serve(), 7);
		for (unsigned between = 0; between < 6; between++) /* a round and more until its next one */
			assert_in_range(serve(), 0, 2);
	}
}

/* Large messages or small ones: the same share of work. */
static void shares_are_of_work(void **state)
{
	(void)state;
	put(0, TURNS_TURN, 60);
	put(1, TURNS_SIGNATURE, 600);
	put(2, 3 * TURNS_TURN, 20); /* more than a turn: its next turns pay for it */
	put(3, 1, 3000);
	uint64_t all = 0;
	while (all < 4 * 2000) {
		uint32_t queue = serve();
		assert_true(queue < QUEUES);
		all = plant.served[0] + plant.served[1] + plant.served[2] + plant.served[3];
	}
	for (uint32_t queue = 0; queue < 4; queue++)
		assert_in_range(plant.served[queue], 2000 - 3 * TURNS_TURN, 2000 + 3 * TURNS_TURN);
}

/* Who always has a little, and is empty in between, is no newcomer each time. */
static void a_trickle_starves_nobody(void **state)
{
	(void)state;
	put(0, TURNS_SIGNATURE, 500);
	for (unsigned i = 0; i < 1000; i++) {
		for (uint32_t queue = 1; queue < 4; queue++) {
			if (!turns_waits(&plant.turns, queue))
				put(queue, TURNS_SIGNATURE, 1);
		}
		serve();
	}
	assert_in_range(plant.served[0], 1000 * TURNS_SIGNATURE / 5, 1000 * TURNS_SIGNATURE);
}

static void held_has_no_turn(void **state)
{
	(void)state;
	put(0, 8, 2);
	put(1, 8, 2);
	turns_hold(&plant.turns, 0);
	put(0, 8, 1);
	assert_int_equal(serve(), 1);
	assert_int_equal(serve(), 1);
	assert_int_equal(serve(), QUEUES);
	assert_true(turns_waits(&plant.turns, 0));
	turns_let(&plant.turns, 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(serve(), 0);
	assert_int_equal(serve(), QUEUES);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
TEST_MAIN(TEST(in_order_and_nothing_lost), TEST(a_newcomer_is_next), TEST(shares_are_of_work),
	  TEST(a_trickle_starves_nobody), TEST(held_has_no_turn))
