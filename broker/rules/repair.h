/* repair.h: the acts on a frozen dossier: command/apply_repair.c. */
#ifndef BROKER_REPAIR_H
#define BROKER_REPAIR_H

#include "apply.h"

/* ADMIN_SKIP, at its own place: RECORD_UNKNOWN where the store has the effect of what was skipped. */
enum lt_reason apply_skip(struct act *act);
/* ADMIN_DOSSIER_REPAIR and _CLOSE: kept, until another user confirms it; a later proposal takes its place. */
enum lt_reason apply_propose(struct act *act);
/* ADMIN_DOSSIER_CONFIRM: RECORD_UNKNOWN: the proposal is another; OPERATOR_NOT_ADMITTED: it is the same user's. */
enum lt_reason apply_confirm(struct act *act);

#endif
