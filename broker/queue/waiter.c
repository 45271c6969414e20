/* waiter.c: sleep until another thread has something, without a lock on the way of who wakes. */
#include "waiter.h"

#include <time.h>

#include "program/log.h"

void waiter_init(struct waiter *waiter)
{
	pthread_condattr_t attr;
	int failed = pthread_condattr_init(&attr);
	failed |= pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	failed |= pthread_mutex_init(&waiter->lock, NULL);
	failed |= pthread_cond_init(&waiter->cond, &attr);
	LT_ASSERT(!failed);
	pthread_condattr_destroy(&attr);
	atomic_init(&waiter->sleeping, 0);
}

void waiter_fini(struct waiter *waiter)
{
	if (!waiter)
		return;
	pthread_cond_destroy(&waiter->cond);
	pthread_mutex_destroy(&waiter->lock);
}

static struct timespec deadline_after(int64_t timeout_us)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += (time_t)(timeout_us / 1000000);
	at.tv_nsec += (long)(timeout_us % 1000000) * 1000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

void waiter_wait(struct waiter *waiter, bool (*ready)(void *ctx), void *ctx, int64_t timeout_us)
{
	if (timeout_us == 0)
		return;
	struct timespec at = { 0 };
	if (timeout_us > 0)
		at = deadline_after(timeout_us);
	pthread_mutex_lock(&waiter->lock);
	atomic_fetch_add(&waiter->sleeping, 1);
	if (!ready(ctx)) {
		if (timeout_us > 0)
			pthread_cond_timedwait(&waiter->cond, &waiter->lock, &at);
		else
			pthread_cond_wait(&waiter->cond, &waiter->lock);
	}
	atomic_fetch_sub(&waiter->sleeping, 1);
	pthread_mutex_unlock(&waiter->lock);
}

void waiter_wake(struct waiter *waiter)
{
	if (atomic_load(&waiter->sleeping) == 0)
		return;
	pthread_mutex_lock(&waiter->lock);
	pthread_cond_signal(&waiter->cond);
	pthread_mutex_unlock(&waiter->lock);
}

void waiter_wake_all(struct waiter *waiter)
{
	pthread_mutex_lock(&waiter->lock);
	pthread_cond_broadcast(&waiter->cond);
	pthread_mutex_unlock(&waiter->lock);
}
