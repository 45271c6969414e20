/* ledger.h: the Merkle tree (RFC 6962) over the leaf hashes of all records. A leaf is lt_leaf_hash of the record's bytes,
 * never of part bytes, so that parts can go and every proof stays. Record n is leaf n - 1. Engine thread. */
#ifndef BROKER_LEDGER_H
#define BROKER_LEDGER_H

#include <lienthong/merkle.h>
#include "journal.h"

struct ledger {
	struct lt_merkle tree;
};
void ledger_init(struct ledger *ledger);
uint64_t ledger_size(const struct ledger *ledger); /* the sequence of its last record */
/* Adds a batch; its first sequence must be the next one. */
void ledger_append(struct ledger *ledger, const struct journal_batch *batch);
void ledger_root(const struct ledger *ledger, uint8_t root[32]);
/* Size and peaks, little-endian; what must be kept to go on after a start. LT_ENOMEM; LT_EPARSE. */
enum lt_err ledger_encode(const struct ledger *ledger, struct lt_buf *out);
enum lt_err ledger_decode(struct lt_bytes bytes, struct ledger *out);
/* Adds what the journal has from the ledger's size up to `last`. LT_ENOENT, LT_ECORRUPT. */
enum lt_err ledger_replay(struct ledger *ledger, struct journal *journal, uint64_t last);

#endif
