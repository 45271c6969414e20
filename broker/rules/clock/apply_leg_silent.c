/* apply_leg_silent.c: LEG_SILENT: half the time of a leg is over, and its holder has done nothing: holder, lead and origin are told. */
#include "away.h"
#include "base/date.h"
#include "clock_internal.h"

#include <stdio.h>

#include "silence.h"
#include "state/owed/owed.h"

/* Work is owed on the branch: it is neither offered nor stands. */
static bool works(const struct act *act, const struct branch *branch)
{
	struct owed_act acts[OWED_MAX];
	size_t count = owed_list(act->dossier, acts);
	for (size_t i = 0; i < count; i++) {
		if (acts[i].what == LT_OWED_WORK && acts[i].branch == branch->number)
			return true;
	}
	return false;
}

static void tell_silent(struct act *act, struct branch *branch)
{
	char reason[400], since[LT_DATE_SAID];
	struct notice notice = {
		.kind = LT_KIND_SILENT, .branch = branch, .subject = "Hồ sơ chưa được xử lý", .reason = reason
	};
	lt_date_say(branch->acted_at, since);
	snprintf(reason, sizeof(reason), "Từ %s, %s chưa có thao tác nào với hồ sơ; đã quá nửa thời hạn của bước.",
		 since, branch->holder);
	branch->silent_since = branch->acted_at;
	clock_tell_holders(act, &notice, branch);
	notice_add(act, &notice);
	clock_count(act);
}

enum lt_reason apply_leg_silent(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct branch *branch = dossier_branch(act->dossier, command->branch);
	if (!branch ||
	    !clock_is_asked(command, branch->silence.next_kind, branch->silence.next_due, branch->silence.generation))
		return clock_stale(act);
	bool standing = !works(act, branch);
	int64_t due = silence_due(act, branch, standing ? act_legal(act) : branch->acted_at);
	int64_t look = due > act_legal(act) || standing ? due : away_look(act, branch->holder);
	deadline_wait_end(act, &branch->silence, branch->number);
	if (due > act_legal(act) || standing || look != 0)
		silence_wait(act, branch, look);
	else if (due != 0)
		tell_silent(act, branch);
	clock_name_leg(act, branch);
	clock_save(act);
	return LT_REASON_NONE;
}
