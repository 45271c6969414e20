/* time_fixture.h: times as the tests of clocks write them: "2026-03-02T10:00", Vietnam's time. */
#ifndef TESTS_TIME_FIXTURE_H
#define TESTS_TIME_FIXTURE_H

#include "test.h"

#include <lienthong/time.h>
#include <stdio.h>

static inline int64_t at(const char *text)
{
	char whole[64];
	int64_t time = 0;
	snprintf(whole, sizeof(whole), "%s:00+07:00", text);
	assert_int_equal(lt_time_parse(whole, &time), LT_OK);
	return time;
}

static inline void assert_at(int64_t time, const char *expected)
{
	char got[LT_TIME_TEXT];
	lt_time_format(time, got);
	if (time != at(expected))
		fail_msg("got %s, expected %s", got, expected);
}

#endif
