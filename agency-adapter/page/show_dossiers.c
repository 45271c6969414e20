/* show_dossiers.c: dossiers that this office holds or leads, and the way to any other one by its code. */
#include "visit.h"

#include <lienthong/text.h>

#include <stdio.h>
#include <string.h>

void go_dossier(struct exchange *exchange)
{
	struct page_visit *visit = page_visit_of(exchange);
	const char *code = exchange_query_text(exchange, "code");
	const char *agency = visit->own_said ? visit->own : NULL;
	char plain[LT_DOSSIER_MAX];
	size_t used = 0;
	for (const char *at = code ? code : ""; *at && used + 1 < sizeof(plain); at++) {
		if (*at != ' ')
			plain[used++] = *at;
	}
	plain[used] = '\0';
	if (!lt_dossier_code_valid(plain))
		exchange_problem(exchange, LT_DOSSIER_CODE_INVALID, "not of the form agency-date-number");
	else
		page_visit_go(visit, "/page/dossiers/%s%s%s", plain, agency ? "?agency=" : "", agency ? agency : "");
}

static void put_search(struct page_visit *visit, struct markup *html)
{
	markup_put(html,
		   "<form method=\"get\" action=\"/page/find\" class=\"search\" role=\"search\"><label "
		   "for=\"code\">%w</label>"
		   "<input id=\"code\" name=\"code\" required placeholder=\"H37.24-20261130-0000042\">",
		   WORD_find_dossier);
	markup_put_if(visit->own_said, html, "<input type=\"hidden\" name=\"agency\" value=\"%s\">", visit->own);
	markup_put(html, "<button>%w</button></form>", WORD_find);
}

static void put_filter(struct page_visit *visit, struct markup *html, const char *member, enum page_word name)
{
	bool lead = exchange_query_text(visit->exchange, "lead") != NULL,
	     late = exchange_query_text(visit->exchange, "late") != NULL;
	bool here = strcmp(member, "lead") == 0 ? lead : strcmp(member, "late") == 0 ? late : !lead && !late;
	markup_put(html, "<li><a href=\"/page/dossiers");
	markup_put_if(*member, html, "?%s=true", member);
	put_query(visit, html, *member ? "&" : "?");
	markup_put(html, here ? "\" aria-current=\"true\">%w</a></li>" : "\">%w</a></li>", name);
}

static void put_row(struct page_visit *visit, struct markup *html, const json_t *row)
{
	const json_t *owed = json_object_get(row, "owed");
	markup_put(html, "<tr><th scope=\"row\" data-label=\"%w\"><a href=\"/page/dossiers/%u", WORD_dossier,
		   text_at(row, "code"));
	put_query(visit, html, "?");
	markup_put(html, "\">%s</a><br><bdi>%s</bdi></th><td data-label=\"%w\">", text_at(row, "code"),
		   text_at(row, "procedure_name"), WORD_holder);
	put_agency(visit, html, text_at(row, "holder"));
	markup_put(html, "</td><td data-label=\"%w\">%s</td><td data-label=\"%w\">", WORD_now,
		   text_at(owed, html->language == LT_VIETNAMESE ? "text_vi" : "text"), WORD_until);
	put_time(html, text_at(row, "due"));
	markup_put_if(true_at(row, "late"), html, " <strong class=\"badge is-late\">%w</strong>", WORD_late);
	markup_put(html, "</td></tr>");
}

void show_dossiers(struct page_visit *visit, struct markup *html)
{
	size_t i;
	json_t *row;
	const json_t *rows = json_object_get(visit->answer, "dossiers");
	const char *after = text_at(visit->answer, "after");
	snprintf(visit->title, sizeof(visit->title), "%s", word_of(WORD_dossiers, visit->language));
	put_search(visit, html);
	markup_put(html, "<ul class=\"filters\" aria-label=\"%w\">", WORD_filters);
	put_filter(visit, html, "", WORD_held_here);
	put_filter(visit, html, "lead", WORD_led_here);
	put_filter(visit, html, "late", WORD_late);
	markup_put(html, "</ul>");
	if (json_array_size(rows) == 0) {
		markup_put(html, "<p class=\"none\">%w</p>", WORD_nothing_here);
		return;
	}
	markup_put(html,
		   "<table><thead><tr><th scope=\"col\">%w</th><th scope=\"col\">%w</th><th scope=\"col\">%w</th><th "
		   "scope=\"col\">%w</th></tr></thead><tbody>",
		   WORD_dossier, WORD_holder, WORD_now, WORD_until);
	json_array_foreach(rows, i, row)
	{
		put_row(visit, html, row);
	}
	markup_put(html, "</tbody></table>");
	if (!*after)
		return;
	markup_put(html, "<p><a href=\"/page/dossiers?after=%u", after);
	markup_put_if(exchange_query_text(visit->exchange, "lead"), html, "&amp;lead=true");
	markup_put_if(exchange_query_text(visit->exchange, "late"), html, "&amp;late=true");
	put_query(visit, html, "&");
	markup_put(html, "\">%w</a></p>", WORD_more);
}
