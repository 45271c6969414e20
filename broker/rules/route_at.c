/* route_at.c: where a dossier stands on its procedure's route.
 *
 * law/route.h knows the route and no dossier. Here the two meet: which leg a branch is at, who does the next one after
 * roles are filled and agencies have been reorganised, and whether the ways that meet at a leg have all come. Whether an
 * offer goes where the route leads: route_step.c. */
#include "route_at.h"

#include <stdio.h>
#include <string.h>

#include "custody.h"
#include "program/log.h"
#include "state/procedures.h"
#include "law/route.h"
#include "state/succession.h"

#define DAY_US INT64_C(86400000000)
#define ZONE_US (7 * INT64_C(3600000000)) /* +07:00 all year */

/* ---- the procedure ---- */

const struct lt_procedure *route_at_procedure(struct act *act)
{
	const struct dossier *dossier = act->dossier;
	if (!act->procedure)
		act->procedure =
			procedures_find(act->state->procedures, dossier->procedure, dossier->procedure_version);
	if (!act->procedure)
		state_end("procedure %s version %u, under which %s was opened, cannot be read", dossier->procedure,
			  dossier->procedure_version, dossier->code);
	return act->procedure;
}

bool route_at_has_procedure(struct act *act)
{
	const struct dossier *dossier = act->dossier;
	act->procedure = procedures_find(act->state->procedures, dossier->procedure, dossier->procedure_version);
	return act->procedure != NULL;
}

static int64_t day_of(int64_t time)
{
	return (time + ZONE_US) / DAY_US;
}

enum lt_reason route_at_find_procedure(struct act *act)
{
	const struct lt_header *header = act->header;
	act->procedure = procedures_find(act->state->procedures, header->procedure, header->procedure_version);
	if (!act->procedure)
		return lt_refuse(&act->refusal, LT_PROCEDURE_UNKNOWN, "%s version %u", header->procedure,
				 header->procedure_version);
	int64_t received = header->carried ? header->carried->received_at : act_legal(act);
	if (!act->rules->law->route.in_force(act->procedure, day_of(received)))
		return lt_refuse(&act->refusal, LT_PROCEDURE_UNKNOWN, "%s version %u is not in force on this day",
				 header->procedure, header->procedure_version);
	return LT_REASON_NONE;
}

/* ---- who ---- */

void route_at_facts(struct act *act, struct route_facts *out)
{
	const struct dossier *dossier = act->dossier;
	struct lt_field *fields = lt_arena_alloc(act->arena, (dossier->field_count + 1) * sizeof(*fields));
	LT_ASSERT(fields);
	for (uint32_t i = 0; i < dossier->field_count; i++)
		fields[i] = (struct lt_field){ dossier->fields[i].name, dossier->fields[i].value };
	*out = (struct route_facts){ dossier->origin, dossier->lead, dossier->field_count, fields };
}

bool route_at_role(struct act *act, const char *role, char out[LT_AGENCY_MAX])
{
	struct route_facts facts;
	struct lt_refusal ignored = { 0 };
	const struct lt_directory *directory = rulebook_directory(act->state->rulebook);
	if (!role || role[0] == '\0' || !directory)
		return false;
	route_at_facts(act, &facts);
	if (act->rules->law->route.resolve_role(directory, route_at_procedure(act), &facts, role, out, &ignored))
		return false;
	dossier_copy_code(out, act->rules->succession.of(act->state->rulebook, out, act->dossier, act->time));
	return true;
}

bool route_at_agency(struct act *act, uint32_t number, char out[LT_AGENCY_MAX])
{
	const struct lt_route_leg *leg = act->rules->law->route.leg(route_at_procedure(act), number);
	const char *by = dossier_leg_by(act->dossier, number);
	if (by[0] == '\0')
		return leg && route_at_role(act, leg->agency, out);
	dossier_copy_code(out, act->rules->succession.of(act->state->rulebook, by, act->dossier, act->time));
	return true;
}

struct lt_limit route_at_consult_limit(struct act *act, const struct lt_route_leg *leg)
{
	struct route_facts facts;
	route_at_facts(act, &facts);
	return act->rules->law->route.limit(&leg->consult_limit, LT_LIMIT_OF_CONSULT, leg->by, leg->by_count, &facts);
}

struct lt_limit route_at_supplement_limit(struct act *act, const struct lt_route_leg *leg)
{
	struct route_facts facts;
	const struct law *law = act->rules->law;
	const struct lt_procedure *procedure = route_at_procedure(act);
	route_at_facts(act, &facts);
	if (leg && leg->supplement_limit.unit != LT_LIMIT_NONE)
		return law->route.limit(&leg->supplement_limit, LT_LIMIT_OF_SUPPLEMENT, leg->by, leg->by_count, &facts);
	if (procedure->supplement_limit.unit != LT_LIMIT_NONE)
		return law->route.limit(&procedure->supplement_limit, LT_LIMIT_OF_SUPPLEMENT, procedure->by,
					procedure->by_count, &facts);
	return law->limits.supplement;
}

const char *route_at_id(struct act *act, uint32_t number)
{
	const struct lt_route_leg *leg = act->rules->law->route.leg(route_at_procedure(act), number);
	return leg ? leg->id : "";
}

/* A plain list of legs without a lead names nobody: then the first other agency that accepts becomes lead. */
static bool names_lead(const struct lt_procedure *procedure)
{
	if (procedure->lead && procedure->lead[0] != '\0')
		return true;
	for (size_t i = 0; i < procedure->leg_count; i++) {
		if (procedure->legs[i].kind == LT_LEG_PROCESS)
			return true;
	}
	return false;
}

void route_at_set_lead(struct act *act)
{
	struct route_facts facts;
	struct lt_refusal ignored = { 0 };
	char lead[LT_AGENCY_MAX];
	const struct lt_directory *directory = rulebook_directory(act->state->rulebook);
	if (!directory || !names_lead(route_at_procedure(act)))
		return;
	route_at_facts(act, &facts);
	if (!act->rules->law->route.resolve_lead(directory, route_at_procedure(act), &facts, lead, &ignored))
		dossier_copy_code(act->dossier->lead,
				  act->rules->succession.of(act->state->rulebook, lead, act->dossier, act->time));
}

/* ---- what follows ---- */

static uint32_t present(const struct branch *branch)
{
	return branch->fork_leg != 0 ? branch->fork_leg : branch->leg;
}

const struct lt_route_leg *route_at_of(struct act *act, const struct branch *branch)
{
	return act->rules->law->route.leg(route_at_procedure(act), present(branch));
}

/* The fork's leg while no agency has taken it; else what the route says, less what the fields have ruled out. */
static size_t following(struct act *act, const struct branch *branch, uint32_t out[ROUTE_LEGS_MAX])
{
	const uint32_t *next;
	struct route_facts facts;
	struct lt_refusal ignored = { 0 };
	size_t count = 0;
	const struct law_route *route = &act->rules->law->route;
	const struct lt_route_leg *leg = route->leg(route_at_procedure(act), branch->leg);
	if (branch->fork_leg != 0) {
		out[0] = branch->fork_leg;
		return 1;
	}
	route_at_facts(act, &facts);
	if (leg && route->by_fields(leg) && !route->choose(leg, &facts, out, &count, &ignored))
		return count;
	count = route->next(route_at_procedure(act), branch->leg, &next);
	if (count > ROUTE_LEGS_MAX)
		count = ROUTE_LEGS_MAX;
	for (size_t i = 0; i < count; i++)
		out[i] = next[i];
	return count;
}

size_t route_at_list_next(struct act *act, const struct branch *branch, struct lt_recipient **out)
{
	uint32_t legs[ROUTE_LEGS_MAX];
	size_t count = following(act, branch, legs);
	*out = lt_arena_alloc(act->arena, (count + 1) * sizeof(**out));
	LT_ASSERT(*out);
	for (size_t i = 0; i < count; i++) {
		(*out)[i] = (struct lt_recipient){ 0 };
		snprintf((*out)[i].leg, sizeof((*out)[i].leg), "%s", route_at_id(act, legs[i]));
		route_at_agency(act, legs[i], (*out)[i].agency);
	}
	return count;
}

enum lt_reason route_at_find_named(struct act *act, size_t i, uint32_t *leg)
{
	const char *id = act->header->to[i].leg;
	const struct lt_procedure *procedure = route_at_procedure(act);
	const struct lt_route_leg *found = act->rules->law->route.find(procedure, id);
	*leg = found ? found->number : 0;
	return id[0] == '\0' || found ? LT_REASON_NONE
				      : act->rules->law->route.unknown(procedure, id, i, &act->refusal);
}

/* ---- joins ---- */

/* It can still come to the leg; or it is there or past it already, and who is late joins what went on. */
static bool meets(struct act *act, const struct branch *other, uint32_t leg)
{
	uint32_t at = dossier_branch_leg(other);
	return other->custody != LT_CUSTODY_CLOSED && at != 0 &&
	       (act->rules->law->route.reached(route_at_procedure(act), leg, at) ||
		act->rules->law->route.reached(route_at_procedure(act), at, leg));
}

bool route_at_waits(struct act *act, const struct branch *branch, uint32_t leg)
{
	const struct dossier *dossier = act->dossier;
	if (leg == 0 || act->rules->law->route.joins(route_at_procedure(act), leg) < 2)
		return false;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (&dossier->branches[i] != branch && meets(act, &dossier->branches[i], leg))
			return true;
	}
	return false;
}
