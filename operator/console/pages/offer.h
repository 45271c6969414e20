/* offer.h: what was offered and nobody answers: whether an operator may propose that it comes back to its holder. The rule is the broker's
 * (broker/rules/command/apply_offer_back.c), here read out of the copy for each page that shows who owes an answer. */
#ifndef PAGES_OFFER_H
#define PAGES_OFFER_H

#include "layout.h"

/* The form, folded, with why; nothing while its receiver may still answer, or when something else is owed. For who has the role operator. */
void offer_put_back(struct visit *visit, const char *code, const struct lt_owed *owed);

#endif
