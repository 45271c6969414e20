/* poll.c: looking again and again without a thread that waits. */
#include "poll.h"

bool poll_read(struct exchange *exchange, uint64_t *wait)
{
	return exchange_query_u64(exchange, "wait", 0, 0, POLL_MAX_S, wait);
}

bool poll_run(struct exchange *exchange, enum api_topic topic, uint64_t wait, poll_look *look, void *ctx,
	      enum lt_err *err)
{
	if (exchange->deadline == 0)
		exchange->deadline = api_monotonic() + (int64_t)wait * 1000000;
	for (;;) {
		bool found = false;
		uint64_t grown = api_grown(exchange->api, topic);
		*err = look(exchange, ctx, &found);
		if (*err || found || exchange->hung_up || api_monotonic() >= exchange->deadline)
			return true;
		enum api_wait result = api_wait(exchange->api, exchange, topic, grown);
		if (result == API_GROWN)
			continue;
		if (result == API_NO_ROOM)
			exchange_problem(exchange, LT_OVERLOADED, "all places for answers that wait are taken");
		return false;
	}
}
