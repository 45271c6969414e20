/* carried.h: OPEN of a dossier of before (`carried`): it stands where its recipient and leg say, and its clocks count from its true dates.
 * Source: docs/decisions/0068. */
#ifndef RULES_CARRIED_H
#define RULES_CARRIED_H

#include "rules/apply.h"

/* Whether a dossier can stand at this leg on one branch alone, and whether its results are made there as the header says:
 * NOT_AT_THIS_LEG, CARRY_DATE_WRONG. Writes nothing. */
enum lt_reason carried_check(struct act *act, uint32_t leg);
/* Status and clock of the dossier; it is received. The branch is its first; own: the opener does the leg, else it is offered. */
void carried_place(struct act *act, struct branch *branch, uint32_t leg, bool own);

#endif
