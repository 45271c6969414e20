/* stuck.h: items that their receivers' adapters could not take, whoever looks (an exception to RECEIVED). They have no legal effect:
 * custody stays, until an operator sends the item again and it is taken. In memory, since every question about a dossier asks, and
 * in the store. By agency and mailbox number, in order. */
#ifndef BROKER_STUCK_H
#define BROKER_STUCK_H

#include "store/store.h"

#include <lienthong/envelope.h>
#include <lienthong/reason.h>

enum {
	STUCK_AGENCY_MAX = 1000, /* of one agency: an adapter that takes nothing is one alarm, not a list */
};
struct stuck {
	char agency[LT_AGENCY_MAX];
	uint64_t number, sequence;
	uint32_t notice; /* which of the record's notices */
	uint64_t dossier;
	uint64_t redelivered; /* under this number of the same mailbox; 0: not yet */
	int64_t since;        /* record time */
	enum lt_reason reason;
	uint8_t sha256[32];
};
struct stuck_list {
	struct stuck *items;
	size_t count, cap;
};
void stuck_load(struct stuck_list *list, struct store *store);
void stuck_fini(struct stuck_list *list);
/* The first of an agency at or above a number; list->count when there is none: of the whole list with "" and 0. */
size_t stuck_at(const struct stuck_list *list, const char *agency, uint64_t number);
/* The entry, or NULL. The view lives until the next put or drop. */
const struct stuck *stuck_find(const struct stuck_list *list, const char *agency, uint64_t number);
/* The first `most` of one dossier, added to a list of their own. */
void stuck_copy(const struct stuck_list *list, uint64_t dossier, size_t most, struct stuck_list *out);
/* New, or in place of the one with its number. False: the agency has STUCK_AGENCY_MAX. */
bool stuck_put(struct stuck_list *list, struct store *store, const struct stuck *stuck);
void stuck_drop(struct stuck_list *list, struct store *store, size_t index);

#endif
