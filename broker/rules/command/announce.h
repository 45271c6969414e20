/* announce.h: what an operator announces of an agency: apply_announce.c. Drained, nothing new is offered to it, while what it has had goes
 * on and comes back; closed for a time, it is offered things as ever, and who waits for it is told until when. Neither moves a due time.
 * Source: docs/decisions/0085. */
#ifndef RULES_ANNOUNCE_H
#define RULES_ANNOUNCE_H

#include "rules/apply.h"

/* Of one closure, and so far ahead it may be announced: who does not come back in a quarter of a year, others must act for (a directory's
 * valid_to), and a mistyped year keeps nobody waiting. */
#define CLOSURE_DAYS_MAX 92
#define CLOSURE_AHEAD_DAYS_MAX 366

/* DRAIN, CLOSURE, REOPEN. AGENCY_UNKNOWN; ALREADY_SO; DEFINITION_INVALID of a closure's times. */
enum lt_reason announce_drain(struct act *act);
enum lt_reason announce_closure(struct act *act);
enum lt_reason announce_reopen(struct act *act);
/* A part of RESUME: whether it was drained. STORE_DAMAGED. */
enum lt_reason announce_undrain(struct act *act, const char *agency, bool *drained);

#endif
