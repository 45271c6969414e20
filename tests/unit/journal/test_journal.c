/* The journal on a simulated disk and on a real one: what is written is read back, elided, dropped. */
#include "journal_fixture.h"

#include <pthread.h>

static void test_empty(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(open_from(f, 1), LT_OK);
	assert_int_equal(journal_head(f->journal), 0);
	shut(f);
	assert_int_equal(open_from(f, 1), LT_OK);
	assert_int_equal(f->report.last, 0);
	assert_int_equal(segments(f).count, 0);
}

static void test_rotate_and_reopen(void **state)
{
	struct fixture *f = *state;
	fill_journal(f, 100, 7);
	assert_true(segments(f).count > 5);
	expect_all(f, 1, 700);
	shut(f);
	simdisk_crash(f->sim, 0);
	for (uint64_t from = 1; from <= 701; from += 100) {
		assert_int_equal(open_from(f, from), LT_OK);
		expect_all(f, 1, 700);
		shut(f);
	}
	assert_int_equal(open_from(f, 700), LT_OK);
	assert_int_equal(add(f, 3), LT_OK);
	shut(f);
	assert_int_equal(open_from(f, 1), LT_OK);
	assert_int_equal(f->report.first, 1);
	assert_int_equal(f->report.last, 703);
	expect_all(f, 1, 703);
	assert_int_equal(journal_check(f->journal, NULL, NULL, &f->report), LT_OK);
}

/* The last batch is cut at every byte; nothing before it is lost, and the journal goes on. */

/* Any bit of the last batch: it is cut. Any bit of an earlier one: damage. */

static void test_index_is_rebuilt(void **state)
{
	struct fixture *f = *state;
	char name[64];
	fill_journal(f, 60, 7);
	shut(f);
	struct names names = segments(f);
	strcpy(name, names.name[0]);
	strcpy(strstr(name, ".ltj"), ".idx");
	assert_int_equal(f->disk.remove(f->disk.ctx, name), LT_OK);
	strcpy(name, names.name[1]);
	strcpy(strstr(name, ".ltj"), ".idx");
	assert_int_equal(simdisk_flip(f->sim, name, 60, 1), LT_OK);
	assert_int_equal(open_from(f, 420), LT_OK);
	expect_all(f, 1, 420);
	struct lt_bytes bytes;
	strcpy(strstr(names.name[0], ".ltj"), ".idx");
	assert_int_equal(simdisk_look(f->sim, names.name[0], &bytes), LT_OK);
}

static void test_elide(void **state)
{
	struct fixture *f = *state;
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	struct journal_report report;
	fill_journal(f, 10, 7);
	assert_int_equal(journal_elide(f->journal, 70), LT_EAGAIN); /* in the last batch */
	assert_int_equal(journal_elide(f->journal, 8), LT_OK);
	assert_int_equal(journal_elide(f->journal, 8), LT_OK);
	assert_int_equal(journal_elide(f->journal, 99), LT_ENOENT);
	for (int round = 0; round < 2; round++) {
		for (uint64_t n = 1; n <= 70; n++) {
			assert_int_equal(journal_read(f->journal, n, &buf, &entry), LT_OK);
			expect_entry(&entry, n, n == 8);
		}
		assert_int_equal(journal_check(f->journal, NULL, NULL, &report), LT_OK);
		shut(f);
		simdisk_kill(f->sim);
		assert_int_equal(open_from(f, 1), LT_OK); /* rewrites the tail: what was punched out stays so */
	}
	lt_buf_fini(&buf);
}

/* The page cache shows a batch whose sync failed. Once a start has taken it over, a crash must not lose it. */

/* Crashes at every sync with every kind of loss: what was acknowledged is there, and it is never called damage. */

static void test_read_only(void **state)
{
	struct fixture *f = *state;
	f->options.preallocate = false;
	fill_journal(f, 20, 7);
	uint64_t bytes = journal_bytes(f->journal);
	shut(f);
	struct names names = segments(f);
	struct lt_bytes last, again;
	simdisk_look(f->sim, names.name[names.count - 1], &last);
	simdisk_cut(f->sim, names.name[names.count - 1], last.len - 100);
	uint64_t writes = simdisk_writes(f->sim);
	f->options.read_only = true;
	assert_int_equal(open_from(f, 1), LT_OK);
	assert_true(f->report.torn_bytes > 0);
	expect_all(f, 1, 133);
	assert_true(journal_bytes(f->journal) < bytes);
	assert_int_equal(simdisk_writes(f->sim), writes);
	simdisk_look(f->sim, names.name[names.count - 1], &again);
	assert_int_equal(again.len, last.len - 100);
}

static void test_batch_entry(void **state)
{
	struct fixture *f = *state;
	struct journal_entry entry;
	fill(&f->batch, 500, 40);
	for (uint64_t n = 500; n < 540; n++) {
		journal_batch_entry(&f->batch, n, &entry);
		expect_entry(&entry, n, false);
	}
}

/* What records of a batch have in common stands on the disk once a batch: never for the next one. */
static void test_shared_once_a_batch(void **state)
{
	struct fixture *f = *state;
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	uint8_t record[2][700];
	memset(record, 'r', sizeof record);
	f->options.preallocate = false;
	assert_int_equal(open_from(f, 1), LT_OK);
	uint64_t bytes[4] = { 0 };
	for (uint64_t batch = 0; batch < 3; batch++) {
		struct commit commit;
		journal_batch_clear(&f->batch, batch * 64 + 1);
		for (uint64_t n = 0; n < 64; n++) {
			uint8_t leaf[32], *text = record[n % 2], kind = (uint8_t)(n % 2 ? 'x' : 'y');
			memset(text + 50, kind, 600); /* two roots in turn */
			text[10] = (uint8_t)n;
			struct journal_shared shared = { .at = 50, .len = batch == 1 ? 0 : 600 };
			lt_leaf_hash(lt_bytes(text, 700), leaf);
			assert_int_equal(journal_batch_add(&f->batch, lt_bytes(text, 700), shared, leaf, NULL, 0),
					 LT_OK);
		}
		assert_int_equal(journal_write(f->journal, &f->batch, &commit), LT_OK);
		journal_publish(f->journal, &commit, &f->batch);
		bytes[batch + 1] = journal_bytes(f->journal);
	}
	assert_true(bytes[1] < 136 + 2 * 600 + 64 * (101 + 16) + 64);
	assert_int_equal(bytes[3] - bytes[2], bytes[1]);
	assert_true(bytes[2] - bytes[1] > 64 * 700);
	for (int round = 0; round < 2; round++) {
		for (uint64_t n = 1; n <= 192; n++) {
			assert_int_equal(journal_read(f->journal, n, &buf, &entry), LT_OK);
			assert_int_equal(entry.record.len, 700);
			assert_int_equal(entry.record.data[10], (n - 1) % 64);
			assert_int_equal(entry.record.data[50], n % 2 ? 'y' : 'x');
			assert_int_equal(entry.record.data[649], n % 2 ? 'y' : 'x');
		}
		shut(f);
		assert_int_equal(open_from(f, 1), LT_OK); /* not from memory any more */
	}
	lt_buf_fini(&buf);
}

/* Record n of a tree over 64: a piece that all have, 6 bytes of its own, the steps of its path. */
static void tree_record(uint64_t n, uint8_t record[700])
{
	memset(record, 'r', 700);
	memset(record + 100, (int)n, 6);
	for (uint64_t step = 0; step < 6; step++) {
		uint8_t *at = record + 106 + step * JOURNAL_STEP;
		memset(at, (int)step, JOURNAL_STEP);
		at[5] = (uint8_t)((n >> step) ^ 1); /* its neighbour at this height */
	}
}

/* Two paths through a tree meet at its root: what they have in common from there on stands once in a batch. */
static void test_paths_once_a_batch(void **state)
{
	struct fixture *f = *state;
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	struct commit commit;
	uint8_t record[700], leaf[32];
	f->options.preallocate = false;
	assert_int_equal(open_from(f, 1), LT_OK);
	for (uint64_t first = 1; first <= 129; first += 64) {
		journal_batch_clear(&f->batch, first);
		for (uint64_t n = first; n < first + 64; n++) {
			/* In the third batch every second record is of no tree. */
			struct journal_shared shared = { .at = 50, .len = 50, .gap = 6, .steps = 6 };
			tree_record((n - 1) % 64, record);
			lt_leaf_hash(lt_bytes(record, 700), leaf);
			if (first == 129 && n % 2)
				shared = (struct journal_shared){ 0 };
			assert_int_equal(journal_batch_add(&f->batch, lt_bytes(record, 700), shared, leaf, NULL, 0),
					 LT_OK);
		}
		assert_int_equal(journal_write(f->journal, &f->batch, &commit), LT_OK);
		journal_publish(f->journal, &commit, &f->batch);
		if (first == 1) /* 126 steps, each with 4 bytes, not 6 * 64 */
			assert_true(journal_bytes(f->journal) < 136 + 50 + 64 * (22 + 1 + 700 - 50 - 6 * JOURNAL_STEP) +
									127 * (4 + JOURNAL_STEP) + 64);
	}
	for (int round = 0; round < 2; round++) {
		for (uint64_t n = 1; n <= 192; n++) {
			tree_record((n - 1) % 64, record);
			assert_int_equal(journal_read(f->journal, n, &buf, &entry), LT_OK);
			assert_int_equal(entry.record.len, 700);
			assert_memory_equal(entry.record.data, record, 700);
		}
		shut(f);
		assert_int_equal(open_from(f, 1), LT_OK);
	}
	lt_buf_fini(&buf);
}

/* More than the memory cache holds: the oldest are read from the disk. */

static void test_beyond_the_cache(void **state)
{
	struct fixture *f = *state;
	f->options.segment_bytes = 4 << 20;
	assert_int_equal(open_from(f, 1), LT_OK);
	uint8_t *part = calloc(1, 200000);
	struct lt_buf buf = { 0 };
	for (uint64_t n = 1; n <= 200; n++) {
		struct lt_bytes view = lt_bytes(part, 200000 - n * 100);
		struct commit commit;
		memset(part, (int)n, 200000);
		journal_batch_clear(&f->batch, n);
		assert_int_equal(add_text(&f->batch, lt_bytes("record", 6), &view, 1), LT_OK);
		assert_int_equal(journal_write(f->journal, &f->batch, &commit), LT_OK);
		journal_publish(f->journal, &commit, &f->batch);
		for (uint64_t back = 0; back < 130 && back < n; back += 43) {
			struct journal_entry entry;
			assert_int_equal(journal_read(f->journal, n - back, &buf, &entry), LT_OK);
			assert_int_equal(entry.parts[0].len, 200000 - (n - back) * 100);
			assert_int_equal(entry.parts[0].data[0], n - back);
			assert_int_equal(entry.parts[0].data[entry.parts[0].len - 1], n - back);
		}
	}
	lt_buf_fini(&buf);
	free(part);
}

struct writing {
	struct fixture *f;
	struct journal_batch batch;
	struct commit commit;
	enum lt_err err;
};

static void *write_thread(void *arg)
{
	struct writing *writing = arg;
	writing->err = journal_write(writing->f->journal, &writing->batch, &writing->commit);
	return NULL;
}

/* Batch k is written by its own thread while the engine reads and elides what was published, on a real disk. */

static void test_write_beside_the_engine(void **state)
{
	struct fixture *f = *state;
	struct writing writing = { .f = f };
	char folder[] = "/tmp/lt-journal-XXXXXX", command[80];
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(disk_open(folder, true, &f->disk), LT_OK);
	assert_int_equal(open_from(f, 1), LT_OK);
	for (uint64_t first = 1; first < 600; first += 6) {
		pthread_t thread;
		fill(&writing.batch, first, 6);
		assert_int_equal(pthread_create(&thread, NULL, write_thread, &writing), 0);
		for (uint64_t n = 1; n < first; n += 5) {
			assert_int_equal(journal_read(f->journal, n, &buf, &entry), LT_OK);
			expect_entry(&entry, n, entry.parts_elided);
		}
		if (first > 200)
			assert_int_equal(journal_elide(f->journal, first - 20), LT_OK);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(writing.err, LT_OK);
		journal_publish(f->journal, &writing.commit, &writing.batch);
	}
	struct journal_report report;
	assert_int_equal(journal_check(f->journal, NULL, NULL, &report), LT_OK);
	assert_int_equal(report.last, 600);
	assert_int_equal(report.first, 1);
	shut(f);
	disk_close(&f->disk);
	journal_batch_fini(&writing.batch);
	lt_buf_fini(&buf);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	assert_int_equal(system(command), 0);
}

TEST_MAIN(TEST(test_empty), TEST(test_rotate_and_reopen), TEST(test_index_is_rebuilt), TEST(test_elide),
	  TEST(test_read_only), TEST(test_batch_entry), TEST(test_shared_once_a_batch), TEST(test_paths_once_a_batch),
	  TEST(test_beyond_the_cache), TEST(test_write_beside_the_engine))
