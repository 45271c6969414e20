/* file.c: whole files in one go. */
#include <lienthong/base.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "write.h"

#define READ_STEP 4096u

/* Closing must not hide why something failed before. */
static void close_quietly(int fd)
{
	int saved = errno;
	if (fd >= 0)
		close(fd);
	errno = saved;
}

/* One byte more than max is asked for, so that a file that grows meanwhile is noticed as well. */
static enum lt_err read_all(int fd, size_t max, struct lt_buf *out)
{
	for (;;) {
		if (out->cap == out->len) {
			enum lt_err err = lt_buf_reserve(out, READ_STEP);
			if (err)
				return err;
		}
		size_t room = out->cap - out->len;
		if (max - out->len < room)
			room = max - out->len + 1;
		ssize_t n = read(fd, out->data + out->len, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return LT_EIO;
		if (n == 0)
			return LT_OK;
		out->len += (size_t)n;
		if (out->len > max)
			return LT_EFULL;
	}
}

enum lt_err lt_file_read(const char *path, size_t max, struct lt_buf *out)
{
	struct lt_buf data = { 0 };
	enum lt_err err = LT_EIO;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		goto out;
	err = LT_EFULL;
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > max)
		goto out;
	err = S_ISREG(st.st_mode) ? lt_buf_reserve(&data, (size_t)st.st_size + 1) : LT_OK;
	if (!err)
		err = read_all(fd, max, &data);
	if (err)
		goto out;
	lt_buf_fini(out);
	*out = data;
	data = (struct lt_buf){ 0 };
out:
	close_quietly(fd);
	lt_buf_fini(&data);
	return err;
}

enum lt_err lt_write_all(int fd, struct lt_bytes data)
{
	while (data.len > 0) {
		ssize_t n = write(fd, data.data, data.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return LT_EIO;
		data.data += n;
		data.len -= (size_t)n;
	}
	return LT_OK;
}

/* Makes the new name itself durable. */
static enum lt_err sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	if (!folder)
		return LT_ENOMEM;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	if (fd < 0)
		return LT_EIO;
	enum lt_err err = fsync(fd) == 0 ? LT_OK : LT_EIO;
	close_quietly(fd);
	return err;
}

enum lt_err lt_file_write(const char *path, struct lt_bytes data, unsigned mode)
{
	char *temporary = NULL;
	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return LT_ENOMEM;
	enum lt_err err = LT_EIO;
	int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 until the content is there */
	if (fd < 0)
		goto out;
	err = lt_write_all(fd, data);
	if (!err && (fchmod(fd, (mode_t)mode) != 0 || fdatasync(fd) != 0 || rename(temporary, path) != 0))
		err = LT_EIO;
	if (err) {
		int saved = errno;
		unlink(temporary);
		errno = saved;
	} else {
		err = sync_folder(path);
	}
out:
	close_quietly(fd);
	free(temporary);
	return err;
}
