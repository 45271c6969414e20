/* custody.h: the checks and moves that kinds share. One branch's custody: HELD, OFFERED, CLOSED (docs/dossier.md).
 *
 * Agencies that stand in a dossier are compared by succession.h: after a reorganisation the successor acts. */
#ifndef BROKER_CUSTODY_H
#define BROKER_CUSTODY_H

#include "apply.h"

/* The branch that the header names: DOSSIER_UNKNOWN, DOSSIER_CLOSED, BRANCH_UNKNOWN. */
enum lt_reason custody_find(struct act *act, struct branch **out);
/* For acts of the holder while nothing is offered: NOT_HOLDER, BRANCH_CLOSED, OFFER_OPEN. */
enum lt_reason custody_check_holder(struct act *act, const struct branch *branch);
/* The same for what moves custody, which is compare-and-set: and RECALL_OPEN, STALE_VERSION. */
enum lt_reason custody_check_held(struct act *act, const struct branch *branch);
/* For acts of the holder or the lead, on an open branch: NOT_HOLDER, BRANCH_CLOSED, OFFER_OPEN for a holder. */
enum lt_reason custody_check_in_charge(struct act *act, const struct branch *branch);
/* STALE_VERSION names the present version, custody and holder. */
enum lt_reason custody_check_version(struct act *act, const struct branch *branch);
/* STATUS_EDGE_ILLEGAL when the dossier's status is none of these: bits 1 << status. */
enum lt_reason custody_check_status(struct act *act, unsigned statuses);

/* Whether the sender is, or acts for, this agency. False for "". */
bool custody_sender_is(const struct act *act, const char *agency);
/* The lead; while none is known, who holds the branch. */
bool custody_sender_leads(const struct act *act, const struct branch *branch);
/* Whether recipient i is this agency, or who acts for it. */
bool custody_recipient_is(const struct act *act, size_t i, const char *agency);
/* RECIPIENTS_INVALID when `agency` is not among the recipients. The sender need not name itself. */
enum lt_reason custody_check_addressed(struct act *act, const char *agency, const char *why);
/* RECIPIENT_SUSPENDED: nothing is asked of an agency that cannot answer. */
enum lt_reason custody_check_offer(struct act *act);
bool custody_to_itself(const struct act *act, size_t i);

/* HELD -> OFFERED to recipient i, for this leg of the route. */
void custody_offer(struct act *act, struct branch *branch, size_t i, uint32_t leg);
/* -> HELD(holder), which stays the same. */
void custody_keep(struct act *act, struct branch *branch);
/* HELD -> HELD(holder) at another leg of its own. */
void custody_move(struct act *act, struct branch *branch, uint32_t leg);
/* OFFERED -> HELD(sender). */
void custody_pass(struct act *act, struct branch *branch);
/* -> HELD(agency) at a leg, without an offer: what RECALL_ANSWER and SUPPLEMENT do. It came from nobody then. */
void custody_place(struct act *act, struct branch *branch, const char *agency, uint32_t leg);
void custody_close(struct act *act, struct branch *branch);
/* A new branch of the sender's, HELD, version 1. NULL when DOSSIER_BRANCHES_MAX are there. */
struct branch *custody_add(struct act *act);

/* All clocks of the dossier stand still, and run again. Each does nothing when it is so already. */
void custody_suspend_clocks(struct act *act);
void custody_resume_clocks(struct act *act, enum lt_clock_policy policy);
/* The clock of the holder's leg begins, ends. */
void custody_start_leg(struct act *act, struct branch *branch);
void custody_end_leg(struct act *act, struct branch *branch);
/* 4..7 -> 8: what was asked for is off, the clocks stand. Also for a supplement that was not brought in time. */
enum lt_reason custody_stop(struct act *act);
bool custody_has_id(const uint8_t id[16]); /* not zero */

#endif
