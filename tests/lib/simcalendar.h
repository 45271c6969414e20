/* simcalendar.h: the sample calendars of conf/calendars, for tests of the rules. Fails the test when a file does not hold. */
#ifndef TESTS_SIMCALENDAR_H
#define TESTS_SIMCALENDAR_H

#include "calendar.h"

/* 2025 to 2028; calendar_free it. */
struct calendar *simcalendar_new(void);

#endif
