/* right.h: may this sender do this at all: law/access.h asked of an act, before any rule of its kind. */
#ifndef BROKER_RIGHT_H
#define BROKER_RIGHT_H

#include "apply.h"

/* Finds the dossier that the header names. Who is no party does not see it: act->dossier->number is 0 then, as when it does not exist,
 * so nothing of it is told or changed; act->taken says that the code is in use. All envelopes of a dossier name it in one way, as it was
 * opened: to whom they come, and who checks them later, compare letters. So under another spelling of its code it is not found either,
 * but who is a party is told which (act->known_as). */
void right_find(struct act *act);
/* DOSSIER_UNKNOWN for who is no party, and for another spelling. OPEN: the code, the procedure in force (which the act keeps), its opener, its recipient; then
 * that the code is new in every spelling. */
enum lt_reason right_check(struct act *act);
/* Whoever is sent a dossier or holds a branch of it is a party: it may ask, and is told what becomes of it. RECIPIENTS_INVALID: with these
 * it would have more than DOSSIER_PARTIES_MAX. Who acts for a party is none more. */
enum lt_reason right_parties(struct act *act, const char *const *agencies, size_t count);

#endif
