/* spool_rows.h: what the spool keeps in the store: under which name an envelope of ours lies in `sent`, and how far the feed was followed.
 * Store thread for what writes. */
#ifndef ADAPTER_SPOOL_ROWS_H
#define ADAPTER_SPOOL_ROWS_H

#include "spool_folders.h"

#include "mail/history/feed.h"
#include "store/vault.h"

struct spool_row {
	char name[SPOOL_NAME_MAX];
	bool over; /* the broker has rejected it, and it lies in `failed` */
};
enum lt_err spool_row_get(struct vault_tx *tx, uint64_t number, struct spool_row *out); /* LT_ENOENT */
enum lt_err spool_row_put(struct vault_tx *tx, uint64_t number, const struct spool_row *row);
/* The first at or after *number. LT_ENOENT. */
enum lt_err spool_row_next(struct vault_tx *tx, uint64_t *number, struct spool_row *out);
/* Of envelopes that the outbox has let go. */
enum lt_err spool_rows_purge(struct vault_tx *tx);
/* number 0: it was never followed. */
enum lt_err spool_place_get(struct vault_tx *tx, struct feed_place *out);
enum lt_err spool_place_put(struct vault_tx *tx, const struct feed_place *place);

#endif
