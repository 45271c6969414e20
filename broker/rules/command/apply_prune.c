/* apply_prune.c: ids older than the horizon are forgotten; envelopes with such ids are refused anyway. */
#include "rules/apply.h"
#include "state/dedup.h"

enum { PRUNE_MAX = 2000 }; /* entries of one command: bounds its time in apply */

enum lt_reason apply_prune(struct act *act)
{
	act->outcome.version = dedup_prune(act->state->store, act->command->u.prune.before, PRUNE_MAX);
	return LT_REASON_NONE;
}
