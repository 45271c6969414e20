/* report_delay.c: who caused each delay: what each agency used beyond what was allotted to it, over the stays and waits of the dossiers
 * that were late in the period, and what of their lateness nobody was given time for. */
#include "report_internal.h"

#include <lienthong/time.h>

#include "base/date.h"

#define LATE "('late', 'over')"

/* Of charged with the dossiers that were late; what was in time is nobody's delay. */
#define DELAYS                                                                                            \
	"(SELECT charged.* FROM charged JOIN facts ON facts.dossier = charged.dossier AND state IN " LATE \
	" WHERE judgement IN (3, 5))"

#define MINUTES "COALESCE(SUM(beyond), 0)" /* of which the share is made, and by which it is ordered */
static const struct report_column columns[] = {
	{ "key", "Mã cơ quan", "agency", UNIT_CODE, "agency", NULL },
	{ "name", "Cơ quan", "name", UNIT_TEXT, "(SELECT name FROM agency a WHERE a.code = agency)", NULL },
	{ "dossiers", "Hồ sơ", "dossiers", UNIT_COUNT, "COUNT(DISTINCT dossier)", "1" },
	{ "stays", "Chặng quá hạn", "late stays", UNIT_COUNT, "?NOT wait", NULL },
	{ "stay_minutes", "Vượt ở chặng", "beyond at legs", UNIT_MINUTES, "COALESCE(SUM(beyond * NOT wait), 0)", NULL },
	{ "waits", "Chờ nhận quá hạn", "late answers", UNIT_COUNT, "?wait", NULL },
	{ "wait_minutes", "Vượt khi chờ nhận", "beyond before answers", UNIT_MINUTES, "COALESCE(SUM(beyond * wait), 0)",
	  NULL },
	{ "open", "Đang quá hạn", "still open", UNIT_COUNT, "?number < 0", NULL },
	{ "minutes", "Tổng vượt", "beyond in all", UNIT_MINUTES, MINUTES, NULL },
	{ "share", "Tỷ trọng", "share", UNIT_RATE, MINUTES, NULL },
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

/* Of the late dossiers: by how much they were late, what of it lies in no stay and no wait, and what others made up for. */
static const struct report_column rest_columns[] = {
	{ "all", "", "", UNIT_MINUTES, NULL, NULL },
	{ "unallotted", "", "", UNIT_MINUTES, NULL, NULL },
	{ "made_up", "", "", UNIT_MINUTES, NULL, NULL },
};
#define REST                                                                                                      \
	"SELECT COALESCE(SUM(late), 0), COALESCE(SUM(MAX(0, late - charged)), 0), COALESCE(SUM(MAX(0, charged - " \
	"late)), 0)"                                                                                              \
	" FROM (SELECT MAX(0, used - allotted) AS late, COALESCE((SELECT SUM(beyond) FROM charged c"              \
	" WHERE c.dossier = f.dossier), 0) AS charged FROM facts f WHERE state IN " LATE ")"

static void add_row(struct report_source *source, const char *key, const char *name, json_int_t minutes)
{
	json_t *row = json_pack("{s:s, s:s, s:I}", "key", key, "name", name, "minutes", minutes);
	for (size_t i = 2; i < COLUMNS; i++) {
		if (!json_object_get(row, columns[i].id))
			json_object_set_new(row, columns[i].id, json_null());
	}
	if (json_array_append_new(json_object_get(source->document, "rows"), row))
		source->err = LT_ENOMEM;
}

/* So that all rows together are the time by which the dossiers were late. */
static void add_rest(struct report_source *source)
{
	json_t *rows = json_array();
	report_rows(source, rest_columns, 3, sqlite3_mprintf("%s", REST), rows);
	const json_t *rest = json_array_get(rows, 0);
	json_int_t unallotted = json_integer_value(json_object_get(rest, "unallotted"));
	json_int_t made_up = json_integer_value(json_object_get(rest, "made_up"));
	if (unallotted > 0)
		add_row(source, "unallotted", "Không thuộc chặng nào", unallotted);
	if (made_up > 0)
		add_row(source, "made-up", "Chặng khác đã bù lại", -made_up);
	if (rest)
		json_object_set(json_object_get(source->document, "total"), "minutes", json_object_get(rest, "all"));
	json_decref(rows);
}

static void add_shares(struct report_source *source)
{
	json_t *total = json_object_get(source->document, "total"), *row;
	double all = json_number_value(json_object_get(total, "minutes"));
	size_t i;
	json_array_foreach(json_object_get(source->document, "rows"), i, row)
	{
		double minutes = json_number_value(json_object_get(row, "minutes"));
		json_object_set_new(row, "share", all > 0 ? json_real(minutes / all) : json_null());
	}
	json_object_set_new(total, "share", json_null());
}

static void note_open(struct report_source *source)
{
	char vi[REPORT_WHY], en[REPORT_WHY], time[LT_TIME_TEXT], said[LT_DATE_SAID];
	lt_time_format(source->fresh, time);
	time[10] = ' ';
	snprintf(vi, sizeof(vi), "Giờ làm việc, mỗi ngày 8 giờ. Việc chưa xong tính đến %s.",
		 lt_date_say(source->fresh, said));
	snprintf(en, sizeof(en), "Working time, a day has 8 hours. What is open counts up to %.16s.", time);
	if (source->fresh == 0) {
		snprintf(vi, sizeof(vi),
			 "Giờ làm việc, mỗi ngày 8 giờ. Việc chưa xong tính đến bản ghi mới nhất của hồ sơ.");
		snprintf(en, sizeof(en),
			 "Working time, a day has 8 hours. What is open counts up to its dossier's newest record.");
	}
	report_note(source, vi, en);
}

void report_delays(struct report_source *source)
{
	const struct report_group group = { columns, COLUMNS, "agency", DELAYS, "9 DESC, 1", true };
	report_put_title(source, "Cơ quan gây quá hạn", "Who caused the delays");
	report_group(source, &group);
	if (source->err || source->question->column)
		return;
	if (!source->question->agency)
		add_rest(source);
	add_shares(source);
	note_open(source);
}

void report_late_ones(struct report_source *source)
{
	static const struct report_column code[] = { { "dossier", "", "", UNIT_DOSSIER, NULL, NULL } };
	report_rows(source, code, 1,
		    sqlite3_mprintf("SELECT code FROM facts WHERE state IN " LATE "%s ORDER BY code",
				    source->question->agency
					    ? " AND dossier IN (SELECT dossier FROM charged WHERE judgement IN (3, 5))"
					    : ""),
		    json_object_get(source->document, "rows"));
}
