/* agency_acts.c: what is announced of an agency, and what an operator may do with it. */
#include "agency_parts.h"

#include <lienthong/directory.h>
#include <lienthong/time.h>
#include <stdio.h>

void agency_put_announced(struct html *html, const struct lt_agency_view *agency)
{
	if (agency->drained_at)
		html_put(html, "<dt>%L<dd><span class=\"tag warn\">%L</span> %L %t<br>%A", "Nhận việc mới", "New work",
			 "không nhận hồ sơ mới", "drained", "từ", "since", agency->drained_at, agency->drain_reason);
	if (agency->closed_until)
		html_put(html, "<dt>%L<dd><span class=\"tag warn\">%t – %t</span><br>%A", "Báo trước đóng cửa",
			 "Closed, as announced", agency->closed_from, agency->closed_until, agency->closure_reason);
}

static void put_closure(struct visit *visit, const char *code)
{
	struct html *html = &visit->html;
	html_put(html, "<details><summary>%L</summary>", "Báo trước đóng cửa", "Announce that it is closed");
	layout_form(visit, "closure", code, 0);
	html_put(html,
		 "<label>%L<input type=datetime-local name=from required></label><label>%L<input type=datetime-local "
		 "name=until "
		 "required></label><label>%L<input name=reason required "
		 "maxlength=1000></label><button>%L</button></form>",
		 "Từ (giờ Việt Nam)", "From (Vietnamese time)", "Đến", "Until", "Lý do", "Reason", "Báo", "Announce");
	html_put(html, "<p class=dim>%L</p></details>",
		 "Hồ sơ chuyển đến vẫn chờ; nơi gửi được báo đến khi nào. Hạn không đổi.",
		 "What is offered to it waits, and its sender is told until when. No due time moves.");
}

static void put_usual(struct visit *visit, const char *code, const struct lt_agency_view *present)
{
	if (present && present->drained_at)
		layout_act(visit, "resume", code, 0, "", "Cho nhận hồ sơ mới lại", "Take new work again");
	else
		layout_act_folded(visit, "drain", code, 0, "Ngừng nhận hồ sơ mới", "Drain: nothing new");
	if (present && present->closed_until)
		layout_act(visit, "reopen", code, 0, "", "Bỏ thông báo đóng cửa", "Withdraw the closure");
	put_closure(visit, code);
	html_put(&visit->html, "<details><summary>%L</summary>", "Tạm ngừng", "Suspend");
	layout_act(visit, "suspend", code, 0, "danger", "Tạm ngừng", "Suspend");
	html_put(&visit->html, "<p class=dim>%L</p></details>",
		 "Tạm ngừng: cơ quan không gửi được gì; thư gửi đến được giữ lại.",
		 "Suspended, it can send nothing; its mail is kept for it.");
}

/* Of a matter of its own. Of one that is told here the words are there already, for the operator to make his own. */
static void put_remind(struct visit *visit, const char *code, int64_t ends)
{
	struct html *html = &visit->html;
	html_put(html, "<details%s><summary>%L</summary>", ends ? " open data-proposed" : "", "Nhắc cơ quan",
		 "Remind the agency");
	layout_form(visit, "agency-remind", code, 0);
	html_put(html, "<label>%L<input name=reason required maxlength=1000 value=\"", "Lời nhắc", "Your words");
	if (ends) {
		char time[LT_TIME_TEXT], day[11];
		lt_time_format(ends, time);
		snprintf(day, sizeof(day), "%.2s/%.2s/%.4s", time + 8, time + 5, time);
		html_put(html, "%L %s: %L", "Chứng thư có hiệu lực đến ngày", "Your certificate is good until", day,
			 "đề nghị gửi yêu cầu cấp lại.", "please ask for a new one.");
	}
	html_put(html, "\"></label><button>%L</button></form><p class=dim>%L</p></details>", "Nhắc", "Remind",
		 "Cơ quan nhận một thông báo đã ký, không thuộc hồ sơ nào.",
		 "It gets a signed notice that is of no dossier.");
}

void agency_put_acts(struct visit *visit, const struct project_agency *agency, const struct lt_agency_view *present,
		     int64_t ends)
{
	struct html *html = &visit->html;
	if (!may(visit, LT_ASKER_OPERATOR)) {
		html_put(html, "<p class=dim>%L</p>", "Thao tác cần quyền operator.", "Acts need the role operator.");
		return;
	}
	html_put(html, "<section class=\"card screen\"><h2>%L</h2>", "Thao tác", "Acts");
	if (agency->level != LT_LEVEL_BROKER)
		put_remind(visit, agency->code, ends);
	if (agency->suspended)
		layout_act(visit, "resume", agency->code, 0, "", "Cho hoạt động lại", "Resume");
	else
		put_usual(visit, agency->code, present);
	html_put(html, "<details><summary>%L</summary>", "Giao lại thư từ một số", "Deliver again from a number on");
	layout_form(visit, "redeliver-from", agency->code, 0);
	html_put(html,
		 "<label>%L<input name=record required inputmode=numeric></label><label>%L<input name=reason required "
		 "maxlength=1000></label><button>%L</button></form></details></section>",
		 "Số đầu tiên", "The first number", "Lý do", "Reason", "Giao lại", "Deliver");
}
