/* spool_large.c: a part of an entry that is too large to travel with its envelope. It is copied into the files of large parts, hashed on the
 * way, and is a part like any other from then on: as one that was uploaded. An entry that waits is read again every ten seconds, so what
 * was copied is known by its file for as long as the store has it. */
#include "spool_internal.h"

#include "mail/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COPY "get-spool" /* what a crash leaves of it goes as a fetch that stands still does */

struct taken {
	const struct spool *spool;
	uint64_t size;
	uint8_t sha256[32];
};

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool is_here(const struct spool *spool, const uint8_t sha256[32])
{
	struct vault_tx *tx;
	struct part_note note;
	if (vault_read_begin(adapter_vault(spool->adapter), &tx))
		return false;
	bool here = parts_find(tx, sha256, &note) == LT_OK;
	vault_read_end(tx);
	return here;
}

static bool is_known(const struct spool *spool, const struct stat *at, uint8_t sha256[32])
{
	for (size_t i = 0; i < SPOOL_LARGE_MAX; i++) {
		const struct spool_large *one = &spool->large[i];
		if (!same_file(&one->at, at) || !is_here(spool, one->sha256))
			continue;
		memcpy(sha256, one->sha256, 32);
		return true;
	}
	return false;
}

static enum lt_err copy(struct spool *spool, int fd, uint64_t size, struct part_writing *writing)
{
	uint8_t *data = malloc(PART_FILES_CHUNK);
	enum lt_err err = data ? LT_OK : LT_ENOMEM;
	while (!err && part_writing_offset(writing) < size) {
		ssize_t n = read(fd, data, PART_FILES_CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		atomic_fetch_add(&spool->rounds, 1);
		if (n < 0)
			err = LT_EIO;
		else if (n == 0 || atomic_load(&spool->stopping)) /* cut while it was read; it is looked at again */
			err = LT_EAGAIN;
		else
			err = part_writing_add(writing, data, (size_t)n);
	}
	free(data);
	return err;
}

static enum lt_err run_put(void *ctx, struct vault_tx *tx)
{
	const struct taken *taken = ctx;
	return parts_put_large(tx, taken->sha256, taken->size, adapter_speaker(taken->spool->adapter)->now());
}

enum lt_err spool_take_large(void *ctx, int fd, const struct stat *at, uint8_t sha256[32])
{
	struct spool *spool = ctx;
	struct part_files *files = adapter_files(spool->adapter);
	struct part_writing *writing = NULL;
	struct taken taken = { .spool = spool, .size = (uint64_t)at->st_size };
	if (is_known(spool, at, sha256))
		return LT_OK;
	if (part_files_room(files) < taken.size)
		return LT_EFULL;
	enum lt_err err = part_writing_open(files, COPY, 0, &writing);
	if (!err)
		err = copy(spool, fd, taken.size, writing);
	if (!err)
		err = part_writing_end(writing, NULL, taken.sha256);
	else if (writing)
		part_files_drop(files, COPY);
	part_writing_close(writing);
	if (!err)
		err = vault_run(adapter_vault(spool->adapter), run_put, &taken);
	if (err)
		return err;
	struct spool_large *one = &spool->large[spool->large_next++ % SPOOL_LARGE_MAX];
	one->at = *at;
	memcpy(one->sha256, taken.sha256, 32);
	memcpy(sha256, taken.sha256, 32);
	return LT_OK;
}
