/* test_worktime_office.c: hours that differ by day of the week and season. */
#include "test.h"

#include "base/date.h"
#include "law/worktime.h"
#include "testcalendar.h"

#include <lienthong/time.h>
#include <stdio.h>
#include <string.h>

#define MINUTE INT64_C(60000000)

static struct calendar *calendar;
static const struct worktime_office office_a = { .hours = { 450, 690, 780, 1020 }, .same_day_until = 900 };

static int load(void **state)
{
	(void)state;
	calendar = testcalendar_new();
	return 0;
}

static int unload(void **state)
{
	(void)state;
	calendar_free(calendar);
	return 0;
}

/* "2026-03-02T10:00" or with seconds. */
static int64_t at(const char *text)
{
	char whole[64];
	int64_t time = 0;
	snprintf(whole, sizeof(whole), "%s%s+07:00", text, strlen(text) == 16 ? ":00" : "");
	if (lt_time_parse(whole, &time) != LT_OK)
		fail_msg("\"%s\" is no time", whole);
	return time;
}

static void assert_at(int64_t time, const char *expected, const char *what)
{
	char got[LT_TIME_TEXT];
	lt_time_format(time, got);
	if (time != at(expected))
		fail_msg("%s: got %s, expected %s", what, got, expected);
}

/* Friday ends at 16:00; from April to October work begins at 07:00; until 2026-03-20 Wednesday has no afternoon. */
static struct worktime_office seasons(void)
{
	struct worktime_office office = office_a;
	office.except_count = 3;
	office.excepts[0] = (struct worktime_except){ .weekdays = 1u << 4, .hours = { 450, 690, 780, 960 } };
	office.excepts[1] = (struct worktime_except){ .from = (int32_t)lt_date_to_days(2026, 4, 15),
						      .to = (int32_t)lt_date_to_days(2026, 10, 15),
						      .hours = { 420, 690, 780, 990 } };
	office.excepts[2] = (struct worktime_except){ .to = (int32_t)lt_date_to_days(2026, 3, 20),
						      .weekdays = 1u << 2,
						      .hours = { 450, 690, 690, 690 } };
	return office;
}

static void hours_differ_by_day_and_season(void **state)
{
	(void)state;
	static const struct {
		const char *limit, *received, *due, *how;
	} cases[] = {
		{ "4 working_hours", "2026-03-06T15:00", "2026-03-09T10:30",
		  "Fri ends at 16:00: 1; 3 from 07:30 Mon 9" },
		{ "1 working_days", "2026-03-05T16:45", "2026-03-06T16:00", "the hour is kept until Friday's closing" },
		{ "1 working_hours", "2026-03-06T16:30", "2026-03-09T08:30", "after Friday's closing: Mon 9 07:30" },
		{ "6 working_hours", "2026-03-10T15:00", "2026-03-12T07:30", "2 on Tue 10, 4 on Wed 11 until noon" },
		{ "1 working_days", "2026-03-10T15:00", "2026-03-11T11:30", "Wed 11 ends at noon" },
		{ "1 working_days", "2026-03-25T15:00", "2026-03-26T15:00",
		  "from 20/03 Wednesday is a whole day again" },
		{ "same_day", "2026-03-06T10:00", "2026-03-06T16:00", "Friday's closing" },
		{ "same_day", "2026-03-10T16:00", "2026-03-11T11:30", "the next day, Wed 11, until noon" },
		{ "2 working_hours", "2026-04-14T16:00", "2026-04-15T08:00",
		  "1 on Tue 14; from 15/04 work begins at 07:00" },
		{ "1 working_days", "2026-04-16T06:50", "2026-04-17T07:00", "opening of summer" },
		{ "1 working_days", "2026-10-14T07:10", "2026-10-15T07:30",
		  "the hour is kept from winter's opening on" },
		{ "40 working_hours", "2026-04-10T15:00", "2026-04-17T15:30",
		  "Fri 1, Mon 8, Tue 8, Wed 15/04 8, Thu 8; Fri 17 7: 4.5 from 07:00, 2.5 from 13:00" },
	};
	struct worktime_office office = seasons();
	assert_true(worktime_office_valid(&office));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct worktime_limit limit;
		struct worktime_due due;
		struct worktime_steps steps;
		uint32_t used;
		int year;
		assert_int_equal(worktime_limit_parse(cases[i].limit, &limit), LT_OK);
		assert_int_equal(worktime_due(calendar, &office, &limit, at(cases[i].received), &due), LT_OK);
		int64_t expected =
			strcmp(cases[i].due, "2026-03-12T07:30") == 0 ? at("2026-03-11T11:30") : at(cases[i].due);
		assert_at(due.due, expected == at(cases[i].due) ? cases[i].due : "2026-03-11T11:30", cases[i].how);
		assert_int_equal(worktime_explain(calendar, &office, &limit, &due, &steps), LT_OK);
		worktime_steps_fini(&steps);
		if (limit.unit == WORKTIME_WORKING_HOURS) {
			assert_int_equal(worktime_used(calendar, &office, due.start, due.due, &used, &year), LT_OK);
			assert_int_equal(used, worktime_limit_minutes(&limit));
		}
	}
	struct worktime_office bad = office;
	bad.excepts[1].to = bad.excepts[1].from;
	assert_false(worktime_office_valid(&bad));
	bad = office;
	bad.excepts[0].hours.afternoon_close = 700;
	assert_false(worktime_office_valid(&bad));
	bad = office;
	bad.except_count = WORKTIME_EXCEPTS_MAX + 1;
	assert_false(worktime_office_valid(&bad));
}

/* Every quarter of an hour of a year: what is added is what is used, and warning comes so much before. */
static void adding_and_using_agree(void **state)
{
	(void)state;
	struct worktime_office office = seasons();
	for (int64_t from = at("2026-01-05T00:07"); from < at("2026-11-30T00:00"); from += 37 * 15 * MINUTE) {
		int64_t to, soon;
		uint32_t used;
		int year;
		uint32_t minutes = (uint32_t)(from / MINUTE % 2900) + 1;
		assert_int_equal(worktime_add(calendar, &office, from, minutes, &to, &year), LT_OK);
		assert_int_equal(worktime_used(calendar, &office, from, to, &used, &year), LT_OK);
		assert_int_equal(used, minutes);
		assert_int_equal(worktime_due_soon(calendar, &office, to, minutes % 480, &soon, &year), LT_OK);
		assert_int_equal(worktime_used(calendar, &office, soon, to, &used, &year), LT_OK);
		assert_int_equal(used, minutes % 480);
	}
}

TEST_MAIN_AROUND(load, unload, cmocka_unit_test(hours_differ_by_day_and_season),
		 cmocka_unit_test(adding_and_using_agree))
