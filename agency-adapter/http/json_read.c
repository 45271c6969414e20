/* json_read.c: strict reading of JSON bodies. */
#include "json_read.h"

#include <stdio.h>
#include <string.h>

void json_refuse(struct json_reader *reader, const char *at, const char *name, const char *text)
{
	char place[96];
	if (reader->refusal.reason)
		return;
	snprintf(place, sizeof(place), "%s%s%s", at, name ? "/" : "", name ? name : "");
	lt_text_clean(place, reader->pointer, sizeof(reader->pointer));
	lt_refuse(&reader->refusal, LT_BODY_MALFORMED, "%s: %s", *reader->pointer ? reader->pointer : "body", text);
}

json_t *json_body_object(struct json_reader *reader, struct lt_bytes body)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, &error);
	if (!root) {
		char text[JSON_ERROR_TEXT_LENGTH];
		lt_text_clean(error.text, text, sizeof(text));
		lt_refuse(&reader->refusal, LT_BODY_MALFORMED, "line %d, column %d: %.150s", error.line, error.column,
			  text);
		return NULL;
	}
	if (!json_is_object(root)) {
		json_refuse(reader, "", NULL, "an object is needed");
		json_decref(root);
		return NULL;
	}
	return root;
}

void json_body_known(struct json_reader *reader, const json_t *object, const char *at, const char *const *names)
{
	const char *key;
	json_t *value;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		size_t i = 0;
		while (names[i] && strcmp(names[i], key) != 0)
			i++;
		if (!names[i]) {
			json_refuse(reader, at, key, "this call has no such member");
			return;
		}
	}
}

const char *json_body_text(struct json_reader *reader, const json_t *object, const char *at, const char *name,
			   bool required)
{
	const json_t *value = json_object_get(object, name);
	if (!value && required)
		json_refuse(reader, at, name, "it is needed");
	else if (value && !json_is_string(value))
		json_refuse(reader, at, name, "a string is needed");
	return json_is_string(value) ? json_string_value(value) : "";
}

uint64_t json_body_u64(struct json_reader *reader, const json_t *object, const char *at, const char *name, uint64_t max)
{
	const json_t *value = json_object_get(object, name);
	if (!value)
		return 0;
	json_int_t number = json_integer_value(value);
	if (!json_is_integer(value) || number < 0 || (uint64_t)number > max) {
		json_refuse(reader, at, name, "a whole number within its limits is needed");
		return 0;
	}
	return (uint64_t)number;
}

const json_t *json_body_list(struct json_reader *reader, const json_t *object, const char *at, const char *name,
			     size_t max)
{
	const json_t *value = json_object_get(object, name);
	if (value && !json_is_array(value))
		json_refuse(reader, at, name, "an array is needed");
	else if (json_array_size(value) > max)
		json_refuse(reader, at, name, "too many entries");
	return json_is_array(value) ? value : NULL;
}
