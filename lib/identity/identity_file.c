/* identity_file.c: files that hold keys and certificates. */
#include "identity_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum lt_err read_all(int fd, struct lt_buf *out)
{
	/* Room for everything at once, so that growing leaves no copy of a key behind. */
	if (lt_buf_reserve(out, IDENTITY_FILE_MAX + 1) != LT_OK)
		return LT_ENOMEM;
	while (out->len <= IDENTITY_FILE_MAX) {
		ssize_t got = read(fd, out->data + out->len, IDENTITY_FILE_MAX + 1 - out->len);
		if (got == 0)
			return LT_OK;
		if (got < 0 && errno != EINTR)
			return LT_EIO;
		if (got > 0)
			out->len += (size_t)got;
	}
	return LT_EFULL;
}

enum lt_err identity_file_read(const char *path, bool secret, struct lt_buf *out)
{
	/* The mode is asked of the open file: the path could name another one a moment later. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return LT_EIO;
	struct stat st;
	enum lt_err err = LT_OK;
	if (fstat(fd, &st) != 0) {
		err = LT_EIO;
	} else if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		err = LT_EIO;
	} else if (secret && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
		err = LT_EDENIED;
	} else {
		err = read_all(fd, out);
	}
	int saved = errno;
	close(fd);
	errno = saved;
	if (err != LT_OK)
		identity_file_wipe(out);
	return err;
}

void identity_file_wipe(struct lt_buf *buf)
{
	if (buf->data)
		OPENSSL_cleanse(buf->data, buf->cap);
	lt_buf_fini(buf);
}
