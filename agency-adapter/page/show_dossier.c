/* show_dossier.c: one dossier: now, late, can, its stays and its way. */
#include "visit.h"

#include <stdio.h>
#include <string.h>

static bool says(const struct page_visit *visit)
{
	return visit->language == LT_VIETNAMESE;
}

static const json_t *branch_of(const json_t *dossier, long long number)
{
	size_t i;
	json_t *branch;
	json_array_foreach(json_object_get(dossier, "branches"), i, branch)
	{
		if (number_at(branch, "branch") == number)
			return branch;
	}
	return NULL;
}

static void put_leg(struct markup *html, const json_t *branch)
{
	const char *name = text_at(branch, "leg_name");
	markup_put(html, "<bdi>%s</bdi>", *name ? name : text_at(branch, "leg"));
}

/* ---- now, late ---- */

/* Who does it is closed for a time; NULL: nothing is announced. */
static void put_closed(struct markup *html, const json_t *closed)
{
	if (!closed)
		return;
	markup_put(html, "<br><span class=\"help\">%w ", WORD_closed_from);
	put_time(html, text_at(closed, "from"));
	markup_put(html, " %w ", WORD_closed_until);
	put_time(html, text_at(closed, "until"));
	markup_put(html, ": <bdi>%s</bdi></span>", text_at(closed, "reason"));
}

static void put_owed(struct page_visit *visit, struct markup *html, const json_t *dossier, const json_t *owed)
{
	const char *acting = text_at(owed, "acting"), *until = text_at(owed, "until");
	const json_t *branch = branch_of(dossier, number_at(owed, "branch"));
	markup_put(html, is_late(visit, until) ? "<li class=\"is-late\">" : "<li>");
	put_agency(visit, html, *acting ? acting : text_at(owed, "who"));
	markup_put(html, ": <strong>%s</strong>", text_at(owed, says(visit) ? "text_vi" : "text"));
	if (branch && *text_at(branch, "leg")) {
		markup_put(html, " · ");
		put_leg(html, branch);
	}
	markup_put(html, "<br><span class=\"help\">%w ", WORD_since);
	put_time(html, text_at(owed, "since"));
	if (*until) {
		markup_put(html, " · %w ", WORD_until);
		put_time(html, until);
	}
	markup_put(html, "</span>");
	put_closed(html, json_object_get(owed, "closed"));
	markup_put_if(is_late(visit, until), html, " <strong class=\"badge is-late\">%w</strong>", WORD_late);
	markup_put(html, "</li>");
}

static void put_now(struct page_visit *visit, struct markup *html, const json_t *dossier)
{
	size_t i;
	json_t *owed;
	const json_t *all = json_object_get(dossier, "owed");
	markup_put(html, "<section class=\"card\" aria-labelledby=\"now\"><h2 id=\"now\">%w</h2>", WORD_now);
	markup_put_if(number_at(dossier, "frozen"), html, "<p>%w</p>", WORD_frozen);
	if (json_array_size(all) == 0)
		markup_put(html, "<p>%w</p>", WORD_nobody_owes);
	markup_put(html, "<ul class=\"plain\">");
	json_array_foreach(all, i, owed)
	{
		put_owed(visit, html, dossier, owed);
	}
	markup_put(html, "</ul></section>");
}

static void put_clock(struct markup *html, const json_t *clock)
{
	markup_put(html, "<span class=\"help\">%w ", WORD_due);
	put_time(html, text_at(clock, "due_lawful"));
	markup_put(html, " · %w ", WORD_used);
	put_minutes(html, number_at(clock, "used_minutes"));
	markup_put(html, " / ");
	put_minutes(html, number_at(clock, "allotted_minutes"));
	markup_put(html, " %w</span> ", WORD_of_work);
	put_name(html, text_at(clock, "verdict_name"));
}

static void put_late(struct page_visit *visit, struct markup *html, const json_t *dossier)
{
	size_t i;
	json_t *branch;
	const json_t *clock = json_object_get(dossier, "clock");
	markup_put(html, "<section class=\"card\" aria-labelledby=\"late\"><h2 id=\"late\">%w</h2><ul class=\"plain\">",
		   WORD_time);
	if (json_is_object(clock)) {
		markup_put(html, "<li>%w<br>", WORD_whole_dossier);
		put_clock(html, clock);
		markup_put(html, "</li>");
	}
	json_array_foreach(json_object_get(dossier, "branches"), i, branch)
	{
		clock = json_object_get(branch, "clock");
		if (!json_is_object(clock) || strcmp(text_at(branch, "custody"), "closed") == 0)
			continue;
		markup_put(html, "<li>");
		put_leg(html, branch);
		markup_put(html, " · ");
		put_agency(visit, html, text_at(branch, "holder"));
		markup_put(html, "<br>");
		put_clock(html, clock);
		markup_put(html, "</li>");
	}
	markup_put(html, "</ul></section>");
}

/* ---- can ---- */

static bool is_ours(const struct page_visit *visit, const json_t *can)
{
	const char *acting = text_at(can, "acting");
	return strcmp(*acting ? acting : text_at(can, "who"), visit->own) == 0;
}

static void put_can(struct page_visit *visit, struct markup *html, const json_t *dossier)
{
	size_t i, k;
	json_t *can, *kind;
	unsigned shown = 0;
	markup_put(html,
		   "<section class=\"card screen\" aria-labelledby=\"can\"><h2 id=\"can\">%w</h2><p class=\"acts\">",
		   WORD_can);
	json_array_foreach(json_object_get(dossier, "can"), i, can)
	{
		const json_t *branch = branch_of(dossier, number_at(can, "branch"));
		if (!is_ours(visit, can))
			continue;
		json_array_foreach(json_object_get(can, "kinds"), k, kind)
		{
			const char *name = json_string_value(kind);
			bool leads_on = strcmp(name, "FORWARD") == 0 || strcmp(name, "RESULT") == 0 ||
					strcmp(name, "HANDED_OVER") == 0;
			bool answers = strcmp(name, "ACCEPT") == 0 || strcmp(name, "REFUSE") == 0;
			if (answers && branch && strcmp(text_at(branch, "custody"), "offered") == 0) {
				markup_put(html, "<a class=\"button\" href=\"/page/inbox?dossier=%u",
					   text_at(dossier, "code"));
			} else {
				markup_put(html, "<a class=\"button%s\" href=\"/page/dossiers/%u/acts/%u?branch=%i",
					   leads_on ? "" : " second", text_at(dossier, "code"), name,
					   number_at(can, "branch"));
			}
			put_query(visit, html, "&");
			markup_put(html, "\">%s</a> ", word_of_kind(name, html->language));
			shown++;
		}
	}
	markup_put(html, "</p>");
	markup_put_if(shown == 0, html, "<p>%w</p>", WORD_can_nothing);
	markup_put(html, "</section>");
}

/* ---- papers of the counter ---- */

static bool has_hop(const json_t *dossier, const char *kind)
{
	size_t i;
	json_t *hop;
	json_array_foreach(json_object_get(dossier, "hops"), i, hop)
	{
		if (strcmp(text_at(hop, "kind"), kind) == 0)
			return true;
	}
	return false;
}

static void put_paper(struct page_visit *visit, struct markup *html, const char *code, const char *form,
		      enum page_word name)
{
	markup_put(html, "<li><a href=\"/page/dossiers/%u/forms/%s?lang=%s", code, form, says(visit) ? "vi" : "both");
	put_query(visit, html, "&");
	markup_put(html, "\" type=\"application/pdf\">%w (PDF)</a></li>", name);
}

static void put_papers(struct page_visit *visit, struct markup *html, const json_t *dossier)
{
	static const struct {
		const char *kind, *form;
		enum page_word name;
	} papers[] = { { "REQUEST_SUPPLEMENT", "02", WORD_form_02 },
		       { "REJECT", "03", WORD_form_03 },
		       { "APOLOGY", "04", WORD_form_04 },
		       { "STOP", "05", WORD_form_05 } };
	const char *code = text_at(dossier, "code");
	markup_put(html,
		   "<section class=\"card screen\" aria-labelledby=\"papers\"><h2 id=\"papers\">%w</h2><ul "
		   "class=\"plain\">",
		   WORD_counter_papers);
	if (*text_at(dossier, "received_at"))
		put_paper(visit, html, code, "01", WORD_form_01);
	for (size_t i = 0; i < sizeof(papers) / sizeof(papers[0]); i++) {
		if (has_hop(dossier, papers[i].kind))
			put_paper(visit, html, code, papers[i].form, papers[i].name);
	}
	markup_put(html, "</ul><p class=\"help\">%w</p></section>", WORD_counter_papers_help);
}

/* ---- stays and hops ---- */

static void put_stay(struct page_visit *visit, struct markup *html, const json_t *stay)
{
	const char *to = text_at(stay, "to");
	markup_put(html, "<tr><th scope=\"row\" data-label=\"%w\">", WORD_holder);
	put_agency(visit, html, text_at(stay, "holder"));
	if (*to) {
		markup_put(html, " → ");
		put_agency(visit, html, to);
	}
	markup_put(html, "</th><td data-label=\"%w\">%s</td><td data-label=\"%w\">", WORD_leg, text_at(stay, "leg"),
		   WORD_begun);
	put_time(html, text_at(stay, "begun"));
	markup_put(html, "</td><td data-label=\"%w\">", WORD_ended);
	put_time(html, text_at(stay, "ended"));
	markup_put(html, "</td><td data-label=\"%w\">", WORD_used_minutes);
	put_minutes(html, number_at(stay, "used_minutes"));
	markup_put(html, " / ");
	put_minutes(html, number_at(stay, "allotted_minutes"));
	markup_put(html, "</td><td data-label=\"%w\">", WORD_verdict);
	if (number_at(stay, "verdict"))
		put_name(html, text_at(stay, "verdict_name"));
	markup_put(html, "</td></tr>");
}

static void put_stays(struct page_visit *visit, struct markup *html, const json_t *dossier)
{
	size_t i;
	json_t *stay;
	const json_t *stays = json_object_get(dossier, "stays");
	if (json_array_size(stays) == 0)
		return;
	markup_put(html,
		   "<h2>%w</h2><table><thead><tr><th scope=\"col\">%w</th><th scope=\"col\">%w</th><th "
		   "scope=\"col\">%w</th><th scope=\"col\">%w</th><th scope=\"col\">%w</th><th "
		   "scope=\"col\">%w</th></tr></thead><tbody>",
		   WORD_stays, WORD_holder, WORD_leg, WORD_begun, WORD_ended, WORD_used_minutes, WORD_verdict);
	json_array_foreach(stays, i, stay)
	{
		put_stay(visit, html, stay);
	}
	markup_put(html, "</tbody></table>");
}

static void put_hop(struct page_visit *visit, struct markup *html, const json_t *hop)
{
	size_t i;
	json_t *to;
	markup_put(html, "<li>");
	put_time(html, text_at(hop, "time"));
	markup_put(html, " ");
	put_agency(visit, html, text_at(hop, "sender"));
	markup_put(html, ": ");
	put_kind(html, text_at(hop, "kind"));
	json_array_foreach(json_object_get(hop, "to"), i, to)
	{
		markup_put(html, i == 0 ? " → " : ", ");
		put_agency(visit, html, text_at(to, "agency"));
	}
	markup_put_if(*text_at(hop, "reason"), html, "<br><span class=\"words\">%s</span>", text_at(hop, "reason"));
	markup_put(html, "</li>");
}

static void put_hops(struct page_visit *visit, struct markup *html, const json_t *dossier)
{
	size_t i;
	json_t *hop;
	markup_put(html, "<h2>%w</h2><ol class=\"hops\">", WORD_way);
	json_array_foreach(json_object_get(dossier, "hops"), i, hop)
	{
		put_hop(visit, html, hop);
	}
	markup_put(html, "</ol>");
}

static void put_head(struct page_visit *visit, struct markup *html, const json_t *dossier)
{
	markup_put(
		html,
		"<dl class=\"facts\"><dt>%w</dt><dd><bdi>%s</bdi> <span class=\"code\">%s</span></dd><dt>%w</dt><dd>",
		WORD_procedure, text_at(dossier, "procedure_name"), text_at(dossier, "procedure"), WORD_status);
	markup_put(html, "<span class=\"badge\">%s</span></dd>",
		   text_at(dossier, says(visit) ? "status_name_vi" : "status_name"));
	markup_put(html, "<dt>%w</dt><dd>", WORD_origin);
	put_agency(visit, html, text_at(dossier, "origin"));
	markup_put(html, "</dd>");
	if (*text_at(dossier, "lead")) {
		markup_put(html, "<dt>%w</dt><dd>", WORD_lead);
		put_agency(visit, html, text_at(dossier, "lead"));
		markup_put(html, "</dd>");
	}
	markup_put(html, "<dt>%w</dt><dd>", WORD_opened_at);
	put_time(html, text_at(dossier, "opened_at"));
	markup_put(html, "</dd>");
	if (*text_at(dossier, "received_at")) {
		markup_put(html, "<dt>%w</dt><dd>", WORD_received_at);
		put_time(html, text_at(dossier, "received_at"));
		markup_put(html, "</dd>");
	}
	markup_put(html, "</dl>");
}

/* The broker cannot be asked: what passed through here. */
static void put_local(struct page_visit *visit, struct markup *html, const json_t *dossier)
{
	size_t i;
	json_t *one;
	markup_put(html, "<p class=\"problem\">%w</p><ul class=\"plain\">", WORD_local_only);
	json_array_foreach(json_object_get(dossier, "received"), i, one)
	{
		markup_put(html, "<li><a href=\"/page/inbox/%i", number_at(one, "number"));
		put_query(visit, html, "?");
		markup_put(html, "\">%s</a> ", word_of_kind(text_at(one, "kind"), html->language));
		put_name(html, text_at(one, "state"));
		markup_put(html, "</li>");
	}
	json_array_foreach(json_object_get(dossier, "sent"), i, one)
	{
		markup_put(html, "<li><a href=\"/page/sent/%u", text_at(one, "id"));
		put_query(visit, html, "?");
		markup_put(html, "\">%s</a> ", word_of_kind(text_at(one, "kind"), html->language));
		put_name(html, text_at(one, "state"));
		markup_put(html, "</li>");
	}
	markup_put(html, "</ul><p class=\"acts\"><a class=\"button\" href=\"/page/dossiers/%u/acts/FORWARD",
		   text_at(dossier, "code"));
	put_query(visit, html, "?");
	markup_put(html, "\">%s</a></p>", word_of_kind("FORWARD", html->language));
}

void show_dossier(struct page_visit *visit, struct markup *html)
{
	const json_t *dossier = visit->answer;
	const char *code = text_at(dossier, "code");
	snprintf(visit->title, sizeof(visit->title), "%s %s", word_of(WORD_dossier, visit->language), code);
	if (strcmp(text_at(dossier, "source"), "local") == 0) {
		put_local(visit, html, dossier);
		return;
	}
	put_head(visit, html, dossier);
	markup_put(html, "<div class=\"two\">");
	put_now(visit, html, dossier);
	put_late(visit, html, dossier);
	put_can(visit, html, dossier);
	put_papers(visit, html, dossier);
	markup_put(html, "</div>");
	put_stays(visit, html, dossier);
	put_hops(visit, html, dossier);
	markup_put(html, "<p class=\"acts\"><a href=\"/page/inbox?dossier=%u", code);
	put_query(visit, html, "&");
	markup_put(html, "\">%w</a> <a href=\"/page/sent?dossier=%u", WORD_arrived_of_it, code);
	put_query(visit, html, "&");
	markup_put(html, "\">%w</a></p>", WORD_sent_of_it);
}
