/* testcalendar.c: read without checks of its own; the command line's loader has its tests in tests/e2e. */
#include "testcalendar.h"

#include "base/date.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 2025, COUNT = 4 };

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "conf/calendars: %s\n", what);
	abort();
}

static struct calendar_day read_day(const json_t *record)
{
	struct calendar_day day = { .note = json_string_value(json_object_get(record, "note")),
				    .note_en = json_string_value(json_object_get(record, "note_en")) };
	int year, month, date;
	const char *text = json_string_value(json_object_get(record, "date"));
	const char *kind = json_string_value(json_object_get(record, "kind"));
	need(text && sscanf(text, "%d-%d-%d", &year, &month, &date) == 3, "a date");
	need(kind && calendar_kind_find(kind, &day.kind) == LT_OK, "a kind");
	day.day = (int32_t)lt_date_to_days(year, month, date);
	return day;
}

static json_t *read_year(int number, struct calendar_day days[CALENDAR_DAYS_MAX], struct calendar_year *out)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/conf/calendars/%d.json", LT_SOURCE_DIR, number);
	json_t *file = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(file, "days");
	need(file && json_array_size(list) <= CALENDAR_DAYS_MAX, path);
	for (size_t i = 0; i < json_array_size(list); i++)
		days[i] = read_day(json_array_get(list, i));
	*out = (struct calendar_year){ .year = (int)json_integer_value(json_object_get(file, "year")),
				       .version = (uint32_t)json_integer_value(json_object_get(file, "version")),
				       .announced = json_is_true(json_object_get(file, "announced")),
				       .days = days,
				       .day_count = json_array_size(list) };
	return file;
}

struct calendar *testcalendar_new(void)
{
	struct calendar_day days[COUNT][CALENDAR_DAYS_MAX];
	struct calendar_year years[COUNT];
	struct calendar_fault fault = { 0 };
	struct calendar *calendar = NULL;
	json_t *files[COUNT];
	for (int i = 0; i < COUNT; i++)
		files[i] = read_year(FIRST + i, days[i], &years[i]);
	need(calendar_new(years, COUNT, NULL, &calendar, &fault) == LT_OK, fault.text);
	for (int i = 0; i < COUNT; i++)
		json_decref(files[i]);
	return calendar;
}
