/* apply_stop.c: WITHDRAW: the applicant wants it back; STOP ends the work on a dossier; RESUME goes on with it. */
#include <string.h>

#include "rules/clock/intake.h"
#include "rules/custody.h"
#include "state/foreign.h"
#include "rules/route_at.h"
#include "program/log.h"
#include "law/route.h"

#define BIT(status) (1u << (STATUS_##status))

/* ---- WITHDRAW ---- */

static enum lt_reason check_withdrawer(struct act *act)
{
	const struct lt_procedure *procedure = route_at_procedure(act);
	char agency[LT_AGENCY_MAX], last[LT_AGENCY_MAX] = "";
	if (procedure->withdraw_count == 0) {
		dossier_copy_code(last, act->dossier->origin);
		if (custody_sender_is(act, last))
			return LT_REASON_NONE;
	}
	for (size_t i = 0; i < procedure->withdraw_count; i++) {
		if (!route_at_role(act, procedure->withdraw_by[i], agency))
			continue;
		if (custody_sender_is(act, agency))
			return LT_REASON_NONE;
		dossier_copy_code(last, agency);
	}
	return lt_refuse(&act->refusal, LT_NOT_ORIGIN, "%s may withdraw %s", last, act->header->dossier);
}

static enum lt_reason check_not_late(struct act *act)
{
	const struct dossier *dossier = act->dossier;
	const struct lt_procedure *procedure = route_at_procedure(act);
	if (dossier->stage == STATUS_DONE)
		return lt_refuse(&act->refusal, LT_WITHDRAWAL_TOO_LATE, "the result is made");
	for (uint32_t i = 0; i < dossier->branch_count && procedure->withdraw_until != 0; i++) {
		uint32_t at = dossier_branch_leg(&dossier->branches[i]);
		if (dossier->branches[i].custody != LT_CUSTODY_CLOSED &&
		    act->rules->law->route.reached(procedure, at, procedure->withdraw_until))
			return lt_refuse(&act->refusal, LT_WITHDRAWAL_TOO_LATE,
					 "it is at leg %s; it could be withdrawn before leg %s", route_at_id(act, at),
					 route_at_id(act, procedure->withdraw_until));
	}
	return LT_REASON_NONE;
}

static enum lt_reason check_addressed_to_lead(struct act *act, const struct branch *branch)
{
	const char *lead = act->dossier->lead;
	enum lt_reason reason = custody_check_addressed(act, branch->holder, "who holds it");
	if (reason && lead[0] != '\0')
		reason = custody_check_addressed(act, lead, "which leads it");
	return reason;
}

enum lt_reason apply_withdraw(struct act *act)
{
	struct branch *branch;
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = check_withdrawer(act);
	if (!reason)
		reason = check_not_late(act);
	if (!reason)
		reason = check_addressed_to_lead(act, branch);
	enum status status = dossier->status;
	if (!reason)
		reason = act->rules->law->status.set(&status, STATUS_WITHDRAWAL, &act->refusal);
	if (reason)
		return reason;
	memcpy(dossier->withdrawal_id, act->header->id, sizeof(dossier->withdrawal_id));
	custody_settle(act);
	deadline_asked_stand(act);
	return LT_REASON_NONE;
}

/* ---- STOP and RESUME ---- */

static enum lt_reason check_in_charge(struct act *act, const struct branch *branch)
{
	if (custody_sender_leads(act, branch) ||
	    (branch->custody != LT_CUSTODY_CLOSED && custody_sender_is(act, branch->holder)))
		return LT_REASON_NONE;
	return lt_refuse(&act->refusal, LT_NOT_HOLDER, "branch %u is held by %s; the lead is %s", branch->number,
			 branch->holder, act->dossier->lead[0] != '\0' ? act->dossier->lead : "not known yet");
}

enum lt_reason apply_stop(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = check_in_charge(act, branch);
	if (!reason)
		reason = custody_check_addressed(act, act->dossier->origin, "which received the dossier");
	return reason ? reason : custody_stop(act);
}

static enum lt_reason resume_stopped(struct act *act, struct branch *branch)
{
	struct dossier *dossier = act->dossier;
	uint64_t other;
	if (foreign_replaced_by(act->state->store, dossier->code, &other) == LT_OK)
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
				 "%s was opened in error, and another was opened for it", dossier->code);
	bool asked = branch->missed.brought && custody_sender_is(act, branch->holder); /* goes on with late papers */
	if (!custody_sender_leads(act, branch) && !asked)
		return lt_refuse(&act->refusal, LT_NOT_LEAD, "the lead of %s is %s", dossier->code,
				 dossier->lead[0] != '\0' ? dossier->lead : branch->holder);
	enum lt_reason reason = custody_set_stage(act, NULL, STATUS_IN_PROGRESS);
	if (reason)
		return reason;
	dossier->stopped = false;
	deadline_asked_go_on(act);
	if (dossier->intake.received == 0) /* it was stopped when it was only registered: by going on it is received */
		intake_receive(act, branch);
	return LT_REASON_NONE;
}

/* The withdrawal was not approved: back to where it was, with what was asked for then. */
static enum lt_reason keep_on(struct act *act)
{
	struct dossier *dossier = act->dossier;
	memset(dossier->withdrawal_id, 0, sizeof(dossier->withdrawal_id));
	custody_settle(act);
	deadline_asked_go_on(act);
	return LT_REASON_NONE;
}

enum lt_reason apply_resume(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = check_in_charge(act, branch);
	if (!reason)
		reason = custody_check_status(act, BIT(WITHDRAWAL) | BIT(STOPPED));
	if (!reason)
		reason = custody_check_addressed(act, act->dossier->origin, "which received the dossier");
	if (reason)
		return reason;
	return act->dossier->status == STATUS_STOPPED ? resume_stopped(act, branch) : keep_on(act);
}
