/* kind.h: what a kind of envelope is, as kind.def says it. For code that asks for a property of any kind; what is a rule of one kind
 * alone names it, as LT_KIND_OPEN. Data; any thread. */
#ifndef WIRE_KIND_H
#define WIRE_KIND_H

#include <lienthong/envelope.h>

enum kind_sender { KIND_SENDER_AGENCY, KIND_SENDER_BROKER };
enum kind_custody {
	KIND_CUSTODY_STAYS,
	KIND_CUSTODY_OFFERS,
	KIND_CUSTODY_ANSWERS,
	KIND_CUSTODY_MOVES,
	KIND_CUSTODY_MOVES_IF_YES,
};
enum kind_full { KIND_FULL_TAKEN, KIND_FULL_BARE, KIND_FULL_REFUSED };
enum kind_presence { KIND_ABSENT, KIND_LATER, KIND_OPTIONAL, KIND_UNLESS_YES, KIND_REQUIRED };

struct kind {
	const char *name;
	uint32_t recipients; /* at most; at least one */
	enum kind_sender sender;
	enum kind_custody custody;
	enum kind_full full;
	bool later; /* in the formats, not in the rules yet; kind_find does not give it */
	/* Of the header's fields, by their names. */
	enum kind_presence branch, procedure, in_reply_to, reason, due_at, items, amount, agree, trace, fields, channel,
		place_of_help, foreign_codes, replaces, facts, results, hand_over, ground, late_reason, received,
		carried, digest;
};
/* NULL: there is no kind of this number, or it is not built yet. */
const struct kind *kind_find(int number);
/* The broker's own notice. Of numbers that are no kind: false, as in those below. */
bool kind_is_notice(enum lt_kind kind);
/* ACCEPT or REFUSE of an offer. */
bool kind_answers(enum lt_kind kind);
/* Once admitted, the branch has a new version. */
bool kind_moves(const struct lt_header *act);
/* Not taken while the broker's disk is nearly full. */
bool kind_refused_when_full(const struct lt_header *act);

#endif
