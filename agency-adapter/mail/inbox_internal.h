/* inbox_internal.h: between inbox_*.c and held.c. */
#ifndef ADAPTER_INBOX_INTERNAL_H
#define ADAPTER_INBOX_INTERNAL_H

#include "mail/history/feed.h"
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

/* The only way from one status to another: asserts that the edge is legal, keeps the state and tells the feed. */
enum lt_err inbox_change(struct vault_tx *tx, const struct speaker *speaker, uint64_t number,
			 const struct inbox_item *item, struct inbox_state *state, enum inbox_status status);
void inbox_set_status(struct inbox_state *state, enum inbox_status status); /* inbox_change alone */
/* inbox_offer.c: a good item has arrived: what it says of offers that are here, and whether it is one. */
enum lt_err inbox_offer_seen(struct vault_tx *tx, const struct speaker *speaker, const struct inbox_delivery *delivery,
			     const struct lt_header *header, uint64_t item);

#endif
