/* outbox.h: bytes from other threads to the gate: encoded outs (engine, control) or encoded jobs (control). A growing buffer that
 * the gate swaps against its own empty one; an eventfd tells it that something waits. Any thread. */
#ifndef BROKER_OUTBOX_H
#define BROKER_OUTBOX_H

#include <pthread.h>
#include <stdatomic.h>

#include <lienthong/base.h>

#define OUTBOX_BYTES (24u << 20) /* above this the engine makes no more deliveries: the gate is behind */

struct outbox {
	pthread_mutex_t lock;
	struct lt_buf waiting;
	_Atomic size_t bytes;
	int event; /* eventfd, borrowed */
};
void outbox_init(struct outbox *outbox, int event);
void outbox_fini(struct outbox *outbox);
/* Takes what buf holds and clears it; wakes the gate. */
void outbox_put(struct outbox *outbox, struct lt_buf *buf);
/* Gate: swaps what waits into buf, which must be empty. False when nothing waited. */
bool outbox_take(struct outbox *outbox, struct lt_buf *buf);
bool outbox_full(const struct outbox *outbox);

#endif
