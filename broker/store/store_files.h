/* store_files.h: folders and files, as snapshot, backup, skips and maintain need them. STORE alone. errno stays set on LT_EIO. */
#ifndef BROKER_STORE_FILES_H
#define BROKER_STORE_FILES_H

#include <lienthong/base.h>

#define FILES_PATH 4096u
#define FILES_CHUNK (1u << 20) /* bytes of a leaf of files_sum.root */

/* "folder/name". LT_EINVAL when it is too long. */
enum lt_err files_path(char out[FILES_PATH], const char *folder, const char *name);
bool files_exist(const char *path);
/* Mode 0700. LT_EEXIST. */
enum lt_err files_make_folder(const char *path);
/* LT_OK when it does not exist or is an empty folder, else LT_EEXIST. */
enum lt_err files_expect_empty(const char *path);
enum lt_err files_make_private(const char *path); /* mode 0600: LMDB's copies come with the umask's */
enum lt_err files_sync(const char *path);         /* a file, or the names in a folder */
enum lt_err files_sync_parent(const char *path);  /* the folder that holds it */
enum lt_err files_remove(const char *path);       /* one file, its folder synced; none is LT_OK */
/* Files, and folders of files up to two below; follows no link. None is LT_OK. */
enum lt_err files_remove_tree(const char *path);
/* A name in place of another, in one folder or two, and synced. */
enum lt_err files_rename(const char *from, const char *to);
/* Names in a folder, sorted, without those that begin with a dot. No folder: none. Free with files_names_fini. */
struct files_names {
	char **names;
	size_t count;
};
enum lt_err files_list(const char *folder, struct files_names *out);
void files_names_fini(struct files_names *names);
/* Bytes of a file: its length, and what the file system gave it. */
enum lt_err files_size(const char *path, uint64_t *length, uint64_t *blocks);

struct files_sum {
	uint64_t size;
	uint8_t root[32]; /* SHA-256 over the size (8 bytes, little-endian) and the SHA-256 of each MiB */
};
/* Copies at most `limit` bytes to a new file of mode 0600 and syncs it; holes stay holes. sum tells what was copied. step is
 * called with each piece's bytes; false ends it: LT_ECLOSED. It may be NULL. to: NULL only sums. */
enum lt_err files_copy(const char *from, const char *to, uint64_t limit, bool (*step)(void *ctx, size_t bytes),
		       void *ctx, struct files_sum *sum);

#endif
