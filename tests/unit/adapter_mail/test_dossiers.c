/* test_dossiers.c: the time line of a dossier: in its order, whether a mark stands beside the note or in a row of its own. */
#include "test.h"

#include "testadapter.h"

#include "mail/dossiers.h"

#define DOSSIER "H37.24-20261124-0000001"
#define OTHER "H37.24-20261124-0000002"

struct line {
	unsigned from, to; /* marks, even ones sent, odd ones received, and each third is an open offer too */
	bool out;
};

static enum lt_err run_line(void *ctx, struct vault_tx *tx)
{
	const struct line *line = ctx;
	enum lt_err (*mark)(struct vault_tx *, const char *, char, uint64_t) =
		line->out ? dossiers_untrace : dossiers_trace;
	enum lt_err err = LT_OK;
	for (unsigned i = line->from; i < line->to && !err; i++) {
		err = mark(tx, DOSSIER, i % 2 ? 'r' : 's', i);
		if (!err && i % 3 == 0)
			err = mark(tx, DOSSIER, 'o', i);
	}
	return err;
}

/* Those of one letter, each once and in their order: from `first` on in steps, `count` of them. */
static void expect(struct test_office *test, char letter, uint64_t first, uint64_t step, unsigned count)
{
	struct vault_tx *tx;
	uint64_t number = 0;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal(dossiers_trace_next(tx, DOSSIER, letter, number + 1, &number), LT_OK);
		assert_int_equal(number, first + i * step);
	}
	assert_int_equal(dossiers_trace_next(tx, DOSSIER, letter, number + 1, &number), LT_ENOENT);
	assert_int_equal(dossiers_trace_next(tx, OTHER, letter, 1, &number), LT_ENOENT);
	vault_read_end(tx);
}

static uint64_t rows(struct test_office *test)
{
	struct vault_tx *tx;
	uint64_t count;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(vault_count(tx, VAULT_TRACE, &count), LT_OK);
	vault_read_end(tx);
	return count;
}

static void test_the_line_is_in_order_wherever_its_marks_stand(void **state)
{
	struct test_office *test = *state;
	test_office_run(test, run_line, &(struct line){ 1, 10, false });
	expect(test, 's', 2, 2, 4);
	expect(test, 'r', 1, 2, 5);
	expect(test, 'o', 3, 3, 3);
	assert_int_equal(rows(test), 0); /* a dossier's first acts need no row of their own */
	test_office_run(test, run_line, &(struct line){ 10, 61, false });
	expect(test, 's', 2, 2, 30);
	expect(test, 'r', 1, 2, 30);
	expect(test, 'o', 3, 3, 20);
	assert_in_range(rows(test), 1, 79);
}

static void test_marks_go_wherever_they_stand(void **state)
{
	struct test_office *test = *state;
	test_office_run(test, run_line, &(struct line){ 1, 61, false });
	test_office_run(test, run_line, &(struct line){ 1, 31, true });
	test_office_run(test, run_line, &(struct line){ 1, 31, true }); /* what is not there is no error */
	expect(test, 's', 32, 2, 15);
	expect(test, 'r', 31, 2, 15);
	expect(test, 'o', 33, 3, 10);
	test_office_run(test, run_line, &(struct line){ 31, 61, true });
	expect(test, 's', 0, 0, 0);
	assert_int_equal(rows(test), 0);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_the_line_is_in_order_wherever_its_marks_stand, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_marks_go_wherever_they_stand, test_office_set_up, test_office_tear_down))
