/* Flushes under load: generations, their sizes, and what waits in them. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"
#include "store/store_keys.h"

struct fixture {
	char folder[64], path[80];
	struct store *store;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	strcpy(f->folder, "/tmp/lt-flush-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof f->path, "%s/store", f->folder);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	store_close(f->store);
	snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void open_store(struct fixture *f, uint64_t overlay)
{
	struct store_options options = { .path = f->path, .create = true, .overlay_bytes = overlay };
	assert_int_equal(store_open(&options, &f->store), LT_OK);
}

static struct store_key key_of(uint64_t number)
{
	struct store_key key = { 0 };
	store_key_add_u64(&key, number);
	return key;
}

/* The next batch is always built before the sync of the last returns: flushes happen all the same, and memory stays bounded. */
static void test_load_that_never_pauses(void **state)
{
	enum { BATCHES = 10000, OVERLAY = 100000, SLOW = 7 /* batches that a flush takes */ };
	struct fixture *f = *state;
	open_store(f, OVERLAY);
	char value[500] = { 0 };
	uint64_t flushes = 0, seed = 5, unfinished = 0;
	for (uint64_t batch = 1; batch <= BATCHES; batch++) {
		for (int i = 0; i < 4; i++) {
			struct store_key key = key_of(seed % 3000);
			seed = seed * 6364136223846793005u + 1;
			store_put(f->store, STORE_DOSSIER, store_key_bytes(&key), lt_bytes(value, sizeof value));
		}
		store_mark(f->store, batch);
		if (store_flush_due(f->store, 0) && store_freeze(f->store) == LT_OK)
			unfinished = batch + SLOW;
		store_committed(f->store, batch - 1);
		assert_false(store_full(f->store)); /* the flush keeps up: nobody waits */
		if (batch < unfinished || !store_flush_ready(f->store))
			continue;
		assert_int_equal(store_flush(f->store), LT_OK);
		store_thaw(f->store);
		flushes++;
	}
	assert_true(flushes > 100);
	assert_true(BATCHES - store_sequence(f->store) < 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

TEST_MAIN(TEST(test_load_that_never_pauses))
