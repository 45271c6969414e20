/* maintain_internal.h: a data folder as the tools open it. */
#ifndef BROKER_MAINTAIN_INTERNAL_H
#define BROKER_MAINTAIN_INTERNAL_H

#include "journal/disk.h"
#include "journal/journal.h"
#include "maintain.h"
#include "store/store_files.h"

struct store;
struct stopped_data {
	const char *data;
	char store[FILES_PATH], snapshots[FILES_PATH];
	struct disk disk;
	struct journal *journal;
	struct journal_report report;
};
/* Locks the folder. fault has room for MAINTAIN_FAULT. */
enum lt_err maintain_open(struct stopped_data *folder, const char *data, char *fault);
/* Opens the journal, changing nothing, checked from a sequence on. */
enum lt_err maintain_open_journal(struct stopped_data *folder, uint64_t check_from, char *fault);
struct engine;
/* Replays all that the store has not passed, on a copy and as if the record were skipped, and gives the engine to `then`, whose error is
 * returned. LT_ECORRUPT: it does not hold; fault says where. */
enum lt_err maintain_try(const struct stopped_data *folder, const struct maintain_skip_act *by,
			 const struct maintain_progress *progress,
			 enum lt_err (*then)(void *ctx, struct engine *engine), void *ctx, char *fault);
/* maintain_large.c: LT_ECORRUPT names the first that is not what its name says, or that the state names and that is not there. */
enum lt_err maintain_check_large(const struct stopped_data *folder, struct maintain_report *report);
enum lt_err maintain_check_named(const struct stopped_data *folder, struct store *store,
				 struct maintain_report *report);
void maintain_close(struct stopped_data *folder);
/* Writes fault and returns err; LT_EIO gets errno's words. */
enum lt_err maintain_fail(char *fault, enum lt_err err, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
