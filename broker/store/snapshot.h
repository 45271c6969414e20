/* snapshot.h: consistent copies of the routing state, from which the journal's tail rebuilds it.
 *
 *   snapshots/<sequence, 20 digits>/data.mdb   what store_copy has made
 *                                  /state      sequence and state hash, ends in a checksum
 * A snapshot appears under its name only when all of it is synced. Any thread, one at a time for one folder. */
#ifndef BROKER_SNAPSHOT_H
#define BROKER_SNAPSHOT_H

#include <lienthong/base.h>

#define SNAPSHOT_PATH 4096u /* bytes of a path with its NUL; longer ones are LT_EINVAL */

struct store;
struct store_copy_watch;

/* Copies what the store holds, beside flushes. The folder is made when missing. A snapshot of that sequence and hash that is there
 * already stays and counts as taken. watch: store.h, may be NULL. LT_EIO; LT_EFULL, also when SNAPSHOT_ROOM times the store's size is
 * not free before it begins; LT_ECLOSED. Nothing is left then. */
enum lt_err snapshot_take(struct store *store, const char *folder, const struct store_copy_watch *watch,
			  uint64_t *sequence, uint8_t state_hash[32]);
#define SNAPSHOT_ROOM 2u /* the copy, and as much again for what is written meanwhile */
/* The newest whose state file holds; path is its folder. LT_ENOENT: none. */
enum lt_err snapshot_newest(const char *folder, uint64_t *sequence, uint8_t state_hash[32], char path[SNAPSHOT_PATH]);
/* The same among those below a sequence. */
enum lt_err snapshot_before(const char *folder, uint64_t below, uint64_t *sequence, uint8_t state_hash[32],
			    char path[SNAPSHOT_PATH]);
/* Keeps the newest `keep` (at least 1) and removes what is older. oldest gets the sequence of the oldest kept, 0 when there is
 * none. */
enum lt_err snapshot_prune(const char *folder, size_t keep, uint64_t *oldest);
/* Puts a copy of a data.mdb of that sequence and hash there as a snapshot; restore. */
enum lt_err snapshot_adopt(const char *folder, const char *data_file, uint64_t sequence, const uint8_t state_hash[32]);

#endif
