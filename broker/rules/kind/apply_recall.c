/* apply_recall.c: RECALL takes back: an open offer, by its holder alone; a hand-off that was accepted, by asking the agency
 * that has it now; a result that was not handed over yet, by the lead. RECALL_ANSWER is the asked agency's. */
#include <string.h>

#include "rules/custody.h"

#define BIT(status) (1u << (STATUS_##status))

enum { TRACE_ASKED_BACK = 13, TRACE_GIVEN_BACK = 15, TRACE_NOT_GIVEN_BACK = 16 };

static bool replies_to(const struct act *act, const uint8_t id[16])
{
	return dossier_id_is(act->header->in_reply_to, id);
}

/* ---- an open offer ---- */

static enum lt_reason check_own_offer(struct act *act, const struct visit *visit)
{
	if (!custody_sender_is(act, visit->holder))
		return lt_refuse(&act->refusal, LT_NOT_HOLDER, "branch %u is at version %llu, held by %s",
				 visit->number, (unsigned long long)visit->version, visit->holder);
	enum lt_reason reason = custody_check_version(act, visit);
	if (reason)
		return reason;
	if (visit->custody != LT_CUSTODY_OFFERED)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "nothing is offered; branch %u is held by %s",
				 visit->number, visit->holder);
	if (!replies_to(act, visit->offer_id))
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "the open offer is record %llu, by %s to %s",
				 (unsigned long long)visit->offer_sequence, visit->holder, visit->offered_to);
	return LT_REASON_NONE;
}

static enum lt_reason recall_offer(struct act *act, struct visit *visit)
{
	enum lt_reason reason = check_own_offer(act, visit);
	if (!reason)
		reason = custody_check_addressed(act, visit->offered_to, "to whom it is offered");
	if (!reason)
		custody_keep(act, visit);
	return reason;
}

/* ---- an accepted hand-off ---- */

static enum lt_reason ask_back(struct act *act, struct visit *visit)
{
	enum lt_reason reason = custody_check_status(act, BIT(IN_PROGRESS) | BIT(DONE));
	if (!reason && custody_has_id(visit->recall_id))
		reason = lt_refuse(&act->refusal, LT_RECALL_OPEN, "%s was asked already and has not answered",
				   visit->holder);
	if (!reason)
		reason = custody_check_addressed(act, visit->holder, "who has it");
	if (reason)
		return reason;
	memcpy(visit->recall_id, act->header->id, sizeof(visit->recall_id));
	visit->trace = TRACE_ASKED_BACK;
	return LT_REASON_NONE;
}

/* ---- a result ---- */

/* The work goes on: the clocks that the result ended run again. Their due times stay: the delay is the agency's own. */
static void reopen_clocks(struct act *act)
{
	struct dossier *dossier = act->dossier;
	for (uint32_t i = 0; i <= dossier->visit_count; i++) {
		struct visit *visit = i > 0 ? &dossier->visits[i - 1] : NULL;
		struct legal_clock *clock = visit ? &visit->clock : &dossier->clock;
		if (!clock->ended || (visit && visit->custody == LT_CUSTODY_CLOSED))
			continue;
		clock->ended = false;
		clock->ended_at = 0;
		clock->stopped_at = act->time;
	}
	deadline_resume(act, LT_CLOCK_SUSPEND);
}

static enum lt_reason recall_result(struct act *act, struct visit *visit)
{
	struct dossier *dossier = act->dossier;
	if (!custody_sender_leads(act, visit))
		return lt_refuse(&act->refusal, LT_NOT_LEAD, "the lead of %s is %s", dossier->code,
				 dossier->lead[0] != '\0' ? dossier->lead : visit->holder);
	enum lt_reason reason = act->rules->law->status.set(&dossier->status, STATUS_IN_PROGRESS, &act->refusal);
	if (reason)
		return reason;
	memset(dossier->result_id, 0, sizeof(dossier->result_id));
	dossier->result_visit = 0;
	dossier->refused = false;
	reopen_clocks(act);
	return LT_REASON_NONE;
}

enum lt_reason apply_recall(struct act *act)
{
	struct visit *visit;
	const struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, &visit);
	if (reason)
		return reason;
	bool offered = visit->custody == LT_CUSTODY_OFFERED && replies_to(act, visit->offer_id);
	bool accepted = visit->custody == LT_CUSTODY_HELD && replies_to(act, visit->accepted_id) &&
			custody_sender_is(act, visit->came_from);
	bool result = dossier->status == STATUS_DONE && replies_to(act, dossier->result_id);
	if (offered && custody_sender_is(act, visit->holder))
		return recall_offer(act, visit);
	if (result && (custody_sender_leads(act, visit) || (!offered && !accepted)))
		return recall_result(act, visit);
	if (accepted)
		return ask_back(act, visit);
	return recall_offer(act, visit);
}

/* ---- the answer ---- */

static void give_back(struct act *act, struct visit *visit)
{
	char giver[LT_AGENCY_MAX], before[LT_AGENCY_MAX];
	uint32_t leg = visit->came_leg, branch = visit->came_branch;
	dossier_copy_code(giver, visit->came_from);
	dossier_copy_code(before, visit->came_before);
	custody_place(act, visit, giver, leg);
	dossier_copy_code(visit->came_from, before);
	visit->branch = branch;
	visit->trace = TRACE_GIVEN_BACK;
}

enum lt_reason apply_recall_answer(struct act *act)
{
	struct visit *visit;
	enum lt_reason reason = custody_find(act, &visit);
	if (!reason)
		reason = custody_check_holder(act, visit);
	if (!reason)
		reason = custody_check_version(act, visit);
	if (!reason && !replies_to(act, visit->recall_id))
		reason = lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "no such request to give branch %u back is open",
				   visit->number);
	if (!reason)
		reason = custody_check_addressed(act, visit->came_from, "who asked for it");
	if (reason)
		return reason;
	if (act->header->agree == LT_AGREE_YES) {
		give_back(act, visit);
		return LT_REASON_NONE;
	}
	memset(visit->recall_id, 0, sizeof(visit->recall_id));
	visit->trace = TRACE_NOT_GIVEN_BACK;
	return LT_REASON_NONE;
}
