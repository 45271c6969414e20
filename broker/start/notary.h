/* notary.h: keeps the ledger and signs its checkpoints: at most one a second, when there is something new, over synced records and
 * synced hashes only. The newest checkpoint is written to data/ledger/checkpoint and to a second place, and is a witness at the next
 * start: what it covers was committed.
 *
 * notary_open, _witness and _begin before the threads run; notary_append, _due, _take and _back are the engine's; notary_work is the
 * ledger thread's. Without a key the ledger is not kept, and nothing is signed. */
#ifndef BROKER_NOTARY_H
#define BROKER_NOTARY_H

#include <lienthong/ledger.h>

#include "config.h"
#include "journal/ledger.h"

struct notary;
/* Opens key and folder and reads the newest checkpoint. *out is NULL without a key. Error for a person. */
enum lt_err notary_open(const struct config *config, struct notary **out, char *error, size_t error_size);
void notary_close(struct notary *notary);
/* The record that the newest checkpoint reaches; 0: none. After a restore from a backup it proves nothing any more. */
uint64_t notary_witness(const struct notary *notary);
/* The ledger as far as the journal, made again where it is missing, held against the checkpoint that was signed, and a checkpoint of
 * it. LT_ECORRUPT: the journal is not the one that was signed for. */
enum lt_err notary_begin(struct notary *notary, struct journal *journal, const uint8_t incarnation[16], int64_t time,
			 char *error, size_t error_size);
struct ledger *notary_ledger(const struct notary *notary);

void notary_append(struct notary *notary, const struct journal_batch *batch);
/* True: there is something new for notary_work. Only while none is under way. */
bool notary_take(struct notary *notary);
/* Stores, signs and writes. Any failure but that of the second place is final. */
enum lt_err notary_work(struct notary *notary);
/* The note and what it says; borrowed. Not while notary_work is under way. */
struct lt_bytes notary_note(const struct notary *notary, struct lt_checkpoint *out);

#endif
