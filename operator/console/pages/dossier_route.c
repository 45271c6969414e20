/* dossier_route.c: the route as a picture: each leg a box, in a column behind all legs that lead to it; what is done, where the dossier is,
 * what is to come. Its text is in the picture and, row by row, in the table of stays below it. */
#include "dossier_parts.h"

#include <string.h>

#include "names.h"

#define LEGS_MAX 64u /* as in a procedure */
enum { BOX_WIDTH = 208, BOX_HEIGHT = 74, GAP_X = 46, GAP_Y = 20, LINE_CHARACTERS = 27 };

enum leg_state { LEG_COMING, LEG_OFFERED, LEG_NOW, LEG_DONE };
struct drawn_route {
	const struct dossier_page *page;
	size_t count;
	unsigned column[LEGS_MAX], row[LEGS_MAX], rows[LEGS_MAX];
	enum leg_state state[LEGS_MAX];
	const char *agency[LEGS_MAX]; /* who does or did it; NULL: not known yet */
	bool off[LEGS_MAX];           /* another than the route says */
	bool late[LEGS_MAX];
	unsigned columns, height;
};

static size_t find_leg(const struct lt_procedure *procedure, const char *id)
{
	for (size_t i = 0; i < procedure->leg_count; i++) {
		if (strcmp(procedure->legs[i].id, id) == 0)
			return i;
	}
	return SIZE_MAX;
}

static size_t find_number(const struct lt_procedure *procedure, uint32_t number)
{
	for (size_t i = 0; i < procedure->leg_count; i++) {
		if (procedure->legs[i].number == number)
			return i;
	}
	return SIZE_MAX;
}

/* The longest way to each leg; a route has no circle forward, and if it had, the columns end. */
static void set_columns(struct drawn_route *route, const struct lt_procedure *procedure)
{
	for (size_t round = 0; round < route->count; round++) {
		bool moved = false;
		for (size_t i = 0; i < route->count; i++) {
			for (size_t n = 0; n < procedure->legs[i].next_count; n++) {
				size_t to = find_number(procedure, procedure->legs[i].next[n]);
				if (to >= route->count || to == i || route->column[to] > route->column[i] ||
				    route->column[i] + 1 >= route->count)
					continue;
				route->column[to] = route->column[i] + 1;
				moved = true;
			}
		}
		if (!moved)
			break;
	}
	for (size_t i = 0; i < route->count; i++) {
		route->row[i] = route->rows[route->column[i]]++;
		if (route->column[i] + 1 > route->columns)
			route->columns = route->column[i] + 1;
		if (route->rows[route->column[i]] > route->height)
			route->height = route->rows[route->column[i]];
	}
}

static void raise(struct drawn_route *route, size_t leg, enum leg_state state, const char *agency)
{
	if (leg >= route->count)
		return;
	if (state != LEG_DONE || route->state[leg] == LEG_COMING)
		route->state[leg] = state;
	if (agency && *agency)
		route->agency[leg] = agency;
}

static void set_states(struct drawn_route *route, const struct lt_procedure *procedure)
{
	const struct lt_dossier_view *view = route->page->view;
	for (size_t i = 0; i < view->stay_count; i++) {
		const struct lt_stay *stay = &view->stays[i];
		size_t leg = find_leg(procedure, stay->leg);
		if (leg >= route->count)
			continue;
		if (stay->number == 0 && stay->to[0])
			raise(route, leg, LEG_OFFERED, stay->to);
		else if (stay->number != 0 && !stay->to[0])
			raise(route, leg, LEG_DONE, stay->holder);
		route->late[leg] |= stay->verdict == LT_TIME_LATE || stay->verdict == LT_TIME_OVERDUE;
	}
	for (size_t i = 0; i < view->branch_count; i++) {
		const struct lt_branch_view *branch = &view->branches[i];
		if (branch->custody != LT_CUSTODY_CLOSED)
			raise(route, find_leg(procedure, branch->leg), LEG_NOW,
			      branch->acting[0] ? branch->acting : branch->holder);
	}
	for (size_t i = 0; i < view->transferred_count; i++) {
		size_t leg = find_leg(procedure, view->transferred[i].leg);
		if (leg < route->count)
			route->off[leg] = true;
	}
}

/* ---- drawing ---- */

static unsigned left_of(const struct drawn_route *route, size_t leg)
{
	return route->column[leg] * (BOX_WIDTH + GAP_X) + 4;
}

/* A column with fewer legs stands in the middle. */
static unsigned top_of(const struct drawn_route *route, size_t leg)
{
	unsigned free_rows = route->height - route->rows[route->column[leg]];
	return route->row[leg] * (BOX_HEIGHT + GAP_Y) + free_rows * (BOX_HEIGHT + GAP_Y) / 2 + 4;
}

/* Bytes of at most `max` characters; by words, where a blank is near. */
static size_t part_of(const char *text, size_t max)
{
	size_t at = 0, blank = 0;
	for (size_t count = 0; text[at] && count < max; count++) {
		if (text[at] == ' ')
			blank = at;
		at++;
		while (((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
	}
	return !text[at] || blank < at / 2 ? at : blank;
}

/* Two lines; what is longer is cut, and is whole in the box's title. */
static void put_lines(struct html *html, unsigned x, unsigned y, const char *text)
{
	for (int line = 0; line < 2 && *text; line++) {
		char part[4 * LINE_CHARACTERS + 8];
		size_t len = part_of(text, LINE_CHARACTERS);
		len = len < sizeof(part) - 4 ? len : sizeof(part) - 4;
		memcpy(part, text, len);
		part[len] = '\0';
		text += len;
		text += strspn(text, " ");
		if (line == 1 && *text)
			memcpy(part + len, "…", sizeof("…"));
		html_put(html, "<text x=\"%i\" y=\"%i\">%s</text>", x, y + (unsigned)line * 17, part);
	}
}

static const char *state_css(enum leg_state state)
{
	static const char *const css[] = { "coming", "coming offered", "now", "done" };
	return css[state];
}

/* Who does or did it; of what is to come, who shall: of this dossier by name, of a procedure alone by his role. */
static const char *agency_of(const struct drawn_route *route, const struct lt_route_leg *leg, size_t i)
{
	struct visit *visit = route->page->visit;
	const struct lt_dossier_view *view = route->page->view;
	if (route->agency[i])
		return names_of(visit, route->agency[i]);
	if (view->code && strcmp(leg->agency, "origin") == 0)
		return names_of(visit, view->origin);
	if (view->code && strcmp(leg->agency, "lead") == 0)
		return names_of(visit, view->lead);
	return names_of_role(visit, leg->agency);
}

static void put_box(const struct drawn_route *route, const struct lt_route_leg *leg, size_t i)
{
	struct html *html = &route->page->visit->html;
	const char *name = html->language == LT_ENGLISH && leg->name_en[0] ? leg->name_en : leg->name;
	const char *agency = agency_of(route, leg, i);
	enum route_mark mark = route->page->marks ? route->page->marks[i] : ROUTE_MARK_NONE;
	unsigned x = left_of(route, i), y = top_of(route, i);
	char part[4 * LINE_CHARACTERS + 16];
	size_t len = part_of(agency, LINE_CHARACTERS + 3);
	html_put(html,
		 "<g class=\"%s%s%s%s\"><title>%s · %s</title><rect x=\"%i\" y=\"%i\" width=\"%i\" height=\"%i\" "
		 "rx=\"8\"/>",
		 state_css(route->state[i]), route->off[i] ? " off" : "", route->late[i] ? " late" : "",
		 mark ? " changed" : "", name, agency, x, y, (unsigned)BOX_WIDTH, (unsigned)BOX_HEIGHT);
	put_lines(html, x + 10, y + 20, name);
	len = len < sizeof(part) - 8 ? len : sizeof(part) - 8;
	memcpy(part, agency, len);
	memcpy(part + len, agency[len] ? "…" : "", agency[len] ? sizeof("…") : 1);
	html_put(html, "<text class=sub x=\"%i\" y=\"%i\">%s%s%s</text>", x + 10, y + 56, route->off[i] ? "⇄ " : "",
		 part, route->late[i] ? " ⚠" : "");
	if (mark)
		html_put(html, "<text class=mark x=\"%i\" y=\"%i\">%L</text>", x + BOX_WIDTH - 52, y + 69,
			 mark == ROUTE_MARK_NEW ? "+ mới" : "* đổi", mark == ROUTE_MARK_NEW ? "+ new" : "* other");
	if (leg->choose != LT_CHOOSE_ALL && leg->next_count > 1)
		html_put(html, "<text class=sub x=\"%i\" y=\"%i\">%L</text>", x + 10, y + 69, "◇ chọn đường",
			 "◇ a choice");
	else if (leg->next_count > 1)
		html_put(html, "<text class=sub x=\"%i\" y=\"%i\">%L</text>", x + 10, y + 69, "∥ song song",
			 "∥ in parallel");
	else if (leg->consult_count > 0)
		html_put(html, "<text class=sub x=\"%i\" y=\"%i\">%L %u</text>", x + 10, y + 69,
			 "? lấy ý kiến:", "? asks for opinions:", (uint64_t)leg->consult_count);
	html_raw(html, "</g>");
}

static void put_arrow(const struct drawn_route *route, size_t from, size_t to)
{
	struct html *html = &route->page->visit->html;
	unsigned x1 = left_of(route, from) + BOX_WIDTH, y1 = top_of(route, from) + BOX_HEIGHT / 2;
	unsigned x2 = left_of(route, to), y2 = top_of(route, to) + BOX_HEIGHT / 2;
	if (x2 <= x1)
		return; /* a way back is a word of the act, not of the picture */
	unsigned middle = x2 - GAP_X / 2;
	html_put(html, "<path d=\"M%i %iC%i %i %i %i %i %i\"/>", x1, y1, middle, y1, middle, y2, x2 - 7, y2);
	html_put(html, "<path class=head d=\"M%i %il-9 -5v10z\"/>", x2, y2);
}

static void put_legend(struct html *html)
{
	html_put(html, "<p class=dim>■ %L &nbsp; ▣ %L &nbsp; ┅ %L &nbsp; ⇄ %L &nbsp; ⚠ %L</p>", "xanh lá: đã qua",
		 "green: done", "đậm: đang ở đây", "filled: now here", "nét đứt: sẽ tới", "dashed: to come",
		 "nơi khác làm thay", "done by another", "có lúc trễ", "late at some time");
}

void dossier_put_route(const struct dossier_page *page)
{
	const struct lt_procedure *procedure = page->procedure;
	struct html *html = &page->visit->html;
	if (!procedure || procedure->leg_count == 0)
		return;
	struct drawn_route *route = lt_arena_alloc(page->visit->arena, sizeof(*route));
	if (!route)
		return;
	route->page = page;
	route->count = procedure->leg_count < LEGS_MAX ? procedure->leg_count : LEGS_MAX;
	set_columns(route, procedure);
	set_states(route, procedure);
	unsigned width = route->columns * (BOX_WIDTH + GAP_X) - GAP_X + 8,
		 height = route->height * (BOX_HEIGHT + GAP_Y) - GAP_Y + 8;
	html_put(html,
		 "<h2>%L</h2><div class=route tabindex=0 role=group aria-label=\"%L\"><svg role=img aria-label=\"%L\" "
		 "width=\"%i\" "
		 "height=\"%i\" viewBox=\"0 0 %i %i\">",
		 "Đường đi", "Route", "Đường đi", "Route",
		 "Các bước của thủ tục và chỗ hồ sơ đang ở; bảng bên dưới nói cùng điều đó",
		 "The legs of the procedure, and where the dossier is; the table below says the same", width, height,
		 width, height);
	for (size_t i = 0; i < route->count; i++) {
		for (size_t n = 0; n < procedure->legs[i].next_count; n++) {
			size_t to = find_number(procedure, procedure->legs[i].next[n]);
			if (to < route->count)
				put_arrow(route, i, to);
		}
	}
	for (size_t i = 0; i < route->count; i++)
		put_box(route, &procedure->legs[i], i);
	html_raw(html, "</svg></div>");
	if (page->view->code) /* a procedure alone has nothing behind it */
		put_legend(html);
}
