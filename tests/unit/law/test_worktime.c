/* test_worktime.c: the table of due times, what the tables cannot say, and how fast it is. */
#include "test.h"

#include "law/worktime.h"
#include "worktime_cases.h"
#include "testcalendar.h"

#include <lienthong/time.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define HOUR_US INT64_C(3600000000)

static struct calendar *calendar;
#define OFFICE(morning, noon, afternoon, evening)                                     \
	{                                                                             \
		.hours = { morning, noon, afternoon, evening }, .same_day_until = 900 \
	}
static const struct worktime_office office_a = OFFICE(450, 690, 780, 1020), office_b = OFFICE(420, 690, 810, 1020),
				    office_c = OFFICE(450, 690, 780, 990);

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

static const struct worktime_office *office_of(char name)
{
	return name == 'A' ? &office_a : name == 'B' ? &office_b : &office_c;
}

static void table_of_due_times(void **state)
{
	(void)state;
	assert_true(CLOCK_CASE_COUNT >= 120);
	for (size_t i = 0; i < CLOCK_CASE_COUNT; i++) {
		const struct clock_case *c = &clock_cases[i];
		struct worktime_limit limit;
		struct worktime_due due;
		struct worktime_steps steps;
		char what[400];
		snprintf(what, sizeof(what), "%c %s from %s (%s)", c->office, c->limit, c->received, c->how);
		if (worktime_limit_parse(c->limit, &limit) != LT_OK)
			fail_msg("%s: limit refused", what);
		enum lt_err err = worktime_due(calendar, office_of(c->office), &limit, at(c->received), &due);
		if (err != (c->due ? LT_OK : LT_ENOENT))
			fail_msg("%s: error %d", what, err);
		if (!c->due)
			continue;
		assert_at(due.due, c->due, what);
		/* The explanation counts day by day and asserts that it ends at the same instant. */
		assert_int_equal(worktime_explain(calendar, office_of(c->office), &limit, &due, &steps), LT_OK);
		assert_true(steps.count >= 2);
		assert_int_equal(steps.items[steps.count - 1].kind, WORKTIME_STEP_DUE);
		worktime_steps_fini(&steps);
	}
}

/* What is allotted and what is used are one measure: at the due time, all of the limit is used. */
static void limit_is_used_up_at_due(void **state)
{
	(void)state;
	for (size_t i = 0; i < CLOCK_CASE_COUNT; i++) {
		const struct clock_case *c = &clock_cases[i];
		struct worktime_limit limit;
		struct worktime_due due;
		uint32_t minutes = 0, from_receipt = 0;
		int year = 0;
		assert_int_equal(worktime_limit_parse(c->limit, &limit), LT_OK);
		if (!c->due || c->office == 'C' || limit.unit > WORKTIME_WORKING_DAYS)
			continue;
		const struct worktime_office *office = office_of(c->office);
		assert_int_equal(worktime_due(calendar, office, &limit, at(c->received), &due), LT_OK);
		assert_int_equal(worktime_used(calendar, office, due.start, due.due, &minutes, &year), LT_OK);
		assert_int_equal(worktime_used(calendar, office, due.received, due.due, &from_receipt, &year), LT_OK);
		uint32_t allotted = worktime_limit_minutes(&limit);
		if (minutes != allotted || from_receipt != allotted)
			fail_msg("%s from %s: %u and %u used of %u", c->limit, c->received, minutes, from_receipt,
				 allotted);
	}
}

static void seconds_are_dropped(void **state)
{
	(void)state;
	struct worktime_limit limit = { WORKTIME_WORKING_DAYS, 4 };
	struct worktime_due due;
	assert_int_equal(worktime_due(calendar, &office_a, &limit, at("2026-03-02T10:00:59"), &due), LT_OK);
	assert_at(due.due, "2026-03-03T10:00", "seconds");
	assert_at(due.received, "2026-03-02T10:00", "received");
	limit.unit = WORKTIME_SAME_DAY;
	assert_int_equal(worktime_due(calendar, &office_a, &limit, at("2026-03-02T15:00:59"), &due), LT_OK);
	assert_at(due.due, "2026-03-02T17:00", "15:00 and some seconds is 15:00");
}

static void year_not_covered_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *limit, *received;
		int year;
	} cases[] = {
		{ "1 working_days", "2024-12-31T10:00", 2024 },      { "1 working_days", "2029-01-01T10:00", 2029 },
		{ "1 working_days", "2028-12-29T10:00", 2029 },      { "1 working_days", "2028-12-29T17:30", 2029 },
		{ "9 working_hours", "2028-12-29T10:00", 2029 },     { "same_day", "2028-12-29T16:00", 2029 },
		{ "4 calendar_days", "2028-12-28T10:00", 2029 },     { "2 calendar_days", "2028-12-28T10:00", 2029 },
		{ "1000 calendar_days", "2028-12-01T10:00", 2031 },  { "1 working_days", "1969-12-31T10:00", 1969 },
		{ "100000 working_days", "2025-03-03T10:00", 2029 }, { "1 working_days", "9999-12-31T23:00", 9999 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct worktime_limit limit;
		struct worktime_due due;
		assert_int_equal(worktime_limit_parse(cases[i].limit, &limit), LT_OK);
		enum lt_err err = worktime_due(calendar, &office_a, &limit, at(cases[i].received), &due);
		if (err != LT_ENOENT || due.missing_year != cases[i].year)
			fail_msg("%s from %s: error %d, year %d", cases[i].limit, cases[i].received, err,
				 due.missing_year);
	}
	struct worktime_limit limit = { WORKTIME_WORKING_DAYS, 4 };
	struct worktime_due due;
	assert_int_equal(worktime_due(calendar, &office_a, &limit, INT64_MIN, &due), LT_ENOENT);
	assert_int_equal(worktime_due(calendar, &office_a, &limit, INT64_MAX, &due), LT_ENOENT);
	uint32_t minutes;
	int year = 0;
	assert_int_equal(
		worktime_used(calendar, &office_a, at("2028-12-01T10:00"), at("2029-01-02T10:00"), &minutes, &year),
		LT_ENOENT);
	assert_int_equal(year, 2029);
}

static void limits_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum worktime_unit unit;
		uint32_t quarters;
	} good[] = { { "3 working_days", WORKTIME_WORKING_DAYS, 12 },
		     { "2.5 working_days", WORKTIME_WORKING_DAYS, 10 },
		     { "0.25 working_days", WORKTIME_WORKING_DAYS, 1 },
		     { "1.75 calendar_days", WORKTIME_CALENDAR_DAYS, 7 },
		     { "0.5 working_hours", WORKTIME_WORKING_HOURS, 2 },
		     { "0.50 working_hours", WORKTIME_WORKING_HOURS, 2 },
		     { "30 minutes", WORKTIME_WORKING_MINUTES, 120 },
		     { "1.0 minutes", WORKTIME_WORKING_MINUTES, 4 },
		     { "15 calendar_days", WORKTIME_CALENDAR_DAYS, 60 },
		     { "same_day", WORKTIME_SAME_DAY, 4 },
		     { "1 same_day", WORKTIME_SAME_DAY, 4 },
		     { "2.0  working_days", WORKTIME_WORKING_DAYS, 8 },
		     { "2.00 working_days", WORKTIME_WORKING_DAYS, 8 },
		     { "100000 working_hours", WORKTIME_WORKING_HOURS, 400000 } };
	static const char *const bad[] = { "",
					   "3",
					   "working_days",
					   "3 days",
					   "0 working_days",
					   "0.0 working_days",
					   "-1 working_days",
					   "2.3 working_days",
					   "2.55 working_days",
					   "2.250 working_days",
					   "0.1 working_days",
					   "0.5 minutes",
					   "minutes",
					   "0 minutes",
					   "30 minute",
					   "2. working_days",
					   ".5 working_days",
					   "3working_days",
					   "3 working_days ",
					   " 3 working_days",
					   "2 same_day",
					   "0.5 same_day",
					   "100001 working_hours",
					   "99999999999999999999 working_hours",
					   "1e3 working_days",
					   "3 Working_days" };
	struct worktime_limit limit;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (worktime_limit_parse(good[i].text, &limit) != LT_OK)
			fail_msg("\"%s\" was refused", good[i].text);
		assert_int_equal(limit.unit, good[i].unit);
		assert_int_equal(limit.quarters, good[i].quarters);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (worktime_limit_parse(bad[i], &limit) != LT_EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
	static const char *const same[] = { "3 working_days",    "0.25 working_days", "1.75 calendar_days",
					    "2.5 working_hours", "30 minutes",        "same_day" };
	char text[WORKTIME_LIMIT_TEXT];
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(worktime_limit_parse(same[i], &limit), LT_OK);
		worktime_limit_text(&limit, text);
		assert_string_equal(text, same[i]);
	}
	struct worktime_due due;
	limit = (struct worktime_limit){ WORKTIME_WORKING_MINUTES, 5 };
	assert_int_equal(worktime_due(calendar, &office_a, &limit, at("2026-03-02T10:00"), &due), LT_EINVAL);
	limit = (struct worktime_limit){ WORKTIME_WORKING_DAYS, 0 };
	assert_int_equal(worktime_due(calendar, &office_a, &limit, at("2026-03-02T10:00"), &due), LT_EINVAL);
	limit = (struct worktime_limit){ WORKTIME_WORKING_HOURS, WORKTIME_QUARTERS_MAX + 1 };
	assert_int_equal(worktime_due(calendar, &office_a, &limit, at("2026-03-02T10:00"), &due), LT_EINVAL);
}

static void time_used(void **state)
{
	(void)state;
	static const struct {
		const char *from, *to;
		uint32_t minutes;
		const char *how;
	} cases[] = {
		{ "2026-03-02T10:00", "2026-03-02T10:00", 0, "no time" },
		{ "2026-03-02T10:00", "2026-03-02T09:00", 0, "backwards is nothing" },
		{ "2026-03-02T10:00", "2026-03-02T11:00", 60, "within the morning" },
		{ "2026-03-02T11:00", "2026-03-02T14:00", 90, "30 + 60 over lunch" },
		{ "2026-03-02T11:45", "2026-03-02T12:45", 0, "all in the break" },
		{ "2026-03-02T00:00", "2026-03-02T23:59", 480, "one whole day" },
		{ "2026-03-02T17:00", "2026-03-03T07:30", 0, "a night" },
		{ "2026-03-06T16:00", "2026-03-09T08:30", 120, "60 + 60 over a week-end" },
		{ "2026-03-07T08:00", "2026-03-08T16:00", 0, "a week-end" },
		{ "2026-02-13T10:00", "2026-02-23T10:00", 480, "over Tết: 330 + 150" },
		{ "2026-02-16T10:00", "2026-02-20T10:00", 0, "in Tết" },
		{ "2026-01-09T16:00", "2026-01-12T08:30", 600, "60 + 480 on the worked Saturday + 60" },
		{ "2026-11-23T16:00", "2026-11-25T08:30", 120, "60 + 60 over 24 November" },
		{ "2026-01-01T00:00", "2026-12-31T23:59", 249 * 480,
		  "2026: 261 weekdays + 2 worked Saturdays - 14 off" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t minutes = 0;
		int year = 0;
		assert_int_equal(
			worktime_used(calendar, &office_a, at(cases[i].from), at(cases[i].to), &minutes, &year), LT_OK);
		if (minutes != cases[i].minutes)
			fail_msg("%s to %s: %u, expected %u (%s)", cases[i].from, cases[i].to, minutes,
				 cases[i].minutes, cases[i].how);
	}
}

static void time_is_given_back(void **state)
{
	(void)state;
	int64_t time = 0;
	int year = 0;
	assert_int_equal(worktime_add(calendar, &office_a, at("2026-03-02T10:00"), 0, &time, &year), LT_OK);
	assert_at(time, "2026-03-02T10:00", "nothing given back");
	assert_int_equal(worktime_add(calendar, &office_a, at("2026-03-02T10:00"), 90, &time, &year), LT_OK);
	assert_at(time, "2026-03-02T11:30", "90 minutes end the morning");
	assert_int_equal(worktime_add(calendar, &office_a, at("2026-03-02T10:00"), 91, &time, &year), LT_OK);
	assert_at(time, "2026-03-02T13:01", "91 minutes");
	assert_int_equal(worktime_add(calendar, &office_a, at("2026-02-13T16:59"), 2, &time, &year), LT_OK);
	assert_at(time, "2026-02-23T07:31", "over Tết");
	assert_int_equal(worktime_add(calendar, &office_a, at("2028-12-29T16:59"), 2, &time, &year), LT_ENOENT);
	assert_int_equal(year, 2029);
}

static void due_soon(void **state)
{
	(void)state;
	static const struct {
		const char *due;
		uint32_t before;
		const char *expected, *how;
	} cases[] = {
		{ "2026-03-04T10:00", 480, "2026-03-03T10:00", "one working day before, the hour kept" },
		{ "2026-03-09T10:00", 480, "2026-03-06T10:00", "Mon: Fri" },
		{ "2026-02-23T10:00", 480, "2026-02-13T10:00", "back over Tết" },
		{ "2026-01-12T10:00", 480, "2026-01-10T10:00", "back to the worked Saturday" },
		{ "2026-03-04T07:30", 480, "2026-03-03T07:30", "opening" },
		{ "2026-03-04T17:00", 480, "2026-03-03T17:00", "closing" },
		{ "2026-03-04T13:00", 480, "2026-03-03T13:00", "after lunch" },
		{ "2026-03-04T11:30", 480, "2026-03-03T11:30", "before lunch" },
		{ "2026-03-04T10:00", 960, "2026-03-02T10:00", "two days" },
		{ "2026-03-04T10:00", 60, "2026-03-04T09:00", "one hour" },
		{ "2026-03-04T10:00", 150, "2026-03-04T07:30", "to opening" },
		{ "2026-03-04T10:00", 151, "2026-03-03T16:59", "over the night" },
		{ "2026-03-04T13:30", 60, "2026-03-04T11:00", "over lunch" },
		{ "2026-03-09T08:00", 240, "2026-03-06T13:30", "30 min on Mon, 210 on Fri from 17:00" },
		{ "2026-03-04T10:00", 720, "2026-03-02T15:30",
		  "Tue 10:00, then 4 h: 2.5 to opening, 1.5 before 17:00" },
		{ "2026-03-04T10:00", 0, "2026-03-04T10:00", "nothing" },
	};
	int64_t time = 0;
	int year = 0;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			worktime_due_soon(calendar, &office_a, at(cases[i].due), cases[i].before, &time, &year), LT_OK);
		assert_at(time, cases[i].expected, cases[i].how);
	}
	assert_int_equal(worktime_due_soon(calendar, &office_a, at("2025-01-02T10:00"), 480, &time, &year), LT_ENOENT);
	assert_int_equal(year, 2024);
}

/* Bugs that were seen in a product's calculator: each has its case in the table as well. */
static void known_bugs(void **state)
{
	(void)state;
	static const struct {
		const char *limit, *received, *expected, *bug;
	} cases[] = {
		{ "3 working_days", "2025-01-23T09:00", "2025-02-04T09:00", "holidays in the past are not loaded" },
		{ "1 working_days", "2026-03-06T17:30", "2026-03-10T07:30", "+1 after closing ignores the week-end" },
		{ "1 working_days", "2026-03-07T22:00", "2026-03-10T07:30",
		  "week-end online intake is not normalised" },
		{ "1 working_days", "2026-03-02T12:00", "2026-03-03T13:00", "lunch drops the hour" },
		{ "1 working_days", "2026-08-21T10:00", "2026-08-22T10:00", "swapped Saturdays are impossible" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct worktime_limit limit;
		struct worktime_due due;
		assert_int_equal(worktime_limit_parse(cases[i].limit, &limit), LT_OK);
		assert_int_equal(worktime_due(calendar, &office_a, &limit, at(cases[i].received), &due), LT_OK);
		assert_at(due.due, cases[i].expected, cases[i].bug);
	}
}

static void cut_off_is_the_agencys(void **state)
{
	(void)state;
	struct worktime_office late = office_a;
	struct worktime_limit limit = { WORKTIME_SAME_DAY, 4 };
	struct worktime_due due;
	late.same_day_until = 16 * 60;
	assert_int_equal(worktime_due(calendar, &late, &limit, at("2026-03-02T15:30"), &due), LT_OK);
	assert_at(due.due, "2026-03-02T17:00", "until 16:00");
	assert_int_equal(worktime_due(calendar, &late, &limit, at("2026-03-02T16:01"), &due), LT_OK);
	assert_at(due.due, "2026-03-03T17:00", "after 16:00");
	assert_true(worktime_office_valid(&late));
	late.hours.afternoon_open = 680;
	assert_false(worktime_office_valid(&late));
}

static bool tells(const struct worktime_steps *steps, const char *text)
{
	for (size_t i = 0; i < steps->count; i++)
		if (strstr(steps->items[i].en, text) || strstr(steps->items[i].vi, text))
			return true;
	return false;
}

static void steps_tell_the_reasons(void **state)
{
	(void)state;
	struct worktime_limit limit = { WORKTIME_WORKING_DAYS, 14 };
	struct worktime_due due;
	struct worktime_steps steps;
	assert_int_equal(worktime_due(calendar, &office_a, &limit, at("2027-02-03T12:00"), &due), LT_OK);
	assert_int_equal(worktime_explain(calendar, &office_a, &limit, &due, &steps), LT_OK);
	static const char *const texts[] = { "lunch break",
					     "13:00",
					     "Tết, first day of the lunar year",
					     "nghỉ bù: Nghỉ bù Tết",
					     "Thu 11/02/2027 – Fri 12/02/2027: working days 1 to 2",
					     "Mon 15/02/2027: working day 3",
					     "not yet announced",
					     "Due Mon 15/02/2027 at 17:00",
					     "Hạn trả: 17:00 thứ Hai 15/02/2027" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!tells(&steps, texts[i]))
			fail_msg("no step says \"%s\"", texts[i]);
	worktime_steps_fini(&steps);
}

static void due_time_is_fast(void **state)
{
	(void)state;
	enum { ROUNDS = 200000 };
	struct worktime_limit limit = { WORKTIME_WORKING_DAYS, 82 };
	struct worktime_due due;
	struct timespec begin, end;
	int64_t from = at("2025-01-06T00:00"), sum = 0;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	for (int64_t i = 0; i < ROUNDS; i++) {
		assert_int_equal(worktime_due(calendar, &office_a, &limit, from + i % 30000 * HOUR_US, &due), LT_OK);
		sum += due.due & 1;
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	double us = ((double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec)) / 1e3 / ROUNDS;
	print_message("due time of one leg: %.3f us (%lld)\n", us, (long long)sum);
	assert_true(us <= 2.0);
}

TEST_MAIN_AROUND(load, unload, cmocka_unit_test(table_of_due_times), cmocka_unit_test(limit_is_used_up_at_due),
		 cmocka_unit_test(seconds_are_dropped), cmocka_unit_test(year_not_covered_is_named),
		 cmocka_unit_test(limits_are_read), cmocka_unit_test(time_used), cmocka_unit_test(time_is_given_back),
		 cmocka_unit_test(due_soon), cmocka_unit_test(known_bugs), cmocka_unit_test(cut_off_is_the_agencys),
		 cmocka_unit_test(steps_tell_the_reasons), cmocka_unit_test(due_time_is_fast))
