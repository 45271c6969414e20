/* apply_accept.c: ACCEPT: custody passes to the agency that it was offered to. */
#include <string.h>

#include "rules/custody.h"
#include "program/log.h"

static enum lt_reason check_offer_to_sender(struct act *act, const struct visit *visit)
{
	enum lt_reason reason = custody_check_version(act, visit);
	if (reason)
		return reason;
	if (visit->custody != LT_CUSTODY_OFFERED)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "nothing is offered; branch %u is held by %s",
				 visit->number, visit->holder);
	if (memcmp(act->header->in_reply_to, visit->offer_id, sizeof(visit->offer_id)) != 0)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "the open offer is record %llu, by %s to %s",
				 (unsigned long long)visit->offer_sequence, visit->holder, visit->offered_to);
	if (!custody_sender_is(act, visit->offered_to))
		return lt_refuse(&act->refusal, LT_NOT_OFFERED, "branch %u is offered by %s to %s; only %s may answer",
				 visit->number, visit->holder, visit->offered_to, visit->offered_to);
	return LT_REASON_NONE;
}

/* The agency that takes a newly opened dossier begins to work on it. */
static void begin_work(struct act *act, const struct visit *visit)
{
	if (visit->offer_kind != LT_KIND_OPEN || act->dossier->status != STATUS_RECEIVED)
		return;
	enum lt_reason reason = act->rules->law->status.set(&act->dossier->status, STATUS_IN_PROGRESS, &act->refusal);
	LT_ASSERT(!reason);
}

enum lt_reason apply_accept(struct act *act)
{
	struct visit *visit;
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, &visit);
	if (!reason)
		reason = check_offer_to_sender(act, visit);
	if (!reason)
		reason = custody_check_addressed(act, visit->holder, "who offered it");
	if (reason)
		return reason;
	begin_work(act, visit);
	custody_pass(act, visit);
	if (dossier->lead[0] == '\0' && strcmp(visit->holder, dossier->origin) != 0)
		dossier_copy_code(dossier->lead, visit->holder);
	return LT_REASON_NONE;
}
