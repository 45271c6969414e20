/* drain.h: no dead ends: in whatever state a dossier was left, who owes something does it, again and again, and the dossier comes to its end. */
#ifndef TESTS_DRAIN_H
#define TESTS_DRAIN_H

#include "world.h"

enum { DRAIN_STEPS = 400 }; /* of one dossier: far more than any needs */

static int drain_index(const char *code)
{
	int i = 0;
	while (strcmp(sim_codes[i], code) != 0)
		i++;
	return i;
}

static void drain_on(const struct model *card, const struct model_branch *v, struct sim_act *act)
{
	int next[2], count = model_next(v, next);
	bool twice = count == 2 && simfacts_is(model_agency(card, next[0]), model_agency(card, next[1]));
	for (int i = 0; i < count; i++) {
		act->recipients[i].leg = (uint32_t)next[i];
		act->recipients[i].agency = model_agency(card, next[i]);
	}
	act->to_count = (size_t)count;
	if (twice && act->recipients[0].agency == act->recipients[1].agency) {
		*act = (struct sim_act){ .kind = LT_KIND_STOP, .dossier = act->dossier, .branch = act->branch };
		act->to = card->origin; /* one offer names nobody twice */
	}
}

static void drain_held(const struct model *card, const struct model_branch *v, struct sim_act *act)
{
	bool ends = card->stage == 8 || (card->stage == 9 && model_leg_now(v) == 6);
	if (ends || (v->leg == 5 && !v->fork_leg && !v->made)) {
		act->kind = ends ? LT_KIND_HANDED_OVER : LT_KIND_RESULT;
		act->to = ends ? card->origin : v->holder;
		return;
	}
	act->kind = v->made ? LT_KIND_RESULT : LT_KIND_FORWARD;
	act->reason = v->made ? NULL : "chon";
	drain_on(card, v, act);
}

/* Who has to be named when papers come: who does the leg that they lead back to, which may have been transferred; else the holder. */
static int drain_goes_on(const struct model *card, const struct model_branch *v)
{
	int leg = model_leg_now(v), to = leg == 5 ? 2 : leg != 2 && leg != 0 && !v->forked ? 1 : 0;
	return to == 0 || model_agency(card, to) == card->origin ? v->holder : model_agency(card, to);
}

static void drain_asked(const struct model *card, const struct lt_owed *owed, struct sim_act *act)
{
	const struct model_branch *v = &card->branches[owed->branch - 1];
	switch ((int)owed->what) {
	case LT_OWED_ACCEPT:
		*act = (struct sim_act){ .kind = LT_KIND_ACCEPT, .to = v->holder, .reply = v->offer };
		break;
	case LT_OWED_ANSWER_RECALL:
		*act = (struct sim_act){ .kind = LT_KIND_RECALL_ANSWER, .to = v->from, .reply = v->asked };
		act->agree = LT_AGREE_NO;
		break;
	case LT_OWED_DECIDE_WITHDRAW:
		*act = (struct sim_act){ .kind = LT_KIND_RESUME, .to = card->origin };
		break;
	case LT_OWED_OPINION:
		*act = (struct sim_act){ .kind = LT_KIND_OPINION, .to = card->consults[owed->consult - 1].by };
		act->reply = card->consults[owed->consult - 1].id;
		break;
	case LT_OWED_SUPPLEMENT:
		*act = (struct sim_act){ .kind = LT_KIND_SUPPLEMENT, .reply = v->papers };
		act->to = drain_goes_on(card, v);
		break;
	case LT_OWED_FEE:
		*act = (struct sim_act){ .kind = LT_KIND_FEE_PAID, .to = v->holder, .reply = v->fee };
		break;
	case LT_OWED_WORK:
	case LT_OWED_HAND_OUT:
		drain_held(card, v, act);
		break;
	default:
		fail_msg("nobody owes %s here", lt_owed_name(owed->what));
	}
}

static void drain_dossier(struct world *world, int dossier,
			  bool (*do_act)(struct world *world, int dossier, struct sim_act *act))
{
	const struct model *card = &world->cards[dossier];
	char code[LT_DOSSIER_MAX];
	code_of(dossier, code);
	for (int step = 0; card->known && !model_closed(card); step++) {
		const struct lt_dossier_view *view = sim_dossier(world->sim, code);
		size_t at = (size_t)step % view->owed_count;
		for (size_t i = 0; i < view->owed_count; i++) /* a result waits for opinions */
			at = view->owed[i].what == LT_OWED_OPINION ? i : at;
		struct lt_owed owed = view->owed[at];
		struct sim_act act = { .dossier = code, .branch = owed.branch };
		int who = drain_index(owed.who);
		drain_asked(card, &owed, &act);
		act.dossier = code;
		act.branch = owed.branch;
		act.version = card->branches[owed.branch - 1].version;
		act.sender = who;
		if (!do_act(world, dossier, &act))
			fail_msg("%s: %s owes %s of branch %u and does it by %s: refused", code, sim_codes[who],
				 lt_owed_name(owed.what), owed.branch, lt_kind_name(act.kind));
		if (step == DRAIN_STEPS)
			fail_msg("%s comes to no end", code);
	}
}

#endif
