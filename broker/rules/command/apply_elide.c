/* apply_elide.c: the part bytes of these records go; the journal punches them out after the sync. */
#include "rules/apply.h"
#include "state/part_expiry.h"
#include "program/log.h"

enum lt_reason apply_elide(struct act *act)
{
	const struct lt_elide_command *elide = &act->command->u.elide;
	LT_ASSERT(part_expiry_forget(act->state->store, elide->sequences, elide->count) == elide->count);
	return LT_REASON_NONE;
}
