/* Numbers that are to be copied: each once, in their order, whatever comes and goes. */
#include "test.h"

#include "project/pending.h"

#include <string.h>

static void test_each_once(void **state)
{
	(void)state;
	struct pending pending = { 0 };
	uint64_t out[8];
	assert_int_equal(pending_first(&pending, out, 8), 0);
	static const uint64_t some[] = { 700000, 64, 1, 63, 64, 65, 1, 700000 };
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pending_add(&pending, some[i]), LT_OK);
	assert_int_equal(pending.count, 5);
	static const uint64_t sorted[] = { 1, 63, 64, 65, 700000 };
	assert_int_equal(pending_first(&pending, out, 8), 5);
	assert_memory_equal(out, sorted, sizeof(sorted));
	assert_int_equal(pending_first(&pending, out, 2), 2);
	assert_memory_equal(out, sorted, 2 * sizeof(sorted[0]));
	pending_remove(&pending, 1);
	pending_remove(&pending, 1);
	pending_remove(&pending, 2);
	pending_remove(&pending, UINT64_MAX);
	assert_int_equal(pending.count, 4);
	assert_int_equal(pending_first(&pending, out, 8), 4);
	assert_int_equal(pending_add(&pending, 1), LT_OK); /* before where it was read from */
	assert_int_equal(pending_first(&pending, out, 1), 1);
	assert_int_equal(out[0], 1);
	pending_clear(&pending);
	assert_int_equal(pending_first(&pending, out, 8), 0);
	assert_int_equal(pending_add(&pending, 3), LT_OK);
	assert_int_equal(pending_first(&pending, out, 8), 1);
	pending_fini(&pending);
}

static void test_bounds(void **state)
{
	(void)state;
	struct pending pending = { 0 };
	assert_int_equal(pending_add(&pending, 0), LT_EINVAL);
	assert_int_equal(pending_add(&pending, PENDING_NUMBER_MAX + 1), LT_EINVAL);
	assert_int_equal(pending_add(&pending, UINT64_MAX), LT_EINVAL);
	assert_int_equal(pending.count, 0);
	assert_int_equal(pending.room, 0);
	pending_fini(&pending);
}

TEST_MAIN(cmocka_unit_test(test_each_once), cmocka_unit_test(test_bounds))
