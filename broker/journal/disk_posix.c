/* disk_posix.c: a folder of the file system. A file is a descriptor. */
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct disk_folder {
	int fd;
	int lock;    /* -1 when not locked */
	int archive; /* -1: none */
};

static enum lt_err err_of(int number)
{
	switch (number) {
	case ENOENT:
		return LT_ENOENT;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return LT_EFULL;
	default:
		return LT_EIO;
	}
}

static enum lt_err posix_open(void *ctx, const char *name, bool create, int *file)
{
	const struct disk_folder *folder = ctx;
	int fd = openat(folder->fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0), 0600);
	int from = folder->fd;
	if (fd < 0 && !create && errno == ENOENT && folder->archive >= 0) {
		from = folder->archive;
		fd = openat(from, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0 && !create && (errno == EACCES || errno == EROFS || errno == EPERM)) /* a copy on read-only media */
		fd = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_of(errno);
	*file = fd;
	return LT_OK;
}

static void posix_close(void *ctx, int file)
{
	(void)ctx;
	close(file);
}

static enum lt_err posix_write(void *ctx, int file, uint64_t offset, const void *data, size_t len)
{
	(void)ctx;
	const uint8_t *from = data;
	while (len > 0) {
		ssize_t done = pwrite(file, from, len, (off_t)offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done == 0 ? LT_EIO : err_of(errno);
		from += done;
		offset += (uint64_t)done;
		len -= (size_t)done;
	}
	return LT_OK;
}

static enum lt_err posix_read(void *ctx, int file, uint64_t offset, void *data, size_t len, size_t *got)
{
	(void)ctx;
	uint8_t *to = data;
	size_t sum = 0;
	while (sum < len) {
		ssize_t done = pread(file, to + sum, len - sum, (off_t)(offset + sum));
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return err_of(errno);
		if (done == 0)
			break;
		sum += (size_t)done;
	}
	*got = sum;
	return LT_OK;
}

static enum lt_err posix_sync(void *ctx, int file)
{
	(void)ctx;
	return fdatasync(file) == 0 ? LT_OK : err_of(errno);
}

static enum lt_err posix_sync_folder(void *ctx)
{
	const struct disk_folder *folder = ctx;
	return fsync(folder->fd) == 0 ? LT_OK : err_of(errno);
}

static enum lt_err posix_size(void *ctx, int file, uint64_t *out)
{
	(void)ctx;
	struct stat st;
	if (fstat(file, &st) != 0)
		return err_of(errno);
	*out = (uint64_t)st.st_size;
	return LT_OK;
}

static enum lt_err posix_truncate(void *ctx, int file, uint64_t size)
{
	(void)ctx;
	return ftruncate(file, (off_t)size) == 0 ? LT_OK : err_of(errno);
}

/* Where the file system cannot punch, zeros are written: the bytes must go, the blocks may stay. */
static enum lt_err posix_punch(void *ctx, int file, uint64_t offset, uint64_t len)
{
	static const uint8_t zeros[4096];
	if (len == 0)
		return LT_OK;
	if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)len) == 0)
		return LT_OK;
	if (errno != EOPNOTSUPP && errno != ENOSYS)
		return err_of(errno);
	while (len > 0) {
		size_t part = len < sizeof zeros ? (size_t)len : sizeof zeros;
		enum lt_err err = posix_write(ctx, file, offset, zeros, part);
		if (err)
			return err;
		offset += part;
		len -= part;
	}
	return LT_OK;
}

static enum lt_err posix_rename(void *ctx, const char *from, const char *to)
{
	const struct disk_folder *folder = ctx;
	return renameat(folder->fd, from, folder->fd, to) == 0 ? LT_OK : err_of(errno);
}

static enum lt_err posix_remove(void *ctx, const char *name)
{
	const struct disk_folder *folder = ctx;
	return unlinkat(folder->fd, name, 0) == 0 ? LT_OK : err_of(errno);
}

static enum lt_err list_folder(int of, const char *before, void (*each)(void *arg, const char *name), void *arg)
{
	int fd = openat(of, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_of(errno);
	DIR *dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return LT_EIO;
	}
	errno = 0;
	for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
		char name[sizeof(DISK_ARCHIVED) + sizeof(entry->d_name)];
		snprintf(name, sizeof name, "%s%s", before, entry->d_name);
		if (entry->d_name[0] != '.')
			each(arg, name);
		errno = 0;
	}
	enum lt_err err = errno ? err_of(errno) : LT_OK;
	closedir(dir);
	return err;
}

static enum lt_err posix_list(void *ctx, void (*each)(void *arg, const char *name), void *arg)
{
	const struct disk_folder *folder = ctx;
	enum lt_err err = list_folder(folder->fd, "", each, arg);
	return err || folder->archive < 0 ? err : list_folder(folder->archive, DISK_ARCHIVED, each, arg);
}

static enum lt_err posix_free_space(void *ctx, uint64_t *bytes)
{
	const struct disk_folder *folder = ctx;
	struct statvfs st;
	if (fstatvfs(folder->fd, &st) != 0)
		return err_of(errno);
	*bytes = (uint64_t)st.f_bavail * st.f_frsize;
	return LT_OK;
}

static enum lt_err lock_folder(struct disk_folder *folder)
{
	folder->lock = openat(folder->fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (folder->lock < 0)
		return errno == EROFS ? LT_OK : err_of(errno); /* nobody writes to read-only media */
	if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
		return LT_OK;
	return errno == EWOULDBLOCK ? LT_EEXIST : LT_EIO;
}

static enum lt_err open_folder(const char *path, bool create, bool lock, struct disk *out)
{
	if (create && mkdir(path, 0700) != 0 && errno != EEXIST)
		return err_of(errno);
	struct disk_folder *folder = malloc(sizeof *folder);
	if (!folder)
		return LT_ENOMEM;
	*folder =
		(struct disk_folder){ .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .lock = -1, .archive = -1 };
	enum lt_err err = folder->fd < 0 ? err_of(errno) : LT_OK;
	if (!err && lock)
		err = lock_folder(folder);
	*out = (struct disk){
		.ctx = folder,
		.open = posix_open,
		.close = posix_close,
		.write = posix_write,
		.read = posix_read,
		.sync = posix_sync,
		.sync_folder = posix_sync_folder,
		.size = posix_size,
		.truncate = posix_truncate,
		.punch = posix_punch,
		.rename = posix_rename,
		.remove = posix_remove,
		.list = posix_list,
		.free_space = posix_free_space,
	};
	if (err)
		disk_close(out);
	return err;
}

enum lt_err disk_open(const char *path, bool create, struct disk *out)
{
	return open_folder(path, create, true, out);
}

enum lt_err disk_open_beside(const char *path, struct disk *out)
{
	return open_folder(path, false, false, out);
}

enum lt_err disk_add_archive(struct disk *disk, const char *path)
{
	struct disk_folder *folder = disk->ctx;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_of(errno);
	folder->archive = fd;
	return LT_OK;
}

void disk_close(struct disk *disk)
{
	if (!disk || !disk->ctx)
		return;
	struct disk_folder *folder = disk->ctx;
	if (folder->lock >= 0)
		close(folder->lock);
	if (folder->archive >= 0)
		close(folder->archive);
	if (folder->fd >= 0)
		close(folder->fd);
	free(folder);
	*disk = (struct disk){ 0 };
}
