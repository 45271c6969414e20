/* test_broker_clock.c: how far our clock may be from the broker's. */
#include "test.h"

#include "mail/broker_clock.h"

#include <stddef.h>

static int64_t boot;

static int64_t boottime(void)
{
	return boot;
}

static void apart_by_over_a_minute(void **state)
{
	struct broker_clock clock = { .boot = boottime };
	const int64_t second = 1000000, at = 1795000000 * second;
	(void)state;
	boot = 77 * second;
	assert_false(broker_clock_apart(NULL, 0));
	assert_false(broker_clock_apart(&clock, at)); /* nobody told it anything */
	broker_clock_tell(&clock, 0);
	assert_false(broker_clock_apart(&clock, at));
	broker_clock_tell(&clock, at);
	assert_int_equal(broker_clock_ahead(&clock, at + 5), 5);
	assert_false(broker_clock_apart(&clock, at + 60 * second));
	assert_true(broker_clock_apart(&clock, at + 60 * second + 1));
	assert_false(broker_clock_apart(&clock, at - 60 * second));
	assert_true(broker_clock_apart(&clock, at - 60 * second - 1));
	boot += 3600 * second; /* it counts on by itself: a clock that was mended is seen at once */
	assert_true(broker_clock_apart(&clock, at));
	assert_false(broker_clock_apart(&clock, at + 3600 * second));
	broker_clock_tell(&clock, at); /* and takes the newer word */
	assert_false(broker_clock_apart(&clock, at));
}

TEST_MAIN(cmocka_unit_test(apart_by_over_a_minute))
