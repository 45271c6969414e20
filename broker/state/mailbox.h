/* mailbox.h: each agency's mailbox: its head, what was acknowledged, and which sequence each number is.
 * Heads are in memory for all agencies (small: 4,000 of them) and in the store; entries are in the store alone.
 * An agency's index never changes while the process lives, so other tables may be kept beside this one. */
#ifndef BROKER_MAILBOX_H
#define BROKER_MAILBOX_H

#include "store/store.h"
#include <lienthong/envelope.h>

#define MAILBOX_NONE UINT32_MAX
#define MAILBOX_KEEP_US \
	(INT64_C(30) * 86400 * 1000000) /* as long as adapters keep what they sent, for a restored one */
#define MAILBOX_AHEAD_MAX 1000000000u   /* an adapter's resume above our head: no backup is so old */

struct mailbox {
	char code[LT_AGENCY_MAX];
	uint64_t head;         /* highest number given */
	uint64_t given;        /* how many: less than the head where there are gaps */
	uint64_t acknowledged; /* highest that is on the adapter's disk, as far as we know */
	uint64_t fetched;      /* highest that was ever acknowledged: an adapter restored from a backup counts once */
	/* What was received MAILBOX_KEEP_US ago may go: at most twice as long after it was. Each is at most the next:
	 * gone (has gone), goes (is older than that), marked (was acknowledged at the time marked_at), acknowledged. */
	uint64_t gone, goes, marked;
	int64_t marked_at;
	uint64_t
		begin; /* where an adapter begins that resumes below `gone`, by an operator's word; 0: it gets no session */
	bool suspended;
	/* Of an agency whose valid_to has come: highest number that was looked at for its successors, and that it is done: new mail
	 * goes straight to them. apply_reorganise.c. */
	uint64_t moved;
	bool passed;
};
struct mailboxes {
	struct mailbox *items;
	uint32_t count, cap;
	uint32_t *slots; /* open hash: index + 1 */
	uint32_t slot_count;
};
struct mailbox_entry {
	uint64_t sequence;
	uint64_t ordinal; /* how many were given up to this one; mailbox_append counts */
	uint64_t dossier; /* dense number; 0: of none. Says which successor it goes to after a split */
	uint32_t notice;  /* 0: the record's envelope; n: the n-th of the notices that the record made */
	bool has_parts;
	bool offer;      /* it offers a branch: when it comes to the receiver's disk, that is noted */
	uint32_t branch; /* that it is about, when a fork made one for each recipient; 0: the record's */
};

void mailboxes_load(struct mailboxes *mailboxes, struct store *store);
void mailboxes_fini(struct mailboxes *mailboxes);
/* Index, or MAILBOX_NONE. */
uint32_t mailboxes_find(const struct mailboxes *mailboxes, const char *code);
/* Whether the mail of a closed agency has all gone over: rules/reorganise.h. */
bool mailboxes_passed(const struct mailboxes *mailboxes, const char *agency);
/* Index; adds an empty one in memory when there is none. */
uint32_t mailboxes_get(struct mailboxes *mailboxes, const char *code);
void mailbox_save(const struct mailbox *mailbox, struct store *store);
/* Gives the next number to an entry and saves both. */
uint64_t mailbox_append(struct mailbox *mailbox, struct store *store, const struct mailbox_entry *entry);
/* The first entry from *number on, and its number; LT_ENOENT: there is none. A mailbox has gaps: numbers that a restored broker
 * had given before, as its adapter has told. */
enum lt_err mailbox_next_entry(const struct mailbox *mailbox, struct store *store, uint64_t *number,
			       struct mailbox_entry *out);
/* All up to here is on the adapter's disk, at this time. Or, after a restore of the adapter, it is not any more. Not saved. */
void mailbox_acknowledge(struct mailbox *mailbox, uint64_t number, int64_t time);
/* An entry goes. Not saved. */
void mailbox_drop(const struct mailbox *mailbox, struct store *store, uint64_t number);
/* How many entries stand above a number. */
uint64_t mailbox_waiting(const struct mailbox *mailbox, struct store *store, uint64_t above);
/* LT_ENOENT for a number that was never given. */
enum lt_err mailbox_entry(const struct mailbox *mailbox, struct store *store, uint64_t number,
			  struct mailbox_entry *out);

#endif
