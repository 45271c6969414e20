/* route_step.c: where FORWARD and RESULT may send a branch.
 *
 * The ways that are open are found first: what `next` says, less what the dossier's fields rule out. At a leg that makes a result
 * RESULT leads on; FORWARD does only where the same result is made later. Then each recipient gets its leg, by name or because one
 * leg of these is its own, and what was left out is looked for: a fork is whole or refused. */
#include "route_step.h"

#include <stdio.h>
#include <string.h>

#include "custody.h"
#include "route_at.h"

#define LIST_MAX 240 /* bytes of a list of legs in a refusal; what does not fit is cut */

struct ways {
	size_t count;
	uint32_t legs[ROUTE_LEGS_MAX];
	enum lt_choose choose; /* of these; ALL when fields have chosen */
	bool holder;           /* chooses */
	uint32_t back;         /* where a refusal may lead; 0: nowhere */
};

static const struct law_route *route_of(const struct act *act)
{
	return &act->rules->law->route;
}

static const char *list_legs(struct act *act, const uint32_t *legs, size_t count, char out[LIST_MAX])
{
	char agency[LT_AGENCY_MAX];
	size_t len = 0;
	out[0] = '\0';
	for (size_t i = 0; i < count && len + LT_LEG_ID_MAX + LT_AGENCY_MAX + 6 < LIST_MAX; i++) {
		bool known = route_at_agency(act, legs[i], agency);
		len += (size_t)snprintf(out + len, LIST_MAX - len, "%s%s (%s)", i > 0 ? ", " : "",
					route_at_id(act, legs[i]), known ? agency : "?");
	}
	return out;
}

/* ---- results ---- */

/* Who owes a refusal, since papers were not brought, makes it where it is. */
static bool owed_refusal(const struct act *act, const struct branch *branch)
{
	return act->header->kind == LT_KIND_RESULT && act->header->reason[0] != '\0' && dossier_owes_refusal(branch);
}

bool route_step_makes(struct act *act, const struct branch *branch)
{
	return branch->fork_leg == 0 && branch->made_leg != branch->leg &&
	       (route_of(act)->makes(route_at_procedure(act), branch->leg) || owed_refusal(act, branch));
}

/* Behind a leg whose result is made: of a choice the ways that make it once more are not taken. */
static bool will_make_after(struct act *act, uint32_t number)
{
	const uint32_t *next;
	const struct lt_procedure *procedure = route_at_procedure(act);
	const struct lt_route_leg *leg = route_of(act)->leg(procedure, number);
	size_t count = route_of(act)->next(procedure, number, &next);
	for (size_t i = 0; leg && i < count; i++) {
		bool again = leg->choose != LT_CHOOSE_ALL && route_of(act)->makes_elsewhere(procedure, number, next[i]);
		if (!again && route_of(act)->will_make(procedure, next[i]))
			return true;
	}
	return false;
}

static bool will_make(struct act *act, const struct branch *branch)
{
	uint32_t leg = dossier_branch_leg(branch);
	bool made = branch->custody == LT_CUSTODY_HELD && branch->fork_leg == 0 && branch->made_leg == leg;
	return made ? will_make_after(act, leg) : route_of(act)->will_make(route_at_procedure(act), leg);
}

bool route_step_pending(struct act *act, const struct branch *branch, const struct route_step *step)
{
	const struct dossier *dossier = act->dossier;
	bool pending = !step && route_of(act)->makes(route_at_procedure(act), branch->leg) &&
		       will_make_after(act, branch->leg);
	for (size_t i = 0; step && i < step->count && !step->waits; i++)
		pending |= route_of(act)->will_make(route_at_procedure(act), step->legs[i]);
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *other = &dossier->branches[i];
		pending |= other != branch && other->custody != LT_CUSTODY_CLOSED && will_make(act, other);
	}
	return pending;
}

enum lt_reason route_step_check_end(struct act *act, const struct branch *branch)
{
	const uint32_t *next;
	char list[LIST_MAX];
	size_t count = route_of(act)->next(route_at_procedure(act), branch->leg, &next);
	if (branch->fork_leg != 0) {
		next = &branch->fork_leg;
		count = 1;
	}
	if (count == 0)
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG, "leg %s is not the end of its way; RESULT leads on to %s",
			 route_at_id(act, branch->leg), list_legs(act, next, count, list));
}

/* ---- the ways that are open ---- */

/* Of a choice, FORWARD takes where the result is made later, RESULT where it is not made again. */
static void keep_by_result(struct act *act, const struct branch *branch, bool result, struct ways *ways)
{
	size_t kept = 0;
	if (!route_of(act)->makes(route_at_procedure(act), branch->leg))
		return;
	for (size_t i = 0; i < ways->count; i++) {
		if (route_of(act)->makes_elsewhere(route_at_procedure(act), branch->leg, ways->legs[i]) != result)
			ways->legs[kept++] = ways->legs[i];
	}
	if (result ? kept > 0 && ways->choose != LT_CHOOSE_ALL : kept == 0 || ways->choose != LT_CHOOSE_ALL)
		ways->count = kept;
}

/* A refusal that was owed ends the work: it leads to where it is handed out. */
static void find_ends(struct act *act, const struct branch *branch, struct ways *out)
{
	const struct lt_procedure *procedure = route_at_procedure(act);
	for (uint32_t i = 1; i <= procedure->leg_count && out->count < ROUTE_LEGS_MAX; i++) {
		if (procedure->legs[i - 1].next_count == 0 && route_of(act)->reached(procedure, i, branch->leg))
			out->legs[out->count++] = i;
	}
	out->choose = LT_CHOOSE_ONE;
}

static enum lt_reason find_ways(struct act *act, const struct branch *branch, struct ways *out)
{
	const uint32_t *next;
	const struct lt_route_leg *leg = route_of(act)->leg(route_at_procedure(act), branch->leg);
	*out = (struct ways){ .choose = LT_CHOOSE_ALL };
	if (branch->fork_leg != 0) {
		out->count = 1;
		out->legs[0] = branch->fork_leg;
		return LT_REASON_NONE;
	}
	if (!leg)
		return LT_REASON_NONE;
	if (act->header->kind == LT_KIND_RESULT && !route_of(act)->makes(route_at_procedure(act), branch->leg) &&
	    (route_step_makes(act, branch) || branch->made_leg == branch->leg)) {
		find_ends(act, branch, out);
		return LT_REASON_NONE;
	}
	if (route_of(act)->by_fields(leg)) {
		struct route_facts facts;
		route_at_facts(act, &facts);
		return route_of(act)->choose(leg, &facts, out->legs, &out->count, &act->refusal);
	}
	size_t count = route_of(act)->next(route_at_procedure(act), branch->leg, &next);
	for (size_t i = 0; i < count && i < ROUTE_LEGS_MAX; i++)
		out->legs[out->count++] = next[i];
	out->holder = route_of(act)->by_holder(leg);
	out->choose = leg->choose;
	return LT_REASON_NONE;
}

static enum lt_reason check_act(struct act *act, const struct branch *branch, const struct ways *ways)
{
	const char *here = route_at_id(act, branch->leg);
	bool result = act->header->kind == LT_KIND_RESULT;
	if (!result && branch->made_leg != 0)
		return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG, "a result was made at leg %s; RESULT leads on",
				 route_at_id(act, branch->made_leg));
	if (!result && ways->count == 0 && route_step_makes(act, branch))
		return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG, "leg %s makes the result; RESULT leads on", here);
	if (ways->count == 0 && ways->back == 0)
		return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG, "leg %s is the end of its way; nothing follows",
				 here);
	return LT_REASON_NONE;
}

/* ---- the recipients ---- */

/* The one leg that is the recipient's. A refusal that names none goes back, where it can. */
static enum lt_reason infer(struct act *act, size_t i, const struct ways *ways, uint32_t *leg)
{
	char agency[LT_AGENCY_MAX], list[LIST_MAX];
	size_t found = 0;
	const char *to = act->header->to[i].agency;
	if (ways->back != 0 && route_at_agency(act, ways->back, agency) && custody_recipient_is(act, i, agency)) {
		*leg = ways->back;
		return LT_REASON_NONE;
	}
	for (size_t k = 0; k < ways->count; k++) {
		if (!route_at_agency(act, ways->legs[k], agency) || !custody_recipient_is(act, i, agency))
			continue;
		*leg = ways->legs[k];
		found++;
	}
	list_legs(act, ways->legs, ways->count, list);
	if (found == 0)
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to[%zu]: no leg that follows is for %s; next is %s", i, to, list);
	if (found > 1)
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to[%zu].leg: several legs that follow are for %s; name one of %s", i, to, list);
	return LT_REASON_NONE;
}

static enum lt_reason find_leg(struct act *act, size_t i, const struct ways *ways, uint32_t *leg)
{
	char agency[LT_AGENCY_MAX], list[LIST_MAX];
	const struct lt_recipient *to = &act->header->to[i];
	enum lt_reason reason = route_at_find_named(act, i, leg);
	if (reason || *leg == 0)
		return reason ? reason : infer(act, i, ways, leg);
	bool follows = *leg == ways->back;
	for (size_t k = 0; k < ways->count; k++)
		follows |= ways->legs[k] == *leg;
	if (!follows)
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[%zu].leg: %s does not follow; next is %s", i,
				 to->leg, list_legs(act, ways->legs, ways->count, list));
	const struct lt_route_leg *named = route_of(act)->leg(route_at_procedure(act), *leg);
	if (!route_at_agency(act, *leg, agency))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to[%zu]: leg %s (%.100s) is for %s, which no agency is for this dossier", i, to->leg,
				 named->name, named->agency);
	if (!custody_recipient_is(act, i, agency))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[%zu]: leg %s (%.100s) is for %s, not for %s",
				 i, to->leg, named->name, agency, to->agency);
	return LT_REASON_NONE;
}

static bool has(const uint32_t *legs, size_t count, uint32_t leg)
{
	for (size_t i = 0; i < count; i++) {
		if (legs[i] == leg)
			return true;
	}
	return false;
}

static enum lt_reason check_whole(struct act *act, const struct branch *branch, const struct ways *ways,
				  const struct route_step *step)
{
	char list[LIST_MAX], rest[LIST_MAX];
	uint32_t missing[ROUTE_LEGS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < ways->count; i++) {
		if (!has(step->legs, step->count, ways->legs[i]))
			missing[count++] = ways->legs[i];
	}
	list_legs(act, ways->legs, ways->count, list);
	if (ways->choose == LT_CHOOSE_ALL && count > 0)
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to: leg %s goes on to %s together; missing: %s",
				 route_at_id(act, branch->leg), list, list_legs(act, missing, count, rest));
	if (ways->choose == LT_CHOOSE_ONE && step->count > 1)
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to: leg %s goes on to one alone of %s",
				 route_at_id(act, branch->leg), list);
	if (ways->holder && act->header->kind == LT_KIND_FORWARD && act->header->reason[0] == '\0')
		return lt_refuse(&act->refusal, LT_FIELD_REQUIRED,
				 "reason: the holder of leg %s chooses the way, and says why",
				 route_at_id(act, branch->leg));
	return LT_REASON_NONE;
}

static enum lt_reason find_legs(struct act *act, const struct ways *ways, struct route_step *out)
{
	out->count = act->header->to_count;
	for (size_t i = 0; i < out->count; i++) {
		enum lt_reason reason = find_leg(act, i, ways, &out->legs[i]);
		if (reason)
			return reason;
		if (has(out->legs, i, out->legs[i]))
			return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[%zu].leg: %s stands twice", i,
					 route_at_id(act, out->legs[i]));
	}
	out->back = out->count == 1 && ways->back != 0 && out->legs[0] == ways->back &&
		    !has(ways->legs, ways->count, ways->back);
	out->own = out->count == 1 && custody_to_itself(act, 0);
	return LT_REASON_NONE;
}

enum lt_reason route_step_find(struct act *act, const struct branch *branch, struct route_step *out)
{
	struct ways ways;
	bool result = act->header->kind == LT_KIND_RESULT;
	*out = (struct route_step){ 0 };
	enum lt_reason reason = find_ways(act, branch, &ways);
	if (reason)
		return reason;
	if (branch->fork_leg == 0)
		keep_by_result(act, branch, result, &ways);
	if (result && act->header->reason[0] != '\0' && route_step_makes(act, branch))
		ways.back = route_of(act)->leg(route_at_procedure(act), branch->leg)->on_refusal;
	reason = check_act(act, branch, &ways);
	if (!reason)
		reason = find_legs(act, &ways, out);
	if (!reason && !out->back)
		reason = check_whole(act, branch, &ways, out);
	if (!reason && out->count > 1 && act->dossier->branch_count + out->count > DOSSIER_BRANCHES_MAX)
		reason = lt_refuse(&act->refusal, LT_COUNT_EXCEEDED, "the dossier would have over %u branches",
				   (unsigned)DOSSIER_BRANCHES_MAX);
	if (!reason && out->count == 1 && !out->back)
		out->waits = route_at_waits(act, branch, out->legs[0]);
	return reason;
}
