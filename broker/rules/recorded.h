/* recorded.h: a record of the journal applied by what it says that it did, without the rule that made it: the record that an operator has
 * skipped, and those behind it of the same dossier up to the skip's own place in the journal (docs/decisions/0036).
 *
 * What such a record gave out stays given: mailbox entries under their numbers, the wait of its parts, notices to be signed, the dense
 * number and code of a new dossier, its place in the chain. The dossier itself stays as it was before the first of them, frozen: no clock
 * of it is left. Its sender is told POISONED when it offers the envelope again. All of it comes from the journal alone, so every machine
 * that replays it has the same state. Engine thread, replay. */
#ifndef BROKER_RECORDED_H
#define BROKER_RECORDED_H

#include "apply.h"

/* The dossier that a record is about; 0: of none, or of several: such a record is not skipped. act: command and header are set. */
uint64_t recorded_dossier(const struct act *act, const struct lt_outcome *outcome);
/* Whether the record is about this dossier, whoever sent it. */
bool recorded_is_about(struct act *act, const struct lt_outcome *outcome, uint64_t number);
/* Applies act->command by `outcome` and `previous`, as they stand in the record. skipped: it is the first one. act->outcome and what
 * apply_remember takes are filled; sequence and time of the state are set. LT_ECORRUPT: the numbers do not follow, or the dossier cannot be
 * read; act->refusal.detail says which. */
enum lt_err recorded_apply(struct act *act, const struct lt_outcome *outcome, uint64_t number, bool skipped);

/* The notices that a record made wait for their signatures. dossier: theirs; 0: each of the one that it names, by way of act->dossier. */
void recorded_notices(struct act *act, const struct lt_outcome *outcome, uint64_t dossier);

#endif
