/* spool.c: the spool's thread.
 *
 * It sleeps until somebody puts something into `out` (inotify), until the feed has grown, or for a while: inotify tells nothing on network file
 * systems, and forgets what was there before. Awake, it sends what lies in `out` and follows the feed. The folders are opened anew each
 * time, so that who replaces one is not told of the old one for ever. It keeps nothing that is not in the store. */
#include "spool_internal.h"

#include "http/api_view.h"
#include "program/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#define AGAIN_MS 10000          /* after something that could not be done: a full disk, a folder without rights */
#define PURGE_MS (24 * 3600000) /* rows of what the outbox has let go */

static int64_t milliseconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void watch(const struct spool *spool)
{
	char out[4096];
	snprintf(out, sizeof(out), "%s/out", spool->path);
	inotify_add_watch(spool->notify_fd, out, IN_CREATE | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR);
}

/* Once for each cause: what cannot be done is tried every few seconds. Health names it until a round has gone through. */
static void complain(const struct spool *spool, const char *what, enum lt_err err)
{
	struct lt_refusal why;
	lt_refuse(&why, LT_SPOOL_STOPPED, "spool: %.300s: %s: %s", spool->path, what,
		  err == LT_EIO ? strerror(errno) : lt_err_text(err));
	adapter_say_way(spool->adapter, ADAPTER_WAY_SPOOL, &why);
	lt_log_peer(LT_LOG_ERROR, "the spool cannot go on", what, lt_err_text(err), "path", spool->path, "doing", what,
		    "error", err == LT_EIO ? strerror(errno) : lt_err_text(err), NULL);
}

static enum lt_err run_purge(void *ctx, struct vault_tx *tx)
{
	(void)ctx;
	return spool_rows_purge(tx);
}

/* When to look at `out` again, in milliseconds. */
static int do_round(struct spool *spool, bool send)
{
	int wait = AGAIN_MS;
	enum lt_err err = spool_folders_open(spool->path, &spool->folders);
	if (err) {
		complain(spool, "open", err);
		return AGAIN_MS;
	}
	watch(spool);
	if (send) {
		err = spool_send_all(spool, &wait);
		if (err)
			complain(spool, "send", err);
		wait = err ? AGAIN_MS : wait;
	}
	enum lt_err followed = spool_follow(spool);
	if (followed)
		complain(spool, "follow", followed);
	else if (send && !err)
		adapter_say_way(spool->adapter, ADAPTER_WAY_SPOOL, &(struct lt_refusal){ 0 });
	spool_folders_close(&spool->folders);
	return wait;
}

/* True: something was put into `out`. */
static bool sleep_until(const struct spool *spool, int64_t until)
{
	char events[4096];
	uint64_t count;
	struct pollfd fds[2] = { { .fd = spool->wake_fd, .events = POLLIN },
				 { .fd = spool->notify_fd, .events = POLLIN } };
	int64_t left = until - milliseconds();
	if (poll(fds, 2, left > 0 ? (int)left : 0) <= 0)
		return false;
	while (read(spool->wake_fd, &count, sizeof(count)) > 0)
		;
	bool put = false;
	while (read(spool->notify_fd, events, sizeof(events)) > 0)
		put = true;
	return put;
}

static void *thread_main(void *ctx)
{
	struct spool *spool = ctx;
	struct vault_tx *tx;
	int64_t send_at = milliseconds(), purge_at = send_at;
	if (!vault_read_begin(adapter_vault(spool->adapter), &tx)) {
		spool_place_get(tx, &spool->place);
		vault_read_end(tx);
	}
	while (!atomic_load(&spool->stopping)) {
		atomic_fetch_add(&spool->rounds, 1);
		int64_t now = milliseconds();
		bool send = now >= send_at;
		int wait = do_round(spool, send);
		if (send)
			send_at = milliseconds() + wait;
		if (now >= purge_at) {
			vault_run(adapter_vault(spool->adapter), run_purge, NULL);
			purge_at = now + PURGE_MS;
		}
		if (sleep_until(spool, send_at))
			send_at = 0;
	}
	return NULL;
}

static enum lt_err prepare(struct spool *spool, char *error, size_t size)
{
	enum lt_err err = spool_folders_open(spool->path, &spool->folders);
	if (err) {
		snprintf(error, size, "spool %.300s: %s", spool->path, strerror(errno));
		return err;
	}
	watch(spool); /* before the first look, so that nothing is missed between */
	spool_folders_close(&spool->folders);
	if (pthread_create(&spool->thread, NULL, thread_main, spool) != 0)
		return LT_EIO;
	pthread_setname_np(spool->thread, "spool");
	spool->started = true;
	return LT_OK;
}

enum lt_err spool_new(struct adapter *adapter, const char *path, struct spool **out, char *error, size_t error_size)
{
	struct spool *spool = calloc(1, sizeof(*spool));
	if (!spool)
		return LT_ENOMEM;
	spool->adapter = adapter;
	spool->path = strdup(path);
	spool->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	spool->notify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(error, error_size, "spool %.300s: %s", path, strerror(errno));
	enum lt_err err = spool->path ? lt_arena_new(API_ARENA_MAX, &spool->arena) : LT_ENOMEM;
	if (!err && (spool->wake_fd < 0 || spool->notify_fd < 0))
		err = LT_EIO;
	if (!err)
		err = prepare(spool, error, error_size);
	if (err)
		spool_free(spool);
	else
		*out = spool;
	return err;
}

void spool_notify(struct spool *spool)
{
	uint64_t one = 1;
	ssize_t ignored = spool ? write(spool->wake_fd, &one, sizeof(one)) : 0; /* full means that it is awake */
	(void)ignored;
}

uint64_t spool_rounds(struct spool *spool)
{
	spool_notify(spool);
	return atomic_load(&spool->rounds);
}

void spool_stop(struct spool *spool)
{
	if (!spool || !spool->started)
		return;
	atomic_store(&spool->stopping, true);
	spool_notify(spool);
	pthread_join(spool->thread, NULL);
	spool->started = false;
}

void spool_free(struct spool *spool)
{
	if (!spool)
		return;
	spool_stop(spool);
	if (spool->wake_fd >= 0)
		close(spool->wake_fd);
	if (spool->notify_fd >= 0)
		close(spool->notify_fd);
	lt_arena_free(spool->arena);
	free(spool->path);
	free(spool);
}
