/* worktime.c: working time as one number: the office minutes from the first day covered until an instant. The end of one
 * half-day and the beginning of the next are the same number. Counting is adding. */
#include "worktime.h"
#include "worktime_internal.h"

#include "base/date.h"
#include "program/log.h"

#include <string.h>

#define MINUTE_US INT64_C(60000000)
#define DAY_MINUTES 1440

/* A day and a minute of it, at +07:00. */
struct moment {
	int64_t day;
	int32_t minute;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	int64_t q = a / b;
	return a % b < 0 ? q - 1 : q;
}

static struct moment to_moment(int64_t time)
{
	int64_t minutes = floor_div(time, MINUTE_US) + LT_VIETNAM_OFFSET_US / MINUTE_US;
	struct moment m = { .day = floor_div(minutes, DAY_MINUTES) };
	m.minute = (int32_t)(minutes - m.day * DAY_MINUTES);
	return m;
}

static int64_t to_time(struct moment m)
{
	return m.day * LT_DAY_US + m.minute * MINUTE_US - LT_VIETNAM_OFFSET_US;
}

static int32_t morning_length(const struct worktime_hours *hours)
{
	return hours->morning_close - hours->morning_open;
}

/* Office minutes of a day before a minute of it. */
static int32_t minutes_before(const struct worktime_hours *hours, int32_t minute)
{
	int32_t morning = minute - hours->morning_open, afternoon = minute - hours->afternoon_open;
	int32_t longest = morning_length(hours);
	if (morning < 0)
		return 0;
	if (afternoon < 0)
		return morning < longest ? morning : longest;
	if (minute > hours->afternoon_close)
		return worktime_hours_length(hours);
	return longest + afternoon;
}

/* The minute at which so many office minutes of a day have passed; the noon that is both is the morning's closing. */
static int32_t minute_after(const struct worktime_hours *hours, int32_t passed)
{
	int32_t morning = morning_length(hours);
	return passed <= morning ? hours->morning_open + passed : hours->afternoon_open + passed - morning;
}

/* An hour that is kept from another day, where this day is open: at opening, at the end of the morning, at closing. */
static int32_t fit_minute(const struct worktime_hours *hours, int32_t minute)
{
	if (minute < hours->morning_open)
		return hours->morning_open;
	if (minute > hours->morning_close && minute < hours->afternoon_open)
		return hours->morning_close;
	return minute > hours->afternoon_close ? hours->afternoon_close : minute;
}

static enum lt_err not_covered(int year, int *missing_year)
{
	*missing_year = year;
	return LT_ENOENT;
}

static enum lt_err check_covered(const struct calendar *calendar, int64_t day, int *missing_year)
{
	return calendar_covers(calendar, day) ? LT_OK : not_covered(calendar_year_of(day), missing_year);
}

static enum lt_err day_of_rank(const struct calendar *calendar, uint64_t rank, int64_t *day, int *missing_year)
{
	return calendar_nth(calendar, rank, day) ? LT_OK : not_covered(calendar_last_year(calendar) + 1, missing_year);
}

/* Office minutes since the first day covered. */
static int64_t position(const struct calendar *calendar, const struct worktime_office *office, struct moment m)
{
	int64_t whole = worktime_minutes_before_day(calendar, office, m.day);
	return calendar_works(calendar, m.day) ? whole + minutes_before(worktime_hours_of(office, m.day), m.minute)
					       : whole;
}

/* The first working day by whose end more than so many minutes have passed, by halving. */
static enum lt_err day_at(const struct calendar *calendar, const struct worktime_office *office, int64_t passed,
			  int64_t *day, int *missing_year)
{
	uint64_t low = 0, high = calendar_rank(calendar, calendar_first_day(calendar) + calendar_length(calendar));
	if (office->except_count == 0)
		return day_of_rank(calendar, (uint64_t)(passed / worktime_hours_length(&office->hours)), day,
				   missing_year);
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		LT_ASSERT(calendar_nth(calendar, middle, day));
		if (worktime_minutes_before_day(calendar, office, *day + 1) > passed)
			high = middle;
		else
			low = middle + 1;
	}
	return day_of_rank(calendar, low, day, missing_year);
}

/* Moves an intake into office hours of a working day. */
static enum lt_err move_intake(const struct calendar *calendar, const struct worktime_office *office, struct moment *m,
			       enum worktime_intake *intake, int *missing_year)
{
	enum lt_err err = check_covered(calendar, m->day, missing_year);
	if (err != LT_OK)
		return err;
	bool works = calendar_works(calendar, m->day);
	const struct worktime_hours *hours = worktime_hours_of(office, m->day);
	*intake = WORKTIME_INTAKE_KEPT;
	if (!works || m->minute > hours->afternoon_close) {
		*intake = works ? WORKTIME_INTAKE_AFTER_CLOSING : WORKTIME_INTAKE_REST_DAY;
		err = day_of_rank(calendar, calendar_rank(calendar, m->day) + (works ? 1u : 0u), &m->day, missing_year);
		if (err == LT_OK)
			m->minute = worktime_hours_of(office, m->day)->morning_open;
		return err;
	}
	if (m->minute < hours->morning_open) {
		*intake = WORKTIME_INTAKE_BEFORE_OPENING;
		m->minute = hours->morning_open;
	} else if (m->minute > hours->morning_close && m->minute < hours->afternoon_open) {
		*intake = WORKTIME_INTAKE_LUNCH;
		m->minute = hours->afternoon_open;
	}
	return LT_OK;
}

/* Walks working minutes from a moment in office hours; ends at a closing rather than at the opening after it. */
static enum lt_err walk(const struct calendar *calendar, const struct worktime_office *office, struct moment *m,
			uint32_t minutes, int *missing_year)
{
	if (minutes == 0)
		return LT_OK;
	int64_t end = position(calendar, office, *m) + minutes;
	enum lt_err err = day_at(calendar, office, end - 1, &m->day, missing_year);
	if (err == LT_OK)
		m->minute = minute_after(worktime_hours_of(office, m->day),
					 (int32_t)(end - worktime_minutes_before_day(calendar, office, m->day)));
	return err;
}

/* Counts whole days from a working day, the hour kept. */
static enum lt_err count_days(const struct calendar *calendar, const struct worktime_office *office,
			      enum worktime_unit unit, struct moment *m, struct worktime_due *out)
{
	enum lt_err err = LT_OK;
	if (unit == WORKTIME_WORKING_DAYS) {
		err = day_of_rank(calendar, calendar_rank(calendar, m->day) + out->days, &m->day, &out->missing_year);
		out->counted = m->day;
	} else {
		out->counted = m->day + out->days;
		err = check_covered(calendar, out->counted, &out->missing_year);
		if (err == LT_OK)
			err = day_of_rank(calendar, calendar_rank(calendar, out->counted), &m->day, &out->missing_year);
	}
	out->rolled = m->day;
	if (err == LT_OK)
		m->minute = fit_minute(worktime_hours_of(office, m->day), m->minute);
	return err;
}

/* Received until the cut-off: closing of that day; later: closing of the next working day. */
static enum lt_err end_same_day(const struct calendar *calendar, const struct worktime_office *office, struct moment *m,
				struct worktime_due *out)
{
	out->days = m->minute > office->same_day_until;
	m->minute = DAY_MINUTES; /* its closing, whenever that is */
	return count_days(calendar, office, WORKTIME_WORKING_DAYS, m, out);
}

enum lt_err worktime_due(const struct calendar *calendar, const struct worktime_office *office,
			 const struct worktime_limit *limit, int64_t received, struct worktime_due *out)
{
	LT_ASSERT(worktime_office_valid(office));
	if (limit->unit != WORKTIME_SAME_DAY && (limit->quarters == 0 || limit->quarters > WORKTIME_QUARTERS_MAX))
		return LT_EINVAL;
	struct moment m = to_moment(received), given = m;
	*out = (struct worktime_due){ 0 };
	enum lt_err err = move_intake(calendar, office, &m, &out->intake, &out->missing_year);
	if (err != LT_OK)
		return err;
	out->received = to_time(given);
	out->start = to_time(m);
	out->counted = out->rolled = m.day;
	switch (limit->unit) {
	case WORKTIME_WORKING_MINUTES:
		if (limit->quarters % 4 != 0)
			return LT_EINVAL;
		/* fallthrough */
	case WORKTIME_WORKING_HOURS:
		out->walked = worktime_limit_minutes(limit);
		break;
	case WORKTIME_WORKING_DAYS:
	case WORKTIME_CALENDAR_DAYS:
		out->days = limit->quarters / 4;
		out->walked = limit->quarters % 4 * (WORKTIME_DAY_MINUTES / 4);
		err = count_days(calendar, office, limit->unit, &m, out);
		break;
	case WORKTIME_SAME_DAY:
		err = end_same_day(calendar, office, &m, out);
		break;
	default:
		return LT_EINVAL;
	}
	if (err == LT_OK) {
		out->walk_from = to_time(m);
		err = walk(calendar, office, &m, out->walked, &out->missing_year);
	}
	out->due = err == LT_OK ? to_time(m) : 0;
	return err;
}

enum lt_err worktime_used(const struct calendar *calendar, const struct worktime_office *office, int64_t from,
			  int64_t to, uint32_t *minutes, int *missing_year)
{
	LT_ASSERT(worktime_office_valid(office));
	struct moment a = to_moment(from), b = to_moment(to);
	enum lt_err err = check_covered(calendar, a.day, missing_year);
	if (err == LT_OK)
		err = check_covered(calendar, b.day, missing_year);
	if (err != LT_OK)
		return err;
	int64_t used = position(calendar, office, b) - position(calendar, office, a);
	*minutes = used > 0 ? (uint32_t)used : 0;
	return LT_OK;
}

enum lt_err worktime_add(const struct calendar *calendar, const struct worktime_office *office, int64_t from,
			 uint32_t minutes, int64_t *out, int *missing_year)
{
	LT_ASSERT(worktime_office_valid(office));
	struct moment m = to_moment(from);
	enum worktime_intake intake;
	enum lt_err err = move_intake(calendar, office, &m, &intake, missing_year);
	if (err == LT_OK)
		err = walk(calendar, office, &m, minutes, missing_year);
	if (err == LT_OK)
		*out = to_time(m);
	return err;
}

enum lt_err worktime_due_soon(const struct calendar *calendar, const struct worktime_office *office, int64_t due,
			      uint32_t minutes_before_due, int64_t *out, int *missing_year)
{
	LT_ASSERT(worktime_office_valid(office));
	struct moment m = to_moment(due);
	enum worktime_intake intake;
	/* A day is 8 hours by rule, whatever the office's own length: whole ones keep the hour. */
	uint32_t days = minutes_before_due / WORKTIME_DAY_MINUTES, rest = minutes_before_due % WORKTIME_DAY_MINUTES;
	enum lt_err err = move_intake(calendar, office, &m, &intake, missing_year);
	if (err != LT_OK)
		return err;
	uint32_t rank = calendar_rank(calendar, m.day);
	if (days > rank)
		return not_covered(calendar_first_year(calendar) - 1, missing_year);
	err = day_of_rank(calendar, rank - days, &m.day, missing_year);
	if (err != LT_OK)
		return err;
	m.minute = fit_minute(worktime_hours_of(office, m.day), m.minute);
	int64_t at = position(calendar, office, m) - rest;
	if (at < 0)
		return not_covered(calendar_first_year(calendar) - 1, missing_year);
	if (rest > 0) {
		err = day_at(calendar, office, at, &m.day, missing_year);
		m.minute = minute_after(worktime_hours_of(office, m.day),
					(int32_t)(at - worktime_minutes_before_day(calendar, office, m.day)));
	}
	if (err == LT_OK)
		*out = to_time(m);
	return err;
}
