/* apply_prune.c: ids older than the horizon are forgotten; envelopes with such ids are refused anyway. */
#include "rules/apply.h"
#include "state/dedup.h"

enum lt_reason apply_prune(struct act *act)
{
	act->outcome.version =
		dedup_prune(act->state->store, act->command->u.prune.before, act->rules->limits.prune_entries);
	return LT_REASON_NONE;
}
