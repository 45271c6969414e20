/* apply_large.c: a large part lies on the disk; and those that nothing has referred to for a day go, their files after the sync. */
#include "rules/apply.h"
#include "state/parts/large.h"

enum lt_reason apply_large(struct act *act)
{
	const struct lt_large_command *large = &act->command->u.large;
	struct store *store = act->state->store;
	large_store(store, large->sha256.data, large->size, large->chunks.data, act->time);
	large_own(store, large->sha256.data, large->agency);
	return LT_REASON_NONE;
}

enum lt_reason apply_large_gone(struct act *act)
{
	const struct lt_large_gone_command *gone = &act->command->u.large_gone;
	for (size_t i = 0; i < gone->count; i++) {
		if (!large_forget(act->state->store, gone->sha256[i].data))
			state_end("record %llu lets a large part go that is needed, or not there",
				  (unsigned long long)act->sequence);
	}
	return LT_REASON_NONE;
}
