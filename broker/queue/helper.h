/* helper.h: one piece of work at a time that the engine thread gives to a helper thread (journal, flush), and its return. */
#ifndef QUEUE_HELPER_H
#define QUEUE_HELPER_H

#include "wakeup.h"

enum helper_state { HELPER_IDLE = 0, HELPER_ASKED, HELPER_DONE };
struct helper {
	struct wakeup sleeper;
	struct wakeup *owner; /* the engine's; borrowed */
	_Atomic int state;
	_Atomic bool stop;
};
void helper_init(struct helper *helper, struct wakeup *owner);
void helper_fini(struct helper *helper);
/* Owner. What the helper reads was written before, what it wrote may be read after helper_back said true. */
void helper_ask(struct helper *helper);
bool helper_is_done(struct helper *helper);
bool helper_back(struct helper *helper); /* true once for each helper */
bool helper_idle(struct helper *helper);
void helper_stop(struct helper *helper);
/* Helper: false when it is to end. */
bool helper_wait(struct helper *helper);
void helper_done(struct helper *helper);

#endif
