/* What was meant by a mistyped command, and numbers on the command line. */
#include "test.h"

#include "cli/cli.h"

static const char *word_at(void *ctx, size_t index)
{
	const char *const *words = ctx;
	return words[index];
}

static void hints_are_near(void **state)
{
	(void)state;
	static const char *words[] = { "status", "sandbox", "agency list", NULL };
	assert_string_equal(cli_nearest("staus", word_at, words), "status");
	assert_string_equal(cli_nearest("agency lst", word_at, words), "agency list");
	assert_null(cli_nearest("backup", word_at, words));
}

static void numbers_have_bounds(void **state)
{
	(void)state;
	uint64_t out;
	assert_true(cli_number("42", 1, 100, &out));
	assert_int_equal(out, 42);
	static const char *const bad[] = { "", "0", "101", "-1", "1 ", "1x", "99999999999999999999999" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(cli_number(bad[i], 1, 100, &out));
}

TEST_MAIN(cmocka_unit_test(hints_are_near), cmocka_unit_test(numbers_have_bounds))
