/* ledger.h: the Merkle tree (RFC 6962) over the leaves of all records, kept for ever. Record n is leaf n - 1.
 *
 * On the disk it is the hashes of c2sp.org/tlog-tiles: level 0 has the leaves, entry i of level l + 1 is the root of entries
 * 256 i .. 256 i + 255 of level l. Each level is one row of hashes that only grows, in files of 65,536 entries (256 tiles); with
 * them the root of every earlier tree and any proof is a few reads. What is missing after a crash is made again from the journal.
 *
 * Two threads: ledger_append, ledger_waiting and ledger_take are the engine's (memory only); ledger_store, ledger_tree and
 * opening are the ledger thread's. ledger_root_of, _inclusion and _consistency read the disk, up to the size that was stored:
 * any thread. */
#ifndef BROKER_LEDGER_H
#define BROKER_LEDGER_H

#include <lienthong/merkle.h>
#include "journal.h"

struct ledger;
/* Opens what is stored, at most `trusted` leaves of it (what a checkpoint covers was synced; what is above may be torn and is
 * cut). LT_ECORRUPT: fewer, or levels that do not fit; then open with 0 and replay all. `disk` must outlive it. */
enum lt_err ledger_open(const struct disk *disk, uint64_t trusted, struct ledger **out);
void ledger_close(struct ledger *ledger);

/* ---- engine thread ---- */
uint64_t ledger_size(const struct ledger *ledger); /* appended: the sequence of its last record */
/* Adds a committed batch; its first sequence must be the next one. `time`: of its last record. */
void ledger_append(struct ledger *ledger, const struct journal_batch *batch, int64_t time);
/* Adds what the journal has from the ledger's size up to its head; `time` of the head. LT_ENOENT, LT_ECORRUPT. Stores now and
 * then, so before the threads run. */
enum lt_err ledger_replay(struct ledger *ledger, struct journal *journal, int64_t time);
/* Moves what was appended over to ledger_store. False: nothing was. Only while no store is under way. */
bool ledger_take(struct ledger *ledger);

/* ---- ledger thread ---- */
/* Writes and syncs what was taken; any failure is final: LT_EIO, LT_EFULL. */
enum lt_err ledger_store(struct ledger *ledger);
/* What is stored: a checkpoint may cover it. `time` is that of its last record, 0 when it was opened so. */
void ledger_tree(const struct ledger *ledger, uint64_t *size, uint8_t root[32], int64_t *time);

/* ---- any thread; `size` was stored ---- */
enum lt_err ledger_root_of(const struct ledger *ledger, uint64_t size, uint8_t root[32]);
/* LT_EINVAL when index >= size. */
enum lt_err ledger_inclusion(const struct ledger *ledger, uint64_t index, uint64_t size,
			     uint8_t path[LT_MERKLE_PATH_MAX][32], size_t *count);
/* LT_EINVAL when old_size is 0 or over size. */
enum lt_err ledger_consistency(const struct ledger *ledger, uint64_t old_size, uint64_t size,
			       uint8_t proof[LT_MERKLE_PATH_MAX + 1][32], size_t *count);

#endif
