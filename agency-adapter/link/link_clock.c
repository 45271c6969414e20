/* link_clock.c: the broker tells its time; what follows when ours is another. */
#include "link_thread.h"

#include "program/log.h"

#include <stdio.h>

#define TELL_US 60000000LL /* between two log lines about it */

void link_clock(void *ctx, int64_t broker_time)
{
	struct adapter *adapter = ctx;
	broker_clock_tell(&adapter->clock, broker_time);
	atomic_store(&adapter->last_contact, adapter->speaker.now());
}

void link_legal_ahead(void *ctx, int64_t microseconds)
{
	struct adapter *adapter = ctx;
	atomic_store(&adapter->clock.legal_ahead, microseconds);
}

void link_clock_step(struct adapter *adapter, int64_t now)
{
	bool apart = broker_clock_apart(&adapter->clock, now);
	int64_t boot = adapter->clock.boot();
	if (!apart && adapter->clock_told != 0) {
		adapter->clock_told = 0;
		lt_log(LT_LOG_NOTICE, "the clock agrees with the broker's again", NULL);
	}
	if (!apart || (adapter->clock_told != 0 && boot - adapter->clock_told < TELL_US))
		return;
	char ahead[32];
	snprintf(ahead, sizeof(ahead), "%lld", (long long)(broker_clock_ahead(&adapter->clock, now) / 1000000));
	adapter->clock_told = boot;
	lt_log(LT_LOG_ERROR, "the clock is not the broker's: no envelopes are made until it is set right", "reason",
	       lt_reason_name(LT_CLOCK_WRONG), "ahead_s", ahead, NULL);
}
