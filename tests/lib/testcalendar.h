/* testcalendar.h: the sample calendars of conf/calendars, for tests of the rules. Fails the test when a file does not hold. */
#ifndef TESTS_TESTCALENDAR_H
#define TESTS_TESTCALENDAR_H

#include "law/calendar.h"

/* 2025 to 2028; calendar_free it. */
struct calendar *testcalendar_new(void);

#endif
