/* spool_internal.h: between the files of this room. The spool's thread only. */
#ifndef ADAPTER_SPOOL_INTERNAL_H
#define ADAPTER_SPOOL_INTERNAL_H

#include "spool.h"
#include "spool_folders.h"
#include "spool_rows.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>

#define SPOOL_TOLD ".status.json" /* behind the name of what lies in `sent`: what became of it */
#define SPOOL_WHY ".txt"          /* behind the name of what lies in `failed`: why */
#define SPOOL_OVER_MAX 64u        /* envelopes found rejected between two marks of how far the feed was followed */

/* A large file of `out` whose bytes are a part already. */
struct spool_large {
	struct stat at;
	uint8_t sha256[32];
};
#define SPOOL_LARGE_MAX 64u /* remembered: two envelopes' worth; what is forgotten is copied again */

struct spool {
	struct adapter *adapter;
	struct spool_large large[SPOOL_LARGE_MAX];
	size_t large_next;
	char *path;
	pthread_t thread;
	bool started;
	atomic_bool stopping;
	atomic_ullong rounds;
	int wake_fd, notify_fd;
	struct spool_folders folders; /* open while something is done */
	struct lt_arena *arena;
	struct feed_place place; /* the feed was followed to here */
	size_t over_count;
	uint64_t over[SPOOL_OVER_MAX]; /* to be marked in their rows with it */
};

/* An entry that failed goes from one of the folders to `failed`, with its text. */
enum lt_err spool_fail(struct spool *spool, int from, const char *name, struct lt_bytes text);
/* JSON as a file; takes json. */
enum lt_err spool_write_json(struct spool *spool, int folder, const char *name, json_t *json);

/* ---- spool_out.c ---- */
/* Everything in `out`, in the order of the names. *wait_ms: when to look again, unless something comes before. */
enum lt_err spool_send_all(struct spool *spool, int *wait_ms);
/* ---- spool_large.c ---- */
/* As spool_large_taker. ctx: the spool. */
enum lt_err spool_take_large(void *ctx, int fd, const struct stat *at, uint8_t sha256[32]);
/* ---- spool_sent.c ---- */
/* What became of an envelope of ours that came through the spool, in `sent`; one that was rejected moves to `failed`. */
enum lt_err spool_tell(struct spool *spool, struct vault_tx *tx, uint64_t number);
/* ---- spool_in.c ---- */
/* An item of the inbox, as it is now; and whether it is laid out when it lies neither in `in` nor in `done`. */
enum spool_lay { SPOOL_LAY_NEVER, SPOOL_LAY_OPEN, SPOOL_LAY_ALWAYS }; /* OPEN: while somebody still has to look at it */
enum lt_err spool_lay_item(struct spool *spool, struct vault_tx *tx, uint64_t number, enum spool_lay when);
/* ---- spool_follow.c ---- */
/* Everything that the feed has told since. LT_EIO: it stays where it is, and is tried again. */
enum lt_err spool_follow(struct spool *spool);

#endif
