/* part_files.c: large parts as files; what is so of them after each step stands in the header. */
#include "part_files.h"

#include "program/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define NAME_MAX_LEN 80u  /* "get-" and 64 digits */
#define WINDOW (8u << 20) /* bytes between two calls that let the disk begin: others' small syncs wait for no more */
#define YOUNG_US (3600LL * 1000000)
#define DAY_US (24LL * 3600 * 1000000)

struct part_files {
	int folder;
	uint64_t disk_reserve;
};
struct part_writing {
	const struct part_files *files;
	int fd;
	char name[NAME_MAX_LEN];
	uint64_t offset, told; /* told: up to where the disk was let begin */
	struct digest digest;
};

enum lt_err part_files_open(const char *data, uint64_t disk_reserve, struct part_files **out)
{
	char path[4096];
	struct part_files *files = calloc(1, sizeof(*files));
	if (!files)
		return LT_ENOMEM;
	files->folder = -1;
	files->disk_reserve = disk_reserve;
	snprintf(path, sizeof(path), "%.4000s/large", data);
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		files->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files->folder < 0) {
		free(files);
		return LT_EIO;
	}
	*out = files;
	return LT_OK;
}

void part_files_close(struct part_files *files)
{
	if (!files)
		return;
	close(files->folder);
	free(files);
}

uint64_t part_files_room(const struct part_files *files)
{
	struct statvfs disk;
	if (fstatvfs(files->folder, &disk))
		return 0;
	uint64_t free = (uint64_t)disk.f_bavail * disk.f_frsize, total = (uint64_t)disk.f_blocks * disk.f_frsize;
	uint64_t reserve = files->disk_reserve < total / 8 ? files->disk_reserve : total / 8; /* as vault_room.c */
	return free > reserve ? free - reserve : 0;
}

int part_files_read(const struct part_files *files, const uint8_t sha256[32])
{
	char name[65];
	lt_hex(lt_bytes(sha256, 32), name);
	return openat(files->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

void part_files_drop(const struct part_files *files, const char *name)
{
	if (unlinkat(files->folder, name, 0) != 0 && errno != ENOENT)
		lt_log(LT_LOG_ERROR, "the file of a large part stays", "name", name, "error", strerror(errno), NULL);
}

void part_files_sweep(const struct part_files *files, int64_t now, bool (*known)(void *ctx, const char *name),
		      void *ctx)
{
	int copy = openat(files->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
		struct stat stat;
		if (entry->d_name[0] == '.' || fstatat(files->folder, entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		int64_t age = now - (int64_t)stat.st_mtime * 1000000;
		bool fetch = strncmp(entry->d_name, "get-", 4) == 0;
		if (age > (fetch ? DAY_US : YOUNG_US) && (fetch || !known(ctx, entry->d_name)))
			part_files_drop(files, entry->d_name);
	}
	if (folder)
		closedir(folder);
	else if (copy >= 0)
		close(copy);
}

/* ---- writing ---- */

static enum lt_err failed(void)
{
	return errno == ENOSPC || errno == EDQUOT ? LT_EFULL : LT_EIO;
}

static enum lt_err take_up(struct part_writing *writing, uint64_t offset)
{
	uint8_t *buf = malloc(PART_FILES_CHUNK);
	enum lt_err err = buf ? LT_OK : LT_ENOMEM;
	while (!err && writing->offset < offset) {
		uint64_t rest = offset - writing->offset;
		size_t want = rest < PART_FILES_CHUNK ? (size_t)rest : PART_FILES_CHUNK, got = 0;
		for (ssize_t n = 1; got < want && n > 0; got += n > 0 ? (size_t)n : 0)
			n = pread(writing->fd, buf + got, want - got, (off_t)(writing->offset + got));
		if (got < want && offset == UINT64_MAX)
			break;
		if (got < want)
			err = LT_ECORRUPT;
		else
			digest_add(&writing->digest, lt_bytes(buf, got));
		writing->offset += err ? 0 : got;
	}
	free(buf);
	writing->told = writing->offset;
	if (!err && ftruncate(writing->fd, (off_t)writing->offset) != 0)
		err = failed();
	return err;
}

enum lt_err part_writing_open(const struct part_files *files, const char *name, uint64_t offset,
			      struct part_writing **out)
{
	struct part_writing *writing = calloc(1, sizeof(*writing));
	if (!writing)
		return LT_ENOMEM;
	writing->files = files;
	digest_begin(&writing->digest);
	snprintf(writing->name, sizeof(writing->name), "%s", name);
	writing->fd = openat(files->folder, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum lt_err err = writing->fd < 0 ? failed() : take_up(writing, offset);
	if (err)
		part_writing_close(writing);
	else
		*out = writing;
	return err;
}

uint64_t part_writing_offset(const struct part_writing *writing)
{
	return writing->offset;
}

const struct digest *part_writing_digest(const struct part_writing *writing)
{
	return &writing->digest;
}

static void check_sync(int done)
{
	if (done != 0 && errno == EIO)
		lt_fatal("a large part cannot be written: %s", strerror(errno));
}

static void let_begin(struct part_writing *writing)
{
	while (writing->offset - writing->told >= WINDOW) {
		check_sync(sync_file_range(writing->fd, (off_t)writing->told, WINDOW, SYNC_FILE_RANGE_WRITE));
		if (writing->told >= WINDOW)
			check_sync(sync_file_range(writing->fd, (off_t)(writing->told - WINDOW), WINDOW,
						   SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
							   SYNC_FILE_RANGE_WAIT_AFTER));
		writing->told += WINDOW;
	}
}

enum lt_err part_writing_add(struct part_writing *writing, const void *data, size_t len)
{
	const uint8_t *at = data;
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(writing->fd, at + done, len - done, (off_t)(writing->offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed();
		done += (size_t)n;
	}
	digest_add(&writing->digest, lt_bytes(data, len));
	writing->offset += len;
	let_begin(writing);
	return LT_OK;
}

enum lt_err part_writing_back(struct part_writing *writing, uint64_t offset, const struct digest *digest)
{
	writing->offset = offset;
	writing->digest = *digest;
	if (writing->told > offset)
		writing->told = offset;
	return ftruncate(writing->fd, (off_t)offset) ? failed() : LT_OK;
}

void part_writing_sync(struct part_writing *writing)
{
	if (fdatasync(writing->fd) != 0)
		lt_fatal("a large part cannot be synced: %s", strerror(errno));
}

enum lt_err part_writing_end(struct part_writing *writing, const uint8_t *expected, uint8_t sha256[32])
{
	char name[65];
	digest_tell(&writing->digest, sha256);
	if (expected && memcmp(expected, sha256, 32) != 0) {
		part_files_drop(writing->files, writing->name);
		return LT_ECRYPTO;
	}
	part_writing_sync(writing);
	lt_hex(lt_bytes(sha256, 32), name);
	if (renameat(writing->files->folder, writing->name, writing->files->folder, name) != 0)
		return failed();
	if (fsync(writing->files->folder) != 0)
		lt_fatal("the folder of large parts cannot be synced: %s", strerror(errno));
	return LT_OK;
}

void part_writing_close(struct part_writing *writing)
{
	if (!writing)
		return;
	if (writing->fd >= 0)
		close(writing->fd);
	free(writing);
}
