/* worktime_explain.c: how a due time was counted, line by line, in English and Vietnamese. It walks day by day, as a person
 * with a wall calendar does, and must end where the tables of clock.c ended. */
#include "worktime.h"
#include "worktime_internal.h"

#include "base/date.h"
#include "program/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_US INT64_C(60000000)
#define LINE_MAX_BYTES 1400 /* two notes of 250 characters of 2 bytes, and the words around them */
#define DATE_MAX 48

struct teller {
	const struct calendar *calendar;
	const struct worktime_office *office;
	const struct worktime_due *due;
	struct worktime_steps *out;
	enum lt_err err;
};
static const char *const weekdays_en[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
static const char *const weekdays_vi[] = { "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật" };
static const char *const step_names[] = { NULL,   "received", "intake", "start", "count",
					  "skip", "walk",     "roll",   "note",  "due" };

const char *worktime_step_name(enum worktime_step_kind kind)
{
	return kind >= WORKTIME_STEP_RECEIVED && kind <= WORKTIME_STEP_DUE ? step_names[kind] : "?";
}

void worktime_steps_fini(struct worktime_steps *steps)
{
	if (!steps)
		return;
	for (size_t i = 0; i < steps->count; i++) {
		free(steps->items[i].en);
		free(steps->items[i].vi);
	}
	free(steps->items);
	*steps = (struct worktime_steps){ 0 };
}

/* Appends a step; its texts are filled by say_en and say_vi. */
static void begin(struct teller *t, enum worktime_step_kind kind, int64_t from, int64_t to)
{
	struct worktime_steps *out = t->out;
	if (t->err == LT_OK && out->count == out->room) {
		size_t room = out->room ? out->room * 2 : 16;
		struct worktime_step *items = realloc(out->items, room * sizeof(*items));
		if (!items) {
			t->err = LT_ENOMEM;
			return;
		}
		out->items = items;
		out->room = room;
	}
	if (t->err == LT_OK)
		out->items[out->count++] = (struct worktime_step){ .kind = kind, .from_day = from, .to_day = to };
}

static char *print(struct teller *t, const char *format, va_list args)
{
	char line[LINE_MAX_BYTES];
	vsnprintf(line, sizeof(line), format, args);
	char *copy = strdup(line);
	if (!copy)
		t->err = LT_ENOMEM;
	return copy;
}

static void say_en(struct teller *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say_en(struct teller *t, const char *format, ...)
{
	va_list args;
	if (t->err != LT_OK)
		return;
	va_start(args, format);
	t->out->items[t->out->count - 1].en = print(t, format, args);
	va_end(args);
}

static void say_vi(struct teller *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say_vi(struct teller *t, const char *format, ...)
{
	va_list args;
	if (t->err != LT_OK)
		return;
	va_start(args, format);
	t->out->items[t->out->count - 1].vi = print(t, format, args);
	va_end(args);
}

/* ---- dates and minutes as texts ---- */
struct text {
	char s[DATE_MAX];
};

static struct text date_text(const char *const *weekdays, int64_t day)
{
	struct text out;
	int year, month, date;
	lt_date_from_days(day, &year, &month, &date);
	snprintf(out.s, sizeof(out.s), "%s %02d/%02d/%04d", weekdays[calendar_weekday(day)], date, month, year);
	return out;
}

static struct text minute_text(int32_t minute)
{
	struct text out;
	snprintf(out.s, sizeof(out.s), "%02d:%02d", minute / 60, minute % 60);
	return out;
}

/* "5 h 30 min", "2 giờ 30 phút". */
static struct text span_text(uint32_t minutes, const char *hour, const char *minute)
{
	struct text out;
	if (minutes % 60 == 0)
		snprintf(out.s, sizeof(out.s), "%u %s", minutes / 60, hour);
	else if (minutes < 60)
		snprintf(out.s, sizeof(out.s), "%u %s", minutes, minute);
	else
		snprintf(out.s, sizeof(out.s), "%u %s %u %s", minutes / 60, hour, minutes % 60, minute);
	return out;
}

static void split(int64_t time, int64_t *day, int32_t *minute)
{
	int64_t local = time + LT_VIETNAM_OFFSET_US; /* after 1970: the calendar covers it */
	*day = local / LT_DAY_US;
	*minute = (int32_t)(local % LT_DAY_US / MINUTE_US);
}

/* ---- runs of days ---- */
/* The same reason not to work, so that a whole week-end or Tết is one line. */
static bool same_rest(const struct calendar *calendar, int64_t a, int64_t b)
{
	const struct calendar_day *x = calendar_day_find(calendar, a), *y = calendar_day_find(calendar, b);
	if (!x || !y)
		return x == y;
	return x->kind == y->kind && strcmp(x->note, y->note) == 0;
}

static const char *rest_name(enum calendar_kind kind, bool english)
{
	switch (kind) {
	case CALENDAR_HOLIDAY:
		return english ? "holiday" : "nghỉ lễ";
	case CALENDAR_COMP_OFF:
		return english ? "compensation day" : "nghỉ bù";
	case CALENDAR_SWAP_OFF:
		return english ? "day off by swap" : "nghỉ hoán đổi";
	case CALENDAR_SWAP_WORK:
		break;
	}
	return english ? "swapped working day" : "làm bù";
}

/* "Sat 14/02/2026" or "Sat 14/02/2026 – Sun 15/02/2026". */
static void run_text(char out[2 * DATE_MAX + 8], const char *const *weekdays, int64_t from, int64_t to)
{
	struct text a = date_text(weekdays, from), b = date_text(weekdays, to);
	if (from == to)
		snprintf(out, 2 * DATE_MAX + 8, "%s", a.s);
	else
		snprintf(out, 2 * DATE_MAX + 8, "%s – %s", a.s, b.s);
}

static void tell_rest_run(struct teller *t, enum worktime_step_kind kind, int64_t from, int64_t to)
{
	const struct calendar_day *day = calendar_day_find(t->calendar, from);
	char en[2 * DATE_MAX + 8], vi[2 * DATE_MAX + 8];
	run_text(en, weekdays_en, from, to);
	run_text(vi, weekdays_vi, from, to);
	begin(t, kind, from, to);
	if (day) {
		say_en(t, "%s: not counted, %s: %s", en, rest_name(day->kind, true), day->note_en);
		say_vi(t, "%s: không tính, %s: %s", vi, rest_name(day->kind, false), day->note);
	} else {
		say_en(t, "%s: not counted, weekly rest", en);
		say_vi(t, "%s: không tính, nghỉ hằng tuần", vi);
	}
}

/* Days of rest in [from, to), from a day of rest on. Returns the first day that is worked, or `to`. */
static int64_t tell_rests(struct teller *t, enum worktime_step_kind kind, int64_t from, int64_t to)
{
	while (from < to && !calendar_works(t->calendar, from)) {
		int64_t last = from;
		while (last + 1 < to && !calendar_works(t->calendar, last + 1) &&
		       same_rest(t->calendar, from, last + 1))
			last++;
		tell_rest_run(t, kind, from, last);
		from = last + 1;
	}
	return from;
}

/* A worked Saturday is worth a word. */
static void tell_swapped(struct teller *t, int64_t from, int64_t to)
{
	for (int64_t day = from; day <= to; day++) {
		const struct calendar_day *record = calendar_day_find(t->calendar, day);
		if (!record || record->kind != CALENDAR_SWAP_WORK)
			continue;
		begin(t, WORKTIME_STEP_NOTE, day, day);
		say_en(t, "%s is worked: %s", date_text(weekdays_en, day).s, record->note_en);
		say_vi(t, "%s là ngày làm việc: %s", date_text(weekdays_vi, day).s, record->note);
	}
}

/* ---- the parts of a count ---- */
static void tell_intake(struct teller *t)
{
	static const char *const en[] = { "", "before opening", "in the lunch break", "after closing",
					  "on a day of rest" };
	static const char *const vi[] = { "", "trước giờ làm việc", "trong giờ nghỉ trưa", "sau giờ làm việc",
					  "vào ngày nghỉ" };
	int64_t day, start;
	int32_t minute, start_minute;
	split(t->due->received, &day, &minute);
	split(t->due->start, &start, &start_minute);
	begin(t, WORKTIME_STEP_RECEIVED, day, day);
	say_en(t, "Received %s at %s", date_text(weekdays_en, day).s, minute_text(minute).s);
	say_vi(t, "Tiếp nhận lúc %s %s", minute_text(minute).s, date_text(weekdays_vi, day).s);
	if (t->due->intake == WORKTIME_INTAKE_KEPT)
		return;
	tell_rests(t, WORKTIME_STEP_SKIP, day + (t->due->intake == WORKTIME_INTAKE_AFTER_CLOSING), start);
	begin(t, WORKTIME_STEP_INTAKE, start, start);
	say_en(t, "Received %s: taken as received %s at %s", en[t->due->intake], date_text(weekdays_en, start).s,
	       minute_text(start_minute).s);
	say_vi(t, "Tiếp nhận %s: coi như tiếp nhận lúc %s %s", vi[t->due->intake], minute_text(start_minute).s,
	       date_text(weekdays_vi, start).s);
}

static void tell_first_day(struct teller *t, int64_t day)
{
	begin(t, WORKTIME_STEP_START, day, day);
	say_en(t, "The day of receipt, %s, is not counted", date_text(weekdays_en, day).s);
	say_vi(t, "Không tính ngày tiếp nhận, %s", date_text(weekdays_vi, day).s);
}

static void tell_working_days(struct teller *t, int64_t start)
{
	uint32_t number = 0;
	int64_t day = start + 1;
	tell_first_day(t, start);
	while (number < t->due->days) {
		char en[2 * DATE_MAX + 8], vi[2 * DATE_MAX + 8];
		day = tell_rests(t, WORKTIME_STEP_SKIP, day, t->due->rolled + 1);
		int64_t last = day;
		uint32_t first = ++number;
		for (; number < t->due->days && calendar_works(t->calendar, last + 1); last++)
			number++;
		run_text(en, weekdays_en, day, last);
		run_text(vi, weekdays_vi, day, last);
		begin(t, WORKTIME_STEP_COUNT, day, last);
		if (first == number) {
			say_en(t, "%s: working day %u", en, number);
			say_vi(t, "%s: ngày làm việc thứ %u", vi, number);
		} else {
			say_en(t, "%s: working days %u to %u", en, first, number);
			say_vi(t, "%s: ngày làm việc thứ %u đến %u", vi, first, number);
		}
		tell_swapped(t, day, last);
		day = last + 1;
	}
	LT_ASSERT(day == t->due->rolled + 1);
}

static void tell_calendar_days(struct teller *t, int64_t start)
{
	tell_first_day(t, start);
	begin(t, WORKTIME_STEP_COUNT, start + 1, t->due->counted);
	say_en(t, "%u calendar days, all counted: they end %s", t->due->days,
	       date_text(weekdays_en, t->due->counted).s);
	say_vi(t, "Đủ %u ngày (tính mọi ngày): đến %s", t->due->days, date_text(weekdays_vi, t->due->counted).s);
	int64_t day = tell_rests(t, WORKTIME_STEP_SKIP, t->due->counted, t->due->rolled);
	LT_ASSERT(day == t->due->rolled);
	if (t->due->counted == t->due->rolled)
		return;
	begin(t, WORKTIME_STEP_ROLL, day, day);
	say_en(t, "The last day is a day of rest: moved to the next working day, %s", date_text(weekdays_en, day).s);
	say_vi(t, "Ngày cuối là ngày nghỉ: chuyển sang ngày làm việc tiếp theo, %s", date_text(weekdays_vi, day).s);
}

static void tell_same_day(struct teller *t, int64_t start)
{
	struct text until = minute_text(t->office->same_day_until);
	begin(t, WORKTIME_STEP_START, start, start);
	if (t->due->days == 0) {
		say_en(t, "Received by %s: due the same working day at closing", until.s);
		say_vi(t, "Tiếp nhận không muộn hơn %s: trả trong ngày, trước giờ đóng cửa", until.s);
		return;
	}
	say_en(t, "Received after %s: due the next working day at closing", until.s);
	say_vi(t, "Tiếp nhận sau %s: trả vào ngày làm việc tiếp theo, trước giờ đóng cửa", until.s);
	tell_rests(t, WORKTIME_STEP_SKIP, start + 1, t->due->rolled);
	tell_swapped(t, t->due->rolled, t->due->rolled);
}

/* Takes what a half-day still has of the minutes that are left, and says so. */
static void tell_half_day(struct teller *t, int64_t day, int32_t *minute, int32_t close, uint32_t *left)
{
	if (*left == 0 || *minute >= close)
		return;
	uint32_t here = (uint32_t)(close - *minute);
	uint32_t taken = here < *left ? here : *left;
	struct text from = minute_text(*minute), to = minute_text(*minute + (int32_t)taken);
	*minute += (int32_t)taken;
	*left -= taken;
	begin(t, WORKTIME_STEP_WALK, day, day);
	say_en(t, "%s %s–%s: %s, %s left", date_text(weekdays_en, day).s, from.s, to.s, span_text(taken, "h", "min").s,
	       span_text(*left, "h", "min").s);
	say_vi(t, "%s %s–%s: %s, còn %s", date_text(weekdays_vi, day).s, from.s, to.s,
	       span_text(taken, "giờ", "phút").s, span_text(*left, "giờ", "phút").s);
}

/* Whole days in a row are one line; the last day is left to be told by its half-days. */
static int64_t tell_full_days(struct teller *t, int64_t day, uint32_t *left)
{
	char en[2 * DATE_MAX + 8], vi[2 * DATE_MAX + 8];
	uint32_t count = 0, taken = 0;
	while (calendar_works(t->calendar, day + count)) {
		uint32_t length = (uint32_t)worktime_hours_length(worktime_hours_of(t->office, day + count));
		if (*left <= length)
			break;
		*left -= length;
		taken += length;
		count++;
	}
	if (count == 0)
		return day;
	run_text(en, weekdays_en, day, day + count - 1);
	run_text(vi, weekdays_vi, day, day + count - 1);
	begin(t, WORKTIME_STEP_WALK, day, day + count - 1);
	say_en(t, "%s: %s, %s left", en, span_text(taken, "h", "min").s, span_text(*left, "h", "min").s);
	say_vi(t, "%s: %s, còn %s", vi, span_text(taken, "giờ", "phút").s, span_text(*left, "giờ", "phút").s);
	tell_swapped(t, day, day + count - 1);
	return day + count;
}

/* The hour that was kept lies outside of that day's hours. */
static void tell_fitted(struct teller *t, int32_t kept)
{
	int64_t day;
	int32_t minute;
	split(t->due->walk_from, &day, &minute);
	if (minute == kept)
		return;
	begin(t, WORKTIME_STEP_NOTE, day, day);
	say_en(t, "%s has other office hours, %s is outside of them: %s", date_text(weekdays_en, day).s,
	       minute_text(kept).s, minute_text(minute).s);
	say_vi(t, "%s có giờ làm việc khác, %s ở ngoài giờ: %s", date_text(weekdays_vi, day).s, minute_text(kept).s,
	       minute_text(minute).s);
}

static void tell_walk(struct teller *t)
{
	const struct worktime_hours *o = worktime_hours_of(t->office, t->due->rolled);
	int64_t day, due_day;
	int32_t minute, due_minute;
	uint32_t left = t->due->walked;
	split(t->due->walk_from, &day, &minute);
	begin(t, WORKTIME_STEP_START, day, day);
	say_en(t, "%s of working time from %s at %s", span_text(left, "h", "min").s, date_text(weekdays_en, day).s,
	       minute_text(minute).s);
	say_vi(t, "Tính %s làm việc từ %s %s", span_text(left, "giờ", "phút").s, minute_text(minute).s,
	       date_text(weekdays_vi, day).s);
	while (t->err == LT_OK) {
		if (minute < o->morning_close)
			tell_half_day(t, day, &minute, o->morning_close, &left);
		if (left > 0) {
			minute = minute < o->afternoon_open ? o->afternoon_open : minute;
			tell_half_day(t, day, &minute, o->afternoon_close, &left);
		}
		if (left == 0)
			break;
		for (day++; left > 0;) {
			int64_t before = day;
			int64_t end = calendar_works(t->calendar, day) ? day : day + 366;
			day = tell_full_days(t, tell_rests(t, WORKTIME_STEP_SKIP, day, end), &left);
			if (day == before || calendar_works(t->calendar, day))
				break;
		}
		o = worktime_hours_of(t->office, day);
		minute = o->morning_open;
	}
	split(t->due->due, &due_day, &due_minute);
	LT_ASSERT(t->err != LT_OK || (day == due_day && minute == due_minute));
}

static void tell_provisional(struct teller *t, int64_t from, int64_t to)
{
	for (int number = calendar_year_of(from); number <= calendar_year_of(to); number++) {
		const struct calendar_year *year = calendar_year_find(t->calendar, number);
		if (!year || year->announced)
			continue;
		begin(t, WORKTIME_STEP_NOTE, lt_date_to_days(number, 1, 1), lt_date_to_days(number, 12, 31));
		say_en(t, "The calendar of %d is computed, not yet announced: this can still move", number);
		say_vi(t, "Lịch năm %d là dự tính, chưa có thông báo chính thức: ngày này còn có thể thay đổi", number);
	}
}

enum lt_err worktime_explain(const struct calendar *calendar, const struct worktime_office *office,
			     const struct worktime_limit *limit, const struct worktime_due *due,
			     struct worktime_steps *out)
{
	struct teller t = { calendar, office, due, out, LT_OK };
	int64_t received, start, due_day;
	int32_t minute, start_minute, due_minute;
	*out = (struct worktime_steps){ 0 };
	split(due->received, &received, &minute);
	split(due->start, &start, &start_minute);
	split(due->due, &due_day, &due_minute);
	tell_intake(&t);
	tell_swapped(&t, start, start);
	if (limit->unit == WORKTIME_WORKING_DAYS && due->days > 0)
		tell_working_days(&t, start);
	if (limit->unit == WORKTIME_CALENDAR_DAYS && due->days > 0)
		tell_calendar_days(&t, start);
	if (limit->unit == WORKTIME_SAME_DAY)
		tell_same_day(&t, start);
	if (due->days > 0 && limit->unit != WORKTIME_SAME_DAY)
		tell_fitted(&t, start_minute);
	if (due->walked > 0)
		tell_walk(&t);
	tell_provisional(&t, received, due_day);
	begin(&t, WORKTIME_STEP_DUE, due_day, due_day);
	say_en(&t, "Due %s at %s", date_text(weekdays_en, due_day).s, minute_text(due_minute).s);
	say_vi(&t, "Hạn trả: %s %s", minute_text(due_minute).s, date_text(weekdays_vi, due_day).s);
	return t.err;
}
