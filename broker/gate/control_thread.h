/* control_thread.h: the operator's requests. The gate owns the socket (ZeroMQ ROUTER on ipc://, mode 0660) and hands requests over; one thread
 * here reads and checks them: DEFINE and ADMIN need operator and reason, a definition must hold against the rulebook in
 * force. What is right becomes a INPUT_CONTROL that the gate puts into the ring; the rest is answered at once. */
#ifndef GATE_CONTROL_THREAD_H
#define GATE_CONTROL_THREAD_H

#include "record/control.h"
#include "queue/input.h"
#include "queue/gate_outputs.h"
#include "state/rulebook.h"
#include "queue/stats.h"
#include "queue/wakeup.h"

#define CONTROL_WAITING_MAX (128u << 20) /* bytes of requests that wait: two of the largest */

struct control_thread_options {
	const struct env *env;
	struct rulebook_current *current;
	struct stats *stats;
	struct gate_outputs *outs; /* answers that need no engine */
	int event;                 /* the gate's eventfd */
	/* Makes a copy of the journal and the state into a folder while the broker runs; own thread. NULL: refused. */
	enum lt_err (*backup)(void *ctx, const char *path, uint64_t *sequence, uint64_t *bytes, char *error,
			      size_t error_size);
	void *backup_ctx;
};
struct control_thread;
enum lt_err control_thread_new(const struct control_thread_options *options, struct control_thread **out);
void control_thread_free(struct control_thread *control); /* after control_thread_run has returned */
/* Gate: hands a request over; LT_EFULL when too much waits. */
enum lt_err control_thread_put(struct control_thread *control, uint64_t client, struct lt_bytes request);
/* Gate: encoded jobs for the ring into buf, which must be empty. */
bool control_thread_take_jobs(struct control_thread *control, struct lt_buf *buf);
void control_thread_run(struct control_thread *control);  /* the thread */
void control_thread_stop(struct control_thread *control); /* any thread */

/* Checks of one decoded request; 0 when the engine may have it. `arena` is the request's. */
enum lt_reason control_check(struct rulebook *rulebook, const struct lt_control_request *request, int64_t now,
			     struct lt_arena *arena, struct lt_refusal *refusal);

#endif
