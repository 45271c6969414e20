/* large_look.c: files of large parts against their names, all of their bytes. */
#include "large_look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "large_files.h"
#include "program/log.h"
#include "store_files.h"

/* Behind the bytes stand 32 of each chunk. 0: no part has this length. */
static uint64_t bytes_of(uint64_t length)
{
	uint64_t chunks = (length + LARGE_CHUNK + 31) / (LARGE_CHUNK + 32);
	uint64_t size = length > 32 * chunks ? length - 32 * chunks : 0;
	return (size + LARGE_CHUNK - 1) / LARGE_CHUNK == chunks ? size : 0;
}

/* LT_ECORRUPT: it ends before. */
static enum lt_err read_piece(int fd, uint8_t *data, size_t want, uint64_t at)
{
	for (size_t got = 0; got < want;) {
		ssize_t n = pread(fd, data + got, want - got, (off_t)(at + got));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? LT_EIO : LT_ECORRUPT;
		got += (size_t)n;
	}
	return LT_OK;
}

/* The bytes have the digest, and each chunk that which stands for it behind them. */
static enum lt_err look_at(int fd, uint64_t size, const uint8_t sha256[32], large_goes_on *goes_on, void *ctx,
			   uint64_t *where)
{
	struct digest digest;
	uint8_t found[32], kept[32];
	uint64_t behind = size;
	uint8_t *data = malloc(LARGE_CHUNK);
	enum lt_err err = data ? LT_OK : LT_ENOMEM;
	*where = LARGE_FAULT_FILE;
	digest_begin(&digest);
	for (uint64_t at = 0; at < size && !err; at += LARGE_CHUNK, behind += 32) {
		size_t want = size - at < LARGE_CHUNK ? (size_t)(size - at) : LARGE_CHUNK;
		err = read_piece(fd, data, want, at);
		if (!err)
			err = read_piece(fd, kept, sizeof(kept), behind);
		if (err)
			break;
		digest_add(&digest, lt_bytes(data, want));
		lt_sha256(lt_bytes(data, want), found);
		if (memcmp(found, kept, sizeof(kept)) != 0) {
			*where = at;
			err = LT_ECORRUPT;
		} else if (goes_on && !goes_on(ctx, want))
			err = LT_ECLOSED;
	}
	free(data);
	digest_tell(&digest, found);
	return err || memcmp(found, sha256, sizeof(found)) == 0 ? err : LT_ECORRUPT;
}

enum lt_err large_look_file(const char *folder, const uint8_t sha256[32], large_goes_on *goes_on, void *ctx,
			    uint64_t *size, uint64_t *where)
{
	char name[2 * 32 + 1], path[FILES_PATH];
	struct stat st;
	lt_hex(lt_bytes(sha256, 32), name);
	*size = 0;
	*where = LARGE_FAULT_FILE;
	enum lt_err err = files_path(path, folder, name);
	if (err)
		return err;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? LT_ENOENT : errno == ELOOP ? LT_ECORRUPT : LT_EIO;
	if (fstat(fd, &st) != 0)
		err = LT_EIO;
	else if (!S_ISREG(st.st_mode) || (*size = bytes_of((uint64_t)st.st_size)) == 0)
		err = LT_ECORRUPT;
	else
		err = look_at(fd, *size, sha256, goes_on, ctx, where);
	close(fd);
	return err;
}

static enum lt_err judge(const char *folder, const uint8_t sha256[32], struct large_faults *faults,
			 large_goes_on *goes_on, void *ctx)
{
	uint64_t size, where;
	char name[2 * 32 + 1];
	enum lt_err err = large_look_file(folder, sha256, goes_on, ctx, &size, &where);
	lt_hex(lt_bytes(sha256, 32), name);
	if (err == LT_OK)
		large_faults_remove(faults, sha256);
	if (err != LT_ECORRUPT && err != LT_EIO)
		return err;
	large_faults_add(faults, sha256, where);
	lt_log_peer(LT_LOG_ERROR, "the file of a large part is damaged", name, "", "part", name, "error",
		    lt_err_text(err), "remedy", "copy it from a backup's large/ into DATA/large/", NULL);
	return LT_OK;
}

enum lt_err large_look_all(const char *folder, struct large_faults *faults, large_goes_on *goes_on, void *ctx)
{
	struct files_names names;
	enum lt_err err = files_list(folder, &names);
	if (err)
		return err;
	for (size_t i = 0; i < names.count && !err; i++) {
		uint8_t sha256[32];
		if (lt_unhex(names.names[i], sha256, sizeof(sha256)))
			continue; /* it is being written */
		err = judge(folder, sha256, faults, goes_on, ctx);
		if (err == LT_ENOENT) /* its time was over meanwhile */
			err = LT_OK;
	}
	files_names_fini(&names);
	return err;
}

enum lt_err large_look_again(const char *folder, struct large_faults *faults, large_goes_on *goes_on, void *ctx)
{
	uint8_t list[LARGE_FAULTS_MAX][32];
	size_t count = large_faults_list(faults, list);
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < count && !err; i++) {
		err = judge(folder, list[i], faults, goes_on, ctx);
		if (err == LT_ENOENT) /* it is still missing */
			err = LT_OK;
	}
	return err;
}
