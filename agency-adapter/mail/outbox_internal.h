/* outbox_internal.h: what the files of the outbox share. */
#ifndef ADAPTER_OUTBOX_INTERNAL_H
#define ADAPTER_OUTBOX_INTERNAL_H

#include "outbox.h"

/* The envelope is stored, with its signature, at the end of the transaction. */
enum lt_err outbox_sign_later(struct vault_tx *tx, const struct speaker *speaker, const struct speaker_agency *agency,
			      uint64_t number, struct lt_bytes header);
/* For vault_defer; ctx is the speaker. */
enum lt_err outbox_sign(void *ctx, struct vault_tx *tx, struct lt_bytes notes);

#endif
