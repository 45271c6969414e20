/* test_hook_events.c: which events a webhook is told. */
#include "test.h"

#include "hook/hook_events.h"

#include <string.h>

static void test_events_that_are_chosen(void **state)
{
	char name[64];
	(void)state;
	assert_true(hook_list_has(NULL, "item.new") && hook_list_has("link.lost, item.*", "item.new"));
	assert_false(hook_list_has("item.*", "itemize.new") || hook_list_has("item.n", "item.new") ||
		     hook_list_has("", "item.new"));
	assert_null(hook_unknown_event("envelope.* item.arrived,link.lost", name));
	assert_string_equal(hook_unknown_event("item.arrived items.*", name), "items.*");
	assert_null(hook_unknown_event(NULL, name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_that_are_chosen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
