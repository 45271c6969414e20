/* errand.c: one piece of work for one helper thread, and its return. */
#include "errand.h"

#include "program/log.h"

void errand_init(struct errand *errand, struct waiter *owner)
{
	waiter_init(&errand->helper);
	errand->owner = owner;
	atomic_init(&errand->state, ERRAND_IDLE);
	atomic_init(&errand->stop, false);
}

void errand_fini(struct errand *errand)
{
	waiter_fini(&errand->helper);
}

void errand_ask(struct errand *errand)
{
	LT_ASSERT(atomic_load(&errand->state) == ERRAND_IDLE);
	atomic_store(&errand->state, ERRAND_ASKED);
	waiter_wake(&errand->helper);
}

bool errand_is_done(struct errand *errand)
{
	return atomic_load(&errand->state) == ERRAND_DONE;
}

bool errand_back(struct errand *errand)
{
	if (!errand_is_done(errand))
		return false;
	atomic_store(&errand->state, ERRAND_IDLE);
	return true;
}

bool errand_idle(struct errand *errand)
{
	return atomic_load(&errand->state) == ERRAND_IDLE;
}

void errand_stop(struct errand *errand)
{
	atomic_store(&errand->stop, true);
	waiter_wake_all(&errand->helper);
}

static bool has_work(void *ctx)
{
	struct errand *errand = ctx;
	return atomic_load(&errand->stop) || atomic_load(&errand->state) == ERRAND_ASKED;
}

bool errand_wait(struct errand *errand)
{
	while (!has_work(errand))
		waiter_wait(&errand->helper, has_work, errand, -1);
	return atomic_load(&errand->state) == ERRAND_ASKED;
}

void errand_done(struct errand *errand)
{
	atomic_store(&errand->state, ERRAND_DONE);
	waiter_wake(errand->owner);
}
