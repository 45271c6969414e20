/* calendar.c: tables. rank[d] counts the working days before day d, by_weekday[d] those of each day of the week, nth[r] is the
 * day with rank r; all are offsets from the first day covered, so that one year costs 6.5 KiB. */
#include "calendar.h"

#include "base/date.h"
#include <lienthong/code.h>

#include "program/log.h"

#include <lienthong/text.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct calendar {
	int64_t first;             /* day */
	uint32_t length;           /* days covered */
	uint32_t worked;           /* working days covered */
	uint16_t *rank;            /* length + 1 */
	uint16_t *nth;             /* worked */
	uint16_t (*by_weekday)[7]; /* length + 1 */
	size_t year_count;
	struct calendar_year years[CALENDAR_YEARS_MAX]; /* rising; days below */
	struct calendar_day *days;                      /* all years, rising */
	size_t day_count;
	char *notes; /* all texts */
};
static const char *const kind_names[] = { NULL, "holiday", "comp_off", "swap_work", "swap_off" };

int calendar_weekday(int64_t day)
{
	int64_t from_monday = (day + 3) % 7; /* 1970-01-01 was a Thursday */
	return (int)(from_monday < 0 ? from_monday + 7 : from_monday);
}

static bool weekly_rest(int64_t day)
{
	return calendar_weekday(day) >= 5;
}

const char *calendar_kind_name(enum calendar_kind kind)
{
	return kind >= CALENDAR_HOLIDAY && kind <= CALENDAR_SWAP_OFF ? kind_names[kind] : "?";
}

enum lt_err calendar_kind_find(const char *name, enum calendar_kind *out)
{
	for (int kind = CALENDAR_HOLIDAY; kind <= CALENDAR_SWAP_OFF; kind++)
		if (strcmp(kind_names[kind], name) == 0) {
			*out = (enum calendar_kind)kind;
			return LT_OK;
		}
	return LT_EINVAL;
}

/* ---- checks ---- */
static enum lt_err refuse(struct calendar_fault *fault, size_t year, size_t day, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
static enum lt_err refuse(struct calendar_fault *fault, size_t year, size_t day, const char *format, ...)
{
	va_list args;
	fault->year = year;
	fault->day = day;
	va_start(args, format);
	vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
	return LT_EINVAL;
}

static const char *kind_fault(const struct calendar_day *day)
{
	bool rest = weekly_rest(day->day);
	switch (day->kind) {
	case CALENDAR_HOLIDAY:
		return NULL;
	case CALENDAR_COMP_OFF:
		return rest ? "is a Saturday or Sunday already; a compensation day is a weekday" : NULL;
	case CALENDAR_SWAP_WORK:
		return rest ? NULL : "is a weekday, which is worked anyhow; swap_work is for a Saturday or Sunday";
	case CALENDAR_SWAP_OFF:
		return rest ? "is a Saturday or Sunday already; swap_off is for a weekday" : NULL;
	}
	return "has a kind that is none of holiday, comp_off, swap_work, swap_off";
}

bool calendar_code_covers(const char *code, const char *agency)
{
	size_t length = strlen(code);
	return strncmp(code, agency, length) == 0 && (agency[length] == '\0' || agency[length] == '.');
}

static bool applies(const struct calendar_day *day, const char *agency)
{
	for (size_t i = 0; agency && i < day->agency_count; i++)
		if (calendar_code_covers(day->agencies[i], agency))
			return true;
	return false;
}

/* Two records of one date of which an agency would not know which is its own. */
static bool same_agency(const struct calendar_day *a, const struct calendar_day *b)
{
	if (a->agency_count == 0 || b->agency_count == 0)
		return a->agency_count == b->agency_count;
	for (size_t i = 0; i < a->agency_count; i++)
		if (applies(b, a->agencies[i]))
			return true;
	for (size_t i = 0; i < b->agency_count; i++)
		if (applies(a, b->agencies[i]))
			return true;
	return false;
}

static enum lt_err check_form(const char *text, size_t y, size_t d, const char *what, struct calendar_fault *fault)
{
	struct lt_text_fault wrong;
	if (!text || lt_text_check(text, LT_TEXT_LINE, &wrong) != LT_EINVAL)
		return LT_OK;
	return refuse(fault, y, d, "the %s: U+%04X at character %zu %s", what, (unsigned)wrong.code, wrong.place + 1,
		      wrong.what);
}

static enum lt_err check_day(const struct calendar_year *year, size_t y, size_t d, struct calendar_fault *fault)
{
	const struct calendar_day *day = &year->days[d];
	int number, month, date;
	if (calendar_year_of(day->day) != year->year)
		return refuse(fault, y, d, "the date lies in another year; this file is for %d", year->year);
	lt_date_from_days(day->day, &number, &month, &date);
	const char *wrong = kind_fault(day);
	if (wrong)
		return refuse(fault, y, d, "%04d-%02d-%02d %s", number, month, date, wrong);
	for (size_t i = 0; i < d; i++)
		if (year->days[i].day == day->day && same_agency(&year->days[i], day))
			return refuse(fault, y, d, "%04d-%02d-%02d stands twice for the same agencies; keep one line",
				      number, month, date);
	for (size_t i = 0; i < day->agency_count; i++)
		if (day->agency_count > CALENDAR_AGENCIES_MAX || !lt_agency_code_valid(day->agencies[i]))
			return refuse(fault, y, d, "agencies: 1 to %u canonical codes, as \"H37\"",
				      CALENDAR_AGENCIES_MAX);
	size_t length = day->note ? lt_text_length(day->note, strlen(day->note)) : 0;
	size_t english = day->note_en ? lt_text_length(day->note_en, strlen(day->note_en)) : 0;
	if (length == 0 || length > CALENDAR_NOTE_MAX || english > CALENDAR_NOTE_MAX)
		return refuse(fault, y, d, "the note must have 1 to %u characters", CALENDAR_NOTE_MAX);
	enum lt_err err = check_form(day->note, y, d, "note", fault);
	return err ? err : check_form(day->note_en, y, d, "note_en", fault);
}

static enum lt_err check_year(const struct calendar_year *years, size_t y, struct calendar_fault *fault)
{
	const struct calendar_year *year = &years[y];
	enum lt_err err = LT_OK;
	if (year->year < 1970 || year->year > 9998)
		return refuse(fault, y, SIZE_MAX, "the year must be 1970 to 9998");
	if (year->version == 0)
		return refuse(fault, y, SIZE_MAX, "versions begin at 1");
	if (year->day_count > CALENDAR_DAYS_MAX)
		return refuse(fault, y, SIZE_MAX, "more than %u days", CALENDAR_DAYS_MAX);
	for (size_t i = 0; i < y; i++)
		if (years[i].year == year->year)
			return refuse(fault, y, SIZE_MAX, "the year %d stands twice; keep the version in force",
				      year->year);
	for (size_t d = 0; d < year->day_count && err == LT_OK; d++)
		err = check_day(year, y, d, fault);
	return err;
}

static enum lt_err check_gaps(const struct calendar_year *years, size_t count, struct calendar_fault *fault)
{
	int first = years[0].year, last = years[0].year;
	for (size_t y = 1; y < count; y++) {
		first = years[y].year < first ? years[y].year : first;
		last = years[y].year > last ? years[y].year : last;
	}
	for (int wanted = first; wanted <= last; wanted++) {
		size_t y = 0;
		while (y < count && years[y].year != wanted)
			y++;
		if (y == count)
			return refuse(fault, 0, SIZE_MAX, "the year %d is missing between %d and %d", wanted, first,
				      last);
	}
	return LT_OK;
}

/* ---- making ---- */
static int by_year(const void *a, const void *b)
{
	const struct calendar_year *x = a, *y = b;
	return (x->year > y->year) - (x->year < y->year);
}

static int by_day(const void *a, const void *b)
{
	const struct calendar_day *x = a, *y = b;
	return (x->day > y->day) - (x->day < y->day);
}

static const char *copy_note(char **at, const char *note)
{
	size_t size = strlen(note) + 1;
	char *copy = memcpy(*at, note, size);
	*at += size;
	return copy;
}

/* The record of its date that is the agency's. */
static bool is_own(const struct calendar_year *year, size_t d, const char *agency)
{
	const struct calendar_day *day = &year->days[d];
	if (day->agency_count > 0)
		return applies(day, agency);
	for (size_t i = 0; i < year->day_count; i++)
		if (year->days[i].day == day->day && applies(&year->days[i], agency))
			return false;
	return true;
}

static enum lt_err copy_records(struct calendar *calendar, const struct calendar_year *years, size_t count,
				const char *agency)
{
	size_t days = 0, bytes = 0;
	memcpy(calendar->years, years, count * sizeof(*years));
	qsort(calendar->years, count, sizeof(*years), by_year);
	calendar->year_count = count;
	for (size_t y = 0; y < count; y++)
		for (size_t d = 0; d < years[y].day_count; d++, days++) {
			const struct calendar_day *day = &years[y].days[d];
			bytes += strlen(day->note) + 1 + (day->note_en ? strlen(day->note_en) + 1 : 0);
		}
	calendar->days = calloc(days + 1, sizeof(*calendar->days));
	calendar->notes = malloc(bytes + 1);
	if (!calendar->days || !calendar->notes)
		return LT_ENOMEM;
	char *at = calendar->notes;
	for (size_t y = 0; y < count; y++) {
		struct calendar_year *year = &calendar->years[y];
		struct calendar_day *own = calendar->days + calendar->day_count;
		size_t kept = 0;
		for (size_t d = 0; d < year->day_count; d++) {
			const struct calendar_day *day = &year->days[d];
			if (!is_own(year, d, agency))
				continue;
			own[kept] = (struct calendar_day){ .day = day->day, .kind = day->kind };
			own[kept].note = own[kept].note_en = copy_note(&at, day->note);
			if (day->note_en && day->note_en[0])
				own[kept].note_en = copy_note(&at, day->note_en);
			kept++;
		}
		qsort(own, kept, sizeof(*own), by_day);
		year->days = own;
		year->day_count = kept;
		calendar->day_count += kept;
	}
	return LT_OK;
}

static enum lt_err make_tables(struct calendar *calendar)
{
	const struct calendar_year *years = calendar->years;
	size_t next = 0; /* record */
	calendar->first = lt_date_to_days(years[0].year, 1, 1);
	calendar->length =
		(uint32_t)(lt_date_to_days(years[calendar->year_count - 1].year + 1, 1, 1) - calendar->first);
	calendar->rank = calloc(calendar->length + 1, sizeof(*calendar->rank));
	calendar->nth = calloc(calendar->length, sizeof(*calendar->nth));
	calendar->by_weekday = calloc(calendar->length + 1, sizeof(*calendar->by_weekday));
	if (!calendar->rank || !calendar->nth || !calendar->by_weekday)
		return LT_ENOMEM;
	for (uint32_t d = 0; d < calendar->length; d++) {
		int64_t day = calendar->first + d;
		bool works = !weekly_rest(day);
		if (next < calendar->day_count && calendar->days[next].day == day)
			works = calendar->days[next++].kind == CALENDAR_SWAP_WORK;
		calendar->rank[d] = (uint16_t)calendar->worked;
		memcpy(calendar->by_weekday[d + 1], calendar->by_weekday[d], sizeof(calendar->by_weekday[d]));
		if (works) {
			calendar->nth[calendar->worked++] = (uint16_t)d;
			calendar->by_weekday[d + 1][calendar_weekday(day)]++;
		}
	}
	calendar->rank[calendar->length] = (uint16_t)calendar->worked;
	return LT_OK;
}

enum lt_err calendar_new(const struct calendar_year *years, size_t count, const char *agency, struct calendar **out,
			 struct calendar_fault *fault)
{
	enum lt_err err = LT_OK;
	if (count == 0 || count > CALENDAR_YEARS_MAX)
		return refuse(fault, 0, SIZE_MAX, "a calendar needs 1 to %u years", CALENDAR_YEARS_MAX);
	for (size_t y = 0; y < count && err == LT_OK; y++)
		err = check_year(years, y, fault);
	if (err == LT_OK)
		err = check_gaps(years, count, fault);
	if (err != LT_OK)
		return err;
	struct calendar *calendar = calloc(1, sizeof(*calendar));
	if (!calendar)
		return LT_ENOMEM;
	err = copy_records(calendar, years, count, agency);
	if (err == LT_OK)
		err = make_tables(calendar);
	if (err != LT_OK) {
		calendar_free(calendar);
		return err;
	}
	*out = calendar;
	return LT_OK;
}

void calendar_free(struct calendar *calendar)
{
	if (!calendar)
		return;
	free(calendar->rank);
	free(calendar->nth);
	free(calendar->by_weekday);
	free(calendar->days);
	free(calendar->notes);
	free(calendar);
}

/* ---- asking ---- */
bool calendar_covers(const struct calendar *calendar, int64_t day)
{
	return day >= calendar->first && day - calendar->first < (int64_t)calendar->length;
}

int calendar_year_of(int64_t day)
{
	int year, month, date;
	if (day < lt_date_to_days(0, 1, 1))
		return 0;
	if (day > lt_date_to_days(9999, 12, 31))
		return 9999;
	lt_date_from_days(day, &year, &month, &date);
	return year;
}

int calendar_first_year(const struct calendar *calendar)
{
	return calendar->years[0].year;
}

int64_t calendar_first_day(const struct calendar *calendar)
{
	return calendar->first;
}

uint32_t calendar_length(const struct calendar *calendar)
{
	return calendar->length;
}

int calendar_last_year(const struct calendar *calendar)
{
	return calendar->years[calendar->year_count - 1].year;
}

const struct calendar_year *calendar_year_find(const struct calendar *calendar, int year)
{
	int first = calendar_first_year(calendar);
	if (year < first || year > calendar_last_year(calendar))
		return NULL;
	return &calendar->years[year - first];
}

bool calendar_works(const struct calendar *calendar, int64_t day)
{
	LT_ASSERT(calendar_covers(calendar, day));
	size_t d = (size_t)(day - calendar->first);
	return calendar->rank[d + 1] != calendar->rank[d];
}

const struct calendar_day *calendar_day_find(const struct calendar *calendar, int64_t day)
{
	struct calendar_day key = { .day = (int32_t)day };
	if (!calendar_covers(calendar, day) || calendar->day_count == 0)
		return NULL;
	return bsearch(&key, calendar->days, calendar->day_count, sizeof(key), by_day);
}

uint32_t calendar_rank(const struct calendar *calendar, int64_t day)
{
	LT_ASSERT(day >= calendar->first && day - calendar->first <= (int64_t)calendar->length);
	return calendar->rank[day - calendar->first];
}

uint32_t calendar_weekday_rank(const struct calendar *calendar, int weekday, int64_t day)
{
	LT_ASSERT(day >= calendar->first && day - calendar->first <= (int64_t)calendar->length);
	return calendar->by_weekday[day - calendar->first][weekday];
}

bool calendar_nth(const struct calendar *calendar, uint64_t rank, int64_t *day)
{
	if (rank >= calendar->worked)
		return false;
	*day = calendar->first + calendar->nth[rank];
	return true;
}
