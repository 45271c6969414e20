/* timer.h: when something is to happen by itself. STORE_DUE:
 *   due time || armed || dossier || branch || kind -> generation, subject
 * armed: by which record. Due times are whole minutes, and what the acts of a minute put has one and the same time:
 * so it stands in the order of the acts, where the store writes and clears a page of it at once, and not of the dossiers.
 * A due time with its highest bit set waits for a calendar: the rest is the sequence of the definition that it was asked
 * under; any later one wakes it. Who puts an entry remembers its key (legal_clock, clock_wait) and removes it.
 *
 * The first due time is in memory, so that a tick with nothing due looks at one number. Engine thread. */
#ifndef BROKER_DUE_H
#define BROKER_DUE_H

#include <lienthong/code.h>
#include "record/record.h"
#include "store/store_keys.h"

enum { TIMER_BATCH_MAX = 128 }; /* of one tick: bounds what others wait, about 3 ms */
#define DUE_WAITING (UINT64_C(1) << 63)

struct timer_entry {
	uint64_t due;
	uint64_t armed;
	uint64_t dossier;
	uint32_t branch;
	enum lt_clock_kind kind;
	uint32_t generation;
	char subject[LT_AGENCY_MAX]; /* an agency, or "" */
};
struct timer {
	struct store *store;
	uint64_t next;         /* at or before the first due time */
	struct store_key from; /* nothing stands before this key */
	uint64_t waiting;      /* at or before the first that waits for a calendar; 0: not looked yet */
};
void timer_load(struct timer *due, struct store *store);

void timer_put(struct timer *due, const struct timer_entry *entry);
void timer_del(struct timer *due, uint64_t at, uint64_t armed, uint64_t dossier, uint32_t branch,
	       enum lt_clock_kind kind);
/* Removes exactly this entry; one of another generation stays. */
void timer_take(struct timer *due, const struct timer_entry *entry);

/* What is due before `now`, and what waits for a calendar older than `calendar`; oldest first. The caller makes commands of
 * all of them at once, whose apply removes them. */
uint32_t timer_collect(struct timer *due, int64_t now, uint64_t calendar, struct timer_entry out[TIMER_BATCH_MAX]);
/* The first due time, exactly; 0: nothing has one. */
int64_t timer_first(const struct timer *due);
/* Whether timer_collect would look at the store. */
bool timer_any(const struct timer *due, int64_t now, uint64_t calendar);

#endif
