/* file_calendar.c: calendar files. The rules of the days are those of calendar_new; here they get file, pointer and line. */
#include "file_calendar.h"

#include "base/date.h"

#include <stdlib.h>
#include <string.h>

static enum lt_err check_text(struct json_reader *file, const char *pointer, const char *text, size_t max)
{
	size_t length = lt_text_length(text, strlen(text));
	if (length == 0 || length > max)
		return json_refuse(file, pointer, "must have 1 to %zu characters", max);
	return json_check_form(file, pointer, text, LT_TEXT_LINE);
}

/* Codes of those for whom the day is so; what codes they are is checked with the other rules of days. */
static enum lt_err read_agencies(struct json_reader *file, const json_t *object, const char *at,
				 struct calendar_day *out)
{
	char pointer[JSON_POINTER_MAX];
	const json_t *list = json_object_get(object, "agencies");
	size_t count = json_array_size(list);
	snprintf(pointer, sizeof(pointer), "%s/agencies", at);
	if (!list)
		return LT_OK;
	if (!json_is_array(list) || count == 0 || count > CALENDAR_AGENCIES_MAX)
		return json_refuse(file, pointer, "must be a list of 1 to %u agency codes", CALENDAR_AGENCIES_MAX);
	const char **codes = calloc(count, sizeof(*codes));
	if (!codes)
		return LT_ENOMEM;
	out->agencies = codes;
	out->agency_count = count;
	for (size_t i = 0; i < count; i++) {
		codes[i] = json_string_value(json_array_get(list, i));
		if (!codes[i])
			return json_refuse(file, pointer, "must be a list of agency codes, as [\"H37\"]");
	}
	return LT_OK;
}

static enum lt_err read_day(struct json_reader *file, const json_t *object, size_t index, struct calendar_day *out)
{
	static const char *const keys[] = { "date", "kind", "note", "note_en", "source", "agencies", NULL };
	const char *date = "", *kind = "", *source = NULL;
	char at[64], pointer[JSON_POINTER_MAX];
	int64_t days = 0;
	snprintf(at, sizeof(at), "/days/%zu", index);
	if (!json_is_object(object))
		return json_refuse(file, at, "must be an object that describes a day");
	enum lt_err err = json_check_keys(file, object, at, keys);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "date", true, &date);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "kind", true, &kind);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "note", true, &out->note);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "note_en", false, &out->note_en);
	if (err == LT_OK)
		err = json_read_text(file, object, at, "source", false, &source);
	if (err != LT_OK)
		return err;
	snprintf(pointer, sizeof(pointer), "%s/date", at);
	if (lt_date_parse(date, &days) != LT_OK)
		return json_refuse(file, pointer, "\"%.20s\" is not a date as 2026-02-16", date);
	out->day = (int32_t)days;
	snprintf(pointer, sizeof(pointer), "%s/kind", at);
	if (calendar_kind_find(kind, &out->kind) != LT_OK)
		return json_refuse(file, pointer, "\"%.20s\" is none of holiday, comp_off, swap_work, swap_off", kind);
	snprintf(pointer, sizeof(pointer), "%s/note", at);
	err = check_text(file, pointer, out->note, CALENDAR_NOTE_MAX);
	if (err == LT_OK)
		err = read_agencies(file, object, at, out);
	snprintf(pointer, sizeof(pointer), "%s/source", at);
	return err == LT_OK && source ? check_text(file, pointer, source, 1000) : err;
}

static enum lt_err read_days(struct calendar_file *out)
{
	struct json_reader *file = &out->file;
	const json_t *list = json_object_get(file->root, "days");
	size_t count = json_array_size(list);
	if (!list)
		return json_refuse(file, "", "\"days\" is missing");
	if (!json_is_array(list) || count > CALENDAR_DAYS_MAX)
		return json_refuse(file, "/days", "must be a list of at most %u days", CALENDAR_DAYS_MAX);
	struct calendar_day *days = calloc(count + 1, sizeof(*days));
	if (!days)
		return LT_ENOMEM;
	out->year.days = days;
	out->year.day_count = count;
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < count && err == LT_OK; i++)
		err = read_day(file, json_array_get(list, i), i, &days[i]);
	return err;
}

static enum lt_err read_head(struct calendar_file *out)
{
	static const char *const keys[] = { "year", "version", "announced", "source", "days", NULL };
	struct json_reader *file = &out->file;
	uint32_t year = 0;
	if (!json_is_object(file->root))
		return json_refuse(file, "", "must be an object that describes a year");
	enum lt_err err = json_check_keys(file, file->root, "", keys);
	if (err == LT_OK)
		err = json_read_u32(file, file->root, "", "year", true, &year);
	if (err == LT_OK)
		err = json_read_u32(file, file->root, "", "version", true, &out->year.version);
	if (err == LT_OK)
		err = json_read_text(file, file->root, "", "source", true, &out->source);
	if (err == LT_OK)
		err = check_text(file, "/source", out->source, 1000);
	if (err != LT_OK)
		return err;
	const json_t *announced = json_object_get(file->root, "announced");
	if (!announced)
		return json_refuse(file, "", "\"announced\" is missing");
	if (!json_is_boolean(announced))
		return json_refuse(file, "/announced", "must be true or false");
	out->year.announced = json_is_true(announced);
	if (year < 1970 || year > 9998)
		return json_refuse(file, "/year", "the year must be 1970 to 9998");
	if (out->year.version == 0)
		return json_refuse(file, "/version", "versions begin at 1");
	out->year.year = (int)year;
	return LT_OK;
}

/* What calendar_new finds, at its place in the file. */
static enum lt_err check_rules(struct calendar_file *out)
{
	struct calendar *calendar = NULL;
	struct calendar_fault fault;
	char pointer[64] = "";
	enum lt_err err = calendar_new(&out->year, 1, NULL, &calendar, &fault);
	calendar_free(calendar);
	if (err != LT_EINVAL)
		return err;
	if (fault.day != SIZE_MAX)
		snprintf(pointer, sizeof(pointer), "/days/%zu", fault.day);
	return json_refuse(&out->file, pointer, "%s", fault.text);
}

enum lt_err calendar_file_load(const char *path, struct calendar_file *out)
{
	*out = (struct calendar_file){ .path = strdup(path), .source = "" };
	if (!out->path)
		return LT_ENOMEM;
	enum lt_err err = json_read_file(out->path, &out->file);
	if (err == LT_OK)
		err = read_head(out);
	if (err == LT_OK)
		err = read_days(out);
	if (err == LT_OK)
		err = check_rules(out);
	if (err != LT_OK && out->file.error[0] == '\0')
		snprintf(out->file.error, sizeof(out->file.error), "%s: %s", path, lt_err_text(err));
	return err;
}

void calendar_file_fini(struct calendar_file *file)
{
	for (size_t i = 0; file->year.days && i < file->year.day_count; i++)
		free((void *)(uintptr_t)file->year.days[i].agencies);
	free((void *)(uintptr_t)file->year.days);
	json_reader_fini(&file->file);
	free(file->path);
	*file = (struct calendar_file){ 0 };
}

enum lt_err calendar_files_join(const struct calendar_file *files, size_t count, const char *agency,
				struct calendar **out, char *error, size_t error_size)
{
	struct calendar_fault fault = { 0 };
	struct calendar_year *years = calloc(count + 1, sizeof(*years));
	enum lt_err err = years ? LT_OK : LT_ENOMEM;
	for (size_t i = 0; i < count && err == LT_OK; i++) {
		years[i] = files[i].year;
		for (size_t j = 0; j < i && err == LT_OK; j++)
			if (years[j].year == years[i].year) {
				snprintf(error, error_size,
					 "%.200s:%u: /year: %.200s has the year %d too; keep the version in force",
					 files[i].path,
					 json_line((const char *)files[i].file.text.data, files[i].file.text.len,
						   "/year"),
					 files[j].path, years[i].year);
				err = LT_EEXIST;
			}
	}
	if (err == LT_OK) {
		err = calendar_new(years, count, agency, out, &fault);
		snprintf(error, error_size, "%s", err == LT_EINVAL ? fault.text : lt_err_text(err));
	} else if (err == LT_ENOMEM) {
		snprintf(error, error_size, "%s", lt_err_text(err));
	}
	free(years);
	return err == LT_EEXIST ? LT_EINVAL : err;
}

enum lt_err calendar_file_encode(const struct calendar_file *file, struct lt_buf *out)
{
	struct lt_calendar_day *days = calloc(file->year.day_count + 1, sizeof(*days));
	struct lt_calendar_year year = {
		.year = (uint32_t)file->year.year,
		.version = file->year.version,
		.announced = file->year.announced,
		.day_count = file->year.day_count,
		.days = days,
		.source = file->source,
	};
	if (!days)
		return LT_ENOMEM;
	for (size_t i = 0; i < year.day_count; i++) {
		const struct calendar_day *day = &file->year.days[i];
		days[i] = (struct lt_calendar_day){ day->day,          (uint32_t)day->kind,
						    day->note,         day->note_en ? day->note_en : "",
						    day->agency_count, (const char **)(uintptr_t)day->agencies };
	}
	enum lt_err err = lt_calendar_year_encode(&year, out);
	free(days);
	return err;
}

static json_t *day_to_json(const struct lt_calendar_day *day)
{
	char date[16];
	int year, month, number;
	lt_date_from_days(day->day, &year, &month, &number);
	snprintf(date, sizeof(date), "%04d-%02d-%02d", year, month, number);
	json_t *object = json_pack("{s:s, s:s, s:s}", "date", date, "kind",
				   calendar_kind_name((enum calendar_kind)day->kind), "note", day->note);
	if (day->note_en && day->note_en[0])
		json_object_set_new(object, "note_en", json_string(day->note_en));
	if (day->agency_count > 0)
		json_object_set_new(object, "agencies", json_array());
	for (size_t i = 0; i < day->agency_count; i++)
		json_array_append_new(json_object_get(object, "agencies"), json_string(day->agencies[i]));
	return object;
}

json_t *calendar_to_json(const struct lt_calendar_year *year)
{
	json_t *object = json_pack("{s:I, s:I, s:b, s:s, s:[]}", "year", (json_int_t)year->year, "version",
				   (json_int_t)year->version, "announced", (int)year->announced, "source",
				   year->source ? year->source : "", "days");
	for (size_t i = 0; object && i < year->day_count; i++)
		json_array_append_new(json_object_get(object, "days"), day_to_json(&year->days[i]));
	return object;
}
