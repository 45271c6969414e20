/* replay_mark.c: the mark of a replay. The page cache outlives the process, so a store to mapped memory is enough to tell the
 * next start; a power cut may lose it, and then one more crash is needed. */
#include "replay_mark.h"

#include "store/store_files.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MARK_WORDS = 4 };
enum {
	AT = 0,
	CRASHED,
	CRASHES,
	UNUSED
}; /* little-endian words: under way; where the last start died; how often in a row */
#define CRASHES_MAX 2u

struct replay_mark {
	volatile uint64_t *words;
};

static uint64_t get(const struct replay_mark *mark, size_t word)
{
	return le64toh(mark->words[word]);
}

static void put(struct replay_mark *mark, size_t word, uint64_t value)
{
	mark->words[word] = htole64(value);
}

static enum lt_err map(const char *path, struct replay_mark *mark)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return LT_EIO;
	/* Allocated, not only lengthened: a store to a page that the full disk cannot take would be SIGBUS. */
	int refused = posix_fallocate(fd, 0, (off_t)(MARK_WORDS * sizeof(uint64_t)));
	enum lt_err err = LT_OK;
	if (refused) {
		errno = refused;
		err = refused == ENOSPC ? LT_EFULL : LT_EIO;
	} else {
		void *at = mmap(NULL, MARK_WORDS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (at == MAP_FAILED)
			err = LT_EIO;
		else
			mark->words = at;
	}
	int saved = errno;
	close(fd);
	errno = saved;
	return err;
}

/* What the process before has left. */
static uint64_t judge(struct replay_mark *mark)
{
	uint64_t at = get(mark, AT);
	if (at == 0)
		return get(mark, CRASHES) >= CRASHES_MAX ? get(mark, CRASHED) : 0;
	uint64_t crashes = get(mark, CRASHED) == at ? get(mark, CRASHES) + 1 : 1;
	put(mark, CRASHED, at);
	put(mark, CRASHES, crashes);
	put(mark, AT, 0);
	return crashes >= CRASHES_MAX ? at : 0;
}

enum lt_err replay_mark_open(const char *data, struct replay_mark **out, uint64_t *poison)
{
	char path[FILES_PATH];
	struct replay_mark *mark = calloc(1, sizeof(*mark));
	if (!mark)
		return LT_ENOMEM;
	enum lt_err err = files_path(path, data, "replaying");
	if (!err)
		err = map(path, mark);
	if (err) {
		free(mark);
		return err;
	}
	*poison = judge(mark);
	*out = mark;
	return LT_OK;
}

void replay_mark_set(void *mark, uint64_t sequence)
{
	put(mark, AT, sequence);
}

void replay_mark_clear(struct replay_mark *mark)
{
	put(mark, AT, 0);
	put(mark, CRASHED, 0);
	put(mark, CRASHES, 0);
}

void replay_mark_close(struct replay_mark *mark)
{
	if (!mark)
		return;
	munmap((void *)(uintptr_t)mark->words, MARK_WORDS * sizeof(uint64_t));
	free(mark);
}
