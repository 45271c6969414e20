/* route_needs.c: what a dossier must have so that its route can be gone to the end.
 *
 * The ways are walked; a choice that the fields have made is followed, any other in all its ways. What a leg sets before it is used is not
 * needed yet; and as long as some leg may set it, a choice by it is open. */
#include "route.h"

#include <string.h>

#include "record/definitions.h"
#include "role.h"

struct needs_walk {
	const struct lt_procedure *procedure;
	const struct route_facts *facts;
	struct route_need *out;
	size_t count, depth;
	bool seen[ROUTE_LEGS_MAX + 1];
	uint32_t stack[ROUTE_LEGS_MAX + 1];
};

bool route_sets(const struct lt_route_leg *leg, const char *field)
{
	for (size_t i = 0; i < leg->set_count; i++) {
		if (strcmp(leg->sets[i], field) == 0)
			return true;
	}
	return false;
}

/* It may still change: what it decides now is not decided for good. */
static bool set_anywhere(const struct lt_procedure *procedure, const char *field)
{
	for (size_t i = 0; i < procedure->leg_count; i++) {
		if (route_sets(&procedure->legs[i], field))
			return true;
	}
	return false;
}

static bool decided(const struct lt_procedure *procedure, const struct lt_route_leg *leg)
{
	for (size_t i = 0; i < leg->when_count; i++) {
		if (set_anywhere(procedure, leg->when[i].field))
			return false;
	}
	return route_chosen_by_fields(leg);
}

static void add(struct needs_walk *walk, const struct route_need *need)
{
	for (size_t i = 0; i < walk->count; i++) {
		const struct route_need *other = &walk->out[i];
		if (strcmp(other->role, need->role) == 0 && strcmp(other->field, need->field) == 0 &&
		    other->only == need->only)
			return;
	}
	if (walk->count < ROUTE_NEEDS_MAX)
		walk->out[walk->count++] = *need;
}

static void add_need(struct needs_walk *walk, const char *role, const char *field)
{
	add(walk, &(struct route_need){ .role = role, .field = field });
}

static void need_limits(struct needs_walk *walk, const struct lt_limit_by *by, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(walk, &(struct route_need){ .role = "", .field = by[i].field, .only = by[i].only ? &by[i] : NULL });
}

bool route_need_takes(const struct route_need *need, const char *value)
{
	bool found = !need->only;
	for (size_t i = 0; value && !found && i < need->only->case_count; i++)
		found = strcmp(need->only->cases[i].value, value) == 0;
	return value && found;
}

static void need_role(struct needs_walk *walk, const char *text)
{
	struct lt_role role;
	const char *lead = walk->procedure->lead;
	if (lt_role_parse(text, &role)) {
		add_need(walk, text, "");
		return;
	}
	if (role.kind == LT_ROLE_LEAD && lead && lead[0] != '\0')
		return; /* needed as what the procedure says that it is */
	add_need(walk, text, role.kind == LT_ROLE_FIELD ? role.name : "");
}

static void go(struct needs_walk *walk, uint32_t number)
{
	if (!route_leg(walk->procedure, number) || number > ROUTE_LEGS_MAX || walk->seen[number])
		return;
	walk->seen[number] = true;
	walk->stack[walk->depth++] = number;
}

static void go_on(struct needs_walk *walk, const struct lt_route_leg *leg)
{
	uint32_t chosen[ROUTE_LEGS_MAX];
	size_t count = 0;
	struct lt_refusal ignored = { 0 };
	bool by_fields = route_chosen_by_fields(leg);
	go(walk, leg->on_refusal);
	go(walk, leg->on_supplement);
	for (size_t i = 0; by_fields && i < leg->when_count; i++)
		add_need(walk, "", leg->when[i].field);
	if (by_fields && decided(walk->procedure, leg) && !route_choose(leg, walk->facts, chosen, &count, &ignored)) {
		for (size_t i = 0; i < count; i++)
			go(walk, chosen[i]);
		return;
	}
	for (size_t i = 0; i < leg->next_count; i++)
		go(walk, leg->next[i]);
}

static void need_leg(struct needs_walk *walk, const struct lt_route_leg *leg)
{
	need_role(walk, leg->agency);
	need_limits(walk, leg->by, leg->by_count);
	for (size_t i = 0; i < leg->consult_count; i++)
		need_role(walk, leg->consult[i]);
	go_on(walk, leg);
}

static bool names(const char *text, const char *field)
{
	struct lt_role role;
	return text && !lt_role_parse(text, &role) && role.kind == LT_ROLE_FIELD && strcmp(role.name, field) == 0;
}

/* A leg that sets it knows it when the leg is left: its own choice may go by it. */
static bool leg_uses(const struct lt_route_leg *leg, const char *field)
{
	bool found = names(leg->agency, field);
	for (size_t i = 0; i < leg->by_count; i++)
		found |= strcmp(leg->by[i].field, field) == 0;
	for (size_t i = 0; i < leg->consult_count; i++)
		found |= names(leg->consult[i], field);
	for (size_t i = 0; i < leg->when_count && !route_sets(leg, field); i++)
		found |= strcmp(leg->when[i].field, field) == 0;
	return found;
}

/* Whether some way comes from a leg to one that uses the field before it has left one that sets it. */
static bool used_unset(const struct lt_procedure *procedure, uint32_t from, const char *field)
{
	struct needs_walk walk = { .procedure = procedure };
	bool found = false;
	go(&walk, from);
	while (walk.depth > 0 && !found) {
		const struct lt_route_leg *leg = route_leg(procedure, walk.stack[--walk.depth]);
		found = leg_uses(leg, field);
		go(&walk, leg->on_supplement);
		for (size_t i = 0; i < leg->next_count && !route_sets(leg, field); i++)
			go(&walk, leg->next[i]);
	}
	return found;
}

/* What is learned on the way before it is needed need not be there now. The first `kept` are not the legs'. */
static size_t drop_learned(struct needs_walk *walk, size_t kept, uint32_t from, uint32_t named)
{
	for (size_t i = kept; i < walk->count; i++) {
		const char *field = walk->out[i].field;
		if (field[0] == '\0' || !set_anywhere(walk->procedure, field) ||
		    used_unset(walk->procedure, from, field) || used_unset(walk->procedure, named, field))
			walk->out[kept++] = walk->out[i];
	}
	return kept;
}

size_t route_needs(const struct lt_procedure *procedure, const struct route_facts *facts, uint32_t from, uint32_t named,
		   struct route_need out[ROUTE_NEEDS_MAX])
{
	struct needs_walk walk = { .procedure = procedure, .facts = facts, .out = out };
	if (from == 1 && procedure->lead && procedure->lead[0] != '\0')
		need_role(&walk, procedure->lead);
	if (from == 1)
		need_limits(&walk, procedure->by, procedure->by_count);
	for (size_t i = 0; from == 1 && i < procedure->withdraw_count; i++)
		need_role(&walk, procedure->withdraw_by[i]);
	size_t head = walk.count;
	go(&walk, from);
	go(&walk, named);
	while (walk.depth > 0)
		need_leg(&walk, route_leg(procedure, walk.stack[--walk.depth]));
	return drop_learned(&walk, head, from, named);
}
