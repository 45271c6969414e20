/* apply_ack.c: ranges of mailbox numbers that are on adapters' disks. */
#include "rules/apply.h"
#include "state/part_expiry.h"
#include "state/succession.h"

void apply_fetched(struct act *act, struct mailbox *mailbox, uint64_t number)
{
	struct mailbox_entry entry;
	for (uint64_t i = mailbox->fetched + 1; i <= number; i++) {
		if (mailbox_entry(mailbox, act->state->store, i, &entry) == LT_OK && entry.has_parts)
			part_expiry_fetched(act->state->store, entry.sequence, act->time);
	}
	if (number > mailbox->fetched)
		mailbox->fetched = number;
}

/* Never above the head (G6), never backwards: only a new session may resume below. */
enum lt_reason apply_ack(struct act *act)
{
	const struct lt_ack_command *ack = &act->command->u.ack;
	for (size_t i = 0; i < ack->count; i++) {
		uint32_t index = mailboxes_find(&act->state->mailboxes, ack->items[i].agency);
		if (index == MAILBOX_NONE ||
		    act->rules->succession.closed(act->state->rulebook, ack->items[i].agency, act->time))
			continue; /* what a closed agency gets after its end is for its successors */
		struct mailbox *mailbox = &act->state->mailboxes.items[index];
		uint64_t number = ack->items[i].number < mailbox->head ? ack->items[i].number : mailbox->head;
		if (number <= mailbox->acknowledged)
			continue;
		apply_fetched(act, mailbox, number);
		mailbox->acknowledged = number;
		mailbox_save(mailbox, act->state->store);
	}
	return LT_REASON_NONE;
}
