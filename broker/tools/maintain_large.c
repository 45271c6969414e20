/* maintain_large.c: `store check` of the files of large parts: each has the bytes that its name is the digest of, and each that the state
 * names is there. */
#include "maintain_internal.h"

#include "base/digest.h"
#include "state/parts/large.h"
#include "store/large_files.h"
#include "store/store_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Behind the bytes stand 32 of each chunk (large_files.h). 0: no part has this length. */
static uint64_t bytes_of(uint64_t length)
{
	uint64_t chunks = (length + LARGE_CHUNK + 31) / (LARGE_CHUNK + 32);
	uint64_t size = length > 32 * chunks ? length - 32 * chunks : 0;
	return (size + LARGE_CHUNK - 1) / LARGE_CHUNK == chunks ? size : 0;
}

static enum lt_err read_piece(int fd, uint8_t *data, size_t want, uint64_t at)
{
	for (size_t got = 0; got < want;) {
		ssize_t n = pread(fd, data + got, want - got, (off_t)(at + got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return LT_EIO;
		got += (size_t)n;
	}
	return LT_OK;
}

/* sound: the bytes have the digest, and each chunk that which stands for it behind them. */
static enum lt_err look_at(int fd, uint64_t size, const uint8_t sha256[32], bool *sound)
{
	struct digest digest, chunk;
	uint8_t found[32], kept[32];
	uint64_t behind = size;
	uint8_t *data = malloc(LARGE_CHUNK);
	enum lt_err err = data ? LT_OK : LT_ENOMEM;
	*sound = true;
	digest_begin(&digest);
	for (uint64_t at = 0; at < size && !err; at += LARGE_CHUNK, behind += 32) {
		size_t want = size - at < LARGE_CHUNK ? (size_t)(size - at) : LARGE_CHUNK;
		err = read_piece(fd, data, want, at);
		if (!err)
			err = read_piece(fd, kept, sizeof(kept), behind);
		if (err)
			break;
		digest_add(&digest, lt_bytes(data, want));
		digest_begin(&chunk);
		digest_add(&chunk, lt_bytes(data, want));
		digest_tell(&chunk, found);
		*sound = *sound && memcmp(found, kept, sizeof(kept)) == 0;
	}
	free(data);
	digest_tell(&digest, found);
	*sound = *sound && memcmp(found, sha256, sizeof(found)) == 0;
	return err;
}

static enum lt_err damaged(const char *path, const char *what, struct maintain_report *report)
{
	return maintain_fail(report->fault, LT_ECORRUPT,
			     "large part %.200s: %s; remedy: copy it from a backup's large/", path, what);
}

static enum lt_err check_one(const char *path, const uint8_t sha256[32], struct maintain_report *report)
{
	struct stat st;
	bool sound = false;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool plain = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	uint64_t size = plain ? bytes_of((uint64_t)st.st_size) : 0;
	enum lt_err err = fd >= 0 || errno == ELOOP ? LT_OK : LT_EIO;
	if (!err && size > 0)
		err = look_at(fd, size, sha256, &sound);
	if (err)
		maintain_fail(report->fault, err, "%.200s", path);
	if (fd >= 0)
		close(fd);
	if (err)
		return err;
	report->large_count++;
	report->large_bytes += size;
	return sound ? LT_OK : damaged(path, "not the bytes that its name says", report);
}

enum lt_err maintain_check_named(const struct stopped_data *folder, struct store *store, struct maintain_report *report)
{
	struct large large;
	char folder_path[FILES_PATH], path[FILES_PATH], name[2 * 32 + 1];
	enum lt_err err = files_path(folder_path, folder->data, "large");
	for (struct store_key key = { 0 }; !err && large_next(store, &key, &large);) {
		struct stat st;
		uint64_t chunks = (large.size + LARGE_CHUNK - 1) / LARGE_CHUNK;
		lt_hex(lt_bytes(key.data + 1, 32), name);
		err = files_path(path, folder_path, name);
		if (err)
			break;
		if (lstat(path, &st) != 0)
			err = errno == ENOENT || errno == ENOTDIR
				      ? damaged(path, "it is missing", report)
				      : maintain_fail(report->fault, LT_EIO, "%.200s", path);
		else if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != large.size + 32 * chunks)
			err = damaged(path, "not a file of its length", report);
	}
	return err;
}

enum lt_err maintain_check_large(const struct stopped_data *folder, struct maintain_report *report)
{
	struct files_names names;
	char large[FILES_PATH], path[FILES_PATH];
	enum lt_err err = files_path(large, folder->data, "large");
	if (!err)
		err = files_list(large, &names);
	if (err)
		return maintain_fail(report->fault, err, "large");
	for (size_t i = 0; i < names.count && !err; i++) {
		uint8_t sha256[32];
		if (lt_unhex(names.names[i], sha256, sizeof(sha256)))
			continue; /* it is being written */
		err = files_path(path, large, names.names[i]);
		if (!err)
			err = check_one(path, sha256, report);
	}
	files_names_fini(&names);
	return err;
}
