/* apply_refuse.c: REFUSE: of the open offer, custody stays with the holder; of any other envelope, it is a notice: what an
 * adapter could not verify and put into quarantine. */
#include <string.h>

#include "rules/custody.h"
#include "state/succession.h"

static bool answers_offer(const struct act *act, const struct visit *visit)
{
	return visit->custody == LT_CUSTODY_OFFERED &&
	       memcmp(act->header->in_reply_to, visit->offer_id, sizeof(visit->offer_id)) == 0;
}

static enum lt_reason refuse_offer(struct act *act, struct visit *visit)
{
	enum lt_reason reason = LT_REASON_NONE;
	if (!custody_sender_is(act, visit->offered_to))
		return lt_refuse(&act->refusal, LT_NOT_OFFERED, "branch %u is offered by %s to %s; only %s may answer",
				 visit->number, visit->holder, visit->offered_to, visit->offered_to);
	reason = custody_check_version(act, visit);
	if (!reason)
		reason = custody_check_addressed(act, visit->holder, "who offered it");
	if (reason)
		return reason;
	custody_keep(act, visit);
	visit->trace = 2;
	return LT_REASON_NONE;
}

enum lt_reason apply_refuse(struct act *act)
{
	struct visit *visit;
	enum lt_reason reason = custody_find(act, &visit);
	if (reason)
		return reason;
	if (answers_offer(act, visit))
		return refuse_offer(act, visit);
	return LT_REASON_NONE;
}
