/* visit_json.c: members of answers, and what every page writes in the same way. */
#include "visit.h"

#include <lienthong/time.h>

#include <stdio.h>
#include <string.h>

const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

long long number_at(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

bool true_at(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

const char *agency_name(const struct page_visit *visit, const char *code)
{
	const struct lt_directory *directory = directory_current_directory(visit->directory);
	const struct lt_agency *agency = directory ? lt_directory_find(directory, code) : NULL;
	if (!agency)
		return "";
	return visit->language == LT_ENGLISH && agency->name_en[0] ? agency->name_en : agency->name;
}

void put_agency(struct page_visit *visit, struct markup *html, const char *code)
{
	const char *name = agency_name(visit, code);
	if (*name)
		markup_put(html, "<span class=\"agency\"><bdi>%s</bdi> <span class=\"code\">%s</span></span>", name,
			   code);
	else
		markup_put(html, "<span class=\"code\">%s</span>", code);
}

/* "2026-11-24T09:15:02.000000+07:00" as 24/11/2026 09:15. */
void put_time(struct markup *html, const char *rfc3339)
{
	char day[11], hour[6];
	if (!rfc3339 || strlen(rfc3339) < 16)
		return;
	snprintf(day, sizeof(day), "%.2s/%.2s/%.4s", rfc3339 + 8, rfc3339 + 5, rfc3339);
	snprintf(hour, sizeof(hour), "%.5s", rfc3339 + 11);
	markup_put(html, "<time datetime=\"%s\">%s %s</time>", rfc3339, day, hour);
}

void put_kind(struct markup *html, const char *kind)
{
	markup_put(html, "<span class=\"kind\">%s</span>", word_of_kind(kind, html->language));
}

void put_name(struct markup *html, const char *name)
{
	markup_put(html, "<span class=\"badge is-%s\">%s</span>", name, word_of_name(name, html->language));
}

void put_query(struct page_visit *visit, struct markup *html, const char *before)
{
	if (visit->own_said)
		markup_put(html, "%sagency=%u", before, visit->own);
}

bool is_late(const struct page_visit *visit, const char *until)
{
	const struct speaker *speaker = adapter_speaker(visit->exchange->adapter);
	int64_t time;
	return *until && lt_time_parse(until, &time) == LT_OK &&
	       time < broker_clock_legal(speaker->clock, speaker->now());
}

void put_form(struct page_visit *visit, struct markup *html, const char *action, bool files)
{
	markup_put(html,
		   files ? "<form method=\"post\" enctype=\"multipart/form-data\" action=\"%s"
			 : "<form method=\"post\" action=\"%s",
		   action);
	put_query(visit, html, strchr(action, '?') ? "&" : "?");
	markup_put(html, "\"><input type=\"hidden\" name=\"form\" value=\"%s\">", visit->form_token);
}

void put_size(struct markup *html, long long bytes)
{
	if (bytes < 1024)
		markup_put(html, "%i B", bytes);
	else if (bytes < 1024 * 1024)
		markup_put(html, "%i KiB", (bytes + 1023) / 1024);
	else
		markup_put(html, "%i MiB", (bytes + 1024 * 1024 - 1) / (1024 * 1024));
}

void put_minutes(struct markup *html, long long minutes)
{
	markup_put_if(minutes >= 60 || minutes == 0, html, "%i %w", minutes / 60, WORD_hours);
	markup_put_if(minutes >= 60 && minutes % 60 != 0, html, " ");
	markup_put_if(minutes % 60 != 0, html, "%i %w", minutes % 60, WORD_minutes);
}

void put_text(struct markup *html, enum page_word name, const char *text)
{
	markup_put_if(*text, html, "<dt>%w</dt><dd class=\"words\">%s</dd>", name, text);
}
