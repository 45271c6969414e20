/* dossier_now.c: NOW, LATE, CAN: the answer to most calls. */
#include "dossier_parts.h"

#include <string.h>

#include "names.h"
#include "words.h"

static const struct lt_branch_view *branch_of(const struct lt_dossier_view *view, uint32_t number)
{
	for (size_t i = 0; i < view->branch_count; i++) {
		if (view->branches[i].branch == number)
			return &view->branches[i];
	}
	return NULL;
}

static void put_place(const struct dossier_page *page, const struct lt_owed *owed)
{
	const struct lt_branch_view *branch = branch_of(page->view, owed->branch);
	const struct lt_stay *wait = lt_owed_wait(page->view, owed);
	if (!branch)
		return;
	if (wait)
		html_put(&page->visit->html, " · %S", dossier_leg_name(page, wait->leg));
	else if (branch->leg[0])
		html_put(&page->visit->html, " · %S", dossier_leg_of(page, branch));
	if (wait ? wait->unit[0] : branch->unit[0])
		html_put(&page->visit->html, " (%S)", wait ? wait->unit : branch->unit);
	if (page->view->branch_count > 1)
		html_put(&page->visit->html, " <span class=dim>%L %i</span>", "nhánh", "branch",
			 (unsigned)owed->branch);
}

static void put_now(const struct dossier_page *page)
{
	const struct lt_dossier_view *view = page->view;
	struct html *html = &page->visit->html;
	html_put(html, "<section><h2>%L</h2><ul>", "BÂY GIỜ", "NOW");
	for (size_t i = 0; i < view->owed_count; i++) {
		const struct lt_owed *owed = &view->owed[i];
		const struct lt_branch_view *branch = branch_of(view, owed->branch);
		html_raw(html, "<li>");
		names_put_party(page->visit, owed->who, owed->acting);
		html_put(html, ": <strong>%S</strong>", word_owed(owed->what, html->language));
		put_place(page, owed);
		html_put(html, "<br><span class=dim>%L %t", "từ", "since", owed->since);
		if (owed->until)
			html_put(html, ", %L %t", "hạn", "until", owed->until);
		html_raw(html, "</span>");
		if (owed->what == LT_OWED_ACCEPT && branch)
			html_put(html, "<br><span class=dim>%L %S</span>", "nơi chuyển, vẫn đang giữ:",
				 "offered by, who holds it:", names_of(page->visit, branch->holder));
	}
	if (view->frozen)
		html_put(html, "<li class=bad>%L %u", "Đóng băng: đã bỏ qua bản ghi",
			 "Frozen: this record was skipped:", view->frozen);
	if (view->owed_count == 0 && !view->frozen)
		html_put(html, "<li>%L", "Đã đóng: không ai còn phải làm gì.", "Closed: nobody has anything to do.");
	html_raw(html, "</ul></section>");
}

static void put_over(struct html *html, uint32_t used, uint32_t allotted)
{
	dossier_put_minutes(html, used > allotted ? used - allotted : 0);
	html_put(html, " %L", "làm việc", "of work");
}

static size_t put_late_clock(const struct dossier_page *page, const struct lt_clock_view *clock,
			     const struct lt_branch_view *branch)
{
	struct html *html = &page->visit->html;
	if (!clock || clock->verdict != LT_TIME_OVERDUE)
		return 0;
	html_raw(html, "<li class=bad>");
	if (branch) {
		html_put(html, "%S: ", dossier_leg_of(page, branch));
		names_put(page->visit, branch->holder);
	} else {
		html_put(html, "%L", "Cả hồ sơ", "The whole dossier");
	}
	html_put(html, ", %L %t, %L ", "hạn", "due", clock->due_lawful, "quá", "over by");
	put_over(html, clock->used, clock->allotted);
	return 1;
}

static void put_late(const struct dossier_page *page)
{
	const struct lt_dossier_view *view = page->view;
	struct html *html = &page->visit->html;
	size_t count = 0;
	html_put(html, "<section><h2>%L</h2><ul>", "TRỄ", "LATE");
	for (size_t i = 0; i < view->branch_count; i++) {
		if (view->branches[i].custody != LT_CUSTODY_CLOSED)
			count += put_late_clock(page, view->branches[i].clock, &view->branches[i]);
	}
	count += put_late_clock(page, view->clock, NULL);
	for (size_t i = 0; i < view->owed_count; i++) {
		const struct lt_owed *owed = &view->owed[i];
		const struct lt_stay *wait = lt_owed_wait(view, owed);
		if (owed->what == LT_OWED_WORK || owed->until == 0 || view->time <= owed->until)
			continue;
		html_raw(html, "<li class=bad>");
		names_put_party(page->visit, owed->who, owed->acting);
		html_put(html, " %L: %S, %L %t, %L ", "chưa làm", "has not", word_owed(owed->what, html->language),
			 "hạn", "until", owed->until, "quá", "over by");
		if (wait)
			put_over(html, wait->used, wait->allotted);
		else
			html_put(html, "%d", view->time - owed->until);
		count++;
	}
	if (count == 0)
		html_put(html, "<li class=good>%L", "Không ai.", "Nobody.");
	html_raw(html, "</ul></section>");
}

static void put_can(const struct dossier_page *page)
{
	const struct lt_dossier_view *view = page->view;
	struct html *html = &page->visit->html;
	html_put(html, "<section><h2>%L</h2><ul>", "CÓ THỂ", "CAN");
	for (size_t i = 0; i < view->can_count; i++) {
		const struct lt_can *can = &view->can[i];
		html_raw(html, "<li>");
		names_put_party(page->visit, can->who, can->acting);
		html_raw(html, ": ");
		for (size_t k = 0; k < can->kind_count; k++)
			html_put(html, "%s%s", k ? ", " : "", word_kind(can->kinds[k], html->language));
		if (can->branch && view->branch_count > 1)
			html_put(html, " <span class=dim>%L %i</span>", "nhánh", "branch", (unsigned)can->branch);
	}
	if (view->can_count == 0)
		html_put(html, "<li>%L", "Không ai gửi gì được.", "Nobody may send anything.");
	html_raw(html, "</ul></section>");
}

void dossier_put_answers(const struct dossier_page *page)
{
	html_raw(&page->visit->html, "<div class=answers>");
	put_now(page);
	put_late(page);
	put_can(page);
	html_raw(&page->visit->html, "</div>");
}

void dossier_put_stuck(const struct dossier_page *page)
{
	struct html *html = &page->visit->html;
	for (size_t i = 0; i < page->view->stuck_count; i++) {
		const struct lt_stuck_view *stuck = &page->view->stuck[i];
		html_raw(html, "<div class=\"banner bad\">");
		names_put(page->visit, stuck->agency);
		html_put(html, " %L %u (%L %u): %s, %L %t. ", "không nhận được mục", "could not take item",
			 stuck->number, "bản ghi", "record", stuck->sequence,
			 html->language == LT_ENGLISH ? lt_reason_text((enum lt_reason)stuck->reason)
						      : lt_reason_vietnamese((enum lt_reason)stuck->reason),
			 "từ", "since", stuck->since);
		if (stuck->redelivered)
			html_put(html, "%L %u", "Đã gửi lại với số", "Sent again under number", stuck->redelivered);
		else if (may(page->visit, LT_ASKER_OPERATOR))
			layout_act(page->visit, "redeliver", stuck->agency, stuck->number, "", "Gửi lại",
				   "Send it again");
		if (may(page->visit, LT_ASKER_OPERATOR)) {
			layout_form(page->visit, "remind", page->view->code, 0);
			html_put(html, "<input type=hidden name=record value=%u>", stuck->sequence);
			html_put(html,
				 "<label>%L<input name=reason required "
				 "maxlength=1000></label><button>%L</button></form>",
				 "Lý do", "Reason", "Đề nghị nơi gửi gửi lại", "Ask its sender to send anew");
		}
		html_raw(html, "</div>");
	}
}
