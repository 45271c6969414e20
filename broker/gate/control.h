/* control.h: the operator's requests. The gate owns the socket (ZeroMQ ROUTER on ipc://, mode 0660) and hands requests over; one thread
 * here reads and checks them: DEFINE and ADMIN need operator and reason, a definition must hold against the rulebook in
 * force. What is right becomes a JOB_CONTROL that the gate puts into the ring; the rest is answered at once. */
#ifndef BROKER_CONTROL_H
#define BROKER_CONTROL_H

#include "record/control.h"
#include "queue/job.h"
#include "queue/gate_outputs.h"
#include "state/rulebook.h"
#include "queue/stats.h"
#include "queue/waiter.h"

#define CONTROL_WAITING_MAX (128u << 20) /* bytes of requests that wait: two of the largest */

struct control_options {
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
struct control;
enum lt_err control_new(const struct control_options *options, struct control **out);
void control_free(struct control *control); /* after control_run has returned */
/* Gate: hands a request over; LT_EFULL when too much waits. */
enum lt_err control_put(struct control *control, uint64_t client, struct lt_bytes request);
/* Gate: encoded jobs for the ring into buf, which must be empty. */
bool control_take_jobs(struct control *control, struct lt_buf *buf);
void control_run(struct control *control);  /* the thread */
void control_stop(struct control *control); /* any thread */

/* Checks of one decoded request; 0 when the engine may have it. `arena` is the request's. */
enum lt_reason control_check(struct rulebook *rulebook, const struct lt_control_request *request, int64_t now,
			     struct lt_arena *arena, struct lt_refusal *refusal);

#endif
