/* opinions.c: see opinions.h. */
#include "opinions.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "custody.h"
#include "notice.h"
#include "program/log.h"
#include "route_at.h"
#include "state/succession.h"

static const char *acting(const struct act *act, const char *agency)
{
	return act->rules->succession.of(act->state->rulebook, agency, act->dossier, act->time);
}

static bool same(const struct act *act, const char *a, const char *b)
{
	return strcmp(acting(act, a), acting(act, b)) == 0;
}

/* In a consultation of this branch, at the leg where it is. */
static bool asked_here(const struct consult *consult, const struct branch *branch)
{
	return consult->branch == branch->number && consult->leg == dossier_branch_leg(branch);
}

static bool was_asked(const struct act *act, const struct branch *branch, const char *agency)
{
	for (uint32_t i = 0; i < act->dossier->consult_count; i++) {
		const struct consult *consult = &act->dossier->consults[i];
		for (uint32_t k = 0; asked_here(consult, branch) && k < consult->answer_count; k++) {
			if (same(act, consult->answers[k].agency, agency))
				return true;
		}
	}
	return false;
}

/* A role that nobody fills is passed over, and so is who holds the branch: nobody asks itself. */
static bool must_ask(struct act *act, const struct branch *branch, const char *role, char agency[LT_AGENCY_MAX])
{
	return route_at_role(act, role, agency) && !same(act, agency, branch->holder) &&
	       !was_asked(act, branch, agency);
}

static bool is_recipient(const struct act *act, const char *agency)
{
	for (size_t i = 0; i < act->header->to_count; i++) {
		if (custody_recipient_is(act, i, agency))
			return true;
	}
	return false;
}

enum lt_reason opinions_check_all_asked(struct act *act, const struct branch *branch)
{
	const struct lt_route_leg *leg = route_at_of(act, branch);
	char missing[180] = "", agency[LT_AGENCY_MAX];
	size_t len = 0;
	for (size_t i = 0; leg && i < leg->consult_count; i++) {
		if (!must_ask(act, branch, leg->consult[i], agency) || is_recipient(act, agency))
			continue;
		if (len + LT_AGENCY_MAX + 2 < sizeof(missing))
			len += (size_t)snprintf(missing + len, sizeof(missing) - len, "%s%s", len > 0 ? ", " : "",
						agency);
	}
	return len > 0 ? lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to: leg %s asks also %s", leg->id, missing)
		       : LT_REASON_NONE;
}

static enum lt_reason refuse(struct act *act, const struct branch *branch, const char *agency, int64_t due)
{
	char until[LT_DATE_SAID] = "";
	const char *leg = route_at_id(act, dossier_branch_leg(branch));
	if (due == 0)
		return lt_refuse(&act->refusal, LT_REASON_REQUIRED, "leg %s: %s was not asked; CONSULT, or say why not",
				 leg, agency);
	lt_date_say(due, until);
	return lt_refuse(&act->refusal, LT_REASON_REQUIRED,
			 "leg %s: %s has not answered and has until %s; wait, or say why not", leg, agency, until);
}

enum lt_reason opinions_check_refusal(struct act *act, const struct branch *branch)
{
	char until[LT_DATE_SAID];
	if (!dossier_owes_refusal(branch))
		return LT_REASON_NONE;
	lt_date_say(branch->missed.refuse_by, until);
	return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
			 "the papers were not brought: branch %u owes a refusal until %s, RESULT with a reason",
			 branch->number, until);
}

enum lt_reason opinions_check_complete(struct act *act, const struct branch *branch, const char *why)
{
	const struct lt_route_leg *leg = route_at_of(act, branch);
	char agency[LT_AGENCY_MAX];
	bool refuses = act->header->kind == LT_KIND_RESULT && act->header->reason[0] != '\0';
	enum lt_reason owed = refuses ? LT_REASON_NONE : opinions_check_refusal(act, branch);
	if (owed)
		return owed;
	if (why && why[0] != '\0')
		return LT_REASON_NONE;
	for (size_t i = 0; leg && i < leg->consult_count; i++) {
		if (must_ask(act, branch, leg->consult[i], agency))
			return refuse(act, branch, agency, 0);
	}
	for (uint32_t i = 0; i < act->dossier->consult_count; i++) {
		const struct consult *consult = &act->dossier->consults[i];
		for (uint32_t k = 0; asked_here(consult, branch) && k < consult->answer_count; k++) {
			const struct consult_answer *answer = &consult->answers[k];
			if (consult_awaits(answer))
				return refuse(act, branch, answer->agency,
					      answer->due != 0 ? answer->due : act_legal(act));
		}
	}
	return LT_REASON_NONE;
}

size_t opinions_list_unasked(struct act *act, const struct branch *branch, const char ***out)
{
	const struct lt_route_leg *leg = route_at_of(act, branch);
	size_t room = leg ? leg->consult_count : 0, count = 0;
	const char **list = lt_arena_alloc(act->arena, (room + 1) * sizeof(*list));
	LT_ASSERT(list);
	for (size_t i = 0; i < room; i++) {
		char *agency = lt_arena_alloc(act->arena, LT_AGENCY_MAX);
		LT_ASSERT(agency);
		if (must_ask(act, branch, leg->consult[i], agency))
			list[count++] = agency;
	}
	*out = list;
	return count;
}
