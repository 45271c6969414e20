/* outbox_internal.h: what the files of the outbox share. */
#ifndef ADAPTER_OUTBOX_INTERNAL_H
#define ADAPTER_OUTBOX_INTERNAL_H

#include "mail/history/feed.h"
#include "outbox.h"

#include "base/fields.h"

/* A rejection within a row. */
void outbox_rejection_put(struct fields_writer *writer, const struct outbox_rejection *rejection);
void outbox_rejection_get(struct fields_reader *reader, struct outbox_rejection *out);
/* An event about one of ours alone. */
enum lt_err outbox_tell(struct vault_tx *tx, int64_t now, const struct outbox_state *state, enum lt_event event);
/* A text that must fit. */
void outbox_copy_text(struct fields_reader *reader, char *out, size_t size);
/* An offer was admitted just now: it is not known to have arrived. */
enum lt_err outbox_arriving(struct vault_tx *tx, int64_t now, uint64_t number);
/* With the envelope. */
enum lt_err outbox_drop_replies(struct vault_tx *tx, uint64_t number, size_t recipients);

/* The envelope is stored, with its signature, at the end of the transaction. */
enum lt_err outbox_sign_later(struct vault_tx *tx, const struct speaker *speaker, const struct speaker_agency *agency,
			      uint64_t number, struct lt_bytes header);
/* A row of VAULT_ENVELOPE. The first signature is the one in use, by the certificate of this SHA-256 (zeros: not known); behind it
 * others that it went out with: one of them may be what the broker has recorded, or had before a restore. Views. */
struct outbox_signed {
	struct lt_bytes header;
	uint8_t signer[32];
	size_t count;
	struct lt_bytes signatures[OUTBOX_SIGNATURES_MAX];
};
enum lt_err outbox_get_signed(struct vault_tx *tx, uint64_t number, struct outbox_signed *out);
enum lt_err outbox_put_signed(struct vault_tx *tx, uint64_t number, const struct outbox_signed *all);
/* For vault_defer; ctx is the speaker. */
enum lt_err outbox_sign(void *ctx, struct vault_tx *tx, struct lt_bytes notes);

#endif
