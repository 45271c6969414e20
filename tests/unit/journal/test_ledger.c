/* The ledger on a simulated disk: every root and every proof is that of RFC 6962, whatever crashed; parts never count. */
#include "test.h"

#include <lienthong/merkle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/ledger.h"
#include "sim/simdisk.h"

enum { MANY = 66000, SOME = 1100 }; /* over one file of 65,536 hashes; over four tiles */
static uint8_t leaves[MANY][32];

static void make_leaves(void)
{
	for (uint32_t i = 0; i < MANY; i++)
		lt_leaf_hash(lt_bytes(&i, sizeof i), leaves[i]);
}

static void append(struct ledger *ledger, uint64_t upto)
{
	struct journal_batch batch = { 0 };
	while (ledger_size(ledger) < upto) {
		uint64_t from = ledger_size(ledger), count = upto - from < 300 ? upto - from : 300;
		journal_batch_clear(&batch, from + 1);
		batch.count = (uint32_t)count;
		assert_int_equal(lt_buf_append(&batch.leaves, leaves[from], 32 * count), LT_OK);
		ledger_append(ledger, &batch, (int64_t)(from + count));
	}
	journal_batch_fini(&batch);
}

static void store(struct ledger *ledger, uint64_t upto)
{
	append(ledger, upto);
	if (ledger_take(ledger))
		assert_int_equal(ledger_store(ledger), LT_OK);
}

static void expect_root(const struct ledger *ledger, uint64_t size)
{
	uint8_t have[32], want[32];
	assert_int_equal(ledger_root_of(ledger, size, have), LT_OK);
	lt_merkle_root_of((const uint8_t(*)[32])leaves, size, want);
	assert_memory_equal(have, want, 32);
}

static void expect_tree(const struct ledger *ledger, uint64_t size)
{
	uint8_t have[32], want[32];
	uint64_t stored;
	int64_t time;
	ledger_tree(ledger, &stored, have, &time);
	assert_int_equal(stored, size);
	lt_merkle_root_of((const uint8_t(*)[32])leaves, size, want);
	assert_memory_equal(have, want, 32);
}

static void expect_proofs(const struct ledger *ledger, uint64_t size, uint64_t step)
{
	uint8_t root[32], old[32], path[LT_MERKLE_PATH_MAX + 1][32];
	size_t count;
	lt_merkle_root_of((const uint8_t(*)[32])leaves, size, root);
	for (uint64_t i = 0; i < size; i += step) {
		assert_int_equal(ledger_inclusion(ledger, i, size, path, &count), LT_OK);
		assert_true(lt_merkle_verify(leaves[i], i, size, (const uint8_t(*)[32])path, count, root));
		assert_int_equal(ledger_consistency(ledger, i + 1, size, path, &count), LT_OK);
		lt_merkle_root_of((const uint8_t(*)[32])leaves, i + 1, old);
		assert_true(lt_merkle_verify_consistency(i + 1, old, size, root, (const uint8_t(*)[32])path, count));
	}
	assert_int_equal(ledger_inclusion(ledger, size, size, path, &count), LT_EINVAL);
	assert_int_equal(ledger_consistency(ledger, 0, size, path, &count), LT_EINVAL);
	assert_int_equal(ledger_consistency(ledger, size + 1, size, path, &count), LT_EINVAL);
}

static void test_proofs(void **state)
{
	(void)state;
	struct simdisk *sim = simdisk_new();
	struct disk disk = simdisk_disk(sim);
	struct ledger *ledger;
	assert_int_equal(ledger_open(&disk, 0, &ledger), LT_OK);
	expect_root(ledger, 0);
	static const uint64_t sizes[] = { 1, 2, 3, 7, 255, 256, 257, 511, 512, 513, 1000, SOME };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		store(ledger, sizes[i]);
		expect_tree(ledger, sizes[i]);
		expect_proofs(ledger, sizes[i], sizes[i] < 20 ? 1 : 41);
	}
	for (uint64_t size = 1; size <= SOME; size += 13) /* of every earlier tree too */
		expect_root(ledger, size);
	ledger_close(ledger);
	simdisk_free(sim);
}

/* Whatever a crash leaves above what was stored: opened at a checkpoint, the ledger goes on as if nothing had been. */
static void test_crashes(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct simdisk *sim = simdisk_new();
		struct disk disk = simdisk_disk(sim);
		struct ledger *ledger;
		uint64_t signed_for = 200 + seed * 13;
		assert_int_equal(ledger_open(&disk, 0, &ledger), LT_OK);
		store(ledger, 150);
		store(ledger, signed_for);
		append(ledger, signed_for + 300);
		assert_true(ledger_take(ledger));
		simdisk_fail_sync(sim, 1 + seed % 2);
		assert_int_equal(ledger_store(ledger), LT_EIO);
		ledger_close(ledger);
		simdisk_fail_sync(sim, 0);
		simdisk_crash(sim, seed);
		assert_int_equal(ledger_open(&disk, signed_for, &ledger), LT_OK);
		assert_int_equal(ledger_size(ledger), signed_for);
		expect_tree(ledger, signed_for);
		store(ledger, SOME);
		expect_tree(ledger, SOME);
		expect_proofs(ledger, SOME, 97);
		ledger_close(ledger);
		simdisk_free(sim);
	}
}

static void test_more_than_one_file(void **state)
{
	(void)state;
	struct simdisk *sim = simdisk_new();
	struct disk disk = simdisk_disk(sim);
	struct ledger *ledger;
	assert_int_equal(ledger_open(&disk, 0, &ledger), LT_OK);
	store(ledger, 65000);
	store(ledger, MANY);
	expect_tree(ledger, MANY);
	expect_proofs(ledger, MANY, 9973);
	ledger_close(ledger);
	assert_int_equal(ledger_open(&disk, MANY, &ledger), LT_OK);
	expect_tree(ledger, MANY);
	ledger_close(ledger);
	assert_int_equal(ledger_open(&disk, 65536, &ledger), LT_OK); /* an earlier checkpoint: the rest is cut */
	store(ledger, 65600);
	expect_tree(ledger, 65600);
	ledger_close(ledger);
	assert_int_equal(ledger_open(&disk, MANY + 1, &ledger), LT_ECORRUPT); /* it was never so long */
	simdisk_free(sim);
}

/* A flipped bit is never part of a root that holds. */
static void test_damage(void **state)
{
	(void)state;
	struct simdisk *sim = simdisk_new();
	struct disk disk = simdisk_disk(sim);
	struct ledger *ledger;
	uint8_t root[32], want[32];
	assert_int_equal(ledger_open(&disk, 0, &ledger), LT_OK);
	store(ledger, SOME);
	ledger_close(ledger);
	lt_merkle_root_of((const uint8_t(*)[32])leaves, SOME, want);
	assert_int_equal(simdisk_flip(sim, "tiles-1-000000000000", 40, 1), LT_OK);
	assert_int_equal(ledger_open(&disk, SOME, &ledger), LT_OK);
	assert_int_equal(ledger_root_of(ledger, SOME, root), LT_OK);
	assert_memory_not_equal(root, want, 32);
	ledger_close(ledger);
	assert_int_equal(simdisk_cut(sim, "tiles-0-000000000000", 32 * (SOME - 1)), LT_OK);
	assert_int_equal(ledger_open(&disk, SOME, &ledger), LT_ECORRUPT);
	assert_int_equal(ledger_open(&disk, 0, &ledger), LT_OK);
	store(ledger, SOME);
	expect_proofs(ledger, SOME, 101);
	ledger_close(ledger);
	simdisk_free(sim);
}

static bool text_leaf(struct lt_bytes record, uint8_t leaf[32])
{
	lt_leaf_hash(record, leaf);
	return true;
}

/* Made again from the journal, which has had parts punched out of it. */
static void test_replay(void **state)
{
	(void)state;
	struct simdisk *sim = simdisk_new(), *other = simdisk_new();
	struct disk disk = simdisk_disk(sim), tiles = simdisk_disk(other);
	struct journal *journal;
	struct journal_report report;
	struct journal_options options = { .leaf = text_leaf, .segment_bytes = 4096 };
	struct journal_batch batch = { 0 };
	struct ledger *ledger;
	assert_int_equal(journal_open(&disk, &options, 1, &report, &journal), LT_OK);
	for (uint32_t n = 1; n <= 600; n += 4) {
		struct commit commit;
		journal_batch_clear(&batch, n);
		for (uint32_t i = n - 1; i < n + 3; i++) {
			struct lt_bytes part = lt_bytes("part bytes", 10);
			assert_int_equal(journal_batch_add(&batch, lt_bytes(&i, sizeof i), (struct journal_shared){ 0 },
							   leaves[i], &part, i % 2),
					 LT_OK);
		}
		assert_int_equal(journal_write(journal, &batch, &commit), LT_OK);
		journal_publish(journal, &commit, &batch);
	}
	assert_int_equal(journal_elide(journal, 4), LT_OK);
	assert_int_equal(ledger_open(&tiles, 0, &ledger), LT_OK);
	store(ledger, 37);
	assert_int_equal(ledger_replay(ledger, journal, 99), LT_OK);
	expect_tree(ledger, 600);
	expect_proofs(ledger, 600, 53);
	ledger_close(ledger);
	journal_batch_fini(&batch);
	journal_close(journal);
	simdisk_free(sim);
	simdisk_free(other);
}

static int set_up(void **state)
{
	(void)state;
	make_leaves();
	return 0;
}

TEST_MAIN_AROUND(set_up, NULL, cmocka_unit_test(test_proofs), cmocka_unit_test(test_crashes),
		 cmocka_unit_test(test_more_than_one_file), cmocka_unit_test(test_damage),
		 cmocka_unit_test(test_replay))
