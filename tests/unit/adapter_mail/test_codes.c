/* test_codes.c: each number once, also over a reopened store; the same for the same key; what the broker knew is passed. */
#include "test.h"

#include "testadapter.h"

#include "mail/codes.h"

#include <string.h>

enum { RUN = 77 };

struct give {
	struct codes_day day;
	const char *key;
	char code[LT_DOSSIER_MAX];
	bool repeated;
	enum lt_err err;
};

static enum lt_err run_give(void *ctx, struct vault_tx *tx)
{
	struct give *give = ctx;
	give->err = codes_give(tx, &give->day, give->key, give->code, &give->repeated);
	return LT_OK;
}

static struct give give(struct test_office *test, const char *agency, const char *key)
{
	struct give out = { .key = key, .day.time = test_office_clock };
	strcpy(out.day.agency, agency);
	test_office_run(test, run_give, &out);
	return out;
}

static const char *number_of(const struct give *given)
{
	return strrchr(given->code, '-') + 1;
}

static void each_once(void **state)
{
	struct test_office *test = *state;
	struct give first = give(test, TEST_US, "a"), second = give(test, TEST_US, "b");
	assert_string_equal(number_of(&first), "0000001");
	assert_string_equal(number_of(&second), "0000002");
	test_office_reopen(test);
	struct give again = give(test, TEST_US, "a"), third = give(test, TEST_US, "c");
	assert_true(again.repeated && !third.repeated);
	assert_string_equal(again.code, first.code);
	assert_string_equal(number_of(&third), "0000003");
	struct give other = give(test, TEST_PEER, "d");
	assert_string_equal(number_of(&other), "0000001"); /* each agency counts for itself */
	assert_int_equal(give(test, TEST_PEER, "a").err, LT_EINVAL);
	test_office_clock += INT64_C(86400000000);
	struct give tomorrow = give(test, TEST_US, "e");
	assert_string_equal(number_of(&tomorrow), "0000001");
	assert_string_not_equal(tomorrow.code, first.code);
	test_office_clock -= INT64_C(86400000000);
}

static enum lt_err run_asked(void *ctx, struct vault_tx *tx)
{
	static const bool used[] = { false, true, false, true };
	return codes_asked(tx, ctx, RUN, 1, used, 4);
}

static void what_the_broker_knew_is_passed(void **state)
{
	struct test_office *test = *state;
	struct codes_day day = { .agency = TEST_US, .time = test_office_clock };
	struct vault_tx *tx;
	struct codes_row row;
	char code[LT_DOSSIER_MAX];
	uint32_t last;
	bool asked;
	test_office_run(test, run_asked, &day);
	struct give next = give(test, TEST_US, "a");
	assert_string_equal(number_of(&next), "0000005");
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(codes_look(tx, &day, RUN, &last, &asked), LT_OK);
	assert_true(last == 5 && asked);
	assert_int_equal(codes_look(tx, &day, RUN + 1, &last, &asked), LT_OK);
	assert_false(asked); /* another start asks again */
	for (uint32_t i = 1; i <= 5; i++) {
		assert_int_equal(lt_dossier_code_make(TEST_US, test_office_clock, i, code), LT_OK);
		assert_int_equal(codes_get(tx, code, &row), LT_OK);
		assert_int_equal(row.source, i == 5 ? CODES_GIVEN : i % 2 == 0 ? CODES_TAKEN : CODES_PASSED);
	}
	assert_int_equal(lt_dossier_code_make(TEST_US, test_office_clock, 6, code), LT_OK);
	assert_int_equal(codes_get(tx, code, &row), LT_ENOENT);
	vault_read_end(tx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_once, test_office_set_up, test_office_tear_down),
		cmocka_unit_test_setup_teardown(what_the_broker_knew_is_passed, test_office_set_up,
						test_office_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
