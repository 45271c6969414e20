/* disk.h: one folder of files, as the journal sees it. The real one is POSIX; the simulator's loses and tears what was
 * not synced. All names are plain file names in that folder. Errors: LT_EIO (errno says why), LT_ENOENT, LT_EFULL (no space). */
#ifndef BROKER_DISK_H
#define BROKER_DISK_H

#include <lienthong/base.h>

#define DISK_ARCHIVED "archive/" /* in a listing alone: files are opened by their plain names */
struct disk {
	void *ctx;
	enum lt_err (*open)(void *ctx, const char *name, bool create, int *file);
	void (*close)(void *ctx, int file);
	enum lt_err (*write)(void *ctx, int file, uint64_t offset, const void *data, size_t len); /* all of it */
	enum lt_err (*read)(void *ctx, int file, uint64_t offset, void *data, size_t len, size_t *got);
	enum lt_err (*sync)(void *ctx, int file); /* fdatasync */
	enum lt_err (*sync_folder)(void *ctx);
	enum lt_err (*size)(void *ctx, int file, uint64_t *out);
	enum lt_err (*truncate)(void *ctx, int file, uint64_t size);
	enum lt_err (*punch)(void *ctx, int file, uint64_t offset, uint64_t len); /* zeros, blocks given back */
	enum lt_err (*rename)(void *ctx, const char *from, const char *to);
	enum lt_err (*remove)(void *ctx, const char *name);
	/* Those of the archive come as DISK_ARCHIVED and their name, also when the folder itself has the same one. */
	enum lt_err (*list)(void *ctx, void (*each)(void *arg, const char *name), void *arg);
	enum lt_err (*free_space)(void *ctx, uint64_t *bytes);
};
/* A real folder, made when `create`. Locks it (flock on a file "lock"): LT_EEXIST when another process has it. */
enum lt_err disk_open(const char *path, bool create, struct disk *out);
/* The same without the lock, for reading beside the process that holds it: backup, scrub. Never write through it. */
enum lt_err disk_open_beside(const char *path, struct disk *out);
/* A second folder, of a real one: files that are not in the first are opened there, and listed with them; nothing is made or removed in
 * it. LT_ENOENT: it is not there; then the disk is as it was. */
enum lt_err disk_add_archive(struct disk *disk, const char *path);
void disk_close(struct disk *disk);

#endif
