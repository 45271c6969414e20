/* apply_clock.c: a legal clock is due. What happens then, once: a stale generation is a clock that has moved since. */
#include <stdio.h>
#include <string.h>

#include "rules/clocks_internal.h"
#include "rules/custody.h"
#include "program/log.h"

static bool load_dossier(struct act *act, uint64_t number)
{
	return number != 0 && dossier_load(act->state->store, number, act->dossier) == LT_OK;
}

/* A record that tells nobody anything is no hop of the dossier. */
static void save_dossier(struct act *act)
{
	struct dossier *dossier = act->dossier;
	if (act->outcome.notice_count > 0) {
		act->previous = dossier->last_sequence;
		dossier->last_sequence = act->sequence;
		dossier->records++;
	}
	act->outcome.dossier = dossier->number;
	act->outcome.status = (uint32_t)dossier->status;
	dossier_save(act->state->store, dossier, &act->state->scratch);
}

static enum lt_reason stale(struct act *act)
{
	return lt_refuse(&act->refusal, LT_ALREADY_SO, "the clock has moved since");
}

static bool is_asked(const struct lt_clock_command *command, uint32_t kind, int64_t due, uint32_t generation)
{
	return kind == (uint32_t)command->kind && due == command->due && generation == command->generation;
}

static void name_leg(struct act *act, const struct visit *visit)
{
	act->outcome.leg = visit->number;
	act->outcome.leg_version = visit->version;
}

/* An open leg; else any: a notice about the dossier is shown with it. */
static const struct visit *any_visit(const struct dossier *dossier)
{
	for (uint32_t i = 0; i < dossier->visit_count; i++) {
		if (dossier->visits[i].custody != LT_CUSTODY_CLOSED)
			return &dossier->visits[i];
	}
	return NULL;
}

/* ---- legal limits ---- */

static void tell_holders(struct act *act, struct notice *notice, const struct visit *visit)
{
	struct dossier *dossier = act->dossier;
	if (visit) {
		notice_to(act, notice, visit->holder);
	} else {
		for (uint32_t i = 0; i < dossier->visit_count; i++) {
			if (dossier->visits[i].custody != LT_CUSTODY_CLOSED)
				notice_to(act, notice, dossier->visits[i].holder);
		}
	}
	notice_to(act, notice, dossier->lead);
	notice_to(act, notice, dossier->origin);
}

static void tell_limit(const struct ticking *t, const struct visit *visit, bool over)
{
	struct act *act = t->act;
	char due[NOTICE_TIME_TEXT], reason[400];
	struct notice notice = { .kind = over ? LT_KIND_OVERDUE : LT_KIND_DUE_SOON, .visit = visit, .reason = reason };
	notice_time(t->clock->due_current, due);
	notice.due_at = t->clock->due_current;
	notice.subject = over ? "Quá hạn xử lý" : "Sắp đến hạn xử lý";
	if (visit)
		snprintf(reason, sizeof(reason),
			 over ? "Chặng %u do %s xử lý đã quá hạn lúc %s." : "Chặng %u do %s xử lý sắp đến hạn: %s.",
			 visit->number, visit->holder, due);
	else
		snprintf(reason, sizeof(reason),
			 over ? "Hồ sơ đã quá hạn giải quyết lúc %s." : "Hồ sơ sắp đến hạn giải quyết: %s.", due);
	tell_holders(act, &notice, visit);
	notice_add(act, &notice);
}

static enum lt_reason limit_due(const struct ticking *t, const struct visit *visit)
{
	struct act *act = t->act;
	const struct lt_clock_command *command = &act->command->u.clock;
	struct legal_clock *clock = t->clock;
	bool over = command->kind == LT_CLOCK_LEG_OVERDUE || command->kind == LT_CLOCK_DOSSIER_OVERDUE;
	if (!is_asked(command, clock->next_kind, clock->next_due, clock->generation))
		return stale(act);
	if (clock->due_current == 0) { /* it waited for a calendar */
		clocks_count(t);
	} else if (!clocks_credit(t)) { /* else outages have moved it: asked again then */
		tell_limit(t, visit, over);
		if (over) {
			clock->overdue_told = true;
			act->state->counts.overdue++;
		} else {
			clock->soon_told = true;
			act->state->counts.due_soon++;
		}
	}
	clocks_arm(t);
	if (visit)
		name_leg(act, visit);
	save_dossier(act);
	return LT_REASON_NONE;
}

static enum lt_reason leg_due(struct act *act)
{
	struct visit *visit = dossier_visit(act->dossier, act->command->u.clock.visit);
	if (!visit)
		return stale(act);
	struct ticking t = clocks_of_visit(act, visit);
	return limit_due(&t, visit);
}

static enum lt_reason dossier_due(struct act *act)
{
	struct ticking t = clocks_of_dossier(act);
	return limit_due(&t, NULL);
}

/* ---- hand-offs ---- */

static void remind(struct act *act, struct visit *visit)
{
	struct lt_limit limit = clocks_handoff_limit(act);
	char reason[400], since[NOTICE_TIME_TEXT];
	struct notice notice = { .kind = LT_KIND_DUE_SOON, .visit = visit, .reason = reason };
	int64_t next = clocks_due_of(act, &limit, visit->offered_to);
	notice_time(visit->since, since);
	notice.due_at = next != 0 ? next : act->time;
	notice.subject = "Nhắc tiếp nhận hồ sơ";
	snprintf(reason, sizeof(reason), "%s đã chuyển hồ sơ lúc %s; %s chưa tiếp nhận hoặc từ chối.", visit->holder,
		 since, visit->offered_to);
	notice_to(act, &notice, visit->offered_to);
	notice_add(act, &notice);
	clocks_wait_start(act, &visit->handoff, visit->number, LT_CLOCK_HANDOFF_ESCALATE, next);
}

static void escalate(struct act *act, struct visit *visit)
{
	char reason[400], since[NOTICE_TIME_TEXT];
	struct notice notice = { .kind = LT_KIND_UNDELIVERABLE, .visit = visit, .reason = reason };
	notice_time(visit->since, since);
	notice.subject = "Chưa được tiếp nhận";
	snprintf(reason, sizeof(reason),
		 "Hồ sơ do %s chuyển lúc %s, đã nhắc, %s vẫn chưa tiếp nhận. Hồ sơ được giữ lại để giao.",
		 visit->holder, since, visit->offered_to);
	notice_to(act, &notice, act->dossier->lead);
	notice_to(act, &notice, visit->holder);
	notice_add(act, &notice);
	act->state->counts.handoffs_escalated++;
}

static enum lt_reason handoff_due(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct visit *visit = dossier_visit(act->dossier, command->visit);
	if (!visit || visit->custody != LT_CUSTODY_OFFERED ||
	    !is_asked(command, visit->handoff.next_kind, visit->handoff.next_due, visit->handoff.generation))
		return stale(act);
	clocks_offer_end(act, visit);
	if (command->kind == LT_CLOCK_HANDOFF_REMIND)
		remind(act, visit);
	else
		escalate(act, visit);
	name_leg(act, visit);
	save_dossier(act);
	return LT_REASON_NONE;
}

/* ---- consultations and supplements ---- */

static uint32_t mark_silent(struct act *act, struct consult *consult, char *names, size_t size)
{
	uint32_t silent = 0;
	size_t len = 0;
	names[0] = '\0';
	for (uint32_t i = 0; i < consult->answer_count; i++) {
		struct consult_answer *answer = &consult->answers[i];
		if (answer->state != CONSULT_OPEN)
			continue;
		answer->state = consult->on_silence == LT_SILENCE_DEEMED_CONSENT ? CONSULT_DEEMED : CONSULT_ESCALATED;
		answer->time = act->time;
		if (len < size)
			len += (size_t)snprintf(names + len, size - len, "%s%s", silent > 0 ? ", " : "",
						answer->agency);
		silent++;
	}
	return silent;
}

static enum lt_reason consult_due(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct consult *consult = dossier_consult_number(act->dossier, command->visit);
	char names[600], reason[NOTICE_TEXT_MAX], due[NOTICE_TIME_TEXT];
	if (!consult || !is_asked(command, consult->wait.next_kind, consult->wait.next_due, consult->wait.generation))
		return stale(act);
	clocks_consult_end(act, consult->number);
	uint32_t silent = mark_silent(act, consult, names, sizeof(names));
	struct notice notice = { .kind = LT_KIND_OVERDUE,
				 .visit = dossier_visit(act->dossier, consult->visit),
				 .due_at = consult->due,
				 .subject = "Quá hạn cho ý kiến",
				 .reason = reason };
	notice_time(consult->due, due);
	snprintf(reason, sizeof(reason), "Đến %s còn %u cơ quan chưa trả lời lấy ý kiến: %s. %s", due, silent, names,
		 consult->on_silence == LT_SILENCE_DEEMED_CONSENT ? "Theo quy định, được coi là đồng ý."
								  : "Đề nghị đôn đốc; không coi là đồng ý.");
	notice_to(act, &notice, act->dossier->lead);
	notice_to(act, &notice, consult->asked_by);
	if (silent > 0) {
		notice_add(act, &notice);
		act->state->counts.consults_silent++;
	}
	save_dossier(act);
	return LT_REASON_NONE;
}

static enum lt_reason supplement_due(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct dossier *dossier = act->dossier;
	struct clock_wait *wait = &dossier->supplement_wait;
	char reason[400], due[NOTICE_TIME_TEXT];
	if (!is_asked(command, wait->next_kind, wait->next_due, wait->generation))
		return stale(act);
	clocks_supplement_end(act);
	if (custody_stop(act))
		return stale(act);
	struct notice notice = { .kind = LT_KIND_OVERDUE,
				 .visit = any_visit(dossier),
				 .subject = "Dừng giải quyết hồ sơ",
				 .reason = reason };
	notice.due_at = command->due - CLOCKS_MINUTE;
	notice_time(notice.due_at, due);
	snprintf(reason, sizeof(reason), "Đến %s chưa nhận được giấy tờ bổ sung. Hồ sơ dừng giải quyết (trạng thái 8).",
		 due);
	tell_holders(act, &notice, NULL);
	notice_add(act, &notice);
	act->state->counts.supplements_missed++;
	save_dossier(act);
	return LT_REASON_NONE;
}

enum lt_reason apply_clock(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	if (command->kind == LT_CLOCK_REORGANISE)
		return apply_reorganise(act);
	const struct due_entry entry = { .due = (uint64_t)command->due,
					 .dossier = command->dossier,
					 .visit = command->visit,
					 .kind = command->kind,
					 .generation = command->generation };
	due_take(&act->state->due, &entry);
	if (!load_dossier(act, command->dossier))
		return stale(act);
	switch (command->kind) {
	case LT_CLOCK_LEG_DUE_SOON:
	case LT_CLOCK_LEG_OVERDUE:
		return leg_due(act);
	case LT_CLOCK_DOSSIER_DUE_SOON:
	case LT_CLOCK_DOSSIER_OVERDUE:
		return dossier_due(act);
	case LT_CLOCK_HANDOFF_REMIND:
	case LT_CLOCK_HANDOFF_ESCALATE:
		return handoff_due(act);
	case LT_CLOCK_CONSULT_SILENT:
		return consult_due(act);
	case LT_CLOCK_SUPPLEMENT_MISSED:
		return supplement_due(act);
	case LT_CLOCK_REORGANISE:
		break;
	}
	return stale(act);
}
