/* link_report.c: what this adapter tells the broker of itself with each PING, so that operators see trouble before its own people call. */
#include "link_thread.h"

void link_report(void *ctx, struct lt_link_report *out)
{
	struct adapter *adapter = ctx;
	struct adapter_health health;
	adapter_get_health(adapter, &health);
	const struct vault_space *space = &health.space;
	*out = (struct lt_link_report){
		.clock = adapter->speaker.now(),
		.disk_free = space->disk_free,
		.disk_size = space->disk_size,
		.disk_reserve = space->disk_reserve,
		.store_bytes = space->file_bytes,
		.full = space->fill != VAULT_ROOMY,
		.unsent = health.outbox_waiting,
		.unsent_since = health.oldest_queued,
		.restored_at = health.restored_at,
	};
}
