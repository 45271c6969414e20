/* engine_view_clock.c: legal clocks in views, as they stand at the newest record. */
#include "engine/engine_internal.h"

#include <string.h>

#include "rules/clocks.h"

static struct lt_clock_view *view(struct engine *engine, const struct legal_clock *clock, const char *agency)
{
	if (clock->started == 0)
		return NULL;
	struct lt_clock_view *out = engine_query_alloc(engine, sizeof(*out));
	clocks_view(&engine->act, clock, agency, engine->state.time, out);
	return out;
}

void engine_view_clocks(struct engine *engine, struct lt_dossier_view *out)
{
	const struct dossier *dossier = &engine->dossier;
	const struct lt_procedure *procedure =
		procbook_find(engine->state.procbook, dossier->procedure, dossier->procedure_version);
	out->clock = view(engine, &dossier->clock, dossier->origin);
	for (uint32_t i = 0; i < dossier->visit_count; i++) {
		const struct visit *visit = &dossier->visits[i];
		out->legs[i].clock = view(engine, &visit->clock, visit->holder);
		if (procedure && visit->route_leg >= 1 && visit->route_leg <= procedure->leg_count)
			out->legs[i].route_leg_name = procedure->legs[visit->route_leg - 1].name;
	}
}

void engine_view_counts(struct engine *engine, struct lt_status_view *out)
{
	const struct state_counts *counts = &engine->state.counts;
	const struct lt_counter list[] = {
		{ "clocks_due_soon", counts->due_soon },
		{ "clocks_overdue", counts->overdue },
		{ "handoffs_escalated", counts->handoffs_escalated },
		{ "consults_silent", counts->consults_silent },
		{ "supplements_missed", counts->supplements_missed },
		{ "clocks_without_calendar", counts->clocks_without_calendar },
		{ "notices_without_sender", counts->notices_without_sender },
		{ "notices_unsigned", engine->state.unsigned_notices },
	};
	out->counters = engine_query_alloc(engine, sizeof(list));
	memcpy(out->counters, list, sizeof(list));
	out->counter_count = sizeof(list) / sizeof(list[0]);
}
