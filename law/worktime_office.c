/* worktime_office.c: when an office is open on a day, and how many of its minutes lie before one. */
#include "worktime.h"
#include "worktime_internal.h"

#define DAY_MINUTES 1440

static bool hours_valid(const struct worktime_hours *hours)
{
	return hours->morning_open < hours->morning_close && hours->morning_close <= hours->afternoon_open &&
	       hours->afternoon_open <= hours->afternoon_close && hours->afternoon_close <= DAY_MINUTES;
}

bool worktime_office_valid(const struct worktime_office *office)
{
	if (!hours_valid(&office->hours) || office->same_day_until > DAY_MINUTES ||
	    office->except_count > WORKTIME_EXCEPTS_MAX)
		return false;
	for (size_t i = 0; i < office->except_count; i++) {
		const struct worktime_except *except = &office->excepts[i];
		if (!hours_valid(&except->hours) || except->weekdays > WORKTIME_ALL_WEEKDAYS ||
		    (except->to != 0 && except->to <= except->from))
			return false;
	}
	return true;
}

static bool covers(const struct worktime_except *except, int64_t day, int weekday)
{
	return day >= except->from && (except->to == 0 || day < except->to) &&
	       (except->weekdays == 0 || (except->weekdays >> weekday & 1u) != 0);
}

/* The hours of a day of the week, in the season that a day lies in. */
static const struct worktime_hours *hours_in(const struct worktime_office *office, int64_t day, int weekday)
{
	for (size_t i = office->except_count; i > 0; i--)
		if (covers(&office->excepts[i - 1], day, weekday))
			return &office->excepts[i - 1].hours;
	return &office->hours;
}

const struct worktime_hours *worktime_hours_of(const struct worktime_office *office, int64_t day)
{
	return office->except_count == 0 ? &office->hours : hours_in(office, day, calendar_weekday(day));
}

int32_t worktime_hours_length(const struct worktime_hours *hours)
{
	return hours->morning_close - hours->morning_open + hours->afternoon_close - hours->afternoon_open;
}

/* The next day on which another exception begins or ends, at most `end`. */
static int64_t season_end(const struct worktime_office *office, int64_t day, int64_t end)
{
	for (size_t i = 0; i < office->except_count; i++) {
		const struct worktime_except *except = &office->excepts[i];
		if (except->from > day && except->from < end)
			end = except->from;
		if (except->to > day && except->to < end)
			end = except->to;
	}
	return end;
}

int64_t worktime_minutes_before_day(const struct calendar *calendar, const struct worktime_office *office, int64_t day)
{
	int64_t minutes = 0;
	if (office->except_count == 0)
		return (int64_t)calendar_rank(calendar, day) * worktime_hours_length(&office->hours);
	for (int64_t from = calendar_first_day(calendar); from < day;) {
		int64_t to = season_end(office, from, day);
		for (int weekday = 0; weekday < 7; weekday++) {
			uint32_t worked = calendar_weekday_rank(calendar, weekday, to) -
					  calendar_weekday_rank(calendar, weekday, from);
			if (worked > 0)
				minutes += (int64_t)worked * worktime_hours_length(hours_in(office, from, weekday));
		}
		from = to;
	}
	return minutes;
}
