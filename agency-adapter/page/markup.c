/* markup.c: the one place that writes markup and escapes what is none. */
#include "markup.h"

#include "program/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(struct markup *html, const char *text, size_t len)
{
	if (!html->failed && lt_buf_append(&html->out, text, len))
		html->failed = true;
}

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

static void escape(struct markup *html, const char *text)
{
	const unsigned char *at = (const unsigned char *)(text ? text : "");
	for (size_t bytes = 0; *at; at += bytes) {
		char number[16];
		uint32_t code = next(at, &bytes);
		if (code == '&')
			add(html, "&amp;", 5);
		else if (code == '<')
			add(html, "&lt;", 4);
		else if (code == '>')
			add(html, "&gt;", 4);
		else if (code == '"')
			add(html, "&quot;", 6);
		else if (code == '\'')
			add(html, "&#39;", 5);
		else if (is_hidden(code))
			add(html, number, (size_t)snprintf(number, sizeof(number), "U+%04X", (unsigned)code));
		else if (code == 0xfffd)
			add(html, "\xef\xbf\xbd", 3);
		else
			add(html, (const char *)at, bytes);
	}
}

static void percent(struct markup *html, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (const unsigned char *at = (const unsigned char *)(text ? text : ""); *at; at++) {
		char number[4];
		if (strchr(plain, *at))
			add(html, (const char *)at, 1);
		else
			add(html, number, (size_t)snprintf(number, sizeof(number), "%%%02X", *at));
	}
}

static void put_number(struct markup *html, long long value)
{
	char number[24];
	add(html, number, (size_t)snprintf(number, sizeof(number), "%lld", value));
}

void markup_put(struct markup *html, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	for (const char *at = format; *at;) {
		size_t plain = strcspn(at, "%");
		add(html, at, plain);
		at += plain;
		if (!*at)
			break;
		char what = at[1];
		at += 2;
		if (what == 's')
			escape(html, va_arg(args, const char *));
		else if (what == 'u')
			percent(html, va_arg(args, const char *));
		else if (what == 'i')
			put_number(html, va_arg(args, long long));
		else if (what == 'w')
			escape(html, word_of((enum page_word)va_arg(args, int), html->language));
		else if (what == '%')
			add(html, "%", 1);
		else
			lt_fatal("markup_put: no directive %%%c", what);
	}
	va_end(args);
}

void markup_fini(struct markup *html)
{
	lt_buf_fini(&html->out);
}
