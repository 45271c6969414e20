/* simmodel_transfer.c: the naive rules of a leg that goes to another agency. All agencies here are of one level. */
#include "simmodel_internal.h"
#include "simfacts.h"

bool model_may_transfer(const struct model *card, const struct model_branch *v, const struct sim_act *act)
{
	int status = model_status(card, v);
	return (status == 2 || status == 4) && v->leg != 5 && !v->fork_leg && !v->made &&
	       !simfacts_is(act->to, act->sender) && (act->route_leg == 0 || (int)act->route_leg == v->leg);
}

bool model_take_leg(struct model *card, const struct model_branch *v, int who, int leg, enum lt_kind by)
{
	bool back = card->taken[leg] != 0 && (by == LT_KIND_RETURN || by == LT_KIND_RECALL_ANSWER);
	if (v->leg != leg || v->fork_leg || (by != LT_KIND_TRANSFER && !back))
		return false;
	card->taken[leg] = 0;
	if (!simfacts_is(model_agency(card, leg), who))
		card->taken[leg] = who + 1;
	return true;
}
