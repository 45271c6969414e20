/* backup.h: a copy of a running broker, and a data folder made from it.
 *
 *   BACKUP/store/data.mdb      a consistent copy of the routing state, made first
 *         /large/DIGEST        large parts, each a file (store/large_files.h)
 *         /journal/seg-*.ltj   the journal, up to a batch that was committed when the copy of the state was there
 *         /manifest            sequences, state hash, and for each file its size and SHA-256 (root over chunks of 1 MiB)
 * It is written as BACKUP.partial and gets its name when all of it is synced. Blocks for as long as copying takes: a thread of
 * its own, or a tool. */
#ifndef BROKER_BACKUP_H
#define BROKER_BACKUP_H

#include <lienthong/base.h>

struct store;

struct backup_result {
	uint64_t sequence;       /* last record that the backup holds for certain */
	uint64_t store_sequence; /* of the copy of the state */
	uint64_t bytes;
	uint32_t files;
	char detail[320]; /* when it failed: which file, what, and what to do */
};
/* Called after each MiB. total is what is known to come. False ends it: LT_ECLOSED. May be NULL. */
struct backup_progress {
	bool (*step)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/* store: open, of the running broker or of a stopped one. data: its data folder. head: journal_head when it was called.
 * target must not exist, or be empty: LT_EEXIST. LT_EAGAIN: segments were dropped meanwhile, call again. LT_ECORRUPT: the journal is
 * damaged. LT_EIO, LT_EFULL. */
enum lt_err backup_make(struct store *store, const char *data, uint64_t head, const char *target,
			const struct backup_progress *progress, struct backup_result *result);
/* Checks the manifest and every file while copying; data must not exist, or be empty (LT_EEXIST). LT_ECORRUPT and LT_ENOENT name
 * the file in detail; nothing is left then. The marker of restored_marker_present is in the new folder. */
enum lt_err backup_restore(const char *backup, const char *data, const struct backup_progress *progress,
			   struct backup_result *result);

/* True after a restore, until cleared: START gives engine_open restored = true, and clears it once the INCARNATION record is
 * committed. A crash in between gives one more INCARNATION record, which is harmless. */
bool restored_marker_present(const char *data);
enum lt_err restored_marker_set(const char *data); /* also after records were given up */
enum lt_err restored_marker_clear(const char *data);

#endif
