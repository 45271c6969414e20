/* correct.h: the operators' correcting row: apply_correct.c. A row of the stays never changes; what was wrong in it, as a day off that was decreed
 * later than the stay ended, is said by another row beside it. docs/decisions/0056. */
#ifndef RULES_CORRECT_H
#define RULES_CORRECT_H

#include "rules/apply.h"

/* STAY_CORRECT: a row with the verdict as it is takes effect at once; with another it is kept until another user confirms it, and a later
 * proposal takes its place. DOSSIER_UNKNOWN, DOSSIER_FROZEN, RECORD_UNKNOWN, DEFINITION_INVALID. */
enum lt_reason correct_stay(struct act *act);
/* Into act->dossier, what an operator's act is about. DOSSIER_UNKNOWN, DOSSIER_FROZEN, STORE_DAMAGED. */
enum lt_reason correct_find(struct act *act);
/* Whether DOSSIER_CONFIRM is about a correction or an offer that comes back, and then its effect. RECORD_UNKNOWN, OPERATOR_NOT_ADMITTED as repair.h. */
bool correct_waits(struct act *act);
enum lt_reason correct_confirm(struct act *act);

#endif
