/* json_body.c: the body of a call: what is wrong with it as JSON, its nulls, the bytes of a member as they came. */
#include "json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/text.h>

enum lt_err json_add_fault(struct json_reader *reader, const char *pointer, const struct lt_refusal *refusal)
{
	char clean[JSON_POINTER_MAX];
	lt_text_clean(pointer, clean, sizeof clean);
	if (!reader->faults)
		reader->faults = calloc(JSON_FAULTS_MAX, sizeof *reader->faults);
	if (reader->fault_count == 0) {
		reader->refusal = *refusal;
		memcpy(reader->pointer, clean, sizeof clean);
	}
	if (!reader->faults || reader->fault_count == JSON_FAULTS_MAX)
		return LT_EINVAL;
	struct json_fault *fault = &reader->faults[reader->fault_count++];
	fault->refusal = *refusal;
	memcpy(fault->pointer, clean, sizeof clean);
	return LT_EINVAL;
}

enum lt_err json_refuse_as(struct json_reader *reader, const char *pointer, enum lt_reason reason, const char *format,
			   ...)
{
	struct lt_refusal refusal;
	va_list args;
	va_start(args, format);
	lt_refuse_list(&refusal, reason, format, args);
	va_end(args);
	return json_add_fault(reader, pointer, &refusal);
}

/* jansson's words are for who calls jansson. */
static const char *fault_of(const json_error_t *why)
{
	switch (json_error_code(why)) {
	case json_error_stack_overflow:
		return "over 2,048 levels deep";
	case json_error_invalid_utf8:
		return "not valid UTF-8";
	case json_error_premature_end_of_input:
		return "the text ends too early";
	case json_error_end_of_input_expected:
		return "something follows the end of the object";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a text holds U+0000";
	case json_error_duplicate_key:
		return "a member stands twice";
	case json_error_numeric_overflow:
		return "a number is too large";
	case json_error_out_of_memory:
		return "no memory to read it";
	case json_error_unknown:
	case json_error_cannot_open_file:
	case json_error_invalid_argument:
	case json_error_invalid_syntax:
	case json_error_invalid_format:
	case json_error_wrong_type:
	case json_error_null_value:
	case json_error_item_not_found:
	case json_error_index_out_of_range:
		break;
	}
	return "not JSON as RFC 8259 writes it";
}

/* The length of a number in the grammar of RFC 8259 section 6; 0: none. */
static size_t number_length(const char *p, const char *end)
{
	const char *at = p + (p < end && *p == '-');
	const char *digits = at;
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	if (at == digits || (*digits == '0' && at > digits + 1))
		return 0;
	if (at + 1 < end && *at == '.' && at[1] >= '0' && at[1] <= '9') {
		for (at++; at < end && *at >= '0' && *at <= '9';)
			at++;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		const char *power = at + 1 + (at + 1 < end && (at[1] == '+' || at[1] == '-'));
		if (power < end && *power >= '0' && *power <= '9') {
			for (at = power; at < end && *at >= '0' && *at <= '9';)
				at++;
		}
	}
	return (size_t)(at - p);
}

/* Writes 0 for each number: what is signed as bytes may hold any, and the rest of it is checked as ever, at the same places. */
static void blank_numbers(char *p, const char *end)
{
	bool text = false;
	while (p < end) {
		size_t number = text ? 0 : number_length(p, end);
		if (text && *p == '\\' && p + 1 < end)
			p++;
		else if (*p == '"')
			text = !text;
		if (number > 0) {
			memset(p, ' ', number);
			*p = '0';
		}
		p += number > 0 ? number : 1;
	}
}

static json_t *load(struct lt_bytes body, const char *raw, json_error_t *why)
{
	char pointer[JSON_POINTER_MAX];
	size_t begin, end;
	json_t *root = json_loadb((const char *)body.data, body.len, JSON_REJECT_DUPLICATES, why);
	if (root || !raw || json_error_code(why) != json_error_numeric_overflow)
		return root;
	char *copy = malloc(body.len);
	if (!copy)
		return NULL;
	memcpy(copy, body.data, body.len);
	if (json_place(copy, body.len, json_pointer(pointer, "", raw), &begin, &end)) {
		blank_numbers(copy + begin, copy + end);
		root = json_loadb(copy, body.len, JSON_REJECT_DUPLICATES, why);
	}
	free(copy);
	return root;
}

/* A member that is null is absent: what Jackson, .NET and PHP write of what is not set. */
static void drop_nulls(json_t *value, const char *raw)
{
	const char *key;
	json_t *inner;
	void *next;
	json_object_foreach_safe(value, next, key, inner)
	{
		if (json_is_null(inner))
			json_object_del(value, key);
		else if (!raw || strcmp(key, raw) != 0)
			drop_nulls(inner, NULL);
	}
	for (size_t i = 0; i < json_array_size(value); i++)
		drop_nulls(json_array_get(value, i), NULL);
}

enum lt_err json_read_body(struct lt_bytes body, const char *raw, struct json_reader *out)
{
	json_error_t why;
	*out = (struct json_reader){ .body = body };
	if (body.len == 0) {
		json_refuse(out, "", "it is empty, and an object is needed");
		return LT_EPARSE;
	}
	if (body.len >= 3 && memcmp(body.data, "\xef\xbb\xbf", 3) == 0) {
		json_refuse(out, "", "line 1, column 1: a byte order mark; send the text without it");
		return LT_EPARSE;
	}
	out->root = load(body, raw, &why);
	if (!out->root) {
		json_refuse(out, "", "line %d, column %d: %s", why.line, why.column, fault_of(&why));
		return LT_EPARSE;
	}
	if (!json_is_object(out->root))
		return json_refuse(out, "", "an object is needed");
	drop_nulls(out->root, raw);
	return LT_OK;
}

enum lt_err json_raw(struct json_reader *reader, const char *key, struct lt_bytes *out)
{
	char pointer[JSON_POINTER_MAX];
	size_t begin, end;
	if (!json_object_get(reader->root, key))
		return LT_ENOENT;
	json_pointer(pointer, "", key);
	if (!json_place((const char *)reader->body.data, reader->body.len, pointer, &begin, &end))
		return json_refuse(reader, pointer, "its name must be written without escapes");
	*out = lt_bytes(reader->body.data + begin, end - begin);
	return LT_OK;
}
