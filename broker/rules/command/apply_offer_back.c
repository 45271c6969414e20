/* apply_offer_back.c: OFFER_BACK: what was offered to somebody who does not answer comes back to its holder, who may offer it anew or elsewhere, as
 * after a RECALL of his own. Custody has been his all the time. One operator proposes, another confirms; both stand in the journal, and the
 * broker's signed notice tells all three. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "correct.h"
#include "offer_back.h"
#include "program/log.h"
#include "rules/clock/clock_internal.h"
#include "rules/custody.h"
#include "rules/result.h"
#include "rules/route_at.h"
#include "state/succession.h"

/* Its receiver cannot answer, or has had the time for it. From when it is counted says the hand-off's own clock. */
static bool is_dead(struct act *act, const struct branch *branch)
{
	const struct rulebook *rulebook = act->state->rulebook;
	const char *to = act->rules->succession.of(rulebook, branch->offered_to, act->dossier, act->time);
	int64_t due = deadline_offer_due(act, branch);
	return rulebook_suspended(rulebook, to) || act->rules->succession.closed(rulebook, to, act->time) ||
	       (due != 0 && due <= act_legal(act));
}

static enum lt_reason check(struct act *act, uint32_t number, struct branch **out)
{
	char due[LT_DATE_SAID];
	struct branch *branch = dossier_branch(act->dossier, number);
	if (!branch)
		return lt_refuse(&act->refusal, LT_BRANCH_UNKNOWN, "%s has no branch %u", act->dossier->code, number);
	if (branch->custody != LT_CUSTODY_OFFERED)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "nothing is offered; branch %u is held by %s",
				 branch->number, branch->holder);
	if (!route_at_has_procedure(act))
		return apply_damaged(act);
	*out = branch;
	if (is_dead(act, branch))
		return LT_REASON_NONE;
	lt_date_say(deadline_offer_due(act, branch), due);
	return lt_refuse(&act->refusal, LT_OFFER_OPEN, "%s may answer until %s", branch->offered_to, due);
}

enum lt_reason offer_back_propose(struct act *act)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	struct branch *branch = NULL;
	uint32_t number = admin->number <= DOSSIER_BRANCHES_MAX ? (uint32_t)admin->number : 0;
	enum lt_reason reason = correct_find(act);
	if (!reason)
		reason = check(act, number, &branch);
	if (reason || act->tried)
		return reason;
	act->dossier->proposal = (struct dossier_proposal){
		.sequence = act->sequence, .uid = admin->uid, .branch = number, .version = branch->version
	};
	clock_name_leg(act, branch);
	clock_save(act);
	return LT_REASON_NONE;
}

static void tell(struct act *act, const struct branch *branch, const char *receiver)
{
	char text[400];
	struct notice notice = {
		.kind = LT_KIND_REROUTED, .branch = branch, .subject = "Hồ sơ trở về nơi đang giữ", .reason = text
	};
	snprintf(text, sizeof(text),
		 "%s không trả lời hồ sơ được chuyển đến. Theo quyết định của hai người vận hành, lần chuyển đó không "
		 "còn "
		 "hiệu lực; %s vẫn giữ hồ sơ và chuyển lại.",
		 receiver, branch->holder);
	notice_to(act, &notice, branch->holder);
	notice_to(act, &notice, receiver);
	notice_to(act, &notice, act->dossier->lead);
	notice_add(act, &notice);
}

enum lt_reason offer_back_confirm(struct act *act, const struct dossier_proposal *proposal)
{
	char receiver[LT_AGENCY_MAX];
	struct branch *branch = dossier_branch(act->dossier, proposal->branch);
	if (branch && branch->version != proposal->version)
		return lt_refuse(&act->refusal, LT_STALE_VERSION, "branch %u is at version %llu, held by %s",
				 branch->number, (unsigned long long)branch->version, branch->holder);
	enum lt_reason reason = check(act, proposal->branch, &branch);
	if (reason || act->tried)
		return reason;
	bool result = branch->made_leg != 0 && dossier_id_is(branch->offer_id, branch->made_id);
	dossier_copy_code(receiver, branch->offered_to);
	custody_keep(act, branch);
	if (result)
		result_take_back(act, branch);
	tell(act, branch, receiver);
	clock_name_leg(act, branch);
	return LT_REASON_NONE;
}
