/* test_listen.c: what is left of an address before it is taken apart. */
#include "program/listen.h"

#include <stdio.h>

#include "test.h"

static void is_cut(const char *address, unsigned members, const char *left)
{
	char text[64];
	snprintf(text, sizeof(text), "%s", address);
	listen_cut_query(text, members);
	assert_string_equal(text, left);
}

static void a_query_is_cut_behind_so_many_members(void **state)
{
	(void)state;
	is_cut("/a", 0, "/a");
	is_cut("/a?", 1, "/a?");
	is_cut("/a?b=1&c=2", 0, "/a?");
	is_cut("/a?b=1&c=2", 1, "/a?b=1&");
	is_cut("/a?b=1&c=2", 2, "/a?b=1&c=2");
	is_cut("/a?&&&&", 2, "/a?&&");
	is_cut("/a&b?c&d", 1, "/a&b?c&");
}

TEST_MAIN(cmocka_unit_test(a_query_is_cut_behind_so_many_members))
