/* simowed.h: what a view says of who owes what and who may do what, held against what the engine does. Whatever is wrong ends the
 * cmocka test. */
#ifndef TESTS_SIMOWED_H
#define TESTS_SIMOWED_H

#include "sim.h"

/* In an open dossier somebody owes something, and whoever does may send a kind that ends it; in a closed one nobody does. */
void simowed_check(const struct lt_dossier_view *view);
/* Whether the view says that an act may be sent. True for what it does not list: OPEN, REFUSE of what is no offer, and what the
 * procedure lets others do beside the origin (FEE_PAID, WITHDRAW). */
bool simowed_could(const struct lt_dossier_view *view, const struct sim_act *act);

#endif
