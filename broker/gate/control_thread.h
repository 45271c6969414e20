/* control_thread.h: the operators' requests. One thread has their socket (control_socket.h), reads and checks what they ask: acts need
 * operator and reason, a definition must hold against the rulebook in force, and who asks is the kernel's word. What is right
 * becomes an INPUT_CONTROL that the gate puts into the ring; the rest is answered at once. */
#ifndef GATE_CONTROL_THREAD_H
#define GATE_CONTROL_THREAD_H

#include "operators.h"
#include "record/control.h"
#include "queue/input.h"
#include "queue/gate_outputs.h"
#include "state/rulebook.h"
#include "queue/stats.h"

struct control_thread_options {
	const struct env *env;
	struct rulebook_current *current;
	struct stats *stats;
	const char *path; /* of the socket; NULL: none */
	int event;        /* the gate's eventfd */
	struct operators operators;
	/* The login of a user, "" when there is none; control thread. NULL: none are known. */
	const char *(*login)(uint32_t uid, char *out, size_t out_size);
	/* Makes a copy of the journal and the state into a folder while the broker runs; own thread. NULL: refused. */
	enum lt_err (*backup)(void *ctx, const char *path, uint64_t *sequence, uint64_t *bytes, char *error,
			      size_t error_size);
	void *backup_ctx;
};
struct control_thread;
/* Binds the socket; an error comes with one line for a person. */
enum lt_err control_thread_new(const struct control_thread_options *options, struct control_thread **out, char *error,
			       size_t error_size);
void control_thread_free(struct control_thread *control); /* after control_thread_run has returned */
/* Any thread: the encoded ControlAnswer for a client. */
void control_thread_answer(struct control_thread *control, uint64_t client, struct lt_bytes answer);
/* Gate: encoded jobs for the ring into buf, which must be empty. */
bool control_thread_take_jobs(struct control_thread *control, struct lt_buf *buf);
void control_thread_set_operators(struct control_thread *control, const struct operators *operators); /* any thread; for
	the requests that follow, on open connections too */
void control_thread_run(struct control_thread *control);                                              /* the thread */
void control_thread_stop(struct control_thread *control); /* any thread; what is answered by then is sent */

/* Checks of one decoded request; 0 when the engine may have it. `arena` is the request's; what was read in a CRL is put into it. */
enum lt_reason control_check(struct rulebook *rulebook, struct lt_control_request *request, int64_t now,
			     struct lt_arena *arena, struct lt_refusal *refusal);

#endif
