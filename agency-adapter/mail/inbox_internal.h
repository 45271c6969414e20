/* inbox_internal.h: between inbox_*.c and held.c. */
#ifndef ADAPTER_INBOX_INTERNAL_H
#define ADAPTER_INBOX_INTERNAL_H

#include "inbox.h"

/* A row of INBOX or HELD. */
enum lt_err inbox_encode(const struct inbox_delivery *delivery, const struct lt_refusal *fault, int64_t now,
			 const uint8_t digests[][32], struct lt_buf *out);
enum lt_err inbox_decode(struct lt_bytes value, struct inbox_item *out);
/* Stores the parts and counts a reference to each; digests: of what came. */
enum lt_err inbox_keep_parts(struct vault_tx *tx, const struct inbox_delivery *delivery, const struct lt_header *header,
			     int64_t now, uint8_t digests[][32]);
/* Into the inbox, or into quarantine when it has a fault; once. */
enum lt_err inbox_enter(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
			const struct lt_header *header, enum inbox_outcome *outcome, uint64_t *item);

/* inbox_offer.c: a good item has arrived: what it says of offers that are here, and whether it is one. */
enum lt_err inbox_offer_seen(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
			     const struct lt_header *header, uint64_t item);

#endif
