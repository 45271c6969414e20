/* reorganise.h: an agency's valid_to has come: its mail goes over to who acts for it now. Dossiers need nothing: succession.h.
 *
 * From the cut until a closed agency's mailbox is `passed`, mail for its successors about its dossiers still goes to the end of
 * its mailbox, so that each dossier's mail reaches the successor in order (G4). CLOCK_REORGANISE commands, one of at most
 * REORGANISE_ENTRIES entries each, carry it over: what was not fetched, and of what was fetched, the mail of dossiers that the
 * agency holds or is offered, since its adapter may not answer any more. Engine thread; called by apply alone. */
#ifndef BROKER_REORGANISE_H
#define BROKER_REORGANISE_H

#include "apply.h"

#define REORGANISE_ENTRIES 1000u /* of one command: about 5 ms of apply, so that others' mail is not held up */

/* CLOCK_REORGANISE: subject is the agency. Does nothing for one that is not closed, or done. */
enum lt_reason apply_reorganise(struct act *act);
/* Whose mailbox mail of act->dossier to this agency goes into now. */
const char *reorganise_mailbox(struct act *act, const char *to);

#endif
