/* receipts.h: the broker's ADMITTED is looked at before it is believed. One that cannot be, and one that is not the one that we have,
 * changes nothing; it is kept with ours as evidence, and the adapter is red for RECEIPTS_RED_US. (Whether a receipt stands in the
 * ledger is shown by its proofs, not here.) Store thread for what writes. */
#ifndef ADAPTER_RECEIPTS_H
#define ADAPTER_RECEIPTS_H

#include "mail/outbox.h"

#define RECEIPTS_RED_US (24LL * 3600 * 1000000)
#define RECEIPTS_NEAR_US \
	(15LL * 60 * 1000000)    /* an id may be 10 minutes ahead of the broker, and our clock is not its */
#define RECEIPTS_KEPT_MAX 10000u /* pieces of evidence; the first ones say what there is to say */

/* What is wrong with it; NULL: nothing. queued: the envelope has no final answer yet. */
const char *receipts_doubt(const struct outbox_state *state, bool queued, const struct outbox_answer *answer,
			   int64_t now);
enum lt_err receipts_keep(struct vault_tx *tx, const struct outbox_state *state, const struct outbox_answer *answer,
			  const char *doubt, int64_t now);
/* A receipt that another one takes the place of, since the broker was restored: it stays as evidence, with what proved it. */
enum lt_err receipts_replaced(struct vault_tx *tx, uint64_t number, const struct outbox_state *state, int64_t now);
/* One piece of evidence, kept as long as there is room. id NULL: of no envelope. */
enum lt_err receipts_evidence(struct vault_tx *tx, const uint8_t *id, uint64_t sequence, struct lt_bytes what,
			      int64_t now);
/* When the newest came, and how many there are; 0: none. */
enum lt_err receipts_newest(struct vault_tx *tx, int64_t *at, uint64_t *count);

#endif
