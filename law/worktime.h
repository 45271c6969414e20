/* worktime.h: when a leg is due, and how much working time has passed. Pure arithmetic over a calendar: no clock is read.
 * Rules: docs/calendar.md; Civil Code 2015 art. 147-148. Times are microseconds since the epoch, read
 * at +07:00 in whole minutes (seconds are dropped: what is stored is what form 01 prints). Any thread. */
#ifndef LAW_WORKTIME_H
#define LAW_WORKTIME_H

#include "calendar.h"

#define WORKTIME_DAY_MINUTES 480u      /* 1 working day = 8 working hours */
#define WORKTIME_DUE_SOON_MINUTES 480u /* default: one working day before */
#define WORKTIME_QUARTERS_MAX 400000u  /* 100,000 hours, as the procedure files allow */

enum worktime_unit {
	WORKTIME_WORKING_MINUTES = 1,
	WORKTIME_WORKING_HOURS,
	WORKTIME_WORKING_DAYS,
	WORKTIME_CALENDAR_DAYS,
	WORKTIME_SAME_DAY
};
struct worktime_limit {
	enum worktime_unit unit;
	uint32_t quarters; /* of the unit: 5 is 1.25; minutes are whole; not read for WORKTIME_SAME_DAY */
};
#define WORKTIME_EXCEPTS_MAX 16u /* of one office: seasons and days of the week that differ */
#define WORKTIME_ALL_WEEKDAYS 0x7fu
/* Minutes of the day. morning_open < morning_close <= afternoon_open <= afternoon_close; a day that ends at noon has an
 * afternoon of no length. */
struct worktime_hours {
	uint16_t morning_open, morning_close, afternoon_open, afternoon_close;
};
/* Hours that differ from `from` until before `to` (days since 1970-01-01; 0: no bound), on these days of the week (bit 0
 * Monday; 0: on all). */
struct worktime_except {
	int32_t from, to;
	uint8_t weekdays;
	struct worktime_hours hours;
};
/* Office hours of an agency. Of several exceptions that hold on a day the last one counts. Which days are worked is the
 * calendar's matter, not the office's. */
struct worktime_office {
	struct worktime_hours hours;
	uint16_t same_day_until; /* WORKTIME_SAME_DAY: received later than this is for the next working day */
	size_t except_count;
	struct worktime_except excepts[WORKTIME_EXCEPTS_MAX];
};
/* 07:30-11:30 and 13:00-17:00, same day until 15:00. */
#define WORKTIME_OFFICE_DEFAULT                                                              \
	((struct worktime_office){ .hours = { 7 * 60 + 30, 11 * 60 + 30, 13 * 60, 17 * 60 }, \
				   .same_day_until = 15 * 60 })

/* What intake was moved to. */
enum worktime_intake {
	WORKTIME_INTAKE_KEPT,
	WORKTIME_INTAKE_BEFORE_OPENING, /* the same day's opening */
	WORKTIME_INTAKE_LUNCH,          /* the afternoon's opening */
	WORKTIME_INTAKE_AFTER_CLOSING,  /* the next working day's opening */
	WORKTIME_INTAKE_REST_DAY        /* the next working day's opening */
};
struct worktime_due {
	int64_t received; /* as asked, seconds dropped */
	int64_t start;    /* the intake that counts: in office hours of a working day */
	enum worktime_intake intake;
	int64_t counted;   /* day that the count of days ended on, before it rolled off a rest day */
	int64_t rolled;    /* the working day after that, or the same */
	uint32_t days;     /* whole days counted */
	int64_t walk_from; /* after the whole days: the hour kept, where that day is open */
	uint32_t walked;   /* working minutes walked after them */
	int64_t due;
	int missing_year; /* with LT_ENOENT: the year that the calendar does not cover */
};

bool worktime_office_valid(const struct worktime_office *office);
/* The hours of a day. */
const struct worktime_hours *worktime_hours_of(const struct worktime_office *office, int64_t day);
/* LT_ENOENT: the calendar ends before; missing_year is set. LT_EINVAL: a limit of nothing, or a fraction of a minute, over WORKTIME_QUARTERS_MAX. */
enum lt_err worktime_due(const struct calendar *calendar, const struct worktime_office *office,
			 const struct worktime_limit *limit, int64_t received, struct worktime_due *out);
/* Working minutes between two instants; 0 when `to` is not after `from`. LT_ENOENT with missing_year. */
enum lt_err worktime_used(const struct calendar *calendar, const struct worktime_office *office, int64_t from,
			  int64_t to, uint32_t *minutes, int *missing_year);
/* The instant that many working minutes after `from` (which is first moved as an intake is): for time that is given back.
 * 0 minutes: the moved instant. A sum that ends with a half-day ends at its closing. LT_ENOENT with missing_year. */
enum lt_err worktime_add(const struct calendar *calendar, const struct worktime_office *office, int64_t from,
			 uint32_t minutes, int64_t *out, int *missing_year);
/* The instant that many working minutes before a due time, the hour kept over whole days. It can lie before the intake:
 * then there is nothing to warn of. LT_ENOENT with missing_year. */
enum lt_err worktime_due_soon(const struct calendar *calendar, const struct worktime_office *office, int64_t due,
			      uint32_t minutes_before, int64_t *out, int *missing_year);

/* Working minutes of a limit that is walked, or of what is over whole days; calendar days and same_day: of their fraction. */
uint32_t worktime_limit_minutes(const struct worktime_limit *limit);

/* "minutes", "working_hours", ... */
const char *worktime_unit_name(enum worktime_unit unit);
#define WORKTIME_LIMIT_FORMS                                                                                \
	"\"N minutes\" (of working time), \"N working_hours\", \"N working_days\", \"N calendar_days\" or " \
	"\"same_day\"; N above 0, quarters as 0.25, 2.5 or 1.75, minutes whole"
/* "3 working_days", "1.25 working_days", "30 minutes", "same_day" or "1 same_day". LT_EINVAL: another unit, a fraction that
 * is no quarter, of a minute, nothing, over WORKTIME_QUARTERS_MAX; for people: WORKTIME_LIMIT_FORMS. */
enum lt_err worktime_limit_parse(const char *text, struct worktime_limit *out);
#define WORKTIME_LIMIT_TEXT 32 /* room for it */
/* The same text back, as short as it goes. */
void worktime_limit_text(const struct worktime_limit *limit, char out[WORKTIME_LIMIT_TEXT]);

/* How a due time was counted, for a person. */
enum worktime_step_kind {
	WORKTIME_STEP_RECEIVED = 1,
	WORKTIME_STEP_INTAKE, /* moved into office hours */
	WORKTIME_STEP_START,  /* where counting begins */
	WORKTIME_STEP_COUNT,
	WORKTIME_STEP_SKIP,
	WORKTIME_STEP_WALK, /* working time within days */
	WORKTIME_STEP_ROLL, /* the end moved off a rest day */
	WORKTIME_STEP_NOTE, /* a calendar that is not announced yet */
	WORKTIME_STEP_DUE
};
struct worktime_step {
	enum worktime_step_kind kind;
	int64_t from_day, to_day;
	char *en, *vi; /* one line each */
};
struct worktime_steps {
	size_t count, room;
	struct worktime_step *items;
};
/* The steps of what worktime_due gave for these same values. LT_ENOMEM; worktime_steps_fini in any case. */
enum lt_err worktime_explain(const struct calendar *calendar, const struct worktime_office *office,
			     const struct worktime_limit *limit, const struct worktime_due *due,
			     struct worktime_steps *out);
void worktime_steps_fini(struct worktime_steps *steps);
const char *worktime_step_name(enum worktime_step_kind kind);

#endif
