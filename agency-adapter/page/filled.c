/* filled.c: fields of a form. */
#include "filled.h"

#include <stdlib.h>
#include <string.h>

void filled_fini(struct filled *form)
{
	for (size_t i = 0; i < form->count; i++) {
		free(form->list[i].name);
		free(form->list[i].text);
	}
	*form = (struct filled){ 0 };
}

bool filled_begin(struct filled *form, const char *name)
{
	if (form->count == FILLED_FIELDS_MAX)
		return false;
	struct filled_field field = { .name = strdup(name), .text = calloc(1, 1) };
	if (!field.name || !field.text) {
		free(field.name);
		free(field.text);
		return false;
	}
	form->list[form->count++] = field;
	return true;
}

bool filled_add(struct filled *form, const char *data, size_t len)
{
	struct filled_field *field = &form->list[form->count - 1];
	size_t before = strlen(field->text);
	if (len > FILLED_BYTES_MAX - form->bytes || memchr(data, '\0', len))
		return false;
	char *grown = realloc(field->text, before + len + 1);
	if (!grown)
		return false;
	memcpy(grown + before, data, len);
	grown[before + len] = '\0';
	field->text = grown;
	form->bytes += len;
	return true;
}

bool filled_end(struct filled *form)
{
	char *out = form->list[form->count - 1].text, *begin = out;
	if (!lt_text_valid(out, strlen(out)))
		return false;
	for (const char *at = out; *at; at++) {
		if (*at != '\r')
			*out++ = *at;
		else if (at[1] != '\n')
			*out++ = '\n';
	}
	while (out > begin && (out[-1] == '\n' || out[-1] == ' '))
		out--;
	*out = '\0';
	return true;
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* In its own place: it gets no longer. False: not in form. */
static bool decode(char *text, size_t len, size_t *out)
{
	size_t used = 0;
	for (size_t i = 0; i < len; i++) {
		char c = text[i] == '+' ? ' ' : text[i];
		if (text[i] == '%') {
			int high = i + 2 < len ? digit(text[i + 1]) : -1, low = high >= 0 ? digit(text[i + 2]) : -1;
			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		text[used++] = c;
	}
	*out = used;
	return memchr(text, '\0', used) == NULL;
}

static bool read_pair(struct filled *form, char *pair, size_t len)
{
	char *equals = memchr(pair, '=', len);
	size_t name_len, text_len = 0;
	if (!equals || !decode(pair, (size_t)(equals - pair), &name_len))
		return false;
	char *text = equals + 1;
	if (!decode(text, (size_t)(pair + len - text), &text_len))
		return false;
	pair[name_len] = '\0';
	return filled_begin(form, pair) && filled_add(form, text, text_len) && filled_end(form);
}

bool filled_read(struct filled *form, struct lt_bytes body)
{
	char *copy = malloc(body.len + 1);
	bool good = copy != NULL;
	if (copy && body.len)
		memcpy(copy, body.data, body.len);
	for (size_t at = 0; good && at < body.len;) {
		const char *end = memchr(copy + at, '&', body.len - at);
		size_t len = end ? (size_t)(end - copy) - at : body.len - at;
		good = len == 0 || read_pair(form, copy + at, len);
		at += len + 1;
	}
	if (copy)
		explicit_bzero(copy, body.len);
	free(copy);
	return good;
}

const char *filled_next(const struct filled *form, const char *name, size_t *at)
{
	for (; *at < form->count; ++*at) {
		if (strcmp(form->list[*at].name, name) == 0)
			return form->list[(*at)++].text;
	}
	return NULL;
}

const char *filled_text(const struct filled *form, const char *name)
{
	size_t at = 0;
	const char *text = filled_next(form, name, &at);
	return text ? text : "";
}

bool filled_has(const struct filled *form, const char *name, const char *text)
{
	const char *one;
	for (size_t at = 0; (one = filled_next(form, name, &at)) != NULL;) {
		if (strcmp(one, text) == 0)
			return true;
	}
	return false;
}
