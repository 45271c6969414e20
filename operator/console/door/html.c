/* html.c: html_put and what it escapes. */
#include "html.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <lienthong/text.h>

#include "program/escape.h"

#define US INT64_C(1000000)
#define EAST (7 * 3600 * US) /* Vietnam has one time, without summer time */

void html_bytes(struct html *html, struct lt_bytes markup)
{
	if (!html->failed && lt_buf_append(&html->bytes, markup.data, markup.len))
		html->failed = true;
}

void html_raw(struct html *html, const char *literal)
{
	html_bytes(html, lt_bytes(literal, strlen(literal)));
}

/* Of a text at most `max` characters; whether it was cut. */
static bool put_text(struct html *html, const char *text, size_t max)
{
	bool cut = false;
	if (!html->failed && escape_markup(text, max, &html->bytes, &cut))
		html->failed = true;
	return cut;
}

void html_text(struct html *html, const char *text)
{
	put_text(html, text, SIZE_MAX);
}

static void put_stranger(struct html *html, const char *text, size_t max)
{
	html_raw(html, max == SIZE_MAX ? "<bdi class=lines>" : "<bdi>");
	if (put_text(html, text, max))
		html_raw(html, "…");
	html_raw(html, "</bdi>");
}

static void put_address(struct html *html, const char *text, bool path)
{
	if (!html->failed && escape_address(text, path ? "/" : "", &html->bytes))
		html->failed = true;
}

static void put_number(struct html *html, uint64_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, value);
	html_raw(html, text);
}

/* Days since 1970 to a date of the calendar (proleptic Gregorian). */
static void date_of(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;
	*day = (int)(of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(y + era * 400 + (*month <= 2));
}

static void put_time(struct html *html, int64_t time, bool clock)
{
	char text[160];
	int year, month, day;
	int64_t local = time + EAST, days = local / (86400 * US) - (local % (86400 * US) < 0);
	int64_t second = (local - days * 86400 * US) / US;
	int hour = (int)(second / 3600), minute = (int)(second / 60 % 60);
	if (time == 0) {
		html_raw(html, "–");
		return;
	}
	date_of(days, &year, &month, &day);
	if (clock)
		snprintf(text, sizeof(text),
			 "<time datetime=\"%04d-%02d-%02dT%02d:%02d:%02d+07:00\">%02d/%02d/%04d&nbsp;%02d:%02d</time>",
			 year, month, day, hour, minute, (int)(second % 60), day, month, year, hour, minute);
	else
		snprintf(text, sizeof(text), "<time datetime=\"%04d-%02d-%02d\">%02d/%02d/%04d</time>", year, month,
			 day, day, month, year);
	html_raw(html, text);
}

static void put_span(struct html *html, int64_t span)
{
	bool english = html->language == LT_ENGLISH;
	int64_t minutes = (span < 0 ? -span : span) / (60 * US);
	char text[64];
	if (minutes >= 2880)
		snprintf(text, sizeof(text), english ? "%d d %d h" : "%d ngày %d giờ", (int)(minutes / 1440),
			 (int)(minutes / 60 % 24));
	else if (minutes >= 60)
		snprintf(text, sizeof(text), english ? "%d h %d min" : "%d giờ %d phút", (int)(minutes / 60),
			 (int)(minutes % 60));
	else
		snprintf(text, sizeof(text), english ? "%d min" : "%d phút", (int)minutes);
	html_raw(html, text);
}

static void put_size(struct html *html, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	char text[352]; /* the largest double has 309 digits */
	double value = (double)bytes;
	size_t unit = 0;
	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	snprintf(text, sizeof(text), "%.*f&nbsp;%s", unit > 0 && value < 100, value, units[unit]);
	char *point = html->language == LT_VIETNAMESE ? strchr(text, '.') : NULL;
	if (point)
		*point = ',';
	html_raw(html, text);
}

static void put_one(struct html *html, char what, va_list *args)
{
	const char *vietnamese, *english;
	switch (what) {
	case 'L':
		vietnamese = va_arg(*args, const char *);
		english = va_arg(*args, const char *);
		html_text(html, html->language == LT_ENGLISH ? english : vietnamese);
		break;
	case 's':
		html_text(html, va_arg(*args, const char *));
		break;
	case 'S':
		put_stranger(html, va_arg(*args, const char *), HTML_SHOWN);
		break;
	case 'A':
		put_stranger(html, va_arg(*args, const char *), SIZE_MAX);
		break;
	case 'U':
	case 'P':
		put_address(html, va_arg(*args, const char *), what == 'P');
		break;
	case 'u':
		put_number(html, va_arg(*args, uint64_t));
		break;
	case 'i':
		put_number(html, va_arg(*args, unsigned));
		break;
	case 't':
	case 'D':
		put_time(html, va_arg(*args, int64_t), what == 't');
		break;
	case 'd':
		put_span(html, va_arg(*args, int64_t));
		break;
	case 'z':
		put_size(html, va_arg(*args, uint64_t));
		break;
	default:
		html_raw(html, "%");
	}
}

void html_put(struct html *html, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	for (const char *at = format; *at;) {
		const char *sign = strchr(at, '%');
		if (!sign) {
			html_raw(html, at);
			break;
		}
		html_bytes(html, lt_bytes(at, (size_t)(sign - at)));
		put_one(html, sign[1], &args);
		at = sign + 2;
	}
	va_end(args);
}
