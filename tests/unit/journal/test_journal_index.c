/* How many segments a journal keeps open with their indexes: memory does not grow with history. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/journal_internal.h"

enum { SEGMENTS = 3 * SEGMENTS_OPEN, RECORD = 3000 };

static bool leaf_of(struct lt_bytes record, uint8_t leaf[32])
{
	lt_sha256(record, leaf);
	return true;
}

static size_t open_segments(const struct journal *journal)
{
	size_t count = 0;
	for (size_t i = 0; i < journal->segment_count; i++)
		count += journal->segments[i].indexed;
	return count;
}

static void write_one(struct journal *journal, uint64_t sequence)
{
	struct journal_batch batch = { 0 };
	struct commit commit;
	uint8_t record[RECORD] = { (uint8_t)sequence }, leaf[32];
	leaf_of(lt_bytes(record, sizeof record), leaf);
	journal_batch_clear(&batch, sequence);
	assert_int_equal(
		journal_batch_add(&batch, lt_bytes(record, sizeof record), (struct journal_shared){ 0 }, leaf, NULL, 0),
		LT_OK);
	assert_int_equal(journal_write(journal, &batch, &commit), LT_OK);
	journal_publish(journal, &commit, &batch);
	journal_batch_fini(&batch);
}

/* What was written by this process is let go like what was read. */
static void test_few_segments_stay_open(void **state)
{
	char folder[] = "/tmp/lt-open-XXXXXX", command[80];
	struct disk disk;
	struct journal *journal;
	struct journal_report report;
	struct lt_buf buf = { 0 };
	struct journal_options options = { .leaf = leaf_of, .segment_bytes = RECORD };
	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(disk_open(folder, true, &disk), LT_OK);
	assert_int_equal(journal_open(&disk, &options, 1, &report, &journal), LT_OK);
	for (uint64_t sequence = 1; sequence <= SEGMENTS; sequence++)
		write_one(journal, sequence);
	assert_int_equal(journal->segment_count, SEGMENTS);
	assert_int_equal(open_segments(journal), SEGMENTS_OPEN + 1); /* and the one that is written */
	for (int round = 0; round < 2; round++) {
		for (uint64_t sequence = SEGMENTS; sequence >= 1; sequence--) {
			struct journal_entry entry;
			assert_int_equal(journal_read(journal, sequence, &buf, &entry), LT_OK);
			assert_int_equal(entry.record.data[0], sequence);
			assert_true(open_segments(journal) <= SEGMENTS_OPEN + 1);
		}
	}
	journal_close(journal);
	disk_close(&disk);
	lt_buf_fini(&buf);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

TEST_MAIN(cmocka_unit_test(test_few_segments_stay_open))
