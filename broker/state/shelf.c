#include "shelf.h"

#include "program/log.h"

void shelf_init(struct shelf *shelf)
{
	*shelf = (struct shelf){ 0 };
	LT_ASSERT(pthread_mutex_init(&shelf->lock, NULL) == 0);
}

void shelf_fini(struct shelf *shelf)
{
	if (!shelf)
		return;
	if (shelf->current)
		rulebook_unref(shelf->current);
	pthread_mutex_destroy(&shelf->lock);
}

void shelf_put(struct shelf *shelf, struct rulebook *rulebook)
{
	pthread_mutex_lock(&shelf->lock);
	struct rulebook *before = shelf->current;
	shelf->current = rulebook_ref(rulebook);
	atomic_fetch_add(&shelf->number, 1);
	pthread_mutex_unlock(&shelf->lock);
	if (before)
		rulebook_unref(before);
}

bool shelf_refresh(struct shelf *shelf, struct rulebook **mine, uint64_t *seen)
{
	if (atomic_load(&shelf->number) == *seen)
		return false;
	pthread_mutex_lock(&shelf->lock);
	struct rulebook *before = *mine;
	*mine = rulebook_ref(shelf->current);
	*seen = atomic_load(&shelf->number);
	pthread_mutex_unlock(&shelf->lock);
	if (before)
		rulebook_unref(before);
	return true;
}
