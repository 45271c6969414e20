/* apply_recall.c: RECALL: the holder takes its open offer back. */
#include <string.h>

#include "custody.h"

static enum lt_reason check_own_offer(struct act *act, const struct visit *visit)
{
	if (strcmp(act->header->sender, visit->holder) != 0)
		return lt_refuse(&act->refusal, LT_NOT_HOLDER, "leg %u is at version %llu, held by %s", visit->number,
				 (unsigned long long)visit->version, visit->holder);
	enum lt_reason reason = custody_check_version(act, visit);
	if (reason)
		return reason;
	if (visit->custody != LT_CUSTODY_OFFERED)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "nothing is offered; leg %u is held by %s",
				 visit->number, visit->holder);
	if (memcmp(act->header->in_reply_to, visit->offer_id, sizeof(visit->offer_id)) != 0)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "the open offer is record %llu, by %s to %s",
				 (unsigned long long)visit->offer_sequence, visit->holder, visit->offered_to);
	return LT_REASON_NONE;
}

enum lt_reason apply_recall(struct act *act)
{
	struct visit *visit;
	enum lt_reason reason = custody_find(act, &visit);
	if (!reason)
		reason = check_own_offer(act, visit);
	if (!reason)
		reason = custody_check_addressed(act, visit->offered_to, "to whom it is offered");
	if (!reason)
		custody_keep(act, visit);
	return reason;
}
