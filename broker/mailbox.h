/* mailbox.h: each agency's mailbox: its head, what was acknowledged, and which sequence each number is.
 * Heads are in memory for all agencies (small: 4,000 of them) and in the store; entries are in the store alone.
 * An agency's index never changes while the process lives, so other tables may be kept beside this one. */
#ifndef BROKER_MAILBOX_H
#define BROKER_MAILBOX_H

#include "broker.h"
#include "store.h"

#define MAILBOX_NONE UINT32_MAX

struct mailbox {
	char code[LT_AGENCY_MAX];
	uint64_t head;         /* highest number given */
	uint64_t acknowledged; /* highest that is on the adapter's disk, as far as we know */
	uint64_t fetched;      /* highest that was ever acknowledged: an adapter restored from a backup counts once */
	bool suspended;
};
struct mailboxes {
	struct mailbox *items;
	uint32_t count, cap;
	uint32_t *slots; /* open hash: index + 1 */
	uint32_t slot_count;
};
struct mailbox_entry {
	uint64_t sequence;
	bool has_parts;
};

void mailboxes_load(struct mailboxes *mailboxes, struct store *store);
void mailboxes_fini(struct mailboxes *mailboxes);
/* Index, or MAILBOX_NONE. */
uint32_t mailboxes_find(const struct mailboxes *mailboxes, const char *code);
/* Index; adds an empty one in memory when there is none. */
uint32_t mailboxes_get(struct mailboxes *mailboxes, const char *code);
void mailbox_save(const struct mailbox *mailbox, struct store *store);
/* Gives the next number to a sequence and saves both. */
uint64_t mailbox_append(struct mailbox *mailbox, struct store *store, uint64_t sequence, bool has_parts);
/* LT_ENOENT for a number that was never given (a gap after a restore). */
enum lt_err mailbox_entry(const struct mailbox *mailbox, struct store *store, uint64_t number,
			  struct mailbox_entry *out);

#endif
