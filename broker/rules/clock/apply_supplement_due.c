/* apply_supplement_due.c: SUPPLEMENT_MISSED: the papers were not brought: the dossier is stopped. */
#include "clock_internal.h"

#include <stdio.h>

#include "rules/custody.h"

enum lt_reason apply_supplement_due(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct branch *branch = dossier_branch(act->dossier, command->branch);
	const struct clock_wait *wait = branch ? &branch->supplement_wait : NULL;
	char reason[400], due[NOTICE_TIME_TEXT];
	if (!wait || !clock_is_asked(command, wait->next_kind, wait->next_due, wait->generation))
		return clock_stale(act);
	deadline_supplement_end(act, branch);
	if (custody_stop(act))
		return clock_stale(act);
	struct notice notice = {
		.kind = LT_KIND_OVERDUE, .branch = branch, .subject = "Dừng giải quyết hồ sơ", .reason = reason
	};
	notice.due_at = command->due - DEADLINE_MINUTE;
	notice_time(notice.due_at, due);
	snprintf(reason, sizeof(reason), "Đến %s chưa nhận được giấy tờ bổ sung. Hồ sơ dừng giải quyết (trạng thái 8).",
		 due);
	clock_tell_holders(act, &notice, NULL);
	notice_add(act, &notice);
	clock_count(act);
	clock_save(act);
	return LT_REASON_NONE;
}
