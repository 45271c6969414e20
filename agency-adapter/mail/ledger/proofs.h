/* proofs.h: a receipt is complete when the ledger has been shown to hold it: an inclusion path from its leaf, which we made, to the root
 * of a checkpoint that is signed and has grown out of the one before. Receipts without that wait here, in the order of their records.
 * Kept as long as their envelopes. Store thread for what writes. */
#ifndef ADAPTER_PROOFS_H
#define ADAPTER_PROOFS_H

#include "mail/outbox.h"

#include <lienthong/ledger.h>

/* The receipt of this envelope waits; `before`: the sequence that it had (0: none), which it has no more. */
enum lt_err proofs_wait(struct vault_tx *tx, uint64_t number, uint64_t before, uint64_t sequence);
/* Nothing waits any more: another ledger, in which every receipt is given again. */
enum lt_err proofs_forget_waiting(struct vault_tx *tx);
struct proofs_open {
	uint64_t sequence, number;
	size_t leaf_count; /* one for each signature that it went out with */
	uint8_t leaves[OUTBOX_SIGNATURES_MAX][32];
	size_t found; /* whoever asks the ledger: the leaf that it holds */
};
/* The first ones that wait, at most *count, with records up to `size`. */
enum lt_err proofs_waiting(struct vault_tx *tx, uint64_t size, struct proofs_open *out, size_t *count);
/* The path leads from the leaf to the checkpoint's root: whoever calls has checked it. */
enum lt_err proofs_complete(struct vault_tx *tx, const struct proofs_open *open, struct lt_bytes note,
			    const struct lt_bytes *hashes, size_t count);
/* The completed receipt as a tlog-proof, which anybody can check. LT_ENOENT: not yet. */
enum lt_err proofs_text(struct vault_tx *tx, uint64_t number, const struct outbox_state *state, struct lt_buf *out);
/* With the envelope. */
enum lt_err proofs_drop(struct vault_tx *tx, uint64_t number, uint64_t sequence);

#endif
