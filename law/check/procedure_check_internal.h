/* procedure_check_internal.h: the route as a graph, for the files of procedure_check. */
#ifndef LAW_PROCEDURE_CHECK_INTERNAL_H
#define LAW_PROCEDURE_CHECK_INTERNAL_H

#include "law/procedure_check.h"
#include "law/route.h"

#define GRAPH_LEGS 65u /* 64 legs, numbered from 1 */

struct graph {
	const struct lt_procedure *procedure;
	size_t legs;
	bool next[GRAPH_LEGS][GRAPH_LEGS];   /* a leads to b by its result */
	bool way[GRAPH_LEGS][GRAPH_LEGS];    /* over any number of results, not 0 */
	bool anyway[GRAPH_LEGS][GRAPH_LEGS]; /* refusals and supplements too */
};
/* facts: of choices by fields that they decide only the ways that are taken then; NULL: all ways. */
void graph_make(const struct lt_procedure *procedure, const struct route_facts *facts, struct graph *out);
bool graph_runs_round(const struct graph *graph);         /* a leg leads to itself by results */
bool graph_ends(const struct graph *graph, uint32_t leg); /* nothing follows */
size_t graph_in(const struct graph *graph, uint32_t leg); /* legs whose result leads here */
bool graph_used(const struct graph *graph, uint32_t leg); /* leg 1, or it can be reached */
const struct lt_route_leg *graph_leg(const struct graph *graph, uint32_t number);

void procedure_fault_add(struct procedure_faults *faults, const char *pointer, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "/legs/3/next": leg 4's; `key` may be "". */
const char *procedure_leg_pointer(char out[80], uint32_t number, const char *key);

/* procedure_check_texts.c: ids, names, and what belongs to which kind of leg. */
void procedure_check_texts(const struct lt_procedure *procedure, struct procedure_faults *faults);
/* procedure_check_limits.c: the longest way, for each value of the fields on which a limit depends. */
void procedure_check_limits(const struct lt_procedure *procedure, struct procedure_faults *faults);
/* procedure_check_route.c */
void procedure_check_route(const struct graph *graph, struct procedure_faults *faults);

#endif
