/* comeback.h: a store that came back from a backup, or is a new one in the place of another, has forgotten what was sent after it: what
 * waited to be sent is lost, and a repeated Idempotency-Key would act twice.
 *
 * Three signs say that it is so: the store is in another file than the one that it was written to; it is new where this adapter has been
 * in session before; the broker holds more of an agency's mail as RECEIVED than is here. A new store without the second sign waits for
 * the third: until its first WELCOME it cannot tell a new key from a repeat.
 *
 * The key is in the id: its last 62 bits are of a digest over sender and key. From such a sign on, for as long as a key holds, the broker is
 * asked once about each dossier that a key not known here is for, and ids of ours that it tells are kept: the key that made one of them
 * is a repeat. Store thread for what writes. */
#ifndef ADAPTER_COMEBACK_H
#define ADAPTER_COMEBACK_H

#include "mail/speaker.h"
#include "store/vault.h"

#include <lienthong/envelope.h>

/* Puts sender and key into a new id. */
void comeback_bind(uint8_t id[16], const char *sender, const char *key);
/* At the start, before anything is asked; mark: vault_mark's; met: this adapter has been in session before. */
enum lt_err comeback_begin(struct vault_tx *tx, int64_t now, uint64_t mark, bool met);
/* Of a WELCOME: the highest number that the broker holds as RECEIVED by the agency, and the one that is on disk here. */
enum lt_err comeback_met(struct vault_tx *tx, int64_t now, const char *agency, uint64_t received, uint64_t stored);
/* Whether the store is new and no WELCOME has come yet. */
enum lt_err comeback_alone(struct vault_tx *tx, bool *out);
/* When the newest of these signs was seen; 0: none, or no key is so old. */
enum lt_err comeback_since(struct vault_tx *tx, int64_t now, int64_t *out);
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
