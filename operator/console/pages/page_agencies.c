/* page_agencies.c: who is connected, what waits for whom; one agency with what can be done about it. */
#include "pages.h"

#include <string.h>

#include "agency_parts.h"
#include "words.h"

static const struct column columns[] = {
	{ "Cơ quan", "Agency", "head" },          { "Kết nối", "Connection", NULL },
	{ "Chờ nhận", "Waiting", "number" },      { "Cũ nhất", "Oldest", NULL },
	{ "Không nhận được", "Stuck", "number" }, { "Đang giữ", "Holds", "number" },
	{ "Phải làm", "Owes", "number" },         { "Quá hạn", "Late", "number" },
	{ "Bị từ chối", "Refused", "number" },    { "Chứng thư đến", "Certificate until", NULL },
	{ "Đĩa trống", "Disk free", NULL },       { "Đồng hồ lệch", "Clock off", NULL },
};
#define ENDS_SOON_US (30 * INT64_C(86400000000)) /* as its cause has it */

static const struct lt_session_view *session_of(const struct lt_status_view *status, const char *code)
{
	for (size_t i = 0; status && i < status->session_count; i++) {
		for (size_t k = 0; k < status->sessions[i].agency_count; k++) {
			if (strcmp(status->sessions[i].agencies[k], code) == 0)
				return &status->sessions[i];
		}
	}
	return NULL;
}

static void put_connection(struct visit *visit, const struct lt_status_view *status,
			   const struct project_agency *agency)
{
	struct html *html = &visit->html;
	const struct lt_session_view *session = session_of(status, agency->code);
	if (agency->suspended)
		html_put(html, "<span class=\"tag warn\">%L</span> ", "tạm ngừng", "suspended");
	if (agency->handled_by[0]) {
		html_put(html, "<span class=tag>%L</span> ", "đã sáp nhập vào", "merged into");
		names_put(visit, agency->handled_by);
	} else if (session) {
		html_put(html, "<span class=\"tag good\">%L</span> %L %t<br><span class=dim>%S</span>", "có kết nối",
			 "connected", "từ", "since", session->since, session->software);
	} else if (agency->online) {
		html_put(html, "<span class=\"tag good\">%L</span>", "có kết nối", "connected");
	} else {
		html_put(html, "<span class=\"tag dim\">%L</span>", "không kết nối", "not connected");
	}
	if (agency->unanswered_since)
		html_put(html, "<br><span class=bad>%L %t</span>", "không xác nhận gì từ", "confirms nothing since",
			 agency->unanswered_since);
	if (agency->unreadable)
		html_put(html, "<br><span class=bad>%L %u</span>", "thư dừng vì không đọc được bản ghi",
			 "its mail stops at a record that cannot be read:", agency->unreadable);
}

static const char *at_least(uint64_t count)
{
	return count == PROJECT_COUNT_MAX ? "≥ " : "";
}

/* most: it is counted no further than PROJECT_COUNT_MAX. */
static void put_count(struct visit *visit, const struct column *column, uint64_t count, bool most, bool bad)
{
	layout_cell(visit, column);
	html_put(&visit->html,
		 count == 0 ? "<span class=\"dim zero\">%s%u</span>"
		 : bad      ? "<span class=bad>%s%u</span>"
			    : "<strong>%s%u</strong>",
		 most ? at_least(count) : "", count);
}

static const char *css_of(enum project_level level)
{
	return level == PROJECT_BAD ? "bad" : level == PROJECT_LOW ? "warn" : "plain";
}

/* By the records' time, not by the law's: of a trial these differ. */
static void put_ends(struct visit *visit, const struct lt_status_view *status, const struct project_agency *agency)
{
	int64_t left = agency->certificates_end - (status ? status->time : desk_now(desk_of(visit)));
	if (agency->certificates_end)
		html_put(&visit->html, "<span class=%s>%D</span>",
			 css_of(left <= 0              ? PROJECT_BAD
				: left <= ENDS_SOON_US ? PROJECT_LOW
						       : PROJECT_GOOD),
			 agency->certificates_end);
	else
		html_put(&visit->html, "<span class=dim>%L</span>", "chưa có", "none");
}

/* What its adapter tells of its machine. */
static void put_machine(struct visit *visit, const struct project_agency *agency)
{
	struct html *html = &visit->html;
	layout_cell(visit, &columns[10]);
	if (agency->disk != PROJECT_UNTOLD)
		html_put(html, "<span class=%s>%i %%</span> <span class=dim>%z</span>", css_of(agency->disk),
			 agency_percent(agency->disk_free, agency->disk_size), agency->disk_free);
	layout_cell(visit, &columns[11]);
	if (agency->clock == PROJECT_UNTOLD)
		return;
	html_put(html, "<span class=%s>", css_of(agency->clock));
	agency_put_ahead(html, agency->clock_ahead);
	html_raw(html, "</span>");
}

static void put_row(struct visit *visit, const struct lt_status_view *status, const struct project_agency *agency)
{
	struct html *html = &visit->html;
	bool english = html->language == LT_ENGLISH && agency->name_en[0];
	html_raw(html, "<tr>");
	layout_cell(visit, &columns[0]);
	html_put(html, "<a href=\"/agencies/%U\">%S</a><br><span class=dim>%s</span>", agency->code,
		 english ? agency->name_en : agency->name, agency->code);
	layout_cell(visit, &columns[1]);
	put_connection(visit, status, agency);
	put_count(visit, &columns[2], agency->waiting, false, false);
	layout_cell(visit, &columns[3]);
	if (agency->oldest)
		html_put(html, "%t", agency->oldest);
	put_count(visit, &columns[4], agency->stuck, false, true);
	put_count(visit, &columns[5], agency->held, true, false);
	put_count(visit, &columns[6], agency->owed, true, false);
	put_count(visit, &columns[7], agency->late, true, true);
	put_count(visit, &columns[8], agency->refused, false, false);
	layout_cell(visit, &columns[9]);
	put_ends(visit, status, agency);
	put_machine(visit, agency);
}

void page_agencies(struct visit *visit)
{
	struct desk *desk = desk_of(visit);
	struct project_reader *reader = desk_reader(desk);
	struct project_agencies list = { 0 };
	const struct lt_status_view *status = desk_status(desk, visit);
	const char *text = visit_query(visit, "text");
	layout_begin(visit, PLACE_AGENCIES, "Cơ quan", "Agencies");
	html_put(&visit->html,
		 "<form class=filters action=/agencies><label>%L<input type=search name=text value=\"%s\" size=30 "
		 "maxlength=200></label><button>%L</button> <a href=/agencies>%L</a></form>",
		 "Tên hoặc mã (không cần dấu)", "Name or code (accents may be left out)", text, "Tìm", "Find", "Tất cả",
		 "All");
	enum lt_err err =
		reader ? project_read_agencies(reader, text, desk_now(desk), visit_query(visit, "after"), 100, &list)
		       : LT_EIO;
	if (err) {
		layout_not_told(visit, VISIT_FAILED);
	} else if (list.count == 0) {
		html_put(&visit->html, "<p class=empty>%L</p>", "Không có cơ quan nào như vậy.",
			 "There is no such agency.");
	} else {
		if (!*text && !*visit_query(visit, "after"))
			agency_put_troubles(visit, status);
		layout_table(visit, "Danh sách cơ quan", "Agencies", columns, sizeof(columns) / sizeof(columns[0]));
		for (size_t i = 0; i < list.count; i++)
			put_row(visit, status, &list.rows[i]);
		layout_table_end(visit);
		layout_next(visit, list.next);
	}
	desk_give(desk, reader);
	layout_end(visit, list.sequence, list.time);
}

/* ---- one of them ---- */

/* Of its last certificate, as the broker tells it: soon, or over. 0: neither. */
static int64_t certificate_end(const struct lt_status_view *status, const char *code)
{
	for (size_t i = 0; status && i < status->trust_count; i++) {
		const struct lt_trust_view *trust = &status->trust[i];
		if (trust->type == LT_TRUST_AGENCY && strcmp(trust->name, code) == 0)
			return trust->ends;
	}
	return 0;
}

static void put_facts(struct visit *visit, const struct lt_status_view *status, const struct project_agency *agency,
		      const struct lt_agency_view *present)
{
	struct html *html = &visit->html;
	html_put(html, "<section class=card><dl class=facts><dt>%L<dd>%s<dt>%L<dd>%s", "Mã", "Code", agency->code,
		 "Cấp", "Level", word_level(agency->level, html->language));
	if (agency->parent[0]) {
		html_put(html, "<dt>%L<dd>", "Cấp trên", "Above it");
		names_put(visit, agency->parent);
	}
	html_put(html, "<dt>%L<dd>", "Kết nối", "Connection");
	put_connection(visit, status, agency);
	html_put(html, "<dt>%L<dd>%u", "Thư chờ nhận", "Items that wait", agency->waiting);
	if (agency->oldest)
		html_put(html, " (%L %t)", "cũ nhất", "the oldest", agency->oldest);
	html_put(html, "<dt>%L<dd>%i", "Chứng thư", "Certificates", (unsigned)agency->certificates);
	html_put(html, "<dt>%L<dd>", "Chứng thư cuối hết hạn", "Its last certificate ends");
	put_ends(visit, status, agency);
	if (present) {
		agency_put_announced(html, present);
		agency_put_adapter(html, present->adapter);
	}
	if (agency->valid_to)
		html_put(html, "<dt>%L<dd>%t", "Hoạt động đến", "Acts until", agency->valid_to);
	html_put(html,
		 "<dt>%L<dd><a href=\"/dossiers?holder=%U&amp;open=1\">%s%u</a><dt>%L<dd><a "
		 "href=\"/?cause=owed&amp;agency=%U\">%s%u</a><dt>%L<dd><a "
		 "href=\"/?cause=late&amp;agency=%U\">%s%u</a></dl></section>",
		 "Nhánh hồ sơ đang giữ", "Branches held", agency->code, at_least(agency->held), agency->held,
		 "Việc phải làm", "Acts owed", agency->code, at_least(agency->owed), agency->owed, "Việc quá hạn",
		 "Acts over their time", agency->code, at_least(agency->late), agency->late);
}

static const struct column stuck_columns[] = {
	{ "Số", "Number", "head" },
	{ "Từ", "Since", NULL },
	{ "Vì sao", "Why", NULL },
	{ "Tiếp theo", "Next", NULL },
};

/* Its mailbox, as the broker has it now. */
static void put_stuck(struct visit *visit, const char *code)
{
	struct html *html = &visit->html;
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES, .code = code };
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	if (!answer || visit_ask(visit, &request, answer) != VISIT_TOLD || answer->reason ||
	    answer->mailboxes.count == 0 || answer->mailboxes.mailboxes[0].stuck_count == 0)
		return;
	const struct lt_mailbox_view *mailbox = &answer->mailboxes.mailboxes[0];
	html_put(html, "<h2>%L</h2><p class=screen><a href=\"/?cause=stuck&amp;agency=%U\">%L</a></p>",
		 "Thư mà cơ quan không nhận được", "Items that it could not take", code, "Của những hồ sơ nào",
		 "Of which dossiers");
	layout_table(visit, "Thư không nhận được", "Items that could not be taken", stuck_columns,
		     sizeof(stuck_columns) / sizeof(stuck_columns[0]));
	for (size_t i = 0; i < mailbox->stuck_count; i++) {
		const struct lt_stuck_view *stuck = &mailbox->stuck[i];
		html_raw(html, "<tr>");
		layout_cell(visit, &stuck_columns[0]);
		html_put(html, "%u <span class=dim>(%L %u)</span>", stuck->number, "bản ghi", "record",
			 stuck->sequence);
		layout_cell(visit, &stuck_columns[1]);
		html_put(html, "%t", stuck->since);
		layout_cell(visit, &stuck_columns[2]);
		html_put(html, "%s",
			 html->language == LT_ENGLISH ? lt_reason_text((enum lt_reason)stuck->reason)
						      : lt_reason_vietnamese((enum lt_reason)stuck->reason));
		layout_cell(visit, &stuck_columns[3]);
		if (stuck->redelivered) {
			html_put(html, "%L %u", "đã gửi lại với số", "sent again under number", stuck->redelivered);
		} else if (may(visit, LT_ASKER_OPERATOR)) {
			layout_act(visit, "redeliver", mailbox->agency, stuck->number, "", "Gửi lại", "Send it again");
		}
	}
	layout_table_end(visit);
}

/* What an act changes, and what only the broker has, is asked of it: the copy has it some seconds later, or not at all. NULL: not told. */
static const struct lt_agency_view *ask_present(struct visit *visit, struct project_agency *agency)
{
	struct lt_control_request request = { .type = LT_CONTROL_AGENCIES, .code = agency->code };
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	if (!answer || visit_ask(visit, &request, answer) != VISIT_TOLD || answer->reason ||
	    answer->agencies.count != 1)
		return NULL;
	agency->suspended = answer->agencies.agencies[0].suspended;
	agency->online = answer->agencies.agencies[0].online;
	return &answer->agencies.agencies[0];
}

void page_agency(struct visit *visit)
{
	struct desk *desk = desk_of(visit);
	const char *code = visit->path + strlen("/agencies/");
	struct project_reader *reader = desk_reader(desk);
	struct project_agencies list = { 0 };
	if (!reader || project_read_agency(reader, code, desk_now(desk), &list) || list.count == 0) {
		desk_give(desk, reader);
		layout_say(visit, 404, "Không có cơ quan với mã này", "There is no agency with this code");
		return;
	}
	struct project_agency *agency = &list.rows[0];
	const struct lt_agency_view *present = ask_present(visit, agency);
	bool english = visit->html.language == LT_ENGLISH && agency->name_en[0];
	layout_begin_named(visit, PLACE_AGENCIES, english ? agency->name_en : agency->name);
	html_raw(&visit->html, "<div class=cards>");
	const struct lt_status_view *status = desk_status(desk, visit);
	put_facts(visit, status, agency, present);
	agency_put_acts(visit, agency, present, certificate_end(status, agency->code));
	html_raw(&visit->html, "</div>");
	put_stuck(visit, code);
	if (present)
		agency_put_refused(visit, present);
	desk_give(desk, reader);
	layout_end(visit, list.sequence, list.time);
}
