/* procedure_check_form.c: the form of a definition: what apply asks of each, so that nothing behind it has to look again. */
#include "procedure_check.h"

#include <lienthong/code.h>

#include "role.h"
#include "route.h"
#include "worktime.h"

static bool limit_valid(const struct lt_limit *limit)
{
	switch (limit->unit) {
	case LT_LIMIT_NONE:
	case LT_LIMIT_SAME_DAY:
		return limit->quarters == 0;
	case LT_LIMIT_WORKING_MINUTES:
		return limit->quarters > 0 && limit->quarters <= WORKTIME_QUARTERS_MAX && limit->quarters % 4 == 0;
	case LT_LIMIT_WORKING_HOURS:
	case LT_LIMIT_WORKING_DAYS:
	case LT_LIMIT_CALENDAR_DAYS:
		return limit->quarters > 0 && limit->quarters <= WORKTIME_QUARTERS_MAX;
	}
	return false;
}

static bool role_valid(const char *text)
{
	struct lt_role role;
	return lt_role_parse(text, &role) == LT_OK;
}

/* A leg that is named, or 0. */
static bool named(const struct lt_procedure *procedure, uint32_t number)
{
	return number <= procedure->leg_count;
}

static const char *fault_of_rules(const struct lt_procedure *procedure, const struct lt_route_leg *leg)
{
	if (!role_valid(leg->agency))
		return "agency: neither a code nor a role";
	if ((unsigned)leg->kind > LT_LEG_RETURN || (unsigned)leg->join > LT_JOIN_ANY ||
	    (unsigned)leg->on_silence > LT_SILENCE_DEEMED_CONSENT || (unsigned)leg->policy > LT_CLOCK_SUSPEND)
		return "kind, join, on_silence or policy: unknown";
	if (!limit_valid(&leg->limit) || !limit_valid(&leg->consult_limit) || !limit_valid(&leg->ask_within) ||
	    !limit_valid(&leg->supplement_limit) || !limit_valid(&leg->refuse_within))
		return "limit: out of its bounds";
	if (!named(procedure, leg->on_refusal) || !named(procedure, leg->on_supplement))
		return "on_refusal or on_supplement: no such leg";
	for (size_t i = 0; i < leg->consult_count; i++) {
		if (!role_valid(leg->consult[i]))
			return "consult: neither a code nor a role";
	}
	return NULL;
}

static const char *fault_of_leg(const struct lt_procedure *procedure, const struct lt_route_leg *leg, size_t index)
{
	if (leg->number != index + 1)
		return "legs are numbered from 1 without a gap";
	for (size_t i = 0; i < leg->next_count; i++) {
		if (leg->next[i] == 0 || !named(procedure, leg->next[i]))
			return "next: no such leg";
		for (size_t k = 0; k < i; k++) {
			if (leg->next[k] == leg->next[i])
				return "next: a leg stands twice";
		}
	}
	return fault_of_rules(procedure, leg);
}

static const char *fault_of_head(const struct lt_procedure *procedure)
{
	if (!lt_procedure_code_valid(procedure->code))
		return "the code has not its form";
	if (procedure->version == 0)
		return "version 0";
	if (procedure->leg_count == 0 || procedure->leg_count > ROUTE_LEGS_MAX)
		return "no legs, or more than there can be";
	if (procedure->valid_from < 0 || procedure->valid_to < 0 ||
	    (procedure->valid_to != 0 && procedure->valid_to <= procedure->valid_from))
		return "valid_to: not after valid_from";
	if (!limit_valid(&procedure->total) || !limit_valid(&procedure->handoff_limit) ||
	    !limit_valid(&procedure->due_soon) || !limit_valid(&procedure->supplement_limit) ||
	    !limit_valid(&procedure->apology_before))
		return "a limit is out of its bounds";
	if (procedure->lead && procedure->lead[0] != '\0' && !role_valid(procedure->lead))
		return "lead: neither a code nor a role";
	if (!named(procedure, procedure->withdraw_until))
		return "withdraw until: no such leg";
	for (size_t i = 0; i < procedure->withdraw_count; i++) {
		if (!role_valid(procedure->withdraw_by[i]))
			return "withdraw by: neither a code nor a role";
	}
	for (size_t i = 0; i < procedure->open_count; i++) {
		if (!role_valid(procedure->open_by[i]))
			return "open_by: neither a code nor a role";
	}
	return NULL;
}

enum lt_reason procedure_check_form(const struct lt_procedure *procedure, struct lt_refusal *refusal)
{
	const char *fault = fault_of_head(procedure);
	if (fault)
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "procedure %.40s: %s", procedure->code, fault);
	for (size_t i = 0; i < procedure->leg_count; i++) {
		fault = fault_of_leg(procedure, &procedure->legs[i], i);
		if (fault)
			return lt_refuse(refusal, LT_DEFINITION_INVALID, "procedure %.40s: leg %zu: %s",
					 procedure->code, i + 1, fault);
	}
	return LT_REASON_NONE;
}
