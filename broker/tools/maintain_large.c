/* maintain_large.c: `store check` of the files of large parts: each has the bytes that its name is the digest of. */
#include "maintain_internal.h"

#include "base/digest.h"
#include "store/large_files.h"

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

static enum lt_err hash(int fd, uint64_t size, uint8_t out[32])
{
	struct digest digest;
	uint8_t *data = malloc(LARGE_CHUNK);
	enum lt_err err = data ? LT_OK : LT_ENOMEM;
	digest_begin(&digest);
	for (uint64_t at = 0; at < size && !err;) {
		size_t want = size - at < LARGE_CHUNK ? (size_t)(size - at) : LARGE_CHUNK;
		ssize_t n = pread(fd, data, want, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			err = LT_EIO;
		else
			digest_add(&digest, lt_bytes(data, (size_t)n));
		at += n > 0 ? (uint64_t)n : 0;
	}
	free(data);
	digest_tell(&digest, out);
	return err;
}

static enum lt_err check_one(const char *path, const uint8_t sha256[32], struct maintain_report *report)
{
	struct stat st;
	uint8_t found[32] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum lt_err err = fd >= 0 && fstat(fd, &st) == 0 ? LT_OK : LT_EIO;
	uint64_t size = err ? 0 : bytes_of((uint64_t)st.st_size);
	if (!err && size > 0)
		err = hash(fd, size, found);
	if (fd >= 0)
		close(fd);
	if (err)
		return maintain_fail(report->fault, err, "%.200s", path);
	report->large_count++;
	report->large_bytes += size;
	if (size > 0 && memcmp(found, sha256, 32) == 0)
		return LT_OK;
	return maintain_fail(
		report->fault, LT_ECORRUPT,
		"large part %.200s: not the bytes that its name says; remedy: copy it from a backup's large/", path);
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
