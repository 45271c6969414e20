/* file_office.c: office hours in the agencies file. */
#include "file_office.h"

#include "base/date.h"
#include "record/definitions.h"

#include <stdio.h>
#include <string.h>

/* "07:30", strictly. */
static bool parse_minute(const char *text, uint16_t *out)
{
	if (strlen(text) != 5 || text[2] != ':')
		return false;
	for (size_t i = 0; i < 5; i++)
		if (i != 2 && (text[i] < '0' || text[i] > '9'))
			return false;
	int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
	*out = (uint16_t)(hour * 60 + minute);
	return hour < 24 && minute < 60;
}

static enum lt_err read_minute(struct json_reader *file, const json_t *value, const char *pointer, uint16_t *out)
{
	if (!json_is_string(value) || !parse_minute(json_string_value(value), out))
		return json_refuse(file, pointer, "must be a time of the day as \"07:30\"");
	return LT_OK;
}

/* Two times of the day, the first before the second. */
static enum lt_err read_span(struct json_reader *file, const json_t *hours, const char *at, const char *key,
			     uint16_t *open, uint16_t *close)
{
	char pointer[JSON_POINTER_MAX], element[JSON_POINTER_MAX + 8];
	const json_t *span = json_object_get(hours, key);
	if (!span)
		return json_refuse(file, at, "\"%s\" is missing", key);
	snprintf(pointer, sizeof(pointer), "%.200s/%s", at, key);
	if (!json_is_array(span) || json_array_size(span) != 2)
		return json_refuse(file, pointer, "must be two times, as [\"07:30\", \"11:30\"]");
	snprintf(element, sizeof(element), "%s/0", pointer);
	enum lt_err err = read_minute(file, json_array_get(span, 0), element, open);
	snprintf(element, sizeof(element), "%s/1", pointer);
	if (err == LT_OK)
		err = read_minute(file, json_array_get(span, 1), element, close);
	if (err == LT_OK && *open >= *close)
		return json_refuse(file, pointer, "opens when it has closed; give the earlier time first");
	return err;
}

static enum lt_err read_hours(struct json_reader *file, const json_t *hours, const char *at, bool afternoon,
			      struct worktime_hours *out)
{
	enum lt_err err = read_span(file, hours, at, "morning", &out->morning_open, &out->morning_close);
	if (err != LT_OK)
		return err;
	if (!afternoon && !json_object_get(hours, "afternoon")) {
		out->afternoon_open = out->afternoon_close = out->morning_close;
		return LT_OK;
	}
	err = read_span(file, hours, at, "afternoon", &out->afternoon_open, &out->afternoon_close);
	if (err == LT_OK && out->afternoon_open < out->morning_close)
		return json_refuse(file, at, "the afternoon begins before the morning has ended");
	return err;
}

/* ---- exceptions ---- */

static const char *const weekday_names[7] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static enum lt_err read_weekdays(struct json_reader *file, const json_t *except, const char *at, uint8_t *out)
{
	char pointer[JSON_POINTER_MAX];
	const json_t *list = json_object_get(except, "weekdays");
	snprintf(pointer, sizeof(pointer), "%.200s/weekdays", at);
	if (list && (!json_is_array(list) || json_array_size(list) == 0))
		return json_refuse(file, pointer, "must be a list of mon, tue, wed, thu, fri, sat, sun");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *name = json_string_value(json_array_get(list, i));
		unsigned weekday = 0;
		while (weekday < 7 && (!name || strcmp(name, weekday_names[weekday]) != 0))
			weekday++;
		if (weekday == 7 || ((unsigned)*out >> weekday & 1u) != 0)
			return json_refuse(file, pointer,
					   "must be a list of mon, tue, wed, thu, fri, sat, sun, each once");
		*out = (uint8_t)(*out | 1u << weekday);
	}
	return LT_OK;
}

static enum lt_err read_date(struct json_reader *file, const json_t *except, const char *at, const char *key,
			     int32_t *out)
{
	char pointer[JSON_POINTER_MAX];
	int64_t day = 0;
	const char *text = NULL;
	enum lt_err err = json_read_text(file, except, at, key, false, &text);
	snprintf(pointer, sizeof(pointer), "%.200s/%s", at, key);
	if (err == LT_OK && text && lt_date_parse(text, &day) != LT_OK)
		return json_refuse(file, pointer, "\"%.20s\" is not a date as 2026-04-15", text);
	*out = (int32_t)day;
	return err;
}

static enum lt_err read_except(struct json_reader *file, const json_t *except, const char *at,
			       struct worktime_except *out)
{
	static const char *const keys[] = { "valid_from", "valid_to", "weekdays", "morning", "afternoon", NULL };
	if (!json_is_object(except))
		return json_refuse(file, at, "must be an object with morning, and what it holds for");
	enum lt_err err = json_check_keys(file, except, at, keys);
	if (err == LT_OK)
		err = read_date(file, except, at, "valid_from", &out->from);
	if (err == LT_OK)
		err = read_date(file, except, at, "valid_to", &out->to);
	if (err == LT_OK && out->to != 0 && out->to <= out->from)
		return json_refuse(file, at,
				   "valid_to, the first day that it no longer holds on, must lie behind valid_from");
	if (err == LT_OK)
		err = read_weekdays(file, except, at, &out->weekdays);
	if (err == LT_OK && out->from == 0 && out->to == 0 && out->weekdays == 0)
		return json_refuse(
			file, at,
			"holds always; give valid_from, valid_to or weekdays, or change the hours themselves");
	return err == LT_OK ? read_hours(file, except, at, false, &out->hours) : err;
}

static enum lt_err read_excepts(struct json_reader *file, const json_t *hours, const char *at,
				struct worktime_office *out)
{
	char here[JSON_POINTER_MAX];
	const json_t *list = json_object_get(hours, "except");
	size_t count = json_array_size(list);
	enum lt_err err = LT_OK;
	snprintf(here, sizeof(here), "%.200s/except", at);
	if (list && (!json_is_array(list) || count > WORKTIME_EXCEPTS_MAX))
		return json_refuse(file, here, "must be a list of at most %u exceptions", WORKTIME_EXCEPTS_MAX);
	for (size_t i = 0; i < count && err == LT_OK; i++) {
		snprintf(here, sizeof(here), "%.200s/except/%zu", at, i);
		err = read_except(file, json_array_get(list, i), here, &out->excepts[i]);
	}
	out->except_count = count;
	return err;
}

enum lt_err office_read(struct json_reader *file, const json_t *agency, const char *at, struct worktime_office *out,
			bool *given)
{
	static const char *const keys[] = { "morning", "afternoon", "same_day_until", "except", NULL };
	const json_t *hours = json_object_get(agency, "office_hours");
	struct worktime_office office = WORKTIME_OFFICE_DEFAULT;
	char here[JSON_POINTER_MAX], pointer[JSON_POINTER_MAX + 24];
	*given = false;
	if (!hours)
		return LT_OK;
	snprintf(here, sizeof(here), "%.180s/office_hours", at);
	if (!json_is_object(hours))
		return json_refuse(file, here, "must be an object with morning and afternoon");
	enum lt_err err = json_check_keys(file, hours, here, keys);
	if (err == LT_OK)
		err = read_hours(file, hours, here, true, &office.hours);
	if (err == LT_OK && json_object_get(hours, "same_day_until")) {
		snprintf(pointer, sizeof(pointer), "%s/same_day_until", here);
		err = read_minute(file, json_object_get(hours, "same_day_until"), pointer, &office.same_day_until);
	}
	if (err == LT_OK)
		err = read_excepts(file, hours, here, &office);
	if (err != LT_OK)
		return err;
	*out = office;
	*given = true;
	return LT_OK;
}

static bool has_code(const json_t *agency, const char *code)
{
	size_t i;
	json_t *alias;
	const char *own = json_string_value(json_object_get(agency, "code"));
	if (own && strcmp(own, code) == 0)
		return true;
	json_array_foreach(json_object_get(agency, "aliases"), i, alias)
	{
		if (json_is_string(alias) && strcmp(json_string_value(alias), code) == 0)
			return true;
	}
	return false;
}

static enum lt_err search(struct json_reader *file, const char *code, struct office_found *out)
{
	bool object = json_is_object(file->root);
	const json_t *list = object ? json_object_get(file->root, "agencies") : file->root;
	const char *base = object ? "/agencies" : "";
	enum lt_err found = LT_ENOENT;
	if (!json_is_array(list))
		return json_refuse(file, base, "must be a list of agencies");
	for (size_t i = 0; i < json_array_size(list); i++) {
		char at[64];
		const json_t *agency = json_array_get(list, i);
		const char *own = "", *name = "";
		bool given, wanted = has_code(agency, code);
		struct worktime_office office = WORKTIME_OFFICE_DEFAULT;
		snprintf(at, sizeof(at), "%s/%zu", base, i);
		if (!json_is_object(agency))
			return json_refuse(file, at, "must be an object that describes an agency");
		enum lt_err err = office_read(file, agency, at, &office, &given);
		if (err == LT_OK)
			err = json_read_text(file, agency, at, "code", true, &own);
		if (err == LT_OK)
			err = json_read_text(file, agency, at, "name", true, &name);
		if (err != LT_OK)
			return err;
		if (!wanted)
			continue;
		*out = (struct office_found){ .office = office, .given = given };
		snprintf(out->code, sizeof(out->code), "%s", own);
		snprintf(out->name, sizeof(out->name), "%s", name);
		found = LT_OK;
	}
	return found;
}

enum lt_err file_office_find(const char *path, const char *code, struct office_found *out, char *error,
			     size_t error_size)
{
	struct json_reader file;
	enum lt_err err = json_read_file(path, &file);
	if (err == LT_OK)
		err = search(&file, code, out);
	if (err != LT_OK)
		snprintf(error, error_size, "%s", file.error[0] ? file.error : lt_err_text(err));
	json_reader_fini(&file);
	return err;
}

/* ---- all of them, for the broker ---- */

static enum lt_err encode(const char *agency, const struct worktime_office *office, struct lt_buf *out)
{
	struct lt_office_except excepts[WORKTIME_EXCEPTS_MAX];
	struct lt_office_hours hours = {
		.agency = agency,
		.morning_open = office->hours.morning_open,
		.morning_close = office->hours.morning_close,
		.afternoon_open = office->hours.afternoon_open,
		.afternoon_close = office->hours.afternoon_close,
		.same_day_until = office->same_day_until,
		.except_count = office->except_count,
		.excepts = excepts,
	};
	for (size_t i = 0; i < office->except_count; i++) {
		const struct worktime_except *e = &office->excepts[i];
		excepts[i] = (struct lt_office_except){ e->from,
							e->to,
							e->weekdays,
							e->hours.morning_open,
							e->hours.morning_close,
							e->hours.afternoon_open,
							e->hours.afternoon_close };
	}
	return lt_office_hours_encode(&hours, out);
}

static enum lt_err each(struct json_reader *file,
			enum lt_err (*take)(void *ctx, const char *agency, struct lt_bytes hours), void *ctx)
{
	bool object = json_is_object(file->root);
	const json_t *list = object ? json_object_get(file->root, "agencies") : file->root;
	const char *base = object ? "/agencies" : "";
	enum lt_err err = LT_OK;
	if (!json_is_array(list))
		return json_refuse(file, base, "must be a list of agencies");
	for (size_t i = 0; i < json_array_size(list) && err == LT_OK; i++) {
		char at[64];
		bool given = false;
		const char *code = "";
		struct lt_buf hours = { 0 };
		struct worktime_office office;
		const json_t *agency = json_array_get(list, i);
		snprintf(at, sizeof(at), "%s/%zu", base, i);
		if (!json_is_object(agency))
			return json_refuse(file, at, "must be an object that describes an agency");
		err = office_read(file, agency, at, &office, &given);
		if (err == LT_OK)
			err = json_read_text(file, agency, at, "code", true, &code);
		if (err == LT_OK && given)
			err = encode(code, &office, &hours);
		if (err == LT_OK && given)
			err = take(ctx, code, lt_buf_bytes(&hours));
		lt_buf_fini(&hours);
	}
	return err;
}

enum lt_err office_each(const char *path, enum lt_err (*take)(void *ctx, const char *agency, struct lt_bytes hours),
			void *ctx, char *error, size_t error_size)
{
	struct json_reader file;
	enum lt_err err = json_read_file(path, &file);
	if (err == LT_OK)
		err = each(&file, take, ctx);
	if (err != LT_OK && (file.error[0] || error[0] == '\0'))
		snprintf(error, error_size, "%s", file.error[0] ? file.error : lt_err_text(err));
	json_reader_fini(&file);
	return err;
}

/* ---- back to a file ---- */

static json_t *minute_to_json(uint32_t minute)
{
	char text[16];
	snprintf(text, sizeof(text), "%02u:%02u", minute / 60 % 100, minute % 60);
	return json_string(text);
}

/* Without an afternoon that is none. */
static void set_hours(json_t *object, uint32_t morning_open, uint32_t morning_close, uint32_t afternoon_open,
		      uint32_t afternoon_close)
{
	json_object_set_new(object, "morning",
			    json_pack("[o, o]", minute_to_json(morning_open), minute_to_json(morning_close)));
	if (afternoon_open < afternoon_close)
		json_object_set_new(
			object, "afternoon",
			json_pack("[o, o]", minute_to_json(afternoon_open), minute_to_json(afternoon_close)));
}

static void set_day(json_t *object, const char *key, int32_t day)
{
	char date[16];
	int year, month, number;
	if (day == 0)
		return;
	lt_date_from_days(day, &year, &month, &number);
	snprintf(date, sizeof(date), "%04d-%02d-%02d", year, month, number);
	json_object_set_new(object, key, json_string(date));
}

static json_t *except_to_json(const struct lt_office_except *except)
{
	json_t *object = json_object();
	set_day(object, "valid_from", except->from);
	set_day(object, "valid_to", except->to);
	if (except->weekdays)
		json_object_set_new(object, "weekdays", json_array());
	for (unsigned i = 0; i < 7; i++) {
		if (except->weekdays >> i & 1u)
			json_array_append_new(json_object_get(object, "weekdays"), json_string(weekday_names[i]));
	}
	set_hours(object, except->morning_open, except->morning_close, except->afternoon_open, except->afternoon_close);
	return object;
}

json_t *office_to_json(const struct lt_office_hours *hours)
{
	json_t *object = json_object();
	set_hours(object, hours->morning_open, hours->morning_close, hours->afternoon_open, hours->afternoon_close);
	if (hours->same_day_until)
		json_object_set_new(object, "same_day_until", minute_to_json(hours->same_day_until));
	if (hours->except_count > 0)
		json_object_set_new(object, "except", json_array());
	for (size_t i = 0; i < hours->except_count; i++)
		json_array_append_new(json_object_get(object, "except"), except_to_json(&hours->excepts[i]));
	return object;
}
