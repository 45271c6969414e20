/* gate_outputs.h: bytes from other threads to the gate: encoded outs (engine, control) or encoded jobs (control). A growing buffer that
 * the gate swaps against its own empty one; an eventfd tells it that something waits. Any thread. */
#ifndef BROKER_GATE_OUTPUTS_H
#define BROKER_GATE_OUTPUTS_H

#include <pthread.h>
#include <stdatomic.h>

#include <lienthong/base.h>

#define GATE_OUTPUTS_BYTES (24u << 20) /* above this the engine makes no more deliveries: the gate is behind */

struct gate_outputs {
	pthread_mutex_t lock;
	struct lt_buf waiting;
	_Atomic size_t bytes;
	int event; /* eventfd, borrowed */
};
void gate_outputs_init(struct gate_outputs *outputs, int event);
void gate_outputs_fini(struct gate_outputs *outputs);
/* Takes what buf holds and clears it; wakes the gate. */
void gate_outputs_put(struct gate_outputs *outputs, struct lt_buf *buf);
/* Gate: swaps what waits into buf, which must be empty. False when nothing waited. */
bool gate_outputs_take(struct gate_outputs *outputs, struct lt_buf *buf);
bool gate_outputs_full(const struct gate_outputs *outputs);

#endif
