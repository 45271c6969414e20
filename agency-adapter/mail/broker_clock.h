/* broker_clock.h: the broker's time as it told us, and whether our own clock is so far from it that nothing may be made by it. An id made by a
 * wrong clock is refused for good; so the adapter makes none, says CLOCK_WRONG, and goes on by itself when one of the two clocks was
 * mended: it counts on by CLOCK_BOOTTIME, which nobody sets, and the broker tells its time again with each PONG.
 *
 * The link thread writes; any thread reads. */
#ifndef MAIL_BROKER_CLOCK_H
#define MAIL_BROKER_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define BROKER_CLOCK_APART_US INT64_C(60000000) /* SPEC.md, "Session": further away makes no ids */

struct broker_clock {
	int64_t (*boot)(void);  /* CLOCK_BOOTTIME, microseconds */
	_Atomic int64_t offset; /* the broker's time - CLOCK_BOOTTIME */
	_Atomic bool told;
	_Atomic int64_t
		legal_ahead; /* of a sandbox's legal time, as the newest PONG says; 0 before, and of a real broker */
};
/* 0 is no time: nothing changes. */
void broker_clock_tell(struct broker_clock *clock, int64_t time);
/* The law's time at ours: the day of a code, the version of a procedure in force. clock may be NULL. */
int64_t broker_clock_legal(const struct broker_clock *clock, int64_t now);
/* How far `now` is ahead of the broker; 0 when it is not known. */
int64_t broker_clock_ahead(const struct broker_clock *clock, int64_t now);
/* clock may be NULL: never. */
bool broker_clock_apart(const struct broker_clock *clock, int64_t now);

#endif
