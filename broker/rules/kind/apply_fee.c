/* apply_fee.c: REQUEST_FEE: the citizen must pay; FEE_PAID says that it was done. */
#include <string.h>

#include "rules/custody.h"
#include "rules/route_at.h"
#include "program/log.h"

#define BIT(status) (1u << (STATUS_##status))

enum lt_reason apply_request_fee(struct act *act)
{
	struct branch *branch;
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = custody_check_holder(act, branch);
	if (!reason)
		reason = custody_check_status(act, BIT(REGISTERED) | BIT(RECEIVED) | BIT(IN_PROGRESS));
	if (!reason)
		reason = custody_check_addressed(act, dossier->origin, "which received the dossier");
	if (reason)
		return reason;
	const struct lt_route_leg *leg = route_at_of(act, branch);
	memcpy(branch->fee_id, act->header->id, sizeof(branch->fee_id));
	branch->fee_amount = act->header->amount;
	branch->fee_stands = !leg || leg->kind == 0 || leg->fee_stops_clock;
	custody_settle(act);
	return LT_REASON_NONE;
}

/* The receiving one-stop, who asked for it, or the agency of a leg where one pays. */
static bool may_confirm(struct act *act, const struct branch *branch)
{
	char agency[LT_AGENCY_MAX];
	const struct lt_procedure *procedure = route_at_procedure(act);
	if (custody_sender_is(act, act->dossier->origin) || custody_sender_is(act, branch->holder))
		return true;
	for (size_t i = 0; i < procedure->leg_count; i++) {
		if (procedure->legs[i].kind == LT_LEG_PAY && route_at_agency(act, procedure->legs[i].number, agency) &&
		    custody_sender_is(act, agency))
			return true;
	}
	return false;
}

enum lt_reason apply_fee_paid(struct act *act)
{
	struct branch *named;
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, &named);
	struct branch *branch = reason ? NULL : dossier_asked_fee(dossier, act->header->in_reply_to);
	if (!reason && !may_confirm(act, branch ? branch : named))
		reason = lt_refuse(&act->refusal, LT_NOT_ORIGIN,
				   "%s, who asked for the fee, or a leg of kind pay may confirm it", dossier->origin);
	if (!reason)
		reason = custody_check_status_of(act, branch, BIT(FEE));
	if (!reason && !branch)
		reason = lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "in_reply_to: not the open request for a fee");
	if (!reason)
		reason = custody_check_addressed(act, branch->holder, "who asked for the fee");
	if (!reason && act->header->amount == 0 && act->header->ground[0] == '\0')
		reason = lt_refuse(&act->refusal, LT_FIELD_REQUIRED,
				   "amount: what was paid; or ground: the rule by which nothing is to be paid");
	if (reason)
		return reason;
	act->about = branch->number;
	/* A ground exempts from what is left. */
	if (act->header->ground[0] == '\0' && act->header->amount < branch->fee_amount) {
		branch->fee_amount -= act->header->amount;
		return LT_REASON_NONE;
	}
	memset(branch->fee_id, 0, sizeof(branch->fee_id));
	branch->fee_amount = 0;
	branch->fee_stands = false;
	custody_settle(act);
	return LT_REASON_NONE;
}
