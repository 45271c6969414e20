/* adapter_call.c: what others ask of the adapter. */
#include "link_thread.h"

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

void adapter_reload(struct adapter *adapter)
{
	atomic_store(&adapter->reload, true);
	adapter_wake(adapter);
}

void adapter_get_health(struct adapter *adapter, struct adapter_health *out)
{
	struct vault_tx *tx;
	*out = (struct adapter_health){
		.connected = atomic_load(&adapter->connected),
		.ended = atomic_load(&adapter->ended),
		.end_reason = (enum lt_reason)atomic_load(&adapter->end_reason),
		.directory_version = directory_current_version(adapter->book),
		.store_jobs = vault_waiting(adapter->vault),
		.head = atomic_load(&adapter->head),
	};
	if (vault_read_begin(adapter->vault, &tx))
		return;
	vault_count(tx, VAULT_QUEUE, &out->outbox_waiting);
	vault_count(tx, VAULT_INBOX, &out->inbox_items);
	vault_read_end(tx);
}
