/* deadline.h: the legal clocks of a dossier and of its branches, as state. What a due time is: clock.h (arithmetic). When it is
 * asked: here. The kinds of envelopes call these functions from apply; nothing here reads a clock: act->time is the record's time.
 *
 * A clock that stands in the state has at most one entry in STORE_DUE: (due time, dossier, branch, kind) -> generation. The
 * engine's tick turns what is due into ClockCommands; apply_clock ignores a stale generation, so each event happens once (G8),
 * also when the broker was down at that moment. due_original never moves, due_current does. Source: DOMAIN sections 2 and 7. */
#ifndef RULES_DEADLINE_H
#define RULES_DEADLINE_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

#include "wire/link.h"
#include "record/record.h"
#include "record/definitions.h"

struct act;
struct branch;
struct consult;
struct legal_clock;
struct clock_wait;

/* The dossier's whole limit begins with its intake (OPEN), the leg's with HELD (ACCEPT, or OPEN to itself). Limits come from the
 * procedure version that the dossier keeps; `agency` gives the office hours. */
void deadline_dossier_start(struct act *act);
void deadline_leg_start(struct act *act, struct branch *branch, const char *agency, const struct lt_limit *limit);
/* The leg's work is done: handed on by an accepted offer, or its result made. The verdict of the control sheet follows from it. */
void deadline_leg_end(struct act *act, struct branch *branch);
void deadline_dossier_end(struct act *act);
/* Supplement, fee, stop: all running clocks of the dossier stand still. */
void deadline_suspend(struct act *act);
/* On again: SUSPEND moves due_current by the working time that it stood; RESTART counts the full limit anew from now. */
void deadline_resume(struct act *act, enum lt_clock_policy policy);
/* Once, before expiry, and later than the present due time: STATUS_EDGE_ILLEGAL with the rule named otherwise. */
enum lt_reason deadline_apologise(struct act *act, struct branch *branch, int64_t new_due);
/* A hand-off was offered / answered: delivered but not accepted within the procedure's hand-off limit -> reminder, then escalation. */
void deadline_offer_start(struct act *act, struct branch *branch);
void deadline_offer_end(struct act *act, struct branch *branch);
/* A consultation's time: deadline_consult.c. Counts until when each agency has to answer, and waits for the first; called again
 * after an answer, or a silence. */
void deadline_consult_go(struct act *act, struct consult *consult);
void deadline_consult_end(struct act *act, struct consult *consult);
/* Until when an agency has by the consultation's limit and due_at; 0: no calendar covers it. */
int64_t deadline_consult_due(struct act *act, const struct consult *consult, const char *agency);
/* All of the dossier stand while it may be withdrawn or is stopped, and get that time back. */
void deadline_consults_stand(struct act *act);
void deadline_consults_go_on(struct act *act);
/* The applicant's time to bring supplements. */
void deadline_supplement_start(struct act *act, int64_t due); /* 0: the procedure's supplement_limit from now */
void deadline_supplement_end(struct act *act);
/* For views and the control sheet; `now` is the record time of the newest record. Minutes by the holder's office hours. */
void deadline_view(struct act *act, const struct legal_clock *clock, const char *agency, int64_t now,
		   struct lt_clock_view *out);

/* A due clock: clock/apply_clock.c. */
enum lt_reason apply_clock(struct act *act);

#endif
