/* opinions.h: what a leg of kind consult owes before it goes on: everybody whom the procedure names is asked, and has answered or let
 * its time go by. docs/decisions/0042. */
#ifndef RULES_OPINIONS_H
#define RULES_OPINIONS_H

#include "apply.h"

/* CONSULT: RECIPIENTS_INVALID names whom the leg must ask too. Who was asked here before counts; who else is asked is free. */
enum lt_reason opinions_check_all_asked(struct act *act, const struct branch *branch);
/* STATUS_EDGE_ILLEGAL while a refusal is owed: the applicant did not bring the papers, and no late ones have come. */
enum lt_reason opinions_check_refusal(struct act *act, const struct branch *branch);
/* FORWARD, RESULT: the same, unless it is the refusal; REASON_REQUIRED names who was not asked, or has not answered, unless `why` says why it goes on. */
enum lt_reason opinions_check_complete(struct act *act, const struct branch *branch, const char *why);
/* Whom the branch's leg still has to ask, with the role filled; in the arena. Views. */
size_t opinions_list_unasked(struct act *act, const struct branch *branch, const char ***out);

#endif
