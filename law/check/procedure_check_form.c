/* procedure_check_form.c: the form of a definition: what apply asks of each, so that nothing behind it has to look again. */
#include "law/procedure_check.h"

#include <lienthong/code.h>

#include <string.h>

#include "law/role.h"
#include "law/route.h"
#include "law/worktime.h"

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

/* A leg has limits of three kinds that may depend on a field, the procedure of three others. */
static bool may_depend(enum lt_limit_of of, bool leg)
{
	if (of == LT_LIMIT_OF_SUPPLEMENT)
		return true;
	return leg ? of == LT_LIMIT_OF_LEG || of == LT_LIMIT_OF_CONSULT
		   : of == LT_LIMIT_OF_TOTAL || of == LT_LIMIT_OF_PROMISED;
}

static const char *fault_of_cases(const struct lt_limit_by *by)
{
	if (by->case_count == 0 || by->case_count > ROUTE_WHEN_VALUES_MAX)
		return "by: 1 to 64 values";
	for (size_t i = 0; i < by->case_count; i++) {
		if (by->cases[i].value[0] == '\0' || !limit_valid(&by->cases[i].limit) ||
		    by->cases[i].limit.unit == LT_LIMIT_NONE)
			return "by: a value or its limit is missing, or out of its bounds";
		for (size_t k = 0; k < i; k++) {
			if (strcmp(by->cases[k].value, by->cases[i].value) == 0)
				return "by: a value stands twice";
		}
	}
	return NULL;
}

static const char *fault_of_by(const struct lt_limit_by *by, size_t count, bool leg)
{
	for (size_t i = 0; i < count; i++) {
		if (!may_depend(by[i].of, leg))
			return "by: no limit that may depend on a field";
		for (size_t k = 0; k < i; k++) {
			if (by[k].of == by[i].of)
				return "by: a limit stands twice";
		}
		if (!lt_field_name_valid(by[i].field))
			return "by: not a field's name";
		const char *fault = fault_of_cases(&by[i]);
		if (fault)
			return fault;
	}
	return NULL;
}

/* The limit that holds with any other value. */
static bool stands_without(const struct lt_limit_by *by, size_t count, enum lt_limit_of of,
			   const struct lt_limit *limit)
{
	for (size_t i = 0; i < count; i++) {
		if (by[i].of == of && limit->unit == LT_LIMIT_NONE)
			return false;
	}
	return true;
}

static const char *fault_of_limits(const struct lt_route_leg *leg)
{
	if (!limit_valid(&leg->limit) || !limit_valid(&leg->consult_limit) || !limit_valid(&leg->ask_within) ||
	    !limit_valid(&leg->supplement_limit) || !limit_valid(&leg->refuse_within) || !limit_valid(&leg->again))
		return "limit: out of its bounds";
	if (!stands_without(leg->by, leg->by_count, LT_LIMIT_OF_LEG, &leg->limit) ||
	    !stands_without(leg->by, leg->by_count, LT_LIMIT_OF_CONSULT, &leg->consult_limit) ||
	    !stands_without(leg->by, leg->by_count, LT_LIMIT_OF_SUPPLEMENT, &leg->supplement_limit))
		return "by: no limit for other values";
	if (leg->until && (leg->limit.unit == LT_LIMIT_NONE || (leg->uncounted && leg->uncounted[0] != '\0')))
		return "until: without a limit, or at a leg whose time does not count";
	return fault_of_by(leg->by, leg->by_count, true);
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

static bool listed(const uint32_t *legs, size_t count, uint32_t leg)
{
	for (size_t i = 0; i < count; i++) {
		if (legs[i] == leg)
			return true;
	}
	return false;
}

static const char *fault_of_when(const struct lt_route_leg *leg, size_t index)
{
	const struct lt_route_when *when = &leg->when[index];
	if (!listed(leg->next, leg->next_count, when->leg) || listed(leg->otherwise, leg->otherwise_count, when->leg))
		return "when: names no leg of `next`, or one of `else`";
	for (size_t i = 0; i < index; i++) {
		if (leg->when[i].leg == when->leg)
			return "when: a leg stands twice";
	}
	if (!lt_field_name_valid(when->field))
		return "when: not a field's name";
	return when->value_count == 0 || when->value_count > ROUTE_WHEN_VALUES_MAX ? "when: 1 to 64 values" : NULL;
}

/* Each follower has its `when` or stands in `else`; one or some of them are taken whatever the fields say. */
static const char *fault_of_choice(const struct lt_route_leg *leg)
{
	if ((unsigned)leg->choose > LT_CHOOSE_SOME)
		return "choose: unknown";
	if (leg->choose == LT_CHOOSE_ALL)
		return leg->when_count > 0 || leg->otherwise_count > 0 ? "when or else without choose" : NULL;
	if (leg->next_count < 2)
		return "choose: of two followers or more";
	if (leg->when_count == 0)
		return leg->otherwise_count > 0 ? "else without when" : NULL;
	if (leg->otherwise_count == 0 || (leg->choose == LT_CHOOSE_ONE && leg->otherwise_count > 1))
		return "else: what is taken when no `when` holds; with choose one a single leg";
	for (size_t i = 0; i < leg->otherwise_count; i++) {
		if (!listed(leg->next, leg->next_count, leg->otherwise[i]) ||
		    listed(leg->otherwise, i, leg->otherwise[i]))
			return "else: names no leg of `next`, or one twice";
	}
	for (size_t i = 0; i < leg->when_count; i++) {
		const char *fault = fault_of_when(leg, i);
		if (fault)
			return fault;
	}
	return leg->when_count + leg->otherwise_count == leg->next_count
		       ? NULL
		       : "choose: a follower has no `when` and is not in `else`";
}

static bool listed_text(const char *const *texts, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(texts[i], text) == 0)
			return true;
	}
	return false;
}

static const char *fault_of_results(const struct lt_route_leg *leg)
{
	if (leg->make_count > LT_RESULTS_MAX)
		return "makes: too many results";
	for (size_t i = 0; i < leg->make_count; i++) {
		if (!route_result_code_valid(leg->makes[i]))
			return "makes: not a result's code";
		for (size_t k = 0; k < i; k++) {
			if (strcmp(leg->makes[k], leg->makes[i]) == 0)
				return "makes: a code stands twice";
		}
	}
	if (leg->transfer_count > 0 && leg->make_count > 0)
		return "transfer_to: a leg that makes a result is never transferred";
	for (size_t i = 0; i < leg->transfer_count; i++) {
		if (!role_valid(leg->transfer_to[i]))
			return "transfer_to: neither a code nor a role";
	}
	return NULL;
}

/* Of the file and of what a broker is given alike. */
const char *procedure_sets_fault(const struct lt_route_leg *leg)
{
	if (leg->set_count > LT_FIELDS_MAX)
		return "more fields than a dossier has";
	for (size_t i = 0; i < leg->set_count; i++) {
		if (!lt_field_name_valid(leg->sets[i]))
			return "not a field's name: 1 to 32 lower-case letters, digits and underscores";
		if (listed_text(leg->sets, i, leg->sets[i]))
			return "a field stands twice";
	}
	return NULL;
}

static const char *fault_of_rules(const struct lt_procedure *procedure, const struct lt_route_leg *leg)
{
	if (!role_valid(leg->agency))
		return "agency: neither a code nor a role";
	if ((unsigned)leg->kind > LT_LEG_RETURN || (unsigned)leg->on_silence > LT_SILENCE_DEEMED_CONSENT ||
	    (unsigned)leg->policy > LT_CLOCK_SUSPEND)
		return "kind, on_silence or policy: unknown";
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
	const char *fault = fault_of_rules(procedure, leg);
	if (!fault && procedure_sets_fault(leg))
		fault = "sets: not fields' names, or one twice";
	if (!fault)
		fault = fault_of_limits(leg);
	if (!fault)
		fault = fault_of_choice(leg);
	return fault ? fault : fault_of_results(leg);
}

#define DAY_MINUTES 1440u

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
	    !limit_valid(&procedure->apology_before) || !limit_valid(&procedure->promised) ||
	    !limit_valid(&procedure->intake_limit))
		return "a limit is out of its bounds";
	if (!stands_without(procedure->by, procedure->by_count, LT_LIMIT_OF_TOTAL, &procedure->total) ||
	    !stands_without(procedure->by, procedure->by_count, LT_LIMIT_OF_PROMISED, &procedure->promised) ||
	    !stands_without(procedure->by, procedure->by_count, LT_LIMIT_OF_SUPPLEMENT, &procedure->supplement_limit))
		return "by: no limit for other values";
	if (procedure->same_day_until >= DAY_MINUTES)
		return "same_day_until: no minute of the day";
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
	return fault_of_by(procedure->by, procedure->by_count, false);
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
