/* control_thread.c: operators' requests, in a thread of their own. The ring is in order: were a directory of 32 MiB checked by an ADMIT
 * worker, every envelope behind it would wait. So a request goes from the gate to this thread, is checked, and comes back as a
 * job that costs the engine no more than any other. */
#include "control_thread.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"
#include "queue/env.h"

#define ARENA_MAX (16u << 20) /* views only: a directory's bytes stay where they are */

struct control_thread {
	struct control_thread_options options;
	struct gate_outputs jobs;
	pthread_mutex_t lock;
	struct lt_buf waiting; /* requests: client (8 bytes), length (8 bytes), bytes */
	struct lt_buf working;
	_Atomic size_t bytes;
	_Atomic bool stop;
	struct wakeup wakeup;
	struct lt_arena *arena;
	struct lt_buf text;
	struct rulebook *rulebook;
	uint64_t seen;
	pthread_t backup_thread;
	bool backup_started;
	_Atomic bool backup_running;
	uint64_t backup_client;
	char backup_path[4096];
};

enum lt_err control_thread_new(const struct control_thread_options *options, struct control_thread **out)
{
	struct control_thread *control = calloc(1, sizeof *control);
	if (!control)
		return LT_ENOMEM;
	control->options = *options;
	enum lt_err err = lt_arena_new(ARENA_MAX, &control->arena);
	if (err) {
		free(control);
		return err;
	}
	LT_ASSERT(pthread_mutex_init(&control->lock, NULL) == 0);
	gate_outputs_init(&control->jobs, options->event);
	wakeup_init(&control->wakeup);
	*out = control;
	return LT_OK;
}

static void join_backup(struct control_thread *control)
{
	if (control->backup_started)
		pthread_join(control->backup_thread, NULL);
	control->backup_started = false;
}

void control_thread_free(struct control_thread *control)
{
	if (!control)
		return;
	join_backup(control);
	if (control->rulebook)
		rulebook_unref(control->rulebook);
	gate_outputs_fini(&control->jobs);
	wakeup_fini(&control->wakeup);
	pthread_mutex_destroy(&control->lock);
	lt_arena_free(control->arena);
	lt_buf_fini(&control->waiting);
	lt_buf_fini(&control->working);
	lt_buf_fini(&control->text);
	free(control);
}

enum lt_err control_thread_put(struct control_thread *control, uint64_t client, struct lt_bytes request)
{
	uint64_t length = request.len;
	enum lt_err err = LT_EFULL;
	pthread_mutex_lock(&control->lock);
	if (control->waiting.len + request.len <= CONTROL_WAITING_MAX) {
		err = lt_buf_reserve(&control->waiting, request.len + 16);
		if (!err) {
			lt_buf_append(&control->waiting, &client, 8);
			lt_buf_append(&control->waiting, &length, 8);
			lt_buf_append(&control->waiting, request.data, request.len);
			atomic_store(&control->bytes, control->waiting.len);
		}
	}
	pthread_mutex_unlock(&control->lock);
	if (!err)
		wakeup_wake(&control->wakeup);
	return err;
}

bool control_thread_take_jobs(struct control_thread *control, struct lt_buf *buf)
{
	return atomic_load(&control->jobs.bytes) > 0 && gate_outputs_take(&control->jobs, buf);
}

static void answer(struct control_thread *control, uint64_t client, const struct lt_control_answer *what)
{
	struct lt_buf text = { 0 }, outs = { 0 };
	if (lt_control_answer_encode(what, &text))
		lt_fatal("out of memory: control answer");
	struct output out = { .type = OUTPUT_CONTROL, .client = client, .data = lt_buf_bytes(&text) };
	if (output_encode(&out, &outs))
		lt_fatal("out of memory: control answer");
	gate_outputs_put(control->options.outs, &outs);
	lt_buf_fini(&outs);
	lt_buf_fini(&text);
}

static void refuse(struct control_thread *control, uint64_t client, const struct lt_refusal *refusal)
{
	lt_log(LT_LOG_WARNING, "request refused", "reason", lt_reason_name(refusal->reason), "detail", refusal->detail,
	       NULL);
	answer(control, client, &(struct lt_control_answer){ .reason = refusal->reason, .detail = refusal->detail });
}

static void *run_backup(void *arg)
{
	struct control_thread *control = arg;
	char error[240] = "";
	struct lt_control_answer what = { .type = LT_CONTROL_BACKUP, .detail = "" };
	enum lt_err err = control->options.backup(control->options.backup_ctx, control->backup_path,
						  &what.backup.sequence, &what.backup.bytes, error, sizeof error);
	if (err) {
		struct lt_refusal refusal = { 0 };
		lt_refuse(&refusal, LT_INTERNAL_ERROR, "backup: %s: %.150s", lt_err_text(err), error);
		refuse(control, control->backup_client, &refusal);
	} else {
		lt_log(LT_LOG_NOTICE, "backup made", "path", control->backup_path, "sequence",
		       lt_log_u64(what.backup.sequence), NULL);
		answer(control, control->backup_client, &what);
	}
	atomic_store(&control->backup_running, false);
	return NULL;
}

static enum lt_reason start_backup(struct control_thread *control, uint64_t client, const char *path,
				   struct lt_refusal *refusal)
{
	if (!control->options.backup)
		return lt_refuse(refusal, LT_REQUEST_UNKNOWN, "backup");
	if (atomic_load(&control->backup_running))
		return lt_refuse(refusal, LT_OVERLOADED, "a backup is under way");
	size_t len = path ? strlen(path) : 0;
	if (len == 0 || len >= sizeof control->backup_path || path[0] != '/')
		return lt_refuse(refusal, LT_DEFINITION_INVALID, "backup: an absolute path of a new folder is needed");
	join_backup(control);
	memcpy(control->backup_path, path, len + 1);
	control->backup_client = client;
	atomic_store(&control->backup_running, true);
	if (pthread_create(&control->backup_thread, NULL, run_backup, control) != 0) {
		atomic_store(&control->backup_running, false);
		return lt_refuse(refusal, LT_OVERLOADED, "no thread for the backup");
	}
	control->backup_started = true;
	return LT_REASON_NONE;
}

static void to_engine(struct control_thread *control, uint64_t client, struct lt_bytes request)
{
	struct input input = { .type = INPUT_CONTROL, .u.control = { .client = client, .request = request } };
	if (input_encode(&input, &control->text))
		lt_fatal("out of memory: control job");
	gate_outputs_put(&control->jobs, &control->text);
}

static void work(struct control_thread *control, uint64_t client, struct lt_bytes bytes)
{
	const struct env *env = control->options.env;
	struct lt_control_request request;
	struct lt_refusal refusal = { 0 };
	stats_add(control->options.stats, STATS_CONTROL, 1);
	lt_arena_reset(control->arena);
	rulebook_current_refresh(control->options.current, &control->rulebook, &control->seen);
	enum lt_reason reason = lt_control_request_decode(bytes, control->arena, &request, &refusal);
	if (!reason)
		reason = control_check(control->rulebook, &request, env_time(env), control->arena, &refusal);
	if (!reason && request.type == LT_CONTROL_BACKUP)
		reason = start_backup(control, client, request.path, &refusal);
	else if (!reason)
		to_engine(control, client, bytes);
	if (reason)
		refuse(control, client, &refusal);
}

static bool has_work(void *ctx)
{
	struct control_thread *control = ctx;
	return atomic_load(&control->stop) || atomic_load(&control->bytes) > 0;
}

void control_thread_run(struct control_thread *control)
{
	while (!atomic_load(&control->stop)) {
		wakeup_wait(&control->wakeup, has_work, control, -1);
		pthread_mutex_lock(&control->lock);
		struct lt_buf waiting = control->waiting;
		control->waiting = control->working;
		control->working = waiting;
		atomic_store(&control->bytes, 0);
		pthread_mutex_unlock(&control->lock);
		struct lt_bytes rest = lt_buf_bytes(&control->working);
		while (rest.len > 0) {
			uint64_t client, length;
			memcpy(&client, rest.data, 8);
			memcpy(&length, rest.data + 8, 8);
			work(control, client, lt_bytes(rest.data + 16, (size_t)length));
			rest = lt_bytes(rest.data + 16 + length, rest.len - 16 - (size_t)length);
		}
		lt_buf_fini(&control->working); /* a directory's worth of memory is not kept */
	}
	join_backup(control);
}

void control_thread_stop(struct control_thread *control)
{
	atomic_store(&control->stop, true);
	wakeup_wake_all(&control->wakeup);
}
