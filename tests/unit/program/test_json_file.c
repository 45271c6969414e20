/* The place of a JSON value in the text of its file, for messages. */
#include "test.h"

#include "program/json_file.h"

static void locator_finds_lines(void **state)
{
	(void)state;
	static const char text[] =
		"{\n \"a\": [1,\n  {\"b}\\\"\": \"x]\", \"c\":\n   true}],\n \"d\": {\n  \"e\": null}\n}\n";
	const struct {
		const char *pointer;
		unsigned line;
	} cases[] = { { "", 1 },   { "/a", 2 }, { "/a/0", 2 }, { "/a/1", 3 },    { "/a/1/c", 4 }, { "/d/e", 6 },
		      { "/d", 5 }, { "/x", 1 }, { "/a/7", 2 }, { "/a/1/zz", 3 }, { "/d/e/f", 6 }, { "/a/0/q", 2 } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(json_file_line(text, sizeof(text) - 1, cases[i].pointer), cases[i].line);
}

TEST_MAIN(cmocka_unit_test(locator_finds_lines))
