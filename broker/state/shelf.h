/* shelf.h: where the rulebook in force lies for GATE and ADMIT. The engine puts a new one after its sync; the others look at a number
 * per message and take the lock only when it has changed. Any thread. */
#ifndef BROKER_SHELF_H
#define BROKER_SHELF_H

#include <pthread.h>
#include <stdatomic.h>

#include "rulebook.h"

struct shelf {
	pthread_mutex_t lock;
	struct rulebook *current; /* NULL before the first */
	_Atomic uint64_t number;  /* rises with each put */
};
void shelf_init(struct shelf *shelf);
void shelf_fini(struct shelf *shelf);
void shelf_put(struct shelf *shelf, struct rulebook *rulebook); /* takes a reference of its own */
/* Brings *mine up to date; *mine and *seen start as NULL and 0. True when it has changed. The caller unrefs *mine at the end. */
bool shelf_refresh(struct shelf *shelf, struct rulebook **mine, uint64_t *seen);

#endif
