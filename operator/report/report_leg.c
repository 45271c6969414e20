/* report_leg.c: the stays and waits that ended in the period: which legs overrun, and the reasons that were given for being late. */
#include "report_internal.h"

/* A leg overruns always, and its limit is to be looked at, when at least half of at least this many stays were late: of fewer, chance alone
 * makes a half. */
#define ALWAYS_STAYS "10"
#define STAYS "SUM(one)"
#define LATE_STAYS "SUM(one AND judgement = 3)"

static const struct report_column legs[] = {
	{ "key", "Chặng", "leg of procedure", UNIT_CODE, "procedure || ' ' || leg", NULL },
	{ "name", "Thủ tục", "name", UNIT_TEXT, REPORT_NEWEST_NAME, NULL },
	{ "stays", "Số lượt", "stays", UNIT_COUNT, "?one", "one" },
	{ "late", "Quá hạn", "late", UNIT_COUNT, "?one AND judgement = 3", NULL },
	{ "rate", "Tỷ lệ quá hạn", "late of all", UNIT_RATE, LATE_STAYS " * 1.0 / NULLIF(" STAYS ", 0)",
	  "judgement = 3" },
	{ "allotted", "Thời hạn trung bình", "allotted on average", UNIT_MINUTES,
	  "CAST(AVG(allotted) + 0.5 AS INTEGER)", NULL },
	{ "used", "Đã dùng trung bình", "used on average", UNIT_MINUTES,
	  "CAST(SUM(own) * 1.0 / NULLIF(" STAYS ", 0) + 0.5 AS INTEGER)", NULL },
	{ "beyond", "Vượt trung bình khi quá hạn", "beyond on average, of late ones", UNIT_MINUTES,
	  "CAST(SUM(beyond) * 1.0 / NULLIF(" LATE_STAYS ", 0) + 0.5 AS INTEGER)", NULL },
	{ "always", "Thường xuyên", "always", UNIT_TEXT,
	  "CASE WHEN " STAYS " >= " ALWAYS_STAYS " AND " LATE_STAYS " * 2 >= " STAYS " THEN 'x' ELSE '' END", NULL },
};
static const struct report_column reasons[] = {
	{ "key", "Lý do", "reason", UNIT_CODE, "late", NULL },
	{ "stays", "Lượt quá hạn", "late stays and answers", UNIT_COUNT, "?one", "one" },
	{ "dossiers", "Hồ sơ", "dossiers", UNIT_COUNT, "COUNT(DISTINCT dossier)", "1" },
	{ "minutes", "Vượt", "beyond", UNIT_MINUTES, "COALESCE(SUM(beyond), 0)", NULL },
};
#define SIZE(list) (sizeof(list) / sizeof((list)[0]))

static void group(struct report_source *source, const struct report_group *by, const char *condition)
{
	const struct report_question *question = source->question;
	struct report_group copy = *by;
	char *from =
		sqlite3_mprintf("(SELECT * FROM charged WHERE number > 0 AND ended >= %lld AND ended < %lld AND %s) r",
				question->from, question->until, condition);
	copy.from = from;
	if (from)
		report_group(source, &copy);
	else
		source->err = LT_ENOMEM;
	sqlite3_free(from);
}

void report_legs(struct report_source *source)
{
	report_put_title(source, "Chặng quá hạn của từng thủ tục", "Legs that overrun");
	group(source,
	      &(struct report_group){ legs, SIZE(legs), "procedure || ' ' || leg", NULL, "5 DESC, 4 DESC, 1", true },
	      "NOT wait AND limit_unit <> 0 AND judgement IN (1, 2, 3)");
	report_note(source, "\"Thường xuyên\": từ " ALWAYS_STAYS " lượt trở lên và ít nhất một nửa quá hạn.",
		    "\"always\": at least " ALWAYS_STAYS " stays, and at least half of them late.");
}

void report_reasons(struct report_source *source)
{
	report_put_title(source, "Lý do quá hạn", "Reasons of lateness");
	group(source, &(struct report_group){ reasons, SIZE(reasons), "late", NULL, "2 DESC, 1", true },
	      "judgement = 3");
	report_note(source, "Dòng trống: quá hạn mà không nêu lý do.", "The empty row: late, and no reason was given.");
}
