/* test_comeback.c: which stores are behind: a copy, a new one where there had been a session, one that is below what the broker holds as
 * received. A truly new one is not, and what has been told once is not told again. */
#include "test.h"

#include "testadapter.h"

#include "mail/history/comeback.h"
#include "mail/outbox.h"

#include <string.h>

struct step {
	uint64_t mark, received, stored;
	bool met;
};
static const char dossier[] = "H37.24-20261124-0000001";

static enum lt_err run_begin(void *ctx, struct vault_tx *tx)
{
	const struct step *step = ctx;
	return comeback_begin(tx, test_office_clock, step->mark, step->met);
}

static enum lt_err run_met(void *ctx, struct vault_tx *tx)
{
	const struct step *step = ctx;
	return comeback_met(tx, test_office_clock, TEST_US, step->received, step->stored);
}

struct seen {
	int64_t since;
	bool ask, alone;
};

static enum lt_err run_look(void *ctx, struct vault_tx *tx)
{
	struct seen *seen = ctx;
	uint8_t id[16] = { 1 };
	bool found;
	enum lt_err err = comeback_since(tx, test_office_clock, &seen->since);
	if (!err)
		err = comeback_alone(tx, &seen->alone);
	if (!err)
		err = comeback_find(tx, test_office_clock, dossier, id, &found, &seen->ask);
	return err;
}

static struct seen look(struct test_office *test)
{
	struct seen seen;
	assert_int_equal(vault_run(test->vault, run_look, &seen), LT_OK);
	return seen;
}

static void begin(struct test_office *test, uint64_t mark, bool met)
{
	assert_int_equal(vault_run(test->vault, run_begin, &(struct step){ .mark = mark, .met = met }), LT_OK);
}

static void welcome(struct test_office *test, uint64_t received, uint64_t stored)
{
	assert_int_equal(vault_run(test->vault, run_met, &(struct step){ .received = received, .stored = stored }),
			 LT_OK);
}

static void a_new_agency_is_silent(void **state)
{
	struct test_office *test = *state;
	begin(test, 7, false);
	struct seen seen = look(test);
	assert_true(seen.alone && seen.ask && seen.since == 0); /* it cannot know yet */
	welcome(test, 0, 0);
	welcome(test, 5, 5);
	begin(test, 7, true);
	seen = look(test);
	assert_true(!seen.alone && !seen.ask && seen.since == 0);
}

static void a_new_store_after_a_session_is_behind(void **state)
{
	struct test_office *test = *state;
	begin(test, 0, true); /* also where the file system tells no mark */
	assert_true(look(test).since == test_office_clock);
	int64_t first = test_office_clock;
	test_office_clock += 1000000;
	begin(test, 0, true);
	assert_true(look(test).since == first);
}

static void a_copy_is_behind(void **state)
{
	struct test_office *test = *state;
	begin(test, 7, false);
	welcome(test, 0, 0);
	begin(test, 8, true);
	struct seen seen = look(test);
	assert_true(seen.ask && seen.since == test_office_clock);
	test_office_clock += OUTBOX_KEEP_US + 1;
	seen = look(test);
	assert_true(!seen.ask && seen.since == 0);
}

static void below_what_was_received_is_behind(void **state)
{
	struct test_office *test = *state;
	begin(test, 7, false);
	welcome(test, 90, 0); /* its whole folder was lost */
	struct seen seen = look(test);
	int64_t first = test_office_clock;
	assert_true(!seen.alone && seen.ask && seen.since == first);
	test_office_clock += 1000000;
	welcome(test, 90, 40); /* it catches up, over more than one session */
	assert_true(look(test).since == first);
	welcome(test, 90, 90);
	welcome(test, 120, 120);
	assert_true(look(test).since == first);
	welcome(test, 120, 100); /* the machine was set back as a whole */
	assert_true(look(test).since == test_office_clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_new_agency_is_silent, test_office_set_up, test_office_tear_down),
		cmocka_unit_test_setup_teardown(a_new_store_after_a_session_is_behind, test_office_set_up,
						test_office_tear_down),
		cmocka_unit_test_setup_teardown(a_copy_is_behind, test_office_set_up, test_office_tear_down),
		cmocka_unit_test_setup_teardown(below_what_was_received_is_behind, test_office_set_up,
						test_office_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
