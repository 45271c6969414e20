/* large_files.c: large parts as files; what is so of them after each step stands in the header. */
#include "large_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/digest.h"
#include "program/log.h"

enum {
	NAME_LEN = 64,    /* hexadecimal digits of a digest */
	OWNER_LEN = 16,   /* and of a code's, behind a dot */
	WINDOW = 8 << 20, /* bytes between two calls that let the disk begin: the journal's sync waits for no more */
	UNFINISHED_SECONDS = 86400, /* until what nobody goes on with is removed */
};
struct large_files {
	int folder;
	struct large_faults *faults;
};
struct large_writing {
	struct large_files *files;
	int fd;
	char name[NAME_LEN + 1 + OWNER_LEN + 1];
	uint8_t sha256[32];
	uint64_t size, offset, told; /* told: up to where the disk was let begin */
	struct digest digest;
	uint8_t (*chunks)[32];
};
struct large_reading {
	struct large_faults *faults;
	int fd;
	uint8_t sha256[32];
	uint64_t size;
	uint8_t (*chunks)[32];
};

static size_t chunk_count(uint64_t size)
{
	return (size_t)((size + LARGE_CHUNK - 1) / LARGE_CHUNK);
}

static size_t chunk_len(uint64_t size, uint64_t offset)
{
	return size - offset < LARGE_CHUNK ? (size_t)(size - offset) : LARGE_CHUNK;
}

static enum lt_err failed(void)
{
	return errno == ENOSPC || errno == EDQUOT ? LT_EFULL : errno == ENOENT ? LT_ENOENT : LT_EIO;
}

static enum lt_err write_at(int fd, const void *data, size_t len, uint64_t offset)
{
	const uint8_t *at = data;
	while (len > 0) {
		ssize_t n = pwrite(fd, at, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return failed();
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return LT_OK;
}

/* LT_ECORRUPT: it ends before. */
static enum lt_err read_at(int fd, void *data, size_t len, uint64_t offset)
{
	uint8_t *at = data;
	while (len > 0) {
		ssize_t n = pread(fd, at, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? LT_EIO : LT_ECORRUPT;
		at += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return LT_OK;
}

enum lt_err large_files_open(const char *folder, struct large_faults *faults, struct large_files **out)
{
	struct large_files *files = calloc(1, sizeof(*files));
	if (!files)
		return LT_ENOMEM;
	*files = (struct large_files){ .folder = -1, .faults = faults };
	if (mkdir(folder, 0700) == 0 || errno == EEXIST)
		files->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (files->folder < 0) {
		free(files);
		return LT_EIO;
	}
	*out = files;
	return LT_OK;
}

void large_files_close(struct large_files *files)
{
	if (!files)
		return;
	close(files->folder);
	free(files);
}

uint64_t large_files_free(const struct large_files *files)
{
	struct statvfs disk;
	return fstatvfs(files->folder, &disk) ? 0 : (uint64_t)disk.f_bavail * disk.f_frsize;
}

static bool is_old(const struct large_files *files, const char *name, int64_t now)
{
	struct stat stat;
	return fstatat(files->folder, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
	       now - stat.st_mtime > UNFINISHED_SECONDS;
}

void large_files_sweep(struct large_files *files, int64_t now, bool (*known)(void *ctx, const uint8_t sha256[32]),
		       void *ctx)
{
	int copy = openat(files->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = copy < 0 ? NULL : fdopendir(copy);
	for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
		char hex[NAME_LEN + 1];
		uint8_t sha256[32];
		size_t len = strlen(entry->d_name);
		snprintf(hex, sizeof(hex), "%.64s", entry->d_name);
		if (lt_unhex(hex, sha256, sizeof(sha256)) != LT_OK)
			continue;
		if (len == NAME_LEN ? known(ctx, sha256) : !is_old(files, entry->d_name, now))
			continue;
		unlinkat(files->folder, entry->d_name, 0);
	}
	if (folder)
		closedir(folder);
	else if (copy >= 0)
		close(copy);
}

bool large_files_damaged(const struct large_files *files, const uint8_t sha256[32])
{
	return large_faults_has(files->faults, sha256);
}

bool large_files_hold(const struct large_files *files, const uint8_t sha256[32])
{
	char name[NAME_LEN + 1];
	lt_hex(lt_bytes(sha256, 32), name);
	return faccessat(files->folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

void large_files_remove(struct large_files *files, const uint8_t sha256[32])
{
	char name[NAME_LEN + 1];
	lt_hex(lt_bytes(sha256, 32), name);
	large_faults_remove(files->faults, sha256);
	if (unlinkat(files->folder, name, 0) != 0 && errno != ENOENT)
		lt_log(LT_LOG_ERROR, "the file of a large part stays", "name", name, "error", strerror(errno), NULL);
}

/* ---- writing ---- */

/* Takes up what is there: whole chunks, hashed again. */
static enum lt_err take_up(struct large_writing *writing)
{
	struct stat stat;
	uint8_t *buf = malloc(LARGE_CHUNK);
	enum lt_err err = buf ? LT_OK : LT_ENOMEM;
	if (!err && fstat(writing->fd, &stat) != 0)
		err = LT_EIO;
	while (!err && writing->offset < writing->size) {
		size_t len = chunk_len(writing->size, writing->offset);
		if ((uint64_t)stat.st_size < writing->offset + len)
			break;
		err = read_at(writing->fd, buf, len, writing->offset);
		if (err)
			break;
		digest_add(&writing->digest, lt_bytes(buf, len));
		lt_sha256(lt_bytes(buf, len), writing->chunks[writing->offset / LARGE_CHUNK]);
		writing->offset += len;
	}
	free(buf);
	writing->told = writing->offset;
	if (!err && ftruncate(writing->fd, (off_t)writing->offset) != 0)
		err = failed();
	return err;
}

enum lt_err large_writing_open(struct large_files *files, const char *agency, const uint8_t sha256[32], uint64_t size,
			       struct large_writing **out)
{
	uint8_t owner[32];
	char hex[NAME_LEN + 1], code[NAME_LEN + 1];
	struct large_writing *writing = calloc(1, sizeof(*writing));
	if (!writing)
		return LT_ENOMEM;
	*writing = (struct large_writing){ .files = files, .fd = -1, .size = size };
	memcpy(writing->sha256, sha256, sizeof(writing->sha256));
	large_faults_coming(files->faults, sha256, true);
	digest_begin(&writing->digest);
	lt_sha256(lt_bytes(agency, strlen(agency)), owner);
	lt_hex(lt_bytes(sha256, 32), hex);
	lt_hex(lt_bytes(owner, OWNER_LEN / 2), code);
	snprintf(writing->name, sizeof(writing->name), "%s.%.16s", hex, code);
	writing->chunks = calloc(chunk_count(size), sizeof(*writing->chunks));
	enum lt_err err = writing->chunks ? LT_OK : LT_ENOMEM;
	if (!err)
		writing->fd = openat(files->folder, writing->name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (!err && writing->fd < 0)
		err = failed();
	if (!err)
		err = take_up(writing);
	if (err) {
		large_writing_close(writing);
		return err;
	}
	*out = writing;
	return LT_OK;
}

uint64_t large_writing_offset(const struct large_writing *writing)
{
	return writing->offset;
}

/* What is written goes to the disk as it comes, and never more than two windows of it wait: the journal's small syncs on the same disk
 * would wait for all of it. */
static void let_begin(struct large_writing *writing)
{
	if (writing->offset - writing->told < WINDOW)
		return;
	int done = sync_file_range(writing->fd, (off_t)writing->told, WINDOW, SYNC_FILE_RANGE_WRITE);
	if (done == 0 && writing->told >= WINDOW)
		done = sync_file_range(writing->fd, (off_t)(writing->told - WINDOW), WINDOW,
				       SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
					       SYNC_FILE_RANGE_WAIT_AFTER);
	if (done != 0 && errno == EIO) /* told once: the sync at the end would not tell it again */
		lt_fatal("a large part cannot be written: %s", strerror(errno));
	writing->told += WINDOW;
}

enum lt_err large_writing_add(struct large_writing *writing, uint64_t offset, struct lt_bytes data)
{
	if (offset != writing->offset || offset >= writing->size || data.len != chunk_len(writing->size, offset))
		return LT_EINVAL;
	enum lt_err err = write_at(writing->fd, data.data, data.len, offset);
	if (err)
		return err;
	digest_add(&writing->digest, data);
	lt_sha256(data, writing->chunks[offset / LARGE_CHUNK]);
	writing->offset += data.len;
	let_begin(writing);
	return LT_OK;
}

enum lt_err large_writing_end(struct large_writing *writing, uint8_t chunks[32])
{
	uint8_t sha256[32];
	char name[NAME_LEN + 1];
	struct lt_bytes list = lt_bytes(writing->chunks[0], chunk_count(writing->size) * 32);
	LT_ASSERT(writing->offset == writing->size);
	digest_tell(&writing->digest, sha256);
	if (memcmp(sha256, writing->sha256, sizeof(sha256)) != 0) {
		unlinkat(writing->files->folder, writing->name, 0);
		return LT_ECRYPTO;
	}
	enum lt_err err = write_at(writing->fd, list.data, list.len, writing->size);
	if (err)
		return err;
	if (fdatasync(writing->fd) != 0)
		lt_fatal("a large part cannot be synced: %s", strerror(errno)); /* the page cache lies after that */
	lt_hex(lt_bytes(writing->sha256, 32), name);
	if (renameat(writing->files->folder, writing->name, writing->files->folder, name) != 0)
		return failed();
	if (fsync(writing->files->folder) != 0)
		lt_fatal("the folder of large parts cannot be synced: %s", strerror(errno));
	lt_sha256(list, chunks);
	large_faults_remove(writing->files->faults, writing->sha256);
	return LT_OK;
}

void large_writing_close(struct large_writing *writing)
{
	if (!writing)
		return;
	large_faults_coming(writing->files->faults, writing->sha256, false);
	if (writing->fd >= 0)
		close(writing->fd);
	free(writing->chunks);
	free(writing);
}

/* ---- reading ---- */

enum lt_err large_reading_open(struct large_files *files, const uint8_t sha256[32], uint64_t size,
			       const uint8_t chunks[32], struct large_reading **out)
{
	char name[NAME_LEN + 1];
	uint8_t found[32];
	size_t len = chunk_count(size) * 32;
	struct large_reading *reading = calloc(1, sizeof(*reading));
	if (!reading)
		return LT_ENOMEM;
	*reading = (struct large_reading){ .faults = files->faults, .size = size };
	memcpy(reading->sha256, sha256, sizeof(reading->sha256));
	reading->chunks = malloc(len);
	lt_hex(lt_bytes(sha256, 32), name);
	reading->fd = openat(files->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum lt_err err = !reading->chunks ? LT_ENOMEM : reading->fd < 0 ? failed() : LT_OK;
	if (!err)
		err = read_at(reading->fd, reading->chunks, len, size);
	if (!err)
		lt_sha256(lt_bytes(reading->chunks[0], len), found);
	if (!err && memcmp(found, chunks, sizeof(found)) != 0)
		err = LT_ECORRUPT;
	if (err == LT_ENOENT || err == LT_ECORRUPT)
		large_faults_add(files->faults, sha256, LARGE_FAULT_FILE);
	if (err) {
		large_reading_close(reading);
		return err;
	}
	large_faults_end(files->faults, sha256, LARGE_FAULT_FILE);
	*out = reading;
	return LT_OK;
}

enum lt_err large_reading_get(struct large_reading *reading, uint64_t offset, uint8_t *buf, size_t *len)
{
	uint8_t found[32];
	if (offset >= reading->size || offset % LARGE_CHUNK != 0)
		return LT_EINVAL;
	*len = chunk_len(reading->size, offset);
	enum lt_err err = read_at(reading->fd, buf, *len, offset);
	if (!err)
		lt_sha256(lt_bytes(buf, *len), found);
	if (!err && memcmp(found, reading->chunks[offset / LARGE_CHUNK], sizeof(found)) != 0)
		err = LT_ECORRUPT;
	if (err == LT_ECORRUPT)
		large_faults_add(reading->faults, reading->sha256, offset);
	if (!err)
		large_faults_end(reading->faults, reading->sha256, offset);
	return err;
}

void large_reading_close(struct large_reading *reading)
{
	if (!reading)
		return;
	if (reading->fd >= 0)
		close(reading->fd);
	free(reading->chunks);
	free(reading);
}
