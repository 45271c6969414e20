/* page_system.c: what the broker stands on: trust, time, ledger, disk, definitions; figures. */
#include "pages.h"

#include <stdlib.h>
#include <string.h>

#include "desk.h"
#include "record/definitions.h"
#include "verdict/verdict.h"

static const struct lt_control_answer *ask(struct visit *visit, struct lt_control_request request)
{
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	if (!answer || visit_ask(visit, &request, answer) != VISIT_TOLD || answer->reason)
		return NULL;
	return answer;
}

static void put_broker(struct visit *visit, const struct lt_status_view *status)
{
	struct html *html = &visit->html;
	html_put(html,
		 "<section class=card><h2>%L</h2><dl "
		 "class=facts><dt>%L<dd>%S<dt>%L<dd>%S<dt>%L<dd>%t<dt>%L<dd>%u<dt>%L<dd>%z<dt>%L<dd>%u "
		 "(%L %u)",
		 "Máy chủ trung chuyển", "The broker", "Tên miền", "Domain", status->domain, "Phiên bản", "Version",
		 status->version, "Chạy từ", "Started", status->started, "Số hồ sơ", "Dossiers", status->dossiers,
		 "Bộ nhớ", "Memory", status->resident, "Bản ghi", "Records", status->head, "kho đã có đến",
		 "the store has come to", status->flushed);
	html_put(html, "<dt>%L<dd>%u / %u / %u</dl></section>", "Nhận / từ chối / giao từ lúc chạy",
		 "Admitted / refused / delivered since the start", status->admitted, status->rejected,
		 status->delivered);
	html_put(html, "<section class=card><h2>%L</h2><dl class=facts><dt>%L<dd>%z<dt>%L<dd>%z%s", "Đĩa", "Disk",
		 "Còn trống", "Free", status->disk_free, "Nhật ký", "Journal", status->journal_bytes, "");
	if (status->store_full)
		html_put(html, "<dt class=bad>%L<dd class=bad>%L", "Đĩa đầy", "Full", "không nhận phong bì mới",
			 "nothing new is admitted");
	for (size_t i = 0; i < status->damaged_count; i++)
		html_put(html, "<dt class=bad>%L<dd class=bad>%S", "Hỏng", "Damaged", status->damaged[i]);
	html_raw(html, "</dl></section>");
}

/* What is wrong now, the worst first, with the command that mends it: as the first page has it, and without its end at ten. */
static void put_alarms(struct visit *visit, const struct lt_status_view *status)
{
	struct html *html = &visit->html;
	struct verdict *verdict = calloc(1, sizeof(*verdict)); /* more than a thread's stack should hold */
	if (!verdict) {
		html->failed = true;
		return;
	}
	verdict_make(status, html->language, verdict);
	html_put(html, "<h2>%L</h2>", "Cảnh báo", "Alarms");
	if (verdict->count == 0)
		html_put(html, "<p class=empty>%L</p>", "Không có cảnh báo nào.", "There is none.");
	html_raw(html, verdict->count > 0 ? "<ul class=todo>" : "");
	for (size_t i = 0; i < verdict->count; i++) {
		const struct verdict_item *item = &verdict->items[i];
		html_put(html, "<li class=%s data-cause=\"%s\"><span class=say>%S</span>",
			 item->level == VERDICT_CRITICAL ? "bad" : "warn", item->id, item->text);
		if (item->command[0])
			html_put(html, "<code>%s</code>", item->command);
	}
	html_raw(html, verdict->count > 0 ? "</ul>" : "");
	free(verdict);
}

static void put_time(struct visit *visit)
{
	struct html *html = &visit->html;
	const struct lt_control_answer *answer = ask(visit, (struct lt_control_request){ .type = LT_CONTROL_TIME });
	if (!answer)
		return;
	const struct lt_time_view *time = &answer->time;
	html_put(html, "<section class=card><h2>%L</h2><dl class=facts><dt>%L<dd>%t<dt>%L<dd>%t", "Thời gian", "Time",
		 "Giờ bản ghi", "Record time", time->time, "Đồng hồ máy", "The machine's clock", time->clock);
	if (time->sandbox)
		html_put(html, "<dt>%L<dd>%t", "Giờ pháp lý (thử)", "Legal time (sandbox)", time->legal);
	if (time->unconfirmed) {
		html_put(html, "<dt class=bad>%L<dd class=bad>%S (%t)</dl>", "Chưa xác nhận", "Not confirmed",
			 time->why, time->since);
		if (may(visit, LT_ASKER_OPERATOR)) {
			layout_form(visit, "time-confirm", "", 0);
			html_put(html,
				 "<label>%L<input name=reason required "
				 "maxlength=1000></label><button>%L</button></form>",
				 "Lý do", "Reason", "Xác nhận giờ này", "Confirm this time");
		}
		html_raw(html, "</section>");
		return;
	}
	html_raw(html, "</dl></section>");
}

static void put_ledger(struct visit *visit)
{
	struct html *html = &visit->html;
	const struct lt_control_answer *answer = ask(visit, (struct lt_control_request){ .type = LT_CONTROL_LEDGER });
	char note[2048];
	if (!answer || answer->ledger.checkpoint.len == 0 || answer->ledger.checkpoint.len >= sizeof(note))
		return;
	memcpy(note, answer->ledger.checkpoint.data, answer->ledger.checkpoint.len);
	note[answer->ledger.checkpoint.len] = '\0';
	html_put(html, "<section class=card><h2>%L</h2><p class=dim>%L</p><code>%A</code></section>",
		 "Sổ cái: đầu mới nhất, đã ký", "Ledger: the newest head, signed",
		 "Dòng 1: nguồn gốc (lần sống); dòng 2: số bản ghi; dòng 3: gốc cây.",
		 "Line 1: origin (incarnation); line 2: records; line 3: root of the tree.", note);
}

static const struct column trust_columns[] = {
	{ "Cái gì", "What", "head" }, { "Tên", "Name", NULL },         { "Từ", "From", NULL },
	{ "Hết hạn", "Ends", NULL },  { "Tình trạng", "State", NULL },
};

static void put_trust(struct visit *visit, const struct lt_status_view *status)
{
	static const char *const types[][2] = { { "?", "?" },
						{ "danh sách thu hồi", "revocation list" },
						{ "CA", "CA" },
						{ "chứng thư cơ quan", "agency's certificate" },
						{ "đơn vị đăng ký", "registrar" } };
	static const char *const states[][3] = { { "còn tốt", "good", "good" },
						 { "sắp hết", "ends soon", "warn" },
						 { "hết trong 7 ngày", "within 7 days", "warn" },
						 { "quá hạn, đang gia hạn", "over, within the grace", "bad" },
						 { "đã hết", "over", "bad" } };
	struct html *html = &visit->html;
	html_put(html, "<h2>%L</h2>", "Tin cậy: cái gì hết hạn khi nào", "Trust: what ends when");
	if (status->trust_count == 0) {
		html_put(html, "<p class=empty>%L</p>", "Không có gì sắp hết hạn.", "Nothing ends soon.");
		return;
	}
	layout_table(visit, "Hạn tin cậy", "What ends when", trust_columns,
		     sizeof(trust_columns) / sizeof(trust_columns[0]));
	for (size_t i = 0; i < status->trust_count; i++) {
		const struct lt_trust_view *trust = &status->trust[i];
		size_t type = trust->type < 5 ? trust->type : 0, state = trust->state < 5 ? trust->state : 4;
		html_raw(html, "<tr>");
		layout_cell(visit, &trust_columns[0]);
		html_put(html, "%L", types[type][0], types[type][1]);
		layout_cell(visit, &trust_columns[1]);
		html_put(html, "%S", trust->name);
		layout_cell(visit, &trust_columns[2]);
		html_put(html, "%t", trust->from);
		layout_cell(visit, &trust_columns[3]);
		html_put(html, "%t", trust->ends);
		layout_cell(visit, &trust_columns[4]);
		html_put(html, "<span class=\"tag %s\">%L</span>", states[state][2],
			 trust->ends ? states[state][0] : "thiếu", trust->ends ? states[state][1] : "missing");
	}
	layout_table_end(visit);
}

static const struct column procedure_columns[] = {
	{ "Thủ tục", "Procedure", "head" }, { "Bản", "Version", NULL },     { "Hiệu lực", "In force", NULL },
	{ "Tình trạng", "State", NULL },    { "Lĩnh vực", "Sector", NULL },
};

static void put_day(struct html *html, int64_t days)
{
	if (days)
		html_put(html, "%D", days * INT64_C(86400000000) - 7 * INT64_C(3600000000));
	else
		html_raw(html, "–");
}

/* The last day is said, since a reader takes the day that is named for one that counts; the file names the first on which it is over. */
static void put_force(struct visit *visit, const struct lt_procedure *procedure)
{
	struct html *html = &visit->html;
	int64_t today = (desk_now(desk_of(visit)) + INT64_C(7) * 3600000000) / INT64_C(86400000000);
	put_day(html, procedure->valid_from);
	if (procedure->valid_to) {
		html_put(html, " %L ", "đến hết", "to");
		put_day(html, procedure->valid_to - 1);
	}
	layout_cell(visit, &procedure_columns[3]);
	if (today < procedure->valid_from)
		html_put(html, "<span class=\"tag warn\">%L</span>", "sẽ dùng", "to come");
	else if (procedure->valid_to && today >= procedure->valid_to)
		html_put(html, "<span class=\"tag dim\">%L</span>", "đã hết", "over");
	else
		html_put(html, "<span class=\"tag good\">%L</span>", "đang dùng", "in force");
}

static void put_procedures(struct visit *visit)
{
	struct html *html = &visit->html;
	const struct lt_control_answer *answer =
		ask(visit, (struct lt_control_request){ .type = LT_CONTROL_PROCEDURES, .code = "" });
	const struct lt_control_answer *rules = ask(visit, (struct lt_control_request){ .type = LT_CONTROL_RULES });
	if (!answer)
		return;
	html_put(html, "<h2>%L</h2>", "Định nghĩa: thủ tục", "Definitions: procedures");
	if (rules)
		html_put(html, "<p class=dim>%L %i (%L %i)</p>", "Quy tắc đang dùng: bản", "Rules in force: version",
			 (unsigned)rules->rules.active,
			 "mới nhất biết được:", "the newest known:", (unsigned)rules->rules.newest);
	layout_table(visit, "Thủ tục", "Procedures", procedure_columns,
		     sizeof(procedure_columns) / sizeof(procedure_columns[0]));
	for (size_t i = 0; i < answer->procedures.count; i++) {
		struct lt_procedure procedure;
		struct lt_refusal refusal = { 0 };
		if (lt_procedure_decode(answer->procedures.list[i], visit->arena, &procedure, &refusal))
			continue;
		html_raw(html, "<tr>");
		layout_cell(visit, &procedure_columns[0]);
		html_put(html, "<a href=\"/system/procedures/%U\">%S</a><br><span class=dim>%s</span>", procedure.code,
			 html->language == LT_ENGLISH && procedure.name_en[0] ? procedure.name_en : procedure.name,
			 procedure.code);
		layout_cell(visit, &procedure_columns[1]);
		html_put(html, "%i", (unsigned)procedure.version);
		layout_cell(visit, &procedure_columns[2]);
		put_force(visit, &procedure);
		layout_cell(visit, &procedure_columns[4]);
		html_put(html, "%S", procedure.sector);
	}
	layout_table_end(visit);
}

static const struct column calendar_columns[] = {
	{ "Năm", "Year", "head" },
	{ "Bản", "Version", NULL },
	{ "Ngày khác thường", "Days that differ", "number" },
	{ "Căn cứ", "By", NULL },
};

static void put_calendars(struct visit *visit)
{
	struct html *html = &visit->html;
	const struct lt_control_answer *answer = ask(
		visit, (struct lt_control_request){ .type = LT_CONTROL_DEFINITIONS, .definition = LT_DEFINE_CALENDAR });
	if (!answer)
		return;
	html_put(html, "<h2>%L</h2>", "Định nghĩa: lịch nghỉ", "Definitions: days off");
	layout_table(visit, "Lịch nghỉ", "Days off", calendar_columns,
		     sizeof(calendar_columns) / sizeof(calendar_columns[0]));
	for (size_t i = 0; i < answer->definitions.count; i++) {
		struct lt_calendar_year year;
		struct lt_refusal refusal = { 0 };
		if (lt_calendar_year_decode(answer->definitions.list[i], visit->arena, &year, &refusal))
			continue;
		html_raw(html, "<tr>");
		layout_cell(visit, &calendar_columns[0]);
		html_put(html, "%i", (unsigned)year.year);
		layout_cell(visit, &calendar_columns[1]);
		html_put(html, "%i <span class=\"tag %s\">%L</span>", (unsigned)year.version,
			 year.announced ? "good" : "warn", year.announced ? "chính thức" : "dự kiến",
			 year.announced ? "announced" : "expected");
		layout_cell(visit, &calendar_columns[2]);
		html_put(html, "%u", (uint64_t)year.day_count);
		layout_cell(visit, &calendar_columns[3]);
		html_put(html, "%A", year.source);
	}
	layout_table_end(visit);
}

static void put_counters(struct visit *visit, const struct lt_status_view *status)
{
	struct html *html = &visit->html;
	html_put(html, "<details><summary>%L</summary><section class=card><dl class=facts>", "Các số đếm", "Counters");
	for (size_t i = 0; i < status->counter_count; i++)
		html_put(html, "<dt><code>%s</code><dd>%u", status->counters[i].name, status->counters[i].value);
	html_raw(html, "</dl></section></details>");
}

static void put_restored(struct visit *visit, const struct lt_status_view *status)
{
	struct html *html = &visit->html;
	if (status->restored != LT_RESTORED_OPEN && status->restored != LT_RESTORED_LOST)
		return;
	html_put(html, "<div class=\"banner bad\"><strong>%L</strong>",
		 "Máy chủ vừa được khôi phục từ bản sao lưu và chưa được xác nhận.",
		 "The broker was restored from a backup, and nobody has confirmed it.");
	if (may(visit, LT_ASKER_OPERATOR)) {
		layout_form(visit, "restore-confirm", "", 0);
		html_put(html, "<label>%L<input name=reason required maxlength=1000></label><button>%L</button></form>",
			 "Lý do", "Reason", "Xác nhận", "Confirm");
	}
	html_raw(html, "</div>");
}

void page_system(struct visit *visit)
{
	struct desk *desk = desk_of(visit);
	const struct lt_status_view *status = desk_status(desk, visit);
	visit->live = NULL; /* it asks the broker much */
	layout_begin(visit, PLACE_SYSTEM, "Hệ thống", "System");
	html_put(&visit->html, "<p><a href=/system/acts>%L</a></p>", "Nhật ký thao tác của người vận hành",
		 "Acts of operators");
	if (status) {
		put_restored(visit, status);
		html_raw(&visit->html, "<div class=cards>");
		put_broker(visit, status);
		put_time(visit);
		put_ledger(visit);
		html_raw(&visit->html, "</div>");
		put_alarms(visit, status);
		put_trust(visit, status);
		put_procedures(visit);
		put_calendars(visit);
		put_counters(visit, status);
	}
	layout_end(visit, status ? status->head : 0, status ? status->time : 0);
}
