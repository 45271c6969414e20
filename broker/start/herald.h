/* herald.h: the program beside the broker that looks after it (lienthong-watch): metrics, health and alarms. A process of its own, since the
 * broker speaks no HTTP and no command of an operator's may hold one of its threads. Main thread. */
#ifndef START_HERALD_H
#define START_HERALD_H

#include "config.h"

struct herald;
/* Starts it when [watch] says so; else *out is NULL, which all here take. LT_ENOENT, LT_EIO with a line for a person. */
enum lt_err herald_start(const struct config *config, struct herald **out, char *error, size_t error_size);
/* Call at SIGCHLD: when it has ended it is started again, not sooner than some seconds after the last time. */
void herald_look(struct herald *herald);
int herald_wait_ms(const struct herald *herald); /* until herald_look has work; -1: it has none */
/* Tells it that the broker ends in order, and waits for it. */
void herald_stop(struct herald *herald);

#endif
