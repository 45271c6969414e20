/* json.c: reading, and the small locator that finds a pointer's line (jansson keeps lines of syntax errors only). */
#include "json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/text.h>

/* A file's complaint begins with its place; keys and values in it are somebody else's, and go to a terminal or a log. */
static void say(const struct json_reader *reader, unsigned line, const char *pointer, const char *what,
		char out[JSON_ERROR_MAX])
{
	char text[JSON_ERROR_MAX];
	if (pointer)
		snprintf(text, sizeof text, "%s:%u: %s: %s", reader->path, line, pointer[0] ? pointer : "(whole file)",
			 what);
	else if (line > 0)
		snprintf(text, sizeof text, "%s:%u: %s", reader->path, line, what);
	else
		snprintf(text, sizeof text, "%s: %s", reader->path, what);
	lt_text_clean(text, out, JSON_ERROR_MAX);
}

static void set_error(struct json_reader *reader, unsigned line, const char *pointer, const char *what)
{
	say(reader, line, pointer, what, reader->error);
}

/* A complaint behind the first. One that does not fit any more is not told. */
static void add_error(struct json_reader *reader, const char *pointer, const char *what)
{
	char line[JSON_ERROR_MAX];
	say(reader, json_line((const char *)reader->text.data, reader->text.len, pointer), pointer, what, line);
	if (reader->others.len + sizeof line > JSON_ERRORS_MAX)
		return;
	lt_buf_append(&reader->others, "\n", reader->others.len > 0 ? 1 : 0);
	lt_buf_append(&reader->others, line, strlen(line));
}

enum lt_err json_read_file(const char *path, struct json_reader *out)
{
	json_error_t why;
	*out = (struct json_reader){ .path = path };
	enum lt_err err = lt_file_read(path, JSON_FILE_MAX, &out->text);
	if (err != LT_OK) {
		set_error(out, 0, NULL, err == LT_EIO ? strerror(errno) : lt_err_text(err));
		return err;
	}
	out->root = json_loadb((const char *)out->text.data, out->text.len, JSON_REJECT_DUPLICATES, &why);
	if (out->root)
		return LT_OK;
	set_error(out, why.line > 0 ? (unsigned)why.line : 1, NULL, why.text);
	return LT_EPARSE;
}

void json_reader_fini(struct json_reader *reader)
{
	json_decref(reader->root);
	lt_buf_fini(&reader->text);
	lt_buf_fini(&reader->others);
	free(reader->faults);
	reader->faults = NULL;
	reader->root = NULL;
}

enum lt_err json_refuse(struct json_reader *reader, const char *pointer, const char *format, ...)
{
	char what[320];
	va_list args;
	va_start(args, format);
	if (!reader->path) {
		struct lt_refusal refusal;
		lt_refuse_list(&refusal, LT_BODY_MALFORMED, format, args);
		va_end(args);
		return json_add_fault(reader, pointer, &refusal);
	}
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (reader->refusal.reason) {
		add_error(reader, pointer, what);
		return LT_EINVAL;
	}
	lt_text_clean(pointer, reader->pointer, sizeof reader->pointer);
	lt_refuse(&reader->refusal, LT_BODY_MALFORMED, "%.95s: %.140s",
		  reader->pointer[0] ? reader->pointer : "(whole file)", what);
	set_error(reader, json_line((const char *)reader->text.data, reader->text.len, pointer), pointer, what);
	return LT_EINVAL;
}

const char *json_pointer(char out[JSON_POINTER_MAX], const char *at, const char *key)
{
	char token[81];
	size_t len = 0;
	for (; *key && len + 2 < sizeof token; key++) { /* RFC 6901: ~ and / have names */
		if (*key == '~' || *key == '/')
			token[len++] = '~';
		token[len++] = *key == '~' ? '0' : *key == '/' ? '1' : *key;
	}
	token[len] = '\0';
	snprintf(out, JSON_POINTER_MAX, "%.160s/%s", at, token);
	return out;
}

/* ---- readers ---- */

/* A body is refused at the member that it should have; a file at the line of the object that should have it. */
static enum lt_err refuse_missing(struct json_reader *reader, const char *at, const char *key)
{
	char pointer[JSON_POINTER_MAX];
	return json_refuse(reader, reader->path ? at : json_pointer(pointer, at, key), "\"%s\" is missing", key);
}

enum lt_err json_read_text(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			   bool required, const char **out)
{
	char pointer[JSON_POINTER_MAX];
	const json_t *value = json_object_get(object, key);
	if (!value)
		return required ? refuse_missing(reader, at, key) : LT_OK;
	if (!json_is_string(value))
		return json_refuse(reader, json_pointer(pointer, at, key), "must be a text");
	*out = json_string_value(value);
	return LT_OK;
}

enum lt_err json_read_u64(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			  uint64_t max, uint64_t *out)
{
	char pointer[JSON_POINTER_MAX];
	const json_t *value = json_object_get(object, key);
	if (!value)
		return LT_OK;
	json_int_t number = json_integer_value(value);
	if (!json_is_integer(value) || number < 0 || (uint64_t)number > max)
		return json_refuse(reader, json_pointer(pointer, at, key), "must be a whole number, 0 to %llu",
				   (unsigned long long)max);
	*out = (uint64_t)number;
	return LT_OK;
}

enum lt_err json_read_u32(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			  bool required, uint32_t *out)
{
	uint64_t number = *out;
	if (required && !json_object_get(object, key))
		return refuse_missing(reader, at, key);
	enum lt_err err = json_read_u64(reader, object, at, key, UINT32_MAX, &number);
	*out = (uint32_t)number;
	return err;
}

enum lt_err json_read_list(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			   size_t max, const json_t **out)
{
	char pointer[JSON_POINTER_MAX];
	const json_t *list = json_object_get(object, key);
	*out = NULL;
	if (!list)
		return LT_OK;
	if (!json_is_array(list))
		return json_refuse(reader, json_pointer(pointer, at, key), "must be a list");
	if (json_array_size(list) > max)
		return json_refuse(reader, json_pointer(pointer, at, key), "must have at most %zu entries", max);
	*out = list;
	return LT_OK;
}

enum lt_err json_read_texts(struct json_reader *reader, const json_t *object, const char *at, const char *key,
			    const json_t **out)
{
	char pointer[JSON_POINTER_MAX], element[JSON_POINTER_MAX + 24];
	const json_t *list = json_object_get(object, key);
	*out = NULL;
	if (!list)
		return LT_OK;
	json_pointer(pointer, at, key);
	if (!json_is_array(list))
		return json_refuse(reader, pointer, "must be a list of texts");
	for (size_t i = 0; i < json_array_size(list); i++) {
		snprintf(element, sizeof(element), "%s/%zu", pointer, i);
		if (!json_is_string(json_array_get(list, i)))
			return json_refuse(reader, element, "must be a text");
	}
	*out = list;
	return LT_OK;
}

static enum lt_err bring_text(json_t *text)
{
	struct lt_buf brought = { 0 };
	enum lt_err err = lt_text_bring(json_string_value(text), &brought);
	if (err == LT_OK && json_string_set(text, (const char *)brought.data) != 0)
		err = LT_ENOMEM;
	lt_buf_fini(&brought);
	return err;
}

enum lt_err json_bring(json_t *value)
{
	enum lt_err err = json_is_string(value) ? bring_text(value) : LT_OK;
	const char *key;
	json_t *inner;
	for (size_t i = 0; err == LT_OK && i < json_array_size(value); i++)
		err = json_bring(json_array_get(value, i));
	json_object_foreach(value, key, inner)
	{
		if (err == LT_OK)
			err = json_bring(inner);
	}
	return err;
}

enum lt_err json_check_form(struct json_reader *reader, const char *pointer, const char *text, enum lt_text_form form)
{
	struct lt_text_fault fault;
	enum lt_err err = lt_text_check(text, form, &fault);
	if (err == LT_EINVAL)
		return json_refuse(reader, pointer, "U+%04X at character %zu %s", (unsigned)fault.code, fault.place + 1,
				   fault.what);
	return err;
}

enum lt_err json_check_keys(struct json_reader *reader, const json_t *object, const char *at, const char *const *keys)
{
	const char *key;
	json_t *value;
	char pointer[JSON_POINTER_MAX];
	enum lt_err err = LT_OK;
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		size_t i = 0;
		while (keys[i] && strcmp(keys[i], key) != 0)
			i++;
		if (!keys[i])
			err = json_refuse(reader, json_pointer(pointer, at, key), "unknown key \"%.60s\"", key);
		if (err != LT_OK && reader->path)
			return err;
	}
	return err;
}
