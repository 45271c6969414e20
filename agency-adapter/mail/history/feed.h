/* feed.h: everything that changes, in one order: one row an event of lib/wire/event.def, written in the transaction that makes it so.
 *
 * A row carries a tag that is made of the one before it and its own bytes. A place in the feed is number and tag, so it is the place of one
 * history only: after a restore from a backup, or a new installation, the places that are no more are known by their tags, whatever numbers
 * were given again. Rows go after FEED_KEEP_US; the newest stays for ever, as it carries the tag on. Store thread for what writes. */
#ifndef ADAPTER_FEED_H
#define ADAPTER_FEED_H

#include "wire/event.h"
#include "store/vault.h"

#include <lienthong/envelope.h>

#define FEED_KEEP_US (30LL * 24 * 3600 * 1000000) /* as long as an envelope is kept: what is told can be looked up */

struct feed_event {
	enum lt_event event;
	int64_t time;
	char agency[LT_AGENCY_MAX]; /* ours that it concerns; "": all */
	char dossier[LT_DOSSIER_MAX];
	enum lt_kind kind;
	uint8_t id[16];         /* of the envelope, ours or the item's; zeros: of none */
	uint64_t item;          /* number in the inbox; 0: it is about none */
	uint8_t reply[16];      /* the envelope that answers it; zeros: none */
	char by[LT_AGENCY_MAX]; /* who did it, when that is another */
	enum lt_reason reason;
};
struct feed_place {
	uint64_t number;
	uint8_t tag[8];
};
/* The next one of the feed. */
enum lt_err feed_tell(struct vault_tx *tx, const struct feed_event *event);
/* The first one behind the place that can be read; LT_ENOENT: there is none yet. */
enum lt_err feed_next(struct vault_tx *tx, struct feed_place *place, struct feed_event *out);
/* Whether what follows this place is what followed it when it was given. Of one that was damaged since it is taken as known. */
bool feed_knows(struct vault_tx *tx, const struct feed_place *place);
enum lt_err feed_newest(struct vault_tx *tx, struct feed_place *out); /* zeros: nothing was told yet */
/* Looks at up to `limit` rows from number *from on and drops those that are old enough. *from moves on, past those that must stay, and is 0
 * again when all that are old enough were looked at. */
enum lt_err feed_purge(struct vault_tx *tx, int64_t now, size_t limit, uint64_t *from);

#endif
