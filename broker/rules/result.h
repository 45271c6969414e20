/* result.h: a result that was made and is taken back, by who refuses it or by the lead. */
#ifndef BROKER_RESULT_H
#define BROKER_RESULT_H

#include "apply.h"

/* The branch has one (made_leg), open or closed at its join: it goes back to the leg that made it, held by who made it or acts for
 * them, and the dossier is in progress (4) again. The time since the result counts there. */
void result_take_back(struct act *act, struct branch *branch);

#endif
