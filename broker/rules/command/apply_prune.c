/* apply_prune.c: what is old goes: ids, whole answers, entries of mailboxes. Ids older than the horizon are forgotten; envelopes with such ids are refused anyway. The state remembers how far it
 * went: should the time be set back over it, an id that was forgotten is still refused, and none that is newer. Whole answers go
 * sooner: the record has them, too. How far stands in the command: nothing is read here, so nothing of it can be damaged. */
#include "rules/apply.h"
#include "state/dedup.h"

/* Which entries go stands in the command, too: whether a dossier still needs one was read by who made it. */
static void prune_mailbox(struct act *act, const struct lt_mailbox_prune *prune)
{
	uint32_t index = mailboxes_find(&act->state->mailboxes, prune->agency);
	if (index == MAILBOX_NONE)
		return;
	struct mailbox *mailbox = &act->state->mailboxes.items[index];
	for (size_t i = 0; i < prune->count; i++)
		mailbox_drop(mailbox, act->state->store, prune->numbers[i]);
	if (prune->gone > mailbox->gone)
		mailbox->gone = prune->gone;
	mailbox_save(mailbox, act->state->store);
}

enum lt_reason apply_prune(struct act *act)
{
	struct state *state = act->state;
	const struct lt_prune_command *prune = &act->command->u.prune;
	if (prune->before > 0) {
		dedup_forget_ids(state->store, prune->before);
		if (prune->before - 1 > state->dedup_floor)
			state->dedup_floor = prune->before - 1;
		state_put_number(state, "dedup_floor", (uint64_t)state->dedup_floor);
	}
	if (prune->answers_below > 0)
		dedup_forget_answers(state->store, prune->answers_below);
	for (size_t i = 0; i < prune->mailbox_count; i++)
		prune_mailbox(act, &prune->mailboxes[i]);
	act->outcome.version = (uint64_t)state->dedup_floor;
	return LT_REASON_NONE;
}
