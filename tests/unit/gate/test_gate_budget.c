/* Budgets of agencies: what is used at once, what comes back, and each agency its own. */
#include "test.h"

#include "gate/gate_budget.h"

#define SECOND INT64_C(1000000)

static void what_is_used_comes_back(void **state)
{
	(void)state;
	struct budgets *budgets;
	int64_t now = 1000 * SECOND;
	assert_int_equal(budgets_new(10, 1000, &budgets), LT_OK);
	for (unsigned i = 0; i < 10 * BUDGET_SECONDS; i++) {
		assert_int_equal(budgets_over(budgets, "H01", BUDGET_ENVELOPES, now), 0);
		budgets_use(budgets, "H01", BUDGET_ENVELOPES, 1, now);
	}
	budgets_use(budgets, "H01", BUDGET_ENVELOPES, 64, now);
	assert_int_equal(budgets_over(budgets, "H01", BUDGET_ENVELOPES, now), 64 * SECOND / 10);
	assert_int_equal(budgets_over(budgets, "H01", BUDGET_ENVELOPES, now + 6 * SECOND), 4 * SECOND / 10);
	assert_int_equal(budgets_over(budgets, "H01", BUDGET_ENVELOPES, now + 7 * SECOND), 0);
	/* Others, and other kinds, have theirs. */
	assert_int_equal(budgets_over(budgets, "H02", BUDGET_ENVELOPES, now), 0);
	assert_int_equal(budgets_over(budgets, "H01", BUDGET_BYTES, now), 0);
	assert_int_equal(budgets_over(budgets, "H01", BUDGET_PROOFS, now), 0);
	/* After a pause no more than a minute's worth is there. */
	now += 3600 * SECOND;
	budgets_use(budgets, "H01", BUDGET_ENVELOPES, 10 * BUDGET_SECONDS + 10, now);
	assert_int_equal(budgets_over(budgets, "H01", BUDGET_ENVELOPES, now), SECOND);
	budgets_free(budgets);
}

static void sessions_are_begun_at_a_rate(void **state)
{
	(void)state;
	struct budgets *budgets;
	int64_t now = SECOND;
	unsigned hellos = 0, proofs = 0;
	assert_int_equal(budgets_new(10, 1000, &budgets), LT_OK);
	for (; budgets_over(budgets, "H01", BUDGET_HELLOS, now) == 0; hellos++)
		budgets_use(budgets, "H01", BUDGET_HELLOS, 1, now);
	for (; budgets_over(budgets, "H01", BUDGET_PROOFS, now) == 0; proofs++)
		budgets_use(budgets, "H01", BUDGET_PROOFS, 1, now);
	assert_int_equal(hellos, BUDGET_HELLOS_RATE * BUDGET_SECONDS + 1);
	assert_int_equal(proofs, BUDGET_PROOFS_RATE * BUDGET_SECONDS + 1);
	budgets_free(budgets);
}

TEST_MAIN(cmocka_unit_test(what_is_used_comes_back), cmocka_unit_test(sessions_are_begun_at_a_rate))
