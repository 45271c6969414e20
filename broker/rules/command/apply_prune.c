/* apply_prune.c: ids older than the horizon are forgotten; envelopes with such ids are refused anyway. The state remembers how far it
 * went: should the time be set back over it, an id that was forgotten is still refused, and none that is newer. Whole answers go
 * sooner: the record has them, too. How far stands in the command: nothing is read here, so nothing of it can be damaged. */
#include "rules/apply.h"
#include "state/dedup.h"

enum lt_reason apply_prune(struct act *act)
{
	struct state *state = act->state;
	const struct lt_prune_command *prune = &act->command->u.prune;
	if (prune->before > 0) {
		dedup_forget_ids(state->store, prune->before);
		if (prune->before - 1 > state->dedup_floor)
			state->dedup_floor = prune->before - 1;
		state_put_number(state, "dedup_floor", (uint64_t)state->dedup_floor);
	}
	if (prune->answers_below > 0)
		dedup_forget_answers(state->store, prune->answers_below);
	act->outcome.version = (uint64_t)state->dedup_floor;
	return LT_REASON_NONE;
}
