/* markup.c: the one place that writes markup and escapes what is none. */
#include "markup.h"

#include "program/escape.h"
#include "program/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(struct markup *html, const char *text, size_t len)
{
	if (!html->failed && lt_buf_append(&html->out, text, len))
		html->failed = true;
}

static void check(struct markup *html, enum lt_err err)
{
	html->failed = html->failed || err;
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
			check(html, escape_markup(va_arg(args, const char *), SIZE_MAX, &html->out, NULL));
		else if (what == 'u')
			check(html, escape_address(va_arg(args, const char *), "", &html->out));
		else if (what == 'i')
			put_number(html, va_arg(args, long long));
		else if (what == 'w')
			check(html, escape_markup(word_of((enum page_word)va_arg(args, int), html->language), SIZE_MAX,
						  &html->out, NULL));
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
