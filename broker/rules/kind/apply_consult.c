/* apply_consult.c: CONSULT asks other agencies, in parallel and within a time; OPINION is an answer. Custody stays. */
#include <string.h>

#include "base/date.h"
#include "rules/clock/away.h"
#include "rules/custody.h"
#include "rules/deadline_internal.h"
#include "rules/opinions.h"
#include "rules/route_at.h"

#define BIT(status) (1u << (STATUS_##status))

static enum lt_reason check_asked(struct act *act)
{
	for (size_t i = 0; i < act->header->to_count; i++) {
		if (custody_to_itself(act, i))
			return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[%zu]: %s would ask itself", i,
					 act->header->sender);
	}
	if (act->header->due_at != 0 && act->header->due_at <= act_legal(act))
		return lt_refuse(&act->refusal, LT_DUE_INVALID, "due_at: not after the broker's time");
	if (act->dossier->consult_count == DOSSIER_CONSULTS_MAX)
		return lt_refuse(&act->refusal, LT_COUNT_EXCEEDED, "a dossier has at most %d consultations",
				 (int)DOSSIER_CONSULTS_MAX);
	return custody_check_reachable(act); /* its opinion is asked by the law, and a drained agency gives it */
}

/* The procedure's time; the sender may give more, and says it where the procedure has none. */
static enum lt_reason check_time(struct act *act, const struct consult *consult)
{
	char least[LT_DATE_SAID];
	if (consult->limit.unit == LT_LIMIT_NONE && consult->due_at == 0)
		return lt_refuse(&act->refusal, LT_DUE_INVALID,
				 "due_at: the leg %s has no limit for opinions; say until when",
				 route_at_id(act, consult->leg));
	for (uint32_t i = 0; i < consult->answer_count && consult->due_at != 0; i++) {
		int64_t due = consult->answers[i].due;
		if (due / DEADLINE_MINUTE <= consult->due_at / DEADLINE_MINUTE)
			continue;
		lt_date_say(due, least);
		return lt_refuse(&act->refusal, LT_DUE_INVALID,
				 "due_at: %s has until %s by the procedure; more may be given, not less",
				 consult->answers[i].agency, least);
	}
	return LT_REASON_NONE;
}

static void fill_consult(struct act *act, const struct branch *branch, struct consult *consult)
{
	const struct lt_header *header = act->header;
	const struct lt_route_leg *leg = route_at_of(act, branch);
	/* Field by field: the answers are long, and only those that are asked for are read. */
	consult->number = act->dossier->consult_count + 1;
	memcpy(consult->id, header->id, sizeof(consult->id));
	consult->sequence = act->sequence;
	dossier_copy_code(consult->asked_by, header->sender);
	consult->branch = branch->number;
	consult->leg = dossier_branch_leg(branch);
	consult->asked_at = act_legal(act);
	consult->limit = leg ? route_at_consult_limit(act, leg) : (struct lt_limit){ 0 };
	consult->due_at = header->due_at;
	consult->stopped_at = 0;
	consult->on_silence = consult->limit.unit != LT_LIMIT_NONE ? leg->on_silence : LT_SILENCE_ESCALATE;
	consult->wait = (struct clock_wait){ 0 };
	consult->answer_count = (uint32_t)header->to_count;
	for (size_t i = 0; i < header->to_count; i++) {
		struct consult_answer *answer = &consult->answers[i];
		*answer = (struct consult_answer){ 0 };
		dossier_copy_code(answer->agency, header->to[i].agency);
		answer->due = deadline_consult_due(act, consult, answer->agency);
	}
}

enum lt_reason apply_consult(struct act *act)
{
	struct branch *branch;
	struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = custody_check_in_charge(act, branch);
	if (!reason)
		reason = custody_check_status(act, BIT(RECEIVED) | BIT(IN_PROGRESS));
	if (!reason)
		reason = check_asked(act);
	if (!reason)
		reason = opinions_check_all_asked(act, branch);
	if (reason)
		return reason;
	struct consult *consult = &dossier->consults[dossier->consult_count];
	fill_consult(act, branch, consult);
	reason = check_time(act, consult);
	if (reason)
		return reason;
	dossier->consult_count++;
	deadline_consult_go(act, consult);
	for (uint32_t i = 0; i < consult->answer_count; i++)
		away_asked(act, branch, consult->answers[i].agency, consult->answers[i].due, consult->asked_by);
	return LT_REASON_NONE;
}

static enum lt_reason find_answer(struct act *act, struct consult **consult, struct consult_answer **out)
{
	static const char *const said[] = { "nothing", "yes", "no", "yes, with conditions" };
	*consult = dossier_consult(act->dossier, act->header->in_reply_to);
	*out = NULL;
	if (!*consult)
		return lt_refuse(&act->refusal, LT_REPLY_UNKNOWN, "in_reply_to: no consultation of %s",
				 act->header->dossier);
	for (uint32_t i = 0; i < (*consult)->answer_count; i++) {
		struct consult_answer *answer = &(*consult)->answers[i];
		/* Two that were asked may be one agency now: the one that is still open. */
		if (custody_sender_is(act, answer->agency) && (!*out || (*out)->agree != LT_AGREE_NONE))
			*out = answer;
	}
	if (!*out)
		return lt_refuse(&act->refusal, LT_NOT_CONSULTED, "%s was not asked in consultation %u",
				 act->header->sender, (*consult)->number);
	if ((*out)->agree != LT_AGREE_NONE)
		return lt_refuse(&act->refusal, LT_ALREADY_ANSWERED, "consultation %u: %s said %s", (*consult)->number,
				 (*out)->agency, said[(*out)->agree]);
	return LT_REASON_NONE;
}

/* An answer after its time, before the clock has looked: the silence has been all the same. */
static void take_answer(struct act *act, struct consult *consult, struct consult_answer *answer)
{
	deadline_consult_recount(act, consult, answer);
	bool over = consult->stopped_at == 0 && answer->due != 0 && act_legal(act) >= answer->due + DEADLINE_MINUTE;
	if (answer->silent_at == 0 && over)
		answer->silent_at = answer->due + DEADLINE_MINUTE;
	answer->agree = act->header->agree;
	answer->answered_at = act_legal(act);
	if (consult->stopped_at == 0)
		deadline_consult_go(act, consult);
}

enum lt_reason apply_opinion(struct act *act)
{
	struct branch *branch;
	struct consult *consult = NULL;
	struct consult_answer *answer = NULL;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = find_answer(act, &consult, &answer);
	if (!reason)
		reason = custody_check_addressed(act, consult->asked_by, "who asked");
	if (!reason)
		take_answer(act, consult, answer);
	return reason;
}
