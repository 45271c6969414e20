/* apply_intake_due.c: INTAKE_OVERDUE: the one-stop has neither received nor rejected what was registered with it: it is told, and who
 * registered it. Once; the act stays owed, and late. What calendar, hours and outages have moved is waited for. */
#include "base/date.h"
#include "clock_internal.h"

#include <stdio.h>

#include "intake.h"

static void tell(struct act *act, struct branch *branch)
{
	const struct dossier_intake *intake = &act->dossier->intake;
	char reason[400], since[LT_DATE_SAID], due[LT_DATE_SAID];
	struct notice notice = {
		.kind = LT_KIND_OVERDUE, .branch = branch, .subject = "Quá hạn tiếp nhận hồ sơ", .reason = reason
	};
	lt_date_say(intake->since, since);
	lt_date_say(intake->due, due);
	notice.due_at = intake->due;
	snprintf(reason, sizeof(reason),
		 "Hồ sơ đăng ký lúc %s, hạn trả lời %s; %s chưa tiếp nhận hoặc từ chối tiếp nhận.", since, due,
		 branch->holder);
	clock_tell_holders(act, &notice, branch);
	notice_to(act, &notice, intake->by);
	clock_tell_above(act, &notice, branch);
	notice_add(act, &notice);
	clock_count(act);
	deadline_wait_end(act, &branch->handoff, branch->number);
}

enum lt_reason apply_intake_due(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct branch *branch = dossier_branch(act->dossier, command->branch);
	if (!branch || act->dossier->intake.since == 0 ||
	    !clock_is_asked(command, branch->handoff.next_kind, branch->handoff.next_due, branch->handoff.generation))
		return clock_stale(act);
	intake_wait(act, branch);
	if (branch->handoff.next_due != 0 && branch->handoff.next_due <= act_legal(act))
		tell(act, branch);
	clock_name_leg(act, branch);
	clock_save(act);
	return LT_REASON_NONE;
}
