/* procedure_check_route.c: the shape of a route. The ways of a fork begin together, so they have to meet again; of a choice one is
 * taken. On each way from the first leg to an end a result is made. */
#include "procedure_check_internal.h"
#include "law/route.h"

#include <string.h>

static void connect(struct graph *graph, uint32_t from, uint32_t to, bool result)
{
	if (from == 0 || to == 0 || from > graph->legs || to > graph->legs)
		return;
	if (result)
		graph->next[from][to] = graph->way[from][to] = true;
	graph->anyway[from][to] = true;
}

static void close_over(size_t legs, bool way[GRAPH_LEGS][GRAPH_LEGS])
{
	for (size_t k = 1; k <= legs; k++)
		for (size_t i = 1; i <= legs; i++)
			for (size_t j = 1; way[i][k] && j <= legs; j++)
				way[i][j] = way[i][j] || way[k][j];
}

static void connect_next(struct graph *graph, const struct lt_route_leg *leg, const struct route_facts *facts)
{
	uint32_t chosen[ROUTE_LEGS_MAX];
	size_t count;
	struct lt_refusal ignored = { 0 };
	if (facts && route_chosen_by_fields(leg) && !route_choose(leg, facts, chosen, &count, &ignored)) {
		for (size_t k = 0; k < count; k++)
			connect(graph, leg->number, chosen[k], true);
		return;
	}
	for (size_t k = 0; k < leg->next_count; k++)
		connect(graph, leg->number, leg->next[k], true);
}

void graph_make(const struct lt_procedure *procedure, const struct route_facts *facts, struct graph *out)
{
	memset(out, 0, sizeof(*out));
	out->procedure = procedure;
	out->legs = procedure->leg_count < GRAPH_LEGS ? procedure->leg_count : GRAPH_LEGS - 1;
	for (size_t i = 0; i < out->legs; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		connect_next(out, leg, facts);
		connect(out, leg->number, leg->on_refusal, false);
		connect(out, leg->number, leg->on_supplement, false);
	}
	close_over(out->legs, out->way);
	close_over(out->legs, out->anyway);
}

bool graph_runs_round(const struct graph *graph)
{
	for (uint32_t i = 1; i <= graph->legs; i++) {
		if (graph->way[i][i])
			return true;
	}
	return false;
}

const struct lt_route_leg *graph_leg(const struct graph *graph, uint32_t number)
{
	return &graph->procedure->legs[number - 1];
}

bool graph_ends(const struct graph *graph, uint32_t leg)
{
	return graph_leg(graph, leg)->next_count == 0;
}

size_t graph_in(const struct graph *graph, uint32_t leg)
{
	size_t count = 0;
	for (size_t i = 1; i <= graph->legs; i++)
		count += graph->next[i][leg];
	return count;
}

bool graph_used(const struct graph *graph, uint32_t leg)
{
	return leg == 1 || graph->anyway[1][leg];
}

static const char *id_of(const struct graph *graph, uint32_t leg)
{
	return graph_leg(graph, leg)->id;
}

static void check_reached(const struct graph *graph, struct procedure_faults *faults)
{
	char pointer[80];
	for (uint32_t i = 1; i <= graph->legs; i++) {
		if (!graph_used(graph, i))
			procedure_fault_add(
				faults, procedure_leg_pointer(pointer, i, ""),
				"leg %s is never reached from leg %s; name it in a \"next\" or leave it out",
				id_of(graph, i), id_of(graph, 1));
	}
}

/* A circle of results never ends, since every result takes it; and from each leg an end must be reachable. One fault for the
 * legs of one circle. */
static void check_loops(const struct graph *graph, struct procedure_faults *faults)
{
	char pointer[80];
	bool told[GRAPH_LEGS] = { false };
	for (uint32_t i = 1; i <= graph->legs; i++) {
		bool exit = graph_ends(graph, i);
		for (uint32_t k = 1; k <= graph->legs; k++)
			exit = exit || (graph->anyway[i][k] && graph_ends(graph, k));
		if (told[i] || (!graph->way[i][i] && exit))
			continue;
		for (uint32_t k = 1; k <= graph->legs; k++)
			told[k] = told[k] || graph->anyway[i][k];
		procedure_fault_add(
			faults, procedure_leg_pointer(pointer, i, "next"),
			"from leg %s the route runs in a circle without an exit; lead back by \"on_refusal\" "
			"only, or let one leg have no \"next\"",
			id_of(graph, i));
	}
}

/* ---- forks and joins ---- */

/* Whether an end can be reached from `leg` by results without passing `barred`. */
static bool passes_by(const struct graph *graph, uint32_t leg, uint32_t barred)
{
	bool seen[GRAPH_LEGS] = { false };
	uint32_t stack[GRAPH_LEGS];
	size_t depth = 0;
	if (leg == barred)
		return false;
	seen[leg] = true;
	stack[depth++] = leg;
	while (depth > 0) {
		uint32_t at = stack[--depth];
		if (graph_ends(graph, at))
			return true;
		for (uint32_t to = 1; to <= graph->legs; to++) {
			if (!graph->next[at][to] || seen[to] || to == barred)
				continue;
			seen[to] = true;
			stack[depth++] = to;
		}
	}
	return false;
}

static bool leads_to(const struct graph *graph, uint32_t from, uint32_t to)
{
	return from == to || graph->way[from][to];
}

/* All ways of the fork come to `join`. */
static bool fork_meets(const struct graph *graph, const struct lt_route_leg *fork, uint32_t join)
{
	for (size_t i = 0; i < fork->next_count; i++) {
		if (!leads_to(graph, fork->next[i], join) || passes_by(graph, fork->next[i], join))
			return false;
	}
	return true;
}

static void check_forks(const struct graph *graph, struct procedure_faults *faults)
{
	char pointer[80];
	for (uint32_t i = 1; i <= graph->legs; i++) {
		const struct lt_route_leg *fork = graph_leg(graph, i);
		bool meets = fork->next_count < 2 || fork->choose == LT_CHOOSE_ONE || graph->way[i][i];
		for (uint32_t join = 1; join <= graph->legs && !meets; join++)
			meets = graph_in(graph, join) > 1 && fork_meets(graph, fork, join);
		if (!meets)
			procedure_fault_add(faults, procedure_leg_pointer(pointer, i, "next"),
					    "fork without join: the %zu ways that begin after leg %s do not all come "
					    "together again",
					    fork->next_count, fork->id);
	}
}

/* Two ways of one fork lead to the leg. */
static bool joins_fork(const struct graph *graph, uint32_t join)
{
	for (uint32_t i = 1; i <= graph->legs; i++) {
		const struct lt_route_leg *fork = graph_leg(graph, i);
		size_t ways = 0;
		for (size_t k = 0; k < fork->next_count; k++)
			ways += leads_to(graph, fork->next[k], join);
		if (ways > 1)
			return true;
	}
	return false;
}

static void check_joins(const struct graph *graph, struct procedure_faults *faults)
{
	char pointer[80];
	for (uint32_t i = 1; i <= graph->legs; i++) {
		size_t in = graph_in(graph, i);
		if (in > 1 && !graph->way[i][i] && !joins_fork(graph, i))
			procedure_fault_add(
				faults, procedure_leg_pointer(pointer, i, "id"),
				"join without fork: %zu legs lead to leg %s, but no fork sends two of them on "
				"their way together",
				in, id_of(graph, i));
	}
}

static void check_supplements(const struct graph *graph, struct procedure_faults *faults)
{
	char pointer[80];
	for (uint32_t i = 1; i <= graph->legs; i++) {
		const struct lt_route_leg *leg = graph_leg(graph, i);
		if (leg->on_supplement != 0 && leg->supplements == 0)
			procedure_fault_add(faults, procedure_leg_pointer(pointer, i, "on_supplement"),
					    "leg %s may ask for no supplement; set \"supplements\" or leave it out",
					    leg->id);
	}
}

/* ---- results ---- */

/* An end that is reached from `leg` by results without a leg that makes one; 0: there is none. */
static uint32_t ends_without(const struct graph *graph, uint32_t leg, const bool makes[GRAPH_LEGS])
{
	bool seen[GRAPH_LEGS] = { false };
	uint32_t stack[GRAPH_LEGS];
	size_t depth = 0;
	seen[leg] = true;
	stack[depth++] = leg;
	while (depth > 0) {
		uint32_t at = stack[--depth];
		if (makes[at])
			continue;
		if (graph_ends(graph, at))
			return at;
		for (uint32_t to = 1; to <= graph->legs; to++) {
			if (!graph->next[at][to] || seen[to])
				continue;
			seen[to] = true;
			stack[depth++] = to;
		}
	}
	return 0;
}

static void check_results(const struct graph *graph, struct procedure_faults *faults)
{
	char pointer[80];
	bool makes[GRAPH_LEGS] = { false };
	for (uint32_t i = 1; i <= graph->legs; i++)
		makes[i] = route_makes(graph->procedure, i);
	for (uint32_t i = 1; i <= graph->legs; i++) {
		if (makes[i] && graph_leg(graph, i)->transfer_count > 0)
			procedure_fault_add(faults, procedure_leg_pointer(pointer, i, "transfer_to"),
					    "leg %s makes a result, and such a leg is never transferred; leave it out",
					    id_of(graph, i));
	}
	if (graph_runs_round(graph)) /* was told before */
		return;
	uint32_t end = ends_without(graph, 1, makes);
	if (end != 0)
		procedure_fault_add(
			faults, procedure_leg_pointer(pointer, end, ""),
			"a way without a result: from leg %s one comes to the end %s past no leg that makes "
			"one; say \"makes\" at the leg that decides",
			id_of(graph, 1), id_of(graph, end));
}

void procedure_check_route(const struct graph *graph, struct procedure_faults *faults)
{
	check_reached(graph, faults);
	check_loops(graph, faults);
	check_forks(graph, faults);
	check_joins(graph, faults);
	check_supplements(graph, faults);
	check_results(graph, faults);
}
