/* apply_remind.c: REMIND, AGENCY_REMIND: the operator's word to who is waited for in a dossier, or to an agency about a matter of its own, as a
 * signed notice: so it lies in the agency's own list, and in the dossier's history is who was reminded, when, and why. It changes no time and no custody. */
#include <stdio.h>
#include <string.h>

#include <lienthong/text.h>

#include "correct.h"
#include "offer_back.h"
#include "rules/clock/clock_internal.h"
#include "state/owed/owed.h"

/* What stands in an envelope is held to the envelope's form, whatever the door has let in. */
static enum lt_reason check_words(struct act *act)
{
	const char *reason = act->command->u.admin.reason;
	if (lt_text_length(reason, strlen(reason)) > LT_REASON_TEXT_MAX)
		return lt_refuse(&act->refusal, LT_OPERATOR_REQUIRED, "reason: 1 to %d characters",
				 (int)LT_REASON_TEXT_MAX);
	return lt_text_refuse(reason, LT_TEXT_LINES, LT_TEXT_NOT_IN_FORM, "reason", &act->refusal);
}

static bool is_named(const struct owed_act *acts, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (strcmp(acts[k].who, acts[i].who) == 0)
			return true;
	}
	return false;
}

static struct notice make_notice(const struct act *act, const char *subject)
{
	return (struct notice){ .kind = LT_KIND_REMINDER, .subject = subject, .reason = act->command->u.admin.reason };
}

/* Each once, some in each notice; what one record cannot tell any more, hundreds who were asked for opinions, is left to their own clocks. */
static enum lt_reason tell_owing(struct act *act)
{
	struct owed_act acts[OWED_MAX];
	size_t count = owed_list(act->dossier, acts);
	if (count == 0)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "nobody owes anything for %s", act->dossier->code);
	if (act->tried)
		return LT_REASON_NONE;
	for (size_t i = 0; i < count && act->outcome.notice_count < APPLY_NOTICES_MAX;) {
		struct notice notice = make_notice(act, "Nhắc xử lý hồ sơ");
		for (; i < count && notice.to_count < NOTICE_TO_MAX; i++) {
			if (!is_named(acts, i))
				notice_to(act, &notice, acts[i].who);
		}
		notice_add(act, &notice);
	}
	return LT_REASON_NONE;
}

static const struct stuck *find_stuck(const struct act *act, uint64_t record)
{
	const struct stuck_list *list = &act->state->stuck;
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].sequence == record && list->items[i].dossier == act->dossier->number)
			return &list->items[i];
	}
	return NULL;
}

static enum lt_reason tell_sender(struct act *act, uint64_t record)
{
	char subject[LT_SUBJECT_MAX];
	const struct dossier *dossier = act->dossier;
	const struct branch *offered = NULL;
	const struct stuck *stuck = find_stuck(act, record);
	if (!stuck)
		return lt_refuse(&act->refusal, LT_RECORD_UNKNOWN, "no receiver of %s has reported record %llu",
				 dossier->code, (unsigned long long)record);
	if (act->tried)
		return LT_REASON_NONE;
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		if (dossier->branches[i].custody == LT_CUSTODY_OFFERED && dossier->branches[i].offer_sequence == record)
			offered = &dossier->branches[i];
	}
	snprintf(subject, sizeof(subject), "Đề nghị gửi lại: %s không nhận được bản ghi %llu", stuck->agency,
		 (unsigned long long)record);
	struct notice notice = make_notice(act, subject);
	notice.branch = offered;
	if (offered)
		notice_to(act, &notice, offered->holder);
	else
		clock_tell_holders(act, &notice, NULL);
	notice_add(act, &notice);
	return LT_REASON_NONE;
}

enum lt_reason remind(struct act *act)
{
	uint64_t record = act->command->u.admin.number;
	enum lt_reason reason = check_words(act);
	if (!reason)
		reason = correct_find(act);
	if (!reason)
		reason = record != 0 ? tell_sender(act, record) : tell_owing(act);
	if (!reason && !act->tried)
		clock_save(act);
	return reason;
}

enum lt_reason remind_agency(struct act *act)
{
	const char *subject = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	const struct lt_agency *agency = rulebook_agency(act->state->rulebook, subject);
	struct notice notice = make_notice(act, "Nhắc cơ quan");
	enum lt_reason reason = check_words(act);
	if (reason)
		return reason;
	if (!agency)
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "%.60s", subject);
	if (agency->level == LT_LEVEL_BROKER)
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "%s is the broker itself", agency->code);
	if (!rulebook_broker(act->state->rulebook))
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "the directory has no agency of level broker");
	if (act->tried)
		return LT_REASON_NONE;
	dossier_clear(act->dossier); /* it is about none */
	notice_to(act, &notice, agency->code);
	notice_add(act, &notice);
	return LT_REASON_NONE;
}
