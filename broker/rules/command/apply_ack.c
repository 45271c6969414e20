/* apply_ack.c: ranges of mailbox numbers that are on adapters' disks. */
#include "rules/apply.h"

#include <string.h>

#include "state/parts/part_expiry.h"
#include "state/succession.h"
#include "state/digest/tally.h"

void apply_fetched(struct act *act, struct mailbox *mailbox, uint64_t number)
{
	struct mailbox_entry entry;
	const struct stuck_list *stuck = &act->state->stuck;
	for (uint64_t i = mailbox->fetched + 1; i <= number; i++) {
		if (mailbox_next_entry(mailbox, act->state->store, &i, &entry) || i > number)
			break;
		if (stuck->count > 0 && stuck_find(stuck, mailbox->code, i))
			continue; /* it is fetched when it comes whole */
		if (entry.has_parts)
			part_expiry_fetched(act->state->store, entry.sequence, act->time);
	}
	if (number > mailbox->fetched)
		mailbox->fetched = number;
}

/* What its receiver cannot take keeps its custody, and its parts: it may be sent again. */
static void except(struct act *act, const struct mailbox *mailbox, const struct lt_ack_exception *exception)
{
	struct mailbox_entry entry;
	struct state *state = act->state;
	struct stuck stuck = { .number = exception->number, .reason = exception->reason, .since = act->time };
	if (stuck_find(&state->stuck, mailbox->code, exception->number) || exception->sha256.len != 32 ||
	    mailbox_entry(mailbox, state->store, exception->number, &entry))
		return; /* told before, or not ours to know */
	memcpy(stuck.agency, mailbox->code, sizeof(stuck.agency));
	memcpy(stuck.sha256, exception->sha256.data, sizeof(stuck.sha256));
	stuck.sequence = entry.sequence;
	stuck.notice = entry.notice;
	stuck.dossier = entry.dossier;
	stuck_put(&state->stuck, state->store, &stuck);
}

static bool same_item(const struct stuck *a, const struct stuck *b)
{
	return a->sequence == b->sequence && a->notice == b->notice;
}

/* What was sent again and is now received without an exception is stuck no more, under none of its numbers. */
static void settle(struct act *act, const struct mailbox *mailbox, uint64_t number)
{
	struct stuck_list *list = &act->state->stuck;
	size_t first = stuck_at(list, mailbox->code, 0);
	for (size_t i = first; i < list->count && strcmp(list->items[i].agency, mailbox->code) == 0; i++) {
		struct stuck done = list->items[i];
		if (done.redelivered <= mailbox->acknowledged || done.redelivered > number ||
		    stuck_find(list, mailbox->code, done.redelivered))
			continue;
		for (size_t j = list->count; j-- > first;) {
			if (strcmp(list->items[j].agency, mailbox->code) == 0 && same_item(&list->items[j], &done))
				stuck_drop(list, act->state->store, j);
		}
		i = first - 1; /* from the first again: there are few */
	}
}

/* The branch that this record offers, while it is open. */
static struct branch *offered_by(struct dossier *dossier, const struct mailbox_entry *entry)
{
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		struct branch *branch = &dossier->branches[i];
		if (branch->custody == LT_CUSTODY_OFFERED && branch->offer_sequence == entry->sequence &&
		    (entry->branch == 0 || entry->branch == branch->number))
			return branch;
	}
	return NULL;
}

/* The offer is on the receiver's disk: from now on the time is the receiver's. A dossier that cannot be read stands still anyhow, and
 * holds up nobody else's mail. */
static void arrive(struct act *act, const struct mailbox_entry *entry)
{
	struct dossier *dossier = act->dossier;
	if (dossier_load_known(act->state->store, entry->dossier, dossier)) {
		act->faults = state_faults(act->state);
		return;
	}
	struct branch *branch = offered_by(dossier, entry);
	if (!branch || branch->arrived != 0)
		return;
	act->procedure = NULL; /* that of the item before */
	deadline_offer_arrived(act, branch);
	tally_save_dossier(act->state, dossier);
}

/* Up to this number all is on the adapter's disk. An entry is read once; what was fetched before may be acknowledged now, and what is
 * acknowledged is fetched. */
static void take_in(struct act *act, struct mailbox *mailbox, uint64_t number)
{
	const struct stuck_list *stuck = &act->state->stuck;
	uint64_t fetched = mailbox->fetched;
	for (uint64_t i = mailbox->acknowledged + 1; i <= number; i++) {
		struct mailbox_entry entry;
		if (mailbox_next_entry(mailbox, act->state->store, &i, &entry) || i > number)
			break;
		if (stuck->count > 0 && stuck_find(stuck, mailbox->code, i))
			continue; /* it is fetched when it comes whole */
		if (entry.has_parts && i > fetched)
			part_expiry_fetched(act->state->store, entry.sequence, act->time);
		if (entry.offer && entry.notice == 0)
			arrive(act, &entry);
	}
	if (number > fetched)
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
		for (size_t j = 0; j < ack->items[i].except_count; j++) {
			if (ack->items[i].except[j].number <= number)
				except(act, mailbox, &ack->items[i].except[j]);
		}
		if (number <= mailbox->acknowledged)
			continue;
		settle(act, mailbox, number);
		take_in(act, mailbox, number);
		mailbox_acknowledge(mailbox, number, act->time);
		mailbox_save(mailbox, act->state->store);
	}
	return LT_REASON_NONE;
}
