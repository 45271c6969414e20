/* poll.h: an answer that is held back until there is something to say. HTTP thread. */
#ifndef ADAPTER_LISTS_POLL_H
#define ADAPTER_LISTS_POLL_H

#include "http/exchange.h"

#define POLL_MAX_S 60u /* seconds: proxies cut what is silent for longer */

/* Looks once; *found: there is something. */
typedef enum lt_err poll_look(struct exchange *exchange, void *ctx, bool *found);
/* The query's `wait`, 0 to POLL_MAX_S. False: it was answered. */
bool poll_read(struct exchange *exchange, uint64_t *wait);
/* Looks until something is found or `wait` seconds are over, whenever the topic grows. True: answer now; *err is that of the last look.
 * False: the exchange waits and its handler runs again, or it was refused since every place is taken. */
bool poll_run(struct exchange *exchange, enum api_topic topic, uint64_t wait, poll_look *look, void *ctx,
	      enum lt_err *err);

#endif
