/* silence.c: see silence.h. The time is looked at when it is due, not at each act: an act only notes that it was. */
#include "silence.h"

#include "rules/custody.h"
#include "rules/deadline_internal.h"

static const struct lt_limit least = { LT_LIMIT_WORKING_HOURS, 32 }; /* 8: in less, nobody has been silent */

int64_t silence_due(struct act *act, const struct branch *branch, int64_t from)
{
	const struct lt_limit *limit = &branch->clock.limit;
	struct lt_limit half = { limit->unit, limit->quarters / 2 };
	if (branch->clock.anchor != 0) /* of what was left of it when the leg began */
		half = (struct lt_limit){ LT_LIMIT_WORKING_MINUTES, branch->clock.allotted / 2 * 4 };
	if (limit->unit == LT_LIMIT_NONE)
		return 0;
	int64_t due = deadline_due_from(act, &least, branch->holder, from);
	if (due == 0 || half.quarters == 0 || limit->unit == LT_LIMIT_SAME_DAY)
		return due;
	int64_t by_limit = deadline_due_from(act, &half, branch->holder, from);
	return by_limit > due ? by_limit : due;
}

void silence_wait(struct act *act, struct branch *branch, int64_t due)
{
	deadline_wait_start(act, &branch->silence, branch->number, LT_CLOCK_LEG_SILENT, due);
}

void silence_begin(struct act *act, struct branch *branch)
{
	branch->acted_at = act_legal(act);
	branch->silent_since = 0;
	silence_wait(act, branch, silence_due(act, branch, act_legal(act)));
}

void silence_end(struct act *act, struct branch *branch)
{
	deadline_wait_end(act, &branch->silence, branch->number);
	branch->silent_since = 0;
}

void silence_break(struct act *act)
{
	struct branch *branch = dossier_branch(act->dossier, act->header->branch);
	if (!branch || branch->custody == LT_CUSTODY_CLOSED || !custody_sender_is(act, branch->holder))
		return;
	branch->acted_at = act_legal(act);
	branch->silent_since = 0;
}
