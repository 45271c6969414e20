/* waiter.h: sleeping and waking without a lock on the fast path. The sleeper announces itself, looks once more, and sleeps; whoever
 * makes something true stores it first and then looks whether somebody sleeps. Both sides use sequentially consistent atomics,
 * so one of the two always sees the other. Any thread. */
#ifndef BROKER_WAITER_H
#define BROKER_WAITER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t cond;
	_Atomic uint32_t sleeping;
};
void waiter_init(struct waiter *waiter);
void waiter_fini(struct waiter *waiter);
/* Sleeps until ready(ctx) or for timeout_us (below 0: without end). What ready reads must be seq_cst atomics. May return early. */
void waiter_wait(struct waiter *waiter, bool (*ready)(void *ctx), void *ctx, int64_t timeout_us);
/* After the store that makes ready() true: wakes one sleeper, or all. */
void waiter_wake(struct waiter *waiter);
void waiter_wake_all(struct waiter *waiter);

#endif
