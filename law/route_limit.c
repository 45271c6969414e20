/* route_limit.c: limits that depend on a field of the dossier, and legs whose time does not count. */
#include "route.h"

#include <string.h>

static const char *value_of(const struct route_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->field_count; i++) {
		if (strcmp(facts->fields[i].name, name) == 0)
			return facts->fields[i].value;
	}
	return NULL;
}

struct lt_limit route_limit(const struct lt_limit *other, enum lt_limit_of of, const struct lt_limit_by *by,
			    size_t count, const struct route_facts *facts)
{
	for (size_t i = 0; i < count; i++) {
		const char *value = by[i].of == of ? value_of(facts, by[i].field) : NULL;
		for (size_t k = 0; value && k < by[i].case_count; k++) {
			if (strcmp(by[i].cases[k].value, value) == 0)
				return by[i].cases[k].limit;
		}
	}
	return *other;
}

struct lt_limit route_leg_limit(const struct lt_route_leg *leg, const struct route_facts *facts)
{
	return route_limit(&leg->limit, LT_LIMIT_OF_LEG, leg->by, leg->by_count, facts);
}

struct lt_limit route_whole_limit(const struct lt_procedure *procedure, const struct route_facts *facts)
{
	if (procedure->promised.unit != LT_LIMIT_NONE)
		return route_limit(&procedure->promised, LT_LIMIT_OF_PROMISED, procedure->by, procedure->by_count,
				   facts);
	return route_limit(&procedure->total, LT_LIMIT_OF_TOTAL, procedure->by, procedure->by_count, facts);
}

bool route_counts(const struct lt_route_leg *leg)
{
	return !leg->uncounted || leg->uncounted[0] == '\0';
}
