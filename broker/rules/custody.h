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
/* STATUS_EDGE_ILLEGAL to who would answer what was registered with it as if it had been offered. */
enum lt_reason custody_check_offered(struct act *act, const struct branch *branch);
/* STALE_VERSION names the present version, custody and holder. */
enum lt_reason custody_check_version(struct act *act, const struct branch *branch);
/* STATUS_EDGE_ILLEGAL when the status is none of these, bits 1 << status, as the holder of the branch that the header names sees it:
 * what another branch asks for does not hold up this one. */
enum lt_reason custody_check_status(struct act *act, unsigned statuses);
/* The same of a branch; NULL: of the dossier. */
enum lt_reason custody_check_status_of(struct act *act, const struct branch *branch, unsigned statuses);
/* The status as the holder of a branch sees it. */
enum status custody_status(struct act *act, const struct branch *branch);

/* Whether the sender is, or acts for, this agency. False for "". */
bool custody_sender_is(const struct act *act, const char *agency);
/* The lead; while none is known, who holds the branch. */
bool custody_sender_leads(const struct act *act, const struct branch *branch);
/* Whether recipient i is this agency, or who acts for it. */
bool custody_recipient_is(const struct act *act, size_t i, const char *agency);
/* RECIPIENTS_INVALID when `agency` is not among the recipients. The sender need not name itself. */
enum lt_reason custody_check_addressed(struct act *act, const char *agency, const char *why);
/* RECIPIENT_SUSPENDED: nothing is asked of an agency that cannot answer. */
enum lt_reason custody_check_reachable(struct act *act);
/* Before custody is offered: that too; RECIPIENT_DRAINED: it takes no dossier that it has neither opened nor held. */
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
/* -> HELD(agency) at a leg, without an offer: what SUPPLEMENT and a result that is taken back do. It came from nobody then. how: the stay of
 * who had it has ended. */
void custody_place(struct act *act, struct branch *branch, const char *agency, uint32_t leg, enum lt_stay_end how);
/* RECALL_ANSWER yes: -> HELD(who gave it), at its leg, and from whom that one had it. */
void custody_give_back(struct act *act, struct branch *branch);
void custody_close(struct act *act, struct branch *branch, enum lt_stay_end how);
/* A new branch of the sender's, HELD, version 1. NULL when DOSSIER_BRANCHES_MAX are there. */
struct branch *custody_add(struct act *act);

/* The work has come to this stage, seen from a branch (NULL: from the dossier): STATUS_EDGE_ILLEGAL by the table of edges, and nothing has
 * changed. Else as custody_settle. */
enum lt_reason custody_set_stage(struct act *act, const struct branch *branch, enum status stage);
/* After each change of the stage or of what is asked for: the dossier's status follows from them, and which clocks stand. */
void custody_settle(struct act *act);
/* The holder's stay at branch->leg begins; ends now. An accepted offer has ended the giver's when it was made. */
void custody_start_leg(struct act *act, struct branch *branch);
void custody_end_stay(struct act *act, struct branch *branch, enum lt_stay_end how);
/* Nothing is asked of the applicant on it any more; custody_settle follows. */
void custody_forget_requests(struct act *act, struct branch *branch);
/* 4..7 -> 8: what was asked for is off, the clocks stand. Also for a supplement that was not brought in time. */
enum lt_reason custody_stop(struct act *act);
bool custody_has_id(const uint8_t id[16]); /* not zero */

#endif
