/* wait.h: what later items of a dossier wait behind: an item that is held, or one that came broken and that nobody has sent
 * anew yet. By agency, dossier and mailbox number, so that an agency gets a dossier's items in order (G4). The dossier of an item
 * that was not verified is a claim: believing it costs a delay, never an act. Store thread for what writes. */
#ifndef ADAPTER_WAIT_H
#define ADAPTER_WAIT_H

#include "store/vault.h"

#include <lienthong/envelope.h>

enum wait_cause { WAIT_HELD = 1, WAIT_BROKEN };
struct wait_place {
	const char *agency, *dossier;
	uint64_t number; /* in the mailbox */
};
enum lt_err wait_put(struct vault_tx *tx, const struct wait_place *place, enum wait_cause cause, uint64_t sequence,
		     const uint8_t id[16]);
enum lt_err wait_delete(struct vault_tx *tx, const struct wait_place *place, enum wait_cause cause);
/* Whether something waits before this place. */
enum lt_err wait_before(struct vault_tx *tx, const struct wait_place *place, bool *waits);
/* A good item: what came broken of the same record or under the same id is mended by it, and it takes its place: place->number goes
 * down to it. */
enum lt_err wait_mended(struct vault_tx *tx, struct wait_place *place, uint64_t sequence, const uint8_t id[16]);

#endif
