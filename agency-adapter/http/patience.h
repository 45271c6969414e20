/* patience.h: connections that keep the adapter waiting: a body whose bytes do not come (408), and a client that still sends what was
 * refused before it was read. One for an API; the HTTP thread's and the timer's. */
#ifndef ADAPTER_PATIENCE_H
#define ADAPTER_PATIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PATIENCE_BYTE_US \
	(20 * INT64_C(1000000)) /* without a byte of a body: under the daemon's own limit, which says nothing */
#define PATIENCE_BODY_US (120 * INT64_C(1000000)) /* a whole body; the largest has 1.5 MiB */

struct patience;
/* A body that is being read; embedded in its exchange. */
struct patience_body {
	struct patience_body *next, **from; /* from NULL: not in the list */
	int fd;
	int64_t begun, deadline; /* monotonic microseconds */
	bool streams;            /* it may take as long as it moves */
	bool given_up;           /* 408 was sent */
};
struct patience *patience_new(void); /* NULL: out of memory */
void patience_free(struct patience *patience);
void patience_begin(struct patience *patience, struct patience_body *body, int fd, int64_t now);
/* Bytes have come. */
void patience_touch(struct patience *patience, struct patience_body *body, int64_t now);
/* It is read, or its connection ends. True: it was given up and answered, nothing more is to be sent. */
bool patience_end(struct patience *patience, struct patience_body *body);
/* A copy of the connection's descriptor is kept for a moment, and what still comes is dropped, after the answer was sent and the
 * connection closed: with bytes unread the kernel would reset it, and the client would lose the answer. */
void patience_linger(struct patience *patience, int fd, int64_t now);
/* Gives up what is over, reads what lingers. False: there is nothing to wait for. */
bool patience_tick(struct patience *patience, int64_t now);
bool patience_waits(struct patience *patience);

#endif
