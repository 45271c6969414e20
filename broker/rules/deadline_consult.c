/* deadline_consult.c: the time of a consultation.
 *
 * Each agency that is asked has its own due time, by its own office hours, from the record on. One timer waits for the first of those
 * that are open; when it fires, who is silent is marked, and it waits for the next. While the dossier may be withdrawn or is stopped
 * the time stands: nobody owes an opinion about what may be over, and its silence means nothing. */
#include "deadline_internal.h"

int64_t deadline_consult_due(struct act *act, const struct consult *consult, const char *agency)
{
	int64_t due = consult->due_at;
	if (consult->limit.unit != LT_LIMIT_NONE) {
		int64_t lawful = deadline_due_from(act, &consult->limit, agency, consult->asked_at);
		if (lawful == 0 || lawful > due)
			due = lawful;
	}
	return due;
}

/* Never earlier than the agency was told. */
void deadline_consult_recount(struct act *act, const struct consult *consult, struct consult_answer *answer)
{
	int64_t due =
		deadline_later(act, deadline_consult_due(act, consult, answer->agency), answer->agency, answer->given);
	if (answer->due != 0 && due > answer->due)
		answer->due = due;
}

void deadline_consult_end(struct act *act, struct consult *consult)
{
	deadline_wait_end(act, &consult->wait, consult->number);
}

void deadline_consult_go(struct act *act, struct consult *consult)
{
	uint64_t next = 0;
	for (uint32_t i = 0; i < consult->answer_count; i++) {
		struct consult_answer *answer = &consult->answers[i];
		if (!consult_awaits(answer))
			continue;
		if (answer->due == 0)
			answer->due = deadline_consult_due(act, consult, answer->agency);
		uint64_t at = answer->due != 0 ? (uint64_t)(answer->due + DEADLINE_MINUTE)
					       : DUE_WAITING | act->state->calendar_sequence;
		if (next == 0 || at < next)
			next = at;
	}
	deadline_wait_end(act, &consult->wait, consult->number);
	if (consult->stopped_at == 0)
		deadline_wait_start(act, &consult->wait, consult->number, LT_CLOCK_CONSULT_SILENT, (int64_t)next);
}

static void consults_stand(struct act *act)
{
	for (uint32_t i = 0; i < act->dossier->consult_count; i++) {
		struct consult *consult = &act->dossier->consults[i];
		if (consult->wait.next_kind == 0)
			continue;
		consult->stopped_at = act_legal(act);
		deadline_wait_end(act, &consult->wait, consult->number);
	}
}

static void consults_go_on(struct act *act)
{
	for (uint32_t i = 0; i < act->dossier->consult_count; i++) {
		struct consult *consult = &act->dossier->consults[i];
		if (consult->stopped_at == 0)
			continue;
		for (uint32_t k = 0; k < consult->answer_count; k++) {
			struct consult_answer *answer = &consult->answers[k];
			uint32_t stood = deadline_minutes(act, answer->agency, consult->stopped_at, act_legal(act));
			if (!consult_awaits(answer))
				continue;
			answer->given += stood;
			answer->due = deadline_later(act, answer->due, answer->agency, stood);
		}
		consult->stopped_at = 0;
		deadline_consult_go(act, consult);
	}
}

/* What others are asked for: opinions, and papers of the applicant, who cannot bring them while it is not known whether he withdraws. */
void deadline_asked_stand(struct act *act)
{
	consults_stand(act);
	deadline_supplements_stand(act);
}

void deadline_asked_go_on(struct act *act)
{
	consults_go_on(act);
	deadline_supplements_go_on(act);
}
