/* backup_internal.h: the manifest, and what making and restoring share. */
#ifndef BROKER_BACKUP_INTERNAL_H
#define BROKER_BACKUP_INTERNAL_H

#include "backup.h"
#include "store/store_files.h"

#define MANIFEST_NAME 80u           /* bytes of "large/<64 digits>" with NUL, and room */
#define MANIFEST_FILES_MAX 1000000u /* 64 TB of segments: bounds what a damaged manifest makes us allocate */

struct manifest_file {
	char name[MANIFEST_NAME]; /* under the backup's folder; one of ours */
	struct files_sum sum;
};
struct manifest {
	uint64_t sequence, store_sequence;
	uint8_t state_hash[32];
	struct manifest_file *files;
	size_t count, cap;
};
void manifest_fini(struct manifest *manifest);
enum lt_err manifest_add(struct manifest *manifest, const char *name, const struct files_sum *sum);
enum lt_err manifest_write(const struct manifest *manifest, const char *folder);
/* LT_ENOENT, LT_ECORRUPT: `line` (from 1) does not hold, 0: its own checksum does not. */
enum lt_err manifest_read(const char *folder, struct manifest *out, size_t *line);

/* Counts what files_copy does against the whole. */
struct backup_meter {
	const struct backup_progress *progress;
	uint64_t done, total;
};
bool backup_step(void *meter, size_t bytes); /* for files_copy */
#define BACKUP_NOWHERE "the folder in which it shall stand is not there"
/* Writes detail and returns err. */
enum lt_err backup_fail(struct backup_result *result, enum lt_err err, const char *file, const char *what);
/* "path.partial", without slashes at path's end. */
enum lt_err backup_partial(char out[FILES_PATH], const char *path);

#endif
