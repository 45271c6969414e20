/* report_print.c: a report as a table on the screen, and as paper. */
#include "report_print.h"

#include "base/date.h"
#include "cli/cli_output.h"
#include "form/form_document.h"
#include "report/report.h"

#include <lienthong/time.h>
#include <string.h>

#define CELL_TEXT (CLI_TEXT_MAX / 4)

/* What is shown: the columns that say something, and the rows with the total behind them. */
struct shown {
	const json_t *document;
	const char *lang;
	bool vi;
	size_t count;
	json_t *columns[REPORT_COLUMNS_MAX];
	const char *heads[REPORT_COLUMNS_MAX];
	char texts[REPORT_COLUMNS_MAX][CELL_TEXT]; /* of the row that was read last */
	const char *cells[REPORT_COLUMNS_MAX];
};

static void begin(struct shown *shown, const json_t *document, const char *lang)
{
	size_t i;
	json_t *column;
	*shown = (struct shown){ .document = document, .lang = lang, .vi = strcmp(lang, "vi") == 0 };
	json_array_foreach(json_object_get(document, "columns"), i, column)
	{
		if (shown->count == REPORT_COLUMNS_MAX || (i > 0 && report_is_empty(document, column)))
			continue;
		shown->heads[shown->count] = json_string_value(json_object_get(column, lang));
		shown->columns[shown->count++] = column;
	}
}

static size_t row_count(const struct shown *shown)
{
	return json_array_size(json_object_get(shown->document, "rows"));
}

/* The rows, and the total where there is more than one of them. NULL: there is none more. */
static const char *const *cells_at(struct shown *shown, size_t at)
{
	const json_t *rows = json_object_get(shown->document, "rows"),
		     *total = json_object_get(shown->document, "total");
	bool last = at == row_count(shown) && total && at > 1;
	const json_t *row = last ? total : json_array_get(rows, at);
	if (!row)
		return NULL;
	for (size_t i = 0; i < shown->count; i++) {
		const char *id = json_string_value(json_object_get(shown->columns[i], "id"));
		report_text(shown->columns[i], json_object_get(row, id), shown->vi, shown->texts[i], CELL_TEXT);
		shown->cells[i] = shown->texts[i];
	}
	if (last)
		shown->cells[0] = shown->vi ? "Tổng" : "all";
	return shown->cells;
}

static const char *text_of(const struct shown *shown, const char *key)
{
	return json_string_value(json_object_get(shown->document, key));
}

static void truth(const struct shown *shown, char *out, size_t size)
{
	int64_t time = 0;
	char said[LT_DATE_SAID];
	lt_time_parse(text_of(shown, "time"), &time);
	snprintf(out, size, shown->vi ? "%zu dòng, đúng tại bản ghi %lld (%s)." : "%zu rows, true at record %lld (%s).",
		 row_count(shown), (long long)json_integer_value(json_object_get(shown->document, "sequence")),
		 shown->vi ? lt_date_say(time, said) : output_time(time));
}

int report_print_text(const json_t *document, const char *lang)
{
	struct shown shown;
	const char *const *cells;
	char line[CELL_TEXT], period[REPORT_PERIOD];
	size_t i;
	json_t *note;
	begin(&shown, document, lang);
	printf("%s\n%s\n\n", text_of(&shown, shown.vi ? "title_vi" : "title"),
	       report_period(document, shown.vi, period));
	struct output_table *table = output_table_new(shown.heads, shown.count);
	for (i = 0; (cells = cells_at(&shown, i)) != NULL; i++)
		output_table_row(table, cells);
	output_table_print(table);
	json_array_foreach(json_object_get(document, "notes"), i, note)
		printf("%s\n", json_string_value(json_object_get(note, lang)));
	truth(&shown, line, sizeof(line));
	printf("%s\n", line);
	return EX_OK;
}

/* ---- paper ---- */

/* A name needs the room of four numbers. */
static json_t *paper_column(const struct shown *shown, size_t at)
{
	const char *unit = json_string_value(json_object_get(shown->columns[at], "unit"));
	bool number = strcmp(unit, "code") != 0 && strcmp(unit, "text") != 0 && strcmp(unit, "dossier") != 0;
	double share = number ? 1 : strcmp(unit, "text") == 0 ? 4 : 2.2;
	return json_pack("{s:s, s:b, s:f}", "head", shown->heads[at], "number", (int)number, "share", share);
}

static json_t *paper(struct shown *shown)
{
	char line[CELL_TEXT], period[REPORT_PERIOD];
	const char *const *cells;
	size_t i;
	json_t *note, *columns = json_array(), *rows = json_array(), *notes = json_array();
	for (i = 0; i < shown->count; i++)
		json_array_append_new(columns, paper_column(shown, i));
	for (size_t at = 0; (cells = cells_at(shown, at)) != NULL; at++) {
		json_t *row = json_array();
		for (i = 0; i < shown->count; i++)
			json_array_append_new(row, json_string(cells[i]));
		json_array_append_new(rows, row);
	}
	json_array_foreach(json_object_get(shown->document, "notes"), i, note)
		json_array_append(notes, json_object_get(note, shown->lang));
	truth(shown, line, sizeof(line));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "format", "lienthong.form.v1", "form",
			 "list", "lang", shown->lang, "time", text_of(shown, "time"), "title",
			 text_of(shown, shown->vi ? "title_vi" : "title"), "foot", line, "subtitle",
			 report_period(shown->document, shown->vi, period), "columns", columns, "rows", rows, "notes",
			 notes);
}

int report_print_paper(const json_t *document, const char *lang, const char *path)
{
	struct shown shown;
	begin(&shown, document, lang);
	json_t *data = paper(&shown);
	int code = data ? form_print(data, path) : say_fail_err(LT_ENOMEM, "write the report");
	json_decref(data);
	return code;
}
