/* apply_accept.c: ACCEPT: custody passes to the agency that it was offered to. */
#include <stdio.h>
#include <string.h>

#include "rules/custody.h"
#include "rules/notice.h"
#include "rules/route_at.h"
#include "program/log.h"

static enum lt_reason check_offer_to_sender(struct act *act, const struct branch *branch)
{
	enum lt_reason reason = custody_check_offered(act, branch);
	if (!reason)
		reason = custody_check_version(act, branch);
	if (reason)
		return reason;
	if (branch->custody != LT_CUSTODY_OFFERED)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "nothing is offered; branch %u is held by %s",
				 branch->number, branch->holder);
	if (memcmp(act->header->in_reply_to, branch->offer_id, sizeof(branch->offer_id)) != 0)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "the open offer is record %llu, by %s to %s",
				 (unsigned long long)branch->offer_sequence, branch->holder, branch->offered_to);
	if (!custody_sender_is(act, branch->offered_to))
		return lt_refuse(&act->refusal, LT_NOT_OFFERED, "branch %u is offered by %s to %s; only %s may answer",
				 branch->number, branch->holder, branch->offered_to, branch->offered_to);
	return LT_REASON_NONE;
}

/* The agency that takes a newly opened dossier begins to work on it. */
static void begin_work(struct act *act, const struct branch *branch)
{
	if (branch->offer_kind != LT_KIND_OPEN || act->dossier->stage != STATUS_RECEIVED)
		return;
	enum lt_reason reason = custody_set_stage(act, branch, STATUS_IN_PROGRESS);
	LT_ASSERT(!reason);
}

/* A leg has gone to another agency than the route says: who leads, and who answers the applicant, have sent and taken nothing. */
static void tell_transfer(struct act *act, const struct branch *branch, uint64_t offer)
{
	char reason[400];
	struct notice notice = { .kind = LT_KIND_REROUTED,
				 .branch = branch,
				 .subject = "Chuyển cơ quan thực hiện chặng",
				 .reason = reason };
	const char *parties[] = { act->dossier->lead, act->dossier->origin };
	for (size_t i = 0; i < 2; i++) {
		if (strcmp(parties[i], branch->came_from) != 0 && strcmp(parties[i], branch->holder) != 0)
			notice_to(act, &notice, parties[i]);
	}
	snprintf(reason, sizeof(reason), "Chặng %s do %s thực hiện được chuyển cho %s; lý do nêu ở bản ghi %llu.",
		 route_at_id(act, branch->leg), branch->came_from, branch->holder, (unsigned long long)offer);
	notice_add(act, &notice);
}

enum lt_reason apply_accept(struct act *act)
{
	struct branch *branch;
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = check_offer_to_sender(act, branch);
	if (!reason)
		reason = custody_check_addressed(act, branch->holder, "who offered it");
	if (reason)
		return reason;
	bool transferred = branch->offer_kind == LT_KIND_TRANSFER;
	uint64_t offer = branch->offer_sequence;
	begin_work(act, branch);
	custody_pass(act, branch);
	if (transferred)
		tell_transfer(act, branch, offer);
	if (dossier->lead[0] == '\0' && strcmp(branch->holder, dossier->origin) != 0)
		dossier_copy_code(dossier->lead, branch->holder);
	return LT_REASON_NONE;
}
