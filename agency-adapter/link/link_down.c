/* link_down.c: why there is no session: told by the socket's monitor or by the broker's BYE, kept for health, said in the log once a
 * minute while it lasts. */
#include "link_thread.h"

#include "program/log.h"

#include <stdio.h>

#define TELL_US 60000000LL

static void say(struct adapter *adapter, int64_t now)
{
	const struct lt_refusal *why = &adapter->link_trouble;
	char seconds[24];
	snprintf(seconds, sizeof(seconds), "%lld", (long long)((now - adapter->link_since) / 1000000));
	adapter->down_logged = now;
	lt_log(LT_LOG_WARNING, "no session with the broker", "reason", lt_reason_name(why->reason), "detail",
	       why->detail, "seconds", seconds, NULL);
}

static bool keep(struct adapter *adapter, const struct lt_refusal *why)
{
	pthread_mutex_lock(&adapter->own_mutex);
	bool known = adapter->link_trouble.reason == why->reason;
	adapter->link_trouble = *why;
	pthread_mutex_unlock(&adapter->own_mutex);
	return known;
}

/* The broker has one of two keys: who fails with the one comes with the other. */
static void try_other_key(struct adapter *adapter)
{
	adapter->uses_next_key = !adapter->uses_next_key;
	lt_link_client_broker_key(adapter->client, adapter->broker_keys[adapter->uses_next_key]);
	carry_keys(adapter->carry, adapter->broker_keys[adapter->uses_next_key], NULL);
}

void link_down(void *ctx, const struct lt_refusal *why)
{
	struct adapter *adapter = ctx;
	if (why->reason == LT_BROKER_KEY_WRONG && adapter->has_next_key)
		try_other_key(adapter);
	if (!keep(adapter, why))
		say(adapter, adapter->speaker.now());
}

void link_said_bye(struct adapter *adapter, const struct lt_refusal *why)
{
	if (why->reason)
		keep(adapter, why);
}

/* A session began, or was lost: then what the broker said last stands until an attempt says more. */
void link_up(struct adapter *adapter, bool up)
{
	atomic_store(&adapter->connected, up);
	carry_up(adapter->carry, up);
	pthread_mutex_lock(&adapter->own_mutex);
	if (up)
		adapter->link_trouble = (struct lt_refusal){ 0 };
	if (up && adapter->uses_next_key)
		lt_log(LT_LOG_NOTICE, "the broker has its next key: put it in the place of key", NULL);
	adapter->link_since = adapter->speaker.now();
	pthread_mutex_unlock(&adapter->own_mutex);
}

void link_down_step(struct adapter *adapter, int64_t now)
{
	bool again = now < adapter->down_logged || now - adapter->down_logged >= TELL_US;
	if (adapter->link_trouble.reason && again)
		say(adapter, now);
}
