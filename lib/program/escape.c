/* escape.c: see escape.h. */
#include "escape.h"

#include <stdio.h>
#include <string.h>

/* One character of UTF-8 and its bytes; what begins none is U+FFFD and one byte. */
static uint32_t next(const unsigned char *at, size_t *bytes)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = *at < 0x80 ? 1 : *at >= 0xf0 ? 4 : *at >= 0xe0 ? 3 : *at >= 0xc0 ? 2 : 0;
	uint32_t code = len == 1 ? *at : len > 1 ? *at & (0x7fu >> len) : 0;
	*bytes = 1;
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0xfffd;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (len == 0 || code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0xfffd;
	*bytes = len;
	return code;
}

/* Turns the reading direction, shows nothing, or is no character of a text: a person has to see that it is there. */
static bool is_hidden(uint32_t code)
{
	return (code < 0x20 && code != '\n' && code != '\t') || (code >= 0x7f && code < 0xa0) || code == 0xad ||
	       code == 0x61c || code == 0x180e || (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
	       (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe0fff);
}

static const char *name_of(uint32_t code)
{
	switch (code) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	case 0xfffd:
		return "\xef\xbf\xbd";
	default:
		return NULL;
	}
}

enum lt_err escape_markup(const char *text, size_t max, struct lt_buf *out, bool *cut)
{
	const unsigned char *at = (const unsigned char *)(text ? text : "");
	enum lt_err err = LT_OK;
	for (size_t bytes = 0, count = 0; *at && count < max && !err; at += bytes, count++) {
		uint32_t code = next(at, &bytes);
		const char *name = name_of(code);
		if (name)
			err = lt_buf_append(out, name, strlen(name));
		else if (is_hidden(code))
			err = lt_buf_printf(out, "U+%04X", (unsigned)code);
		else
			err = lt_buf_append(out, at, bytes);
	}
	if (cut)
		*cut = *at != '\0';
	return err;
}

enum lt_err escape_address(const char *text, const char *keep, struct lt_buf *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	enum lt_err err = LT_OK;
	for (const unsigned char *at = (const unsigned char *)(text ? text : ""); *at && !err; at++) {
		if (strchr(plain, *at) || strchr(keep, *at))
			err = lt_buf_append(out, at, 1);
		else
			err = lt_buf_printf(out, "%%%02X", *at);
	}
	return err;
}
