/* apply_prune.c: ids older than the horizon are forgotten; envelopes with such ids are refused anyway. The state remembers how far it
 * went: should the time be set back over it, an id that was forgotten is still refused, and none that is newer. */
#include "rules/apply.h"
#include "state/dedup.h"

enum lt_reason apply_prune(struct act *act)
{
	struct state *state = act->state;
	act->outcome.version = dedup_prune(state->store, act->command->u.prune.before, act->rules->limits.prune_entries,
					   &state->dedup_floor);
	if (act->outcome.version > 0)
		state_put_number(state, "dedup_floor", (uint64_t)state->dedup_floor);
	return LT_REASON_NONE;
}
