/* control_thread.c: operators' requests, in a thread of their own. The ring is in order: were a directory of 32 MiB checked by an ADMIT
 * worker, every envelope behind it would wait. So a request is checked here and reaches the ring, through the gate, as a job that
 * costs the engine no more than any other. */
#include "control_thread.h"

#include <stdlib.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "control_socket.h"
#include "program/log.h"
#include "queue/env.h"

enum {
	LOOK_AROUND_MS = 1000, /* between two looks at what is half sent */
	LOGIN_MAX = 64,        /* bytes with NUL: Linux has 32 */
	CODE_SHOWN = 65,       /* bytes with NUL: longer than any code; what a client writes there is not checked yet */
	FAREWELL_MS = 1000,    /* for answers that are on their way when the broker stops */
};
#define ARENA_MAX (16u << 20) /* views only: a directory's bytes stay where they are */

struct control_thread {
	struct control_thread_options options; /* its operators by `lock` */
	pthread_mutex_t lock;
	struct gate_outputs jobs;
	struct gate_outputs answers;
	struct control_socket *socket;
	int event; /* answers wait, or it is time to stop */
	_Atomic bool stop;
	struct lt_arena *arena;
	struct lt_buf text, outputs;
	struct rulebook *rulebook;
	uint64_t seen;
	pthread_t backup_thread;
	bool backup_started;
	_Atomic bool backup_running;
	uint64_t backup_client;
	char backup_path[4096];
};

enum lt_err control_thread_new(const struct control_thread_options *options, struct control_thread **out, char *error,
			       size_t error_size)
{
	struct control_thread *control = calloc(1, sizeof *control);
	if (!control)
		return LT_ENOMEM;
	control->options = *options;
	pthread_mutex_init(&control->lock, NULL);
	control->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	gate_outputs_init(&control->jobs, options->event);
	gate_outputs_init(&control->answers, control->event);
	enum lt_err err = control->event >= 0 ? lt_arena_new(ARENA_MAX, &control->arena) : LT_ENOMEM;
	if (!err && options->path)
		err = control_socket_open(options->path, &control->socket, error, error_size);
	if (err) {
		control_thread_free(control);
		return err;
	}
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
	control_socket_close(control->socket);
	gate_outputs_fini(&control->jobs);
	gate_outputs_fini(&control->answers);
	if (control->event >= 0)
		close(control->event);
	pthread_mutex_destroy(&control->lock);
	lt_arena_free(control->arena);
	lt_buf_fini(&control->text);
	lt_buf_fini(&control->outputs);
	free(control);
}

bool control_thread_take_jobs(struct control_thread *control, struct lt_buf *buf)
{
	return atomic_load(&control->jobs.bytes) > 0 && gate_outputs_take(&control->jobs, buf);
}

void control_thread_answer(struct control_thread *control, uint64_t client, struct lt_bytes answer)
{
	struct lt_buf encoded = { 0 };
	struct output out = { .type = OUTPUT_CONTROL, .client = client, .data = answer };
	if (output_encode(&out, &encoded))
		lt_fatal("out of memory: control answer");
	gate_outputs_put(&control->answers, &encoded);
	lt_buf_fini(&encoded);
}

static void answer(struct control_thread *control, uint64_t client, const struct lt_control_answer *what)
{
	struct lt_buf text = { 0 };
	if (lt_control_answer_encode(what, &text))
		lt_fatal("out of memory: control answer");
	control_thread_answer(control, client, lt_buf_bytes(&text));
	lt_buf_fini(&text);
}

static void refuse(struct control_thread *control, uint64_t client, const struct lt_refusal *refusal)
{
	lt_log(LT_LOG_WARNING, "request refused", "reason", lt_reason_name(refusal->reason), "detail", refusal->detail,
	       NULL);
	struct lt_control_answer out = { .reason = refusal->reason };
	lt_control_refuse(&out, refusal);
	answer(control, client, &out);
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

void control_thread_set_operators(struct control_thread *control, const struct operators *operators)
{
	pthread_mutex_lock(&control->lock);
	control->options.operators = *operators;
	pthread_mutex_unlock(&control->lock);
}

static enum lt_reason check_roles(struct control_thread *control, const struct control_peer *peer,
				  const struct lt_control_request *request, struct lt_refusal *refusal)
{
	pthread_mutex_lock(&control->lock);
	enum lt_reason reason = operators_check(&control->options.operators, peer, request, refusal);
	pthread_mutex_unlock(&control->lock);
	return reason;
}

/* What the client says of its own uid and login counts for nothing. `login` is the caller's. */
static void set_caller(struct lt_control_request *request, uint32_t uid, const char *login, unsigned roles)
{
	request->asker = (struct lt_asker){ .uid = uid, .login = login, .roles = roles };
	request->define.uid = request->admin.uid = request->outage.uid = request->activate.uid = request->erase.uid =
		uid;
	request->define.login = request->admin.login = request->outage.login = request->activate.login =
		request->erase.login = login;
}

static void to_engine(struct control_thread *control, uint64_t client, struct lt_bytes request)
{
	struct input input = { .type = INPUT_CONTROL, .u.control = { .client = client, .request = request } };
	if (input_encode(&input, &control->text))
		lt_fatal("out of memory: control job");
	gate_outputs_put(&control->jobs, &control->text);
}

/* With who asks in it. */
static void named_to_engine(struct control_thread *control, uint64_t client, struct lt_control_request *request,
			    const struct control_peer *peer)
{
	struct lt_buf bytes = { 0 };
	char login[LOGIN_MAX] = "";
	pthread_mutex_lock(&control->lock);
	unsigned roles = operators_roles(&control->options.operators, peer);
	pthread_mutex_unlock(&control->lock);
	set_caller(request, peer->uid,
		   control->options.login ? control->options.login(peer->uid, login, sizeof login) : "", roles);
	if (lt_control_request_encode(request, &bytes))
		lt_fatal("out of memory: control request");
	to_engine(control, client, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
}

static const char *act_name(enum lt_control_type type)
{
	return type == LT_CONTROL_DEFINE     ? "define"
	       : type == LT_CONTROL_ADMIN    ? "admin"
	       : type == LT_CONTROL_OUTAGE   ? "outage"
	       : type == LT_CONTROL_ACTIVATE ? "activate"
	       : type == LT_CONTROL_ERASE    ? "erase"
	       : type == LT_CONTROL_BACKUP   ? "backup"
					     : NULL;
}

/* Who has looked at a dossier, at delays, or at papers. */
static void log_look(const struct lt_control_request *request, const struct control_peer *peer)
{
	char code[CODE_SHOWN];
	if (request->type == LT_CONTROL_DOSSIER) {
		snprintf(code, sizeof code, "%s", request->code);
		lt_log(LT_LOG_NOTICE, "dossier looked at", "dossier", code, "uid", lt_log_u64(peer->uid), "pid",
		       lt_log_u64((uint64_t)peer->pid), NULL);
	} else if (request->type == LT_CONTROL_DELAYS) {
		snprintf(code, sizeof code, "%s", request->delays.dossiers[0]);
		lt_log(LT_LOG_NOTICE, "delays looked at", "first", code, "dossiers", lt_log_u64(request->delays.count),
		       "uid", lt_log_u64(peer->uid), "pid", lt_log_u64((uint64_t)peer->pid), NULL);
	} else if (request->type == LT_CONTROL_RECORD && request->parts) {
		lt_log(LT_LOG_NOTICE, "papers looked at", "sequence", lt_log_u64(request->sequence), "uid",
		       lt_log_u64(peer->uid), "pid", lt_log_u64((uint64_t)peer->pid), NULL);
	}
}

static void work(void *ctx, uint64_t client, const struct control_peer *peer, struct lt_bytes bytes)
{
	struct control_thread *control = ctx;
	const struct env *env = control->options.env;
	struct lt_control_request request = { 0 };
	struct lt_refusal refusal = { 0 };
	stats_add(control->options.stats, STATS_CONTROL, 1);
	lt_arena_reset(control->arena);
	rulebook_current_refresh(control->options.current, &control->rulebook, &control->seen);
	enum lt_reason reason = lt_control_request_decode(bytes, control->arena, &request, &refusal);
	if (!reason)
		reason = check_roles(control, peer, &request, &refusal);
	if (!reason)
		reason = control_check(control->rulebook, &request, env_time(env), control->arena, &refusal);
	if (!reason && act_name(request.type))
		lt_log(LT_LOG_NOTICE, "act of an operator", "act", act_name(request.type), "uid", lt_log_u64(peer->uid),
		       "gid", lt_log_u64(peer->gid), "pid", lt_log_u64((uint64_t)peer->pid), NULL);
	if (!reason)
		log_look(&request, peer);
	if (!reason && request.type == LT_CONTROL_BACKUP)
		reason = start_backup(control, client, request.path, &refusal);
	else if (!reason && (act_name(request.type) || request.type == LT_CONTROL_STATUS))
		named_to_engine(control, client, &request, peer);
	else if (!reason)
		to_engine(control, client, bytes);
	if (reason)
		refuse(control, client, &refusal);
}

static void send_answers(struct control_thread *control)
{
	uint64_t count;
	if (read(control->event, &count, sizeof count) < 0 && errno != EAGAIN)
		lt_fatal("control: eventfd: %s", strerror(errno));
	if (!gate_outputs_take(&control->answers, &control->outputs))
		return;
	struct lt_bytes rest = lt_buf_bytes(&control->outputs);
	struct output out;
	for (size_t used; rest.len > 0 && (used = output_decode(rest, &out)) > 0;) {
		control_socket_answer(control->socket, out.client, out.data);
		rest = lt_bytes(rest.data + used, rest.len - used);
	}
	lt_buf_clear(&control->outputs);
}

static void take_no_more(void *ctx, uint64_t client, const struct control_peer *peer, struct lt_bytes request)
{
	(void)peer;
	(void)request;
	answer(ctx, client, &(struct lt_control_answer){ .reason = LT_BROKER_STOPPING, .detail = "" });
}

void control_thread_run(struct control_thread *control)
{
	const struct env *env = control->options.env;
	while (control->socket && !atomic_load(&control->stop)) {
		control_socket_serve(control->socket, control->event, LOOK_AROUND_MS, env->boottime(env->ctx), work,
				     control);
		send_answers(control);
	}
	join_backup(control);
	int64_t until = env->boottime(env->ctx) + (int64_t)FAREWELL_MS * 1000;
	for (int64_t now; control->socket && (now = env->boottime(env->ctx)) < until;) {
		send_answers(control);
		if (!control_socket_sending(control->socket))
			break;
		control_socket_serve(control->socket, control->event, 10, now, take_no_more, control);
	}
}

void control_thread_stop(struct control_thread *control)
{
	uint64_t one = 1;
	atomic_store(&control->stop, true);
	if (write(control->event, &one, sizeof one) != (ssize_t)sizeof one)
		lt_log(LT_LOG_ERROR, "control cannot be woken", NULL);
}
