/* report_count.c: dossiers by agency, sector, procedure or channel, with the columns of VPCP II.06: received, done, in hand, waiting. */
#include "report_internal.h"

#define FINISHED "state IN ('early', 'on', 'late', 'unjudged')"
#define JUDGED "state IN ('early', 'on', 'late')"
#define RATE(of) "SUM(state IN ('early', 'on')) * 1.0 / NULLIF(SUM(" of "), 0)"
#define WITH_OPEN "state IN ('early', 'on', 'late', 'over')"

/* Received and carried over from before are together done, in hand, waiting, stopped and withdrawn. '?': rows of which it is so. */
#define COUNTS                                                                                                              \
	{ "received", "Tiếp nhận trong kỳ", "received", UNIT_COUNT, "?fresh", NULL },                                       \
		{ "online", "Trực tuyến", "online", UNIT_COUNT, "?fresh AND channel = 2", NULL },                           \
		{ "counter", "Trực tiếp", "counter", UNIT_COUNT, "?fresh AND channel = 1", NULL },                          \
		{ "post", "Bưu chính", "post", UNIT_COUNT, "?fresh AND channel = 3", NULL },                                \
		{ "unsaid", "Không rõ kênh", "channel not said", UNIT_COUNT, "?fresh AND channel NOT IN (1, 2, 3)", NULL }, \
		{ "before", "Kỳ trước chuyển qua", "from before", UNIT_COUNT, "?NOT fresh", NULL },                         \
		{ "done", "Đã giải quyết", "done", UNIT_COUNT, "?" FINISHED, NULL },                                        \
		{ "early", "Trước hạn", "before time", UNIT_COUNT, "?state = 'early'", NULL },                              \
		{ "on_time", "Đúng hạn", "on time", UNIT_COUNT, "?state = 'on'", NULL },                                    \
		{ "late", "Quá hạn", "late", UNIT_COUNT, "?state = 'late'", NULL },                                         \
		{ "unjudged", "Không có hạn", "without a limit", UNIT_COUNT, "?state = 'unjudged'", NULL },                 \
		{ "in_hand", "Đang giải quyết", "in hand", UNIT_COUNT, "?state IN ('within', 'over')", NULL },              \
		{ "in_time", "Trong hạn", "in time", UNIT_COUNT, "?state = 'within'", NULL },                               \
		{ "overdue", "Đang quá hạn", "overdue", UNIT_COUNT, "?state = 'over'", NULL },                              \
		{ "papers", "Chờ bổ sung", "waits for papers", UNIT_COUNT, "?state = 'papers'", NULL },                     \
		{ "fee", "Chờ nghĩa vụ tài chính", "waits for a fee", UNIT_COUNT, "?state = 'fee'", NULL },                 \
		{ "stopped", "Dừng xử lý", "stopped", UNIT_COUNT, "?state = 'stopped'", NULL },                             \
		{ "withdrawn", "Rút, trả lại", "withdrawn, given back", UNIT_COUNT, "?state IN ('withdrawal', 'ended')",    \
		  NULL },                                                                                                   \
		{ "rate", "Tỷ lệ đúng hạn", "in time of done", UNIT_RATE, RATE(JUDGED), JUDGED },                           \
	{                                                                                                                   \
		"rate_open", "Tỷ lệ tính cả đang quá hạn", "in time of done and overdue", UNIT_RATE, RATE(WITH_OPEN),       \
			WITH_OPEN                                                                                           \
	}

static const struct report_column agencies[] = {
	{ "key", "Mã cơ quan", "agency", UNIT_CODE, "origin", NULL },
	{ "name", "Cơ quan", "name", UNIT_TEXT, "(SELECT name FROM agency WHERE agency.code = origin)", NULL },
	COUNTS,
};
static const struct report_column sectors[] = {
	{ "key", "Lĩnh vực", "sector", UNIT_CODE, "sector", NULL },
	COUNTS,
};
static const struct report_column procedures[] = {
	{ "key", "Mã thủ tục", "procedure", UNIT_CODE, "procedure", NULL },
	{ "name", "Thủ tục", "name", UNIT_TEXT, REPORT_NEWEST_NAME, NULL },
	COUNTS,
};
#define CHANNEL "CASE channel WHEN 1 THEN 'counter' WHEN 2 THEN 'online' WHEN 3 THEN 'post' ELSE 'unsaid' END"
static const struct report_column channels[] = {
	{ "key", "Kênh", "channel", UNIT_CODE, CHANNEL, NULL },
	COUNTS,
};

/* The limit keeps SQLite from writing the view into each column, which would judge each dossier twenty times. */
#define FACTS "(SELECT * FROM facts LIMIT -1)"
#define GROUP(columns, key)                                                                                            \
	report_group(source, &(struct report_group){ columns, sizeof(columns) / sizeof((columns)[0]), key, FACTS, "1", \
						     false })

void report_counts(struct report_source *source)
{
	switch ((int)source->question->kind) {
	case REPORT_AGENCIES:
		report_put_title(source, "Tình hình giải quyết thủ tục hành chính theo cơ quan", "Dossiers by agency");
		GROUP(agencies, "origin");
		return;
	case REPORT_SECTORS:
		report_put_title(source, "Tình hình giải quyết thủ tục hành chính theo lĩnh vực", "Dossiers by sector");
		GROUP(sectors, "sector");
		return;
	case REPORT_PROCEDURES:
		report_put_title(source, "Tình hình giải quyết theo thủ tục", "Dossiers by procedure");
		GROUP(procedures, "procedure");
		return;
	default:
		report_put_title(source, "Tình hình giải quyết theo kênh tiếp nhận", "Dossiers by channel");
		GROUP(channels, CHANNEL);
	}
}
