/* apply_recall.c: RECALL takes back: an open offer, by its holder alone; a hand-off that was accepted, by asking the agency
 * that has it now; a result that was not handed over yet, by the lead. RECALL_ANSWER is the asked agency's. */
#include <string.h>

#include "rules/custody.h"
#include "rules/result.h"

#define BIT(status) (1u << (STATUS_##status))

enum { TRACE_ASKED_BACK = 13, TRACE_GIVEN_BACK = 15, TRACE_NOT_GIVEN_BACK = 16 };

static bool replies_to(const struct act *act, const uint8_t id[16])
{
	return dossier_id_is(act->header->in_reply_to, id);
}

/* ---- an open offer ---- */

static enum lt_reason check_own_offer(struct act *act, const struct branch *branch)
{
	if (!custody_sender_is(act, branch->holder))
		return lt_refuse(&act->refusal, LT_NOT_HOLDER, "branch %u is at version %llu, held by %s",
				 branch->number, (unsigned long long)branch->version, branch->holder);
	enum lt_reason reason = custody_check_version(act, branch);
	if (reason)
		return reason;
	if (branch->custody != LT_CUSTODY_OFFERED)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "nothing is offered; branch %u is held by %s",
				 branch->number, branch->holder);
	if (!replies_to(act, branch->offer_id))
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "the open offer is record %llu, by %s to %s",
				 (unsigned long long)branch->offer_sequence, branch->holder, branch->offered_to);
	return LT_REASON_NONE;
}

static enum lt_reason recall_offer(struct act *act, struct branch *branch)
{
	enum lt_reason reason = check_own_offer(act, branch);
	if (!reason)
		reason = custody_check_addressed(act, branch->offered_to, "to whom it is offered");
	if (reason)
		return reason;
	custody_keep(act, branch);
	if (branch->made_leg != 0 && replies_to(act, branch->made_id))
		result_take_back(act, branch);
	return LT_REASON_NONE;
}

/* ---- an accepted hand-off ---- */

static enum lt_reason ask_back(struct act *act, struct branch *branch)
{
	enum lt_reason reason = custody_check_status(act, BIT(IN_PROGRESS) | BIT(DONE));
	if (!reason && custody_has_id(branch->recall_id))
		reason = lt_refuse(&act->refusal, LT_RECALL_OPEN, "%s was asked already and has not answered",
				   branch->holder);
	if (!reason)
		reason = custody_check_addressed(act, branch->holder, "who has it");
	if (reason)
		return reason;
	memcpy(branch->recall_id, act->header->id, sizeof(branch->recall_id));
	branch->trace = TRACE_ASKED_BACK;
	return LT_REASON_NONE;
}

/* ---- a result ---- */

static enum lt_reason recall_result(struct act *act, struct branch *branch)
{
	const struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_check_status(act, BIT(IN_PROGRESS) | BIT(DONE));
	if (!custody_sender_leads(act, branch))
		reason = lt_refuse(&act->refusal, LT_NOT_LEAD, "the lead of %s is %s", dossier->code,
				   dossier->lead[0] != '\0' ? dossier->lead : branch->holder);
	if (!reason)
		result_take_back(act, branch);
	return reason;
}

enum lt_reason apply_recall(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (reason)
		return reason;
	bool offered = branch->custody == LT_CUSTODY_OFFERED && replies_to(act, branch->offer_id);
	bool accepted = branch->custody == LT_CUSTODY_HELD && replies_to(act, branch->accepted_id) &&
			custody_sender_is(act, branch->came_from);
	bool result = branch->made_leg != 0 && replies_to(act, branch->made_id);
	if (offered && custody_sender_is(act, branch->holder))
		return recall_offer(act, branch);
	if (result && (custody_sender_leads(act, branch) || (!offered && !accepted)))
		return recall_result(act, branch);
	if (accepted)
		return ask_back(act, branch);
	return recall_offer(act, branch);
}

/* ---- the answer ---- */

static void give_back(struct act *act, struct branch *branch)
{
	custody_give_back(act, branch);
	if (branch->made_leg != 0 && branch->made_leg == branch->leg && branch->fork_leg == 0)
		result_take_back(act, branch);
	branch->trace = TRACE_GIVEN_BACK;
}

enum lt_reason apply_recall_answer(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = custody_check_holder(act, branch);
	if (!reason)
		reason = custody_check_version(act, branch);
	if (!reason && !replies_to(act, branch->recall_id))
		reason = lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "no such request to give branch %u back is open",
				   branch->number);
	if (!reason)
		reason = custody_check_addressed(act, branch->came_from, "who asked for it");
	if (reason)
		return reason;
	if (act->header->agree == LT_AGREE_YES) {
		give_back(act, branch);
		return LT_REASON_NONE;
	}
	memset(branch->recall_id, 0, sizeof(branch->recall_id));
	branch->trace = TRACE_NOT_GIVEN_BACK;
	return LT_REASON_NONE;
}
