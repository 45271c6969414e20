/* simmodel_internal.h: what the files of the naive rules share. */
#ifndef TESTS_SIMMODEL_INTERNAL_H
#define TESTS_SIMMODEL_INTERNAL_H

#include "simmodel.h"

bool model_same(const uint8_t *a, const uint8_t *b);
int model_recipients(const struct sim_act *act);
int model_recipient(const struct sim_act *act, int i);
bool model_addressed(const struct sim_act *act, int agency);
bool model_may_act(const struct model_branch *v, const struct sim_act *act);
int model_leg_ahead(const struct model_branch *v);
void model_place(struct model_branch *v, int holder, int leg);
bool model_may_transfer(const struct model *card, const struct model_branch *v, const struct sim_act *act);
/* Before `who` has it at a leg: whether that is the leg where it is, which it has taken over then, or given back. */
bool model_take_leg(struct model *card, const struct model_branch *v, int who, int leg, enum lt_kind by);
bool model_consult_them(struct model *card, const struct model_branch *v, const struct sim_act *act,
			const uint8_t id[16]);
bool model_opinion(struct model *card, const struct sim_act *act);
bool model_ask_supplement(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16]);
bool model_bring_supplement(struct model *card, const struct sim_act *act);
bool model_ask_fee(struct model *card, struct model_branch *v, const struct sim_act *act, const uint8_t id[16]);
bool model_pay_fee(struct model *card, const struct sim_act *act);
bool model_withdraw(struct model *card, const struct model_branch *v, const struct sim_act *act);
bool model_tell_status(struct model_branch *v, const struct sim_act *act);
bool model_stop_or_resume(struct model *card, const struct model_branch *v, const struct sim_act *act);

#endif
