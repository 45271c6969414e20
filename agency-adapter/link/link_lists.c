/* link_lists.c: revocation lists over the link: PONG names those in force at the broker; what we lack is asked for, one after the other.
 * The broker is not believed: a list is taken when one of our CAs has signed it and it is newer than ours. */
#include "link_thread.h"

#include "program/log.h"

#include <string.h>

static bool stands_in(uint8_t (*list)[32], size_t count, const uint8_t sha256[32])
{
	for (size_t i = 0; i < count; i++) {
		if (memcmp(list[i], sha256, 32) == 0)
			return true;
	}
	return false;
}

static void look_at_ours(struct adapter *adapter)
{
	const struct lists *ours = verifier_lists(adapter->verifier);
	bool newest = lists_count(ours) > 0;
	for (size_t i = 0; i < adapter->lists_wanted_count; i++)
		newest = newest && lists_find(ours, adapter->lists_wanted[i]);
	verifier_list_newest(adapter->verifier, newest && adapter->lists_wanted_count > 0);
}

static void ask_next(struct adapter *adapter)
{
	const struct lists *ours = verifier_lists(adapter->verifier);
	for (size_t i = 0; i < adapter->lists_wanted_count; i++) {
		const uint8_t *sha256 = adapter->lists_wanted[i];
		if (lists_find(ours, sha256) || stands_in(adapter->lists_refused, adapter->lists_refused_count, sha256))
			continue;
		if (lt_link_client_list(adapter->client, sha256) == LT_OK)
			memcpy(adapter->list_asked, sha256, 32);
		return;
	}
}

void link_lists(void *ctx, const struct lt_bytes *sha256, size_t count)
{
	struct adapter *adapter = ctx;
	adapter->lists_wanted_count = 0;
	for (size_t i = 0; i < count && i < LISTS_MAX; i++) {
		if (sha256[i].len == 32)
			memcpy(adapter->lists_wanted[adapter->lists_wanted_count++], sha256[i].data, 32);
	}
	look_at_ours(adapter);
	ask_next(adapter);
}

static void refuse(struct adapter *adapter)
{
	if (adapter->lists_refused_count == LISTS_MAX)
		adapter->lists_refused_count = 0; /* asked for once more, after 64 others */
	memcpy(adapter->lists_refused[adapter->lists_refused_count++], adapter->list_asked, 32);
}

void link_list(void *ctx, struct lt_bytes der)
{
	struct adapter *adapter = ctx;
	struct lt_refusal refusal = { 0 };
	int64_t now = adapter->speaker.now();
	if (der.len == 0)
		return; /* the next PONG says what there is now */
	if (verifier_take_list(adapter->verifier, der, now, &refusal)) {
		lt_log(LT_LOG_WARNING, "a revocation list of the broker is not taken", "reason",
		       lt_reason_name(refusal.reason), "detail", refusal.detail, NULL);
		refuse(adapter);
	} else {
		lt_log(LT_LOG_NOTICE, "new revocation list", "bytes", lt_log_u64(der.len), NULL);
		look_at_ours(adapter);
		link_own_trust(adapter, now);
		link_held_again(adapter);
	}
	ask_next(adapter);
}
