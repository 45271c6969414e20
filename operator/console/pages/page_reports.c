/* page_reports.c: what the room `report` counts, as tables: each number opens what lies behind it, and a bar shows what the row comes to.
 * /reports?report=NAME; with column= (and one=1, key=: of one row) what is behind its numbers; with as=csv the same as a file. */
#include "pages.h"

#include <stdio.h>
#include <string.h>

#include "agency_field.h"
#include "names.h"
#include "report/ranking.h"
#include "report/report.h"
#include "words.h"

#include <lienthong/time.h>

enum {
	ROWS_SHOWN = 500,
	ROWS_FILED = 20000
}; /* of a page; of a file: about 10 MiB while it is made. lienthong report has no such end */
#define BAR 120

static const struct {
	enum report_kind kind;
	const char *vietnamese, *english;
} reports[] = {
	{ REPORT_AGENCIES, "Cơ quan", "Agencies" },     { REPORT_SECTORS, "Lĩnh vực", "Sectors" },
	{ REPORT_PROCEDURES, "Thủ tục", "Procedures" }, { REPORT_CHANNELS, "Kênh", "Channels" },
	{ REPORT_DELAYS, "Ai làm chậm", "Delays" },     { REPORT_LEGS, "Chặng quá hạn", "Legs" },
	{ REPORT_REASONS, "Lý do", "Reasons" },         { REPORT_RANKING, "Xếp hạng", "Ranking" },
};
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* ---- the answer ---- */

/* One of the files of the ranking. LT_EINVAL with the reason: it cannot be read, or does not hold. */
static enum lt_err read_file(const char *path, enum lt_err (*read)(struct ranking *, struct lt_bytes, char *),
			     struct ranking *out, char why[REPORT_WHY])
{
	struct lt_buf bytes = { 0 };
	char what[REPORT_WHY] = "";
	if (!path)
		return LT_OK;
	enum lt_err err = lt_file_read(path, RANKING_FILE_MAX, &bytes);
	if (!err)
		err = read(out, lt_buf_bytes(&bytes), what);
	if (err)
		snprintf(why, REPORT_WHY, "%.80s: %.100s", path, what[0] ? what : lt_err_text(err));
	lt_buf_fini(&bytes);
	return err;
}

static enum lt_err make(struct visit *visit, const struct report_question *question, json_t **out, char why[REPORT_WHY])
{
	struct report_source *source = NULL;
	struct report_question asked = *question;
	struct desk *desk = desk_of(visit);
	struct ranking ranking;
	enum lt_err err = LT_OK;
	if (!desk_begin_report(visit))
		return LT_EAGAIN;
	ranking_init(&ranking);
	asked.ranking = &ranking;
	if (asked.kind == REPORT_RANKING)
		err = read_file(desk_weights(desk), ranking_read_weights, &ranking, why);
	if (!err && asked.kind == REPORT_RANKING)
		err = read_file(desk_values(desk), ranking_read_values, &ranking, why);
	if (err)
		err = LT_EIO; /* not the browser's fault */
	else if (!(err = report_open(desk_path(desk), &source, why))) {
		err = report_make(source, &asked, out);
		snprintf(why, REPORT_WHY, "%s", report_why(source));
	}
	report_close(source);
	desk_end_report(visit);
	ranking_fini(&ranking);
	return err;
}

/* What else is asked for. */
static void put_kept(struct visit *visit)
{
	static const char *const kept[] = { "agency", "procedure", "level" };
	for (size_t i = 0; i < COUNT(kept); i++) {
		const char *value = visit_query(visit, kept[i]);
		if (value[0])
			html_put(&visit->html, "&amp;%s=%U", kept[i], value);
	}
}

/* The address of a report of the same period, and what else is asked for, but not what is opened. */
static void put_address(struct visit *visit, const json_t *document, enum report_kind kind)
{
	html_put(&visit->html, "/reports?report=%s", report_name(kind));
	if (document)
		html_put(&visit->html, "&amp;from=%U&amp;until=%U",
			 json_string_value(json_object_get(document, "from")),
			 json_string_value(json_object_get(document, "until")));
	put_kept(visit);
}

/* The address of this table, and what of it is opened, but not its order. */
static void put_opened(struct visit *visit, const json_t *document, const struct report_question *question)
{
	put_address(visit, document, question->kind);
	if (question->column)
		html_put(&visit->html, "&amp;column=%U", question->column);
	if (question->key)
		html_put(&visit->html, "&amp;one=1&amp;key=%U", question->key);
}

/* ---- above the table ---- */

static void put_reports(struct visit *visit, const json_t *document, enum report_kind kind)
{
	html_put(&visit->html, "<nav class=tabs aria-label=\"%L\"><ul>", "Các báo cáo", "Reports");
	for (size_t i = 0; i < COUNT(reports); i++) {
		html_raw(&visit->html, "<li><a href=\"");
		put_address(visit, document, reports[i].kind);
		html_put(&visit->html, "\"%s>%L</a>", reports[i].kind == kind ? " aria-current=page" : "",
			 reports[i].vietnamese, reports[i].english);
	}
	html_raw(&visit->html, "</ul></nav>");
}

static void put_filters(struct visit *visit, const json_t *document, const struct report_question *question)
{
	struct html *html = &visit->html;
	html_put(
		html,
		"<form class=filters action=/reports><input type=hidden name=report value=%s><label>%L<input type=date "
		"name=from value=\"%s\"></label>",
		report_name(question->kind), "Từ ngày", "From", json_string_value(json_object_get(document, "from")));
	html_put(html, "<label>%L<input type=date name=until value=\"%s\"></label>", "đến hết ngày", "until",
		 json_string_value(json_object_get(document, "until")));
	agency_field_put(visit, "agency", "Cơ quan", "Agency");
	html_put(html, "<label>%L<input name=procedure value=\"%s\" size=12></label>", "Thủ tục (mã)",
		 "Procedure (code)", visit_query(visit, "procedure"));
	if (question->kind == REPORT_RANKING)
		pages_report_levels(visit, question->level);
	html_put(html, "<button>%L</button></form><p class=screen><a href=\"", "Xem", "Show");
	put_opened(visit, document, question);
	if (question->sort)
		html_put(html, "&amp;sort=%U", question->sort);
	html_put(html, "&amp;as=csv\">%L</a>", "Tải CSV", "CSV");
	if (question->kind == REPORT_DELAYS) {
		html_put(html, " · <a href=\"/reports/delays.zip?from=%U&amp;until=%U",
			 json_string_value(json_object_get(document, "from")),
			 json_string_value(json_object_get(document, "until")));
		put_kept(visit);
		html_put(html, "\">%L</a>", "Trích lục có chữ ký của trục", "Extract signed by the broker");
	}
	html_raw(html, "</p>");
	agency_field_put_found(visit, "agency");
}

/* ---- the table ---- */

struct reported {
	struct visit *visit;
	const json_t *document;
	const struct report_question *question;
	size_t count;
	json_t *from[REPORT_COLUMNS_MAX]; /* columns of the document */
	struct column columns[REPORT_COLUMNS_MAX + 1];
	const char *bar; /* id of the number from 0 to 1 that the bar shows; NULL: none */
};

static bool is_number(const json_t *column)
{
	const char *unit = json_string_value(json_object_get(column, "unit"));
	return strcmp(unit, "code") != 0 && strcmp(unit, "text") != 0 && strcmp(unit, "dossier") != 0 &&
	       strcmp(unit, "time") != 0;
}

static void choose_columns(struct reported *sheet)
{
	static const char *const bars[] = { "rate_open", "share", "rate", "score" };
	size_t i;
	json_t *column;
	json_array_foreach(json_object_get(sheet->document, "columns"), i, column)
	{
		const char *id = json_string_value(json_object_get(column, "id"));
		if (sheet->count == REPORT_COLUMNS_MAX || (i > 0 && report_is_empty(sheet->document, column)))
			continue;
		for (size_t b = 0; b < COUNT(bars) && !sheet->question->column; b++)
			sheet->bar = !sheet->bar && strcmp(bars[b], id) == 0 ? bars[b] : sheet->bar;
		sheet->from[sheet->count] = column;
		sheet->columns[sheet->count++] = (struct column){ json_string_value(json_object_get(column, "vi")),
								  json_string_value(json_object_get(column, "en")),
								  i == 0              ? "head"
								  : is_number(column) ? "number"
										      : NULL };
	}
	if (sheet->bar)
		sheet->columns[sheet->count] = (struct column){ "Biểu đồ", "Chart", NULL };
}

/* The dossiers behind a number, or a dossier's own page. */
static bool put_link(struct reported *sheet, const json_t *column, const json_t *value, const char *key)
{
	struct html *html = &sheet->visit->html;
	if (strcmp(json_string_value(json_object_get(column, "unit")), "dossier") == 0) {
		html_put(html, "<a href=\"/dossiers/%U\">", json_string_value(value));
		return true;
	}
	bool rate = strcmp(json_string_value(json_object_get(column, "unit")), "rate") ==
		    0; /* of 0 % too there are dossiers */
	if (sheet->question->column || !json_is_true(json_object_get(column, "opens")) || json_is_null(value) ||
	    (json_number_value(value) == 0 && !rate))
		return false;
	html_raw(html, "<a href=\"");
	put_address(sheet->visit, sheet->document, sheet->question->kind);
	html_put(html, "&amp;column=%U", json_string_value(json_object_get(column, "id")));
	if (key)
		html_put(html, "&amp;one=1&amp;key=%U", key);
	html_raw(html, "\">");
	return true;
}

/* Share of a whole, which who caused more than is left of a delay has all of; what is said beside it needs no words. */
static void put_bar(struct reported *sheet, const json_t *row)
{
	double value = json_number_value(json_object_get(row, sheet->bar));
	if (strcmp(sheet->bar, "score") == 0)
		value /= 100;
	layout_cell(sheet->visit, &sheet->columns[sheet->count]);
	if (value >= 0 && !json_is_null(json_object_get(row, sheet->bar)))
		html_put(&sheet->visit->html,
			 "<svg class=bar width=%i height=12 viewBox=\"0 0 %i 12\" aria-hidden=true><rect class=all "
			 "width=%i "
			 "height=12 /><rect class=part width=%i height=12 /></svg>",
			 BAR, BAR, BAR, (unsigned)((value < 1 ? value : 1) * BAR + 0.5));
}

/* Whose codes stand in a column. */
static bool is_agency(const struct reported *sheet, const char *id)
{
	enum report_kind kind = sheet->question->kind;
	if (strcmp(id, "key") != 0)
		return strcmp(id, "agency") == 0 || strcmp(id, "origin") == 0;
	return kind == REPORT_AGENCIES || kind == REPORT_DELAYS || kind == REPORT_RANKING;
}

static bool is_procedure(const struct reported *sheet, const char *id)
{
	return strcmp(id, "procedure") == 0 || (strcmp(id, "key") == 0 && sheet->question->kind == REPORT_PROCEDURES);
}

/* A code leads to its page, with the name where no column has it; a word is in the reader's language. */
static void put_value(struct reported *sheet, const json_t *column, const json_t *value, const char *text)
{
	struct visit *visit = sheet->visit;
	const char *id = json_string_value(json_object_get(column, "id"));
	const char *unit = json_string_value(json_object_get(column, "unit"));
	bool code = strcmp(unit, "code") == 0 && json_is_string(value) && *json_string_value(value);
	const char *name = code && is_agency(sheet, id) ? names_of(visit, text) : text;
	int64_t time;
	if (strcmp(name, text) != 0 && sheet->question->column)
		html_put(&visit->html, "<a href=\"/agencies/%U\">%S</a> <span class=dim>%S</span>", text, name, text);
	else if (strcmp(name, text) != 0)
		html_put(&visit->html, "<a href=\"/agencies/%U\">%S</a>", text, text);
	else if (code && is_procedure(sheet, id))
		html_put(&visit->html, "<a href=\"/system/procedures/%U\">%S</a>", text, text);
	else if (strcmp(unit, "time") == 0 && json_is_string(value) &&
		 lt_time_parse(json_string_value(value), &time) == LT_OK)
		html_put(&visit->html, "%t", time);
	else if (strcmp(id, "status") == 0 && json_is_integer(value))
		html_put(&visit->html, "%s", word_status((uint32_t)json_integer_value(value), visit->html.language));
	else if (strcmp(id, "what") == 0)
		html_put(&visit->html, "%L", strcmp(text, "wait") == 0 ? "chờ tiếp nhận" : "xử lý",
			 strcmp(text, "wait") == 0 ? "waiting for an answer" : "work");
	else
		html_put(&visit->html, is_number(column) ? "%s" : "%S", text);
}

static void put_row(struct reported *sheet, const json_t *row, bool total)
{
	char text[512];
	struct html *html = &sheet->visit->html;
	const char *key = total ? NULL : json_string_value(json_object_get(row, "key"));
	html_raw(html, total ? "<tr class=total>" : "<tr>");
	for (size_t i = 0; i < sheet->count; i++) {
		const json_t *column = sheet->from[i];
		const json_t *value = json_object_get(row, json_string_value(json_object_get(column, "id")));
		layout_cell(sheet->visit, &sheet->columns[i]);
		if (total && i == 0) {
			html_put(html, "%L", "Tổng", "All");
			continue;
		}
		bool linked = put_link(sheet, column, value, key);
		report_text(column, value, html->language != LT_ENGLISH, text, sizeof(text));
		put_value(sheet, column, value, i == 0 && text[0] == '\0' ? "–" : text);
		if (linked)
			html_raw(html, "</a>");
	}
	if (sheet->bar)
		put_bar(sheet, row);
}

/* A column by which the rows are not in order yet puts the largest first; numbers so, words from the first letter on. Once more turns it. */
static void put_head(struct reported *sheet, size_t at)
{
	const struct column *column = &sheet->columns[at];
	const char *id = json_string_value(json_object_get(sheet->from[at], "id")), *sort = sheet->question->sort;
	bool falls = sort && sort[0] == '-', here = sort && strcmp(sort + falls, id) == 0;
	bool fall = here ? !falls : is_number(sheet->from[at]);
	struct html *html = &sheet->visit->html;
	html_put(html, "<th scope=col%s%s%s><a href=\"", column->css ? " class=" : "", column->css ? column->css : "",
		 !here   ? ""
		 : falls ? " aria-sort=descending"
			 : " aria-sort=ascending");
	put_opened(sheet->visit, sheet->document, sheet->question);
	html_put(html, "&amp;sort=%s%s\">%L</a>%s", fall ? "-" : "", id, column->vietnamese, column->english,
		 !here   ? ""
		 : falls ? " ▼"
			 : " ▲");
}

static void put_heads(struct reported *sheet)
{
	layout_table_begin(sheet->visit, "Báo cáo", "Report");
	for (size_t i = 0; i < sheet->count; i++)
		put_head(sheet, i);
	if (sheet->bar)
		html_put(&sheet->visit->html, "<th scope=col>%L", sheet->columns[sheet->count].vietnamese,
			 sheet->columns[sheet->count].english);
	layout_table_body(sheet->visit);
}

static void put_table(struct reported *sheet)
{
	const json_t *rows = json_object_get(sheet->document, "rows"),
		     *total = json_object_get(sheet->document, "total");
	size_t i;
	json_t *item;
	if (json_array_size(rows) == 0) {
		html_put(&sheet->visit->html, "<p class=empty>%L</p>", "Không có gì trong kỳ này.",
			 "There is nothing in this period.");
		return;
	}
	html_raw(&sheet->visit->html, "<div class=report>");
	put_heads(sheet);
	json_array_foreach((json_t *)rows, i, item) put_row(sheet, item, false);
	if (total && json_array_size(rows) > 1)
		put_row(sheet, total, true);
	layout_table_end(sheet->visit);
	html_raw(&sheet->visit->html, "</div>");
	json_array_foreach(json_object_get(sheet->document, "notes"), i, item) html_put(
		&sheet->visit->html, "<p class=dim>%S</p>",
		json_string_value(json_object_get(item, sheet->visit->html.language == LT_ENGLISH ? "en" : "vi")));
}

/* ---- pages ---- */

static void put_report(struct visit *visit, const json_t *document, const struct report_question *question)
{
	bool english = visit->html.language == LT_ENGLISH;
	char period[REPORT_PERIOD];
	struct reported sheet = { .visit = visit, .document = document, .question = question };
	put_filters(visit, document, question);
	html_put(&visit->html, "<h2>%s</h2><p class=dim>%s</p>",
		 json_string_value(json_object_get(document, english ? "title" : "title_vi")),
		 report_period(document, !english, period));
	if (question->column) {
		const char *behind =
			json_string_value(json_object_get(json_object_get(document, "behind"), english ? "en" : "vi"));
		html_put(&visit->html, "<p>%L <strong>%S</strong>", "Cột", "Column",
			 behind ? behind : question->column);
		if (question->key)
			html_put(&visit->html, ", <strong>%S</strong>", names_of(visit, question->key));
		html_raw(&visit->html, " · <a href=\"");
		put_address(visit, document, question->kind);
		html_put(&visit->html, "\">%L</a></p>", "Về báo cáo", "Back to the report");
	}
	choose_columns(&sheet);
	put_table(&sheet);
}

static void give_csv(struct visit *visit, struct report_question question)
{
	struct lt_buf bytes = { 0 };
	char why[REPORT_WHY];
	json_t *document = NULL;
	question.limit = ROWS_FILED;
	enum lt_err err = pages_report_unclear(visit) ? LT_EINVAL : make(visit, &question, &document, why);
	if (!err)
		err = report_csv(document, visit->html.language != LT_ENGLISH, &bytes);
	if (err == LT_EAGAIN) {
		layout_busy(visit);
	} else if (err) {
		layout_say(visit, err == LT_EINVAL ? 400 : 503, "Không xuất được báo cáo này",
			   "This report cannot be exported");
	} else {
		html_bytes(&visit->html, lt_buf_bytes(&bytes));
		visit->type = "text/csv; charset=utf-8";
		snprintf(visit->file, sizeof(visit->file), "%s.csv", report_name(question.kind));
	}
	lt_buf_fini(&bytes);
	json_decref(document);
}

static void show(struct visit *visit, const struct report_question *question)
{
	char why[REPORT_WHY] = "";
	json_t *document = NULL;
	int64_t truth = 0;
	enum lt_err err = make(visit, question, &document, why);
	if (err == LT_EAGAIN) {
		layout_busy(visit);
		return;
	}
	layout_begin(visit, PLACE_REPORTS, "Báo cáo", "Reports");
	if (document)
		lt_time_parse(json_string_value(json_object_get(document, "time")), &truth);
	put_reports(visit, document, question->kind);
	if (pages_report_misread(visit))
		html_put(
			&visit->html, "<p class=\"banner warn\" role=alert>%L</p>",
			"Có điều không hiểu được: ngày không đúng, ngày cuối đứng trước ngày đầu, báo cáo hoặc loại cơ "
			"quan không có. Số liệu dưới đây là của kỳ ghi ở ô ngày.",
			"Something is not understood: a day is none, the last one lies before the first, or there is "
			"no such report or kind of office. What follows is of the period that the fields say.");
	if (document)
		put_report(visit, document, question);
	else
		html_put(&visit->html, "<p class=\"banner warn\" role=alert>%L <span class=dim>%S</span></p>",
			 "Chưa tính được báo cáo này.", "This report cannot be counted now.", why);
	layout_end(visit, (uint64_t)json_integer_value(json_object_get(document, "sequence")), truth);
	if (err == LT_EINVAL)
		visit->status = 400;
	json_decref(document);
}

void page_reports(struct visit *visit)
{
	struct report_question question = pages_report_question(visit);
	question.limit = ROWS_SHOWN;
	visit->live = NULL; /* a report is of its moment */
	if (strcmp(visit_query(visit, "as"), "csv") == 0)
		give_csv(visit, question);
	else
		show(visit, &question);
}
