/* test_pulse.c: the watchdog is fed while every thread moves, whatever the others do. */
#include "test.h"

#include "program/pulse.h"

static void test_every_thread_counts_for_itself(void **state)
{
	(void)state;
	struct pulse pulse = { 0 };
	uint64_t rounds[2] = { 1000000, 1 }; /* the first is far ahead and will stand still */
	for (unsigned beat = 0; beat < 5; beat++) {
		rounds[0]++;
		rounds[1]++;
		assert_true(pulse_beat(&pulse, rounds, 2));
	}
	for (unsigned beat = 1; beat < 8; beat++) {
		rounds[1]++;
		assert_int_equal(pulse_beat(&pulse, rounds, 2), beat < PULSE_PATIENCE);
	}
	rounds[0]++;
	assert_true(pulse_beat(&pulse, rounds, 2));
}

static void test_a_short_stand_is_forgiven(void **state)
{
	(void)state;
	struct pulse pulse = { 0 };
	uint64_t rounds[1] = { 1 };
	for (unsigned i = 0; i < 20; i++) {
		if (i % (PULSE_PATIENCE - 1) == 0)
			rounds[0]++;
		assert_true(pulse_beat(&pulse, rounds, 1));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_thread_counts_for_itself),
		cmocka_unit_test(test_a_short_stand_is_forgiven),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
