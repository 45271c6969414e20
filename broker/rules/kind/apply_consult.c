/* apply_consult.c: CONSULT asks other agencies, in parallel and within a time; OPINION is an answer. Custody stays. */
#include <string.h>

#include "rules/custody.h"
#include "rules/route_at.h"

#define BIT(status) (1u << (STATUS_##status))

static enum lt_reason check_asked(struct act *act)
{
	for (size_t i = 0; i < act->header->to_count; i++) {
		if (custody_to_itself(act, i))
			return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[%zu]: %s would ask itself", i,
					 act->header->sender);
	}
	if (act->header->due_at <= act->time)
		return lt_refuse(&act->refusal, LT_DUE_INVALID, "due_at: not after the broker's time");
	if (act->dossier->consult_count == DOSSIER_CONSULTS_MAX)
		return lt_refuse(&act->refusal, LT_COUNT_EXCEEDED, "a dossier has at most %d consultations",
				 (int)DOSSIER_CONSULTS_MAX);
	return custody_check_offer(act);
}

static void add_consult(struct act *act, const struct branch *branch)
{
	const struct lt_header *header = act->header;
	const struct lt_route_leg *leg = route_at_of(act, branch);
	struct consult *consult = &act->dossier->consults[act->dossier->consult_count++];
	/* Field by field: the answers are long, and only those that are asked for are read. */
	consult->number = act->dossier->consult_count;
	memcpy(consult->id, header->id, sizeof(consult->id));
	consult->sequence = act->sequence;
	dossier_copy_code(consult->asked_by, header->sender);
	consult->branch = branch->number;
	consult->asked_at = act->time;
	consult->due = header->due_at;
	consult->on_silence = leg ? leg->on_silence : LT_SILENCE_ESCALATE;
	consult->wait = (struct clock_wait){ 0 };
	consult->answer_count = (uint32_t)header->to_count;
	for (size_t i = 0; i < header->to_count; i++) {
		consult->answers[i] = (struct consult_answer){ .state = CONSULT_OPEN };
		dossier_copy_code(consult->answers[i].agency, header->to[i].agency);
	}
	deadline_consult_start(act, consult->number, consult->due);
}

enum lt_reason apply_consult(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = custody_find(act, &branch);
	if (!reason)
		reason = custody_check_in_charge(act, branch);
	if (!reason)
		reason = custody_check_status(act, BIT(RECEIVED) | BIT(IN_PROGRESS));
	if (!reason)
		reason = check_asked(act);
	if (!reason)
		add_consult(act, branch);
	return reason;
}

static enum lt_reason find_answer(struct act *act, struct consult **consult, struct consult_answer **out)
{
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
				 (*out)->agency, (*out)->agree == LT_AGREE_YES ? "yes" : "no");
	return LT_REASON_NONE;
}

static bool all_answered(const struct consult *consult)
{
	for (uint32_t i = 0; i < consult->answer_count; i++) {
		if (consult->answers[i].state == CONSULT_OPEN)
			return false;
	}
	return true;
}

static void take_answer(struct act *act, struct consult *consult, struct consult_answer *answer)
{
	bool late = act->time > consult->due || answer->state != CONSULT_OPEN;
	answer->agree = act->header->agree;
	answer->time = act->time;
	if (late)
		answer->state = CONSULT_LATE;
	else
		answer->state = answer->agree == LT_AGREE_YES ? CONSULT_AGREED : CONSULT_NOT_AGREED;
	if (all_answered(consult) && consult->wait.next_kind != 0)
		deadline_consult_end(act, consult->number);
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
