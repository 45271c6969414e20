/* store_files_copy.c: one file to another, summed on the way, so that what was checked is what was written. */
#include "store_files.h"

#include "base/fields.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOLE_BYTES = 4096 }; /* a block of the file system */

struct copy {
	int from, to;
	uint8_t *chunk;
	struct lt_buf leaves; /* size, then a hash for each MiB */
	uint64_t done;
};

static enum lt_err err_of(int number)
{
	if (number == ENOENT)
		return LT_ENOENT;
	if (number == EEXIST)
		return LT_EEXIST;
	return number == ENOSPC || number == EDQUOT || number == EFBIG ? LT_EFULL : LT_EIO;
}

static enum lt_err read_chunk(struct copy *copy, size_t want, size_t *got)
{
	*got = 0;
	while (*got < want) {
		ssize_t n = pread(copy->from, copy->chunk + *got, want - *got, (off_t)(copy->done + *got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_of(errno);
		if (n == 0)
			break;
		*got += (size_t)n;
	}
	return LT_OK;
}

static enum lt_err write_all(int fd, const uint8_t *data, size_t len, uint64_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, data, len, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 ? LT_EIO : err_of(errno);
		data += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return LT_OK;
}

/* Elided parts are holes, and a copy that fills them could be larger than the disk that held the original. */
static enum lt_err write_chunk(struct copy *copy, size_t len)
{
	static const uint8_t zeros[HOLE_BYTES];
	size_t from = 0, at = 0;
	enum lt_err err = LT_OK;
	while (at < len && !err) {
		size_t block = len - at < HOLE_BYTES ? len - at : HOLE_BYTES;
		if (memcmp(copy->chunk + at, zeros, block) == 0) {
			err = write_all(copy->to, copy->chunk + from, at - from, copy->done + from);
			from = at + block;
		}
		at += block;
	}
	return err ? err : write_all(copy->to, copy->chunk + from, len - from, copy->done + from);
}

static enum lt_err add_leaf(struct copy *copy, size_t len)
{
	uint8_t hash[32];
	lt_sha256(lt_bytes(copy->chunk, len), hash);
	return lt_buf_append(&copy->leaves, hash, sizeof hash);
}

static enum lt_err copy_all(struct copy *copy, uint64_t limit, bool (*step)(void *ctx, size_t bytes), void *ctx)
{
	enum lt_err err = LT_OK;
	while (!err && copy->done < limit) {
		size_t want = limit - copy->done < FILES_CHUNK ? (size_t)(limit - copy->done) : FILES_CHUNK, got;
		err = read_chunk(copy, want, &got);
		if (err || got == 0)
			break;
		err = copy->to < 0 ? LT_OK : write_chunk(copy, got);
		if (!err)
			err = add_leaf(copy, got);
		copy->done += got;
		if (!err && step && !step(ctx, got))
			err = LT_ECLOSED;
	}
	if (!err && copy->to >= 0 && (ftruncate(copy->to, (off_t)copy->done) != 0 || fsync(copy->to) != 0))
		err = err_of(errno);
	return err;
}

enum lt_err files_copy(const char *from, const char *to, uint64_t limit, bool (*step)(void *ctx, size_t bytes),
		       void *ctx, struct files_sum *sum)
{
	static const uint8_t place[8];
	struct copy copy = { .from = -1, .to = -1 };
	enum lt_err err = LT_ENOMEM;
	copy.chunk = malloc(FILES_CHUNK);
	if (!copy.chunk || lt_buf_append(&copy.leaves, place, sizeof place))
		goto out;
	copy.from = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (copy.from >= 0 && to)
		copy.to = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = copy.from < 0 || (to && copy.to < 0) ? err_of(errno) : copy_all(&copy, limit, step, ctx);
	if (err)
		goto out;
	fields_raw_put64(copy.leaves.data, copy.done);
	sum->size = copy.done;
	lt_sha256(lt_buf_bytes(&copy.leaves), sum->root);
out:;
	int saved = errno;
	if (copy.from >= 0)
		close(copy.from);
	if (copy.to >= 0)
		close(copy.to);
	errno = saved;
	free(copy.chunk);
	lt_buf_fini(&copy.leaves);
	return err;
}
