/* times.h: at what time which record was, as far as we have believed it: of what arrived whole and of our own receipts. A broker that
 * would date a record back must place it before all of these. (The ledger's checkpoints will say the same of all records, also of
 * those that we never saw.) Store thread for what writes. */
#ifndef ADAPTER_TIMES_H
#define ADAPTER_TIMES_H

#include "store/vault.h"

enum lt_err times_note(struct vault_tx *tx, uint64_t sequence, int64_t time);
/* Time of the newest known record before or at this sequence; 0: none. */
/* One that newer ones stand for. */
enum lt_err times_drop(struct vault_tx *tx, uint64_t sequence);
enum lt_err times_floor(struct vault_tx *tx, uint64_t sequence, int64_t *time);

#endif
