#include "outbox.h"

#include <unistd.h>

#include "log.h"

enum { OUTBOX_KEEP = 4 << 20 }; /* bytes of an empty buffer that is kept */

void outbox_init(struct outbox *outbox, int event)
{
	*outbox = (struct outbox){ .event = event };
	LT_ASSERT(pthread_mutex_init(&outbox->lock, NULL) == 0);
}

void outbox_fini(struct outbox *outbox)
{
	if (!outbox)
		return;
	lt_buf_fini(&outbox->waiting);
	pthread_mutex_destroy(&outbox->lock);
}

void outbox_put(struct outbox *outbox, struct lt_buf *buf)
{
	if (buf->len == 0)
		return;
	pthread_mutex_lock(&outbox->lock);
	bool first = outbox->waiting.len == 0;
	if (first) {
		struct lt_buf empty = outbox->waiting;
		outbox->waiting = *buf;
		*buf = empty;
	} else if (lt_buf_append(&outbox->waiting, buf->data, buf->len)) {
		lt_fatal("out of memory: outputs for the gate");
	}
	lt_buf_clear(buf);
	atomic_store(&outbox->bytes, outbox->waiting.len);
	pthread_mutex_unlock(&outbox->lock);
	uint64_t one = 1;
	if (first && write(outbox->event, &one, sizeof one) != (ssize_t)sizeof one)
		lt_log(LT_LOG_ERROR, "gate cannot be woken", NULL);
}

bool outbox_take(struct outbox *outbox, struct lt_buf *buf)
{
	if (buf->cap > OUTBOX_KEEP)
		lt_buf_fini(buf);
	pthread_mutex_lock(&outbox->lock);
	struct lt_buf waiting = outbox->waiting;
	outbox->waiting = *buf;
	*buf = waiting;
	atomic_store(&outbox->bytes, 0);
	pthread_mutex_unlock(&outbox->lock);
	return buf->len > 0;
}

bool outbox_full(const struct outbox *outbox)
{
	return atomic_load(&outbox->bytes) >= OUTBOX_BYTES;
}
