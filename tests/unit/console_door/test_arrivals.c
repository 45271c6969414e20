/* test_arrivals.c: who has a place and sends nothing whole gives it to others, the longest first. */
#include "door/arrivals.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_closed(int other)
{
	char byte;
	return recv(other, &byte, 1, MSG_DONTWAIT) == 0;
}

static void the_longest_goes(void **state)
{
	(void)state;
	enum { ALL = ARRIVALS_MAX + 3 };
	struct arrivals *arrivals = arrivals_new();
	struct arrival *each[ALL];
	int ends[ALL][2];
	for (unsigned i = 0; i < ALL; i++)
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]), 0);
	for (unsigned i = 0; i < ARRIVALS_MAX; i++)
		each[i] = arrivals_begin(arrivals, ends[i][0]);
	arrivals_whole(arrivals, each[0]); /* a page is made for it: it is nobody's who waits */
	each[ARRIVALS_MAX] = arrivals_begin(arrivals, ends[ARRIVALS_MAX][0]);
	for (unsigned i = 0; i <= ARRIVALS_MAX; i++)
		assert_false(is_closed(ends[i][1]));
	each[ARRIVALS_MAX + 1] = arrivals_begin(arrivals, ends[ARRIVALS_MAX + 1][0]);
	assert_true(is_closed(ends[1][1]));
	arrivals_again(arrivals, each[2]); /* answered, and asked nothing since: the last of all */
	arrivals_again(arrivals, each[0]);
	assert_true(is_closed(ends[3][1]));
	each[ARRIVALS_MAX + 2] = arrivals_begin(arrivals, ends[ARRIVALS_MAX + 2][0]);
	assert_true(is_closed(ends[4][1]));
	for (unsigned i = 0; i < ALL; i++) {
		assert_int_equal(is_closed(ends[i][1]), i == 1 || i == 3 || i == 4);
		arrivals_end(arrivals, each[i]);
		close(ends[i][0]);
		close(ends[i][1]);
	}
	arrivals_whole(arrivals, NULL); /* memory was out when it came */
	arrivals_again(arrivals, NULL);
	arrivals_free(arrivals);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_longest_goes) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
