/* apply_elide.c: the part bytes of these records go; the journal punches them out after the sync.
 *
 * A broker that cannot read some of what waits has passed over it, and says so in the command. What stays does then not matter for what
 * goes, so it may be unreadable here too; those that are named must be there. */
#include "rules/apply.h"
#include "state/parts/large.h"
#include "state/parts/part_expiry.h"

enum lt_reason apply_elide(struct act *act)
{
	const struct lt_elide_command *elide = &act->command->u.elide;
	struct store *store = act->state->store;
	uint32_t done = elide->some_stay ? part_expiry_forget_among(store, elide->sequences, elide->count)
					 : part_expiry_forget(store, elide->sequences, elide->count);
	for (size_t i = 0; i < elide->count; i++)
		large_let_go(store, elide->sequences[i], act->time);
	if (done != elide->count)
		state_end("record %llu lets parts go that do not wait for it", (unsigned long long)act->sequence);
	if (elide->some_stay)
		act->faults = state_faults(act->state);
	return LT_REASON_NONE;
}
