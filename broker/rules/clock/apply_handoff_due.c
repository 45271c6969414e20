/* apply_handoff_due.c: HANDOFF_REMIND, HANDOFF_ESCALATE: what was offered is not accepted: the receiver is reminded; after as long
 * again the lead and the sender are told. What calendar, hours and outages have moved since it was planned is waited for, and the receiver's
 * time begins when the offer has arrived: what has not is nothing to remind of. Of a receiver that is closed, as was announced, both wait
 * (away.h). */
#include "away.h"
#include "base/date.h"
#include "clock_internal.h"

#include <stdio.h>

static void tell_receiver(struct act *act, struct branch *branch, int64_t next)
{
	char reason[400], since[LT_DATE_SAID];
	struct notice notice = { .kind = LT_KIND_DUE_SOON, .branch = branch, .reason = reason };
	lt_date_say(branch->since, since);
	notice.due_at = next != 0 ? next : act_legal(act);
	notice.subject = "Nhắc tiếp nhận hồ sơ";
	snprintf(reason, sizeof(reason), "%s đã chuyển hồ sơ lúc %s; %s chưa tiếp nhận hoặc từ chối.", branch->holder,
		 since, branch->offered_to);
	notice_to(act, &notice, branch->offered_to);
	notice_add(act, &notice);
}

static void remind(struct act *act, struct branch *branch)
{
	struct lt_limit limit = deadline_handoff_limit(act);
	int64_t next = deadline_due_of(act, &limit, branch->offered_to);
	if (branch->arrived != 0)
		tell_receiver(act, branch, next);
	deadline_wait_start(act, &branch->handoff, branch->number, LT_CLOCK_HANDOFF_ESCALATE, next);
}

static void escalate(struct act *act, struct branch *branch)
{
	char reason[400], since[LT_DATE_SAID];
	struct notice notice = { .kind = LT_KIND_UNDELIVERABLE, .branch = branch, .reason = reason };
	lt_date_say(branch->since, since);
	notice.subject = branch->arrived != 0 ? "Chưa được tiếp nhận" : "Chưa chuyển đến nơi";
	snprintf(reason, sizeof(reason),
		 branch->arrived != 0
			 ? "Hồ sơ do %s chuyển lúc %s, đã nhắc, %s vẫn chưa tiếp nhận. Hồ sơ được giữ lại để giao."
			 : "Hồ sơ do %s chuyển lúc %s chưa đến được hệ thống của %s. Hồ sơ được giữ lại để giao.",
		 branch->holder, since, branch->offered_to);
	notice_to(act, &notice, act->dossier->lead);
	notice_to(act, &notice, branch->holder);
	if (branch->arrived != 0)
		notice_to_above(act, &notice, branch->offered_to);
	notice_add(act, &notice);
	clock_count(act);
}

static int64_t due_now(struct act *act, struct branch *branch, enum lt_clock_kind kind)
{
	struct lt_limit limit = deadline_handoff_limit(act);
	int64_t due = deadline_offer_due(act, branch);
	if (branch->arrived != 0)
		branch->offer_due = due;
	return kind == LT_CLOCK_HANDOFF_REMIND ? due : deadline_due_from(act, &limit, branch->offered_to, due);
}

enum lt_reason apply_handoff_due(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct branch *branch = dossier_branch(act->dossier, command->branch);
	if (!branch || branch->custody != LT_CUSTODY_OFFERED ||
	    !clock_is_asked(command, branch->handoff.next_kind, branch->handoff.next_due, branch->handoff.generation))
		return clock_stale(act);
	deadline_offer_end(act, branch);
	int64_t due = due_now(act, branch, command->kind);
	bool over = due <= act_legal(act);
	int64_t look = over ? away_look(act, branch->offered_to) : due;
	if (over && look != 0)
		away_waits(act, branch);
	if (look != 0)
		deadline_wait_start(act, &branch->handoff, branch->number, command->kind, look);
	else if (command->kind == LT_CLOCK_HANDOFF_REMIND)
		remind(act, branch);
	else
		escalate(act, branch);
	clock_name_leg(act, branch);
	clock_save(act);
	return LT_REASON_NONE;
}
