/* simmodel_asks.c: the naive rules of what is asked for: opinions, supplements, fees, withdrawals; and what is told. */
#include "simmodel_internal.h"
#include "simfacts.h"

#include <string.h>

static const int allowed_requests[MODEL_LEGS] = { 1, 1, 1, 2, 0, 1, 0 };

/* ---- consultations ---- */

static bool in_charge(const struct model_branch *v, const struct sim_act *act)
{
	return simfacts_is(act->sender, v->holder) ? model_may_act(v, act)
						   : simfacts_is(act->sender, DEPARTMENT) && v->open;
}

bool model_consult_them(struct model *card, const struct model_branch *v, const struct sim_act *act,
			const uint8_t id[16])
{
	if (!in_charge(v, act) || (model_status(card, v) != 2 && model_status(card, v) != 4) ||
	    card->consults_count == MODEL_CONSULTS)
		return false;
	struct model_consult new = { .by = act->sender, .branch = (int)(v - card->branches) };
	new.leg = model_leg_ahead(v);
	for (int i = 0; i < model_recipients(act); i++)
		new.asked[model_recipient(act, i)] = true;
	for (int a = 0; a < SIM_AGENCIES; a++) {
		if (new.asked[a] && simfacts_is(a, act->sender))
			return false;
	}
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
		for (int a = 0; a < SIM_AGENCIES && model_addressed(act, c->by); a++) {
			if (!c->asked[a] || c->said[a] || !simfacts_is(a, act->sender))
				continue;
			c->said[a] = act->agree == LT_AGREE_NO ? 2 : 1;
			return true;
		}
		return false;
	}
	return false;
}

/* ---- supplements, fees, withdrawal ---- */

static bool running(const struct model *card, const struct model_branch *v)
{
	return model_status(card, v) == 2 || model_status(card, v) == 4;
}

bool model_ask_supplement(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	int leg = model_leg_now(v);
	if (!model_may_act(v, act) || !running(card, v) || !model_addressed(act, card->origin) ||
	    card->requests[leg] >= allowed_requests[leg])
		return false;
	card->requests[leg]++;
	card->supplements++;
	v->wants_papers = true;
	memcpy(v->papers, id, 16);
	return true;
}

bool model_bring_supplement(struct model *card, const struct sim_act *act)
{
	for (int i = 0; i < card->branches_count; i++) {
		struct model_branch *v = &card->branches[i];
		int leg = model_leg_now(v), to = leg;
		if (!v->wants_papers || !model_same(act->reply, v->papers))
			continue;
		if (leg == 5)
			to = 2;
		else if (leg != 2 && leg != 0 && !v->forked)
			to = 1;
		if (!simfacts_is(act->sender, card->origin) || model_status(card, v) != 5 ||
		    !model_addressed(act, to == leg ? v->holder : model_agency(card, to)))
			return false;
		v->wants_papers = false;
		if (to == leg)
			return true;
		if (leg != 2 && model_open_count(card) == 1)
			card->stage = 2;
		model_place(v, model_agency(card, to), to);
		return true;
	}
	return false;
}

bool model_ask_fee(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16])
{
	if (!model_may_act(v, act) || !running(card, v) || !model_addressed(act, card->origin))
		return false;
	v->wants_fee = true;
	memcpy(v->fee, id, 16);
	return true;
}

bool model_pay_fee(struct model *card, const struct sim_act *act)
{
	for (int i = 0; i < card->branches_count; i++) {
		struct model_branch *v = &card->branches[i];
		if (!v->wants_fee || !model_same(act->reply, v->fee))
			continue;
		if (model_status(card, v) != 6 || !model_addressed(act, v->holder) ||
		    (!simfacts_is(act->sender, card->origin) && !simfacts_is(act->sender, v->holder) &&
		     !simfacts_is(act->sender, model_agency(card, 4))))
			return false;
		v->wants_fee = false;
		return true;
	}
	return false;
}

bool model_withdraw(struct model *card, const struct model_branch *v, const struct sim_act *act)
{
	if (!simfacts_is(act->sender, card->origin) || card->status < 2 || (card->status > 6) ||
	    (!model_addressed(act, v->holder) && !model_addressed(act, DEPARTMENT)))
		return false;
	for (int i = 0; i < card->branches_count; i++) {
		if (card->branches[i].open && model_leg_ahead(&card->branches[i]) >= 5)
			return false;
	}
	card->withdrawn = true;
	return true;
}

bool model_stop_or_resume(struct model *card, const struct model_branch *v, const struct sim_act *act)
{
	bool lead = simfacts_is(act->sender, DEPARTMENT), holder = v->open && simfacts_is(act->sender, v->holder);
	if ((!lead && !holder) || !model_addressed(act, card->origin))
		return false;
	if (act->kind == LT_KIND_STOP) {
		if (card->status > 7)
			return false;
		card->stage = 8;
		card->withdrawn = false;
		for (int i = 0; i < card->branches_count; i++)
			card->branches[i].wants_papers = card->branches[i].wants_fee = false;
		return true;
	}
	if (card->status == 7)
		card->withdrawn = false;
	else if (card->status == 8 && lead)
		card->stage = 4;
	else
		return false;
	return true;
}

bool model_tell_status(struct model_branch *v, const struct sim_act *act)
{
	if (!model_may_act(v, act) || (int)act->trace != v->work + 1)
		return false;
	v->trace = v->work = (int)act->trace;
	return true;
}
