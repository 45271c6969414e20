/* apply_supplement.c: REQUEST_SUPPLEMENT: the applicant must add papers; SUPPLEMENT brings them, through the receiving one-stop. */
#include <string.h>

#include "base/date.h"
#include "program/log.h"
#include "rules/custody.h"
#include "rules/deadline_internal.h"
#include "rules/opinions.h"
#include "rules/route_at.h"

#define BIT(status) (1u << (STATUS_##status))

enum { SUPPLEMENTS_DEFAULT = 1 }; /* at a leg of which the procedure says nothing */

static uint32_t leg_number(const struct branch *branch)
{
	return branch->fork_leg != 0 ? branch->fork_leg : branch->leg;
}

static enum lt_reason check_count(struct act *act, const struct branch *branch)
{
	const struct dossier *dossier = act->dossier;
	const struct lt_route_leg *leg = route_at_of(act, branch);
	uint32_t allowed = leg && leg->kind != 0 ? leg->supplements : SUPPLEMENTS_DEFAULT, used = 0;
	if (dossier->stage == STATUS_REGISTERED) /* guidance at the desk is no request of the leg */
		allowed = DOSSIER_REQUESTS_MAX;
	for (uint32_t i = 0; i < dossier->request_count; i++)
		used += dossier->request_legs[i] == leg_number(branch);
	if (used >= allowed || dossier->request_count == DOSSIER_REQUESTS_MAX)
		return lt_refuse(&act->refusal, LT_SUPPLEMENTS_EXHAUSTED, "leg %s: %u of %u requests were made",
				 route_at_id(act, leg_number(branch)), used, allowed);
	return LT_REASON_NONE;
}

/* The procedure's time; the sender may give more, never less. Both times are read in whole minutes. */
static enum lt_reason check_time(struct act *act, const struct branch *branch)
{
	char least[LT_DATE_SAID];
	int64_t asked = act->header->due_at, due = deadline_supplement_due(act, branch);
	if (asked == 0)
		return LT_REASON_NONE;
	if (asked <= act_legal(act))
		return lt_refuse(&act->refusal, LT_DUE_INVALID, "due_at: not after the broker's time");
	lt_date_say(due, least);
	if (asked / DEADLINE_MINUTE < due / DEADLINE_MINUTE)
		return lt_refuse(&act->refusal, LT_DUE_INVALID,
				 "due_at: the applicant has until %s by the procedure; more may be given, not less",
				 least);
	return LT_REASON_NONE;
}

enum lt_reason apply_request_supplement(struct act *act)
{
	struct branch *branch;
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = custody_check_holder(act, branch);
	if (!reason)
		reason = custody_check_status(act, BIT(REGISTERED) | BIT(RECEIVED) | BIT(IN_PROGRESS));
	if (!reason)
		reason = custody_check_addressed(act, dossier->origin, "which received the dossier");
	if (!reason)
		reason = check_time(act, branch);
	if (!reason)
		reason = check_count(act, branch);
	if (!reason)
		reason = deadline_check_ask(act, branch);
	if (!reason)
		reason = opinions_check_refusal(act, branch);
	if (reason)
		return reason;
	memcpy(branch->supplement_id, act->header->id, sizeof(branch->supplement_id));
	dossier->request_legs[dossier->request_count++] = dossier->stage == STATUS_REGISTERED ? 0 : leg_number(branch);
	custody_settle(act);
	branch->missed = (struct missed_papers){ 0 };
	act->outcome.due = deadline_supplement_start(act, branch, act->header->due_at);
	return LT_REASON_NONE;
}

/* Where the branch goes on when all was brought. */
struct resumption {
	struct branch *branch;
	bool moves;
	uint32_t leg;
	char agency[LT_AGENCY_MAX];
	enum lt_clock_policy policy;
};

static void find_resumption(struct act *act, struct branch *branch, struct resumption *out)
{
	struct dossier *dossier = act->dossier;
	out->branch = branch;
	/* Before it is received nothing of the route was done. */
	const struct lt_route_leg *leg = dossier->stage == STATUS_REGISTERED ? NULL : route_at_of(act, out->branch);
	out->policy = leg ? leg->policy : LT_CLOCK_SUSPEND;
	out->leg = leg_number(out->branch);
	dossier_copy_code(out->agency, out->branch->holder);
	if (leg && leg->on_supplement != 0)
		out->leg = leg->on_supplement;
	else if (leg && out->policy == LT_CLOCK_RESTART && out->branch->parent == 0)
		out->leg = 1; /* a parallel leg has no first step of its own */
	out->moves = out->leg != leg_number(out->branch);
	/* The first step is the receiving one-stop's when the route names nobody. */
	if (out->moves && !route_at_agency(act, out->leg, out->agency) && out->leg == 1)
		dossier_copy_code(out->agency, dossier->origin);
}

static enum lt_reason check_supplement(struct act *act, const struct branch *branch,
				       const struct resumption *resumption)
{
	const struct dossier *dossier = act->dossier;
	if (!custody_sender_is(act, dossier->origin))
		return lt_refuse(&act->refusal, LT_NOT_ORIGIN, "%s received %s and brings supplements", dossier->origin,
				 dossier->code);
	enum lt_reason reason = custody_check_status_of(act, branch, BIT(SUPPLEMENT));
	if (!reason && !branch)
		reason =
			lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "in_reply_to: not the open request for supplements");
	if (!reason && resumption)
		reason = custody_check_addressed(act, resumption->agency, "who goes on with it");
	return reason;
}

/* Papers for a request that was missed: kept, and late. What becomes of them is the holder's to say, by RESUME or by going on. */
static enum lt_reason bring_late(struct act *act, struct branch *branch)
{
	const struct dossier *dossier = act->dossier;
	if (!custody_sender_is(act, dossier->origin))
		return lt_refuse(&act->refusal, LT_NOT_ORIGIN, "%s received %s and brings supplements", dossier->origin,
				 dossier->code);
	enum lt_reason reason = custody_check_status_of(act, branch, BIT(RECEIVED) | BIT(IN_PROGRESS) | BIT(STOPPED));
	if (!reason)
		reason = custody_check_addressed(act, branch->holder, "who asked for it");
	if (reason)
		return reason;
	act->about = branch->number;
	act->outcome.due = branch->missed.due;
	branch->missed.brought = true;
	return LT_REASON_NONE;
}

static int64_t bring_by(const struct branch *branch)
{
	const struct clock_wait *wait = &branch->supplement_wait;
	return wait->next_kind != 0 ? wait->next_due - DEADLINE_MINUTE : 0;
}

enum lt_reason apply_supplement(struct act *act)
{
	struct branch *named;
	struct resumption to;
	enum lt_reason reason = custody_find(act, &named);
	struct branch *branch = reason ? NULL : dossier_asked_supplement(act->dossier, act->header->in_reply_to);
	struct branch *missed = reason ? NULL : dossier_missed_papers(act->dossier, act->header->in_reply_to);
	if (missed)
		return bring_late(act, missed);
	if (!reason)
		reason = check_supplement(act, branch, NULL);
	if (reason)
		return reason;
	find_resumption(act, branch, &to);
	reason = check_supplement(act, branch, &to);
	if (reason)
		return reason;
	act->about = branch->number;
	act->outcome.due = bring_by(branch);
	memset(branch->supplement_id, 0, sizeof(branch->supplement_id));
	deadline_supplement_end(act, branch);
	if (to.policy == LT_CLOCK_RESTART && to.moves && dossier_open_branches(act->dossier) == 1)
		act->dossier->stage = STATUS_RECEIVED;
	custody_settle(act);
	if (to.moves)
		custody_place(act, branch, to.agency, to.leg, LT_STAY_SUPPLEMENTED);
	if (to.policy == LT_CLOCK_RESTART) {
		deadline_restart(act, branch);
		if (to.moves)
			deadline_restart_way(act);
	}
	return LT_REASON_NONE;
}
