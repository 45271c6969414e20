/* visit_list.c: see visit.h. */
#include "visit.h"

#include <string.h>

void put_filters(struct page_visit *visit, struct markup *html, const char *base, const struct list_filter *filters,
		 size_t count)
{
	const char *now = exchange_query_text(visit->exchange, "state");
	markup_put(html, "<ul class=\"filters\" aria-label=\"%w\">", WORD_filters);
	for (size_t i = 0; i < count; i++) {
		const char *state = filters[i].state;
		bool here = strcmp(now ? now : "", state) == 0;
		markup_put(html, "<li><a href=\"%s", base);
		markup_put_if(*state, html, "?state=%u", state);
		put_query(visit, html, *state ? "&" : "?");
		markup_put(html, here ? "\" aria-current=\"true\">%w</a></li>" : "\">%w</a></li>", filters[i].name);
	}
	markup_put(html, "</ul>");
}

static void put_more(struct page_visit *visit, struct markup *html, const char *base)
{
	const char *state = exchange_query_text(visit->exchange, "state"),
		   *dossier = exchange_query_text(visit->exchange, "dossier");
	markup_put(html, "<p><a href=\"%s?after=%u", base, text_at(visit->answer, "after"));
	markup_put_if(state, html, "&amp;state=%u", state);
	markup_put_if(dossier, html, "&amp;dossier=%u", dossier);
	put_query(visit, html, "&");
	markup_put(html, "\">%w</a></p>", WORD_more);
}

void put_list(struct page_visit *visit, struct markup *html, const char *base, const enum page_word heads[LIST_HEADS],
	      const json_t *rows, void (*put_row)(struct page_visit *, struct markup *, const json_t *))
{
	size_t i;
	json_t *row;
	if (json_array_size(rows) == 0) {
		markup_put(html, "<p class=\"none\">%w</p>", WORD_nothing_here);
		return;
	}
	markup_put(html, "<table><thead><tr>");
	for (i = 0; i < LIST_HEADS; i++)
		markup_put(html, "<th scope=\"col\">%w</th>", heads[i]);
	markup_put(html, "</tr></thead><tbody>");
	json_array_foreach(rows, i, row)
	{
		put_row(visit, html, row);
	}
	markup_put(html, "</tbody></table>");
	if (true_at(visit->answer, "more"))
		put_more(visit, html, base);
}
