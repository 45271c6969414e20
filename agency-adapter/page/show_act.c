/* show_act.c: an act about a dossier is filled in: to whom, what the kind has, files. */
#include "visit.h"

#include "wire/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The branch that the address names, else the first that is this office's. */
static const json_t *branch_meant(const struct page_visit *visit)
{
	const char *asked = exchange_query_text(visit->exchange, "branch");
	const json_t *branches = json_object_get(visit->answer, "branches");
	long long number = asked && strlen(asked) < 10 ? atoll(asked) : 0;
	size_t i;
	json_t *branch;
	json_array_foreach(branches, i, branch)
	{
		const char *acting = text_at(branch, "acting"), *holder = *acting ? acting : text_at(branch, "holder");
		if (number ? number_at(branch, "branch") == number : strcmp(holder, visit->own) == 0)
			return branch;
	}
	return json_array_get(branches, 0);
}

/* As a box of the form has it: "H37.11 doi-chieu", or the office alone. */
static void recipient_value(const json_t *to, char out[2 * EXCHANGE_SEGMENT_MAX])
{
	const char *leg = text_at(to, "leg");
	snprintf(out, (size_t)(2 * EXCHANGE_SEGMENT_MAX), "%.95s%s%.95s", text_at(to, "agency"), *leg ? " " : "", leg);
}

static void put_recipient(struct page_visit *visit, struct markup *html, const json_t *to, bool all)
{
	const char *leg = text_at(to, "leg");
	char value[2 * EXCHANGE_SEGMENT_MAX];
	recipient_value(to, value);
	markup_put(html, "<label class=\"tick\"><input type=\"checkbox\" name=\"to\" value=\"%s\"", value);
	markup_put_if(visit->form.count ? filled_has(&visit->form, "to", value) : all, html, " checked");
	markup_put(html, "> ");
	put_agency(visit, html, text_at(to, "agency"));
	markup_put_if(*leg, html, " <span class=\"help\">%w %s</span>", WORD_leg, leg);
	markup_put(html, "</label>");
}

static void put_recipients(struct page_visit *visit, struct markup *html, const struct suggestion *suggestion)
{
	size_t i;
	json_t *to;
	const struct lt_directory *directory = directory_current_directory(visit->directory);
	markup_put(html, "<fieldset><legend>%w</legend>", WORD_to);
	json_array_foreach(suggestion->to, i, to)
	{
		put_recipient(visit, html, to, suggestion->all);
	}
	markup_put(html,
		   "<p><label for=\"to_other\">%w <span class=\"help\">(%w)</span></label>"
		   "<input id=\"to_other\" name=\"to_other\" list=\"agencies\" autocomplete=\"off\" value=\"%s\" "
		   "aria-describedby=\"to-help\">"
		   "<span class=\"help\" id=\"to-help\">%w</span></p><datalist id=\"agencies\">",
		   WORD_to_other, WORD_optional, filled_text(&visit->form, "to_other"), WORD_to_other_help);
	for (size_t k = 0; directory && k < lt_directory_count(directory); k++)
		markup_put(html, "<option value=\"%s\">%s</option>", lt_directory_at(directory, k)->code,
			   lt_directory_at(directory, k)->name);
	markup_put(html, "</datalist></fieldset>");
}

/* Of several parallel branches the one is named, at the version that was seen. */
static void put_branch(struct page_visit *visit, struct markup *html, const json_t *branch)
{
	if (json_array_size(json_object_get(visit->answer, "branches")) < 2)
		return;
	markup_put(html,
		   "<input type=\"hidden\" name=\"branch\" value=\"%i\"><input type=\"hidden\" name=\"branch_version\" "
		   "value=\"%i\"><p>%w %i: %s</p>",
		   number_at(branch, "branch"), number_at(branch, "version"), WORD_branch, number_at(branch, "branch"),
		   text_at(branch, "leg_name"));
}

void show_act(struct page_visit *visit, struct markup *html)
{
	const char *kind = visit->exchange->segments[1], *code = visit->exchange->segments[0];
	const json_t *branch = branch_meant(visit);
	struct suggestion suggestion;
	char action[2 * EXCHANGE_SEGMENT_MAX + 48];
	enum lt_kind number;
	snprintf(visit->title, sizeof(visit->title), "%s", word_of_kind(kind, visit->language));
	if (lt_kind_find(kind, &number) || !kind_find((int)number) || kind_is_notice(number)) {
		markup_put(html, "<p class=\"none\">%w</p>", WORD_no_such_act);
		return;
	}
	suggest(visit, kind, branch, &suggestion);
	snprintf(action, sizeof(action), "/page/dossiers/%s/acts/%s%s%s", code, kind, branch ? "?branch=" : "", "");
	if (branch)
		snprintf(action + strlen(action), sizeof(action) - strlen(action), "%lld", number_at(branch, "branch"));
	markup_put(html, "<p><a href=\"/page/dossiers/%u", code);
	put_query(visit, html, "?");
	markup_put(html, "\">%w %s</a> <bdi>%s</bdi></p>", WORD_dossier, code,
		   text_at(visit->answer, "procedure_name"));
	markup_put_if(strcmp(text_at(visit->answer, "source"), "local") == 0, html, "<p class=\"problem\">%w</p>",
		      WORD_local_only);
	put_form(visit, html, action, true);
	markup_put(html, "<div class=\"card form\">");
	put_key(visit, html);
	markup_put_if(*suggestion.answers, html, "<input type=\"hidden\" name=\"in_reply_to\" value=\"%s\">",
		      suggestion.answers);
	put_branch(visit, html, branch);
	put_recipients(visit, html, &suggestion);
	put_fields(visit, html, kind);
	put_files(visit, html);
	markup_put(html, "<p><button>%w: %s</button></p></div></form>", WORD_sign_and_send,
		   word_of_kind(kind, visit->language));
	json_decref(suggestion.to);
}
