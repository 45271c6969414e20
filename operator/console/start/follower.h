/* follower.h: the thread that keeps the console up with the broker: it steps the projection, asks how the broker is, and tells the browsers
 * that there is something new. */
#ifndef CONSOLE_START_FOLLOWER_H
#define CONSOLE_START_FOLLOWER_H

#include "door/door.h"
#include "pages/desk.h"

struct follower;
/* path: of the projection. What is handed in lives longer. LT_EAGAIN: another console has the projection; LT_ENOMEM. */
enum lt_err follower_new(const char *path, struct desk *desk, struct follower **out);
/* Starts the thread; door: whom it tells. */
enum lt_err follower_start(struct follower *follower, struct door *door);
void follower_free(struct follower *follower); /* NULL is fine */
/* Rounds of the thread, for the watchdog. Any thread. */
uint64_t follower_rounds(const struct follower *follower);

#endif
