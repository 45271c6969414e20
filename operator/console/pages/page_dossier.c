/* page_dossier.c: one dossier. It is asked of the broker in the operator's name: that is the log of who has looked. When the broker does not
 * answer anybody, what was copied of it is shown, and said to be that; who has merely lost his connection to it logs in again. No paper is shown
 * here. */
#include "pages.h"

#include <string.h>

#include "dossier_parts.h"
#include "names.h"
#include "offer.h"
#include "words.h"

static const char *procedure_name(const struct dossier_page *page)
{
	const struct lt_dossier_view *view = page->view;
	return names_of_procedure(page->visit, view->procedure, view->procedure_version, view->procedure_name);
}

static void put_facts(const struct dossier_page *page)
{
	struct visit *visit = page->visit;
	const struct lt_dossier_view *view = page->view;
	struct html *html = &visit->html;
	html_put(html,
		 "<section class=card><dl class=facts><dt>%L<dd><a href=\"/system/procedures/%U\">%S</a> <span "
		 "class=dim>(%S, %L %i)</span>",
		 "Thủ tục", "Procedure", view->procedure, procedure_name(page), view->procedure, "bản", "version",
		 (unsigned)view->procedure_version);
	html_put(html, "<dt>%L<dd>", "Nơi nhận của dân", "Origin");
	names_put(visit, view->origin);
	html_put(html, "<dt>%L<dd>", "Nơi chủ trì", "Lead");
	names_put(visit, view->lead);
	html_put(html, "<dt>%L<dd>%t", "Mở lúc", "Opened", view->opened_at);
	if (view->channel)
		html_put(html, " · %s", word_channel(view->channel, html->language));
	if (view->place_of_help[0])
		html_put(html, "<dt>%L<dd>%S", "Nơi giúp nộp", "Helped to file at", view->place_of_help);
	if (view->carried_at)
		html_put(html, "<dt>%L<dd>%t", "Chuyển tiếp từ hệ thống trước", "Carried over", view->carried_at);
	if (view->replaces[0])
		html_put(html, "<dt>%L<dd><a href=\"/dossiers/%U\">%s</a>", "Thay cho", "Replaces", view->replaces,
			 view->replaces);
	if (view->replaced_by[0])
		html_put(html, "<dt>%L<dd><a href=\"/dossiers/%U\">%s</a>", "Được thay bằng", "Replaced by",
			 view->replaced_by, view->replaced_by);
	for (size_t i = 0; i < view->field_count; i++)
		html_put(html, "<dt>%S<dd>%A", view->fields[i].name, view->fields[i].value);
	html_raw(html, "</dl></section>");
}

static void put_consults(struct visit *visit, const struct lt_dossier_view *view)
{
	static const char *const words[][2] = {
		{ "chưa trả lời", "open" }, { "đồng ý", "agreed" },  { "không đồng ý", "not agreed" },
		{ "trả lời trễ", "late" },  { "im lặng", "silent" }, { "coi như đồng ý", "deemed consent" }
	};
	struct html *html = &visit->html;
	if (view->consult_count == 0)
		return;
	html_put(html, "<h2>%L</h2><section class=card><ul>", "Lấy ý kiến", "Consultations");
	for (size_t i = 0; i < view->consult_count; i++) {
		const struct lt_consult_view *consult = &view->consults[i];
		for (size_t k = 0; k < consult->answer_count; k++) {
			const struct lt_consult_answer *answer = &consult->answers[k];
			unsigned state = lt_consult_state(consult, answer);
			html_raw(html, "<li>");
			names_put(visit, answer->agency);
			html_put(html, ": <strong>%L</strong>, %L %t", state < 6 ? words[state][0] : "?",
				 state < 6 ? words[state][1] : "?", "hạn", "due", answer->due);
		}
	}
	html_raw(html, "</ul></section>");
}

static void put_legs_choice(const struct dossier_page *page)
{
	struct html *html = &page->visit->html;
	html_put(html, "<label>%L<select name=leg required>", "Bước", "Leg");
	for (size_t i = 0; page->procedure && i < page->procedure->leg_count; i++)
		html_put(html, "<option value=\"%s\">%s", page->procedure->legs[i].id,
			 dossier_leg_name(page, page->procedure->legs[i].id));
	html_raw(html, "</select></label>");
}

static void put_status_choice(struct html *html)
{
	static const uint32_t statuses[] = { 4, 2, 8 }; /* what a repair may set: broker/rules/command/apply_repair.c */
	html_put(html, "<label>%L<select name=status>", "Trạng thái", "Status");
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		html_put(html, "<option value=%i>%i. %s", statuses[i], statuses[i],
			 word_status(statuses[i], html->language));
	html_raw(html, "</select></label>");
}

static void put_branch_choice(struct html *html, const struct lt_dossier_view *view)
{
	html_put(html, "<label>%L<select name=branch>", "Nhánh", "Branch");
	for (size_t i = 0; i < view->branch_count; i++)
		html_put(html, "<option>%i", view->branches[i].branch);
	html_raw(html, view->branch_count > 0 ? "</select></label>" : "<option>1</select></label>");
}

/* What ends a freeze: a person proposes, another confirms. Several open branches are the command line's. */
static void put_thaw(const struct dossier_page *page)
{
	const struct lt_dossier_view *view = page->view;
	struct html *html = &page->visit->html;
	layout_form(page->visit, "dossier-repair", view->code, 0);
	html_put(html, "<label>%L<input name=holder required maxlength=64 value=\"%s\"></label>", "Nơi giữ (mã)",
		 "Holder (code)", view->branch_count > 0 ? view->branches[0].holder : view->origin);
	put_legs_choice(page);
	put_status_choice(html);
	put_branch_choice(html, view);
	html_put(html, "<label>%L<input name=reason required maxlength=1000></label><button>%L</button></form>",
		 "Lý do", "Reason", "Đề nghị sửa", "Propose to repair");
	layout_act(page->visit, "dossier-close", view->code, 0, "danger", "Đề nghị đóng", "Propose to close");
}

/* Who is waited for is reminded; what nobody answers comes back to its holder, when two have said so. */
static void put_goad(struct visit *visit, const struct lt_dossier_view *view)
{
	layout_act(visit, "remind", view->code, 0, "", "Nhắc nơi phải làm", "Remind who owes");
	for (size_t i = 0; i < view->owed_count; i++)
		offer_put_back(visit, view->code, &view->owed[i]);
}

static void put_confirm(struct visit *visit, const struct lt_dossier_view *view)
{
	struct html *html = &visit->html;
	uint64_t record = visit_query_number(visit, "confirm");
	html_put(html, "<details%s><summary>%L</summary><p class=dim>%L</p>", view->frozen || record ? " open" : "",
		 "Xác nhận đề nghị của người khác", "Confirm what another has proposed",
		 "Một người đề nghị, người khác xác nhận theo số bản ghi của đề nghị (Hệ thống › Nhật ký thao tác).",
		 "One person proposes, another confirms by the record of the proposal (System › Acts).");
	layout_form(visit, "dossier-confirm", view->code, 0);
	html_put(html, "<label>%L<input name=record required inputmode=numeric value=\"", "Số bản ghi của đề nghị",
		 "Record of the proposal");
	if (record)
		html_put(html, "%u", record);
	html_put(html,
		 "\"></label><label>%L<input name=reason required "
		 "maxlength=1000></label><button>%L</button></form></details>",
		 "Lý do", "Reason", "Xác nhận", "Confirm");
}

static void put_acts(const struct dossier_page *page)
{
	struct visit *visit = page->visit;
	const struct lt_dossier_view *view = page->view;
	struct html *html = &visit->html;
	if (!may(visit, LT_ASKER_OPERATOR) || (!view->frozen && view->owed_count == 0))
		return;
	html_put(html, "<section class=\"card screen\"><h2>%L</h2>", "Thao tác", "Acts");
	if (view->frozen)
		put_thaw(page);
	else
		put_goad(visit, view);
	put_confirm(visit, view);
	html_raw(html, "</section>");
}

static void put_heading(const struct dossier_page *page)
{
	const struct lt_dossier_view *view = page->view;
	struct html *html = &page->visit->html;
	html_put(html, "<p class=lead>%S</p>", procedure_name(page));
	html_put(html, "<p><span class=tag>%i. %s</span>", (unsigned)view->status,
		 word_status(view->status, html->language));
	if (view->clock && view->clock->limit_unit)
		html_put(html, " <span class=\"tag %s\">%s</span> %L <strong>%t</strong>",
			 word_verdict_css(view->clock->verdict), word_verdict(view->clock->verdict, html->language),
			 "hạn", "due", view->clock->due_lawful);
	if (view->frozen)
		html_put(html, " <span class=\"tag bad\">%L</span>", "đóng băng", "frozen");
	if (strcmp(view->outcome, "refused") == 0)
		html_put(html, " <span class=\"tag warn\">%L</span>", "kết quả: từ chối", "result: a refusal");
	html_raw(html, "</p>");
}

static void put_whole(struct visit *visit, const struct lt_dossier_view *view)
{
	struct dossier_page page = { .visit = visit,
				     .view = view,
				     .procedure = names_procedure(visit, view->procedure, view->procedure_version) };
	put_heading(&page);
	dossier_put_stuck(&page);
	dossier_put_answers(&page);
	put_acts(&page);
	dossier_put_route(&page);
	dossier_put_stays(&page);
	put_consults(visit, view);
	dossier_put_clocks(&page);
	html_put(&visit->html, "<h2>%L</h2>", "Thông tin", "Facts");
	put_facts(&page);
	dossier_put_hops(&page);
	html_put(&visit->html, "<p class=\"dim screen\"><a href=\"/reports/delays.zip?dossier=%U\">%L</a> · ",
		 view->code, "Trích lục: ai làm chậm, có chữ ký của trục",
		 "Extract: who caused delays, signed by the broker");
	if (may(visit, LT_ASKER_AUDITOR))
		html_put(&visit->html, "<a href=\"/forms/06/%U\">%L</a> · ", view->code,
			 "Phiếu kiểm soát (mẫu 06, PDF)", "Control sheet (form 06, PDF)");
	html_put(&visit->html, "%L <code>lienthong evidence %s</code></p>", "Bộ chứng cứ:", "Evidence:", view->code);
}

/* Without the broker: what was copied. */
static bool put_copied(struct visit *visit, const struct project_one *one)
{
	struct lt_dossier_view *view = lt_arena_alloc(visit->arena, sizeof(*view));
	struct dossier_page page = { .visit = visit, .view = view };
	const struct project_dossier *dossier = &one->dossier;
	if (!view)
		return false;
	*view = (struct lt_dossier_view){
		.code = dossier->code,
		.procedure = dossier->procedure,
		.procedure_version = dossier->procedure_version,
		.procedure_name = dossier->procedure_name,
		.status = dossier->status,
		.origin = dossier->origin,
		.lead = dossier->lead,
		.opened_at = dossier->opened_at,
		.owed_count = one->owed_count,
		.owed = one->owed,
		.stay_count = one->stay_count,
		.stays = one->stays,
		.time = one->time,
		.frozen = dossier->frozen,
		.channel = (enum lt_channel)dossier->channel,
		.place_of_help = dossier->place_of_help,
		.carried_at = dossier->carried_at,
		.outcome = dossier->outcome,
		.replaces = "",
		.replaced_by = "",
	};
	put_heading(&page);
	dossier_put_answers(&page);
	dossier_put_stays(&page);
	put_facts(&page);
	return true;
}

void page_dossier(struct visit *visit)
{
	const char *code = visit->path + strlen("/dossiers/");
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIER, .code = code };
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	struct project_one one = { 0 };
	enum visit_told told = answer ? visit_ask(visit, &request, answer) : VISIT_FAILED;
	if (told == VISIT_TOLD && answer->reason == LT_DOSSIER_UNKNOWN) {
		layout_say(visit, 404, "Không có hồ sơ với mã này", "There is no dossier with this code");
		return;
	}
	if (told == VISIT_TOLD && answer->reason)
		visit->status = 403;
	visit->live = code;
	layout_begin_named(visit, PLACE_DOSSIERS, code);
	if (told == VISIT_TOLD && !answer->reason) {
		put_whole(visit, answer->dossier);
	} else if (told == VISIT_TOLD) {
		layout_refusal(visit, answer);
	} else {
		struct project_reader *reader = desk_reader(desk_of(visit));
		layout_not_told(visit, told);
		if (reader && !desk_there(desk_of(visit)) && project_read_one(reader, code, &one) == LT_OK) {
			html_put(&visit->html, "<p class=dim>%L</p>",
				 "Dưới đây là bản sao của bảng điều hành; người ký và biên nhận chỉ máy chủ mới có.",
				 "This is the console's copy; who signed, and receipts, only the broker has.");
			put_copied(visit, &one);
		}
		desk_give(desk_of(visit), reader);
	}
	layout_end(visit, one.sequence, told == VISIT_TOLD && !answer->reason ? answer->dossier->time : one.time);
}
