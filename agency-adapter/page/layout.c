/* layout.c: what stands around each page: the office, the way to the other pages, how the broker is reached, the other language. */
#include "visit.h"

#include <string.h>

static void put_place(struct page_visit *visit, struct markup *html, const char *path, enum page_word name)
{
	const char *here = visit->exchange->path;
	size_t len = strlen(path);
	bool is_here = strcmp(path, "/page") == 0 ? strcmp(here, path) == 0 : strncmp(here, path, len) == 0;
	markup_put(html, "<li><a href=\"%s", path);
	put_query(visit, html, "?");
	markup_put(html, is_here ? "\" aria-current=\"page\">%w</a></li>" : "\">%w</a></li>", name);
}

/* An adapter may speak for several offices: one of them is looked at. */
static void put_offices(struct page_visit *visit, struct markup *html)
{
	const struct speaker *speaker = adapter_speaker(visit->exchange->adapter);
	size_t others = 0;
	markup_put(html, "<p class=\"office\">");
	put_agency(visit, html, visit->own);
	markup_put(html, "</p>");
	for (size_t i = 0; i < speaker->agency_count; i++) {
		const char *code = speaker->agencies[i].code;
		if (strcmp(code, visit->own) == 0 || !exchange_may_speak(visit->exchange, code))
			continue;
		markup_put_if(others++ == 0, html, "<ul class=\"offices\" aria-label=\"%w\">", WORD_other_offices);
		markup_put(html, "<li><a href=\"/page?agency=%u\">", code);
		put_agency(visit, html, code);
		markup_put(html, "</a></li>");
	}
	markup_put_if(others, html, "</ul>");
}

static void put_language(struct page_visit *visit, struct markup *html)
{
	bool here = visit->route && strcmp(visit->route->method, "GET") == 0;
	bool vietnamese = visit->language == LT_VIETNAMESE;
	markup_put(html, "<a class=\"language\" lang=\"%s\" hreflang=\"%s\" href=\"%s?lang=%s",
		   vietnamese ? "en" : "vi", vietnamese ? "en" : "vi", here ? visit->exchange->path : "/page",
		   vietnamese ? "en" : "vi");
	put_query(visit, html, "&");
	markup_put(html, "\">%s</a>", vietnamese ? "English" : "Tiếng Việt");
}

void page_layout_begin(struct page_visit *visit, struct markup *html)
{
	bool known = visit->exchange->token != NULL;
	markup_put(html, "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">",
		   visit->language == LT_VIETNAMESE ? "vi" : "en");
	markup_put(html,
		   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		   "<meta name=\"color-scheme\" content=\"light dark\"><title>%s – %w</title>"
		   "<link rel=\"stylesheet\" href=\"/page/style.css\"></head><body>"
		   "<a class=\"skip\" href=\"#main\">%w</a><header>",
		   visit->title, WORD_product, WORD_skip);
	markup_put(html, "<div class=\"top\"><p class=\"product\">%w</p>", WORD_product);
	if (known)
		put_offices(visit, html);
	markup_put(html, "<div class=\"tools\">");
	if (known)
		markup_put(html,
			   adapter_connected(visit->exchange->adapter) ? "<p class=\"link is-on\">%w</p>"
								       : "<p class=\"link is-off\">%w</p>",
			   adapter_connected(visit->exchange->adapter) ? WORD_connected : WORD_not_connected);
	put_language(visit, html);
	if (known) {
		put_form(visit, html, "/page/logout", false);
		markup_put(html, "<button class=\"quiet\">%w (<bdi>%s</bdi>)</button></form>", WORD_log_out,
			   visit->exchange->token->name);
	}
	markup_put(html, "</div></div>");
	if (known) {
		markup_put(html, "<nav aria-label=\"%w\"><ul>", WORD_places);
		put_place(visit, html, "/page", WORD_todo);
		put_place(visit, html, "/page/inbox", WORD_inbox);
		put_place(visit, html, "/page/sent", WORD_sent);
		put_place(visit, html, "/page/dossiers", WORD_dossiers);
		put_place(visit, html, "/page/open", WORD_open);
		markup_put(html, "</ul></nav>");
	}
	markup_put(html, "</header><main id=\"main\" tabindex=\"-1\"><h1>%s</h1>", visit->title);
}

void page_layout_end(struct page_visit *visit, struct markup *html)
{
	(void)visit;
	markup_put(html, "</main></body></html>\n");
}

/* What was refused, in the words of its reason, and each fault by itself. */
void page_layout_problem(struct page_visit *visit, struct markup *html, const json_t *problem)
{
	size_t i;
	json_t *error;
	const json_t *errors = json_object_get(problem, "errors");
	const char *title = text_at(problem, "title");
	(void)visit;
	markup_put(html,
		   "<div class=\"problem\" role=\"alert\" tabindex=\"-1\" id=\"problem\"><p><strong>%s</strong></p>",
		   *title ? title : word_of(WORD_not_possible, html->language));
	markup_put_if(json_array_size(errors) < 2, html, "<p>%s</p>", text_at(problem, "detail"));
	if (json_array_size(errors) > 1) {
		markup_put(html, "<ul>");
		json_array_foreach(errors, i, error)
		{
			markup_put(html, "<li>%s</li>", text_at(error, "detail"));
		}
		markup_put(html, "</ul>");
	}
	markup_put(html, "<p class=\"code\">%s</p></div>", text_at(problem, "code"));
}
