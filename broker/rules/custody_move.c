/* custody_move.c: every change of a branch's custody, and the clocks that go with it.
 *
 * HELD by one, OFFERED to another, HELD by that one: there is no other way for a dossier to move. Each step raises the
 * branch's version, so that two acts on the same version cannot both take effect, and each step starts or ends exactly
 * the clocks that belong to it. Kinds call these functions and never write a branch's custody themselves. */
#include <stdio.h>
#include <string.h>

#include "custody.h"
#include "program/log.h"
#include "route_at.h"
#include "rules/clock/away.h"
#include "rules/clock/intake.h"
#include "rules/clock/silence.h"
#include "state/succession.h"
#include "stay_record.h"

static void end_stay(struct act *act, struct branch *branch, enum lt_stay_end how, int64_t at, uint64_t by,
		     const char *late)
{
	if (branch->begun == 0)
		return;
	deadline_leg_end(act, branch, at);
	silence_end(act, branch);
	stay_record_add(act, branch, how, by, late);
	dossier_keep_leg(act->dossier, branch->leg, (uint8_t)how, &branch->clock);
	branch->begun = 0;
	branch->begun_by = 0;
	deadline_settle_whole(act);
}

/* A stay is of who acts when it begins: an agency that has ended by then begins none. */
static void begin_stay(struct act *act, struct branch *branch)
{
	const struct rulebook *rulebook = act->state->rulebook;
	dossier_copy_code(branch->holder, act->rules->succession.of(rulebook, branch->holder, act->dossier, act->time));
	branch->begun = act_legal(act);
	branch->begun_by = act->sequence;
}

static void start_stay(struct act *act, struct branch *branch, bool never_left)
{
	const struct lt_route_leg *leg = act->rules->law->route.leg(route_at_procedure(act), branch->leg);
	int64_t now = act->time;
	begin_stay(act, branch);
	if (act->dossier->carried.since != 0) { /* the first of a dossier of before: it has been there since then */
		branch->begun = act->dossier->carried.since;
		act_go_to(act, branch->begun);
		act->dossier->carried.since = 0;
	}
	deadline_leg_start(act, branch, leg, never_left);
	act->time = now;
	deadline_settle_whole(act);
	silence_begin(act, branch);
}

static void change(struct act *act, struct branch *branch, enum lt_custody custody)
{
	bool offered = branch->custody == LT_CUSTODY_OFFERED;
	branch->custody = custody;
	branch->version++;
	branch->since = act_legal(act);
	if (offered)
		deadline_offer_end(act, branch);
}

static void set_trace(struct branch *branch, uint8_t code)
{
	branch->trace = code;
	if (code >= 3 && code <= 6)
		branch->trace_work = code;
}

static void forget_giver(struct branch *branch)
{
	branch->came_back = false;
	branch->came_from[0] = branch->came_before[0] = '\0';
	branch->came_leg = branch->came_fork_leg = 0;
	branch->came_before_leg = branch->came_before_fork_leg = 0;
	memset(branch->accepted_id, 0, sizeof(branch->accepted_id));
	memset(branch->recall_id, 0, sizeof(branch->recall_id));
}

static const char *late_code(const struct act *act)
{
	return act->header && act->header->late_reason ? act->header->late_reason->code : "";
}

/* The open offer is answered: its wait has ended, and it is left behind. */
static void end_wait(struct act *act, struct branch *branch, enum lt_stay_end how)
{
	if (branch->custody == LT_CUSTODY_OFFERED)
		stay_record_add_wait(act, branch, how);
}

void custody_offer(struct act *act, struct branch *branch, size_t i, uint32_t leg)
{
	change(act, branch, LT_CUSTODY_OFFERED);
	dossier_copy_code(branch->offered_to, act->header->to[i].agency);
	memcpy(branch->offer_id, act->header->id, sizeof(branch->offer_id));
	branch->offer_sequence = act->sequence;
	branch->offer_leg = leg;
	branch->offer_kind = act->header->kind;
	branch->arrived = 0;
	snprintf(branch->offer_late, sizeof(branch->offer_late), "%s", late_code(act));
	branch->away_until = 0;
	branch->trace = 0;
	deadline_offer_start(act, branch);
	away_offered(act, branch);
}

/* What was offered is the giver's as before: its stay has never ended. A branch of a fork has none of its own yet: then it is the
 * giver's leg again, as if it had not been left. */
void custody_keep(struct act *act, struct branch *branch)
{
	bool refused = act->header && act->header->kind == LT_KIND_REFUSE;
	end_wait(act, branch, refused ? LT_WAIT_REFUSED : LT_WAIT_RECALLED);
	bool fresh = branch->begun == 0 && branch->custody == LT_CUSTODY_OFFERED &&
		     act->dossier->stage != STATUS_DONE && (branch->made_leg == 0 || branch->made_leg != branch->leg);
	change(act, branch, LT_CUSTODY_HELD);
	if (fresh)
		start_stay(act, branch, true);
}

void custody_move(struct act *act, struct branch *branch, uint32_t leg)
{
	custody_end_stay(act, branch, LT_STAY_MOVED);
	change(act, branch, LT_CUSTODY_HELD);
	forget_giver(branch);
	branch->leg = leg;
	branch->fork_leg = 0;
	set_trace(branch, 3);
	custody_start_leg(act, branch);
}

/* The same leg goes to another agency by TRANSFER, and from there comes back: nobody has left it. Then the clock of the giver's stay,
 * which is about to end at this time. */
static bool stays_at_leg(struct act *act, const struct branch *branch, uint32_t leg, bool transfer, int64_t at,
			 struct legal_clock *running)
{
	struct deadline_sum sum;
	if (branch->begun == 0 || branch->fork_leg != 0 || branch->leg != leg ||
	    (!transfer && dossier_leg_by(act->dossier, leg)[0] == '\0'))
		return false;
	deadline_sum_up(act, &branch->clock, branch->holder, at, &sum);
	*running = branch->clock;
	running->late = running->late || sum.verdict == LT_TIME_OVERDUE;
	return true;
}

static enum lt_stay_end end_of(enum lt_kind offer)
{
	if (offer == LT_KIND_TRANSFER)
		return LT_STAY_TRANSFERRED;
	return offer == LT_KIND_RETURN ? LT_STAY_GIVEN_BACK : LT_STAY_HANDED_ON;
}

/* Whoever leads here again leads to who has it now. */
static void take_leg(struct act *act, const struct branch *branch)
{
	char own[LT_AGENCY_MAX];
	dossier_set_leg_by(act->dossier, branch->leg, "");
	if (!route_at_agency(act, branch->leg, own) || strcmp(own, branch->holder) != 0)
		dossier_set_leg_by(act->dossier, branch->leg, branch->holder);
}

/* The leg's clock goes on over the change of hands; what was used before is not the new holder's. */
static void go_on(struct act *act, struct branch *branch, const struct legal_clock *running)
{
	begin_stay(act, branch);
	take_leg(act, branch);
	deadline_leg_go_on(act, branch, running);
	silence_begin(act, branch);
}

static void set_before(struct branch *branch, const struct dossier_giver *giver)
{
	dossier_copy_code(branch->came_before, giver->agency);
	branch->came_before_leg = giver->leg;
	branch->came_before_fork_leg = giver->fork_leg;
}

/* The open offer was taken: from whom the new holder has it, and from whom it had it before when it is given back. Returns the leg of the
 * fork that a branch is made for still: who forked has it again for that leg alone. */
static uint32_t remember_giver(struct branch *branch)
{
	static const struct dossier_giver unknown = { .agency = "" };
	struct dossier_giver giver = dossier_branch_giver(branch);
	bool back = branch->offer_kind == LT_KIND_RETURN;
	uint32_t fork_leg = back ? giver.fork_leg : 0;
	if (!back)
		set_before(branch, &giver);
	else if (branch->came_back) /* the second in a row: further back nothing is known */
		set_before(branch, &unknown);
	dossier_copy_code(branch->came_from, branch->holder);
	branch->came_leg = branch->leg;
	branch->came_fork_leg = branch->fork_leg;
	branch->came_back = back;
	return fork_leg;
}

/* Its holder gives it back on RECALL, and so it is as it was before the hand-off. */
void custody_give_back(struct act *act, struct branch *branch)
{
	struct branch before = *branch;
	struct dossier_giver from = { before.came_before, before.came_before_leg, before.came_before_fork_leg };
	custody_place(act, branch, before.came_from, before.came_leg, LT_STAY_GIVEN_BACK);
	branch->fork_leg = before.came_fork_leg;
	if (before.came_back) { /* what was returned: its holder was who gave it to work on */
		set_before(branch, &from);
		from = (struct dossier_giver){ before.holder, before.leg, before.fork_leg };
	}
	dossier_copy_code(branch->came_from, from.agency);
	branch->came_leg = from.leg;
	branch->came_fork_leg = from.fork_leg;
}

void custody_pass(struct act *act, struct branch *branch)
{
	struct legal_clock running;
	bool transfer = branch->offer_kind == LT_KIND_TRANSFER;
	bool same = (transfer || branch->offer_kind == LT_KIND_RETURN) &&
		    stays_at_leg(act, branch, branch->offer_leg, transfer, branch->since, &running);
	end_stay(act, branch, end_of(branch->offer_kind), branch->since, branch->offer_sequence, branch->offer_late);
	end_wait(act, branch, LT_WAIT_ACCEPTED);
	memcpy(branch->accepted_id, branch->offer_id, sizeof(branch->accepted_id));
	uint32_t fork_leg = remember_giver(branch);
	dossier_copy_code(branch->holder, act->header->sender);
	branch->leg = branch->offer_leg;
	branch->fork_leg = fork_leg;
	change(act, branch, LT_CUSTODY_HELD);
	set_trace(branch, 3);
	if (same)
		go_on(act, branch, &running);
	else
		custody_start_leg(act, branch);
}

void custody_place(struct act *act, struct branch *branch, const char *agency, uint32_t leg, enum lt_stay_end how)
{
	struct legal_clock running;
	bool same = stays_at_leg(act, branch, leg, false, act_legal(act), &running);
	custody_end_stay(act, branch, how);
	end_wait(act, branch, LT_WAIT_RECALLED);
	dossier_copy_code(branch->holder, agency);
	forget_giver(branch);
	branch->leg = leg;
	branch->fork_leg = 0;
	change(act, branch, LT_CUSTODY_HELD);
	set_trace(branch, 3);
	if (same)
		go_on(act, branch, &running);
	else
		custody_start_leg(act, branch);
}

/* Nothing is asked for on it any more. */
void custody_forget_requests(struct act *act, struct branch *branch)
{
	deadline_supplement_end(act, branch);
	branch->missed.refuse_by = 0;
	memset(branch->supplement_id, 0, sizeof(branch->supplement_id));
	memset(branch->fee_id, 0, sizeof(branch->fee_id));
	branch->fee_amount = 0;
	branch->fee_stands = false;
}

void custody_close(struct act *act, struct branch *branch, enum lt_stay_end how)
{
	custody_end_stay(act, branch, how);
	end_wait(act, branch, LT_WAIT_RECALLED);
	change(act, branch, LT_CUSTODY_CLOSED);
	custody_forget_requests(act, branch);
	memset(branch->recall_id, 0, sizeof(branch->recall_id));
}

struct branch *custody_add(struct act *act)
{
	struct dossier *dossier = act->dossier;
	if (dossier->branch_count == DOSSIER_BRANCHES_MAX)
		return NULL;
	struct branch *branch = &dossier->branches[dossier->branch_count++];
	*branch = (struct branch){
		.number = dossier->branch_count, .version = 1, .custody = LT_CUSTODY_HELD, .since = act_legal(act)
	};
	dossier_copy_code(branch->holder, act->header->sender);
	return branch;
}

void custody_start_leg(struct act *act, struct branch *branch)
{
	start_stay(act, branch, false);
}

void custody_end_stay(struct act *act, struct branch *branch, enum lt_stay_end how)
{
	end_stay(act, branch, how, act_legal(act), act->sequence, late_code(act));
}

/* ---- status ---- */

enum status custody_status(struct act *act, const struct branch *branch)
{
	struct status_facts facts = dossier_facts(act->dossier, branch);
	return act->rules->law->status.derive(&facts);
}

void custody_settle(struct act *act)
{
	act->dossier->status = custody_status(act, NULL);
	intake_settle(act);
	deadline_settle(act);
}

enum lt_reason custody_set_stage(struct act *act, const struct branch *branch, enum status stage)
{
	enum status status = custody_status(act, branch);
	enum lt_reason reason = act->rules->law->status.set(&status, stage, &act->refusal);
	if (reason)
		return reason;
	act->dossier->stage = stage;
	custody_settle(act);
	return LT_REASON_NONE;
}

enum lt_reason custody_stop(struct act *act)
{
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_set_stage(act, NULL, STATUS_STOPPED);
	if (reason)
		return reason;
	for (uint32_t i = 0; i < dossier->branch_count; i++)
		custody_forget_requests(act, &dossier->branches[i]);
	memset(dossier->withdrawal_id, 0, sizeof(dossier->withdrawal_id));
	dossier->stopped = true;
	deadline_asked_stand(act);
	return LT_REASON_NONE;
}
