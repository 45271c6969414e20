/* page_acts.c: what operators did, out of the journal, newest first: whom the kernel named, who he said to be, and why. */
#include "pages.h"

#include <string.h>

#include "names.h"

#define CHUNK 512u   /* records a question */
#define QUESTIONS 4u /* for one page: some 6 MiB of records; behind them a link leads on */
#define ROWS_MAX 200u

static const struct column columns[] = {
	{ "Bản ghi", "Record", "head" }, { "Ai (hệ điều hành)", "User", NULL }, { "Tự xưng", "Says to be", NULL },
	{ "Việc", "Act", NULL },         { "Kết quả", "Outcome", NULL },        { "Lý do", "Reason", NULL },
};

static const char *define_name(enum lt_definition type)
{
	static const char *const names[] = { "directory", "revocation list", "procedure", "calendar", "office hours" };
	switch (type) {
	case LT_DEFINE_DIRECTORY:
		return names[0];
	case LT_DEFINE_CRL:
		return names[1];
	case LT_DEFINE_PROCEDURE:
		return names[2];
	case LT_DEFINE_CALENDAR:
		return names[3];
	case LT_DEFINE_OFFICE:
		return names[4];
	}
	return "?";
}

/* In the order of their numbers; as `lienthong audit` names them. */
static const char *admin_name(enum lt_admin_act act)
{
	static const struct {
		enum lt_admin_act act;
		const char *name;
	} names[] = {
		{ LT_ADMIN_SUSPEND, "suspend" },
		{ LT_ADMIN_RESUME, "resume" },
		{ LT_ADMIN_TIME_CONFIRMED, "time confirm" },
		{ LT_ADMIN_SKIP, "skip" },
		{ LT_ADMIN_TIME_SET, "time set" },
		{ LT_ADMIN_REDELIVER, "redeliver" },
		{ LT_ADMIN_MAILBOX_BEGIN, "redeliver from" },
		{ LT_ADMIN_TRUST_GRACE, "grace" },
		{ LT_ADMIN_CRL_WITHDRAW, "withdraw list" },
		{ LT_ADMIN_RESTORE_CONFIRM, "restore confirm" },
		{ LT_ADMIN_DOSSIER_REPAIR, "dossier repair" },
		{ LT_ADMIN_DOSSIER_CLOSE, "dossier close" },
		{ LT_ADMIN_DOSSIER_CONFIRM, "dossier confirm" },
		{ LT_ADMIN_STAY_CORRECT, "dossier correct" },
		{ LT_ADMIN_CARRY_OPEN, "carry open" },
		{ LT_ADMIN_CARRY_CONFIRM, "carry confirm" },
		{ LT_ADMIN_CARRY_CLOSE, "carry close" },
		{ LT_ADMIN_SANDBOX_CLOCK, "sandbox clock" },
		{ LT_ADMIN_DRAIN, "drain" },
		{ LT_ADMIN_CLOSURE, "closure" },
		{ LT_ADMIN_REOPEN, "reopen" },
		{ LT_ADMIN_REMIND, "dossier remind" },
		{ LT_ADMIN_OFFER_BACK, "dossier offer-back" },
		{ LT_ADMIN_AGENCY_REMIND, "agency remind" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].act == act)
			return names[i].name;
	}
	return "?";
}

struct told_act {
	const char *what, *subject, *operator_name, *reason, *login;
	uint32_t uid;
};

static bool act_of(const struct lt_command *command, struct told_act *out)
{
	const struct lt_define_command *define = &command->u.define;
	const struct lt_admin_command *admin = &command->u.admin;
	const struct lt_outage_command *outage = &command->u.outage;
	const struct lt_activate_command *rules = &command->u.activate;
	const struct lt_erase_command *erase = &command->u.erase;
	if (command->type == LT_COMMAND_DEFINE)
		*out = (struct told_act){
			define_name(define->type), "", define->operator_name, define->reason, define->login, define->uid
		};
	else if (command->type == LT_COMMAND_ADMIN)
		*out = (struct told_act){ admin_name(admin->act), admin->subject, admin->operator_name,
					  admin->reason,          admin->login,   admin->uid };
	else if (command->type == LT_COMMAND_OUTAGE)
		*out = (struct told_act){ "outage",      "",         outage->operator_name, outage->reason,
					  outage->login, outage->uid };
	else if (command->type == LT_COMMAND_ACTIVATE)
		*out = (struct told_act){ "rules", "", rules->operator_name, rules->reason, rules->login, rules->uid };
	else if (command->type == LT_COMMAND_ERASE)
		*out = (struct told_act){ "erase", "", erase->operator_name, erase->reason, erase->login, erase->uid };
	else
		return false;
	return true;
}

static const char *text_of(const char *text)
{
	return text ? text : "";
}

/* What another user confirms, at the dossier's own page. That he did already, or that a later one took its place, the broker says there. */
static bool proposes(const struct lt_command *command)
{
	enum lt_admin_act act = command->u.admin.act;
	return command->type == LT_COMMAND_ADMIN &&
	       (act == LT_ADMIN_DOSSIER_REPAIR || act == LT_ADMIN_DOSSIER_CLOSE || act == LT_ADMIN_OFFER_BACK ||
		(act == LT_ADMIN_STAY_CORRECT && command->u.admin.verdict != 0));
}

static bool put_record(struct visit *visit, struct lt_bytes bytes)
{
	struct html *html = &visit->html;
	struct lt_record record;
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_refusal refusal = { 0 };
	struct told_act act;
	if (lt_record_decode(bytes, &record, &refusal) || record.erased_by ||
	    lt_record_command(&record, visit->arena, &command, &refusal) || !act_of(&command, &act) ||
	    lt_outcome_decode(record.outcome, visit->arena, &outcome, &refusal))
		return false;
	html_raw(html, "<tr>");
	layout_cell(visit, &columns[0]);
	html_put(html, "%u<br><span class=dim>%t</span>", record.sequence, record.time);
	layout_cell(visit, &columns[1]);
	html_put(html, "%i %S", (unsigned)act.uid, text_of(act.login));
	layout_cell(visit, &columns[2]);
	html_put(html, "%S", text_of(act.operator_name));
	layout_cell(visit, &columns[3]);
	html_put(html, "<strong>%s</strong> %S", act.what, text_of(act.subject));
	if (!outcome.reason && proposes(&command) && may(visit, LT_ASKER_OPERATOR))
		html_put(html, " <a href=\"/dossiers/%U?confirm=%u\">%L</a>", text_of(act.subject), record.sequence,
			 "Xác nhận…", "Confirm…");
	layout_cell(visit, &columns[4]);
	if (outcome.reason)
		html_put(html, "<span class=bad>%s</span>", lt_reason_name(outcome.reason));
	else
		html_put(html, "<span class=good>%L</span>", "đã làm", "done");
	layout_cell(visit, &columns[5]);
	html_put(html, "%A", text_of(act.reason));
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
	layout_begin(visit, PLACE_SYSTEM, "Thao tác của người điều hành", "Acts of operators");
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
