/* test_snapshot.c: a snapshot is what the store held, is found again, and a damaged one is passed over. */
#include "test.h"

#include "simdata.h"
#include "store/snapshot.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static uint64_t take(struct simdata *folder, uint8_t hash[32])
{
	uint64_t sequence;
	assert_int_equal(snapshot_take(folder->store, folder->snapshots, NULL, &sequence, hash), LT_OK);
	return sequence;
}

static void test_take_and_find(void **state)
{
	struct simdata *folder = *state;
	uint8_t first[32], second[32], live[32], found[32];
	char path[SNAPSHOT_PATH];
	uint64_t sequence;
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_ENOENT);
	simdata_flush(folder);
	assert_int_equal(take(folder, first), 1);
	simdata_add(folder, 3);
	assert_int_equal(take(folder, second), 1); /* what LMDB holds, not the overlay */
	assert_memory_equal(first, second, 32);
	simdata_flush(folder);
	assert_int_equal(store_hash(folder->store, live), LT_OK);
	assert_int_equal(take(folder, second), 4);
	assert_memory_equal(second, live, 32);
	assert_memory_not_equal(first, second, 32);
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_OK);
	assert_int_equal(sequence, 4);
	assert_memory_equal(found, second, 32);
	assert_int_equal(snapshot_before(folder->snapshots, 4, &sequence, found, path), LT_OK);
	assert_int_equal(sequence, 1);
	assert_memory_equal(found, first, 32);
	assert_int_equal(snapshot_before(folder->snapshots, 1, &sequence, found, path), LT_ENOENT);
	struct stat st;
	assert_int_equal(stat(folder->snapshots, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void test_opens_as_store(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32], copy[32], found[32];
	char path[SNAPSHOT_PATH];
	uint64_t sequence;
	simdata_add(folder, 5);
	simdata_flush(folder);
	take(folder, hash);
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_OK);
	struct store *store;
	struct store_options options = { .path = path, .read_only = true };
	assert_int_equal(store_open(&options, &store), LT_OK);
	assert_int_equal(store_sequence(store), 6);
	assert_int_equal(store_hash(store, copy), LT_OK);
	assert_memory_equal(copy, hash, 32);
	store_close(store);
}

static void test_damaged_is_passed_over(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32], found[32];
	char path[SNAPSHOT_PATH], file[SNAPSHOT_PATH + 16];
	uint64_t sequence;
	simdata_flush(folder);
	take(folder, hash);
	simdata_add(folder, 1);
	simdata_flush(folder);
	take(folder, hash);
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_OK);
	assert_int_equal(sequence, 2);
	snprintf(file, sizeof file, "%s/state", path);
	for (long at = 0; at < 64; at += 21) {
		simdata_flip(file, at);
		assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_OK);
		assert_int_equal(sequence, 1);
		simdata_flip(file, at);
	}
	/* Its number is in the file too: a renamed folder is not believed. */
	char moved[SNAPSHOT_PATH + 32], named[SNAPSHOT_PATH];
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, named), LT_OK);
	snprintf(moved, sizeof moved, "%s/00000000000000000009", folder->snapshots);
	assert_int_equal(rename(named, moved), 0);
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_OK);
	assert_int_equal(sequence, 1);
	/* Taken again in its place. */
	take(folder, hash);
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_OK);
	assert_int_equal(sequence, 2);
}

static void test_leftover_is_nothing(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32], found[32];
	char path[SNAPSHOT_PATH], taking[SNAPSHOT_PATH];
	uint64_t sequence;
	assert_int_equal(mkdir(folder->snapshots, 0700), 0);
	snprintf(taking, sizeof taking, "%s/taking", folder->snapshots);
	assert_int_equal(mkdir(taking, 0700), 0);
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_ENOENT);
	simdata_flush(folder);
	assert_int_equal(take(folder, hash), 1);
	assert_false(simdata_exists(taking));
}

static void test_prune(void **state)
{
	struct simdata *folder = *state;
	uint8_t hash[32], found[32];
	char path[SNAPSHOT_PATH], file[SNAPSHOT_PATH + 16];
	uint64_t sequence, oldest;
	assert_int_equal(snapshot_prune(folder->snapshots, 2, &oldest), LT_OK);
	assert_int_equal(oldest, 0);
	for (unsigned i = 1; i <= 4; i++) {
		simdata_flush(folder);
		assert_int_equal(take(folder, hash), i);
		simdata_add(folder, 1);
	}
	/* A damaged one does not count as one that is kept. */
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_OK);
	snprintf(file, sizeof file, "%s/state", path);
	simdata_flip(file, 30);
	assert_int_equal(snapshot_prune(folder->snapshots, 2, &oldest), LT_OK);
	assert_int_equal(oldest, 2);
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, found, path), LT_OK);
	assert_int_equal(sequence, 3);
	assert_int_equal(snapshot_before(folder->snapshots, 2, &sequence, found, path), LT_ENOENT);
	assert_int_equal(snapshot_prune(folder->snapshots, 1, &oldest), LT_OK);
	assert_int_equal(oldest, 3);
}

static bool never(void *ctx, uint64_t grown)
{
	(void)ctx;
	(void)grown;
	return false;
}

/* One that is ended on its way leaves nothing, and the next one is whole. */
static void test_ended(void **state)
{
	struct simdata *folder = *state;
	uint64_t sequence, oldest;
	uint8_t hash[32];
	char path[SNAPSHOT_PATH];
	struct store_copy_watch watch = { .goes_on = never };
	simdata_flush(folder);
	assert_int_equal(snapshot_take(folder->store, folder->snapshots, &watch, &sequence, hash), LT_ECLOSED);
	assert_int_equal(snapshot_newest(folder->snapshots, &sequence, hash, path), LT_ENOENT);
	assert_int_equal(snapshot_take(folder->store, folder->snapshots, NULL, &sequence, hash), LT_OK);
	assert_int_equal(snapshot_prune(folder->snapshots, 1, &oldest), LT_OK);
	assert_true(oldest == sequence);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_take_and_find, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_opens_as_store, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_damaged_is_passed_over, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_leftover_is_nothing, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_prune, simdata_set_up, simdata_tear_down),
	  cmocka_unit_test_setup_teardown(test_ended, simdata_set_up, simdata_tear_down))
