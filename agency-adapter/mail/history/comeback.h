/* comeback.h: a store that came back from a backup has forgotten what was sent after it, and a repeated Idempotency-Key would act twice.
 *
 * So the key is in the id: its last 62 bits are of a digest over sender and key. A store that finds itself in another file than the one it
 * was written to was copied; from then on, for as long as a key holds, the broker is asked once about each dossier that a key not known
 * here is for, and ids of ours that it tells are kept: the key that made one of them is a repeat. Store thread for what writes. */
#ifndef ADAPTER_COMEBACK_H
#define ADAPTER_COMEBACK_H

#include "mail/speaker.h"
#include "store/vault.h"

#include <lienthong/envelope.h>

/* Puts sender and key into a new id. */
void comeback_bind(uint8_t id[16], const char *sender, const char *key);
/* At the start, before anything is asked; mark: vault_mark's. */
enum lt_err comeback_begin(struct vault_tx *tx, int64_t now, uint64_t mark);
/* An act of ours whose id is bound to its key. *found: the broker has it, under the id in `id`; *ask: nobody has asked about its dossier
 * yet. Neither: it is new. */
enum lt_err comeback_find(struct vault_tx *tx, int64_t now, const char *dossier, uint8_t id[16], bool *found,
			  bool *ask);
/* What the broker knows of a dossier, as it told this agency of ours: ids of ours, 16 bytes each. */
enum lt_err comeback_learn(struct vault_tx *tx, int64_t now, const char *dossier, const char *agency,
			   const uint8_t *ids, size_t count);
/* Of an id that is not here: the dossier in which the broker has it, and on whose behalf it was asked. LT_ENOENT: nobody knows of it. */
enum lt_err comeback_where(struct vault_tx *tx, const uint8_t id[16], char dossier[LT_DOSSIER_MAX],
			   char agency[LT_AGENCY_MAX]);

#endif
