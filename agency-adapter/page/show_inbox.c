/* show_inbox.c: what arrived, and one item of it with its papers and the answer to it. */
#include "visit.h"

#include <stdio.h>
#include <string.h>

static void put_row(struct page_visit *visit, struct markup *html, const json_t *item)
{
	const char *subject = text_at(item, "subject"), *dossier = text_at(item, "dossier");
	markup_put(html, "<tr><th scope=\"row\" data-label=\"%w\"><a href=\"/page/inbox/%i", WORD_what,
		   number_at(item, "number"));
	put_query(visit, html, "?");
	markup_put(html, "\">%s</a>", word_of_kind(text_at(item, "kind"), html->language));
	markup_put_if(*subject, html, "<br><bdi>%s</bdi>", subject);
	markup_put(html, "</th><td data-label=\"%w\">%s</td><td data-label=\"%w\">", WORD_dossier, dossier, WORD_from);
	put_agency(visit, html, text_at(item, "sender"));
	markup_put(html, "</td><td data-label=\"%w\">", WORD_arrived);
	put_time(html, text_at(item, "received"));
	markup_put(html, "</td><td data-label=\"%w\">", WORD_state);
	put_name(html, text_at(item, "state"));
	markup_put(html, "</td></tr>");
}

void show_inbox(struct page_visit *visit, struct markup *html)
{
	static const struct list_filter filters[] = { { "", WORD_all },
						      { "new", WORD_new },
						      { "accepted", WORD_accepted },
						      { "refused", WORD_refused },
						      { "stuck", WORD_stuck } };
	static const enum page_word heads[LIST_HEADS] = { WORD_what, WORD_dossier, WORD_from, WORD_arrived,
							  WORD_state };
	const json_t *rows = json_object_get(visit->answer, "items");
	snprintf(visit->title, sizeof(visit->title), "%s", word_of(WORD_inbox, visit->language));
	put_filters(visit, html, "/page/inbox", filters, sizeof(filters) / sizeof(filters[0]));
	put_list(visit, html, "/page/inbox", heads, rows, put_row);
}

/* ---- one item ---- */

void put_parts(struct page_visit *visit, struct markup *html, const char *base, const char *id, const json_t *parts)
{
	size_t i;
	json_t *part;
	(void)visit;
	if (json_array_size(parts) == 0)
		return;
	markup_put(html, "<h2>%w</h2><ul class=\"parts\">", WORD_papers);
	json_array_foreach(parts, i, part)
	{
		markup_put(html, "<li>");
		if (true_at(part, "here"))
			markup_put(html, "<a href=\"%s%u/parts/%i\" download><bdi>%s</bdi></a>", base, id,
				   number_at(part, "n"), text_at(part, "name"));
		else
			markup_put(html, "<bdi>%s</bdi> (%w)", text_at(part, "name"), WORD_part_elsewhere);
		markup_put(html, " <span class=\"help\">%s, ", text_at(part, "media_type"));
		put_size(html, number_at(part, "size"));
		markup_put(html, "</span></li>");
	}
	markup_put(html, "</ul>");
}

static const char *written(const struct page_visit *visit, const char *name)
{
	return filled_text(&visit->form, name);
}

static void put_answer(struct page_visit *visit, struct markup *html, long long number)
{
	char action[64];
	markup_put(html, "<h2>%w</h2><div class=\"two\">", WORD_answer);
	snprintf(action, sizeof(action), "/page/inbox/%lld/accept", number);
	markup_put(html, "<section class=\"card\" aria-labelledby=\"accept\"><h3 id=\"accept\">%w</h3><p>%w</p>",
		   WORD_accept, WORD_accept_help);
	put_form(visit, html, action, false);
	markup_put(html, "<p><button>%w</button></p></form></section>", WORD_accept);
	snprintf(action, sizeof(action), "/page/inbox/%lld/refuse", number);
	markup_put(html, "<section class=\"card\" aria-labelledby=\"refuse\"><h3 id=\"refuse\">%w</h3>", WORD_refuse);
	put_form(visit, html, action, false);
	markup_put(html,
		   "<p><label for=\"reason\">%w</label><textarea id=\"reason\" name=\"reason\" rows=\"4\" required",
		   WORD_reason);
	markup_put_if(visit->problem, html, " aria-invalid=\"true\" aria-describedby=\"problem\"");
	markup_put(html,
		   ">\n%s</textarea></p><p><label for=\"ground\">%w</label><input id=\"ground\" name=\"ground\" "
		   "value=\"%s\"></p>",
		   written(visit, "reason"), WORD_ground, written(visit, "ground"));
	markup_put(html, "<p><button class=\"danger\">%w</button></p></form></section></div>", WORD_refuse);
}

/* What asks for something is answered by an act about its dossier. */
static void put_ways(struct page_visit *visit, struct markup *html, const json_t *item)
{
	static const struct {
		const char *asked, *act;
	} ways[] = { { "CONSULT", "OPINION" },
		     { "REQUEST_SUPPLEMENT", "SUPPLEMENT" },
		     { "REQUEST_FEE", "FEE_PAID" },
		     { "RECALL", "RECALL_ANSWER" } };
	const char *kind = text_at(item, "kind");
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].asked, kind) != 0 || strcmp(text_at(item, "state"), "new") != 0)
			continue;
		markup_put(html, "<a class=\"button\" href=\"/page/dossiers/%u/acts/%s", text_at(item, "dossier"),
			   ways[i].act);
		put_query(visit, html, "?");
		markup_put(html, "\">%s</a> ", word_of_kind(ways[i].act, html->language));
	}
}

void put_rejection(struct markup *html, const json_t *rejection)
{
	bool vietnamese = html->language == LT_VIETNAMESE;
	const char *detail = text_at(rejection, vietnamese ? "detail_vi" : "detail");
	if (!json_is_object(rejection))
		return;
	markup_put(html, "<div class=\"problem\"><p><strong>%w</strong> %s</p><p>%s</p><p class=\"code\">%s</p></div>",
		   WORD_rejected, text_at(rejection, vietnamese ? "title_vi" : "title"),
		   *detail ? detail : text_at(rejection, "detail"), text_at(rejection, "code"));
}

static void put_facts(struct page_visit *visit, struct markup *html, const json_t *item)
{
	size_t i;
	json_t *paper;
	const json_t *items = json_object_get(item, "items");
	markup_put(html, "<dl class=\"facts\"><dt>%w</dt><dd>", WORD_state);
	put_name(html, text_at(item, "state"));
	if (*text_at(item, "dossier")) {
		markup_put(html, "</dd><dt>%w</dt><dd><a href=\"/page/dossiers/%u", WORD_dossier,
			   text_at(item, "dossier"));
		put_query(visit, html, "?");
		markup_put(html, "\">%s</a>", text_at(item, "dossier"));
	}
	markup_put(html, "</dd><dt>%w</dt><dd>", WORD_from);
	put_agency(visit, html, text_at(item, "sender"));
	markup_put(html, "</dd><dt>%w</dt><dd>", WORD_arrived);
	put_time(html, text_at(item, "received"));
	markup_put(html, "</dd>");
	put_text(html, WORD_leg, text_at(item, "leg"));
	put_text(html, WORD_subject, text_at(item, "subject"));
	put_text(html, WORD_reason, text_at(item, "reason"));
	put_text(html, WORD_ground, text_at(item, "ground"));
	if (*text_at(item, "due")) {
		markup_put(html, "<dt>%w</dt><dd>", WORD_until);
		put_time(html, text_at(item, "due"));
		markup_put(html, "</dd>");
	}
	if (json_array_size(items) > 0) {
		markup_put(html, "<dt>%w</dt><dd><ul>", WORD_items);
		json_array_foreach(items, i, paper)
		{
			markup_put(html, "<li><bdi>%s</bdi></li>", json_string_value(paper));
		}
		markup_put(html, "</ul></dd>");
	}
	if (json_object_get(item, "amount"))
		markup_put(html, "<dt>%w</dt><dd>%i</dd>", WORD_amount, number_at(item, "amount"));
	markup_put(html, "</dl>");
}

/* A week's work, by agency. */
static void put_digest(struct page_visit *visit, struct markup *html, const json_t *digest)
{
	static const struct {
		enum page_word word;
		const char *name;
	} columns[] = { { WORD_in_hand, "in_hand" },
			{ WORD_of_it_overdue, "overdue" },
			{ WORD_done, "done" },
			{ WORD_of_it_late, "late" },
			{ WORD_minutes_beyond, "minutes" } };
	enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };
	size_t i;
	json_t *tally;
	if (!json_is_object(digest))
		return;
	markup_put(html, "<table><thead><tr><th scope=\"col\">%w</th>", WORD_agency);
	for (size_t at = 0; at < COLUMNS; at++)
		markup_put(html, "<th scope=\"col\">%w</th>", columns[at].word);
	markup_put(html, "</tr></thead><tbody>");
	json_array_foreach(json_object_get(digest, "tallies"), i, tally)
	{
		markup_put(html, "<tr><th scope=\"row\" data-label=\"%w\">", WORD_agency);
		put_agency(visit, html, text_at(tally, "agency"));
		markup_put(html, "</th>");
		for (size_t at = 0; at < COLUMNS; at++)
			markup_put(html, "<td data-label=\"%w\">%i</td>", columns[at].word,
				   number_at(tally, columns[at].name));
		markup_put(html, "</tr>");
	}
	markup_put(html, "</tbody></table>");
}

void show_item(struct page_visit *visit, struct markup *html)
{
	const json_t *item = visit->answer, *fault = json_object_get(item, "fault");
	char number[24];
	bool open = true_at(item, "offer") && strcmp(text_at(item, "state"), "new") == 0;
	snprintf(visit->title, sizeof(visit->title), "%s", word_of_kind(text_at(item, "kind"), visit->language));
	snprintf(number, sizeof(number), "%lld", number_at(item, "number"));
	if (json_is_object(fault))
		markup_put(html,
			   "<div class=\"problem\"><p><strong>%w</strong></p><p>%s</p><p class=\"code\">%s</p></div>",
			   WORD_stuck_help, text_at(fault, html->language == LT_VIETNAMESE ? "detail_vi" : "detail"),
			   text_at(fault, "code"));
	put_rejection(html, json_object_get(item, "last_rejection"));
	put_facts(visit, html, item);
	put_digest(visit, html, json_object_get(item, "digest"));
	put_parts(visit, html, "/page/inbox/", number, json_object_get(item, "parts"));
	if (open)
		put_answer(visit, html, number_at(item, "number"));
	markup_put(html, "<p class=\"acts\">");
	put_ways(visit, html, item);
	if (*text_at(item, "dossier")) {
		markup_put(html, "<a href=\"/page/dossiers/%u", text_at(item, "dossier"));
		put_query(visit, html, "?");
		markup_put(html, "\">%w</a>", WORD_go_dossier);
	}
	markup_put(html, "</p>");
}
