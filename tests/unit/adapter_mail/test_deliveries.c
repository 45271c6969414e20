/* test_deliveries.c: what a webhook is told is due by the schedule, then parked, and never dropped before it was delivered. */
#include "test.h"

#include "testadapter.h"

#include "mail/history/deliveries.h"

#include <string.h>

#define HOOK "so-y-te"
#define NOW INT64_C(1795478400000000)
#define DAY INT64_C(86400000000)

static enum lt_err run_begin(void *ctx, struct vault_tx *tx)
{
	(void)ctx;
	enum lt_err err = deliveries_begin(tx, HOOK);
	return err ? err : deliveries_begin(tx, HOOK "-2"); /* a name that begins as the other one */
}

static enum lt_err run_add(void *ctx, struct vault_tx *tx)
{
	const uint64_t *number = ctx;
	struct delivery row = { .place = { .number = *number, .tag = "1234567" },
				.event = LT_EVENT_ITEM_ARRIVED,
				.made = NOW,
				.body = lt_bytes("{\"a\":1}", 7) };
	enum lt_err err = deliveries_add(tx, HOOK, &row);
	return err ? err : deliveries_add(tx, HOOK "-2", &row);
}

static enum lt_err run_tried(void *ctx, struct vault_tx *tx)
{
	return deliveries_tried(tx, HOOK, ctx);
}

static enum lt_err run_again(void *ctx, struct vault_tx *tx)
{
	const uint64_t *number = ctx;
	return deliveries_again(tx, HOOK, *number, NOW + DAY);
}

static enum lt_err run_purge(void *ctx, struct vault_tx *tx)
{
	return deliveries_purge(tx, HOOK, NOW + 40 * DAY, 2, ctx);
}

static enum lt_err run_end_all(void *ctx, struct vault_tx *tx)
{
	(void)ctx;
	return deliveries_end_all(tx);
}

static void add(struct test_office *test, uint64_t number)
{
	test_office_run(test, run_add, &number);
}

static void tried(struct test_office *test, uint64_t number, int64_t at, uint32_t status, int64_t wait)
{
	struct delivery_result result = { .number = number,
					  .delivered = status == 200,
					  .gone = status == 410,
					  .status = status,
					  .at = at,
					  .wait = wait,
					  .error = status == 200 ? "" : "no" };
	test_office_run(test, run_tried, &result);
}

static struct delivery row_of(struct test_office *test, uint64_t number)
{
	struct vault_tx *tx;
	struct delivery row;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(deliveries_get(tx, HOOK, number, &row), LT_OK);
	assert_int_equal(row.body.len, 7);
	assert_memory_equal(row.body.data, "{\"a\":1}", 7);
	vault_read_end(tx);
	return row;
}

/* The number of what is due first; 0: nothing waits. */
static uint64_t due(struct test_office *test, int64_t *at)
{
	struct vault_tx *tx;
	struct delivery row = { 0 };
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	enum lt_err err = deliveries_due(tx, HOOK, &row);
	assert_true(!err || err == LT_ENOENT);
	vault_read_end(tx);
	*at = row.due;
	return err ? 0 : row.place.number;
}

static void counted(struct test_office *test, uint64_t waiting, uint64_t parked)
{
	struct vault_tx *tx;
	struct deliveries_count count;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(deliveries_count(tx, HOOK, &count), LT_OK);
	vault_read_end(tx);
	assert_int_equal(count.waiting, waiting);
	assert_int_equal(count.parked, parked);
}

static void test_the_schedule_then_parked(void **state)
{
	struct test_office *test = *state;
	int64_t at = NOW, next, begun = NOW;
	test_office_run(test, run_begin, NULL);
	add(test, 5);
	assert_int_equal(due(test, &next), 5);
	for (unsigned i = 1; i < DELIVERY_ATTEMPTS; i++) {
		tried(test, 5, at, 500, 0);
		assert_int_equal(due(test, &next), 5);
		assert_true(next > at);
		assert_int_equal(next - at, delivery_pause(i));
		at = next;
	}
	assert_true(at - begun > 3 * DAY && at - begun < 4 * DAY);
	counted(test, 1, 0);
	tried(test, 5, at, 500, 0);
	assert_int_equal(due(test, &next), 0);
	counted(test, 0, 1);
	struct delivery row = row_of(test, 5);
	assert_int_equal(row.state, DELIVERY_PARKED);
	assert_int_equal(row.attempts, DELIVERY_ATTEMPTS);
	assert_string_equal(row.error, "no");
	uint64_t number = 5;
	test_office_run(test, run_again, &number);
	assert_int_equal(due(test, &next), 5);
	assert_int_equal(next, NOW + DAY);
	assert_int_equal(row_of(test, 5).attempts, 0);
	tried(test, 5, NOW + DAY, 200, 0);
	counted(test, 0, 0);
}

static void test_what_a_target_asks_for(void **state)
{
	struct test_office *test = *state;
	int64_t next;
	test_office_run(test, run_begin, NULL);
	add(test, 1);
	tried(test, 1, NOW, 503, 60000000);
	due(test, &next);
	assert_int_equal(next, NOW + 60000000);
	tried(test, 1, NOW, 503, 90 * DAY); /* not for ever */
	due(test, &next);
	assert_int_equal(next, NOW + DAY);
	add(test, 2);
	tried(test, 2, NOW, 410, 0);
	assert_int_equal(row_of(test, 2).state, DELIVERY_PARKED);
	add(test, 3); /* what is due earlier comes first, whatever its number */
	assert_int_equal(due(test, &next), 3);
	counted(test, 2, 1);
}

static void test_only_what_was_delivered_goes(void **state)
{
	struct test_office *test = *state;
	struct vault_tx *tx;
	struct delivery row = { 0 };
	char name[HOOK_NAME_MAX] = "";
	uint64_t from = 0;
	test_office_run(test, run_begin, NULL);
	for (uint64_t i = 1; i <= 5; i++)
		add(test, i);
	tried(test, 1, NOW, 200, 0);
	tried(test, 2, NOW, 410, 0);
	tried(test, 4, NOW + 20 * DAY, 200, 0);
	tried(test, 5, NOW, 200, 0);
	unsigned rounds = 0;
	do {
		test_office_run(test, run_purge, &from);
		rounds++;
	} while (from != 0);
	assert_true(rounds > 1);
	test_office_run(test, run_end_all, NULL);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	for (uint64_t i = 2; i <= 4; i++, row.place.number++) {
		assert_int_equal(deliveries_next(tx, HOOK, &row), LT_OK);
		assert_int_equal(row.place.number, i);
	}
	assert_int_equal(deliveries_next(tx, HOOK, &row), LT_ENOENT);
	struct deliveries_count count;
	assert_int_equal(deliveries_next_hook(tx, name), LT_OK);
	assert_string_equal(name, HOOK);
	assert_int_equal(deliveries_next_hook(tx, name), LT_OK);
	assert_string_equal(name, HOOK "-2");
	assert_int_equal(deliveries_count(tx, name, &count), LT_OK);
	assert_true(count.waiting == 5 && !count.active && count.followed == 5);
	assert_int_equal(deliveries_next_hook(tx, name), LT_ENOENT);
	vault_read_end(tx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_schedule_then_parked, test_office_set_up,
						test_office_tear_down),
		cmocka_unit_test_setup_teardown(test_what_a_target_asks_for, test_office_set_up, test_office_tear_down),
		cmocka_unit_test_setup_teardown(test_only_what_was_delivered_goes, test_office_set_up,
						test_office_tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
