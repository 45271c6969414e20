/* apply_elide.c: the part bytes of these records go; the journal punches them out after the sync. */
#include "rules/apply.h"
#include "state/part_expiry.h"

enum lt_reason apply_elide(struct act *act)
{
	const struct lt_elide_command *elide = &act->command->u.elide;
	uint32_t done = part_expiry_forget(act->state->store, elide->sequences, elide->count);
	if (done != elide->count)
		state_end("record %llu lets parts go that do not wait for it", (unsigned long long)act->sequence);
	return LT_REASON_NONE;
}
