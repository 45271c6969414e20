/* json_file.c: reading, and the small locator that finds a pointer's line (jansson keeps lines of syntax errors only). */
#include "json_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum lt_err json_file_open(const char *path, struct json_file *out)
{
	json_error_t why;
	*out = (struct json_file){ .path = path };
	enum lt_err err = lt_file_read(path, JSON_FILE_MAX, &out->text);
	if (err != LT_OK) {
		snprintf(out->error, sizeof(out->error), "%s: %s", path,
			 err == LT_EIO ? strerror(errno) : lt_err_text(err));
		return err;
	}
	out->root = json_loadb((const char *)out->text.data, out->text.len, JSON_REJECT_DUPLICATES, &why);
	if (!out->root) {
		snprintf(out->error, sizeof(out->error), "%s:%d: %s", path, why.line, why.text);
		return LT_EPARSE;
	}
	return LT_OK;
}

void json_file_fini(struct json_file *file)
{
	json_decref(file->root);
	lt_buf_fini(&file->text);
	file->root = NULL;
}

enum lt_err json_file_refuse(struct json_file *file, const char *pointer, const char *format, ...)
{
	if (file->error[0] != '\0')
		return LT_EINVAL;
	char what[320];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(file->error, sizeof(file->error), "%s:%u: %s: %s", file->path,
		 json_file_line((const char *)file->text.data, file->text.len, pointer),
		 pointer[0] ? pointer : "(whole file)", what);
	return LT_EINVAL;
}

/* ---- the locator: the text has been parsed before, so its syntax is good ---- */
struct cursor {
	const char *p, *end;
};

static void skip_space(struct cursor *c)
{
	while (c->p < c->end && strchr(" \t\r\n,:", *c->p) && *c->p)
		c->p++;
}

static void skip_string(struct cursor *c)
{
	for (c->p++; c->p < c->end && *c->p != '"'; c->p++)
		if (*c->p == '\\' && c->p + 1 < c->end)
			c->p++;
	if (c->p < c->end)
		c->p++;
}

static void skip_value(struct cursor *c)
{
	int depth = 0;
	do {
		skip_space(c);
		if (c->p >= c->end)
			return;
		if (*c->p == '"') {
			skip_string(c);
		} else if (*c->p == '{' || *c->p == '[') {
			depth++;
			c->p++;
		} else if (*c->p == '}' || *c->p == ']') {
			depth--;
			c->p++;
		} else {
			while (c->p < c->end && !strchr(" \t\r\n,:]}", *c->p))
				c->p++;
		}
	} while (depth > 0);
}

/* Moves from the start of an object or array to the value named by token; false when it is not there. */
static bool descend(struct cursor *c, const char *token, size_t len)
{
	bool object = *c->p == '{';
	size_t index = 0, wanted = object ? 0 : strtoul(token, NULL, 10);
	if (*c->p != '{' && *c->p != '[')
		return false;
	for (c->p++;;) {
		skip_space(c);
		if (c->p >= c->end || *c->p == '}' || *c->p == ']')
			return false;
		bool found = !object && index++ == wanted;
		if (object) {
			const char *key = c->p + 1;
			skip_string(c);
			found = (size_t)(c->p - 1 - key) == len && memcmp(key, token, len) == 0;
			skip_space(c);
		}
		if (found)
			return true;
		skip_value(c);
	}
}

unsigned json_file_line(const char *text, size_t len, const char *pointer)
{
	struct cursor c = { text, text + len };
	skip_space(&c);
	const char *found = c.p;
	while (c.p < c.end && *pointer == '/') {
		const char *token = pointer + 1;
		size_t token_len = strcspn(token, "/");
		if (!descend(&c, token, token_len))
			break;
		found = c.p;
		pointer = token + token_len;
	}
	unsigned line = 1;
	for (const char *p = text; p < found; p++)
		line += *p == '\n';
	return line;
}

/* ---- readers ---- */
static const char *member_pointer(char out[JSON_POINTER_MAX], const char *at, const char *key)
{
	snprintf(out, JSON_POINTER_MAX, "%.160s/%.80s", at, key);
	return out;
}

enum lt_err json_read_text(struct json_file *file, const json_t *object, const char *at, const char *key, bool required,
			   const char **out)
{
	char pointer[JSON_POINTER_MAX];
	const json_t *value = json_object_get(object, key);
	if (!value && !required)
		return LT_OK;
	if (!value)
		return json_file_refuse(file, at, "\"%s\" is missing", key);
	if (!json_is_string(value))
		return json_file_refuse(file, member_pointer(pointer, at, key), "must be a text");
	*out = json_string_value(value);
	return LT_OK;
}

enum lt_err json_read_u32(struct json_file *file, const json_t *object, const char *at, const char *key, bool required,
			  uint32_t *out)
{
	char pointer[JSON_POINTER_MAX];
	const json_t *value = json_object_get(object, key);
	if (!value && !required)
		return LT_OK;
	if (!value)
		return json_file_refuse(file, at, "\"%s\" is missing", key);
	json_int_t number = json_integer_value(value);
	if (!json_is_integer(value) || number < 0 || number > (json_int_t)UINT32_MAX)
		return json_file_refuse(file, member_pointer(pointer, at, key), "must be a whole number, 0 to %u",
					UINT32_MAX);
	*out = (uint32_t)number;
	return LT_OK;
}

enum lt_err json_read_texts(struct json_file *file, const json_t *object, const char *at, const char *key,
			    const json_t **out)
{
	char pointer[JSON_POINTER_MAX], element[JSON_POINTER_MAX + 24];
	const json_t *list = json_object_get(object, key);
	*out = NULL;
	if (!list)
		return LT_OK;
	member_pointer(pointer, at, key);
	if (!json_is_array(list))
		return json_file_refuse(file, pointer, "must be a list of texts");
	for (size_t i = 0; i < json_array_size(list); i++) {
		snprintf(element, sizeof(element), "%s/%zu", pointer, i);
		if (!json_is_string(json_array_get(list, i)))
			return json_file_refuse(file, element, "must be a text");
	}
	*out = list;
	return LT_OK;
}

enum lt_err json_check_keys(struct json_file *file, const json_t *object, const char *at, const char *const *keys)
{
	const char *key;
	json_t *value;
	char pointer[JSON_POINTER_MAX];
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		size_t i = 0;
		while (keys[i] && strcmp(keys[i], key) != 0)
			i++;
		if (!keys[i])
			return json_file_refuse(file, member_pointer(pointer, at, key), "unknown key \"%.60s\"", key);
	}
	return LT_OK;
}
