/* Segments in a second folder: read as those of the first; a gap among them is no damage, one among the first's is. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lienthong/merkle.h>

#include "journal/journal.h"
#include "journal/segment.h"

enum { RECORDS = 60, SEGMENTS_MAX = 32 };

struct fixture {
	char root[64], here[80], there[80];
	struct disk disk;
	struct journal *journal;
	struct journal_options options;
	struct journal_report report;
	struct journal_sealed sealed[SEGMENTS_MAX]; /* all but the last */
	size_t count;
};

static bool text_leaf(struct lt_bytes record, uint8_t leaf[32])
{
	lt_leaf_hash(record, leaf);
	return true;
}

static enum lt_err open_journal(struct fixture *f)
{
	assert_int_equal(disk_open(f->here, true, &f->disk), LT_OK);
	assert_int_equal(disk_add_archive(&f->disk, f->there), LT_OK);
	return journal_open(&f->disk, &f->options, RECORDS, &f->report, &f->journal);
}

static void close_journal(struct fixture *f)
{
	journal_close(f->journal);
	f->journal = NULL;
	disk_close(&f->disk);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct journal_batch batch = { 0 };
	struct commit commit;
	char text[200], command[200];
	assert_non_null(f);
	snprintf(f->root, sizeof(f->root), "/tmp/lienthong-archive-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	snprintf(f->here, sizeof(f->here), "%s/journal", f->root);
	snprintf(f->there, sizeof(f->there), "%s/archive", f->root);
	snprintf(command, sizeof(command), "mkdir %s", f->there);
	assert_int_equal(system(command), 0);
	f->options = (struct journal_options){ .leaf = text_leaf, .segment_bytes = 2048 };
	assert_int_equal(open_journal(f), LT_OK);
	for (uint64_t i = 1; i <= RECORDS; i++) {
		uint8_t leaf[32];
		memset(text, 'x', sizeof(text));
		snprintf(text, sizeof(text), "record %llu", (unsigned long long)i);
		struct lt_bytes record = lt_bytes(text, sizeof(text));
		text_leaf(record, leaf);
		journal_batch_clear(&batch, i);
		assert_int_equal(journal_batch_add(&batch, record, (struct journal_shared){ 0 }, leaf, NULL, 0), LT_OK);
		assert_int_equal(journal_write(f->journal, &batch, &commit), LT_OK);
		journal_publish(f->journal, &commit, &batch);
	}
	journal_batch_fini(&batch);
	while (f->count < SEGMENTS_MAX &&
	       journal_next_sealed(f->journal, f->count ? f->sealed[f->count - 1].last + 1 : 1, &f->sealed[f->count]))
		f->count++;
	assert_in_range(f->count, 6, SEGMENTS_MAX - 1);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[200];
	close_journal(f);
	snprintf(command, sizeof(command), "rm -r %s", f->root);
	free(f);
	return system(command);
}

static void move(const struct fixture *f, size_t i, bool back)
{
	static const char *const endings[] = { "ltj", "idx" };
	for (size_t e = 0; e < 2; e++) {
		char name[SEGMENT_NAME], from[160], to[160];
		segment_name(f->sealed[i].first, endings[e], name);
		snprintf(from, sizeof(from), "%s/%s", back ? f->there : f->here, name);
		snprintf(to, sizeof(to), "%s/%s", back ? f->here : f->there, name);
		assert_int_equal(rename(from, to), 0);
	}
}

static void drop(const struct fixture *f, const char *folder, size_t i)
{
	char name[SEGMENT_NAME], path[160];
	segment_name(f->sealed[i].first, "ltj", name);
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(unlink(path), 0);
}

static enum lt_err read_one(struct journal *journal, uint64_t sequence)
{
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	char text[200];
	enum lt_err err = journal_read(journal, sequence, &buf, &entry);
	snprintf(text, sizeof(text), "record %llu", (unsigned long long)sequence);
	if (!err)
		assert_string_equal((const char *)entry.record.data, text);
	lt_buf_fini(&buf);
	return err;
}

static void check(struct fixture *f)
{
	struct journal_report report;
	if (journal_check(f->journal, NULL, NULL, &report))
		fail_msg("%s", report.damage);
}

static void under_way(void **state)
{
	struct fixture *f = *state;
	struct journal *follower;
	assert_int_equal(journal_open_follower(f->journal, &f->disk, &follower), LT_OK);
	assert_int_equal(read_one(follower, 1), LT_OK); /* its file is open */
	for (size_t i = 0; i < 3; i++) {
		move(f, i, false);
		journal_moved(f->journal, f->sealed[i].first);
	}
	journal_follow(follower);
	for (uint64_t i = 1; i <= RECORDS; i++) {
		assert_int_equal(read_one(f->journal, i), LT_OK);
		assert_int_equal(read_one(follower, i), LT_OK);
	}
	check(f);
	journal_close(follower);
	close_journal(f);
	assert_int_equal(open_journal(f), LT_OK);
	assert_int_equal(journal_first(f->journal), 1);
	for (uint64_t i = 1; i <= RECORDS; i++)
		assert_int_equal(read_one(f->journal, i), LT_OK);
	check(f);
}

static void gaps(void **state)
{
	struct fixture *f = *state;
	close_journal(f);
	for (size_t i = 0; i < 4; i++)
		move(f, i, false);
	drop(f, f->there, 1);
	assert_int_equal(open_journal(f), LT_OK);
	assert_int_equal(journal_first(f->journal), f->sealed[2].first);
	for (uint64_t i = 1; i <= RECORDS; i++) {
		bool gone = i >= f->sealed[1].first && i <= f->sealed[1].last;
		assert_int_equal(read_one(f->journal, i), gone ? LT_ENOENT : LT_OK);
	}
	check(f);
	close_journal(f);
	drop(f, f->here, 5); /* among those that are not archived: damage, as ever */
	f->options.read_only = true;
	assert_int_equal(disk_open(f->here, true, &f->disk), LT_OK);
	assert_int_equal(disk_add_archive(&f->disk, f->there), LT_OK);
	assert_int_equal(journal_open(&f->disk, &f->options, 1, &f->report, &f->journal), LT_ECORRUPT);
}

/* A kill has left both: the original counts. */
static void both(void **state)
{
	struct fixture *f = *state;
	char command[400], name[SEGMENT_NAME];
	close_journal(f);
	segment_name(1, "ltj", name);
	snprintf(command, sizeof(command), "head -c 100 %s/%s > %s/%s", f->here, name, f->there, name);
	assert_int_equal(system(command), 0);
	assert_int_equal(open_journal(f), LT_OK);
	for (uint64_t i = 1; i <= RECORDS; i++)
		assert_int_equal(read_one(f->journal, i), LT_OK);
	struct journal_report report;
	struct disk there;
	assert_int_equal(disk_open_beside(f->there, &there), LT_OK);
	assert_int_equal(journal_check_copy(&there, text_leaf, 1, f->sealed[0].last, &report), LT_ECORRUPT);
	disk_close(&there);
}

/* A copy in the archive under the number of another record. */
static void lay(const struct fixture *f, uint64_t first)
{
	char command[400], from[SEGMENT_NAME], to[SEGMENT_NAME];
	segment_name(f->sealed[2].first, "ltj", from);
	segment_name(first, "ltj", to);
	snprintf(command, sizeof(command), "cp %s/%s %s/%s", f->here, from, f->there, to);
	assert_int_equal(system(command), 0);
}

/* A backup older than the archive was restored: what begins in the archive where the journal has no segment's beginning is not read. */
static void of_a_time_that_was_lost(void **state)
{
	struct fixture *f = *state;
	close_journal(f);
	lay(f, RECORDS + 5);
	lay(f, f->sealed[1].last);
	lay(f, f->sealed[4].first + 1);
	move(f, 0, false);
	move(f, 1, false);
	assert_int_equal(open_journal(f), LT_OK);
	assert_int_equal(f->report.last, RECORDS);
	for (uint64_t i = 1; i <= RECORDS; i++)
		assert_int_equal(read_one(f->journal, i), LT_OK);
	check(f);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(under_way, setup, teardown),
	  cmocka_unit_test_setup_teardown(gaps, setup, teardown),
	  cmocka_unit_test_setup_teardown(both, setup, teardown),
	  cmocka_unit_test_setup_teardown(of_a_time_that_was_lost, setup, teardown))
