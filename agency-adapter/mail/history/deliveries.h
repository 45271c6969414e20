/* deliveries.h: what webhooks are told, durable: one row an event and hook, from the moment that the feed tells it until long after it
 * was delivered. A row is waiting (it has a due time), delivered, or parked: the schedule is over and it waits for a person. None is
 * dropped before it was delivered. Store thread for what writes. */
#ifndef MAIL_DELIVERIES_H
#define MAIL_DELIVERIES_H

#include "feed.h"

#define HOOK_NAME_MAX 33u                               /* bytes with NUL */
#define DELIVERIES_KEEP_US (30LL * 24 * 3600 * 1000000) /* the log of what was delivered: as long as the feed */
#define DELIVERY_ATTEMPTS 10u                           /* the first, and one for each pause of the schedule */
#define DELIVERY_ERROR_MAX 160u

enum delivery_state { DELIVERY_WAITING = 1, DELIVERY_DELIVERED, DELIVERY_PARKED, DELIVERY_STATES };
const char *delivery_state_name(enum delivery_state state); /* "waiting" */
enum delivery_state delivery_state_find(const char *name);  /* 0: no such state */

struct delivery {
	struct feed_place place; /* of its event: its id */
	enum lt_event event;
	enum delivery_state state;
	uint32_t attempts, status; /* status: of the last answer; 0: there was none */
	int64_t made, tried, due;  /* 0: not tried, not due */
	char error[DELIVERY_ERROR_MAX];
	struct lt_bytes body; /* what is sent; a view */
};
struct deliveries_count {
	uint64_t followed; /* number of the event up to which rows were made */
	bool active;       /* it stands in the configuration */
	uint64_t waiting, parked;
};

/* A hook that is told of what comes from now on, unless it was known before. */
enum lt_err deliveries_begin(struct vault_tx *tx, const char *hook);
/* All others are in the configuration no more; what they were to be told stays. */
enum lt_err deliveries_end_all(struct vault_tx *tx);
enum lt_err deliveries_count(struct vault_tx *tx, const char *hook, struct deliveries_count *out); /* LT_ENOENT */
/* The first hook whose name comes after `hook`, "" at first; written over it. LT_ENOENT. */
enum lt_err deliveries_next_hook(struct vault_tx *tx, char hook[HOOK_NAME_MAX]);

/* A new row, due at once, and the hook has followed the feed to its event. */
enum lt_err deliveries_add(struct vault_tx *tx, const char *hook, const struct delivery *delivery);
/* The hook has followed the feed so far, and is told nothing of it. */
enum lt_err deliveries_pass(struct vault_tx *tx, const char *hook, uint64_t number);
/* What is due first, whenever that is. LT_ENOENT. */
enum lt_err deliveries_due(struct vault_tx *tx, const char *hook, struct delivery *out);
enum lt_err deliveries_get(struct vault_tx *tx, const char *hook, uint64_t number,
			   struct delivery *out); /* LT_ENOENT */
/* The first at or after the number of out->place. LT_ENOENT. */
enum lt_err deliveries_next(struct vault_tx *tx, const char *hook, struct delivery *out);

struct delivery_result {
	uint64_t number;
	bool delivered, gone; /* gone: it says that it never wants it; it is parked at once */
	uint32_t status;      /* 0: no answer */
	int64_t at, wait;     /* wait: how long it asks for, at least; 0: it does not */
	const char *error;    /* "" when delivered */
};
/* Delivered; else due again by the schedule, or parked when that is over. */
enum lt_err deliveries_tried(struct vault_tx *tx, const char *hook, const struct delivery_result *result);
/* Due now, with the whole schedule before it, whatever it is. */
enum lt_err deliveries_again(struct vault_tx *tx, const char *hook, uint64_t number, int64_t now);
/* Looks at up to `limit` rows of the hook from number *from on and drops those that were delivered long ago. *from moves on, and is 0
 * again at the end. */
enum lt_err deliveries_purge(struct vault_tx *tx, const char *hook, int64_t now, size_t limit, uint64_t *from);
/* How long after so many attempts the next one is made; 0: never. */
int64_t delivery_pause(uint32_t attempts);

#endif
