/* json_place.c: where a value stands in a text: jansson keeps lines of syntax errors only. Most texts have been parsed before, so their
 * syntax is good; of others a place may be wrong, and is within the text all the same. */
#include "json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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
		} else { /* goes on in any case: a NUL, which no good text has, is no end */
			do {
				c->p++;
			} while (c->p < c->end && (!*c->p || !strchr(" \t\r\n,:]}", *c->p)));
		}
	} while (depth > 0);
}

/* Whether a key, as it is written, is a pointer's token, which writes ~0 for ~ and ~1 for /. */
static bool names(const char *key, size_t key_len, const char *token, size_t len)
{
	size_t at = 0;
	for (size_t i = 0; i < len; i++, at++) {
		bool escaped = token[i] == '~' && i + 1 < len;
		char want = !escaped ? token[i] : token[i + 1] == '1' ? '/' : '~';
		if (at >= key_len || key[at] != want)
			return false;
		i += escaped;
	}
	return at == key_len;
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
			found = c->p > key && names(key, (size_t)(c->p - 1 - key), token, len);
			skip_space(c);
		}
		if (found)
			return true;
		skip_value(c);
	}
}

/* The value at a pointer, or its nearest parent's; true: its own. */
static bool find(struct cursor *c, const char *pointer)
{
	skip_space(c);
	struct cursor found = *c;
	while (c->p < c->end && *pointer == '/') {
		const char *token = pointer + 1;
		size_t token_len = strcspn(token, "/");
		if (!descend(c, token, token_len)) {
			*c = found;
			return false;
		}
		found = *c;
		pointer = token + token_len;
	}
	return c->p < c->end;
}

unsigned json_line(const char *text, size_t len, const char *pointer)
{
	struct cursor c = { text, text + len };
	find(&c, pointer);
	unsigned line = 1;
	for (const char *p = text; p < c.p; p++)
		line += *p == '\n';
	return line;
}

bool json_place(const char *text, size_t len, const char *pointer, size_t *begin, size_t *end)
{
	struct cursor c = { text, text + len };
	if (!find(&c, pointer))
		return false;
	*begin = (size_t)(c.p - text);
	skip_value(&c);
	*end = (size_t)(c.p - text);
	return *end > *begin;
}

size_t json_places(const char *text, size_t len, const char *pointer, struct json_place *out, size_t max)
{
	struct cursor c = { text, text + len };
	size_t count = 0;
	if (!find(&c, pointer) || *c.p != '[')
		return SIZE_MAX;
	for (c.p++;; count++) {
		skip_space(&c);
		if (c.p >= c.end || *c.p == ']')
			return count;
		size_t begin = (size_t)(c.p - text);
		const char *before = c.p;
		skip_value(&c);
		if (c.p == before) /* what is no value has no end */
			return count;
		if (count < max)
			out[count] = (struct json_place){ begin, (size_t)(c.p - text) };
	}
}
