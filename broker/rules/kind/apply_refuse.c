/* apply_refuse.c: REFUSE: of the open offer, custody stays with the holder; of any other envelope, it is a notice: what an
 * adapter could not verify and put into quarantine. */
#include <string.h>

#include "rules/custody.h"
#include "rules/result.h"
#include "state/succession.h"

static bool answers_offer(const struct act *act, const struct branch *branch)
{
	return branch->custody == LT_CUSTODY_OFFERED &&
	       memcmp(act->header->in_reply_to, branch->offer_id, sizeof(branch->offer_id)) == 0;
}

static enum lt_reason refuse_offer(struct act *act, struct branch *branch)
{
	enum lt_reason reason = LT_REASON_NONE;
	if (!custody_sender_is(act, branch->offered_to))
		return lt_refuse(&act->refusal, LT_NOT_OFFERED, "branch %u is offered by %s to %s; only %s may answer",
				 branch->number, branch->holder, branch->offered_to, branch->offered_to);
	reason = custody_check_version(act, branch);
	if (!reason)
		reason = custody_check_addressed(act, branch->holder, "who offered it");
	if (reason)
		return reason;
	bool unmakes = branch->offer_kind == LT_KIND_RESULT && branch->made_leg != 0 && branch->fork_leg == 0;
	custody_keep(act, branch);
	if (unmakes)
		result_take_back(act, branch);
	branch->trace = 2;
	return LT_REASON_NONE;
}

enum lt_reason apply_refuse(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (reason)
		return reason;
	if (answers_offer(act, branch))
		return refuse_offer(act, branch);
	return custody_check_offered(act, branch);
}
