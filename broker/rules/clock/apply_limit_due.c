/* apply_limit_due.c: LEG_ and DOSSIER_DUE_SOON, _OVERDUE: a legal limit is nearly over, or over: who holds, the lead and the
 * origin are told; of what is over the office above the holder too. */
#include "base/date.h"
#include "clock_internal.h"

#include <stdio.h>

#include "rules/route_at.h"

static void tell_limit(const struct ticking *t, const struct branch *branch, bool over)
{
	struct act *act = t->act;
	char due[LT_DATE_SAID], reason[400];
	struct notice notice = { .kind = over ? LT_KIND_OVERDUE : LT_KIND_DUE_SOON,
				 .branch = branch,
				 .reason = reason };
	lt_date_say(t->clock->appointment, due);
	notice.due_at = t->clock->appointment;
	notice.subject = over ? "Quá hạn xử lý" : "Sắp đến hạn xử lý";
	if (branch)
		snprintf(reason, sizeof(reason),
			 over ? "Chặng %s do %s xử lý đã quá hạn lúc %s." : "Chặng %s do %s xử lý sắp đến hạn: %s.",
			 route_at_id(act, branch->leg), branch->holder, due);
	else
		snprintf(reason, sizeof(reason),
			 over ? "Hồ sơ đã quá hạn giải quyết lúc %s." : "Hồ sơ sắp đến hạn giải quyết: %s.", due);
	clock_tell_holders(act, &notice, branch);
	if (over)
		clock_tell_above(act, &notice, branch);
	notice_add(act, &notice);
}

/* A fact of working time that came later says that it was not over. */
static void take_back(const struct ticking *t, const struct branch *branch)
{
	struct act *act = t->act;
	char due[LT_DATE_SAID], reason[400];
	struct notice notice = { .kind = LT_KIND_DUE_MOVED,
				 .branch = branch,
				 .due_at = t->clock->appointment,
				 .subject = "Hạn xử lý thay đổi",
				 .reason = reason };
	lt_date_say(t->clock->appointment, due);
	snprintf(reason, sizeof(reason),
		 "Thời gian làm việc đã thay đổi; thông báo quá hạn trước đây không còn đúng. Hạn là %s.", due);
	clock_tell_holders(act, &notice, branch);
	clock_tell_above(act, &notice, branch);
	notice_add(act, &notice);
	t->clock->overdue_told = false;
}

/* Facts that came since it was planned may have moved it: then it is asked again at its time. What was over before the broker had the
 * dossier is known to who has carried it over, and told nobody. */
static void tell(const struct ticking *t, const struct branch *branch, bool over, int64_t planned)
{
	struct legal_clock *clock = t->clock;
	bool passed = act_legal(t->act) >= clock->appointment + DEADLINE_MINUTE;
	if (clock->appointment == 0)
		return;
	if (clock->overdue_told) {
		if (!passed)
			take_back(t, branch);
	} else if (over ? passed : clock->appointment == planned) {
		bool of_before = clock->appointment + DEADLINE_MINUTE <= t->act->dossier->carried.at;
		if (!of_before) {
			tell_limit(t, branch, over);
			clock_count(t->act);
		}
		clock->overdue_told = over || of_before;
		clock->soon_told = true;
	}
}

static enum lt_reason limit_due(const struct ticking *t, const struct branch *branch)
{
	struct act *act = t->act;
	const struct lt_clock_command *command = &act->command->u.clock;
	struct legal_clock *clock = t->clock;
	bool over = command->kind == LT_CLOCK_LEG_OVERDUE || command->kind == LT_CLOCK_DOSSIER_OVERDUE;
	if (!clock_is_asked(command, clock->next_kind, clock->next_due, clock->generation))
		return clock_stale(act);
	int64_t planned = clock->appointment;
	deadline_recount(t);
	if (planned != 0) /* else it waited for a calendar */
		tell(t, branch, over, planned);
	deadline_arm(t);
	if (branch)
		clock_name_leg(act, branch);
	clock_save(act);
	return LT_REASON_NONE;
}

enum lt_reason apply_leg_due(struct act *act)
{
	struct branch *branch = dossier_branch(act->dossier, act->command->u.clock.branch);
	if (!branch)
		return clock_stale(act);
	struct ticking t = deadline_of_branch(act, branch);
	return limit_due(&t, branch);
}

enum lt_reason apply_dossier_due(struct act *act)
{
	struct ticking t = deadline_of_dossier(act);
	return limit_due(&t, NULL);
}
