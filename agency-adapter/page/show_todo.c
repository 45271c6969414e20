/* show_todo.c: what this office has to do now. */
#include "visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An answer to an item is given where its words and papers are seen. */
static void put_call(struct page_visit *visit, struct markup *html, const json_t *row, const json_t *call,
		     bool *item_shown)
{
	const char *path = text_at(call, "path"), *kind = text_at(call, "kind");
	if (strncmp(path, "/v1/inbox/", 10) == 0) {
		if (*item_shown)
			return;
		*item_shown = true;
		markup_put(html, "<a class=\"button\" href=\"/page/inbox/%i", (long long)strtoull(path + 10, NULL, 10));
		put_query(visit, html, "?");
		markup_put(html, "\">%w</a> ", WORD_look_and_answer);
		return;
	}
	long long branch = number_at(json_object_get(row, "owed"), "branch");
	markup_put(html, "<a class=\"button\" href=\"/page/dossiers/%u/acts/%u", text_at(row, "code"), kind);
	markup_put_if(branch > 0, html, "?branch=%i", branch);
	put_query(visit, html, branch > 0 ? "&" : "?");
	markup_put(html, "\">%s</a> ", word_of_kind(kind, html->language));
}

static void put_row(struct page_visit *visit, struct markup *html, const json_t *row)
{
	const json_t *owed = json_object_get(row, "owed"), *calls = json_object_get(row, "calls");
	bool late = true_at(row, "late"), item_shown = false;
	size_t i;
	json_t *call;
	markup_put(html, late ? "<li class=\"card is-late\">" : "<li class=\"card\">");
	markup_put(html, "<h2>%s</h2><dl class=\"facts\">",
		   text_at(owed, html->language == LT_VIETNAMESE ? "text_vi" : "text"));
	markup_put(html, "<dt>%w</dt><dd><a href=\"/page/dossiers/%u", WORD_dossier, text_at(row, "code"));
	put_query(visit, html, "?");
	markup_put(html, "\">%s</a><br><bdi>%s</bdi></dd>", text_at(row, "code"), text_at(row, "procedure_name"));
	markup_put(html, "<dt>%w</dt><dd>", WORD_until);
	if (*text_at(owed, "until"))
		put_time(html, text_at(owed, "until"));
	else
		markup_put(html, "%w", WORD_no_limit);
	markup_put_if(late, html, " <strong class=\"badge is-late\">%w</strong>", WORD_late);
	markup_put(html, "</dd><dt>%w</dt><dd>", WORD_since);
	put_time(html, text_at(owed, "since"));
	markup_put(html, "</dd></dl><p class=\"acts\">");
	json_array_foreach(calls, i, call)
	{
		put_call(visit, html, row, call, &item_shown);
	}
	markup_put(html, "</p></li>");
}

void show_todo(struct page_visit *visit, struct markup *html)
{
	size_t i;
	json_t *row;
	const json_t *rows = json_object_get(visit->answer, "dossiers");
	const char *after = text_at(visit->answer, "after");
	snprintf(visit->title, sizeof(visit->title), "%s", word_of(WORD_todo, visit->language));
	if (json_array_size(rows) == 0)
		markup_put(html, "<p class=\"none\">%w</p>", WORD_nothing_to_do);
	else
		markup_put(html, "<ul class=\"cards\">");
	json_array_foreach(rows, i, row)
	{
		put_row(visit, html, row);
	}
	markup_put_if(json_array_size(rows) > 0, html, "</ul>");
	markup_put_if(*after, html, "<p><a href=\"/page?after=%u", after);
	if (*after)
		put_query(visit, html, "&");
	markup_put_if(*after, html, "\">%w</a></p>", WORD_more);
	markup_put(html, "<p class=\"help\">%w ", WORD_true_at);
	put_time(html, text_at(visit->answer, "time"));
	markup_put(html, ".</p>");
}
