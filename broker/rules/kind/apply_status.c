/* apply_status.c: STATUS: the holder says how far its work is; APOLOGY: that it will be late. Custody stays. */
#include "rules/custody.h"

#define BIT(status) (1u << (STATUS_##status))

enum { TRACE_ACCEPTED = 3, TRACE_DONE = 6 };

enum lt_reason apply_status(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = custody_check_holder(act, branch);
	if (reason)
		return reason;
	if (branch->trace_work == TRACE_DONE)
		return lt_refuse(&act->refusal, LT_TRACE_ORDER, "trace: %u; branch %u is done (06), nothing follows",
				 act->header->trace, branch->number);
	if (act->header->trace != branch->trace_work + 1u)
		return lt_refuse(&act->refusal, LT_TRACE_ORDER, "trace: %u; branch %u is at %02u, next is %02u",
				 act->header->trace, branch->number, branch->trace_work, branch->trace_work + 1u);
	branch->trace = branch->trace_work = (uint8_t)act->header->trace;
	return LT_REASON_NONE;
}

enum lt_reason apply_apology(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = custody_check_holder(act, branch);
	if (!reason)
		reason = custody_check_status(act, BIT(RECEIVED) | BIT(IN_PROGRESS));
	if (!reason)
		reason = custody_check_addressed(act, act->dossier->origin, "which tells the applicant");
	return reason ? reason : deadline_apologise(act, branch, act->header->due_at);
}
