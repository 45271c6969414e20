/* page_procedure.c: a procedure as it is defined: each version with its route drawn, its limits and its source. */
#include "pages.h"

#include <string.h>

#include "dossier_parts.h"
#include "names.h"
#include "law/route.h"
#include "words.h"

static const struct column columns[] = {
	{ "Bước", "Leg", "head" },
	{ "Ai làm", "Who", NULL },
	{ "Hạn", "Limit", NULL },
	{ "Lấy ý kiến", "Asks", NULL },
};

static void put_legs(struct visit *visit, const struct lt_procedure *procedure)
{
	struct html *html = &visit->html;
	layout_table(visit, "Các bước", "Legs", columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < procedure->leg_count; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		html_raw(html, "<tr>");
		layout_cell(visit, &columns[0]);
		html_put(html, "%i. %S<br><span class=dim>%S</span>", (unsigned)leg->number,
			 html->language == LT_ENGLISH && leg->name_en[0] ? leg->name_en : leg->name, leg->id);
		layout_cell(visit, &columns[1]);
		names_put_role(visit, leg->agency);
		if (leg->unit && leg->unit[0])
			html_put(html, "<br><span class=dim>%S</span>", leg->unit);
		layout_cell(visit, &columns[2]);
		dossier_put_limit(html, leg->limit.unit, leg->limit.quarters);
		layout_cell(visit, &columns[3]);
		for (size_t k = 0; k < leg->consult_count; k++)
			html_put(html, "%s%S", k ? ", " : "", names_of_role(visit, leg->consult[k]));
	}
	layout_table_end(visit);
}

/* By version: the broker tells them in that order. */
static bool read_version(struct visit *visit, const struct lt_control_answer *answer, size_t i,
			 struct lt_procedure *out)
{
	struct lt_refusal refusal = { 0 };
	return lt_procedure_decode(answer->procedures.list[i], visit->arena, out, &refusal) == LT_REASON_NONE &&
	       out->leg_count <= ROUTE_LEGS_MAX;
}

void page_procedure(struct visit *visit)
{
	const char *code = visit->path + strlen("/system/procedures/");
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = code };
	struct lt_control_answer *answer = lt_arena_alloc(visit->arena, sizeof(*answer));
	enum visit_told told = answer ? visit_ask(visit, &request, answer) : VISIT_FAILED;
	static const struct lt_dossier_view nowhere;
	if (told == VISIT_TOLD && (answer->reason || answer->procedures.count == 0)) {
		layout_say(visit, 404, "Không có thủ tục với mã này", "There is no procedure with this code");
		return;
	}
	visit->live = NULL;
	layout_begin_named(visit, PLACE_SYSTEM, code);
	layout_not_told(visit, told);
	for (size_t i = told == VISIT_TOLD ? answer->procedures.count : 0; i-- > 0;) {
		struct lt_procedure procedure, before;
		enum route_mark marks[ROUTE_LEGS_MAX] = { ROUTE_MARK_NONE };
		if (!read_version(visit, answer, i, &procedure))
			continue;
		struct dossier_page page = {
			.visit = visit, .view = &nowhere, .procedure = &procedure, .marks = marks
		};
		bool english = visit->html.language == LT_ENGLISH && procedure.name_en[0];
		html_put(&visit->html, "<h2>%S, %L %i</h2><p>%L ", english ? procedure.name_en : procedure.name, "bản",
			 "version", (unsigned)procedure.version, "Thời hạn:", "Limit:");
		dossier_put_limit(&visit->html, procedure.total.unit, procedure.total.quarters);
		html_put(&visit->html, " · <span class=dim>%A</span></p>", procedure.source);
		if (i > 0 && read_version(visit, answer, i - 1, &before))
			procedure_put_changes(visit, &before, &procedure, marks);
		dossier_put_route(&page);
		put_legs(visit, &procedure);
	}
	layout_end(visit, 0, 0);
}
