/* gate_outputs.c: bytes from other threads to the gate. */
#include "gate_outputs.h"

#include <unistd.h>

#include "program/log.h"

enum { OUTBOX_KEEP = 4 << 20 }; /* bytes of an empty buffer that is kept */

void gate_outputs_init(struct gate_outputs *outputs, int event)
{
	*outputs = (struct gate_outputs){ .event = event };
	LT_ASSERT(pthread_mutex_init(&outputs->lock, NULL) == 0);
}

void gate_outputs_fini(struct gate_outputs *outputs)
{
	if (!outputs)
		return;
	lt_buf_fini(&outputs->waiting);
	pthread_mutex_destroy(&outputs->lock);
}

void gate_outputs_put(struct gate_outputs *outputs, struct lt_buf *buf)
{
	if (buf->len == 0)
		return;
	pthread_mutex_lock(&outputs->lock);
	bool first = outputs->waiting.len == 0;
	if (first) {
		struct lt_buf empty = outputs->waiting;
		outputs->waiting = *buf;
		*buf = empty;
	} else if (lt_buf_append(&outputs->waiting, buf->data, buf->len)) {
		lt_fatal("out of memory: outputs for the gate");
	}
	lt_buf_clear(buf);
	atomic_store(&outputs->bytes, outputs->waiting.len);
	pthread_mutex_unlock(&outputs->lock);
	uint64_t one = 1;
	if (first && write(outputs->event, &one, sizeof one) != (ssize_t)sizeof one)
		lt_log(LT_LOG_ERROR, "gate cannot be woken", NULL);
}

bool gate_outputs_take(struct gate_outputs *outputs, struct lt_buf *buf)
{
	if (buf->cap > OUTBOX_KEEP)
		lt_buf_fini(buf);
	pthread_mutex_lock(&outputs->lock);
	struct lt_buf waiting = outputs->waiting;
	outputs->waiting = *buf;
	*buf = waiting;
	atomic_store(&outputs->bytes, 0);
	pthread_mutex_unlock(&outputs->lock);
	return buf->len > 0;
}

bool gate_outputs_full(const struct gate_outputs *outputs)
{
	return atomic_load(&outputs->bytes) >= GATE_OUTPUTS_BYTES;
}
