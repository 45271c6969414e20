/* page_acts.c: what operators did, out of the journal, newest first: whom the kernel named, who he said to be, and why. */
#include "pages.h"

#include <string.h>

#include "record/act.h"
#include "record/definitions.h"

#define CHUNK 512u   /* records a question */
#define QUESTIONS 4u /* for one page: some 6 MiB of records; behind them a link leads on */
#define ROWS_MAX 200u

static const struct column columns[] = {
	{ "Bản ghi", "Record", "head" }, { "Ai (hệ điều hành)", "User", NULL }, { "Tự xưng", "Says to be", NULL },
	{ "Việc", "Act", NULL },         { "Kết quả", "Outcome", NULL },        { "Lý do", "Reason", NULL },
};

/* What another user confirms, at the dossier's own page. That he did already, or that a later one took its place, the broker says there. */
static bool proposes(const struct lt_command *command)
{
	enum lt_admin_act act = command->u.admin.act;
	return command->type == LT_COMMAND_ADMIN &&
	       (act == LT_ADMIN_DOSSIER_REPAIR || act == LT_ADMIN_DOSSIER_CLOSE || act == LT_ADMIN_OFFER_BACK ||
		(act == LT_ADMIN_STAY_CORRECT && command->u.admin.verdict != 0));
}

/* Which procedure, which year, whose hours. */
static void put_defined(struct visit *visit, const struct lt_define_command *define)
{
	struct html *html = &visit->html;
	struct lt_refusal refusal = { 0 };
	struct lt_procedure procedure;
	struct lt_calendar_year year;
	struct lt_office_hours office;
	if (define->type == LT_DEFINE_PROCEDURE &&
	    lt_procedure_decode(define->data, visit->arena, &procedure, &refusal) == LT_REASON_NONE)
		html_put(html, " <a href=\"/system/procedures/%U\">%S</a> %L %i", procedure.code, procedure.code, "bản",
			 "version", (unsigned)procedure.version);
	else if (define->type == LT_DEFINE_CALENDAR &&
		 lt_calendar_year_decode(define->data, visit->arena, &year, &refusal) == LT_REASON_NONE)
		html_put(html, " %i %L %i", (unsigned)year.year, "bản", "version", (unsigned)year.version);
	else if (define->type == LT_DEFINE_OFFICE &&
		 lt_office_hours_decode(define->data, visit->arena, &office, &refusal) == LT_REASON_NONE)
		html_put(html, " <a href=\"/agencies/%U\">%S</a>", office.agency, office.agency);
}

static void put_act(struct visit *visit, const struct lt_command *command, const struct lt_act *act)
{
	struct html *html = &visit->html;
	if (html->language == LT_ENGLISH)
		html_put(html, "<strong>%s</strong> ", act->name);
	else
		html_put(html, "<strong>%s</strong><br><span class=dim>%s</span> ", act->vietnamese, act->name);
	if (act->about == LT_ACT_ABOUT_AGENCY && act->subject[0])
		html_put(html, "<a href=\"/agencies/%U\">%S</a>", act->subject, act->subject);
	else if (act->about == LT_ACT_ABOUT_DOSSIER && act->subject[0])
		html_put(html, "<a href=\"/dossiers/%U\">%S</a>", act->subject, act->subject);
	else if (act->subject[0])
		html_put(html, "%S", act->subject);
	else if (act->number)
		html_put(html, "%u", act->number);
	else if (act->time)
		html_put(html, "%t", act->time);
	if (command->type == LT_COMMAND_DEFINE)
		put_defined(visit, &command->u.define);
}

static bool put_record(struct visit *visit, struct lt_bytes bytes)
{
	struct html *html = &visit->html;
	struct lt_record record;
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_refusal refusal = { 0 };
	struct lt_act act;
	if (lt_record_decode(bytes, &record, &refusal) || record.erased_by ||
	    lt_record_command(&record, visit->arena, &command, &refusal) || !lt_act_of(&command, &act) ||
	    lt_outcome_decode(record.outcome, visit->arena, &outcome, &refusal))
		return false;
	html_raw(html, "<tr>");
	layout_cell(visit, &columns[0]);
	html_put(html, "%u<br><span class=dim>%t</span>", record.sequence, record.time);
	layout_cell(visit, &columns[1]);
	html_put(html, "%S <span class=dim>uid&nbsp;%i</span>", act.login, (unsigned)act.uid);
	layout_cell(visit, &columns[2]);
	html_put(html, "%S", act.operator_name);
	layout_cell(visit, &columns[3]);
	put_act(visit, &command, &act);
	if (!outcome.reason && proposes(&command) && may(visit, LT_ASKER_OPERATOR))
		html_put(html, " <a href=\"/dossiers/%U?confirm=%u\">%L</a>", act.subject, record.sequence, "Xác nhận…",
			 "Confirm…");
	layout_cell(visit, &columns[4]);
	if (outcome.reason)
		html_put(html, "<span class=bad>%s</span><br><span class=dim>%s</span>", lt_reason_name(outcome.reason),
			 html->language == LT_ENGLISH ? lt_reason_text(outcome.reason)
						      : lt_reason_vietnamese(outcome.reason));
	else
		html_put(html, "<span class=good>%L</span>", "đã làm", "done");
	layout_cell(visit, &columns[5]);
	html_put(html, "%A", act.reason);
	return true;
}

void page_acts(struct visit *visit)
{
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	struct lt_control_request status = { .type = LT_CONTROL_STATUS };
	uint64_t before = visit_query_number(visit, "before");
	enum visit_told told = answer ? visit_ask(visit, &status, answer) : VISIT_FAILED;
	uint64_t head = told == VISIT_TOLD && !answer->reason ? answer->status.head : 0;
	uint64_t end = before && before <= head ? before : head + 1; /* records below it */
	size_t rows = 0;
	visit->live = NULL;
	layout_begin(visit, PLACE_SYSTEM, "Thao tác của người vận hành", "Acts of operators");
	layout_table(visit, "Thao tác", "Acts", columns, sizeof(columns) / sizeof(columns[0]));
	for (unsigned i = 0; told == VISIT_TOLD && !answer->reason && i < QUESTIONS && end > 1 && rows < ROWS_MAX;
	     i++) {
		uint64_t from = end > CHUNK ? end - CHUNK : 1;
		struct lt_control_request request = { .type = LT_CONTROL_JOURNAL,
						      .sequence = from,
						      .limit = (uint32_t)(end - from) };
		told = visit_ask(visit, &request, answer);
		if (told != VISIT_TOLD || answer->reason)
			break;
		for (size_t k = answer->journal.count; k-- > 0;)
			rows += put_record(visit, answer->journal.records[k]);
		end = from;
	}
	layout_table_end(visit);
	if (told != VISIT_TOLD)
		layout_not_told(visit, told);
	else if (answer->reason)
		layout_refusal(visit, answer);
	else if (rows == 0)
		html_put(&visit->html, "<p class=empty>%L</p>", "Không có thao tác nào trong đoạn này.",
			 "No acts among these records.");
	if (told == VISIT_TOLD && !answer->reason && end > 1)
		html_put(&visit->html, "<p class=pager><a href=\"/system/acts?before=%u\">%L</a></p>", end, "Cũ hơn →",
			 "Older →");
	layout_end(visit, head, 0);
}
