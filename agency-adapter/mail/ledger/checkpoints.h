/* checkpoints.h: the newest checkpoint of the broker's ledger that this adapter has checked, and what does not agree with it. What was
 * checked once is never given up for what the broker says later: a checkpoint is taken when the ledger has grown out of the one
 * kept, and anything else is broken: both are kept as evidence, and nothing is submitted until a person has looked. Source: proto/SPEC.md
 * section 6. Store thread for what writes. */
#ifndef ADAPTER_CHECKPOINTS_H
#define ADAPTER_CHECKPOINTS_H

#include "mail/directory_current.h"
#include "store/vault.h"

#include <lienthong/ledger.h>

struct checkpoints_kept {
	bool any;
	struct lt_checkpoint checkpoint;
	size_t note_len;
	uint8_t note[LT_CHECKPOINT_MAX];
	struct lt_refusal broken; /* reason 0: the broker's ledger agrees with it */
};
enum lt_err checkpoints_load(struct vault_tx *tx, struct checkpoints_kept *out);
enum lt_err checkpoints_keep(struct vault_tx *tx, struct lt_bytes note);
/* The same after a restore that the registrar has signed for: what was kept stays as evidence, and nothing is broken any more. */
enum lt_err checkpoints_follow(struct vault_tx *tx, const struct checkpoints_kept *kept, struct lt_bytes note,
			       int64_t now);
/* Keeps both notes as evidence; `why` is said until checkpoints_accept. */
enum lt_err checkpoints_break(struct vault_tx *tx, const struct checkpoints_kept *kept, struct lt_bytes note,
			      const char *why, int64_t now);
/* A person has looked: the evidence stays, and the next checkpoint that is signed is taken as the first one is. LT_ENOENT: nothing was
 * broken. */
enum lt_err checkpoints_accept(struct vault_tx *tx);

/* Signed by a key that the registrar's directory in force lists for the broker. */
bool checkpoints_signed(struct directory_current *book, struct lt_bytes note, struct lt_checkpoint *out,
			struct lt_refusal *refusal);
enum checkpoints_verdict {
	CHECKPOINTS_AGREE, /* the same, or the first of all */
	CHECKPOINTS_ASK,   /* larger: prove that it has grown out of the one kept */
	CHECKPOINTS_OTHER, /* of another origin, and the registrar has not said that it goes on from the one kept */
	CHECKPOINTS_BREAK, /* of the same origin, and no later one */
};
/* What the next checkpoint must have grown out of: the one kept; after a restore what both ledgers have in common of it. */
struct checkpoints_base {
	uint64_t size;
	uint8_t root[32];
	bool other; /* of another origin: a restore that the registrar has signed for */
};
/* A checkpoint whose signature holds against the one kept. `why` has room for 160 bytes; base is set when the verdict is ASK. */
enum checkpoints_verdict checkpoints_judge(struct directory_current *book, const struct checkpoints_kept *kept,
					   const struct lt_checkpoint *next, struct checkpoints_base *base, char *why);
/* True when `next` has grown out of the base. */
bool checkpoints_grown(const struct checkpoints_base *base, const struct lt_checkpoint *next,
		       const struct lt_bytes *hashes, size_t count);

#endif
