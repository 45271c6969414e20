/* dossier_time.c: where the time went: stays and waits as the broker has recorded them, and how each due time came about. */
#include "dossier_parts.h"

#include <string.h>

#include "names.h"
#include "words.h"

static const struct column columns[] = {
	{ "Bước", "Leg", "head" },     { "Ai giữ", "Holder", NULL },    { "Từ", "From", NULL },
	{ "Đến", "To", NULL },         { "Đã dùng", "Used", "number" }, { "Được giao", "Allotted", "number" },
	{ "Dừng", "Stood", "number" }, { "Hạn", "Due", NULL },          { "Kết luận", "Verdict", NULL },
	{ "Kết thúc", "Ended", NULL },
};

void dossier_put_minutes(struct html *html, uint64_t minutes)
{
	if (minutes >= 60)
		html_put(html, "%u&nbsp;%L", minutes / 60, "giờ", "h");
	if (minutes % 60 != 0 || minutes == 0)
		html_put(html, "%s%u&nbsp;%L", minutes >= 60 ? " " : "", minutes % 60, "phút", "min");
}

void dossier_put_limit(struct html *html, uint32_t unit, uint32_t quarters)
{
	static const char *const parts[] = { "", ",25", ",5", ",75" };
	if (unit == LT_LIMIT_NONE) {
		html_raw(html, "–");
		return;
	}
	if (unit != LT_LIMIT_SAME_DAY)
		html_put(html, "%u%s ", (uint64_t)quarters / 4, parts[quarters % 4]);
	html_put(html, "%s", word_limit_unit(unit, html->language));
}

const char *dossier_leg_name(const struct dossier_page *page, const char *id)
{
	const struct lt_procedure *procedure = page->procedure;
	for (size_t i = 0; procedure && i < procedure->leg_count; i++) {
		if (strcmp(procedure->legs[i].id, id) == 0)
			return page->visit->html.language == LT_ENGLISH && procedure->legs[i].name_en[0]
				       ? procedure->legs[i].name_en
				       : procedure->legs[i].name;
	}
	return id;
}

const char *dossier_leg_of(const struct dossier_page *page, const struct lt_branch_view *branch)
{
	const char *name = dossier_leg_name(page, branch->leg);
	return name == branch->leg && branch->leg_name[0] ? branch->leg_name : name;
}

static void put_holder(const struct dossier_page *page, const struct lt_stay *stay)
{
	struct html *html = &page->visit->html;
	names_put(page->visit, stay->holder);
	if (stay->to[0]) {
		html_put(html, "<br><span class=dim>→ %L:</span> ", "chờ", "waits for");
		names_put(page->visit, stay->to);
	}
	for (size_t i = 0; i < stay->part_count; i++) {
		html_put(html, "<br><span class=dim>%t–%t</span> ", stay->parts[i].begun, stay->parts[i].ended);
		names_put(page->visit, stay->parts[i].agency);
	}
}

static void put_stay(const struct dossier_page *page, const struct lt_stay *stay)
{
	struct html *html = &page->visit->html;
	html_put(html, "<tr%s>", stay->number == 0 ? " class=open" : "");
	layout_cell(page->visit, &columns[0]);
	html_put(html, "%S", stay->leg[0] ? dossier_leg_name(page, stay->leg) : "–");
	if (stay->unit && stay->unit[0])
		html_put(html, "<br><span class=dim>%S</span>", stay->unit);
	layout_cell(page->visit, &columns[1]);
	put_holder(page, stay);
	layout_cell(page->visit, &columns[2]);
	html_put(html, "%t", stay->begun);
	layout_cell(page->visit, &columns[3]);
	if (stay->number == 0)
		html_put(html, "<strong>%L</strong>", stay->to[0] ? "đang chờ" : "đang giữ", "now");
	else
		html_put(html, "%t", stay->ended);
	layout_cell(page->visit, &columns[4]);
	dossier_put_minutes(html, stay->used);
	if (stay->carried)
		html_put(html, "<br><span class=dim>%L %u</span>", "mang sang:", "carried:", (uint64_t)stay->carried);
	layout_cell(page->visit, &columns[5]);
	if (stay->limit_unit)
		dossier_put_minutes(html, stay->allotted);
	layout_cell(page->visit, &columns[6]);
	if (stay->stood)
		dossier_put_minutes(html, stay->stood);
	layout_cell(page->visit, &columns[7]);
	if (stay->due_lawful)
		html_put(html, "%t", stay->due_lawful);
	layout_cell(page->visit, &columns[8]);
	if (stay->limit_unit)
		html_put(html, "<span class=\"tag %s\">%s</span>", word_verdict_css(stay->verdict),
			 word_verdict(stay->verdict, html->language));
	if (stay->late && stay->late[0])
		html_put(html, "<br><span class=dim>%L %S</span>", "lý do:", "reason:", stay->late);
	layout_cell(page->visit, &columns[9]);
	if (stay->number != 0)
		html_put(html, "%s", word_stay_end(stay->how, html->language));
	if (stay->corrects)
		html_put(html, " %L %u", "dòng", "row", stay->corrects);
}

void dossier_put_stays(const struct dossier_page *page)
{
	const struct lt_dossier_view *view = page->view;
	struct html *html = &page->visit->html;
	html_put(html, "<h2>%L</h2>", "Hồ sơ đã ở đâu, bao lâu", "Where it was, and how long");
	if (view->stays_total > LT_STAYS_MAX)
		html_put(html, "<p class=dim>%L %u</p>", "Chỉ các dòng mới nhất; tổng số:", "The newest rows only; of",
			 view->stays_total);
	if (view->stay_count == 0) {
		html_put(html, "<p class=empty>%L</p>", "Chưa có.", "None yet.");
		return;
	}
	layout_table(page->visit, "Thời gian ở từng nơi", "Time at each place", columns,
		     sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < view->stay_count; i++)
		put_stay(page, &view->stays[i]);
	layout_table_end(page->visit);
}

/* ---- clocks ---- */

static void put_clock(const struct dossier_page *page, const struct lt_clock_view *clock)
{
	struct html *html = &page->visit->html;
	if (clock->limit_unit == 0) {
		html_put(html, "<p>%L</p>", "Không có hạn.", "No limit.");
		return;
	}
	html_put(html, "<dl class=facts><dt>%L<dd>%t + ", "Cách tính", "How it is counted", clock->started);
	dossier_put_limit(html, clock->limit_unit, clock->limit_quarters);
	html_put(html, " = %t<dt>%L<dd><strong>%t</strong>", clock->due_first, "Hạn theo luật", "Lawful due time",
		 clock->due_lawful);
	if (clock->due_lawful != clock->due_first)
		html_put(html, " <span class=dim>(%L)</span>",
			 "đã dời vì có thời gian không tính: bổ sung, phí, dừng, lịch nghỉ, sự cố",
			 "moved by time that does not count: papers, fee, stop, calendar, outage");
	if (clock->appointment && clock->appointment != clock->due_lawful)
		html_put(html, "<dt>%L<dd>%t%s", "Hẹn với dân", "Told to the citizen", clock->appointment,
			 clock->apologised ? " ✉" : "");
	html_put(html, "<dt>%L<dd>", "Đã dùng", "Used");
	dossier_put_minutes(html, clock->used);
	html_raw(html, " / ");
	dossier_put_minutes(html, clock->allotted);
	html_put(html, " %L", "làm việc", "of work");
	html_put(html, "<dt>%L<dd><span class=\"tag %s\">%s</span>", "Kết luận", "Verdict",
		 word_verdict_css(clock->verdict), word_verdict(clock->verdict, html->language));
	if (clock->suspended)
		html_put(html, " <span class=\"tag warn\">%L</span>", "đang dừng tính", "it stands");
	if (clock->set_back)
		html_put(html, " <span class=\"tag warn\">%L</span>", "giờ máy chủ từng bị chỉnh lùi",
			 "the broker's time was set back");
	html_raw(html, "</dl>");
}

void dossier_put_clocks(const struct dossier_page *page)
{
	const struct lt_dossier_view *view = page->view;
	struct html *html = &page->visit->html;
	html_put(html, "<h2>%L</h2><div class=cards>", "Các hạn", "Due times");
	if (view->clock) {
		html_put(html, "<section class=card><h3>%L</h3>", "Cả hồ sơ", "The whole dossier");
		put_clock(page, view->clock);
		html_raw(html, "</section>");
	}
	for (size_t i = 0; i < view->branch_count; i++) {
		const struct lt_branch_view *branch = &view->branches[i];
		if (!branch->clock || branch->custody == LT_CUSTODY_CLOSED)
			continue;
		html_put(html, "<section class=card><h3>%S</h3>", dossier_leg_of(page, branch));
		put_clock(page, branch->clock);
		html_raw(html, "</section>");
	}
	html_raw(html, "</div>");
	if (page->procedure && page->procedure->source && page->procedure->source[0])
		html_put(html, "<p class=dim>%L %A</p>", "Căn cứ:", "By:", page->procedure->source);
}
