/* simmodel.c: the naive rules. No help from the broker's code, and no cleverness. */
#include "simmodel_internal.h"
#include "simfacts.h"

#include <string.h>

static int named_leg(const struct sim_act *act, int i)
{
	return (int)(act->to_count > 0 ? act->recipients[i].leg : act->route_leg);
}

/* ---- custody ---- */

bool model_may_act(const struct model_branch *v, const struct sim_act *act)
{
	return v->open && v->offered == NOBODY && simfacts_is(act->sender, v->holder);
}

static bool may_move(const struct model_branch *v, const struct sim_act *act)
{
	return model_may_act(v, act) && !v->asked_back && act->version == v->version;
}

static void forget(struct model_branch *v)
{
	v->from = v->before = NOBODY;
	v->from_leg = v->from_branch = v->before_leg = v->before_branch = 0;
	v->asked_back = v->back = false;
	memset(v->accepted, 0, 16);
}

static void offer(struct model_branch *v, const struct sim_act *act, int i, int leg, const uint8_t id[16])
{
	v->offered = model_recipient(act, i);
	v->offer_leg = leg;
	v->offer_kind = act->kind;
	memcpy(v->offer, id, 16);
	v->trace = 0;
	v->version++;
}

void model_place(struct model_branch *v, int holder, int leg)
{
	forget(v);
	v->holder = simfacts_acts(holder); /* a stay is of who acts when it begins */
	v->leg = leg;
	v->fork_leg = 0;
	v->trace = v->work = 3;
	v->version++;
}

static void close_branch(struct model_branch *v)
{
	v->wants_papers = v->wants_fee = false;
	v->open = v->asked_back = false;
	v->offered = NOBODY;
	v->version++;
}

static struct model_branch *new_branch(struct model *card, int holder)
{
	struct model_branch *v = &card->branches[card->branches_count++];
	memset(v, 0, sizeof(*v));
	*v = (struct model_branch){ .open = true, .holder = holder, .version = 1 };
	v->offered = v->from = v->before = NOBODY;
	return v;
}

/* ---- OPEN, FORWARD, RETURN, RESULT ---- */

/* Leg 1 is the opener's own; after it comes leg 2. Without a leg, one of these two. */
static bool may_offer(const struct sim_act *act)
{
	/* who takes dossiers in for the opener: sim_genesis.c */
	bool own = simfacts_is(act->to, act->sender) || (act->sender <= DISTRICT && act->to > act->sender);
	if (act->route_leg == 0)
		return own || simfacts_is(act->to, DEPARTMENT);
	return act->route_leg == 1 ? own : act->route_leg == 2 && simfacts_is(act->to, DEPARTMENT);
}

static bool open_it(struct model *card, const struct sim_act *act, const uint8_t id[16])
{
	int leg = act->route_leg ? (int)act->route_leg : act->to == DEPARTMENT && act->to != act->sender ? 2 : 1;
	if (card->known || !may_offer(act))
		return false;
	memset(card, 0, sizeof(*card));
	card->known = true;
	card->stage = card->status = 2;
	card->origin = act->sender;
	card->chooses = act->procedure && strcmp(act->procedure, ROUTE_SOME) == 0;
	card->party[DEPARTMENT] = card->party[OTHER] = true; /* the lead, and who is paid */
	struct model_branch *v = new_branch(card, act->sender);
	v->leg = 1;
	if (act->to != act->sender) {
		offer(v, act, 0, leg, id);
		return true;
	}
	v->leg = leg;
	v->trace = v->work = 3;
	return true;
}

/* Of the legs that follow the one that is named, or the one that is the recipient's. */
static bool step_to(const struct model *card, const struct model_branch *v, const struct sim_act *act, int i, int *leg)
{
	int next[2], count = model_next(v, next), named = named_leg(act, i), found = 0;
	for (int k = 0; k < count; k++) {
		if (!simfacts_is(model_agency(card, next[k]), model_recipient(act, i)) ||
		    (named != 0 && named != next[k]))
			continue;
		*leg = next[k];
		found++;
	}
	return found == 1;
}

/* All that is open is before leg 5 or has passed it: who comes there waits, or joins. */
static bool meets_at_5(const struct model *card, const struct model_branch *v)
{
	for (int i = 0; i < card->branches_count; i++) {
		if (&card->branches[i] != v && card->branches[i].open)
			return true;
	}
	return false;
}

static void fork_it(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	int leg = v->leg;
	close_branch(v);
	for (int i = 0; i < model_recipients(act); i++) {
		struct model_branch *child = new_branch(card, act->sender);
		child->forked = true;
		child->leg = leg;
		child->fork_leg = named_leg(act, i);
		if (simfacts_is(model_recipient(act, i), act->sender))
			model_place(child, act->sender, named_leg(act, i));
		else
			offer(child, act, i, named_leg(act, i), id);
	}
}

/* 0: not allowed, 1: goes on, 2: ends at the join. A fork is whole. */
static int check_step(const struct model *card, const struct model_branch *v, const struct sim_act *act, int *leg)
{
	int next[2], legs[SIM_AGENCIES], count = model_recipients(act), ways = model_next(v, next);
	bool chooses = card->chooses && ways > 1;
	if (count > ways || (count < ways && !chooses) || (chooses && act->reason && !act->reason[0]))
		return 0;
	for (int i = 0; i < count; i++) {
		if (!step_to(card, v, act, i, leg))
			return 0;
		legs[i] = *leg;
	}
	if (count > 1)
		return legs[0] != legs[1] && card->branches_count + count <= MODEL_BRANCHES;
	return *leg == 5 && meets_at_5(card, v) ? 2 : 1;
}

static void go(struct model *card, struct model_branch *v, const struct sim_act *act, int leg, const uint8_t id[16])
{
	if (model_recipients(act) > 1)
		fork_it(card, v, act, id);
	else if (simfacts_is(model_recipient(act, 0), act->sender))
		model_place(v, act->sender, leg);
	else
		offer(v, act, 0, leg, id);
}

/* Leg 5 makes the result, which goes on by RESULT alone. */
static bool forward(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	int leg = 0, step = check_step(card, v, act, &leg);
	if (step == 0 || v->made || (v->leg == 5 && !v->fork_leg) ||
	    (model_status(card, v) != 2 && model_status(card, v) != 4) ||
	    (act->reason && !act->reason[0] && model_awaits_opinions(card, v)))
		return false;
	card->stage = 4;
	if (step == 2)
		close_branch(v);
	else
		go(card, v, act, leg, id);
	return true;
}

static bool send_back(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	int to = v->back ? v->before : v->from, leg = v->back ? v->before_leg : v->from_leg;
	if ((act->route_leg != 0 && (int)act->route_leg != leg) || to == NOBODY || !simfacts_is(to, act->to) ||
	    simfacts_is(act->to, act->sender) || (model_status(card, v) != 2 && model_status(card, v) != 4))
		return false;
	card->stage = 4;
	offer(v, act, 0, leg, id);
	return true;
}

static bool result(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	int leg = 0, step = 1;
	bool makes = v->leg == 5 && !v->fork_leg && v->made == 0;
	bool here = makes && model_recipients(act) == 1 && simfacts_is(model_recipient(act, 0), act->sender) &&
		    (named_leg(act, 0) == 0 || named_leg(act, 0) == 5);
	if ((!makes && v->made == 0) ||
	    (model_status(card, v) != 2 && model_status(card, v) != 4 && model_status(card, v) != 9))
		return false;
	if (!here)
		step = check_step(card, v, act, &leg);
	if (step == 0 || (makes && model_awaits_opinions(card, v)))
		return false;
	if (makes) {
		v->made = 5;
		v->made_by = v->holder;
		memcpy(v->made_id, id, 16);
	}
	card->stage = model_open_count(card) == 1 ? 9 : 4;
	if (here)
		v->version++;
	else
		go(card, v, act, leg, id);
	return true;
}

/* The offer is off. What nobody had before, an OPEN or a branch of a fork, is the giver's now, whoever acts for it. */
static void keep(struct model_branch *v)
{
	v->offered = NOBODY;
	v->version++;
	if ((v->fork_leg || v->offer_kind == LT_KIND_OPEN) && !v->kept)
		v->holder = simfacts_acts(v->holder);
	v->kept = true;
}

/* To the leg that made it, and who did. */
static void take_back(struct model *card, struct model_branch *v)
{
	if (v->offered != NOBODY || !simfacts_is(v->holder, v->made_by) || v->leg != v->made)
		model_place(v, v->made_by, v->made);
	v->holder = simfacts_acts(v->holder);
	v->offered = NOBODY;
	v->made = 0;
	memset(v->made_id, 0, 16);
	if (card->stage == 9)
		card->stage = 4;
}

/* ---- answers ---- */

static bool is_party(const struct model *card, int agency)
{
	bool found = false;
	for (int i = 0; i < SIM_AGENCIES; i++)
		found |= card->party[i] && simfacts_is(i, agency);
	return found;
}

static void write_before(struct model_branch *v, int who, int leg, int branch)
{
	v->before = who;
	v->before_leg = leg;
	v->before_branch = branch;
}

/* Who gave it, and who gave it to him. What is given back goes where it came from; a part of a fork is that part still. */
static int handed(struct model_branch *v, bool back)
{
	int fork = !back ? 0 : v->back ? v->before_branch : v->from_branch;
	if (back && v->back)
		write_before(v, NOBODY, 0, 0);
	else if (!back && !v->back)
		write_before(v, v->from, v->from_leg, v->from_branch);
	v->from = v->holder;
	v->from_leg = v->leg;
	v->from_branch = v->fork_leg;
	v->back = back;
	return fork;
}

static bool accept(struct model *card, struct model_branch *v, const struct sim_act *act)
{
	if (!simfacts_is(v->offered, act->sender) || act->version != v->version || !model_same(act->reply, v->offer) ||
	    !model_addressed(act, v->holder))
		return false;
	if (v->offer_kind == LT_KIND_OPEN && card->stage == 2)
		card->stage = 4;
	model_take_leg(card, v, act->sender, v->offer_leg, v->offer_kind);
	int fork = handed(v, v->offer_kind == LT_KIND_RETURN);
	v->holder = act->sender;
	v->leg = v->offer_leg;
	v->fork_leg = fork;
	v->offered = NOBODY;
	memcpy(v->accepted, v->offer, 16);
	v->trace = v->work = 3;
	v->version++;
	return true;
}

static bool refuse(struct model *card, struct model_branch *v, const struct sim_act *act)
{
	if (v->offered == NOBODY || !model_same(act->reply, v->offer))
		return is_party(card, act->sender);
	if (!simfacts_is(v->offered, act->sender) || act->version != v->version || !model_addressed(act, v->holder))
		return false;
	keep(v);
	if (v->offer_kind == LT_KIND_RESULT && v->made)
		take_back(card, v);
	v->trace = 2;
	return true;
}

static bool recall(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	bool offered = v->offered != NOBODY && model_same(act->reply, v->offer);
	bool accepted = v->open && v->offered == NOBODY && model_same(act->reply, v->accepted) &&
			simfacts_is(act->sender, v->from);
	if (offered && simfacts_is(act->sender, v->holder)) {
		if (act->version != v->version || !model_addressed(act, v->offered))
			return false;
		keep(v);
		if (v->made && model_same(act->reply, v->made_id))
			take_back(card, v);
		return true;
	}
	if (v->made && model_same(act->reply, v->made_id) &&
	    (simfacts_is(act->sender, DEPARTMENT) || (!offered && !accepted))) {
		if (!simfacts_is(act->sender, DEPARTMENT) || (model_status(card, v) != 4 && model_status(card, v) != 9))
			return false;
		take_back(card, v);
		return true;
	}
	if (!accepted || v->asked_back || (model_status(card, v) != 4 && model_status(card, v) != 9) ||
	    !model_addressed(act, v->holder))
		return false;
	v->asked_back = true;
	memcpy(v->asked, id, 16);
	v->trace = 13;
	return true;
}

static bool answer_recall(struct model *card, struct model_branch *v, const struct sim_act *act)
{
	struct model_branch was = *v;
	if (!model_may_act(v, act) || act->version != v->version || !v->asked_back ||
	    !model_same(act->reply, v->asked) || !model_addressed(act, v->from))
		return false;
	v->asked_back = false;
	v->trace = 16;
	if (act->agree == LT_AGREE_NO)
		return true;
	model_take_leg(card, v, was.from, was.from_leg, LT_KIND_RECALL_ANSWER);
	model_place(v, was.from, was.from_leg);
	v->fork_leg = was.from_branch;
	v->from = was.back ? was.holder : was.before;
	v->from_leg = was.back ? was.leg : was.before_leg;
	v->from_branch = was.back ? was.fork_leg : was.before_branch;
	if (was.back)
		write_before(v, was.before, was.before_leg, was.before_branch);
	if (v->made && v->made == v->leg && !v->fork_leg)
		take_back(card, v);
	v->trace = 15;
	return true;
}

/* What is stopped on several branches the lead hands back whole. */
static bool hand_over(struct model *card, struct model_branch *v, const struct sim_act *act)
{
	bool whole = card->stage == 8 && model_open_count(card) > 1 - !v->open && simfacts_is(act->sender, DEPARTMENT);
	if (whole ? act->version != v->version : !may_move(v, act) || model_open_count(card) > 1)
		return false;
	if (card->stage != 8 && (card->stage != 9 || model_leg_now(v) != 6))
		return false;
	card->stage = 10;
	for (int i = 0; i < card->branches_count; i++) {
		if (card->branches[i].open)
			close_branch(&card->branches[i]);
	}
	return true;
}

static bool kind(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	switch ((int)act->kind) {
	case LT_KIND_FORWARD:
		return may_move(v, act) && forward(card, v, act, id);
	case LT_KIND_RETURN:
		return may_move(v, act) && send_back(card, v, act, id);
	case LT_KIND_RESULT:
		return may_move(v, act) && result(card, v, act, id);
	case LT_KIND_TRANSFER:
		return may_move(v, act) && model_may_transfer(card, v, act) && (offer(v, act, 0, v->leg, id), true);
	case LT_KIND_HANDED_OVER:
		return hand_over(card, v, act);
	case LT_KIND_ACCEPT:
		return accept(card, v, act);
	case LT_KIND_REFUSE:
		return refuse(card, v, act);
	case LT_KIND_RECALL:
		return recall(card, v, act, id);
	case LT_KIND_RECALL_ANSWER:
		return answer_recall(card, v, act);
	case LT_KIND_CONSULT:
		return model_consult_them(card, v, act, id);
	case LT_KIND_OPINION:
		return model_opinion(card, act);
	case LT_KIND_REQUEST_SUPPLEMENT:
		return model_ask_supplement(card, v, act, id);
	case LT_KIND_SUPPLEMENT:
		return model_bring_supplement(card, act);
	case LT_KIND_REQUEST_FEE:
		return model_ask_fee(card, v, act, id);
	case LT_KIND_FEE_PAID:
		return model_pay_fee(card, act);
	case LT_KIND_WITHDRAW:
		return model_withdraw(card, v, act);
	case LT_KIND_STOP:
	case LT_KIND_RESUME:
		return model_stop_or_resume(card, v, act);
	case LT_KIND_STATUS:
		return model_tell_status(v, act);
	default:
		return false;
	}
}

/* 10, 8, 7, 9, 5, 6, then the stage: the first that is so. */
static int status_with(const struct model *card, bool papers, bool fee)
{
	if (card->stage == 10 || card->stage == 8)
		return card->stage;
	if (card->withdrawn)
		return 7;
	if (card->stage == 9)
		return 9;
	return papers ? 5 : fee ? 6 : card->stage;
}

int model_status(const struct model *card, const struct model_branch *v)
{
	return status_with(card, v->wants_papers, v->wants_fee);
}

static void settle(struct model *card)
{
	bool papers = false, fee = false;
	for (int i = 0; i < card->branches_count; i++) {
		papers |= card->branches[i].wants_papers;
		fee |= card->branches[i].wants_fee;
	}
	card->status = status_with(card, papers, fee);
}

/* Who is drained is offered nothing that it never had. */
static bool is_new_to_drained(const struct model *card, const struct sim_act *act)
{
	bool offers = act->kind == LT_KIND_OPEN || act->kind == LT_KIND_FORWARD || act->kind == LT_KIND_RETURN ||
		      act->kind == LT_KIND_TRANSFER || act->kind == LT_KIND_RESULT;
	for (int i = 0; offers && i < model_recipients(act); i++) {
		int to = simfacts_acts(model_recipient(act, i));
		bool had = !simfacts_drained(to) || simfacts_is(to, act->sender);
		for (int j = 0; j < SIM_AGENCIES; j++)
			had |= card->had[j] && simfacts_is(j, to);
		if (!had)
			return true;
	}
	return false;
}

bool model_act(struct model *card, const struct sim_act *act, const uint8_t id[16])
{
	bool done;
	int branch = act->branch ? (int)act->branch : 1;
	if (is_new_to_drained(card, act))
		return false;
	if (act->kind == LT_KIND_OPEN)
		done = open_it(card, act, id);
	else if (!card->known || !is_party(card, act->sender) || model_closed(card) || branch > card->branches_count)
		done = false;
	else
		done = kind(card, &card->branches[branch - 1], act, id);
	if (!done)
		return false;
	settle(card);
	card->had[card->origin] = true;
	for (int i = 0; i < card->branches_count; i++)
		card->had[card->branches[i].holder] = true;
	card->party[act->sender] = true;
	for (int i = 0; i < model_recipients(act); i++)
		card->party[model_recipient(act, i)] = true;
	return true;
}
