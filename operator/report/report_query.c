/* report_query.c: questions in SQL whose rows become JSON, by the columns of a report. */
#include "report_internal.h"

#include <lienthong/time.h>
#include <string.h>

void report_run(struct report_source *source, char *sql)
{
	if (!sql)
		source->err = source->err ? source->err : LT_ENOMEM;
	else if (!source->err && sqlite3_exec(source->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		report_fail(source, "the projection cannot be read");
	sqlite3_free(sql);
}

static json_t *value_of(sqlite3_stmt *row, int at, enum report_unit unit)
{
	char time[LT_TIME_TEXT];
	int64_t number;
	if (sqlite3_column_type(row, at) == SQLITE_NULL)
		return json_null();
	switch (unit) {
	case UNIT_CODE:
	case UNIT_TEXT:
	case UNIT_DOSSIER:
		return json_string((const char *)sqlite3_column_text(row, at));
	case UNIT_COUNT:
	case UNIT_MINUTES:
	case UNIT_RANK:
		return json_integer(sqlite3_column_int64(row, at));
	case UNIT_RATE:
	case UNIT_SCORE:
		return json_real(sqlite3_column_double(row, at));
	case UNIT_TIME:
		number = sqlite3_column_int64(row, at);
		if (number == 0)
			return json_null();
		lt_time_format(number, time);
		return json_string(time);
	}
	return NULL;
}

static void take_row(struct report_source *source, sqlite3_stmt *query, const struct report_column *columns,
		     size_t count, json_t *rows)
{
	json_t *row = json_object();
	int failed = row ? 0 : -1;
	for (size_t i = 0; i < count && !failed; i++)
		failed = json_object_set_new(row, columns[i].id, value_of(query, (int)i, columns[i].unit));
	if (json_array_append_new(rows, row) || failed)
		source->err = LT_ENOMEM;
}

static void note_cut(struct report_source *source, size_t most)
{
	char vi[REPORT_WHY], en[REPORT_WHY];
	snprintf(vi, sizeof(vi), "Chỉ có %zu dòng đầu.", most);
	snprintf(en, sizeof(en), "Only the first %zu rows are here.", most);
	report_note(source, vi, en);
}

void report_rows(struct report_source *source, const struct report_column *columns, size_t count, char *sql,
		 json_t *rows)
{
	sqlite3_stmt *query = NULL;
	size_t most = source->question->limit ? source->question->limit : REPORT_ROWS_MAX;
	bool shown = rows == json_object_get(source->document, "rows");
	int step = SQLITE_DONE;
	if (!sql)
		source->err = source->err ? source->err : LT_ENOMEM;
	else if (!source->err && sqlite3_prepare_v2(source->db, sql, -1, &query, NULL) != SQLITE_OK)
		report_fail(source, "the projection cannot be counted");
	while (!source->err && (step = sqlite3_step(query)) == SQLITE_ROW) {
		if (shown && json_array_size(rows) == most) {
			note_cut(source, most);
			break;
		}
		take_row(source, query, columns, count, rows);
	}
	if (!source->err && step != SQLITE_ROW && step != SQLITE_DONE)
		report_fail(source, "the projection cannot be counted");
	sqlite3_finalize(query);
	sqlite3_free(sql);
}

/* ---- the document ---- */

static const char *unit_name(enum report_unit unit)
{
	static const char *const names[] = { "code", "text",  "dossier", "count", "minutes",
					     "rate", "score", "rank",    "time" };
	return names[unit];
}

static bool opens(const struct report_column *column)
{
	return column->opens || (column->sql && column->sql[0] == '?');
}

void report_put_columns(struct report_source *source, const struct report_column *columns, size_t count)
{
	json_t *list = json_object_get(source->document, "columns");
	for (size_t i = 0; i < count; i++) {
		json_t *column =
			json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", columns[i].id, "vi", columns[i].vi, "en",
				  columns[i].en, "unit", unit_name(columns[i].unit), "opens", (int)opens(&columns[i]));
		if (json_array_append_new(list, column))
			source->err = LT_ENOMEM;
	}
}

void report_put_title(struct report_source *source, const char *vi, const char *en)
{
	if (json_object_set_new(source->document, "title", json_string(en)) ||
	    json_object_set_new(source->document, "title_vi", json_string(vi)))
		source->err = LT_ENOMEM;
}

void report_note(struct report_source *source, const char *vi, const char *en)
{
	json_t *note = json_pack("{s:s, s:s}", "vi", vi, "en", en);
	if (json_array_append_new(json_object_get(source->document, "notes"), note))
		source->err = LT_ENOMEM;
}

/* ---- groups ---- */

/* "a, b, c" for SELECT. '?' begins a condition, whose rows are counted. */
static char *select_of(const struct report_column *columns, size_t count)
{
	sqlite3_str *text = sqlite3_str_new(NULL);
	for (size_t i = 0; i < count; i++) {
		bool condition = columns[i].sql[0] == '?';
		sqlite3_str_appendf(text, condition ? "%sCOALESCE(SUM(%s), 0)" : "%s%s", i > 0 ? ", " : "",
				    columns[i].sql + (condition ? 1 : 0));
	}
	return sqlite3_str_finish(text);
}

static const struct report_column *find(const struct report_group *group, const char *id)
{
	for (size_t i = 0; i < group->count; i++) {
		if (strcmp(group->columns[i].id, id) == 0)
			return &group->columns[i];
	}
	return NULL;
}

static const struct report_column dossier_columns[] = {
	{ "dossier", "Mã hồ sơ", "dossier", UNIT_DOSSIER, "d.code", NULL },
	{ "procedure", "Thủ tục", "procedure", UNIT_CODE, "d.procedure", NULL },
	{ "origin", "Nơi tiếp nhận", "received by", UNIT_CODE, "d.origin", NULL },
	{ "received", "Tiếp nhận", "received", UNIT_TIME, "d.received", NULL },
	{ "due", "Hạn", "due", UNIT_TIME, "r.due_lawful", NULL },
	{ "finished", "Xong", "finished", UNIT_TIME, "r.finished", NULL },
	{ "status", "Trạng thái", "status", UNIT_RANK, "r.status", NULL },
};
static const struct report_column stay_columns[] = {
	{ "dossier", "Mã hồ sơ", "dossier", UNIT_DOSSIER, "d.code", NULL },
	{ "agency", "Cơ quan", "agency", UNIT_CODE, "r.agency", NULL },
	{ "leg", "Chặng", "leg", UNIT_CODE, "r.leg", NULL },
	{ "what", "Việc", "what", UNIT_TEXT, "CASE WHEN r.wait THEN 'wait' ELSE 'stay' END", NULL },
	{ "begun", "Bắt đầu", "begun", UNIT_TIME, "CASE WHEN r.wait THEN r.arrived ELSE r.begun END", NULL },
	{ "ended", "Kết thúc", "ended", UNIT_TIME, "r.ended", NULL },
	{ "allotted", "Thời hạn", "allotted", UNIT_MINUTES, "r.allotted", NULL },
	{ "used", "Đã dùng", "used", UNIT_MINUTES, "r.own", NULL },
	{ "beyond", "Vượt", "beyond", UNIT_MINUTES, "r.beyond", NULL },
	{ "reason", "Lý do", "reason", UNIT_TEXT, "r.late", NULL },
	{ "record", "Bản ghi", "record", UNIT_RANK, "NULLIF(r.ended_by, 0)", NULL },
};

void report_put_behind(struct report_source *source, const struct report_column *column)
{
	if (json_object_set_new(source->document, "behind",
				json_pack("{s:s, s:s}", "vi", column->vi, "en", column->en)))
		source->err = LT_ENOMEM;
}

const char *report_sorted_by(const struct report_source *source, bool *falling)
{
	const char *sort = source->question->sort;
	*falling = sort[0] == '-';
	return sort + *falling;
}

char *report_order(struct report_source *source, const struct report_column *columns, size_t count, const char *usual)
{
	bool falling;
	if (!source->question->sort)
		return sqlite3_mprintf("ORDER BY %s", usual);
	const char *by = report_sorted_by(source, &falling);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(columns[i].id, by) == 0)
			return sqlite3_mprintf("ORDER BY %d %s NULLS LAST, %s", (int)i + 1, falling ? "DESC" : "ASC",
					       usual);
	}
	source->err = LT_EINVAL;
	snprintf(source->why, sizeof(source->why), "there is no column \"%.40s\" by which its rows could stand", by);
	return NULL;
}

void report_open_column(struct report_source *source, const struct report_group *group, const char *condition)
{
	const struct report_column *columns = group->stays ? stay_columns : dossier_columns;
	size_t count = group->stays ? sizeof(stay_columns) / sizeof(stay_columns[0])
				    : sizeof(dossier_columns) / sizeof(dossier_columns[0]);
	const char *key = source->question->key;
	char *select = select_of(columns, count);
	char *one = key ? sqlite3_mprintf(" AND (%s) = %Q", group->key, key) : sqlite3_mprintf("");
	const struct report_column *behind = find(group, source->question->column);
	if (behind)
		report_put_behind(source, behind);
	char *order = report_order(source, columns, count, group->stays ? "d.code, r.begun, r.number" : "d.code");
	report_put_columns(source, columns, count);
	report_rows(
		source, columns, count,
		sqlite3_mprintf(
			"SELECT %s FROM (SELECT * FROM %s WHERE (%s)%s) r JOIN dossier d ON d.number = r.dossier %s",
			select, group->from, condition, one ? one : "", order ? order : ""),
		json_object_get(source->document, "rows"));
	sqlite3_free(order);
	sqlite3_free(one);
	sqlite3_free(select);
}

/* Codes and names are a row's, not the total's. */
static void put_total(struct report_source *source, const struct report_group *group, const char *select)
{
	json_t *rows = json_array();
	report_rows(source, group->columns, group->count, sqlite3_mprintf("SELECT %s FROM %s", select, group->from),
		    rows);
	json_t *total = json_array_get(rows, 0);
	for (size_t i = 0; total && i < group->count; i++) {
		if (group->columns[i].unit == UNIT_CODE || group->columns[i].unit == UNIT_TEXT)
			json_object_set_new(total, group->columns[i].id, json_null());
	}
	if (!source->err && json_object_set(source->document, "total", total))
		source->err = LT_ENOMEM;
	json_decref(rows);
}

static void refuse_column(struct report_source *source, const char *id)
{
	source->err = LT_EINVAL;
	snprintf(source->why, sizeof(source->why), "report %s has no column \"%.40s\" that opens dossiers",
		 report_name(source->question->kind), id);
}

void report_group(struct report_source *source, const struct report_group *group)
{
	const char *id = source->question->column;
	const struct report_column *column = id ? find(group, id) : NULL;
	if (id && (!column || !opens(column))) {
		refuse_column(source, id);
		return;
	}
	if (column) {
		report_open_column(source, group, column->opens ? column->opens : column->sql + 1);
		return;
	}
	char *select = select_of(group->columns, group->count);
	char *order = report_order(source, group->columns, group->count, group->order);
	report_put_columns(source, group->columns, group->count);
	report_rows(source, group->columns, group->count,
		    sqlite3_mprintf("SELECT %s FROM %s GROUP BY %s %s", select, group->from, group->key,
				    order ? order : ""),
		    json_object_get(source->document, "rows"));
	sqlite3_free(order);
	put_total(source, group, select);
	sqlite3_free(select);
}
