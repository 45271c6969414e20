/* intake.h: what is registered with a one-stop, which has to receive or reject it: its time for that, as a wait with a row of its own
 * (stay_record.h). It counts from the registration, anew when papers or a fee that were asked for have come, by the one-stop's hours and
 * the procedure's `intake_limit`; 8 working hours without one. docs/decisions/0054. */
#ifndef RULES_INTAKE_H
#define RULES_INTAKE_H

#include "rules/apply.h"

/* After each change of the dossier's status: begins the wait at 1, ends it when it is anything else. custody_settle calls it. */
void intake_settle(struct act *act);
/* The one-stop has it from now on: the clocks start. The stage is the caller's. */
void intake_receive(struct act *act, struct branch *branch);
/* Before a kind does its work: who goes to work on what it registered with itself has received it by that, since nobody waits for its
 * answer (docs/decisions/0054). Does nothing otherwise; what the kind refuses afterwards undoes it. */
void intake_by_work(struct act *act);
/* Until when it has by the facts in force, and waits for that. */
void intake_wait(struct act *act, struct branch *branch);
struct lt_limit intake_limit(struct act *act);

#endif
