/* test_stuck.c: in order, one each, bounded for each agency, and the same after a restart. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "simstate.h"
#include "state/stuck.h"

static int set_up(void **state)
{
	*state = simstate_new();
	return 0;
}

static int tear_down(void **state)
{
	simstate_free(*state);
	return 0;
}

static struct stuck make(const char *agency, uint64_t number)
{
	struct stuck stuck = { .number = number, .sequence = number * 10, .dossier = 3, .reason = LT_SIGNATURE_WRONG };
	memcpy(stuck.agency, agency, strlen(agency) + 1);
	return stuck;
}

static void test_list(void **state)
{
	struct simstate *s = *state;
	struct stuck_list list = { 0 }, again = { 0 };
	static const struct {
		const char *agency;
		uint64_t number;
	} puts[] = { { "H37.2", 9 }, { "H37.14", 300 }, { "H37.14", 2 }, { "H37.2", 1 }, { "H37.14", 2 } };
	for (size_t i = 0; i < sizeof(puts) / sizeof(puts[0]); i++) {
		struct stuck stuck = make(puts[i].agency, puts[i].number);
		assert_true(stuck_put(&list, s->store, &stuck));
	}
	assert_int_equal(list.count, 4);
	assert_non_null(stuck_find(&list, "H37.14", 300));
	assert_null(stuck_find(&list, "H37.1", 300));
	assert_null(stuck_find(&list, "H37.14", 3));
	assert_int_equal(stuck_at(&list, "H37.14", 3), 1);
	assert_int_equal(stuck_at(&list, "H37.2", 0), 2);
	stuck_load(&again, s->store);
	assert_int_equal(again.count, list.count);
	for (size_t i = 0; i < list.count; i++) {
		assert_string_equal(again.items[i].agency, list.items[i].agency);
		assert_int_equal(again.items[i].number, list.items[i].number);
		assert_int_equal(again.items[i].sequence, list.items[i].sequence);
		assert_int_equal(again.items[i].reason, list.items[i].reason);
	}
	stuck_drop(&list, s->store, 1);
	stuck_fini(&again);
	stuck_load(&again, s->store);
	assert_int_equal(again.count, 3);
	assert_null(stuck_find(&again, "H37.14", 300));
	stuck_fini(&list);
	stuck_fini(&again);
}

static void test_bound(void **state)
{
	struct simstate *s = *state;
	struct stuck_list list = { 0 };
	for (uint64_t i = 1; i <= STUCK_AGENCY_MAX; i++) {
		struct stuck stuck = make("H37.14", i);
		assert_true(stuck_put(&list, s->store, &stuck));
	}
	struct stuck more = make("H37.14", 5000), known = make("H37.14", 5), other = make("H37.2", 1);
	assert_false(stuck_put(&list, s->store, &more));
	assert_true(stuck_put(&list, s->store, &known));
	assert_true(stuck_put(&list, s->store, &other));
	stuck_fini(&list);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_bound, set_up, tear_down))
