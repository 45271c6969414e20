/* simstays.h: the time of dossiers a second time, naively: minute by minute, from what a clerk sees change on the card of simmodel.h. Shares
 * nothing with the broker's clocks. Which minutes are worked: simfacts.h; each leg has 2 working days, the whole has 20. */
#ifndef TESTS_SIMSTAYS_H
#define TESTS_SIMSTAYS_H

#include "simmodel.h"

struct simstays;
struct simstays *simstays_new(void);
void simstays_free(struct simstays *stays);
/* An act was admitted at this time: the card before and after it. */
void simstays_act(struct simstays *stays, const struct model *before, const struct model *after,
		  const struct sim_act *act, int64_t now);
/* Each row that has ended is as it was expected, and the dossier's clock. To be called after each act, with its time; 0: of the clock
 * nothing is asked. Ends the test otherwise. */
void simstays_check(struct simstays *stays, const struct lt_dossier_view *view, int64_t now);
size_t simstays_late(const struct simstays *stays); /* rows so far that were late */

#endif
