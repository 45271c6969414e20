/* act_fields.c: the fields of an act: those that the list of kinds says that its kind has, and no other. */
#include "visit.h"

#include "wire/kind.h"

#include <stdio.h>
#include <string.h>

static const char *written(const struct page_visit *visit, const char *name)
{
	return filled_text(&visit->form, name);
}

/* Whether what was refused was this member. */
static bool is_wrong(const struct page_visit *visit, const char *member)
{
	size_t i, len = strlen(member);
	json_t *error;
	json_array_foreach(json_object_get(visit->problem, "errors"), i, error)
	{
		const char *pointer = text_at(error, "pointer");
		if (*pointer == '/' && strncmp(pointer + 1, member, len) == 0 &&
		    (pointer[1 + len] == '\0' || pointer[1 + len] == '/'))
			return true;
	}
	return false;
}

static void put_label(struct markup *html, const char *name, enum page_word word, bool required)
{
	markup_put(html, "<p><label for=\"%s\">%w", name, word);
	markup_put_if(!required, html, " <span class=\"help\">(%w)</span>", WORD_optional);
	markup_put(html, "</label>");
}

static void put_marks(struct page_visit *visit, struct markup *html, const char *member, bool required)
{
	markup_put_if(required, html, " required");
	markup_put_if(is_wrong(visit, member), html, " aria-invalid=\"true\" aria-describedby=\"problem\"");
}

static void put_line(struct page_visit *visit, struct markup *html, const char *name, enum page_word word,
		     const char *type, bool required)
{
	put_label(html, name, word, required);
	markup_put(html, "<input id=\"%s\" name=\"%s\" type=\"%s\" value=\"%s\"", name, name, type,
		   written(visit, name));
	put_marks(visit, html, name, required);
	markup_put(html, "></p>");
}

static void put_lines(struct page_visit *visit, struct markup *html, const char *name, enum page_word word,
		      enum page_word help, bool required)
{
	put_label(html, name, word, required);
	markup_put(html, "<textarea id=\"%s\" name=\"%s\" rows=\"3\"", name, name);
	put_marks(visit, html, name, required);
	markup_put(html, ">\n%s</textarea>", written(visit, name));
	markup_put_if(help != WORD_none, html, "<span class=\"help\">%w</span>", help);
	markup_put(html, "</p>");
}

struct choice {
	const char *value;
	enum page_word name;
};

static void put_choices(struct page_visit *visit, struct markup *html, const char *name, enum page_word word,
			const struct choice *choices, bool required)
{
	put_label(html, name, word, required);
	markup_put(html, "<select id=\"%s\" name=\"%s\"", name, name);
	put_marks(visit, html, name, required);
	markup_put(html, "><option value=\"\">%w</option>", WORD_choose);
	for (; choices->value; choices++)
		markup_put(html,
			   strcmp(written(visit, name), choices->value) == 0
				   ? "<option value=\"%s\" selected>%w</option>"
				   : "<option value=\"%s\">%w</option>",
			   choices->value, choices->name);
	markup_put(html, "</select></p>");
}

static const struct choice ways[] = {
	{ "counter", WORD_way_counter }, { "online", WORD_way_online }, { "post", WORD_way_post }, { NULL, WORD_none }
};
static const struct choice agreements[] = { { "yes", WORD_agree_yes },
					    { "with_conditions", WORD_agree_conditions },
					    { "no", WORD_agree_no },
					    { NULL, WORD_none } };
static const struct choice traces[] = {
	{ "4", WORD_trace_4 }, { "5", WORD_trace_5 }, { "6", WORD_trace_6 }, { NULL, WORD_none }
};

static bool needs(enum kind_presence presence)
{
	return presence == KIND_REQUIRED;
}

static bool may(enum kind_presence presence)
{
	return presence != KIND_ABSENT && presence != KIND_LATER;
}

void put_fields(struct page_visit *visit, struct markup *html, const char *name)
{
	enum lt_kind number;
	const struct kind *kind = lt_kind_find(name, &number) ? NULL : kind_find((int)number);
	if (!kind)
		return;
	if (may(kind->agree))
		put_choices(visit, html, "agree", WORD_agree, agreements, needs(kind->agree));
	if (may(kind->trace))
		put_choices(visit, html, "trace", WORD_trace, traces, needs(kind->trace));
	put_line(visit, html, "subject", WORD_subject, "text", false);
	if (may(kind->reason))
		put_lines(visit, html, "reason", WORD_reason, WORD_none, needs(kind->reason));
	if (may(kind->items))
		put_lines(visit, html, "items", WORD_items, WORD_one_a_line, needs(kind->items));
	if (may(kind->amount))
		put_line(visit, html, "amount", WORD_amount, "number", needs(kind->amount));
	if (may(kind->due_at))
		put_line(visit, html, "due_at", WORD_due_at, "datetime-local", needs(kind->due_at));
	if (may(kind->hand_over)) {
		put_choices(visit, html, "manner", WORD_manner, ways, needs(kind->hand_over));
		put_line(visit, html, "handed_at", WORD_handed_at, "datetime-local", false);
	}
	if (may(kind->channel))
		put_choices(visit, html, "channel", WORD_channel, ways, needs(kind->channel));
	if (may(kind->facts))
		put_lines(visit, html, "facts", WORD_facts, WORD_name_value, needs(kind->facts));
	if (may(kind->results))
		put_lines(visit, html, "results", WORD_results, WORD_name_value, needs(kind->results));
	if (may(kind->ground))
		put_line(visit, html, "ground", WORD_ground, "text", false);
	if (may(kind->late_reason)) {
		put_line(visit, html, "late_code", WORD_late_code, "text", false);
		put_line(visit, html, "late_words", WORD_late_words, "text", false);
	}
}

void put_files(struct page_visit *visit, struct markup *html)
{
	size_t i;
	json_t *part;
	markup_put(html,
		   "<p><label for=\"files\">%w <span class=\"help\">(%w)</span></label>"
		   "<input id=\"files\" name=\"files\" type=\"file\" multiple aria-describedby=\"files-help\">"
		   "<span class=\"help\" id=\"files-help\">%w</span></p>",
		   WORD_files, WORD_optional, WORD_files_help);
	if (json_array_size(visit->parts) == 0)
		return;
	markup_put(html, "<fieldset><legend>%w</legend>", WORD_files_here);
	json_array_foreach(visit->parts, i, part)
	{
		markup_put(html,
			   "<label class=\"tick\"><input type=\"checkbox\" name=\"part\" checked value=\"%s %s %s\"> "
			   "<bdi>%s</bdi></label>",
			   text_at(part, "sha256"), text_at(part, "media_type"), text_at(part, "name"),
			   text_at(part, "name"));
	}
	markup_put(html, "</fieldset>");
}

/* One key a form: whoever sends it twice has sent it once. */
void put_key(struct page_visit *visit, struct markup *html)
{
	char key[VISIT_KEY];
	const char *before = written(visit, "key");
	if (strlen(before) != VISIT_KEY - 1)
		page_visit_new_key(key);
	else
		memcpy(key, before, VISIT_KEY);
	markup_put(html, "<input type=\"hidden\" name=\"key\" value=\"%s\">", key);
}
