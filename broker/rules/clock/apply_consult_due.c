/* apply_consult_due.c: CONSULT_SILENT: a consultation's time is over: who is silent is marked, as consent where the procedure says so. */
#include "base/date.h"
#include "clock_internal.h"

#include <stdio.h>

/* Those whose time is over, with the offices above them; *due: the latest of their due times. */
static uint32_t mark_silent(struct act *act, struct consult *consult, struct notice *notice, char *names, size_t size,
			    int64_t *due)
{
	uint32_t silent = 0;
	size_t len = 0;
	names[0] = '\0';
	for (uint32_t i = 0; i < consult->answer_count; i++) {
		struct consult_answer *answer = &consult->answers[i];
		if (!consult_awaits(answer) || answer->due == 0)
			continue;
		deadline_consult_recount(act, consult, answer);
		if (answer->due + DEADLINE_MINUTE > act_legal(act))
			continue;
		answer->silent_at = answer->due + DEADLINE_MINUTE;
		if (answer->due > *due)
			*due = answer->due;
		if (len < size)
			len += (size_t)snprintf(names + len, size - len, "%s%s", silent > 0 ? ", " : "",
						answer->agency);
		notice_to_above(act, notice, answer->agency);
		silent++;
	}
	return silent;
}

enum lt_reason apply_consult_due(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	struct consult *consult = dossier_consult_number(act->dossier, command->branch);
	char names[600], reason[NOTICE_TEXT_MAX], until[LT_DATE_SAID];
	int64_t due = 0;
	if (!consult ||
	    !clock_is_asked(command, consult->wait.next_kind, consult->wait.next_due, consult->wait.generation))
		return clock_stale(act);
	struct notice notice = { .kind = LT_KIND_OVERDUE,
				 .branch = dossier_branch(act->dossier, consult->branch),
				 .subject = "Quá hạn cho ý kiến",
				 .reason = reason };
	notice_to(act, &notice, act->dossier->lead);
	notice_to(act, &notice, consult->asked_by);
	uint32_t silent = mark_silent(act, consult, &notice, names, sizeof(names), &due);
	notice.due_at = due;
	deadline_consult_go(act, consult); /* the others; or it has waited for a calendar */
	lt_date_say(due, until);
	snprintf(reason, sizeof(reason), "Đến %s còn %u cơ quan chưa trả lời lấy ý kiến: %s. %s", until, silent, names,
		 consult->on_silence == LT_SILENCE_DEEMED_CONSENT ? "Theo quy định, được coi là đồng ý."
								  : "Đề nghị đôn đốc; không coi là đồng ý.");
	if (silent > 0) {
		notice_add(act, &notice);
		clock_count(act);
	}
	clock_save(act);
	return LT_REASON_NONE;
}
