/* page_dossiers.c: many dossiers: the list with its filters, and the same as CSV. */
#include "pages.h"

#include <stdio.h>
#include <string.h>

#include <lienthong/time.h>

#include "base/formula.h"
#include "filter.h"
#include "names.h"
#include "words.h"

#define CSV_ROWS_MAX 20000u /* some 5 MiB: what is more is a report, not a list */

static const struct column columns[] = {
	{ "Hồ sơ", "Dossier", "head" }, { "Trạng thái", "Status", NULL }, { "Đang ở", "Where", NULL },
	{ "Phải làm", "Owed", NULL },   { "Hạn việc", "Act due", NULL },  { "Hạn hồ sơ", "Dossier due", NULL },
	{ "Mở lúc", "Opened", NULL },
};

static void put_tags(struct visit *visit, const struct project_dossier *row)
{
	struct html *html = &visit->html;
	if (row->frozen)
		html_put(html, " <span class=\"tag bad\">%L</span>", "đóng băng", "frozen");
	if (row->stuck)
		html_put(html, " <span class=\"tag bad\">%L</span>", "không nhận được", "could not be taken");
	if (row->silent_since)
		html_put(html, " <span class=\"tag warn\">%L</span>", "không động tĩnh", "silent");
	if (row->carried_at)
		html_put(html, " <span class=\"tag dim\">%L</span>", "chuyển tiếp", "carried over");
}

/* A time that is over is said so while it matters. */
static void put_due(struct visit *visit, int64_t due, bool open, int64_t now)
{
	if (open && due && due < now)
		html_put(&visit->html, "<span class=bad>%t<br>%L %d</span>", due, "chậm", "late by", now - due);
	else
		html_put(&visit->html, "%t", due);
}

static void put_row(struct visit *visit, const struct project_dossier *row, int64_t now)
{
	struct html *html = &visit->html;
	html_raw(html, "<tr>");
	layout_cell(visit, &columns[0]);
	html_put(html, "<a href=\"/dossiers/%U\">%s</a>", row->code, row->code);
	put_tags(visit, row);
	html_put(html, "<br><span class=dim>%S</span>",
		 names_of_procedure(visit, row->procedure, row->procedure_version,
				    row->procedure_name[0] ? row->procedure_name : row->procedure));
	layout_cell(visit, &columns[1]);
	html_put(html, "%s", word_status(row->status, html->language));
	if (row->verdict == LT_TIME_LATE || row->verdict == LT_TIME_OVERDUE)
		html_put(html, " <span class=\"tag bad\">%s</span>", word_verdict(row->verdict, html->language));
	layout_cell(visit, &columns[2]);
	names_put(visit, row->holder);
	if (row->leg_name[0] || row->leg[0])
		html_put(html, "<br><span class=dim>%S</span>",
			 names_of_leg(visit, row->procedure, row->procedure_version, row->leg,
				      row->leg_name[0] ? row->leg_name : row->leg));
	if (row->branches > 1)
		html_put(html, "<br><span class=dim>%L %i</span>", "số nhánh:", "branches:", (unsigned)row->branches);
	layout_cell(visit, &columns[3]);
	if (row->owed.what) {
		html_put(html, "%S<br>", word_owed(row->owed.what, html->language));
		names_put_party(visit, row->owed.who, row->owed.acting);
	}
	layout_cell(visit, &columns[4]);
	put_due(visit, row->owed.until, row->owed.what != 0, now);
	layout_cell(visit, &columns[5]);
	put_due(visit, row->due_lawful, row->finished_at == 0, now);
	layout_cell(visit, &columns[6]);
	html_put(html, "%t", row->opened_at);
}

static void put_count(struct visit *visit, struct project_reader *reader, const struct project_filter *filter)
{
	uint64_t count = 0;
	bool exact = false;
	if (project_read_count(reader, filter, &count, &exact) != LT_OK)
		return;
	html_put(&visit->html, "<p><strong>%s%u</strong> %L · <a href=\"/dossiers.csv", exact ? "" : "≥ ", count,
		 "hồ sơ", "dossiers");
	filter_put_query(visit);
	html_put(&visit->html, "\">%L</a></p>", "Tải CSV", "CSV");
}

void page_dossiers(struct visit *visit)
{
	struct project_filter filter;
	struct project_dossiers list = { 0 };
	struct project_reader *reader = desk_reader(desk_of(visit));
	filter_read(visit, &filter);
	layout_begin(visit, PLACE_DOSSIERS, "Hồ sơ", "Dossiers");
	filter_put(visit, &filter);
	if (filter_unknown(visit))
		html_put(&visit->html, "<p class=\"banner warn\" role=alert>%L <code>%S</code>. %L</p>",
			 "Địa chỉ có một điều kiện không hiểu được:",
			 "The address has a condition that is not understood:", filter_unknown(visit),
			 "Danh sách dưới đây không lọc theo nó.", "The list below is not of what it asks for.");
	enum lt_err err = reader ? LT_OK : LT_EIO;
	if (!err)
		put_count(visit, reader, &filter);
	if (!err)
		err = project_read_dossiers(reader, &filter, &list);
	if (err == LT_ETIMEOUT)
		html_put(&visit->html, "<p class=\"banner warn\" role=alert>%L</p>", "Tìm quá lâu: hãy lọc hẹp hơn.",
			 "That took too long: ask for less.");
	else if (err)
		layout_not_told(visit, VISIT_FAILED);
	else if (list.count == 0)
		html_put(&visit->html, "<p class=empty>%L</p>", "Không có hồ sơ nào như vậy.",
			 "There is no such dossier.");
	if (!err && list.count > 0) {
		layout_table(visit, "Danh sách hồ sơ", "Dossiers", columns, sizeof(columns) / sizeof(columns[0]));
		for (size_t i = 0; i < list.count; i++)
			put_row(visit, &list.rows[i], filter.now);
		layout_table_end(visit);
		layout_next(visit, list.next);
	}
	desk_give(desk_of(visit), reader);
	layout_end(visit, list.sequence, list.time);
}

/* ---- CSV ---- */

/* Quoted; what a spreadsheet would take for a formula gets a quotation mark before it. */
static void put_cell(struct html *html, const char *text, char end)
{
	html_raw(html, text_is_formula(text) ? "\"'" : "\"");
	for (const char *at = text; *at; at++)
		html_bytes(html, lt_bytes(*at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1));
	html_raw(html, "\"");
	html_bytes(html, lt_bytes(&end, 1));
}

static void put_time(struct html *html, int64_t time, char end)
{
	char text[LT_TIME_TEXT] = "";
	if (time)
		lt_time_format(time, text);
	put_cell(html, text, end);
}

static void put_csv_row(struct visit *visit, const struct project_dossier *row)
{
	struct html *html = &visit->html;
	put_cell(html, row->code, ',');
	put_cell(html, row->procedure, ',');
	put_cell(html, row->procedure_name, ',');
	put_cell(html, row->sector, ',');
	put_cell(html, word_status(row->status, html->language), ',');
	put_cell(html, row->origin, ',');
	put_cell(html, row->lead, ',');
	put_cell(html, row->holder, ',');
	put_cell(html, row->leg_name, ',');
	put_cell(html, row->owed.what ? word_owed(row->owed.what, html->language) : "", ',');
	put_cell(html, row->owed.who, ',');
	put_time(html, row->owed.until, ',');
	put_time(html, row->opened_at, ',');
	put_time(html, row->due_lawful, ',');
	put_time(html, row->appointment, ',');
	put_time(html, row->finished_at, ',');
	put_cell(html, word_verdict(row->verdict, html->language), '\n');
}

void page_dossiers_csv(struct visit *visit)
{
	struct project_filter filter;
	struct project_dossiers list;
	char after[128] = "";
	uint64_t rows = 0;
	if (!filter_read(visit, &filter) || filter_unknown(visit)) { /* a file is read where no banner stands */
		layout_say(visit, 400, "Địa chỉ có một điều kiện lọc không hiểu được",
			   "The address has a condition that is not understood");
		return;
	}
	if (!desk_begin_report(visit)) {
		layout_busy(visit);
		return;
	}
	struct project_reader *reader = desk_reader(desk_of(visit));
	enum lt_err err = reader ? LT_OK : LT_EIO;
	filter.limit = PROJECT_PAGE;
	html_raw(&visit->html,
		 "\xef\xbb\xbf" /* spreadsheets take it for UTF-8 by this */
		 "code,procedure,procedure_name,sector,status,origin,lead,holder,leg,owed,owed_by,owed_until,opened_at,"
		 "due,appointment,finished_at,verdict\n");
	do {
		filter.after = after;
		err = err ? err : project_read_dossiers(reader, &filter, &list);
		for (size_t i = 0; !err && i < list.count; i++)
			put_csv_row(visit, &list.rows[i]);
		rows += err ? 0 : list.count;
		snprintf(after, sizeof(after), "%s", err ? "" : list.next);
	} while (!err && after[0] && rows < CSV_ROWS_MAX);
	desk_give(desk_of(visit), reader);
	desk_end_report(visit);
	if (err) {
		lt_buf_clear(&visit->html.bytes);
		layout_say(visit, 503, "Không xuất được danh sách này", "This list cannot be exported");
		return;
	}
	if (after[0])
		html_put(&visit->html, "\"%L\"\n", "Còn nữa: hãy lọc hẹp hơn.", "There is more: ask for less.");
	visit->type = "text/csv; charset=utf-8";
	snprintf(visit->file, sizeof(visit->file), "dossiers.csv");
}
