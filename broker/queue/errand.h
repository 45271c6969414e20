/* errand.h: one piece of work at a time that the engine thread gives to a helper thread (journal, flush), and its return. */
#ifndef BROKER_ERRAND_H
#define BROKER_ERRAND_H

#include "waiter.h"

enum errand_state { ERRAND_IDLE = 0, ERRAND_ASKED, ERRAND_DONE };
struct errand {
	struct waiter helper;
	struct waiter *owner; /* the engine's; borrowed */
	_Atomic int state;
	_Atomic bool stop;
};
void errand_init(struct errand *errand, struct waiter *owner);
void errand_fini(struct errand *errand);
/* Owner. What the helper reads was written before, what it wrote may be read after errand_back said true. */
void errand_ask(struct errand *errand);
bool errand_is_done(struct errand *errand);
bool errand_back(struct errand *errand); /* true once for each errand */
bool errand_idle(struct errand *errand);
void errand_stop(struct errand *errand);
/* Helper: false when it is to end. */
bool errand_wait(struct errand *errand);
void errand_done(struct errand *errand);

#endif
