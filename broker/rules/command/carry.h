/* carry.h: windows for dossiers of before: apply_carry.c. An operator proposes one for an agency (and those under it) or a procedure,
 * another user confirms it; while it is open these agencies OPEN dossiers that they had received before it began, with their true dates.
 * Source: docs/decisions/0068. */
#ifndef RULES_CARRY_H
#define RULES_CARRY_H

#include "rules/apply.h"

#define CARRY_DAYS_MAX 366 /* of one window: who moves in takes some months; who needs more has it confirmed again */

/* CARRY_OPEN, CARRY_CONFIRM, CARRY_CLOSE. DEFINITION_INVALID; RECORD_UNKNOWN, OPERATOR_NOT_ADMITTED as repair.h; ALREADY_SO. */
enum lt_reason carry_propose(struct act *act);
enum lt_reason carry_confirm(struct act *act);
enum lt_reason carry_close(struct act *act);
/* Whether the OPEN of a dossier of before may be: CARRY_NOT_OPEN, or CARRY_DATE_WRONG of a date that is ahead. */
enum lt_reason carry_check(struct act *act);

#endif
