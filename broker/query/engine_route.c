/* engine_route.c: the route in a dossier's view: what each leg is called, and who is next. */
#include "engine/engine_internal.h"

#include <string.h>

#include "rules/legs.h"

void engine_view_route(struct engine *engine, struct lt_dossier_view *view)
{
	struct act act = { .state = &engine->state, .arena = engine->query_arena, .time = engine->state.time };
	act.dossier = &engine->dossier;
	for (size_t i = 0; i < view->leg_count; i++) {
		const struct visit *visit = &engine->dossier.visits[i];
		const struct lt_route_leg *leg = legs_of(&act, visit);
		char *name = engine_query_alloc(engine, leg ? strlen(leg->name) + 1 : 1);
		strcpy(name, leg ? leg->name : ""); /* the procedure's own text may go with the next one that is read */
		view->legs[i].route_leg_name = name;
		if (visit->custody == LT_CUSTODY_HELD)
			view->legs[i].next_count = legs_list_next(&act, visit, &view->legs[i].next);
	}
}
