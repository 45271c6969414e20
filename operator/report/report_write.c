/* report_write.c: a report as CSV, and one value as people read it. */
#include "report.h"

#include <inttypes.h>
#include <string.h>

#include "base/formula.h"

enum { DAY_MINUTES = 480 }; /* of a working day of 8 hours, as limits count them */

static void minutes_text(json_int_t minutes, bool vietnamese, char *out, size_t size)
{
	static const char *const units[2][3] = { { "d", "h", "m" }, { " ngày", " giờ", " phút" } };
	const char *const *unit = units[vietnamese];
	json_int_t all = minutes < 0 ? -minutes : minutes, days = all / DAY_MINUTES, hours = all % DAY_MINUTES / 60;
	const char *sign = minutes < 0 ? "-" : "";
	if (days > 0)
		snprintf(out, size, "%s%lld%s %lld%s %lld%s", sign, (long long)days, unit[0], (long long)hours, unit[1],
			 (long long)(all % 60), unit[2]);
	else if (hours > 0)
		snprintf(out, size, "%s%lld%s %lld%s", sign, (long long)hours, unit[1], (long long)(all % 60), unit[2]);
	else
		snprintf(out, size, "%s%lld%s", sign, (long long)all, unit[2]);
}

/* One that a document has, "2026-11-30…", as Vietnamese write it. */
static void date_text(const char *date, char out[16])
{
	snprintf(out, 16, "%.2s/%.2s/%.4s", date + 8, date + 5, date);
}

const char *report_period(const json_t *document, bool vietnamese, char out[REPORT_PERIOD])
{
	const char *from = json_string_value(json_object_get(document, "from"));
	const char *until = json_string_value(json_object_get(document, "until"));
	char first[16], last[16];
	date_text(from, first);
	date_text(until, last);
	if (vietnamese)
		snprintf(out, REPORT_PERIOD, "Từ %s đến hết %s", first, last);
	else
		snprintf(out, REPORT_PERIOD, "%s to %s", from, until);
	return out;
}

static void time_text(const char *time, bool vietnamese, char *out, size_t size)
{
	char date[16];
	date_text(time, date);
	snprintf(out, size, "%.10s %.5s", vietnamese ? date : time, time + 11);
}

static void comma_text(char *text)
{
	char *point = strchr(text, '.');
	if (point)
		*point = ',';
}

void report_text(const json_t *column, const json_t *value, bool vietnamese, char *out, size_t size)
{
	const char *unit = json_string_value(json_object_get(column, "unit"));
	if (!value || json_is_null(value))
		snprintf(out, size, "-");
	else if (json_is_string(value) && strcmp(unit, "time") == 0)
		time_text(json_string_value(value), vietnamese, out, size);
	else if (json_is_string(value))
		snprintf(out, size, "%s", json_string_value(value));
	else if (strcmp(unit, "rate") == 0)
		snprintf(out, size, "%.1f %%", json_number_value(value) * 100);
	else if (strcmp(unit, "minutes") == 0)
		minutes_text(json_integer_value(value), vietnamese, out, size);
	else if (json_is_real(value))
		snprintf(out, size, "%.2f", json_real_value(value));
	else
		snprintf(out, size, "%lld", (long long)json_integer_value(value));
	if (vietnamese && json_is_number(value))
		comma_text(out);
}

static enum lt_err add_text(struct lt_buf *out, const char *text)
{
	enum lt_err err = lt_buf_append(out, "\"", 1);
	if (!err && text_is_formula(text))
		err = lt_buf_append(out, "'", 1);
	for (const char *p = text; *p && !err; p++)
		err = lt_buf_append(out, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
	return err ? err : lt_buf_append(out, "\"", 1);
}

static enum lt_err add_value(struct lt_buf *out, const json_t *value)
{
	if (json_is_string(value))
		return add_text(out, json_string_value(value));
	if (json_is_integer(value))
		return lt_buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	if (json_is_real(value))
		return lt_buf_printf(out, "%.6g", json_real_value(value));
	return LT_OK;
}

/* name: what stands in the first column; NULL: what the row has there. */
static enum lt_err add_row(struct lt_buf *out, const json_t *columns, const json_t *row, const char *name)
{
	enum lt_err err = LT_OK;
	size_t i;
	json_t *column;
	json_array_foreach((json_t *)columns, i, column)
	{
		if (!err && i > 0)
			err = lt_buf_append(out, ",", 1);
		if (!err && i == 0 && name)
			err = add_text(out, name);
		else if (!err)
			err = add_value(out, json_object_get(row, json_string_value(json_object_get(column, "id"))));
	}
	return err ? err : lt_buf_append(out, "\r\n", 2);
}

static enum lt_err add_heads(struct lt_buf *out, const json_t *columns, const char *language)
{
	enum lt_err err = lt_buf_append(out, "\xef\xbb\xbf", 3);
	size_t i;
	json_t *column;
	json_array_foreach((json_t *)columns, i, column)
	{
		if (!err && i > 0)
			err = lt_buf_append(out, ",", 1);
		if (!err)
			err = add_text(out, json_string_value(json_object_get(column, language)));
	}
	return err ? err : lt_buf_append(out, "\r\n", 2);
}

enum lt_err report_csv(const json_t *document, bool vietnamese, struct lt_buf *out)
{
	const json_t *columns = json_object_get(document, "columns"), *total = json_object_get(document, "total");
	enum lt_err err = add_heads(out, columns, vietnamese ? "vi" : "en");
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(document, "rows"), i, row)
	{
		if (!err)
			err = add_row(out, columns, row, NULL);
	}
	return err || !total ? err : add_row(out, columns, total, vietnamese ? "Tổng" : "all");
}

bool report_is_empty(const json_t *document, const json_t *column)
{
	const char *id = json_string_value(json_object_get(column, "id"));
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(document, "rows"), i, row)
	{
		const json_t *value = json_object_get(row, id);
		if (json_is_string(value) ? json_string_length(value) > 0 : json_number_value(value) != 0)
			return false;
	}
	return true;
}
