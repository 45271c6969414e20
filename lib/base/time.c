/* time.c: RFC 3339 times and the calendar under them. */
#include <lienthong/time.h>

#include "date.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SECOND_US INT64_C(1000000)
#define YEAR_MAX 9999             /* RFC 3339 has four digits */
#define DAYS_MIN INT64_C(-719528) /* 0000-01-01 */
#define DAYS_END INT64_C(2932897) /* 10000-01-01 */
#define DAYS_IN_400_YEARS INT64_C(146097)
#define MARCH_TO_1970 INT64_C(719468) /* days from 0000-03-01 to 1970-01-01 */

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool lt_date_exists(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (year < 0 || year > YEAR_MAX || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && is_leap(year));
}

/* Years that begin in March end in their leap day, so the months' lengths follow (153 m + 2) / 5. */
int64_t lt_date_to_days(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1; /* -1 for January and February of the year 0 */
	int64_t m = month > 2 ? month - 3 : month + 9;
	int64_t era = y < 0 ? -1 : y / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * m + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	return era * DAYS_IN_400_YEARS + day_of_era - MARCH_TO_1970;
}

void lt_date_from_days(int64_t days, int *year, int *month, int *day)
{
	int64_t shifted = days + MARCH_TO_1970;
	int64_t era = shifted < 0 ? -1 : shifted / DAYS_IN_400_YEARS;
	int64_t in_era = shifted - era * DAYS_IN_400_YEARS;
	/* Takes out the leap days before dividing: one each 4 years (1460 days on), none each 100 (36524), one each 400. */
	int64_t y = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * in_year + 2) / 153;
	*day = (int)(in_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

int64_t lt_time_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

void lt_time_format(int64_t time, char out[LT_TIME_TEXT])
{
	if (time < DAYS_MIN * LT_DAY_US - LT_VIETNAM_OFFSET_US)
		time = DAYS_MIN * LT_DAY_US - LT_VIETNAM_OFFSET_US;
	if (time >= DAYS_END * LT_DAY_US - LT_VIETNAM_OFFSET_US)
		time = DAYS_END * LT_DAY_US - LT_VIETNAM_OFFSET_US - 1;
	int64_t local = time + LT_VIETNAM_OFFSET_US;
	int64_t days = local / LT_DAY_US - (local % LT_DAY_US < 0);
	int64_t rest = local - days * LT_DAY_US;
	int year, month, day, fraction = (int)(rest % SECOND_US), seconds = (int)(rest / SECOND_US);
	lt_date_from_days(days, &year, &month, &day);
	int len = snprintf(out, LT_TIME_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, seconds / 3600,
			   seconds / 60 % 60, seconds % 60);
	if (fraction > 0)
		len += snprintf(out + len, LT_TIME_TEXT - (size_t)len, ".%06d", fraction);
	snprintf(out + len, LT_TIME_TEXT - (size_t)len, "+07:00");
}

const char *lt_date_say(int64_t time, char out[LT_DATE_SAID])
{
	int64_t local = time + LT_VIETNAM_OFFSET_US, days = local / LT_DAY_US - (local % LT_DAY_US < 0);
	int minute = (int)((local - days * LT_DAY_US) / 60 / SECOND_US), year, month, day;
	lt_date_from_days(days, &year, &month, &day);
	snprintf(out, LT_DATE_SAID, "%02d:%02d ngày %02d/%02d/%04d", minute / 60, minute % 60, day, month, year);
	return out;
}

/* Reads exactly `count` digits and moves on. */
static bool read_number(const char **s, int count, int *out)
{
	int value = 0;
	for (int i = 0; i < count; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		value = value * 10 + (**s - '0');
	}
	*out = value;
	return true;
}

static bool read_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* At most 9 digits; what is finer than a microsecond is cut off. */
static bool read_fraction(const char **s, int64_t *out)
{
	int64_t value = 0;
	int digits = 0;
	for (; **s >= '0' && **s <= '9'; (*s)++, digits++)
		if (digits < 6)
			value = value * 10 + (**s - '0');
	if (digits == 0 || digits > 9)
		return false;
	for (int i = digits; i < 6; i++)
		value *= 10;
	*out = value;
	return true;
}

static bool read_offset(const char **s, int64_t *out)
{
	int hours, minutes;
	*out = 0;
	if (read_char(s, 'Z') || read_char(s, 'z'))
		return true;
	bool west = **s == '-';
	if (!read_char(s, '+') && !read_char(s, '-'))
		return false;
	if (!read_number(s, 2, &hours) || !read_char(s, ':') || !read_number(s, 2, &minutes))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	*out = (hours * 60 + minutes) * 60 * SECOND_US * (west ? -1 : 1);
	return true;
}

enum lt_err lt_time_parse(const char *text, int64_t *out)
{
	const char *s = text;
	int year, month, day, hour, minute, second;
	int64_t fraction = 0, offset;
	if (!read_number(&s, 4, &year) || !read_char(&s, '-') || !read_number(&s, 2, &month) || !read_char(&s, '-') ||
	    !read_number(&s, 2, &day))
		return LT_EPARSE;
	if (!read_char(&s, 'T') && !read_char(&s, 't'))
		return LT_EPARSE;
	if (!read_number(&s, 2, &hour) || !read_char(&s, ':') || !read_number(&s, 2, &minute) || !read_char(&s, ':') ||
	    !read_number(&s, 2, &second))
		return LT_EPARSE;
	if (!lt_date_exists(year, month, day) || hour > 23 || minute > 59 || second > 59)
		return LT_EPARSE;
	if (read_char(&s, '.') && !read_fraction(&s, &fraction))
		return LT_EPARSE;
	if (!read_offset(&s, &offset) || *s)
		return LT_EPARSE;
	int64_t seconds = (hour * 60 + minute) * 60 + second;
	*out = lt_date_to_days(year, month, day) * LT_DAY_US + seconds * SECOND_US + fraction - offset;
	return LT_OK;
}

enum lt_err lt_date_parse(const char *text, int64_t *days)
{
	static const char form[] = "0000-11-22";
	int part[3] = { 0 };
	if (strlen(text) != sizeof(form) - 1)
		return LT_EPARSE;
	for (size_t i = 0; form[i]; i++) {
		if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
			return LT_EPARSE;
		if (form[i] != '-')
			part[form[i] - '0'] = part[form[i] - '0'] * 10 + text[i] - '0';
	}
	if (!lt_date_exists(part[0], part[1], part[2]))
		return LT_EPARSE;
	*days = lt_date_to_days(part[0], part[1], part[2]);
	return LT_OK;
}
