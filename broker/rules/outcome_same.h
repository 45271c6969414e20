/* outcome_same.h: whether a replay came to the outcome that the record has. What decides is compared: numbers, codes, times, of a
 * refusal the sentence's number and parameters, the digest of the dossier's new value, and of each notice what it is about and whom
 * it goes to. The texts of notices are not: they are the record's, and nothing in the state comes from them. */
#ifndef BROKER_OUTCOME_SAME_H
#define BROKER_OUTCOME_SAME_H

#include "apply.h"

/* recorded: encoded Outcome; made: act->outcome, and its encoding, which settles nearly all. */
bool outcome_same(const struct act *act, struct lt_bytes made, struct lt_bytes recorded);

#endif
