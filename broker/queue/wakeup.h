/* wakeup.h: sleeping and waking without a lock on the fast path. The sleeper announces itself, looks once more, and sleeps; whoever
 * makes something true stores it first and then looks whether somebody sleeps. Both sides use sequentially consistent atomics,
 * so one of the two always sees the other. Any thread. */
#ifndef QUEUE_WAKEUP_H
#define QUEUE_WAKEUP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct wakeup {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	_Atomic uint32_t sleeping;
};
void wakeup_init(struct wakeup *wakeup);
void wakeup_fini(struct wakeup *wakeup);
/* Sleeps until ready(ctx) or for timeout_us (below 0: without end). What ready reads must be seq_cst atomics. May return early. */
void wakeup_wait(struct wakeup *wakeup, bool (*ready)(void *ctx), void *ctx, int64_t timeout_us);
/* After the store that makes ready() true: wakes one sleeper, or all. */
void wakeup_wake(struct wakeup *wakeup);
void wakeup_wake_all(struct wakeup *wakeup);

#endif
