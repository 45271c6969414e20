/* helper.c: one piece of work for one helper thread, and its return. */
#include "helper.h"

#include "program/log.h"

void helper_init(struct helper *helper, struct wakeup *owner)
{
	wakeup_init(&helper->sleeper);
	helper->owner = owner;
	atomic_init(&helper->state, HELPER_IDLE);
	atomic_init(&helper->stop, false);
}

void helper_fini(struct helper *helper)
{
	wakeup_fini(&helper->sleeper);
}

void helper_ask(struct helper *helper)
{
	LT_ASSERT(atomic_load(&helper->state) == HELPER_IDLE);
	atomic_store(&helper->state, HELPER_ASKED);
	wakeup_wake(&helper->sleeper);
}

bool helper_is_done(struct helper *helper)
{
	return atomic_load(&helper->state) == HELPER_DONE;
}

bool helper_back(struct helper *helper)
{
	if (!helper_is_done(helper))
		return false;
	atomic_store(&helper->state, HELPER_IDLE);
	return true;
}

bool helper_idle(struct helper *helper)
{
	return atomic_load(&helper->state) == HELPER_IDLE;
}

void helper_stop(struct helper *helper)
{
	atomic_store(&helper->stop, true);
	wakeup_wake_all(&helper->sleeper);
}

static bool has_work(void *ctx)
{
	struct helper *helper = ctx;
	return atomic_load(&helper->stop) || atomic_load(&helper->state) == HELPER_ASKED;
}

bool helper_wait(struct helper *helper)
{
	while (!has_work(helper))
		wakeup_wait(&helper->sleeper, has_work, helper, -1);
	return atomic_load(&helper->state) == HELPER_ASKED;
}

void helper_done(struct helper *helper)
{
	atomic_store(&helper->state, HELPER_DONE);
	wakeup_wake(helper->owner);
}
