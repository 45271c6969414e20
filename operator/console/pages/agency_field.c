/* agency_field.c: which agency is meant. */
#include "agency_field.h"

#include <string.h>

/* False: the copy cannot tell; then what was written is held for a code. */
static bool look_up(struct visit *visit, const char *typed, struct project_named *out)
{
	struct project_reader *reader = desk_reader(desk_of(visit));
	bool told = reader && project_read_named(reader, typed, out) == LT_OK;
	for (size_t i = 0; told && i < out->count; i++) { /* its texts are the reader's */
		struct project_known *known = &out->list[i];
		const char **texts[] = { &known->code, &known->name, &known->name_en };
		for (size_t k = 0; k < 3 && told; k++)
			told = (*texts[k] = visit_keep(visit, *texts[k])) != NULL;
	}
	desk_give(desk_of(visit), reader);
	return told;
}

const char *agency_field_code(struct visit *visit, const char *name)
{
	const char *typed = visit_query(visit, name);
	struct project_named named;
	if (!*typed || !look_up(visit, typed, &named))
		return typed;
	return named.count == 1 ? named.list[0].code : NULL;
}

void agency_field_put(struct visit *visit, const char *name, const char *vietnamese, const char *english)
{
	html_put(&visit->html, "<label>%L<input name=%s value=\"%s\" size=18 maxlength=200></label>", vietnamese,
		 english, name, visit_query(visit, name));
}

static const char *name_of(const struct visit *visit, const struct project_known *agency)
{
	return visit->html.language == LT_ENGLISH && agency->name_en[0] ? agency->name_en : agency->name;
}

static void put_choice(struct visit *visit, const char *name, const struct project_named *named)
{
	struct html *html = &visit->html;
	for (size_t i = 0; i < named->count; i++) {
		html_raw(html, i ? ", <a href=\"" : " <a href=\"");
		layout_put_here_but(visit, name);
		html_put(html, "%s=%U\">%S</a> <span class=\"dim nowrap\">%s</span>", name, named->list[i].code,
			 name_of(visit, &named->list[i]), named->list[i].code);
	}
	html_put(html, "%s</p>", named->more ? " …" : "");
}

void agency_field_put_found(struct visit *visit, const char *name)
{
	const char *typed = visit_query(visit, name);
	struct project_named named;
	struct html *html = &visit->html;
	if (!*typed || !look_up(visit, typed, &named) || (named.count == 1 && strcmp(named.list[0].code, typed) == 0))
		return;
	if (named.count == 0) {
		html_put(html, "<p class=\"banner warn\" role=alert>%L <strong>%S</strong>.</p>",
			 "Không có cơ quan nào có mã hoặc tên", "There is no agency with the code or name", typed);
	} else if (named.count == 1) {
		html_put(html, "<p><strong>%S</strong> → %S <span class=\"dim nowrap\">%s</span></p>", typed,
			 name_of(visit, &named.list[0]), named.list[0].code);
	} else {
		html_put(html, "<p class=\"banner warn\" role=alert>%L <strong>%S</strong>: %L", "Nhiều cơ quan có tên",
			 "Several agencies go by", typed, "hãy chọn", "choose");
		put_choice(visit, name, &named);
	}
}
