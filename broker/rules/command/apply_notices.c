/* apply_notices.c: NOTICES: signatures of notices that earlier records made: now they go into the mailboxes, once. */
#include "program/log.h"
#include "rules/notice.h"
#include "rules/reorganise.h"

/* A frozen dossier is not what it was when the record was made: whose mailbox it was then says the record. */
static const char *mailbox_for(struct act *act, const char *to)
{
	const struct lt_outcome *recorded = act->recorded;
	size_t at = act->outcome.mail_count;
	if (recorded && act->dossier->frozen != 0 && at < recorded->mail_count)
		return recorded->mail[at].agency;
	return reorganise_mailbox(act, to);
}

static void post(struct act *act, const char *to, uint32_t at)
{
	struct lt_outcome *outcome = &act->outcome;
	uint32_t index = mailboxes_get(&act->state->mailboxes, mailbox_for(act, to));
	struct mailbox *mailbox = &act->state->mailboxes.items[index];
	struct mailbox_entry entry = { .sequence = act->sequence, .dossier = act->dossier->number, .notice = at + 1 };
	LT_ASSERT(outcome->mail_count < APPLY_MAIL_MAX);
	act->mail_index[outcome->mail_count] = index;
	act->mail[outcome->mail_count++] = (struct lt_mailbox_item){
		.number = mailbox_append(mailbox, act->state->store, &entry),
	};
}

/* A signature of what is not waiting is passed over: it came before. */
static void post_notice(struct act *act, const struct lt_notice_signature *notice, uint32_t at)
{
	struct state *state = act->state;
	struct notice_waiting waiting;
	if (notices_take(state->store, notice->sequence, notice->index, &waiting))
		return;
	state->unsigned_notices--;
	notices_put_signed(state->store, notice->sequence, notice->index,
			   (struct notice_place){ .sequence = act->sequence, .at = at });
	if (waiting.dossier == 0)
		dossier_clear(act->dossier);
	else if (act->dossier->number != waiting.dossier)
		dossier_load_known(state->store, waiting.dossier, act->dossier);
	for (size_t i = 0; i < waiting.to_count; i++)
		post(act, waiting.to[i], at);
}

enum lt_reason apply_notices(struct act *act)
{
	const struct lt_notices_command *command = &act->command->u.notices;
	act->dossier->number = 0;
	for (size_t i = 0; i < command->count; i++)
		post_notice(act, &command->notices[i], (uint32_t)i);
	for (size_t i = 0; i < act->outcome.mail_count; i++) /* mailboxes may have moved in memory */
		act->mail[i].agency = act->state->mailboxes.items[act->mail_index[i]].code;
	return LT_REASON_NONE;
}
