/* ranking.c: the indicators with what they weigh by default, and the two files that say otherwise. */
#include "ranking.h"

#include <lienthong/text.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_MAX 1000.0

/* Weights of QĐ 766/QĐ-TTg as far as an indicator of it can be had: progress 20, digitisation 22, online services 12 and payment 10,
 * satisfaction 18, publicity 18. What is ours beside them weighs nothing until a weights file says so. */
const struct ranking_name ranking_names[RANKING_INDICATORS] = {
	[RANKING_ON_TIME] = { "on_time", "Đúng hạn", "in time", 20, 0 },
	[RANKING_LEGS] = { "legs", "Chặng đúng hạn", "legs in time", 0, 0 },
	[RANKING_ANSWERED] = { "answered", "Nhận bàn giao đúng hạn", "answers in time", 0, 0 },
	[RANKING_ONLINE] = { "online", "Nộp trực tuyến", "filed online", 12, 1 },
	[RANKING_SIGNED] = { "signed", "Bàn giao điện tử có ký số", "signed electronic hand-offs", 0, 1 },
	[RANKING_FILES] = { "files", "Số hóa hồ sơ", "papers as files", 22, 1 },
	[RANKING_PAYMENT] = { "payment", "Thanh toán trực tuyến", "paid online", 10, 0 },
	[RANKING_PUBLIC] = { "public", "Công khai, minh bạch", "made public", 18, 0 },
	[RANKING_SATISFACTION] = { "satisfaction", "Mức độ hài lòng", "satisfaction", 18, 0 },
	[RANKING_MEETINGS] = { "meetings", "Họp trực tuyến", "online meetings", 0, 0 },
};

void ranking_init(struct ranking *ranking)
{
	*ranking = (struct ranking){ .least = RANKING_LEAST };
	for (size_t i = 0; i < RANKING_INDICATORS; i++) {
		ranking->weights[i] = ranking_names[i].weight;
		ranking->electronic[i] = ranking_names[i].electronic;
	}
}

void ranking_fini(struct ranking *ranking)
{
	for (size_t i = 0; i < ranking->count; i++)
		free(ranking->values[i].source);
	free(ranking->values);
	*ranking = (struct ranking){ 0 };
}

/* RANKING_INDICATORS: none has the name. */
static enum ranking_indicator find(const char *id, size_t len)
{
	int i = 0;
	while (i < RANKING_INDICATORS &&
	       (strlen(ranking_names[i].id) != len || memcmp(ranking_names[i].id, id, len) != 0))
		i++;
	return (enum ranking_indicator)i;
}

#define REFUSE(why, ...) (snprintf(why, REPORT_WHY, __VA_ARGS__), (enum lt_err)LT_EINVAL)

/* ---- weights ---- */

/* What is not named weighs nothing. */
static enum lt_err take_weights(const json_t *object, const char *place, double *weights, char why[REPORT_WHY])
{
	const char *id;
	json_t *value;
	if (!json_is_object(object))
		return REFUSE(why, "/%s is no object", place);
	for (size_t i = 0; i < RANKING_INDICATORS; i++)
		weights[i] = 0;
	json_object_foreach((json_t *)object, id, value)
	{
		enum ranking_indicator indicator = find(id, strlen(id));
		if (indicator == RANKING_INDICATORS)
			return REFUSE(why, "/%s/%.40s: there is no such indicator", place, id);
		if (!json_is_number(value) || json_number_value(value) < 0 || json_number_value(value) > WEIGHT_MAX)
			return REFUSE(why, "/%s/%s is no number from 0 to 1000", place, id);
		weights[indicator] = json_number_value(value);
	}
	return LT_OK;
}

static enum lt_err take_file(struct ranking *ranking, const json_t *root, char why[REPORT_WHY])
{
	const char *key;
	json_t *value;
	enum lt_err err = json_is_object(root) ? LT_OK : REFUSE(why, "the file is no JSON object");
	if (!err)
		json_object_foreach((json_t *)root, key, value)
		{
			if (strcmp(key, "least") == 0 && json_is_integer(value) && json_integer_value(value) >= 1 &&
			    json_integer_value(value) <= 1000000)
				ranking->least = (uint32_t)json_integer_value(value);
			else if (strcmp(key, "weights") == 0)
				err = take_weights(value, key, ranking->weights, why);
			else if (strcmp(key, "electronic") == 0)
				err = take_weights(value, key, ranking->electronic, why);
			else if (strcmp(key, "$schema") != 0)
				err = REFUSE(
					why,
					"/%.40s: least (a number from 1), weights and electronic are what there is",
					key);
			if (err)
				break;
		}
	return err;
}

enum lt_err ranking_read_weights(struct ranking *ranking, struct lt_bytes bytes, char why[REPORT_WHY])
{
	json_error_t error;
	if (bytes.len > RANKING_FILE_MAX)
		return REFUSE(why, "the file is over 1 MiB");
	json_t *root = json_loadb((const char *)bytes.data, bytes.len, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return REFUSE(why, "line %d: %.120s", error.line, error.text);
	enum lt_err err = take_file(ranking, root, why);
	json_decref(root);
	return err;
}

/* ---- values ---- */

enum { FIELDS = 4 };
struct field {
	const char *at;
	size_t len;
};
struct csv {
	const char *at, *end;
	char between; /* ',' or, as spreadsheets write it where the comma is the decimal mark, ';' */
	int line;
};

/* One field, in quotes or not; quotes within are left doubled. False: it breaks the form. */
static bool read_field(struct csv *csv, struct field *out)
{
	if (csv->at < csv->end && *csv->at == '"') {
		out->at = ++csv->at;
		while (csv->at < csv->end && (*csv->at != '"' || (csv->at + 1 < csv->end && csv->at[1] == '"')))
			csv->at += *csv->at == '"' ? 2 : 1;
		if (csv->at >= csv->end)
			return false;
		out->len = (size_t)(csv->at++ - out->at);
	} else {
		out->at = csv->at;
		while (csv->at < csv->end && *csv->at != csv->between && *csv->at != '\n' && *csv->at != '\r' &&
		       *csv->at != '"')
			csv->at++;
		out->len = (size_t)(csv->at - out->at);
	}
	return csv->at == csv->end || *csv->at == csv->between || *csv->at == '\n' || *csv->at == '\r';
}

/* False: not exactly four fields. */
static bool read_line(struct csv *csv, struct field fields[FIELDS])
{
	csv->line++;
	for (size_t i = 0; i < FIELDS; i++) {
		if (!read_field(csv, &fields[i]))
			return false;
		bool more = csv->at < csv->end && *csv->at == csv->between;
		if (more != (i + 1 < FIELDS))
			return false;
		csv->at += more;
	}
	if (csv->at < csv->end && *csv->at == '\r')
		csv->at++;
	if (csv->at < csv->end && *csv->at != '\n')
		return false;
	csv->at += csv->at < csv->end;
	return true;
}

/* A number from 0 to 100, with either decimal mark; a percent sign behind it says nothing new. */
static bool read_value(const struct field *text, double *out)
{
	char copy[32], *end;
	size_t len = text->len;
	if (len > 0 && text->at[len - 1] == '%')
		len--;
	while (len > 0 && text->at[len - 1] == ' ')
		len--;
	if (len == 0 || len >= sizeof(copy) || text->at[0] < '0' || text->at[0] > '9')
		return false;
	memcpy(copy, text->at, len);
	copy[len] = '\0';
	if (strspn(copy, "0123456789.,") != len)
		return false;
	if (strchr(copy, ','))
		*strchr(copy, ',') = '.';
	*out = strtod(copy, &end) / 100;
	return *end == '\0' && isfinite(*out) && *out <= 1;
}

/* What stood in quotes, with each doubled one as one. NULL: no memory. */
static char *copy_text(const struct field *text)
{
	char *out = calloc(1, text->len + 1);
	size_t len = 0;
	for (size_t i = 0; out && i < text->len; i++) {
		out[len++] = text->at[i];
		i += text->at[i] == '"' && i + 1 < text->len && text->at[i + 1] == '"';
	}
	return out;
}

static enum lt_err take_value(struct ranking *ranking, const struct csv *csv, const struct field fields[FIELDS],
			      char why[REPORT_WHY])
{
	struct ranking_value value = { .indicator = find(fields[1].at, fields[1].len) };
	if (fields[0].len == 0 || fields[0].len >= sizeof(value.agency) || !lt_text_valid(fields[0].at, fields[0].len))
		return REFUSE(why, "line %d: the first field is no agency's code", csv->line);
	memcpy(value.agency, fields[0].at, fields[0].len);
	if (value.indicator < RANKING_RECORDED || value.indicator == RANKING_INDICATORS)
		return REFUSE(why, "line %d: \"%.*s\" is no indicator that comes from outside", csv->line,
			      (int)(fields[1].len < 40 ? fields[1].len : 40), fields[1].at);
	if (!read_value(&fields[2], &value.value))
		return REFUSE(why, "line %d: the value is no number from 0 to 100", csv->line);
	if (fields[3].len == 0)
		return REFUSE(why, "line %d: say in the fourth field where the value comes from", csv->line);
	if (!lt_text_valid(fields[3].at, fields[3].len))
		return REFUSE(why, "line %d: the fourth field is no UTF-8: save the sheet as CSV UTF-8", csv->line);
	if (ranking_value_of(ranking, value.agency, value.indicator))
		return REFUSE(why, "line %d: %s has a value of %s already", csv->line, value.agency,
			      ranking_names[value.indicator].id);
	struct ranking_value *values = realloc(ranking->values, (ranking->count + 1) * sizeof(*values));
	if (values)
		ranking->values = values;
	value.source = values ? copy_text(&fields[3]) : NULL;
	if (!value.source)
		return LT_ENOMEM;
	values[ranking->count++] = value;
	return LT_OK;
}

/* Whether the first line has it. */
static bool is_between(const struct csv *csv, char between)
{
	const char *at = csv->at;
	while (at < csv->end && *at != '\n' && *at != between)
		at++;
	return at < csv->end && *at == between;
}

/* A line without anything, which many write at the end. */
static bool skip_empty(struct csv *csv)
{
	const char *at = csv->at + (*csv->at == '\r');
	if (at < csv->end && *at != '\n')
		return false;
	csv->at = at < csv->end ? at + 1 : at;
	csv->line++;
	return true;
}

enum lt_err ranking_read_values(struct ranking *ranking, struct lt_bytes bytes, char why[REPORT_WHY])
{
	static const char *const heads[FIELDS] = { "agency", "indicator", "value", "source" };
	struct csv csv = { .at = (const char *)bytes.data,
			   .end = (const char *)bytes.data + bytes.len,
			   .between = ',' };
	struct field fields[FIELDS];
	enum lt_err err = LT_OK;
	if (bytes.len > RANKING_FILE_MAX || (bytes.len > 0 && memchr(bytes.data, '\0', bytes.len)))
		return REFUSE(why, "the file is over 1 MiB, or no text");
	if (bytes.len >= 3 && memcmp(bytes.data, "\xef\xbb\xbf", 3) == 0)
		csv.at += 3; /* as spreadsheets write it */
	if (is_between(&csv, ';'))
		csv.between = ';';
	bool named = read_line(&csv, fields);
	for (size_t i = 0; i < FIELDS && named; i++)
		named = fields[i].len == strlen(heads[i]) && memcmp(fields[i].at, heads[i], fields[i].len) == 0;
	if (!named)
		return REFUSE(why,
			      "line 1: the heads are agency,indicator,value,source, or with semicolons between them");
	while (!err && csv.at < csv.end) {
		if (skip_empty(&csv))
			continue;
		err = read_line(&csv, fields) ? take_value(ranking, &csv, fields, why)
					      : REFUSE(why, "line %d: four fields, as in line 1", csv.line);
	}
	return err;
}

const struct ranking_value *ranking_value_of(const struct ranking *ranking, const char *agency,
					     enum ranking_indicator indicator)
{
	for (size_t i = 0; i < ranking->count; i++) {
		if (ranking->values[i].indicator == indicator && strcmp(ranking->values[i].agency, agency) == 0)
			return &ranking->values[i];
	}
	return NULL;
}
