/* A follower reads what its leader has published, from files of its own. */
#include "journal_fixture.h"

static void expect_same(struct fixture *f, struct journal *follower, struct lt_buf *buf)
{
	struct journal_entry entry;
	uint64_t head = journal_head(f->journal);
	assert_int_equal(journal_head(follower), head);
	assert_int_equal(journal_bytes(follower), journal_bytes(f->journal));
	for (uint64_t n = 1; n <= head; n++) {
		assert_int_equal(journal_read(follower, n, buf, &entry), LT_OK);
		assert_false(entry.in_memory);
		expect_entry(&entry, n, false);
	}
	assert_int_equal(journal_read(follower, head + 1, buf, &entry), LT_ENOENT);
}

static void test_follows(void **state)
{
	struct fixture *f = *state;
	struct journal *follower;
	struct lt_buf buf = { 0 };
	assert_int_equal(open_from(f, 1), LT_OK);
	assert_int_equal(journal_open_follower(f->journal, &f->disk, &follower), LT_OK);
	assert_int_equal(journal_head(follower), 0);
	uint64_t segment = 0;
	for (int round = 0; round < 300; round++) {
		uint64_t before = journal_head(f->journal);
		assert_int_equal(add(f, 1 + (uint32_t)round % 7), LT_OK);
		struct journal_entry entry;
		assert_int_equal(journal_read(follower, journal_head(f->journal), &buf, &entry), LT_ENOENT);
		if (round % 11 == 0 || round > 290) { /* in the middle of a segment, and over several */
			journal_follow(follower);
			assert_int_equal(journal_read(follower, before + 1, &buf, &entry), LT_OK);
			expect_entry(&entry, before + 1, false);
			segment++;
		}
	}
	journal_follow(follower);
	assert_true(segment > 20 && journal_bytes(f->journal) > 4 * f->options.segment_bytes);
	expect_same(f, follower, &buf);
	journal_close(follower);
	lt_buf_fini(&buf);
}

/* Begun late, over a journal that was opened again; what is punched is punched. */
static void test_late(void **state)
{
	struct fixture *f = *state;
	struct journal *follower;
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	assert_int_equal(open_from(f, 1), LT_OK);
	for (int i = 0; i < 200; i++)
		assert_int_equal(add(f, 3), LT_OK);
	shut(f);
	assert_int_equal(open_from(f, 500), LT_OK);
	assert_int_equal(journal_open_follower(f->journal, &f->disk, &follower), LT_OK);
	expect_same(f, follower, &buf);
	assert_int_equal(journal_elide(f->journal, 400), LT_OK);
	assert_int_equal(journal_read(follower, 400, &buf, &entry), LT_OK);
	expect_entry(&entry, 400, true);
	journal_follow(follower);
	assert_int_equal(journal_read(follower, 600, &buf, &entry), LT_OK);
	expect_entry(&entry, 600, false);
	journal_close(follower);
	lt_buf_fini(&buf);
}

static void test_recent(void **state)
{
	struct fixture *f = *state;
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	assert_int_equal(open_from(f, 1), LT_OK);
	assert_int_equal(add(f, 5), LT_OK);
	assert_int_equal(journal_read_recent(f->journal, 4, &buf, &entry), LT_OK);
	expect_entry(&entry, 4, false);
	shut(f);
	assert_int_equal(open_from(f, 1), LT_OK);
	assert_int_equal(journal_read_recent(f->journal, 4, &buf, &entry), LT_EAGAIN);
	lt_buf_fini(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_follows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recent, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
