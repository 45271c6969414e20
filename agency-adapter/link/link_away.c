/* link_away.c: agencies of this adapter that the broker does not take from it: closed, not enrolled, revoked, spoken for by another.
 * The others go on; each of these is named in the log once a minute, and in health. */
#include "link_thread.h"

#include "program/log.h"

#include <string.h>

#define TELL_US 60000000LL

static void say(const struct adapter *adapter, size_t index)
{
	const struct link_away *away = &adapter->away[index];
	lt_log(LT_LOG_WARNING, "the broker does not take an agency from this adapter; the others go on", "agency",
	       adapter->speaker.agencies[index].code, "reason", lt_reason_name(away->why.reason), "detail",
	       away->why.detail, NULL);
}

/* Its mail comes to whoever has it now; what it still has to send stays in the outbox. */
void link_taken_away(void *ctx, const char *agency, const struct lt_refusal *why)
{
	struct adapter *adapter = ctx;
	size_t index = link_agency_index(adapter, agency);
	if (index == LINK_AGENCIES_MAX)
		return;
	struct link_away *away = &adapter->away[index];
	pthread_mutex_lock(&adapter->own_mutex);
	bool known = away->why.reason == why->reason;
	away->why = *why;
	if (!why->reason)
		away->why.reason = LT_SESSION_UNKNOWN;
	if (!known)
		away->since = adapter->speaker.now();
	pthread_mutex_unlock(&adapter->own_mutex);
	if (!known)
		say(adapter, index);
}

void link_spoken_for(struct adapter *adapter, size_t index)
{
	struct link_away *away = &adapter->away[index];
	if (!away->why.reason)
		return;
	pthread_mutex_lock(&adapter->own_mutex);
	*away = (struct link_away){ 0 };
	pthread_mutex_unlock(&adapter->own_mutex);
	lt_log(LT_LOG_NOTICE, "the broker takes an agency from this adapter again", "agency",
	       adapter->speaker.agencies[index].code, NULL);
}

void link_away_step(struct adapter *adapter, int64_t now)
{
	if (now >= adapter->away_logged && now - adapter->away_logged < TELL_US)
		return;
	adapter->away_logged = now;
	for (size_t i = 0; i < adapter->speaker.agency_count; i++) {
		if (adapter->away[i].why.reason)
			say(adapter, i);
	}
}

bool adapter_agency_away(struct adapter *adapter, size_t index, struct lt_refusal *why, int64_t *since)
{
	pthread_mutex_lock(&adapter->own_mutex);
	*why = adapter->away[index].why;
	*since = adapter->away[index].since;
	pthread_mutex_unlock(&adapter->own_mutex);
	return why->reason != LT_REASON_NONE;
}
