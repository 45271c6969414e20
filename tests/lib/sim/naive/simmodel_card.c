/* simmodel_card.c: what stands on the card of the naive rules, and in an act. */
#include "simmodel_internal.h"
#include "simfacts.h"

#include <string.h>

static const int follows[MODEL_LEGS][2] = { { 0 }, { 2 }, { 3, 4 }, { 5 }, { 5 }, { 6 }, { 0 } };

int model_agency(const struct model *card, int leg)
{
	if (leg < MODEL_LEGS && card->taken[leg])
		return card->taken[leg] - 1;
	switch (leg) {
	case 2:
	case 5:
		return DEPARTMENT;
	case 3:
		return MINISTRY;
	case 4:
		return OTHER;
	default:
		return card->origin;
	}
}

bool model_closed(const struct model *card)
{
	return model_open_count(card) == 0;
}

int model_open_count(const struct model *card)
{
	int count = 0;
	for (int i = 0; i < card->branches_count; i++)
		count += card->branches[i].open;
	return count;
}

int model_leg_now(const struct model_branch *v)
{
	return v->fork_leg ? v->fork_leg : v->leg;
}

int model_leg_ahead(const struct model_branch *v)
{
	return v->offered != NOBODY ? v->offer_leg : model_leg_now(v);
}

int model_next(const struct model_branch *v, int out[2])
{
	out[0] = v->fork_leg ? v->fork_leg : follows[v->leg][0];
	out[1] = v->fork_leg ? 0 : follows[v->leg][1];
	return (out[0] != 0) + (out[1] != 0);
}

bool model_same(const uint8_t *a, const uint8_t *b)
{
	return a && b && b[6] != 0 && memcmp(a, b, 16) == 0;
}

int model_recipients(const struct sim_act *act)
{
	return act->to_count > 0 ? (int)act->to_count : 1;
}

int model_recipient(const struct sim_act *act, int i)
{
	return act->to_count > 0 ? act->recipients[i].agency : act->to;
}

bool model_addressed(const struct sim_act *act, int agency)
{
	bool found = simfacts_is(act->sender, agency);
	for (int i = 0; i < model_recipients(act); i++)
		found |= simfacts_is(model_recipient(act, i), agency);
	return found;
}
