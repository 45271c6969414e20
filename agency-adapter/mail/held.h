/* held.h: items that are stored and RECEIVED but not in the inbox yet, because of ourselves: our list or directory is old, our clock
 * is wrong, or an earlier item of the dossier waits. They are tried again with every new list, directory and clock, and now and then;
 * whoever tries does so outside the store's transaction, from the first to the last, so an agency's order is kept. */
#ifndef ADAPTER_HELD_H
#define ADAPTER_HELD_H

#include "inbox.h"
#include "wait.h"

struct held_key {
	uint8_t bytes[VAULT_KEY_MAX];
	size_t len; /* 0: before the first */
};
extern const struct lt_refusal held_behind; /* the cause: something before it of its dossier waits */
/* Store thread: keeps a delivery at a place of its mailbox; once, however often it comes. header: as its bytes say. */
enum lt_err held_put(struct vault_tx *tx, int64_t now, const struct inbox_delivery *delivery,
		     const struct lt_header *header, const struct wait_place *place, const struct lt_refusal *cause);
/* The first one behind `key`, which moves on to it; a copy with its parts, for inbox_delivery_free. LT_ENOENT at the end. */
enum lt_err held_next(struct vault_tx *tx, struct held_key *key, struct inbox_delivery **out);
/* Store thread: the delivery of `key` was checked again. It goes into the inbox, into quarantine, or stays. */
enum lt_err held_settle(struct vault_tx *tx, const struct speaker *speaker, const struct held_key *key,
			const struct inbox_delivery *delivery, enum inbox_outcome *outcome, uint64_t *item);
/* How many, and what the first of them waits for. */
struct held_figures {
	uint64_t count;
	struct lt_refusal cause; /* reason 0: none, or all wait for what is broken */
};
enum lt_err held_figures(struct vault_tx *tx, struct held_figures *out);

#endif
