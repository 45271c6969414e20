/* route_at.c: where a dossier stands on its procedure's route.
 *
 * law/route.h knows the route and no dossier. Here the two meet: which leg a branch is at, who does the next one after
 * roles are filled and agencies have been reorganised, whether an offer goes where the route leads, and whether the
 * ways that meet at a leg have all come. It is only strict where the route is: a plain list of legs without `next`
 * restricts nothing. */
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
	if (!act->rules->law->route.in_force(act->procedure, day_of(act->time)))
		return lt_refuse(&act->refusal, LT_PROCEDURE_UNKNOWN, "%s version %u is not in force on this day",
				 header->procedure, header->procedure_version);
	return LT_REASON_NONE;
}

/* ---- who ---- */

static void get_facts(struct act *act, struct route_facts *out)
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
	get_facts(act, &facts);
	if (act->rules->law->route.resolve_role(directory, route_at_procedure(act), &facts, role, out, &ignored))
		return false;
	dossier_copy_code(out, act->rules->succession.of(act->state->rulebook, out, act->dossier, act->time));
	return true;
}

bool route_at_agency(struct act *act, uint32_t number, char out[LT_AGENCY_MAX])
{
	const struct lt_route_leg *leg = act->rules->law->route.leg(route_at_procedure(act), number);
	return leg && route_at_role(act, leg->agency, out);
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
	get_facts(act, &facts);
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

/* The legs that may follow: the fork's branch while no agency has taken it, else what the route says. 0: it does not say. */
static size_t following(struct act *act, const struct branch *branch, bool refused,
			uint32_t out[DOSSIER_BRANCHES_MAX + 1])
{
	const uint32_t *next;
	const struct lt_procedure *procedure = route_at_procedure(act);
	if (branch->fork_leg != 0) {
		out[0] = branch->fork_leg;
		return 1;
	}
	size_t count = act->rules->law->route.next(procedure, branch->leg, &next);
	if (count > DOSSIER_BRANCHES_MAX)
		count = DOSSIER_BRANCHES_MAX;
	for (size_t i = 0; i < count; i++)
		out[i] = next[i];
	const struct lt_route_leg *leg = act->rules->law->route.leg(procedure, branch->leg);
	if (refused && leg && leg->on_refusal != 0)
		out[count++] = leg->on_refusal;
	return count;
}

size_t route_at_list_next(struct act *act, const struct branch *branch, struct lt_recipient **out)
{
	uint32_t legs[DOSSIER_BRANCHES_MAX + 1];
	size_t count = following(act, branch, false, legs);
	*out = lt_arena_alloc(act->arena, (count + 1) * sizeof(**out));
	LT_ASSERT(*out);
	for (size_t i = 0; i < count; i++) {
		(*out)[i] = (struct lt_recipient){ 0 };
		snprintf((*out)[i].leg, sizeof((*out)[i].leg), "%s", route_at_id(act, legs[i]));
		route_at_agency(act, legs[i], (*out)[i].agency);
	}
	return count;
}

static enum lt_reason refuse_leg(struct act *act, size_t i, const uint32_t *legs, size_t count)
{
	char list[120] = "";
	size_t len = 0;
	for (size_t k = 0; k < count && len + LT_LEG_ID_MAX + 2 < sizeof(list); k++)
		len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", k > 0 ? ", " : "",
					route_at_id(act, legs[k]));
	return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[%zu].leg: %s does not follow; next is %s", i,
			 act->header->to[i].leg, list);
}

/* Nobody named a leg: the one that follows and is the recipient's. */
static uint32_t infer(struct act *act, size_t i, const uint32_t *legs, size_t count)
{
	char agency[LT_AGENCY_MAX];
	for (size_t k = 0; k < count; k++) {
		if (route_at_agency(act, legs[k], agency) && custody_recipient_is(act, i, agency))
			return legs[k];
	}
	return 0;
}

/* The leg that recipient i names; 0: none. LEG_UNKNOWN. */
static enum lt_reason find_named(struct act *act, size_t i, uint32_t *out)
{
	const char *id = act->header->to[i].leg;
	const struct lt_procedure *procedure = route_at_procedure(act);
	const struct lt_route_leg *leg = act->rules->law->route.find(procedure, id);
	*out = leg ? leg->number : 0;
	return id[0] == '\0' || leg ? LT_REASON_NONE : act->rules->law->route.unknown(procedure, id, i, &act->refusal);
}

enum lt_reason route_at_check_named(struct act *act, uint32_t *leg)
{
	return find_named(act, 0, leg);
}

enum lt_reason route_at_check_next(struct act *act, const struct branch *branch, size_t i, bool refused, uint32_t *leg)
{
	uint32_t legs[DOSSIER_BRANCHES_MAX + 1];
	char agency[LT_AGENCY_MAX];
	const struct lt_recipient *to = &act->header->to[i];
	size_t count = following(act, branch, refused, legs);
	bool follows = false;
	enum lt_reason reason = find_named(act, i, leg);
	if (reason)
		return reason;
	if (*leg == 0) {
		*leg = infer(act, i, legs, count);
		return LT_REASON_NONE;
	}
	for (size_t k = 0; k < count; k++)
		follows |= legs[k] == *leg;
	if (count > 0 && !follows)
		return refuse_leg(act, i, legs, count);
	if (route_at_agency(act, *leg, agency) && !custody_recipient_is(act, i, agency))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[%zu]: leg %s (%.100s) is for %s, not for %s",
				 i, to->leg, act->rules->law->route.leg(route_at_procedure(act), *leg)->name, agency,
				 to->agency);
	return LT_REASON_NONE;
}

enum lt_reason route_at_check_fork(struct act *act, const struct branch *branch)
{
	uint32_t legs[DOSSIER_BRANCHES_MAX + 1];
	size_t count = following(act, branch, false, legs);
	if (count < 2)
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to: %zu recipients; leg %s is no fork, it goes on to one", act->header->to_count,
				 route_at_id(act, present(branch)));
	if (act->dossier->branch_count + act->header->to_count > DOSSIER_BRANCHES_MAX)
		return lt_refuse(&act->refusal, LT_COUNT_EXCEEDED, "the dossier would have over %u branches",
				 (unsigned)DOSSIER_BRANCHES_MAX);
	return LT_REASON_NONE;
}

/* ---- joins ---- */

static bool awaits(struct act *act, const struct branch *other, const struct branch *branch, uint32_t leg)
{
	uint32_t at = dossier_branch_leg(other);
	return other != branch && other->custody != LT_CUSTODY_CLOSED && at != leg && at != 0 &&
	       act->rules->law->route.reached(route_at_procedure(act), leg, at);
}

bool route_at_waits(struct act *act, const struct branch *branch, uint32_t leg)
{
	const struct dossier *dossier = act->dossier;
	if (leg == 0 || act->rules->law->route.joins(route_at_procedure(act), leg) < 2)
		return false;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (awaits(act, &dossier->branches[i], branch, leg))
			return true;
	}
	return false;
}
