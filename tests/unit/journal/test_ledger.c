/* The ledger grows with the journal, survives encoding, and is found again by replay; parts never count. */
#include "test.h"

#include <lienthong/envelope.h>
#include <lienthong/merkle.h>
#include <stdio.h>
#include <string.h>

#include "journal/ledger.h"
#include "simdisk.h"

static bool text_leaf(struct lt_bytes record, uint8_t leaf[32])
{
	lt_leaf_hash(record, leaf);
	return true;
}

static void test_ledger(void **state)
{
	(void)state;
	struct simdisk *sim = simdisk_new();
	struct disk disk = simdisk_disk(sim);
	struct journal *journal;
	struct journal_report report;
	struct journal_options options = { .leaf = text_leaf, .segment_bytes = 4096 };
	struct journal_batch batch = { 0 };
	struct ledger ledger, again;
	uint8_t leaves[100][32], root[32], other[32];
	ledger_init(&ledger);
	assert_int_equal(journal_open(&disk, &options, 1, &report, &journal), LT_OK);
	for (uint64_t n = 1; n <= 100; n += 4) {
		struct commit commit;
		journal_batch_clear(&batch, n);
		for (uint64_t i = n; i < n + 4; i++) {
			char record[20];
			size_t len = (size_t)snprintf(record, sizeof record, "record %d", (int)i);
			struct lt_bytes part = lt_bytes("part bytes", 10);
			lt_leaf_hash(lt_bytes(record, len), leaves[i - 1]);
			assert_int_equal(journal_batch_add(&batch, lt_bytes(record, len), leaves[i - 1], &part, i % 2),
					 LT_OK);
		}
		assert_int_equal(journal_write(journal, &batch, &commit), LT_OK);
		journal_publish(journal, &commit, &batch);
		ledger_append(&ledger, &batch);
	}
	assert_int_equal(ledger_size(&ledger), 100);
	ledger_root(&ledger, root);
	lt_merkle_root_of((const uint8_t(*)[32])leaves, 100, other);
	assert_memory_equal(root, other, 32);

	struct lt_buf bytes = { 0 };
	assert_int_equal(ledger_encode(&ledger, &bytes), LT_OK);
	assert_int_equal(ledger_decode(lt_buf_bytes(&bytes), &again), LT_OK);
	ledger_root(&again, other);
	assert_memory_equal(root, other, 32);
	for (size_t len = 0; len < bytes.len; len++)
		assert_int_equal(ledger_decode(lt_bytes(bytes.data, len), &again), LT_EPARSE);

	assert_int_equal(journal_elide(journal, 3), LT_OK);
	ledger_init(&again);
	assert_int_equal(ledger_replay(&again, journal, 37), LT_OK);
	assert_int_equal(ledger_size(&again), 37);
	assert_int_equal(ledger_replay(&again, journal, 100), LT_OK);
	ledger_root(&again, other);
	assert_memory_equal(root, other, 32);
	assert_int_equal(ledger_replay(&again, journal, 101), LT_ENOENT);
	lt_buf_fini(&bytes);
	journal_batch_fini(&batch);
	journal_close(journal);
	simdisk_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_ledger))
