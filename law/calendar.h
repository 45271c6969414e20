/* calendar.h: which days are worked. Made once from plain records, then read-only: any thread may ask.
 * Saturday and Sunday are the weekly rest; records of a year say what differs (docs/calendar.md). Days are numbers since
 * 1970-01-01 at +07:00 (lib/base/date.h). Every question is answered from a table, in a time that does not grow with the span.
 *
 * A day outside of the years covered has no answer: who asks must look with calendar_covers first, and name the year
 * that calendar_year_of gives. */
#ifndef BROKER_CALENDAR_H
#define BROKER_CALENDAR_H

#include <lienthong/base.h>

#define CALENDAR_YEARS_MAX 64u    /* a rank fits in 16 bits; a dossier lives a few years */
#define CALENDAR_DAYS_MAX 366u    /* records of one year */
#define CALENDAR_NOTE_MAX 250u    /* characters, as all names */
#define CALENDAR_AGENCIES_MAX 64u /* of one day; a storm closes some provinces, not all communes one by one */

enum calendar_kind {
	CALENDAR_HOLIDAY = 1,
	CALENDAR_COMP_OFF,  /* day off in place of a holiday that fell on the weekly rest */
	CALENDAR_SWAP_WORK, /* a day of the weekly rest that is worked */
	CALENDAR_SWAP_OFF   /* a weekday that is off, for a SWAP_WORK */
};
struct calendar_day {
	int32_t day;
	enum calendar_kind kind;
	const char *note, *note_en; /* note_en NULL or empty: the same as note */
	/* Canonical codes of those for whom the day is so, with all below them; none: for everybody. */
	const char *const *agencies;
	size_t agency_count;
};
struct calendar_year {
	int year;
	uint32_t version; /* from 1 */
	bool announced;   /* false: computed, before the government has decided */
	const struct calendar_day *days;
	size_t day_count;
};
/* What is wrong with the records: indexes into them. day is SIZE_MAX when it is the year itself. */
struct calendar_fault {
	size_t year, day;
	char text[200]; /* what, and how to mend it; English */
};
struct calendar;

/* The days as they are for one agency (canonical code; NULL: for who has no days of its own). Its own day stands before
 * everybody's. Years in any order, without a gap, each once; copies everything.
 * LT_EINVAL with fault filled: no year, a gap, a year twice, a date twice for the same agency, a date of another year, a kind
 * that does not fit the day of the week, a note that is empty or too long, an agency that is no code. LT_ENOMEM. */
enum lt_err calendar_new(const struct calendar_year *years, size_t count, const char *agency, struct calendar **out,
			 struct calendar_fault *fault);
/* Whether `code` is the agency or stands above it: "H37" covers "H37.24". */
bool calendar_code_covers(const char *code, const char *agency);
void calendar_free(struct calendar *calendar);

bool calendar_covers(const struct calendar *calendar, int64_t day);
/* The year of any day, for the message about one that is not covered; 0 below and 9999 above what a date can be. */
int calendar_year_of(int64_t day);
int calendar_first_year(const struct calendar *calendar);
int calendar_last_year(const struct calendar *calendar);
/* The first day covered, and how many are. */
int64_t calendar_first_day(const struct calendar *calendar);
uint32_t calendar_length(const struct calendar *calendar);
/* The records of a covered year that are the agency's, sorted by day; lives as long as the calendar. NULL when not covered. */
const struct calendar_year *calendar_year_find(const struct calendar *calendar, int year);

/* The day must be covered: asking else is a broken invariant. */
bool calendar_works(const struct calendar *calendar, int64_t day);
/* The record of a day; NULL when there is none. */
const struct calendar_day *calendar_day_find(const struct calendar *calendar, int64_t day);

/* Working days before `day`, from the first day covered; also for the day after the last. */
uint32_t calendar_rank(const struct calendar *calendar, int64_t day);
/* The same, of one day of the week alone: 0 Monday to 6 Sunday. */
uint32_t calendar_weekday_rank(const struct calendar *calendar, int weekday, int64_t day);
/* The working day with that rank: the inverse. False when it lies behind the last year covered. */
bool calendar_nth(const struct calendar *calendar, uint64_t rank, int64_t *day);

/* "holiday", "comp_off", "swap_work", "swap_off". */
const char *calendar_kind_name(enum calendar_kind kind);
enum lt_err calendar_kind_find(const char *name, enum calendar_kind *out);
/* 0 Monday to 6 Sunday. */
int calendar_weekday(int64_t day);

#endif
