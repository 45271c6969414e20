/* adapter_call.c: what others ask of the adapter. */
#include "link_thread.h"

#include "mail/history/comeback.h"
#include "mail/history/deliveries.h"
#include "mail/ledger/receipts.h"

#include <lienthong/time.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WARN_RESTORED_US (7 * 24 * 3600 * INT64_C(1000000)) /* a week of those who must look, as operators see it */

struct vault *adapter_vault(struct adapter *adapter)
{
	return adapter->vault;
}

struct part_files *adapter_files(struct adapter *adapter)
{
	return adapter->files;
}

const struct speaker *adapter_speaker(struct adapter *adapter)
{
	return &adapter->speaker;
}

void adapter_wake(struct adapter *adapter)
{
	uint64_t one = 1;
	ssize_t ignored = write(adapter->wake_fd, &one, sizeof(one)); /* full means that it is awake */
	(void)ignored;
}

void adapter_changed(struct adapter *adapter)
{
	adapter_wake(adapter);
	link_changed(adapter);
}

void adapter_rounds(struct adapter *adapter, uint64_t rounds[ADAPTER_ROUNDS])
{
	rounds[0] = vault_rounds(adapter->vault);
	rounds[1] = atomic_load(&adapter->rounds);
	carry_rounds(adapter->carry, rounds + 2);
}

void adapter_say_way(struct adapter *adapter, enum adapter_way way, const struct lt_refusal *why)
{
	pthread_mutex_lock(&adapter->own_mutex);
	adapter->ways[way] = *why;
	pthread_mutex_unlock(&adapter->own_mutex);
}

void adapter_reload(struct adapter *adapter)
{
	atomic_store(&adapter->reload, true);
	adapter_wake(adapter);
}

void adapter_reloaded(struct adapter *adapter, size_t keys, const char *error)
{
	pthread_mutex_lock(&adapter->own_mutex);
	adapter->reload_said.at = adapter->speaker.now();
	adapter->reload_said.keys = keys;
	snprintf(adapter->reload_said.error, sizeof(adapter->reload_said.error), "%s", error);
	pthread_mutex_unlock(&adapter->own_mutex);
}

void adapter_ledger_accepted(struct adapter *adapter)
{
	atomic_store(&adapter->ledger_accepted, true);
	adapter_wake(adapter);
}

static void add_cause(struct adapter_health *health, const struct lt_refusal *cause)
{
	bool known = cause->reason == LT_REASON_NONE;
	for (size_t i = 0; i < health->cause_count; i++)
		known = known || health->causes[i].reason == cause->reason;
	if (!known && health->cause_count < ADAPTER_CAUSES_MAX)
		health->causes[health->cause_count++] = *cause;
}

/* Receipts that were not believed, and a broker with which nothing can be done. */
static void add_doubts(struct adapter *adapter, struct vault_tx *tx, struct adapter_health *health)
{
	struct lt_refusal doubt = { 0 };
	uint64_t count = 0;
	int64_t at = 0;
	if (atomic_load(&adapter->doubted))
		lt_refuse(&doubt, LT_BROKER_DOUBTFUL, "its WELCOME or an answer of it cannot be: see the log");
	else if (tx && !receipts_newest(tx, &at, &count) && at != 0 && adapter->speaker.now() - at < RECEIPTS_RED_US)
		lt_refuse(&doubt, LT_BROKER_DOUBTFUL,
			  "%llu receipts were not believed and are kept as evidence: see the log",
			  (unsigned long long)count);
	add_cause(health, &doubt);
}

/* No session for longer than a restart takes, and no room: both mend by a person's hand. */
static void add_own_limits(struct adapter *adapter, struct adapter_health *health)
{
	struct lt_refusal full = { 0 }, parts;
	bool long_down = !health->connected && adapter->speaker.now() - health->link_since > ADAPTER_LINK_DOWN_US;
	bool own_key = !health->connected && outbox_of_our_key(health->link_trouble.reason); /* time mends nothing */
	if (!health->ended && (long_down || own_key))
		add_cause(health, &health->link_trouble);
	vault_space(adapter->vault, &health->space);
	carry_trouble(adapter->carry, &parts);
	add_cause(health, &parts);
	if (health->space.fill == VAULT_ROOMY)
		return;
	lt_refuse(&full, LT_ADAPTER_FULL, "store: full: %s: %llu MiB are left, no new work is taken",
		  health->space.by_map ? "the map of store.mdb (map_size)" : "its disk",
		  (unsigned long long)((health->space.by_map ? health->space.map_bytes - health->space.map_used
							     : health->space.disk_free) >>
				       20));
	add_cause(health, &full);
}

/* Names of hooks that share a trouble; what does not fit is in `hook list`. */
struct hook_names {
	char text[121];
	unsigned count;
};

static void add_name(struct hook_names *names, const char *name)
{
	size_t used = strlen(names->text);
	names->count++;
	if (used + strlen(name) + sizeof(", ") <= sizeof(names->text))
		snprintf(names->text + used, sizeof(names->text) - used, "%s%s", used ? ", " : "", name);
}

static void tell_hooks(const struct hook_names *parked, uint64_t waiting, const struct hook_names *failing,
		       const struct delivery *failed, struct adapter_health *health)
{
	struct lt_refusal cause = { 0 }, warning = { 0 };
	if (parked->count == 1)
		lt_refuse(&cause, LT_HOOK_NOT_TOLD,
			  "hook: %s: %llu deliveries are parked: mend its target, then hook redeliver %s", parked->text,
			  (unsigned long long)waiting, parked->text);
	else if (parked->count > 1)
		lt_refuse(&cause, LT_HOOK_NOT_TOLD,
			  "%u hooks (%s): %llu deliveries are parked: mend their targets, then hook redeliver each",
			  parked->count, parked->text, (unsigned long long)waiting);
	if (failing->count == 1)
		lt_refuse(&warning, LT_HOOK_NOT_TOLD, "hook: %s: %u attempts have failed: %s", failing->text,
			  failed->attempts, failed->error);
	else if (failing->count > 1)
		lt_refuse(&warning, LT_HOOK_NOT_TOLD, "%u hooks (%s): attempts have failed; hook list NAME says why",
			  failing->count, failing->text);
	add_cause(health, &cause);
	if (warning.reason && health->warning_count < ADAPTER_CAUSES_MAX)
		health->warnings[health->warning_count++] = warning;
}

/* What has been given up waits for a person; what fails will be given up. */
static void add_hooks(struct vault_tx *tx, struct adapter_health *health)
{
	char name[HOOK_NAME_MAX] = "";
	struct hook_names parked = { 0 }, failing = { 0 };
	struct delivery failed = { 0 };
	uint64_t waiting = 0;
	while (!deliveries_next_hook(tx, name)) {
		struct deliveries_count count;
		struct delivery row;
		if (deliveries_count(tx, name, &count) || !count.active)
			continue;
		waiting += count.parked;
		if (count.parked)
			add_name(&parked, name);
		if (deliveries_due(tx, name, &row) || !row.attempts)
			continue;
		add_name(&failing, name);
		failed = row;
	}
	tell_hooks(&parked, waiting, &failing, &failed, health);
}

/* People must look what is missing; nothing here waits for them. */
static void add_restored(struct adapter *adapter, struct vault_tx *tx, struct adapter_health *health)
{
	char at[LT_TIME_TEXT];
	int64_t now = adapter->speaker.now();
	if (comeback_since(tx, now, &health->restored_at) || health->restored_at == 0 ||
	    now - health->restored_at > WARN_RESTORED_US || health->warning_count == ADAPTER_CAUSES_MAX)
		return;
	lt_time_format(health->restored_at, at);
	lt_refuse(&health->warnings[health->warning_count++], LT_STORE_BEHIND,
		  "store: found empty or older than what was confirmed at %s: what had not been sent is lost", at);
}

static void find_causes(struct adapter *adapter, struct vault_tx *tx, struct adapter_health *health)
{
	struct held_figures held;
	struct lt_refusal clock = { 0 };
	if (broker_clock_apart(&adapter->clock, adapter->speaker.now())) {
		lt_refuse(&clock, LT_CLOCK_WRONG, "%lld s ahead of the broker's: nothing is made until they agree",
			  (long long)(health->clock_ahead / 1000000));
		add_cause(health, &clock);
	}
	pthread_mutex_lock(&adapter->own_mutex);
	add_cause(health, &adapter->own_trouble);
	add_cause(health, &adapter->ledger_trouble);
	add_cause(health, &adapter->damage);
	for (size_t i = 0; i < ADAPTER_WAYS; i++)
		add_cause(health, &adapter->ways[i]);
	health->link_trouble = adapter->link_trouble;
	health->link_since = adapter->link_since;
	health->reload = adapter->reload_said;
	pthread_mutex_unlock(&adapter->own_mutex);
	add_own_limits(adapter, health);
	add_doubts(adapter, tx, health);
	if (tx) {
		add_hooks(tx, health);
		add_restored(adapter, tx, health);
	}
	if (!tx || held_figures(tx, &held))
		return;
	health->held = held.count;
	add_cause(health, &held.cause);
}

static int64_t oldest_queued(struct vault_tx *tx)
{
	struct outbox_state state;
	struct lt_bytes value;
	uint64_t number;
	if (vault_seek_u64(tx, VAULT_QUEUE, 0, &number, &value) || outbox_get_state(tx, number, &state))
		return 0;
	return state.created;
}

bool adapter_connected(const struct adapter *adapter)
{
	return atomic_load(&adapter->connected);
}

bool adapter_asks(const struct adapter *adapter)
{
	return adapter_connected(adapter) || atomic_load(&adapter->alone);
}

void adapter_get_health(struct adapter *adapter, struct adapter_health *out)
{
	struct vault_tx *tx;
	int64_t now = adapter->speaker.now();
	*out = (struct adapter_health){
		.connected = atomic_load(&adapter->connected),
		.ended = atomic_load(&adapter->ended),
		.clock_ahead = broker_clock_ahead(&adapter->clock, now),
		.end_reason = (enum lt_reason)atomic_load(&adapter->end_reason),
		.directory_version = directory_current_version(adapter->book),
		.store_jobs = vault_waiting(adapter->vault),
		.head = atomic_load(&adapter->head),
	};
	out->last_contact = atomic_load(&adapter->last_contact);
	out->certificate_ends = atomic_load(&adapter->certificate_ends);
	out->list_ends = atomic_load(&adapter->list_ends);
	out->warning_count = link_age_warnings(adapter, now, out->warnings);
	if (vault_read_begin(adapter->vault, &tx))
		tx = NULL;
	find_causes(adapter, tx, out);
	if (!tx)
		return;
	out->oldest_queued = oldest_queued(tx);
	vault_count(tx, VAULT_QUEUE, &out->outbox_waiting);
	vault_count(tx, VAULT_INBOX, &out->inbox_items);
	vault_count(tx, VAULT_EXCEPTION, &out->untold);
	vault_read_end(tx);
}
