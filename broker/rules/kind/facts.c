/* facts.c: see facts.h. */
#include "facts.h"

#include <stdio.h>
#include <string.h>

#include "program/log.h"
#include "rules/route_at.h"

/* ---- what the route needs ---- */

#define NEEDS_LIST_MAX 160 /* bytes: a refusal's detail less its sentence. What does not fit is cut, and shown so */

static bool is_filled(struct act *act, const struct route_need *need)
{
	char agency[LT_AGENCY_MAX];
	if (need->role[0] == '\0')
		return act->rules->law->route.takes(need, dossier_field(act->dossier, need->field));
	return route_at_role(act, need->role, agency) &&
	       act->rules->succession.in_force(act->state->rulebook, agency, act->time);
}

/* The values that a field may have, cut where they are many. */
static const char *list_values(const struct lt_limit_by *only, char out[NEEDS_LIST_MAX / 2])
{
	size_t len = 0;
	out[0] = '\0';
	for (size_t i = 0; only && i < only->case_count; i++) {
		const char *value = only->cases[i].value;
		bool fits = len + strlen(value) + sizeof(", ...)") <= NEEDS_LIST_MAX / 2 - sizeof(" (");
		len += (size_t)snprintf(out + len, NEEDS_LIST_MAX / 2 - len, "%s%s", i > 0 ? ", " : " (",
					fits ? value : "...");
		if (!fits)
			break;
	}
	if (only)
		snprintf(out + len, NEEDS_LIST_MAX / 2 - len, ")");
	return out;
}

/* "NAME", "NAME = VALUE" or the role, behind what the list has, with the values that alone are taken. False: it is full. */
static bool list_need(struct act *act, const struct route_need *need, char list[NEEDS_LIST_MAX])
{
	size_t len = strlen(list);
	const char *name = need->field[0] ? need->field : need->role;
	const char *value = need->field[0] ? dossier_field(act->dossier, need->field) : NULL;
	char values[NEEDS_LIST_MAX / 2];
	list_values(need->only, values);
	size_t size = strlen(", ") + strlen(name) + (value ? strlen(" = ") + strlen(value) : 0) + strlen(values);
	bool fits = len + size + sizeof(", ...") <= NEEDS_LIST_MAX;
	if (!fits)
		name = "...", value = NULL, values[0] = '\0';
	snprintf(list + len, NEEDS_LIST_MAX - len, "%s%s%s%s%s", len > 0 ? ", " : "", name, value ? " = " : "",
		 value ? value : "", values);
	return fits;
}

enum lt_reason facts_check_needs(struct act *act, uint32_t from, uint32_t named)
{
	struct route_facts facts;
	struct route_need needs[ROUTE_NEEDS_MAX];
	char list[NEEDS_LIST_MAX] = "";
	bool field = false, room = true, whole = true;
	route_at_facts(act, &facts);
	size_t count = act->rules->law->route.needs(route_at_procedure(act), &facts, from, named, needs);
	for (size_t i = 0; i < count; i++) {
		if (is_filled(act, &needs[i]))
			continue;
		whole = false;
		field |= needs[i].field[0] != '\0';
		room = room && list_need(act, &needs[i], list);
	}
	if (whole)
		return LT_REASON_NONE;
	if (!field)
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN,
				 "the route needs agencies that are in force, and for this dossier these are none: %s",
				 list);
	return lt_refuse(&act->refusal, LT_FIELD_REQUIRED,
			 "fields: the route needs these, and where they say who, an agency in force: %s", list);
}

/* ---- what is learned ---- */

static struct dossier_field *field_of(struct dossier *dossier, const char *name)
{
	for (uint32_t i = 0; i < dossier->field_count; i++) {
		if (strcmp(dossier->fields[i].name, name) == 0)
			return &dossier->fields[i];
	}
	if (dossier->field_count == LT_FIELDS_MAX)
		return NULL;
	struct dossier_field *field = &dossier->fields[dossier->field_count++];
	snprintf(field->name, sizeof(field->name), "%s", name);
	return field;
}

enum lt_reason facts_learn(struct act *act, const struct branch *branch)
{
	const struct lt_route_leg *leg = branch->fork_leg == 0 ? route_at_of(act, branch) : NULL;
	for (size_t i = 0; i < act->header->fact_count; i++) {
		const struct lt_field *fact = &act->header->facts[i];
		if (!leg || !act->rules->law->route.sets(leg, fact->name))
			return lt_refuse(&act->refusal, LT_FIELD_NOT_ALLOWED, "facts: leg %s does not set \"%s\"",
					 route_at_id(act, dossier_branch_leg(branch)), fact->name);
		struct dossier_field *field = field_of(act->dossier, fact->name);
		if (!field)
			return lt_refuse(&act->refusal, LT_COUNT_EXCEEDED, "facts: a dossier has at most %u fields",
					 (unsigned)LT_FIELDS_MAX);
		LT_ASSERT(strlen(fact->value) < sizeof(field->value));
		snprintf(field->value, sizeof(field->value), "%s", fact->value);
	}
	return LT_REASON_NONE;
}

enum lt_reason facts_check_ahead(struct act *act, const struct branch *branch, const struct route_step *step)
{
	const struct lt_route_leg *leg = route_at_of(act, branch);
	enum lt_reason reason = LT_REASON_NONE;
	for (size_t i = 0; leg && leg->set_count > 0 && i < step->count && !reason; i++)
		reason = facts_check_needs(act, step->legs[i], 0);
	return reason;
}
