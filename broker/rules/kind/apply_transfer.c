/* apply_transfer.c: TRANSFER: the holder offers the leg where the branch is to another agency, which may do it by the procedure. It is the
 * one act that leads off the route: the leg stays the same, its clock goes on, and what follows is what the route says.
 * docs/decisions/0056. */
#include <stdio.h>
#include <string.h>

#include "rules/custody.h"
#include "rules/opinions.h"
#include "rules/route_at.h"

#define BIT(status) (1u << (STATUS_##status))
#define LIST_MAX 200 /* bytes of a list of agencies in a refusal; what does not fit is cut */

static const char *acting(const struct act *act, const char *agency)
{
	return act->rules->succession.of(act->state->rulebook, agency, act->dossier, act->time);
}

/* What is made, or decided, is its agency's alone. */
static enum lt_reason check_leg(struct act *act, const struct branch *branch)
{
	const char *id = route_at_id(act, branch->leg);
	if (branch->fork_leg != 0)
		return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG,
				 "branch %u is not at leg %s yet; FORWARD leads there, and its agency may transfer it",
				 branch->number, route_at_id(act, branch->fork_leg));
	if (branch->made_leg != 0)
		return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG, "a result was made at leg %s; RESULT leads on",
				 route_at_id(act, branch->made_leg));
	if (act->rules->law->route.makes(route_at_procedure(act), branch->leg))
		return lt_refuse(&act->refusal, LT_NOT_AT_THIS_LEG,
				 "leg %s makes a result, and such a leg is never transferred", id);
	return LT_REASON_NONE;
}

static enum lt_reason check_named(struct act *act, const struct branch *branch)
{
	uint32_t named;
	enum lt_reason reason = route_at_find_named(act, 0, &named);
	if (!reason && named != 0 && named != branch->leg)
		reason = lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				   "to[0].leg: %s; what is transferred is the leg where branch %u is, %s",
				   act->header->to[0].leg, branch->number, route_at_id(act, branch->leg));
	return reason;
}

/* By `transfer_to`. Fills the list of those that may, for the refusal. */
static bool is_listed(struct act *act, const struct lt_route_leg *leg, char list[LIST_MAX])
{
	char agency[LT_AGENCY_MAX];
	size_t len = 0;
	bool found = false;
	list[0] = '\0';
	for (size_t i = 0; i < leg->transfer_count; i++) {
		if (!route_at_role(act, leg->transfer_to[i], agency))
			continue;
		found |= custody_recipient_is(act, 0, agency);
		if (len + LT_AGENCY_MAX + 2 < LIST_MAX)
			len += (size_t)snprintf(list + len, LIST_MAX - len, "%s%s", len > 0 ? ", " : "", agency);
	}
	return found;
}

static enum lt_reason check_level(struct act *act, const struct branch *branch)
{
	const struct rulebook *rulebook = act->state->rulebook;
	const char *holder = acting(act, branch->holder);
	const struct lt_agency *from = rulebook_agency(rulebook, holder);
	const struct lt_agency *to = rulebook_agency(rulebook, acting(act, act->header->to[0].agency));
	if (from && to && from->level == to->level)
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
			 "to[0]: leg %s may be transferred to an agency of the level of %s alone, and %s is of another",
			 route_at_id(act, branch->leg), holder, act->header->to[0].agency);
}

static enum lt_reason check_taker(struct act *act, const struct branch *branch)
{
	char list[LIST_MAX];
	const char *to = acting(act, act->header->to[0].agency);
	const struct lt_route_leg *leg = route_at_of(act, branch);
	if (custody_to_itself(act, 0))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[0]: %s holds it already",
				 act->header->sender);
	if (!act->rules->succession.in_force(act->state->rulebook, to, act->time))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[0]: %s is not in force", to);
	if (!leg || leg->transfer_count == 0)
		return check_level(act, branch);
	if (is_listed(act, leg, list))
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[0]: leg %s may be transferred to %s, not to %s",
			 leg->id, list[0] != '\0' ? list : "nobody", to);
}

enum lt_reason apply_transfer(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = custody_check_held(act, branch);
	if (!reason)
		reason = custody_check_status(act, BIT(RECEIVED) | BIT(IN_PROGRESS));
	if (!reason)
		reason = opinions_check_refusal(act, branch);
	if (!reason)
		reason = check_leg(act, branch);
	if (!reason)
		reason = check_named(act, branch);
	if (!reason)
		reason = check_taker(act, branch);
	if (!reason)
		reason = custody_check_offer(act);
	if (!reason)
		custody_offer(act, branch, 0, branch->leg);
	return reason;
}
