/* test_reply.c: ranges and entity tags as RFC 9110 reads them. */
#include "test.h"

#include "http/reply.h"

static void ranges(void **state)
{
	static const struct {
		const char *range;
		int found;
		size_t first, last;
	} cases[] = {
		{ NULL, 0, 0, 0 },
		{ "", 0, 0, 0 },
		{ "bytes=0-0", 1, 0, 0 },
		{ "bytes=2-5", 1, 2, 5 },
		{ "BYTES= 2-5 ", 1, 2, 5 },
		{ "bytes=9-", 1, 9, 9 },
		{ "bytes=3-99", 1, 3, 9 },
		{ "bytes=-4", 1, 6, 9 },
		{ "bytes=-99", 1, 0, 9 },
		{ "bytes=-0", -1, 0, 0 },
		{ "bytes=10-", -1, 0, 0 },
		{ "bytes=10-12", -1, 0, 0 },
		{ "bytes=99999999999999999999999-", -1, 0, 0 },
		{ "bytes=0-99999999999999999999999", 1, 0, 9 },
		{ "bytes=5-2", 0, 0, 0 },
		{ "bytes=-", 0, 0, 0 },
		{ "bytes=a-b", 0, 0, 0 },
		{ "bytes=1-2x", 0, 0, 0 },
		{ "bytes=0-1,4-5", 0, 0, 0 },
		{ "items=0-1", 0, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t first = 0, last = 0;
		int found = reply_range(cases[i].range, 10, &first, &last);
		if (found != cases[i].found || (found > 0 && (first != cases[i].first || last != cases[i].last)))
			fail_msg("%s: %d %zu-%zu", cases[i].range ? cases[i].range : "(none)", found, first, last);
	}
	size_t first, last;
	assert_int_equal(reply_range("bytes=0-", 0, &first, &last), -1);
}

static void tags(void **state)
{
	(void)state;
	assert_true(reply_tag_named("\"a\"", "\"a\""));
	assert_true(reply_tag_named("W/\"a\"", "\"a\""));
	assert_true(reply_tag_named("\"x\", W/\"a\"", "W/\"a\""));
	assert_true(reply_tag_named("*", "\"a\""));
	assert_false(reply_tag_named("\"ab\"", "\"a\""));
	assert_false(reply_tag_named("\"\"", "\"a\""));
	assert_false(reply_tag_named("a", "\"a\""));
	assert_false(reply_tag_named("\"a", "\"a\""));
	assert_false(reply_tag_named("", "\"a\""));
	assert_false(reply_tag_named("W/", "\"a\""));
}

TEST_MAIN(cmocka_unit_test(ranges), cmocka_unit_test(tags))
