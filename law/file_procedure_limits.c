/* file_procedure_limits.c: limits of a procedure file: a text, or by a field of the dossier:
 * {"by": "FIELD", "is": {"VALUE": LIMIT, ...}, "else": LIMIT}. What stands in `else` is the limit of the record; without it the values are those alone. */
#include "file_procedure_internal.h"

#include <string.h>

#include <lienthong/envelope.h>
#include <lienthong/text.h>

#include "role.h"
#include "route.h"
#include "worktime.h"

static enum lt_err parse_limit(struct json_reader *file, const char *pointer, const char *text, struct lt_limit *out)
{
	struct worktime_limit limit;
	if (worktime_limit_parse(text, &limit) != LT_OK)
		return json_refuse(file, pointer, "\"%.40s\" is no limit: " WORKTIME_LIMIT_FORMS, text);
	out->unit = (enum lt_limit_unit)limit.unit; /* the two enums have the same numbers */
	out->quarters = limit.unit == WORKTIME_SAME_DAY ? 0 : limit.quarters;
	return LT_OK;
}

enum lt_err procedure_read_limit(struct json_reader *file, const json_t *object, const char *at, const char *key,
				 struct lt_limit *out)
{
	char pointer[JSON_POINTER_MAX];
	const char *text = NULL;
	enum lt_err err = json_read_text(file, object, at, key, false, &text);
	return err != LT_OK || !text ? err : parse_limit(file, json_pointer(pointer, at, key), text, out);
}

static enum lt_err read_case(struct json_reader *file, const char *at, const char *value, const json_t *limit,
			     struct lt_limit_case *out)
{
	char pointer[JSON_POINTER_MAX];
	const char *text = json_string_value(limit);
	size_t length = lt_text_length(value, strlen(value));
	json_pointer(pointer, at, value);
	out->value = value;
	if (length == 0 || length > LT_FIELD_VALUE_MAX)
		return json_refuse(file, pointer, "a field's value has 1 to %u characters", LT_FIELD_VALUE_MAX);
	if (!text)
		return json_refuse(file, pointer, "must be a limit: " WORKTIME_LIMIT_FORMS);
	return parse_limit(file, pointer, text, &out->limit);
}

static enum lt_err read_cases(struct procedure_file *out, const char *at, json_t *cases, struct lt_limit_by *by)
{
	const char *value;
	json_t *limit;
	enum lt_err err = LT_OK;
	size_t count = json_object_size(cases);
	if (!json_is_object(cases) || count == 0 || count > ROUTE_WHEN_VALUES_MAX)
		return json_refuse(&out->file, at,
				   "must be an object: 1 to %u values of the field, each with its limit",
				   ROUTE_WHEN_VALUES_MAX);
	by->cases = lt_arena_alloc(out->arena, count * sizeof(*by->cases));
	if (!by->cases)
		return LT_ENOMEM;
	json_object_foreach(cases, value, limit)
	{
		struct lt_limit_case *one = &by->cases[by->case_count++];
		*one = (struct lt_limit_case){ .value = "" };
		err = procedure_worse(err, read_case(&out->file, at, value, limit, one));
	}
	return err;
}

enum lt_err procedure_read_limit_by(struct procedure_file *out, const json_t *object, const char *at, const char *key,
				    struct procedure_limits *limits, enum lt_limit_of of, struct lt_limit *limit)
{
	static const char *const keys[] = { "by", "is", "else", NULL };
	char here[JSON_POINTER_MAX], pointer[JSON_POINTER_MAX];
	const json_t *member = json_object_get(object, key);
	struct json_reader *file = &out->file;
	if (!json_is_object(member))
		return procedure_read_limit(file, object, at, key, limit);
	if (!*limits->by)
		*limits->by = lt_arena_alloc(out->arena, PROCEDURE_BY_MAX * sizeof(**limits->by));
	if (!*limits->by)
		return LT_ENOMEM;
	struct lt_limit_by *by = &(*limits->by)[(*limits->count)++];
	*by = (struct lt_limit_by){ .of = of, .field = "" };
	json_pointer(here, at, key);
	enum lt_err err = json_check_keys(file, member, here, keys);
	enum lt_err other = json_read_text(file, member, here, "by", true, &by->field);
	if (other == LT_OK && !lt_field_name_valid(by->field))
		other = json_refuse(file, json_pointer(pointer, here, "by"),
				    "a field's name is 1 to 32 of a-z, 0-9 and _");
	err = procedure_worse(err, other);
	err = procedure_worse(err,
			      read_cases(out, json_pointer(pointer, here, "is"), json_object_get(member, "is"), by));
	by->only = !json_object_get(member, "else");
	if (by->only) {
		*limit =
			by->case_count > 0 ? by->cases[0].limit : (struct lt_limit){ 0 }; /* some limit stands beside */
		return err;
	}
	return procedure_worse(err, procedure_read_limit(file, member, here, "else", limit));
}

/* "15:00" */
enum lt_err procedure_read_minute(struct json_reader *file, const char *key, uint32_t *out)
{
	char pointer[JSON_POINTER_MAX];
	const char *text = NULL;
	enum lt_err err = json_read_text(file, file->root, "", key, false, &text);
	if (err != LT_OK || !text)
		return err;
	uint32_t hour = 0, minute = 0;
	bool valid = strlen(text) == 5 && text[2] == ':' && strspn(text, "0123456789") == 2 &&
		     strspn(text + 3, "0123456789") == 2;
	if (valid) {
		hour = (uint32_t)((text[0] - '0') * 10 + text[1] - '0');
		minute = (uint32_t)((text[3] - '0') * 10 + text[4] - '0');
	}
	*out = hour * 60 + minute;
	if (!valid || hour > 23 || minute > 59 || *out == 0)
		return json_refuse(file, json_pointer(pointer, "", key), "\"%.40s\" is no time of day, as \"15:00\"",
				   text);
	return LT_OK;
}
