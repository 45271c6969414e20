/* silence.h: work in which nothing happens: no act of its holder about a branch, STATUS counts, for half the leg's limit and for 8 working
 * hours at least. Told once a stay, by clock/apply_leg_silent.c; how long it has been silent shows until the next act. A leg without a
 * limit has no half. docs/clocks.md. */
#ifndef RULES_SILENCE_H
#define RULES_SILENCE_H

#include "rules/apply.h"

/* The holder's stay begins, ends. */
void silence_begin(struct act *act, struct branch *branch);
void silence_end(struct act *act, struct branch *branch);
/* An act took effect: of its holder, it breaks the silence. */
void silence_break(struct act *act);
/* When a branch about which nothing is done from then on is silent; 0: never, or no calendar covers it. */
int64_t silence_due(struct act *act, const struct branch *branch, int64_t from);
void silence_wait(struct act *act, struct branch *branch, int64_t due);

#endif
