/* offer_back.h: what operators do about a dossier that stands still though nothing is wrong with it: apply_remind.c, apply_offer_back.c. An operator
 * moves no custody by himself: he reminds, of a dossier or an agency of its own matters; and what was offered to somebody who does not answer stays with its holder, when two have
 * said so. Source: docs/decisions/0087. */
#ifndef RULES_OFFER_BACK_H
#define RULES_OFFER_BACK_H

#include "rules/apply.h"

/* REMIND: a notice with the operator's reason to each who owes something now; with a record of the dossier that its receiver could not take,
 * to who holds what was offered by it, or else to all holders, lead and origin. DOSSIER_UNKNOWN, DOSSIER_FROZEN, RECORD_UNKNOWN; ALREADY_SO:
 * nobody owes anything. */
enum lt_reason remind(struct act *act);
/* AGENCY_REMIND: one notice of no dossier with the operator's reason, to an agency or who acts for it. AGENCY_UNKNOWN: nor is there one when the
 * directory names no broker to sign it; RECIPIENTS_INVALID: the broker itself. */
enum lt_reason remind_agency(struct act *act);

/* OFFER_BACK: kept until another user confirms it; a later proposal takes its place. BRANCH_UNKNOWN, REPLY_UNKNOWN: nothing is offered;
 * OFFER_OPEN: its receiver can still answer in time. */
enum lt_reason offer_back_propose(struct act *act);
/* The effect, after the users were looked at; who saves the dossier is the caller. STALE_VERSION: it was answered, or offered again. */
enum lt_reason offer_back_confirm(struct act *act, const struct dossier_proposal *proposal);

#endif
