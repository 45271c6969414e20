/* route.c: see route.h.
 *
 * Several followers are a fork, unless the leg says `choose`: then the dossier's fields choose, or, where nothing is said of
 * fields, the holder does. A result is made at the legs that say so by `makes`. Where no leg of the procedure says so, it is the last
 * leg of kind approve, and on ways without one the last leg before the hand-over. */
#include "route.h"

#include <string.h>

#include "record/definitions.h"
#include "role.h"

#define PARENTS_MAX 16u /* steps upwards; the directory's check allows no more */

const struct lt_route_leg *route_leg(const struct lt_procedure *procedure, uint32_t number)
{
	return number >= 1 && number <= procedure->leg_count ? &procedure->legs[number - 1] : NULL;
}

/* "2": the leg in the second place of the file. 0: no number of a leg. */
static uint32_t place(const char *id)
{
	size_t digits = strspn(id, "0123456789");
	if (digits == 0 || digits > 2 || id[digits] != '\0')
		return 0;
	return digits == 1 ? (uint32_t)(id[0] - '0') : (uint32_t)((id[0] - '0') * 10 + id[1] - '0');
}

const struct lt_route_leg *route_find(const struct lt_procedure *procedure, const char *id)
{
	for (size_t i = 0; *id && i < procedure->leg_count; i++) {
		if (strcmp(procedure->legs[i].id, id) == 0)
			return &procedure->legs[i];
	}
	return route_leg(procedure, place(id));
}

enum lt_reason route_unknown(const struct lt_procedure *procedure, const char *id, size_t index,
			     struct lt_refusal *refusal)
{
	return lt_refuse(refusal, LT_LEG_UNKNOWN, "to[%zu].leg: procedure %s version %u has no leg %s", index,
			 procedure->code, procedure->version, id);
}

size_t route_next(const struct lt_procedure *procedure, uint32_t number, const uint32_t **out)
{
	const struct lt_route_leg *leg = route_leg(procedure, number);
	*out = leg ? leg->next : NULL;
	return leg ? leg->next_count : 0;
}

bool route_follows(const struct lt_procedure *procedure, uint32_t from, uint32_t to)
{
	const uint32_t *next;
	size_t count = route_next(procedure, from, &next);
	for (size_t i = 0; i < count; i++) {
		if (next[i] == to)
			return true;
	}
	return false;
}

size_t route_joins(const struct lt_procedure *procedure, uint32_t number)
{
	size_t joins = 0;
	for (size_t i = 0; i < procedure->leg_count; i++)
		joins += route_follows(procedure, procedure->legs[i].number, number);
	return joins;
}

bool route_reached(const struct lt_procedure *procedure, uint32_t at, uint32_t leg)
{
	bool seen[ROUTE_LEGS_MAX + 1] = { false };
	uint32_t stack[ROUTE_LEGS_MAX + 1];
	size_t depth = 0;
	if (!route_leg(procedure, at) || !route_leg(procedure, leg) || procedure->leg_count > ROUTE_LEGS_MAX)
		return false;
	seen[leg] = true;
	stack[depth++] = leg;
	while (depth > 0) {
		const uint32_t *next;
		uint32_t number = stack[--depth];
		size_t count = route_next(procedure, number, &next);
		for (size_t i = 0; i < count; i++) {
			if (!route_leg(procedure, next[i]) || seen[next[i]])
				continue;
			seen[next[i]] = true;
			stack[depth++] = next[i];
		}
	}
	return seen[at];
}

/* ---- choices ---- */

static const char *field_of(const struct route_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->field_count; i++) {
		if (strcmp(facts->fields[i].name, name) == 0)
			return facts->fields[i].value;
	}
	return NULL;
}

static bool holds(const struct lt_route_when *when, const char *value)
{
	for (size_t i = 0; i < when->value_count; i++) {
		if (strcmp(when->values[i], value) == 0)
			return true;
	}
	return false;
}

bool route_chosen_by_fields(const struct lt_route_leg *leg)
{
	return leg->choose != LT_CHOOSE_ALL && leg->when_count > 0;
}

bool route_chosen_by_holder(const struct lt_route_leg *leg)
{
	return leg->choose != LT_CHOOSE_ALL && leg->when_count == 0;
}

/* Every field is asked for, also behind one that holds: what is missing is then missing for all dossiers alike. */
enum lt_reason route_choose(const struct lt_route_leg *leg, const struct route_facts *facts,
			    uint32_t out[ROUTE_LEGS_MAX], size_t *count, struct lt_refusal *refusal)
{
	bool taken[ROUTE_LEGS_MAX + 1] = { false }, any = false;
	*count = 0;
	for (size_t i = 0; i < leg->when_count; i++) {
		const struct lt_route_when *when = &leg->when[i];
		const char *value = field_of(facts, when->field);
		if (!value)
			return lt_refuse(refusal, LT_FIELD_REQUIRED,
					 "fields: leg %s goes on by \"%s\", and the dossier has not got it", leg->id,
					 when->field);
		if (when->leg <= ROUTE_LEGS_MAX && holds(when, value) && !(any && leg->choose == LT_CHOOSE_ONE))
			taken[when->leg] = any = true;
	}
	for (size_t i = 0; i < leg->otherwise_count && !any; i++) {
		if (leg->otherwise[i] <= ROUTE_LEGS_MAX)
			taken[leg->otherwise[i]] = true;
	}
	for (size_t i = 0; i < leg->next_count && *count < ROUTE_LEGS_MAX; i++) {
		if (leg->next[i] <= ROUTE_LEGS_MAX && taken[leg->next[i]])
			out[(*count)++] = leg->next[i];
	}
	return LT_REASON_NONE;
}

/* ---- results ---- */

bool route_result_code_valid(const char *code)
{
	size_t length = strlen(code);
	return length > 0 && length <= LT_RESULT_CODE_MAX &&
	       strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == length;
}

static bool any_makes(const struct lt_procedure *procedure)
{
	for (size_t i = 0; i < procedure->leg_count; i++) {
		if (procedure->legs[i].make_count > 0)
			return true;
	}
	return false;
}

/* Another leg of kind approve that comes after this one; or, with `before` too, that this one comes after. */
static bool meets_approve(const struct lt_procedure *procedure, uint32_t number, bool before)
{
	for (uint32_t i = 1; i <= procedure->leg_count; i++) {
		if (i != number && procedure->legs[i - 1].kind == LT_LEG_APPROVE &&
		    (route_reached(procedure, i, number) || (before && route_reached(procedure, number, i))))
			return true;
	}
	return false;
}

static bool before_hand_over(const struct lt_procedure *procedure, const struct lt_route_leg *leg)
{
	if (leg->kind == LT_LEG_RETURN || leg->kind == LT_LEG_PAY)
		return false;
	for (size_t i = 0; i < leg->next_count; i++) {
		const struct lt_route_leg *next = route_leg(procedure, leg->next[i]);
		if (next && next->kind != LT_LEG_RETURN)
			return false;
	}
	return true;
}

bool route_makes(const struct lt_procedure *procedure, uint32_t number)
{
	const struct lt_route_leg *leg = route_leg(procedure, number);
	if (!leg)
		return false;
	if (leg->make_count > 0 || any_makes(procedure))
		return leg->make_count > 0;
	if (leg->kind == LT_LEG_APPROVE)
		return !meets_approve(procedure, number, false);
	return before_hand_over(procedure, leg) && !meets_approve(procedure, number, true);
}

bool route_will_make(const struct lt_procedure *procedure, uint32_t at)
{
	for (uint32_t i = 1; i <= procedure->leg_count; i++) {
		if (route_reached(procedure, i, at) && route_makes(procedure, i))
			return true;
	}
	return false;
}

static bool makes_code(const struct lt_route_leg *leg, const char *code)
{
	for (size_t i = 0; i < leg->make_count; i++) {
		if (strcmp(leg->makes[i], code) == 0)
			return true;
	}
	return false;
}

/* One that is made without a code is nobody else's. */
bool route_makes_elsewhere(const struct lt_procedure *procedure, uint32_t number, uint32_t at)
{
	const struct lt_route_leg *leg = route_leg(procedure, number);
	size_t found = 0;
	for (size_t k = 0; leg && k < leg->make_count; k++) {
		bool later = false;
		for (uint32_t i = 1; i <= procedure->leg_count; i++)
			later |= route_reached(procedure, i, at) && makes_code(&procedure->legs[i - 1], leg->makes[k]);
		found += later;
	}
	return leg && leg->make_count > 0 && found == leg->make_count;
}

/* ---- versions ---- */

bool route_in_force(const struct lt_procedure *procedure, int64_t day)
{
	return day >= procedure->valid_from && (procedure->valid_to == 0 || day < procedure->valid_to);
}

/* ---- roles ---- */

static enum lt_reason take_agency(const struct lt_directory *directory, const char *role, const char *code,
				  char out[LT_AGENCY_MAX], struct lt_refusal *refusal)
{
	const struct lt_agency *agency = directory ? lt_directory_resolve(directory, code) : NULL;
	if (!agency)
		return lt_refuse(refusal, LT_AGENCY_UNKNOWN, "%s: \"%.64s\" is not in the directory", role, code);
	memcpy(out, agency->code, sizeof(agency->code));
	return LT_REASON_NONE;
}

static enum lt_reason take_field(const struct lt_directory *directory, const struct route_facts *facts,
				 const char *role, const char *name, char out[LT_AGENCY_MAX],
				 struct lt_refusal *refusal)
{
	for (size_t i = 0; i < facts->field_count; i++) {
		if (strcmp(facts->fields[i].name, name) == 0)
			return take_agency(directory, role, facts->fields[i].value, out, refusal);
	}
	return lt_refuse(refusal, LT_FIELD_REQUIRED, "fields: the route needs \"%s\", and the dossier has not got it",
			 name);
}

/* The origin's parent, or the province that it belongs to. */
static enum lt_reason take_above(const struct lt_directory *directory, const struct route_facts *facts,
				 const struct lt_role *role, const char *text, char out[LT_AGENCY_MAX],
				 struct lt_refusal *refusal)
{
	const struct lt_agency *agency = directory ? lt_directory_resolve(directory, facts->origin) : NULL;
	if (role->kind == LT_ROLE_PARENT && agency)
		agency = lt_directory_find(directory, agency->parent);
	for (unsigned steps = 0; role->kind == LT_ROLE_PROVINCE && agency && agency->level != LT_LEVEL_PROVINCE;
	     steps++)
		agency = steps < PARENTS_MAX ? lt_directory_find(directory, agency->parent) : NULL;
	if (!agency)
		return lt_refuse(refusal, LT_AGENCY_UNKNOWN, "%s: there is none above %.64s", text, facts->origin);
	memcpy(out, agency->code, sizeof(agency->code));
	return LT_REASON_NONE;
}

static const char *lead_of(const struct lt_procedure *procedure)
{
	if (procedure->lead && procedure->lead[0] != '\0')
		return procedure->lead;
	for (size_t i = 0; i < procedure->leg_count; i++) {
		if (procedure->legs[i].kind == LT_LEG_PROCESS)
			return procedure->legs[i].agency;
	}
	return procedure->leg_count > 0 ? procedure->legs[0].agency : "";
}

enum lt_reason route_resolve_lead(const struct lt_directory *directory, const struct lt_procedure *procedure,
				  const struct route_facts *facts, char out[LT_AGENCY_MAX], struct lt_refusal *refusal)
{
	const char *text = lead_of(procedure);
	if (strcmp(text, "lead") == 0) /* the lead cannot be who the lead is */
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "procedure %s: the lead is not named",
				 procedure->code);
	const struct route_facts without = { .origin = facts->origin,
					     .field_count = facts->field_count,
					     .fields = facts->fields };
	return route_resolve_role(directory, procedure, &without, text, out, refusal);
}

enum lt_reason route_resolve_role(const struct lt_directory *directory, const struct lt_procedure *procedure,
				  const struct route_facts *facts, const char *text, char out[LT_AGENCY_MAX],
				  struct lt_refusal *refusal)
{
	struct lt_role role;
	bool origin_known = facts->origin && facts->origin[0] != '\0';
	if (lt_role_parse(text, &role))
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "\"%.64s\" is neither an agency code nor a role",
				 text);
	switch (role.kind) {
	case LT_ROLE_AGENCY:
		return take_agency(directory, text, role.name, out, refusal);
	case LT_ROLE_FIELD:
		return take_field(directory, facts, text, role.name, out, refusal);
	case LT_ROLE_LEAD:
		if (facts->lead && facts->lead[0] != '\0')
			return take_agency(directory, text, facts->lead, out, refusal);
		return route_resolve_lead(directory, procedure, facts, out, refusal);
	case LT_ROLE_ORIGIN:
	case LT_ROLE_PARENT:
	case LT_ROLE_PROVINCE:
		break;
	}
	if (!origin_known)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "%s: the dossier has no origin yet", text);
	if (role.kind == LT_ROLE_ORIGIN)
		return take_agency(directory, text, facts->origin, out, refusal);
	return take_above(directory, facts, &role, text, out, refusal);
}
