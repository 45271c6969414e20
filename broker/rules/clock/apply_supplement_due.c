/* apply_supplement_due.c: SUPPLEMENT_MISSED: the papers were not brought: the dossier is stopped, or its holder owes a refusal, as the leg
 * says. REFUSAL_OVERDUE: that refusal has not come. */
#include "base/date.h"
#include "clock_internal.h"

#include <stdio.h>
#include <string.h>

#include "rules/custody.h"
#include "rules/route_at.h"

/* It was not used: it does not count. */
static void give_request_back(struct dossier *dossier, uint32_t leg)
{
	uint32_t i = dossier->request_count;
	while (i > 0 && dossier->request_legs[i - 1] != leg)
		i--;
	if (i == 0)
		return;
	memmove(&dossier->request_legs[i - 1], &dossier->request_legs[i],
		(dossier->request_count - i) * sizeof(dossier->request_legs[0]));
	dossier->request_count--;
}

/* Back to work, so that it can be refused; from 2 the work begins by it. */
static void owe_refusal(struct act *act, struct branch *branch)
{
	if (act->dossier->stage == STATUS_RECEIVED)
		act->dossier->stage = STATUS_IN_PROGRESS;
	memset(branch->supplement_id, 0, sizeof(branch->supplement_id));
	custody_settle(act);
	deadline_refusal_start(act, branch);
}

static void tell(struct act *act, const struct branch *branch, bool above, int64_t due, const char *subject,
		 const char *reason)
{
	struct notice notice = {
		.kind = LT_KIND_OVERDUE, .branch = branch, .due_at = due, .subject = subject, .reason = reason
	};
	clock_tell_holders(act, &notice, NULL);
	if (above)
		clock_tell_above(act, &notice, branch);
	notice_add(act, &notice);
	clock_name_leg(act, branch);
	clock_count(act);
	clock_save(act);
}

static enum lt_reason wait_on(struct act *act, const struct branch *branch, struct clock_wait *wait, int64_t due)
{
	deadline_wait_start(act, wait, branch->number, LT_CLOCK_SUPPLEMENT_MISSED, due);
	clock_name_leg(act, branch);
	clock_save(act);
	return LT_REASON_NONE;
}

enum lt_reason apply_supplement_due(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct branch *branch = dossier_branch(act->dossier, command->branch);
	struct clock_wait *wait = branch ? &branch->supplement_wait : NULL;
	char reason[600], due[LT_DATE_SAID], until[LT_DATE_SAID];
	if (!wait || !clock_is_asked(command, wait->next_kind, wait->next_due, wait->generation))
		return clock_stale(act);
	const struct lt_route_leg *leg = route_at_of(act, branch);
	struct missed_papers missed = { .due = deadline_supplement_recount(act, branch) };
	if (missed.due + DEADLINE_MINUTE > act_legal(act)) /* a fact of working time that came since gives more */
		return wait_on(act, branch, wait, missed.due + DEADLINE_MINUTE);
	memcpy(missed.id, branch->supplement_id, sizeof(missed.id));
	bool refuse = leg && leg->refuse_within.unit != LT_LIMIT_NONE;
	deadline_supplement_end(act, branch);
	if (!refuse && custody_stop(act))
		return clock_stale(act);
	branch->missed = missed;
	give_request_back(act->dossier, dossier_branch_leg(branch));
	lt_date_say(missed.due, due);
	act->outcome.due = missed.due;
	snprintf(reason, sizeof(reason), "Đến %s chưa nhận được giấy tờ bổ sung. Hồ sơ dừng giải quyết (trạng thái 8).",
		 due);
	if (refuse) {
		owe_refusal(act, branch);
		lt_date_say(branch->missed.refuse_by, until);
		snprintf(reason, sizeof(reason),
			 "Đến %s chưa nhận được giấy tờ bổ sung. %s phải có văn bản từ chối trước %s.", due,
			 branch->holder, until);
	}
	tell(act, branch, false, missed.due, refuse ? "Không bổ sung hồ sơ" : "Dừng giải quyết hồ sơ", reason);
	return LT_REASON_NONE;
}

enum lt_reason apply_refusal_due(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct branch *branch = dossier_branch(act->dossier, command->branch);
	const struct clock_wait *wait = branch ? &branch->supplement_wait : NULL;
	char reason[400], due[LT_DATE_SAID];
	if (!wait || !clock_is_asked(command, wait->next_kind, wait->next_due, wait->generation))
		return clock_stale(act);
	if (dossier_owes_refusal(branch) && deadline_refusal_moves(act, branch)) {
		clock_save(act);
		return LT_REASON_NONE;
	}
	deadline_supplement_end(act, branch);
	if (act->dossier->stage != STATUS_IN_PROGRESS || !dossier_owes_refusal(branch)) {
		clock_save(act); /* it was refused, withdrawn or stopped, or goes on with late papers */
		return LT_REASON_NONE;
	}
	lt_date_say(branch->missed.refuse_by, due);
	snprintf(reason, sizeof(reason), "Đến %s, %s chưa có văn bản từ chối dù giấy tờ bổ sung không được nộp.", due,
		 branch->holder);
	tell(act, branch, true, branch->missed.refuse_by, "Quá hạn từ chối hồ sơ", reason);
	return LT_REASON_NONE;
}
