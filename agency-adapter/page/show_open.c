/* show_open.c: a dossier is taken in at the counter. */
#include "visit.h"

#include <stdio.h>
#include <string.h>

static void put_line(struct page_visit *visit, struct markup *html, const char *name, enum page_word word,
		     bool required)
{
	markup_put(html, "<p><label for=\"%s\">%w", name, word);
	markup_put_if(!required, html, " <span class=\"help\">(%w)</span>", WORD_optional);
	markup_put(html, "</label><input id=\"%s\" name=\"%s\" value=\"%s\"", name, name,
		   filled_text(&visit->form, name));
	markup_put(html, required ? " required></p>" : "></p>");
}

static void put_lines(struct page_visit *visit, struct markup *html, const char *name, enum page_word word,
		      enum page_word help)
{
	markup_put(html,
		   "<p><label for=\"%s\">%w <span class=\"help\">(%w)</span></label><textarea id=\"%s\" name=\"%s\" "
		   "rows=\"3\">\n%s</textarea>"
		   "<span class=\"help\">%w</span></p>",
		   name, word, WORD_optional, name, name, filled_text(&visit->form, name), help);
}

void show_procedures(struct page_visit *visit, struct markup *html)
{
	size_t i;
	json_t *one;
	const char *after = text_at(visit->answer, "after");
	snprintf(visit->title, sizeof(visit->title), "%s", word_of(WORD_open, visit->language));
	markup_put(html, "<p>%w</p><ul class=\"choices\">", WORD_which_procedure);
	json_array_foreach(json_object_get(visit->answer, "procedures"), i, one)
	{
		if (!true_at(one, "in_force"))
			continue;
		markup_put(html, "<li><a href=\"/page/open/%u", text_at(one, "code"));
		put_query(visit, html, "?");
		markup_put(html, "\"><bdi>%s</bdi> <span class=\"code\">%s</span></a></li>", text_at(one, "name"),
			   text_at(one, "code"));
	}
	markup_put(html, "</ul>");
	if (!*after)
		return;
	markup_put(html, "<p><a href=\"/page/open?after=%u", after);
	put_query(visit, html, "&");
	markup_put(html, "\">%w</a></p>", WORD_more);
}

/* What the route chooses agencies and ways by: some of it is learned later, so none is demanded here. */
static void put_route_fields(struct page_visit *visit, struct markup *html)
{
	size_t i;
	json_t *name;
	const json_t *fields = json_object_get(visit->answer, "fields");
	if (json_array_size(fields) == 0)
		return;
	markup_put(html, "<fieldset><legend>%w</legend><p class=\"help\">%w</p>", WORD_fields, WORD_fields_help);
	json_array_foreach(fields, i, name)
	{
		char member[128];
		snprintf(member, sizeof(member), FILLED_ROUTE_FIELD "%.100s", json_string_value(name));
		markup_put(html, "<p><label for=\"%s\">%s</label><input id=\"%s\" name=\"%s\" value=\"%s\"></p>",
			   member, json_string_value(name), member, member, filled_text(&visit->form, member));
	}
	markup_put(html, "</fieldset>");
}

static void put_channel(struct page_visit *visit, struct markup *html)
{
	static const struct {
		const char *value;
		enum page_word name;
	} ways[] = { { "counter", WORD_way_counter }, { "online", WORD_way_online }, { "post", WORD_way_post } };
	markup_put(html, "<p><label for=\"channel\">%w</label><select id=\"channel\" name=\"channel\">", WORD_channel);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		markup_put(html,
			   strcmp(filled_text(&visit->form, "channel"), ways[i].value) == 0
				   ? "<option value=\"%s\" selected>%w</option>"
				   : "<option value=\"%s\">%w</option>",
			   ways[i].value, ways[i].name);
	markup_put(html, "</select></p>");
}

void show_open(struct page_visit *visit, struct markup *html)
{
	const char *code = visit->exchange->segments[0];
	char action[EXCHANGE_SEGMENT_MAX + 16];
	snprintf(visit->title, sizeof(visit->title), "%s", word_of(WORD_open, visit->language));
	markup_put(html, "<p><bdi>%s</bdi> <span class=\"code\">%s</span></p>", text_at(visit->answer, "name"), code);
	snprintf(action, sizeof(action), "/page/open/%s", code);
	put_form(visit, html, action, true);
	markup_put(html, "<div class=\"card form\">");
	put_key(visit, html);
	markup_put(html, "<fieldset><legend>%w</legend>", WORD_applicant);
	put_line(visit, html, "name", WORD_name, true);
	put_line(visit, html, "address", WORD_address, false);
	put_line(visit, html, "phone", WORD_phone, false);
	put_line(visit, html, "email", WORD_email, false);
	markup_put(html, "</fieldset>");
	put_line(visit, html, "subject", WORD_subject, false);
	put_lines(visit, html, "papers", WORD_papers_brought, WORD_papers_brought_help);
	put_channel(visit, html);
	put_route_fields(visit, html);
	put_line(visit, html, "foreign", WORD_foreign, false);
	put_line(visit, html, "code", WORD_own_code, false);
	put_files(visit, html);
	markup_put(html, "<p><button>%w</button></p></div></form>", WORD_take_in);
}
