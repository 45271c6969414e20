/* page_reports.c: what a province reports, counted out of the copy by the room `report`, and the dossiers behind each number. */
#include "pages.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

#include "names.h"
#include "report/report.h"

#define DAY INT64_C(86400000000)

static const struct {
	enum report_kind kind;
	const char *vietnamese, *english;
} kinds[] = {
	{ REPORT_AGENCIES, "Theo cơ quan", "By agency" },
	{ REPORT_SECTORS, "Theo lĩnh vực", "By sector" },
	{ REPORT_PROCEDURES, "Theo thủ tục", "By procedure" },
	{ REPORT_CHANNELS, "Theo cách nộp", "By channel" },
	{ REPORT_DELAYS, "Ai làm trễ", "Who caused delays" },
	{ REPORT_LEGS, "Bước hay trễ", "Legs that overrun" },
	{ REPORT_REASONS, "Lý do trễ", "Reasons" },
	{ REPORT_RANKING, "Xếp hạng", "Ranking" },
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static int64_t day_of(const char *text)
{
	char full[40];
	int64_t time;
	if (strlen(text) != 10)
		return 0;
	snprintf(full, sizeof(full), "%sT00:00:00+07:00", text);
	return lt_time_parse(full, &time) == LT_OK ? time : 0;
}

static const char *asked(struct visit *visit, const char *name)
{
	const char *value = visit_query(visit, name);
	return *value ? value : NULL;
}

static void read_question(struct visit *visit, struct report_question *out)
{
	int64_t until = day_of(visit_query(visit, "until"));
	enum report_kind kind = report_find(visit_query(visit, "report"));
	*out = (struct report_question){ .kind = kind ? kind : REPORT_AGENCIES,
					 .from = day_of(visit_query(visit, "from")),
					 .until = until ? until + DAY : 0, /* the last day is in it */
					 .agency = asked(visit, "agency"),
					 .procedure = asked(visit, "procedure"),
					 .level = (enum lt_level)visit_query_number(visit, "level"),
					 .column = asked(visit, "column"),
					 .key = asked(visit, "key") };
	if (out->kind == REPORT_RANKING && out->level == 0)
		out->level = LT_LEVEL_DISTRICT;
}

static void put_form(struct visit *visit, const struct report_question *question)
{
	struct html *html = &visit->html;
	html_put(html, "<form class=filters action=/reports><label>%L<select name=report>", "Báo cáo", "Report");
	for (size_t i = 0; i < KINDS; i++)
		html_put(html, "<option value=%s%s>%L", report_name(kinds[i].kind),
			 kinds[i].kind == question->kind ? " selected" : "", kinds[i].vietnamese, kinds[i].english);
	html_put(html,
		 "</select></label><label>%L<input type=date name=from value=\"%s\"></label><label>%L<input type=date "
		 "name=until "
		 "value=\"%s\"></label><label>%L<input name=agency value=\"%s\" size=12 "
		 "maxlength=64></label><label>%L<input "
		 "name=procedure value=\"%s\" size=12 maxlength=64></label>",
		 "Từ ngày", "From", visit_query(visit, "from"), "đến hết ngày", "to", visit_query(visit, "until"),
		 "Cơ quan (mã)", "Agency (code)", visit_query(visit, "agency"), "Thủ tục (mã)", "Procedure (code)",
		 visit_query(visit, "procedure"));
	if (question->kind == REPORT_RANKING) {
		static const char *const levels[][2] = { { "xã", "communes" },
							 { "huyện", "districts" },
							 { "sở", "departments" } };
		html_put(html, "<label>%L<select name=level>", "Loại cơ quan", "Kind of office");
		for (unsigned i = 0; i < 3; i++)
			html_put(html, "<option value=%i%s>%L", i + 1,
				 (unsigned)question->level == i + 1 ? " selected" : "", levels[i][0], levels[i][1]);
		html_raw(html, "</select></label>");
	}
	html_put(html, "<button>%L</button></form>", "Xem", "Show");
}

/* The present report with one number opened. */
static void put_opened(struct visit *visit, const char *column, const char *key)
{
	static const char *const kept[] = { "report", "from", "until", "agency", "procedure", "level" };
	struct html *html = &visit->html;
	html_raw(html, "/reports?");
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (*visit_query(visit, kept[i]))
			html_put(html, "%s=%U&amp;", kept[i], visit_query(visit, kept[i]));
	}
	html_put(html, "column=%U", column);
	if (key)
		html_put(html, "&amp;key=%U", key);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "";
}

static const char *said(struct visit *visit, const json_t *object)
{
	return text_of(object, visit->html.language == LT_ENGLISH ? "en" : "vi");
}

static void put_value(struct visit *visit, const json_t *column, const json_t *row, const char *key)
{
	struct html *html = &visit->html;
	const char *id = text_of(column, "id");
	const json_t *value = json_object_get(row, id);
	char text[1024];
	report_text(column, value, text, sizeof(text));
	html_put(html, "<td%s data-l=\"%s\">", json_is_number(value) ? " class=number" : "", said(visit, column));
	if (strcmp(text_of(column, "unit"), "dossier") == 0 && json_is_string(value))
		html_put(html, "<a href=\"/dossiers/%U\">%s</a>", text, text);
	else if (json_is_true(json_object_get(column, "opens")) && json_is_number(value) &&
		 json_number_value(value) > 0) {
		html_raw(html, "<a href=\"");
		put_opened(visit, id, key);
		html_put(html, "\">%s</a>", text);
	} else {
		html_put(html, "%S", text);
	}
}

static void put_row(struct visit *visit, const json_t *columns, const json_t *row, const char *key, const char *css)
{
	html_put(&visit->html, "<tr%s>", css);
	for (size_t i = 0; i < json_array_size(columns); i++)
		put_value(visit, json_array_get(columns, i), row, key);
}

static void put_document(struct visit *visit, const json_t *document)
{
	struct html *html = &visit->html;
	const json_t *columns = json_object_get(document, "columns"), *rows = json_object_get(document, "rows");
	const json_t *total = json_object_get(document, "total"), *notes = json_object_get(document, "notes");
	html_put(html, "<h2>%S <span class=dim>%s – %s</span></h2>",
		 text_of(document, html->language == LT_ENGLISH ? "title" : "title_vi"), text_of(document, "from"),
		 text_of(document, "until"));
	if (json_array_size(rows) == 0)
		html_put(html, "<p class=empty>%L</p>", "Không có số liệu trong kỳ này.", "Nothing in this period.");
	html_put(html, "<div class=scroll tabindex=0 role=group aria-label=\"%L\"><table class=stack><thead><tr>",
		 "Báo cáo", "Report");
	for (size_t i = 0; i < json_array_size(columns); i++)
		html_put(html, "<th scope=col>%s", said(visit, json_array_get(columns, i)));
	html_raw(html, "</thead><tbody>");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);
		put_row(visit, columns, row, text_of(row, "key"), "");
	}
	if (json_is_object(total) && json_object_size(total) > 0)
		put_row(visit, columns, total, NULL, " class=total");
	html_raw(html, "</tbody></table></div>");
	for (size_t i = 0; i < json_array_size(notes); i++)
		html_put(html, "<p class=dim>%s</p>", said(visit, json_array_get(notes, i)));
}

/* Makes the report; NULL: why not is said in the page. */
static json_t *make(struct visit *visit, const struct report_question *question, char why[REPORT_WHY])
{
	struct report_source *source = NULL;
	json_t *document = NULL;
	why[0] = '\0';
	if (report_open(desk_path(desk_of(visit)), &source, why) == LT_OK &&
	    report_make(source, question, &document) != LT_OK)
		snprintf(why, REPORT_WHY, "%s", report_why(source));
	report_close(source);
	return document;
}

static void give_csv(struct visit *visit, const json_t *document)
{
	lt_buf_clear(&visit->html.bytes);
	if (report_csv(document, visit->html.language == LT_VIETNAMESE, &visit->html.bytes))
		visit->html.failed = true;
	visit->type = "text/csv; charset=utf-8";
	snprintf(visit->file, sizeof(visit->file), "%.60s.csv", text_of(document, "report"));
}

void page_reports(struct visit *visit)
{
	struct report_question question;
	char why[REPORT_WHY];
	read_question(visit, &question);
	json_t *document = make(visit, &question, why);
	visit->live = NULL; /* a report is of its moment */
	if (document && strcmp(visit_query(visit, "as"), "csv") == 0) {
		give_csv(visit, document);
		json_decref(document);
		return;
	}
	layout_begin(visit, PLACE_REPORTS, "Báo cáo", "Reports");
	put_form(visit, &question);
	if (document) {
		put_document(visit, document);
		html_raw(&visit->html, "<p class=screen><a href=\"");
		layout_put_here(visit);
		html_put(&visit->html, "as=csv\">CSV</a></p>");
	} else {
		html_put(&visit->html, "<p class=\"banner warn\" role=alert>%L <span class=dim>%s</span></p>",
			 "Chưa làm được báo cáo này.", "This report cannot be made.", why);
	}
	uint64_t sequence = document ? (uint64_t)json_integer_value(json_object_get(document, "sequence")) : 0;
	json_decref(document);
	layout_end(visit, sequence, 0);
}
