/* show_sent.c: what was sent, and where it is. */
#include "visit.h"

#include <stdio.h>
#include <string.h>

static void put_to(struct page_visit *visit, struct markup *html, const json_t *to)
{
	size_t i;
	json_t *one;
	json_array_foreach(to, i, one)
	{
		markup_put_if(i > 0, html, "<br>");
		put_agency(visit, html, text_at(one, "agency"));
	}
}

static void put_row(struct page_visit *visit, struct markup *html, const json_t *envelope)
{
	const char *subject = text_at(envelope, "subject");
	markup_put(html, "<tr><th scope=\"row\" data-label=\"%w\"><a href=\"/page/sent/%u", WORD_what,
		   text_at(envelope, "id"));
	put_query(visit, html, "?");
	markup_put(html, "\">%s</a>", word_of_kind(text_at(envelope, "kind"), html->language));
	markup_put_if(*subject, html, "<br><bdi>%s</bdi>", subject);
	markup_put(html, "</th><td data-label=\"%w\">%s</td><td data-label=\"%w\">", WORD_dossier,
		   text_at(envelope, "dossier"), WORD_to);
	put_to(visit, html, json_object_get(envelope, "to"));
	markup_put(html, "</td><td data-label=\"%w\">", WORD_sent_at);
	put_time(html, text_at(envelope, "queued"));
	markup_put(html, "</td><td data-label=\"%w\">", WORD_state);
	put_name(html, text_at(envelope, "state"));
	markup_put(html, "</td></tr>");
}

void show_sent(struct page_visit *visit, struct markup *html)
{
	static const struct list_filter filters[] = { { "", WORD_all },
						      { "queued", WORD_queued },
						      { "admitted", WORD_admitted },
						      { "delivered", WORD_delivered },
						      { "rejected", WORD_rejected } };
	static const enum page_word heads[LIST_HEADS] = { WORD_what, WORD_dossier, WORD_to, WORD_sent_at, WORD_state };
	const json_t *rows = json_object_get(visit->answer, "envelopes");
	snprintf(visit->title, sizeof(visit->title), "%s", word_of(WORD_sent, visit->language));
	put_filters(visit, html, "/page/sent", filters, sizeof(filters) / sizeof(filters[0]));
	put_list(visit, html, "/page/sent", heads, rows, put_row);
}

/* ---- one of them ---- */

/* Whether it went to anybody but the sender itself. */
static bool went_out(const json_t *envelope)
{
	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(envelope, "answers"), i, one)
	{
		if (strcmp(text_at(one, "agency"), text_at(envelope, "sender")) != 0)
			return true;
	}
	return false;
}

static void put_answers(struct page_visit *visit, struct markup *html, const json_t *answers)
{
	size_t i;
	json_t *one;
	markup_put(html,
		   "<h2>%w</h2><table><thead><tr><th scope=\"col\">%w</th><th scope=\"col\">%w</th><th "
		   "scope=\"col\">%w</th><th scope=\"col\">%w</th></tr></thead><tbody>",
		   WORD_where_it_is, WORD_to, WORD_state, WORD_when, WORD_words);
	json_array_foreach(answers, i, one)
	{
		const char *when = text_at(one, "time"), *by = text_at(one, "by");
		if (strcmp(text_at(one, "agency"), text_at(visit->answer, "sender")) == 0)
			continue; /* an office needs no delivery to itself */
		markup_put(html, "<tr><th scope=\"row\" data-label=\"%w\">", WORD_to);
		put_agency(visit, html, text_at(one, "agency"));
		markup_put(html, "</th><td data-label=\"%w\">", WORD_state);
		put_name(html, text_at(one, "state"));
		markup_put(html, "</td><td data-label=\"%w\">", WORD_when);
		put_time(html, *when ? when : text_at(one, "delivered"));
		markup_put(html, "</td><td data-label=\"%w\"><span class=\"words\">%s</span>", WORD_words,
			   text_at(one, "reason"));
		if (*by && strcmp(by, text_at(one, "agency")) != 0)
			put_agency(visit, html, by);
		markup_put(html, "</td></tr>");
	}
	markup_put(html, "</tbody></table>");
}

static void put_moment(struct markup *html, enum page_word name, const char *time)
{
	if (!*time)
		return;
	markup_put(html, "<dt>%w</dt><dd>", name);
	put_time(html, time);
	markup_put(html, "</dd>");
}

void show_envelope(struct page_visit *visit, struct markup *html)
{
	const json_t *envelope = visit->answer;
	const char *state = text_at(envelope, "state"), *id = text_at(envelope, "id");
	bool rejected = strcmp(state, "rejected") == 0;
	char action[96];
	snprintf(visit->title, sizeof(visit->title), "%s", word_of_kind(text_at(envelope, "kind"), visit->language));
	put_rejection(html, json_object_get(envelope, rejected ? "rejection" : "last_rejection"));
	markup_put(html, "<dl class=\"facts\"><dt>%w</dt><dd>", WORD_state);
	put_name(html, state);
	markup_put_if(strcmp(state, "queued") == 0, html, " <span class=\"help\">%w</span>", WORD_queued_help);
	markup_put(html, "</dd><dt>%w</dt><dd><a href=\"/page/dossiers/%u", WORD_dossier, text_at(envelope, "dossier"));
	put_query(visit, html, "?");
	markup_put(html, "\">%s</a></dd>", text_at(envelope, "dossier"));
	put_moment(html, WORD_signed, text_at(envelope, "queued"));
	put_moment(html, WORD_admitted, text_at(envelope, "admitted"));
	put_moment(html, WORD_delivered, text_at(envelope, "delivered"));
	put_text(html, WORD_subject, text_at(envelope, "subject"));
	if (!rejected)
		put_text(html, WORD_reason, text_at(envelope, "reason"));
	markup_put(html, "</dl>");
	if (rejected) {
		snprintf(action, sizeof(action), "/page/sent/%.40s/again", id);
		put_form(visit, html, action, false);
		put_key(visit, html);
		markup_put(html, "<p><button>%w</button></p></form>", WORD_send_again);
	}
	if (went_out(envelope))
		put_answers(visit, html, json_object_get(envelope, "answers"));
	put_parts(visit, html, "/page/sent/", id, json_object_get(envelope, "parts"));
	markup_put(html, "<p class=\"acts\"><a class=\"button\" href=\"/page/dossiers/%u",
		   text_at(envelope, "dossier"));
	put_query(visit, html, "?");
	markup_put(html, "\">%w</a> <a href=\"/page", WORD_go_dossier);
	put_query(visit, html, "?");
	markup_put(html, "\">%w</a></p>", WORD_back_to_todo);
}
