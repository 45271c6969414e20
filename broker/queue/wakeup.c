/* wakeup.c: sleep until another thread has something, without a lock on the way of who wakes. */
#include "wakeup.h"

#include <time.h>

#include "program/log.h"

void wakeup_init(struct wakeup *wakeup)
{
	pthread_condattr_t attr;
	int failed = pthread_condattr_init(&attr);
	failed |= pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	failed |= pthread_mutex_init(&wakeup->lock, NULL);
	failed |= pthread_cond_init(&wakeup->cond, &attr);
	LT_ASSERT(!failed);
	pthread_condattr_destroy(&attr);
	atomic_init(&wakeup->sleeping, 0);
}

void wakeup_fini(struct wakeup *wakeup)
{
	if (!wakeup)
		return;
	pthread_cond_destroy(&wakeup->cond);
	pthread_mutex_destroy(&wakeup->lock);
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

void wakeup_wait(struct wakeup *wakeup, bool (*ready)(void *ctx), void *ctx, int64_t timeout_us)
{
	if (timeout_us == 0)
		return;
	struct timespec at = { 0 };
	if (timeout_us > 0)
		at = deadline_after(timeout_us);
	pthread_mutex_lock(&wakeup->lock);
	atomic_fetch_add(&wakeup->sleeping, 1);
	if (!ready(ctx)) {
		if (timeout_us > 0)
			pthread_cond_timedwait(&wakeup->cond, &wakeup->lock, &at);
		else
			pthread_cond_wait(&wakeup->cond, &wakeup->lock);
	}
	atomic_fetch_sub(&wakeup->sleeping, 1);
	pthread_mutex_unlock(&wakeup->lock);
}

void wakeup_wake(struct wakeup *wakeup)
{
	if (atomic_load(&wakeup->sleeping) == 0)
		return;
	pthread_mutex_lock(&wakeup->lock);
	pthread_cond_signal(&wakeup->cond);
	pthread_mutex_unlock(&wakeup->lock);
}

void wakeup_wake_all(struct wakeup *wakeup)
{
	pthread_mutex_lock(&wakeup->lock);
	pthread_cond_broadcast(&wakeup->cond);
	pthread_mutex_unlock(&wakeup->lock);
}
