/* follower.c: one step after another. */
#include "follower.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "project/project.h"
#include "program/log.h"

#define ASK_US INT64_C(1000000)  /* how the broker is; a page is no newer */
#define TELL_US INT64_C(1000000) /* browsers are told at most so often */
#define BROKER_SECONDS 5
#define ARENA_MAX (64u << 20)

struct follower {
	char *path;
	struct desk *desk;
	struct door *door;
	struct project *project;
	struct control_line *line;
	struct lt_arena *arena;
	struct lt_buf answer;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop;
	_Atomic uint64_t rounds;
	int64_t asked, told;
	uint64_t around; /* desk_broker */
	bool news, making;
};

static int64_t clock_us(clockid_t which)
{
	struct timespec now;
	clock_gettime(which, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void on_changed(void *ctx, const struct project_change *change)
{
	struct follower *follower = ctx;
	desk_changed(follower->desk, change->code);
	follower->news = true;
}

static void on_progress(void *ctx, const struct project_state *state)
{
	struct follower *follower = ctx;
	bool making = state->phase == PROJECT_REBUILDING;
	desk_set_legal(follower->desk, state->time);
	if (follower->making && !making) /* what has changed while it was made was not told one by one */
		desk_changed(follower->desk, NULL);
	follower->news |= making || follower->making;
	follower->making = making;
}

/* Without the copy (a full disk) the console serves what the broker itself says; it is tried again. */
static enum lt_err open_copy(struct follower *follower)
{
	struct project_options options = { .path = follower->path,
					   .control = desk_control(follower->desk),
					   .progress = on_progress,
					   .changed = on_changed,
					   .ctx = follower };
	enum lt_err err = project_open(&options, &follower->project);
	if (err == LT_EIO)
		lt_log_peer(LT_LOG_ERROR, "the copy of the dossiers cannot be made", "project", lt_err_text(err),
			    "path", follower->path, NULL);
	return err;
}

enum lt_err follower_new(const char *path, struct desk *desk, struct follower **out)
{
	struct follower *follower = calloc(1, sizeof(*follower));
	if (!follower)
		return LT_ENOMEM;
	follower->desk = desk;
	follower->path = strdup(path);
	pthread_mutex_init(&follower->lock, NULL);
	pthread_cond_init(&follower->wake, NULL);
	enum lt_err err = follower->path ? lt_arena_new(ARENA_MAX, &follower->arena) : LT_ENOMEM;
	if (!err)
		err = open_copy(follower);
	if (err && err != LT_EIO) {
		follower_free(follower);
		return err;
	}
	*out = follower;
	return LT_OK;
}

static const char *why(enum lt_err err)
{
	return err == LT_ENOENT     ? "no control socket"
	       : err == LT_EDENIED  ? "the console may not use the control socket"
	       : err == LT_ETIMEOUT ? "no answer in time"
	       : err == LT_ECLOSED  ? errno ? strerror(errno) : "it closed the connection"
				    : lt_err_text(err);
}

/* What the verdict counts, as items that could not be taken, stands in the copy's lists too: both change together. */
static void look_around(struct follower *follower)
{
	uint64_t around = desk_broker(follower->desk).around;
	if (around != follower->around && follower->project)
		project_look_around(follower->project);
	follower->around = around;
}

/* Asks STATUS under the console's own user. */
static void ask_status(struct follower *follower)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct lt_control_answer answer;
	struct lt_refusal refusal = { 0 };
	enum lt_err err = LT_OK;
	lt_arena_reset(follower->arena);
	if (!follower->line)
		err = control_line_open(desk_control(follower->desk), BROKER_SECONDS, &follower->line);
	if (!err)
		err = control_line_call(follower->line, &request, follower->arena, &follower->answer, &answer,
					&refusal);
	const char *said = err ? why(err) : "";
	struct lt_bytes bytes = err ? lt_bytes(NULL, 0) : lt_buf_bytes(&follower->answer);
	follower->news |= desk_set_status(follower->desk, bytes, clock_us(CLOCK_REALTIME), said);
	look_around(follower);
	if (err) {
		control_line_close(follower->line);
		follower->line = NULL;
	}
}

static bool pause_for(struct follower *follower, int64_t us)
{
	struct timespec until;
	int64_t end = clock_us(CLOCK_REALTIME) + us;
	until.tv_sec = (time_t)(end / 1000000);
	until.tv_nsec = (long)(end % 1000000) * 1000;
	pthread_mutex_lock(&follower->lock);
	while (us > 0 && !follower->stop && pthread_cond_timedwait(&follower->wake, &follower->lock, &until) == 0)
		;
	bool stop = follower->stop;
	pthread_mutex_unlock(&follower->lock);
	return !stop;
}

/* One step of the copy; whether there is more at once. */
static bool step(struct follower *follower)
{
	bool more = false;
	enum lt_err err = follower->project ? LT_OK : open_copy(follower);
	if (err)
		return false;
	err = project_step(follower->project, &more);
	if (err)
		lt_log_peer(LT_LOG_ERROR, "the copy of the dossiers cannot be written", "project", lt_err_text(err),
			    NULL);
	const struct project_state *state = project_state(follower->project);
	if (state->time)
		desk_set_legal(follower->desk, state->time);
	return more && !err;
}

static void *run(void *arg)
{
	struct follower *follower = arg;
	bool more;
	do {
		int64_t now = clock_us(CLOCK_MONOTONIC);
		if (now - follower->asked >= ASK_US) {
			ask_status(follower);
			follower->asked = now;
		}
		more = step(follower);
		if (follower->news && now - follower->told >= TELL_US) {
			door_tell(follower->door, desk_broker(follower->desk).sequence);
			follower->told = now;
			follower->news = false;
		}
		atomic_fetch_add(&follower->rounds, 1);
	} while (pause_for(follower, more ? 0 : PROJECT_PAUSE));
	return NULL;
}

enum lt_err follower_start(struct follower *follower, struct door *door)
{
	follower->door = door;
	if (pthread_create(&follower->thread, NULL, run, follower) != 0)
		return LT_EIO;
	follower->running = true;
	return LT_OK;
}

void follower_free(struct follower *follower)
{
	if (!follower)
		return;
	pthread_mutex_lock(&follower->lock);
	follower->stop = true;
	pthread_cond_signal(&follower->wake);
	pthread_mutex_unlock(&follower->lock);
	if (follower->running)
		pthread_join(follower->thread, NULL);
	project_close(follower->project);
	control_line_close(follower->line);
	lt_arena_free(follower->arena);
	lt_buf_fini(&follower->answer);
	free(follower->path);
	pthread_cond_destroy(&follower->wake);
	pthread_mutex_destroy(&follower->lock);
	free(follower);
}

uint64_t follower_rounds(const struct follower *follower)
{
	return atomic_load(&follower->rounds);
}
