/* test_codes.c: each number once, also over a reopened store; the same for the same key; what the broker knew is passed. Spellings of a
 * dossier code: which are one, and that the broker is asked about one that is not known here. */
#include "test.h"

#include "testadapter.h"

#include "mail/codes.h"
#include "mail/history/comeback.h"
#include "mail/outbox.h"

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

static enum lt_err run_lost(void *ctx, struct vault_tx *tx)
{
	(void)ctx;
	return comeback_begin(tx, test_office_clock, 1, true);
}

static enum lt_err run_asked_again(void *ctx, struct vault_tx *tx)
{
	return codes_asked(tx, ctx, RUN + 1, 1, NULL, 0);
}

/* A slip may be with a citizen whose number nobody here knows any more: what is given behind a loss of the store is far above. */
static void a_loss_passes_what_may_have_been_given(void **state)
{
	struct test_office *test = *state;
	struct codes_day day = { .agency = TEST_US, .time = test_office_clock };
	struct vault_tx *tx;
	struct codes_row row;
	test_office_run(test, run_lost, NULL);
	test_office_run(test, run_asked_again, &day);
	struct give first = give(test, TEST_US, "a");
	assert_string_equal(number_of(&first), "0001001");
	test_office_run(test, run_asked_again, &day); /* once for each loss */
	struct give second = give(test, TEST_US, "b");
	assert_string_equal(number_of(&second), "0001002");
	strcpy(strrchr(second.code, '-'), "-0001000");
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(codes_get(tx, second.code, &row), LT_OK);
	vault_read_end(tx);
	assert_int_equal(row.source, CODES_PASSED);
	day.time += INT64_C(86400000000);
	test_office_clock += INT64_C(86400000000);
	test_office_run(test, run_asked_again, &day);
	struct give tomorrow = give(test, TEST_US, "c");
	assert_string_equal(number_of(&tomorrow), "0000001");
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

static struct outbox_receipt add(struct test_office *test, enum lt_kind kind, const char *code, bool ask)
{
	struct test_office_add add = { .test = test,
				       .request = { .has_leg = kind != LT_KIND_OPEN,
						    .ask_unknown = ask,
						    .header = { .kind = kind,
								.procedure_version = kind == LT_KIND_OPEN,
								.branch = kind != LT_KIND_OPEN,
								.branch_version = kind != LT_KIND_OPEN,
								.to_count = 1 } } };
	strcpy(add.request.header.dossier, code);
	strcpy(add.request.header.procedure, kind == LT_KIND_OPEN ? "1.010828" : "");
	strcpy(add.to.agency, kind == LT_KIND_OPEN ? TEST_US : TEST_PEER);
	test_office_run(test, test_office_run_add, &add);
	return add.receipt;
}

#define OPENED "H37.24-20261124-0000001"
#define SHORT "H37.24-261124-0001"

/* What is not known here may be known to the broker under another spelling: it is asked first, where the caller can wait for it. */
static void unknown_is_asked_about(void **state)
{
	struct test_office *test = *state;
	struct outbox_receipt receipt = add(test, LT_KIND_FORWARD, OPENED, true);
	assert_int_equal(receipt.refusal.reason, LT_NOT_YET);
	assert_true(receipt.ask);
	assert_int_equal(add(test, LT_KIND_OPEN, OPENED, true).refusal.reason, 0); /* is made, not looked for */
	assert_int_equal(add(test, LT_KIND_FORWARD, OPENED, true).refusal.reason, 0);
	assert_int_equal(add(test, LT_KIND_FORWARD, SHORT, true).refusal.reason, LT_NOT_YET);
	assert_int_equal(add(test, LT_KIND_FORWARD, SHORT, false).refusal.reason, 0); /* asked, or nobody waits */
}

static void spellings_are_one(void **state)
{
	struct test_office *test = *state;
	static const struct {
		const char *a, *b;
		bool same;
	} pairs[] = {
		{ "H37.11-20261124-0000001", "H37.11-20261124-0000001", true },
		{ "H37.11-20261124-0000001", "000.00.11.H37-261124-0001", true },
		{ SHORT, "H37.24-20261124-00001", true },
		{ OPENED, "H37.24-20261124-0000002", false },
		{ OPENED, "H37.24-20261123-0000001", false },
		{ OPENED, "H37.11-20261124-0000001", false },
		{ OPENED, "000.00.24.H37-20261124-0000001", false }, /* no alias is listed */
		{ OPENED, "H37.24", false },
		{ "", "", false },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (directory_current_same_dossier(test->speaker.book, pairs[i].a, pairs[i].b) != pairs[i].same)
			fail_msg("%s, %s", pairs[i].a, pairs[i].b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_once, test_office_set_up, test_office_tear_down),
		cmocka_unit_test_setup_teardown(what_the_broker_knew_is_passed, test_office_set_up,
						test_office_tear_down),
		cmocka_unit_test_setup_teardown(a_loss_passes_what_may_have_been_given, test_office_set_up,
						test_office_tear_down),
		cmocka_unit_test_setup_teardown(unknown_is_asked_about, test_office_set_up, test_office_tear_down),
		cmocka_unit_test_setup_teardown(spellings_are_one, test_office_set_up, test_office_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
