/* apply_fee.c: REQUEST_FEE: the citizen must pay; FEE_PAID says that it was done. Source: DOMAIN section 2. */
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
	dossier->fee = (struct dossier_request){ .branch = branch->number, .before = dossier->status };
	memcpy(dossier->fee.id, act->header->id, sizeof(dossier->fee.id));
	dossier->fee_amount = act->header->amount;
	reason = act->rules->law->status.set(&dossier->status, STATUS_FEE, &act->refusal);
	LT_ASSERT(!reason);
	if (!leg || leg->kind == 0 || leg->fee_stops_clock)
		custody_suspend_clocks(act);
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
	const struct branch *branch = reason ? NULL : dossier_branch(dossier, dossier->fee.branch);
	if (!reason && !may_confirm(act, branch ? branch : named))
		reason = lt_refuse(&act->refusal, LT_NOT_ORIGIN,
				   "%s, who asked for the fee, or a leg of kind pay may confirm it", dossier->origin);
	if (!reason)
		reason = custody_check_status(act, BIT(FEE));
	if (!reason && !dossier_id_is(act->header->in_reply_to, dossier->fee.id))
		reason = lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "in_reply_to: not the open request for a fee");
	if (!reason)
		reason = custody_check_addressed(act, branch->holder, "who asked for the fee");
	if (!reason)
		reason = act->rules->law->status.set(&dossier->status, dossier->fee.before, &act->refusal);
	if (reason)
		return reason;
	act->about = dossier->fee.branch;
	dossier->fee = (struct dossier_request){ 0 };
	dossier->fee_amount = 0;
	custody_resume_clocks(act, LT_CLOCK_SUSPEND);
	return LT_REASON_NONE;
}
