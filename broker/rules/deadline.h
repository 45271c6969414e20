/* deadline.h: the legal clocks of a dossier and of its branches, as state. What a due time is: law/worktime.h (arithmetic). When it is
 * asked: here. The kinds of envelopes call these functions from apply; nothing here reads a clock: act_legal is the record's time, or a sandbox's.
 *
 * A clock that stands in the state has at most one entry in STORE_DUE: (due time, dossier, branch, kind) -> generation. The
 * engine's tick turns what is due into ClockCommands; apply_clock ignores a stale generation, so each event happens once (G8),
 * also when the broker was down at that moment. due_first never moves; due_lawful moves by what stood, by a restart, by outages and by
 * the calendar, and alone judges; the appointment is what was told last. docs/clocks.md. */
#ifndef RULES_DEADLINE_H
#define RULES_DEADLINE_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

#include "wire/link.h"
#include "record/record.h"
#include "record/definitions.h"
#include "state/dossier_clock.h"

struct act;
struct branch;
struct consult;
struct consult_answer;
struct clock_wait;

/* The dossier's whole limit begins with its intake (OPEN), the leg's with HELD (ACCEPT, or OPEN to itself). Limits come from the
 * procedure version that the dossier keeps, and the fields that they depend on; the holder gives the office hours; of a leg that counts from the valid file it is the dossier's beginning. A leg that was begun before goes on where it was, or has the limit that its `again` says: the
 * time since it was left stood, but after a result, which was not good then, and when it was never left. */
void deadline_dossier_start(struct act *act);
/* Of a dossier of before: from when its limit counts, the appointment as the applicant was told (0: none was), and when its result was
 * made (0: it was not). */
void deadline_dossier_carry(struct act *act, int64_t from, int64_t appointment, int64_t done);
void deadline_leg_start(struct act *act, struct branch *branch, const struct lt_route_leg *leg, bool never_left);
/* The same leg at another holder, without a pause: `running` is its clock as it was before it ended with the giver's stay. */
void deadline_leg_go_on(struct act *act, struct branch *branch, const struct legal_clock *running);
/* The leg's work is done at this time, at the latest the record's: handed on by an accepted offer, or its result made. */
void deadline_leg_end(struct act *act, struct branch *branch, int64_t at);
void deadline_dossier_end(struct act *act);
/* The result was taken back: the dossier's clock goes on as if it had not ended, for the delay is the agencies' own. */
void deadline_dossier_reopen(struct act *act);
/* Which clocks stand: a branch's while papers or a fee are asked for on it, the dossier's while one of its branches stands or is worked
 * on at a leg whose time does not count, all while it is stopped. Asked after each change of that; clocks that go on have their due times moved, in the unit of their limit. */
void deadline_settle(struct act *act);
void deadline_settle_whole(struct act *act); /* the dossier's alone */
/* RESTART: the full limit of the branch and of the dossier is counted anew from now. A count that was over stays over. */
void deadline_restart(struct act *act, struct branch *branch);
/* The work goes back on its way: every leg that was done is counted anew when it is begun again. */
void deadline_restart_way(struct act *act);
/* deadline_apology.c: the dossier's appointment is put off, once, and with it that of the leg that the sender holds. STATUS_EDGE_ILLEGAL or
 * DUE_INVALID with the rule named otherwise. */
enum lt_reason deadline_apologise(struct act *act, struct branch *branch, int64_t new_due);
/* A hand-off was offered / answered. While it waits the sender's leg is not told of; refused or recalled, its clock never stood. After
 * the procedure's hand-off limit, counted from when it has arrived, a reminder, then escalation; of one that does not arrive, the escalation
 * alone. */
void deadline_offer_start(struct act *act, struct branch *branch);
/* It is on the receiver's disk: from now on its time counts. */
void deadline_offer_arrived(struct act *act, struct branch *branch);
void deadline_offer_end(struct act *act, struct branch *branch);
/* Until when it has to be answered, by the facts in force; 0: no calendar. */
int64_t deadline_offer_due(struct act *act, const struct branch *branch);
/* A consultation's time: deadline_consult.c. Counts until when each agency has to answer, and waits for the first; called again
 * after an answer, or a silence. */
void deadline_consult_go(struct act *act, struct consult *consult);
void deadline_consult_end(struct act *act, struct consult *consult);
/* Until when an agency has by the consultation's limit and due_at; 0: no calendar covers it. */
int64_t deadline_consult_due(struct act *act, const struct consult *consult, const char *agency);
/* Later, where a fact of working time that has come since says so; before it is asked whether an answer is late. */
void deadline_consult_recount(struct act *act, const struct consult *consult, struct consult_answer *answer);
/* Opinions and papers that are asked for: their time stands while the dossier may be withdrawn or is stopped, and is given back. */
void deadline_asked_stand(struct act *act);
void deadline_asked_go_on(struct act *act);
/* deadline_supplement.c: the applicant's time by the leg, the procedure or the law, in the origin's hours; 0: no calendar. */
int64_t deadline_supplement_due(struct act *act, const struct branch *branch);
/* asked: what the request gives; 0: the limit alone. Returns until when. */
int64_t deadline_supplement_start(struct act *act, struct branch *branch, int64_t asked);
/* Until when, by the facts in force: never earlier than was told. */
int64_t deadline_supplement_recount(struct act *act, struct branch *branch);
void deadline_supplement_end(struct act *act, struct branch *branch);
/* Papers that were missed: the refusal that the holder owes, counted from then. */
void deadline_refusal_start(struct act *act, struct branch *branch);
/* Whether a fact of working time that has come since gives more time for it; then that is waited for. */
bool deadline_refusal_moves(struct act *act, struct branch *branch);
/* Whether the holder may still ask for papers, by the working time that it has had: SUPPLEMENTS_EXHAUSTED. */
enum lt_reason deadline_check_ask(struct act *act, struct branch *branch);
/* The dossier is frozen: nothing of it falls due; and goes on. */
void deadline_freeze(struct act *act);
void deadline_thaw(struct act *act);
/* For views; `now` is the record time of the newest record. Minutes by the holder's office hours; counted by the facts in force. */
void deadline_view(struct act *act, const struct legal_clock *clock, const char *agency, int64_t now,
		   struct lt_clock_view *out);
/* What a clock came to at a time, for the record of a stay (stay_record.h): counted anew, clock and state stay as they are. */
struct deadline_sum {
	struct legal_clock clock; /* due times by the facts in force */
	uint32_t used, stood;     /* working minutes */
	uint32_t given;           /* what was given back: minutes, or days of a limit in days */
	uint32_t verdict;         /* enum lt_verdict_time */
};
void deadline_sum_up(struct act *act, const struct legal_clock *clock, const char *agency, int64_t now,
		     struct deadline_sum *out);
/* Working minutes by an agency's hours, those of outages not. */
uint32_t deadline_minutes(struct act *act, const char *agency, int64_t from, int64_t to);

/* A due clock: clock/apply_clock.c. */
enum lt_reason apply_clock(struct act *act);

#endif
