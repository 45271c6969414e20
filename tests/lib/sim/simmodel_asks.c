/* simmodel_asks.c: the naive rules of what is asked for: opinions, supplements, fees, withdrawals. */
#include "simmodel_internal.h"

#include <string.h>

static const int allowed_requests[MODEL_LEGS] = { 1, 1, 1, 2, 0, 1, 0 };

/* ---- consultations ---- */

static bool in_charge(const struct model_branch *v, const struct sim_act *act)
{
	return act->sender == v->holder ? model_may_act(v, act) : act->sender == DEPARTMENT && v->open;
}

bool model_consult_them(struct model *card, const struct model_branch *v, const struct sim_act *act,
			const uint8_t id[16])
{
	if (!in_charge(v, act) || (card->status != 2 && card->status != 4) || card->consults_count == MODEL_CONSULTS)
		return false;
	struct model_consult new = { .by = act->sender, .branch = (int)(v - card->branches) };
	new.leg = model_leg_ahead(v);
	for (int i = 0; i < model_recipients(act); i++)
		new.asked[model_recipient(act, i)] = true;
	if (new.asked[act->sender])
		return false;
	memcpy(new.id, id, 16);
	card->consults[card->consults_count++] = new;
	return true;
}

bool model_awaits_opinions(const struct model *card, const struct model_branch *v)
{
	for (int i = 0; i < card->consults_count; i++) {
		const struct model_consult *c = &card->consults[i];
		for (int a = 0; a < SIM_AGENCIES; a++) {
			if (c->branch == (int)(v - card->branches) && c->leg == model_leg_ahead(v) && c->asked[a] &&
			    !c->said[a])
				return true;
		}
	}
	return false;
}

bool model_opinion(struct model *card, const struct sim_act *act)
{
	for (int i = 0; i < card->consults_count; i++) {
		struct model_consult *c = &card->consults[i];
		if (!model_same(act->reply, c->id))
			continue;
		if (!c->asked[act->sender] || c->said[act->sender] || !model_addressed(act, c->by))
			return false;
		c->said[act->sender] = act->agree == LT_AGREE_NO ? 2 : 1;
		return true;
	}
	return false;
}

/* ---- supplements, fees, withdrawal ---- */

static bool running(const struct model *card)
{
	return card->status == 2 || card->status == 4;
}

bool model_ask_supplement(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	int leg = model_leg_now(v);
	if (!model_may_act(v, act) || !running(card) || !model_addressed(act, card->origin) ||
	    card->requests[leg] >= allowed_requests[leg])
		return false;
	card->requests[leg]++;
	card->supplements++;
	card->before_supplement = card->status;
	card->status = 5;
	card->supplement_branch = (int)(v - card->branches);
	memcpy(card->supplement, id, 16);
	return true;
}

bool model_bring_supplement(struct model *card, const struct sim_act *act)
{
	struct model_branch *v = &card->branches[card->supplement_branch];
	int leg = model_leg_now(v), to = leg;
	if (act->sender != card->origin || card->status != 5 || !model_same(act->reply, card->supplement))
		return false;
	if (leg == 5)
		to = 2;
	else if (leg != 2 && leg != 0 && !v->forked)
		to = 1;
	if (!model_addressed(act, to == leg ? v->holder : model_agency(card, to)))
		return false;
	card->status = to != leg ? 2 : card->before_supplement;
	memset(card->supplement, 0, 16);
	if (to != leg)
		model_place(v, model_agency(card, to), to);
	return true;
}

bool model_ask_fee(struct model *card, const struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	if (!model_may_act(v, act) || !running(card) || !model_addressed(act, card->origin))
		return false;
	card->before_fee = card->status;
	card->status = 6;
	card->fee_branch = (int)(v - card->branches);
	memcpy(card->fee, id, 16);
	return true;
}

bool model_pay_fee(struct model *card, const struct sim_act *act)
{
	int asker = card->branches[card->fee_branch].holder;
	if (card->status != 6 || !model_same(act->reply, card->fee) || !model_addressed(act, asker) ||
	    (act->sender != card->origin && act->sender != asker && act->sender != OTHER))
		return false;
	card->status = card->before_fee;
	memset(card->fee, 0, 16);
	return true;
}

bool model_withdraw(struct model *card, const struct model_branch *v, const struct sim_act *act)
{
	if (act->sender != card->origin || (!running(card) && card->status != 5 && card->status != 6) ||
	    (!model_addressed(act, v->holder) && !model_addressed(act, DEPARTMENT)))
		return false;
	for (int i = 0; i < card->branches_count; i++) {
		if (card->branches[i].open && model_leg_ahead(&card->branches[i]) >= 5)
			return false;
	}
	card->before_withdrawal = card->status;
	card->status = 7;
	return true;
}

bool model_stop_or_resume(struct model *card, const struct model_branch *v, const struct sim_act *act)
{
	bool lead = act->sender == DEPARTMENT, holder = v->open && act->sender == v->holder;
	if ((!lead && !holder) || !model_addressed(act, card->origin))
		return false;
	if (act->kind == LT_KIND_STOP) {
		if (!running(card) && (card->status < 5 || card->status > 7))
			return false;
		card->status = 8;
		memset(card->supplement, 0, 16);
		memset(card->fee, 0, 16);
		return true;
	}
	if (card->status == 7)
		card->status = card->before_withdrawal;
	else if (card->status == 8 && lead)
		card->status = 4;
	else
		return false;
	return true;
}
