/* notice.h: the broker's own envelopes: DUE_SOON, OVERDUE, REROUTED, UNDELIVERABLE. Their headers are derived in apply from the
 * state and the record alone (id from record time, sequence and index), so replay makes the same ones; they stand in the
 * record's outcome, and are signed and delivered as they stand there. Their texts are no part of what replay compares. A signing worker signs them in batches, a NOTICES command brings the signatures back, and its apply puts
 * them into the mailboxes. Until then they stand in state/notices.h: a crash in between loses none and doubles none. docs/clocks.md. */
#ifndef BROKER_NOTICE_H
#define BROKER_NOTICE_H

#include "apply.h"
#include "state/notices.h"

enum {
	NOTICE_TEXT_MAX = 4000, /* bytes: LT_REASON_TEXT_MAX characters of Vietnamese */
};
struct notice {
	enum lt_kind kind;
	const struct branch *branch; /* NULL: it concerns the whole dossier */
	int64_t due_at;              /* DUE_SOON, OVERDUE */
	const char *subject, *reason;
	size_t to_count;
	const char *to[NOTICE_TO_MAX];
	struct lt_digest *digest; /* DIGEST */
};
/* Adds a recipient, or who acts for it now; no repeats, "" is nobody. */
void notice_to(struct act *act, struct notice *notice, const char *agency);
/* The office above an agency: the nearest in the directory that has a key to take mail with. NULL: there is none. */
const struct lt_agency *notice_above(const struct act *act, const char *agency);
/* That above one that is late, or above who acts for it. The others first: of more than NOTICE_TO_MAX the last are left out. */
void notice_to_above(struct act *act, struct notice *notice, const char *agency);
/* About act->dossier; of none, when its number is 0. Nothing (and counted) when the directory has no agency of level broker, or nobody is to be told. */
void notice_add(struct act *act, const struct notice *notice);

#endif
