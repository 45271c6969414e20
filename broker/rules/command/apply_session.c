/* apply_session.c: a session is in force; each agency's resume point is compared with ours. Its epoch is the record's sequence. */
#include "rules/apply.h"
#include "rules/restored.h"
#include "state/succession.h"

/* Above our head: this broker was restored from a backup; numbers that the adapter has seen are not given again.
 * Below what was acknowledged: the adapter was restored; everything since then is delivered again. */
static void resume(struct act *act, const struct lt_ack_item *item)
{
	uint32_t index = mailboxes_get(&act->state->mailboxes, item->agency);
	struct mailbox *mailbox = &act->state->mailboxes.items[index];
	uint64_t number = item->number;
	bool below = number < mailbox->gone && mailbox->begin < mailbox->gone;
	if (below || (number > mailbox->head && number - mailbox->head > MAILBOX_AHEAD_MAX))
		return;             /* the engine lets no such session in */
	if (number < mailbox->gone) /* an operator has said where it begins */
		number = mailbox->begin;
	mailbox->begin = 0; /* for one session */
	apply_fetched(act, mailbox, number < mailbox->head ? number : mailbox->head);
	if (number > mailbox->head)
		mailbox->head = mailbox->fetched = number;
	mailbox_acknowledge(mailbox, number, act->time);
	mailbox_save(mailbox, act->state->store);
}

enum lt_reason apply_session(struct act *act)
{
	const struct lt_session_command *session = &act->command->u.session;
	for (size_t i = 0; i < session->count; i++) {
		if (!act->rules->succession.closed(act->state->rulebook, session->agencies[i].agency, act->time))
			resume(act, &session->agencies[i]);
	}
	restored_told(act, session);
	return LT_REASON_NONE;
}
