/* page_work.c: the first page: is it well, and who owes what. One verdict on top with what there is to do; below the causes with their numbers,
 * and the rows of one of them. */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

#include "verdict/verdict.h"
#include "names.h"
#include "offer.h"
#include "words.h"

static const struct {
	enum project_cause cause;
	const char *name; /* in the address */
} causes[] = {
	{ PROJECT_LATE, "late" },     { PROJECT_STUCK, "stuck" },
	{ PROJECT_FROZEN, "frozen" }, { PROJECT_UNANSWERED, "unanswered" },
	{ PROJECT_SILENT, "silent" }, { PROJECT_OWED, "owed" },
};
enum { CAUSES = sizeof(causes) / sizeof(causes[0]) };

static const char *level_css(enum verdict_level level)
{
	return level == VERDICT_HEALTHY ? "good" : level == VERDICT_WARNING ? "warn" : "bad";
}

/* Where a cause is seen. */
static void put_subject(struct visit *visit, const struct verdict_item *item)
{
	static const struct {
		enum lt_cause cause;
		const char *path; /* ends in '/': the first subject follows */
	} pages[] = {
		{ LT_CAUSE_DOSSIER_LATE, "/?cause=late" },     { LT_CAUSE_OFFER_LATE, "/?cause=late" },
		{ LT_CAUSE_ACT_LATE, "/?cause=late" },         { LT_CAUSE_DOSSIER_SILENT, "/?cause=silent" },
		{ LT_CAUSE_ITEM_STUCK, "/?cause=stuck" },      { LT_CAUSE_DOSSIER_FROZEN, "/?cause=frozen" },
		{ LT_CAUSE_MAILBOX_UNANSWERED, "/agencies/" }, { LT_CAUSE_AGENCY_DISCONNECTED, "/agencies" },
		{ LT_CAUSE_MAILBOX_WAITS, "/agencies/" },      { LT_CAUSE_RECORD_UNREADABLE, "/agencies/" },
		{ LT_CAUSE_CERTIFICATE_OVER, "/agencies/" },   { LT_CAUSE_CERTIFICATE_ENDS, "/agencies/" },
	};
	const char *path = "/system";
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (pages[i].cause == item->cause)
			path = pages[i].path;
	}
	bool one = path[1] && path[strlen(path) - 1] == '/' && item->subject_count > 0;
	html_put(&visit->html, "<a href=\"%s%U\">%S</a>", path, one ? item->subjects[0].name : "", item->text);
}

static void put_verdict(struct visit *visit, const struct lt_status_view *status)
{
	struct html *html = &visit->html;
	struct desk_broker broker = desk_broker(desk_of(visit));
	struct verdict *verdict = calloc(1, sizeof(*verdict)); /* some 40 KiB: more than a thread's stack should hold */
	enum lt_language language = html->language;
	if (!verdict) {
		html->failed = true;
		return;
	}
	if (status && broker.there)
		verdict_make(status, language, verdict);
	else
		verdict_make_silent(broker.why, language, verdict);
	html_put(html, "<p id=verdict class=\"verdict %s\" role=status><strong>%S</strong></p>",
		 level_css(verdict->level), verdict->text);
	html_put(html, "<ul class=todo aria-label=\"%L\">", "Việc của người vận hành", "To do");
	for (size_t i = 0; i < verdict->count && i < VERDICT_SHOWN; i++) {
		const struct verdict_item *item = &verdict->items[i];
		html_put(html, "<li class=%s data-cause=\"%s\">", level_css(item->level), item->id);
		put_subject(visit, item);
		if (item->command[0])
			html_put(html, "<code>%s</code>", item->command);
	}
	html_raw(html, "</ul>");
	free(verdict);
}

static bool is_cause(const char *asked)
{
	for (size_t i = 0; i < CAUSES; i++) {
		if (strcmp(causes[i].name, asked) == 0)
			return true;
	}
	return false;
}

/* The cause that was asked for; else the first that has rows. */
static size_t choose(const char *asked, const struct project_causes *counts)
{
	for (size_t i = 0; i < CAUSES; i++) {
		if (strcmp(causes[i].name, asked) == 0)
			return i;
	}
	for (size_t i = 0; i < CAUSES; i++) {
		if (counts->causes[causes[i].cause].count > 0)
			return i;
	}
	return CAUSES - 1;
}

static void put_tiles(struct visit *visit, const struct project_causes *counts, size_t chosen, const char *agency)
{
	struct html *html = &visit->html;
	html_put(html, "<ul class=tiles aria-label=\"%L\">", "Theo nguyên nhân", "By cause");
	for (size_t i = 0; i < CAUSES; i++) {
		const struct project_cause_count *count = &counts->causes[causes[i].cause];
		bool bad = count->count > 0 && causes[i].cause != PROJECT_OWED && causes[i].cause != PROJECT_UNANSWERED;
		html_put(html, "<li><a href=\"/?cause=%s%s%U\"%s><b class=%s>%s%u</b>%s", causes[i].name,
			 *agency ? "&amp;agency=" : "", agency, i == chosen ? " aria-current=true" : "",
			 bad ? "bad" : "x", count->exact ? "" : "≥ ", count->count,
			 word_cause(causes[i].cause, html->language));
		if (count->oldest)
			html_put(html, " <span class=dim>%L %t</span>", "sớm nhất", "first", count->oldest);
		html_raw(html, "</a>");
	}
	html_raw(html, "</ul>");
}

static const struct column columns[] = {
	{ "Hồ sơ", "Dossier", "head" }, { "Ai", "Who", NULL },    { "Việc", "What", NULL },
	{ "Từ", "Since", NULL },        { "Hạn", "Until", NULL }, { "Chậm", "Late by", NULL },
	{ "Tiếp theo", "Next", NULL },
};

/* What an operator can do about it. */
static void put_next(struct visit *visit, enum project_cause cause, const struct project_row *row)
{
	const struct lt_owed owed = {
		.what = row->what, .who = row->who, .acting = row->acting, .branch = row->branch, .until = row->until
	};
	if (!may(visit, LT_ASKER_OPERATOR))
		return;
	if (cause == PROJECT_STUCK)
		layout_act_folded(visit, "redeliver", row->who, row->number, "Gửi lại", "Send it again");
	else if (cause == PROJECT_FROZEN)
		html_put(&visit->html, "<a href=\"/dossiers/%U\">%L</a>", row->code, "Sửa hoặc đóng",
			 "Repair or close");
	else if (row->what != 0)
		layout_act_folded(visit, "remind", row->code, 0, "Nhắc", "Remind");
	offer_put_back(visit, row->code, &owed);
}

static void put_row(struct visit *visit, enum project_cause cause, const struct project_row *row, int64_t now)
{
	struct html *html = &visit->html;
	html_raw(html, "<tr>");
	layout_cell(visit, &columns[0]);
	if (row->code[0])
		html_put(html, "<a href=\"/dossiers/%U\">%s</a><br>", row->code, row->code);
	html_put(html, "<span class=dim>%S</span>",
		 names_of_procedure(visit, row->procedure, row->procedure_version, row->procedure_name));
	layout_cell(visit, &columns[1]);
	names_put_party(visit, row->who, row->acting);
	layout_cell(visit, &columns[2]);
	if (cause == PROJECT_STUCK)
		html_put(html, "<span class=bad>%s</span>",
			 html->language == LT_ENGLISH ? lt_reason_text(row->reason)
						      : lt_reason_vietnamese(row->reason));
	else if (cause == PROJECT_FROZEN)
		html_put(html, "%L %u", "đứng vì bỏ qua bản ghi", "stands since it was skipped: record", row->number);
	else
		html_put(html, "%S", word_owed(row->what, html->language));
	if (row->leg[0])
		html_put(html, "<br><span class=dim>%S</span>",
			 names_of_leg(visit, row->procedure, row->procedure_version, row->leg,
				      row->leg_name[0] ? row->leg_name : row->leg));
	layout_cell(visit, &columns[3]);
	html_put(html, "%t", row->since);
	layout_cell(visit, &columns[4]);
	html_put(html, "%t", row->until);
	layout_cell(visit, &columns[5]);
	if (row->until && row->until < now)
		html_put(html, "<span class=bad>%d</span>", now - row->until);
	layout_cell(visit, &columns[6]);
	put_next(visit, cause, row);
}

static void put_rows(struct visit *visit, struct project_reader *reader, enum project_cause cause, const char *agency,
		     int64_t now)
{
	struct project_rows rows;
	enum lt_err err = project_read_rows(reader, cause, agency, now, visit_query(visit, "after"), 0, &rows);
	html_put(&visit->html, "<h2>%s</h2>", word_cause(cause, visit->html.language));
	if (err) {
		layout_not_told(visit, VISIT_FAILED);
	} else if (rows.count == 0) {
		html_put(&visit->html, "<p class=empty>%L</p>", "Không có.", "None.");
	} else {
		layout_table(visit, "Việc theo nguyên nhân", "Rows of the cause", columns,
			     sizeof(columns) / sizeof(columns[0]));
		for (size_t i = 0; i < rows.count; i++)
			put_row(visit, cause, &rows.rows[i], now);
		layout_table_end(visit);
		layout_next(visit, rows.next);
	}
}

static void put_filter(struct visit *visit, const char *cause, const char *agency)
{
	if (!*agency)
		return;
	html_put(&visit->html, "<p>%L <strong>%S</strong> · <a href=\"/?cause=%s\">%L</a></p>", "Chỉ của", "Only of",
		 names_of(visit, agency), cause, "xem tất cả", "show all");
}

void page_work(struct visit *visit)
{
	struct desk *desk = desk_of(visit);
	struct project_reader *reader = desk_reader(desk);
	struct project_causes counts;
	const char *agency = visit_query(visit, "agency");
	int64_t now = desk_now(desk);
	layout_begin(visit, PLACE_WORK, "Việc", "Work");
	put_verdict(visit, desk_status(desk, visit));
	if (!reader || project_read_causes(reader, agency, now, &counts)) {
		html_put(&visit->html, "<p class=empty>%L</p>", "Bản sao hồ sơ chưa có.",
			 "There is no copy of the dossiers yet.");
		desk_give(desk, reader);
		layout_end(visit, 0, 0);
		return;
	}
	uint64_t sequence = counts.sequence;
	int64_t time = counts.time;
	size_t chosen = choose(visit_query(visit, "cause"), &counts);
	const char *cause = visit_query(visit, "cause");
	if (*cause && !is_cause(cause))
		html_put(&visit->html, "<p class=\"banner warn\" role=alert>%L <code>%S</code>.</p>",
			 "Không có nguyên nhân nào tên là", "There is no cause by the name of", cause);
	put_tiles(visit, &counts, chosen, agency);
	put_filter(visit, causes[chosen].name, agency);
	put_rows(visit, reader, causes[chosen].cause, agency, now);
	desk_give(desk, reader);
	layout_end(visit, sequence, time);
}
