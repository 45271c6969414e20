/* clock_internal.h: what the events of the clocks share. Their commands come from apply_clock.c, which has loaded act->dossier. */
#ifndef RULES_CLOCK_INTERNAL_H
#define RULES_CLOCK_INTERNAL_H

#include "rules/deadline_internal.h"

/* The refusal of a command whose clock has moved since. */
enum lt_reason clock_stale(struct act *act);
/* The command is about what is waited for now. */
bool clock_is_asked(const struct lt_clock_command *command, uint32_t kind, int64_t due, uint32_t generation);
/* Writes act->dossier; a record that tells nobody anything is no hop of it. */
void clock_save(struct act *act);
/* The branch that the outcome names. */
void clock_name_leg(struct act *act, const struct branch *branch);
/* Recipients of a notice: the branch's holder, or NULL: the holders of all that are open; the lead; the origin. */
void clock_tell_holders(struct act *act, struct notice *notice, const struct branch *branch);
/* The offices above those that are late: above the branch's holder, or NULL: above the holders of all that are open. */
void clock_tell_above(struct act *act, struct notice *notice, const struct branch *branch);
/* The event has happened, for its counter in the status. */
void clock_count(struct act *act);

#define LT_CLOCK(name, rule, ...) enum lt_reason apply_##rule(struct act *act);
#include "record/clock.def"
#undef LT_CLOCK

#endif
