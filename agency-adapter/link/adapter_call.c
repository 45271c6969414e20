/* adapter_call.c: what others ask of the adapter. */
#include "link_thread.h"

#include "mail/ledger/receipts.h"

#include <unistd.h>

struct vault *adapter_vault(struct adapter *adapter)
{
	return adapter->vault;
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

void adapter_rounds(struct adapter *adapter, uint64_t rounds[ADAPTER_ROUNDS])
{
	rounds[0] = vault_rounds(adapter->vault);
	rounds[1] = atomic_load(&adapter->rounds);
}

void adapter_reload(struct adapter *adapter)
{
	atomic_store(&adapter->reload, true);
	adapter_wake(adapter);
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
	pthread_mutex_unlock(&adapter->own_mutex);
	add_doubts(adapter, tx, health);
	if (!tx || held_figures(tx, &held))
		return;
	health->held = held.count;
	add_cause(health, &held.cause);
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
	if (vault_read_begin(adapter->vault, &tx))
		tx = NULL;
	find_causes(adapter, tx, out);
	if (!tx)
		return;
	vault_count(tx, VAULT_QUEUE, &out->outbox_waiting);
	vault_count(tx, VAULT_INBOX, &out->inbox_items);
	vault_count(tx, VAULT_EXCEPTION, &out->untold);
	vault_read_end(tx);
}
