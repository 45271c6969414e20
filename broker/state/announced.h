/* announced.h: what operators have announced of an agency: that it is drained (nothing new is offered to it, until it is resumed), and that
 * it is closed from a time until another. In STORE_DEFINITION under 'A', at most one value an agency; in memory the rulebook has all of
 * them (rulebook_announced). A closure that is over stays until it is withdrawn or another is announced: who asks compares with the time.
 * Source: docs/decisions/0085. Any thread; announced_get and announced_put are the engine's. */
#ifndef STATE_ANNOUNCED_H
#define STATE_ANNOUNCED_H

#include "store/store.h"

struct announced {
	int64_t drained_at; /* since then, by record time; 0: it is not drained */
	const char *drain_reason;
	int64_t closed_from,
		closed_until; /* closed from `from` on, before `until`, by legal time; 0: nothing is announced */
	const char *closure_reason;
};

/* NULL is an agency of which nothing is announced. */
static inline bool announced_drained(const struct announced *announced)
{
	return announced && announced->drained_at != 0;
}
/* It is closed, or will be. */
static inline bool announced_closes(const struct announced *announced, int64_t legal)
{
	return announced && announced->closed_until > legal;
}
static inline bool announced_closed(const struct announced *announced, int64_t legal)
{
	return announced_closes(announced, legal) && announced->closed_from <= legal;
}

/* The texts point into the value. LT_EPARSE. */
enum lt_err announced_read(struct lt_bytes value, struct announced *out);
/* Zeros when nothing is announced of the agency. The texts live as a view of store_get does. LT_ECORRUPT. */
enum lt_err announced_get(struct store *store, const char *agency, struct announced *out);
/* What says nothing is deleted. The texts may be those of announced_get. */
void announced_put(struct store *store, const char *agency, const struct announced *announced);

#endif
