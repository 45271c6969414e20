/* frozen.h: STORE_FROZEN: dossiers that stand because a record of theirs was skipped (rules/recorded.h), until two operators repair or
 * close them. Two kinds of keys:
 *   all ones || dense number   -> which record was skipped, by which, and what an operator has proposed; gone when the freeze ends
 *   dense number || sequence   -> nothing: this record of the dossier gave out its numbers and had no other effect; stays
 * docs/decisions/0036. Engine thread, and readers through their own store. */
#ifndef STATE_FROZEN_H
#define STATE_FROZEN_H

#include <lienthong/code.h>
#include "store/store.h"
#include "dossier.h"

/* What one operator has proposed and another has to confirm. */
struct frozen_proposal {
	uint64_t sequence; /* its record; 0: there is none */
	uint32_t uid;      /* of who made it, by the kernel's word */
	bool close;
	enum status status; /* of a repair: where the dossier goes on */
	uint32_t branch_count;
	struct frozen_branch {
		uint32_t number, leg;
		char holder[LT_AGENCY_MAX]; /* "": closed */
	} branches[DOSSIER_BRANCHES_MAX];
};
struct frozen {
	uint64_t skipped; /* the record that was skipped */
	uint64_t skip;    /* the record that says so; 0: it stands further on in the journal */
	uint64_t version; /* above all that its branches had, as the records behind tell */
	int64_t since;    /* time of the record that was skipped */
	struct frozen_proposal proposal;
};
void frozen_put(struct store *store, uint64_t number, const struct frozen *frozen);
/* LT_ENOENT: it is not frozen. LT_ECORRUPT. */
enum lt_err frozen_get(struct store *store, uint64_t number, struct frozen *out);
void frozen_end(struct store *store, uint64_t number);
/* The first frozen dossier with a dense number above *number. LT_ENOENT, LT_ECORRUPT. */
enum lt_err frozen_next(struct store *store, uint64_t *number);

void frozen_mark(struct store *store, uint64_t number, uint64_t sequence);
bool frozen_any_marked(struct store *store, uint64_t number);
bool frozen_marked(struct store *store, uint64_t number, uint64_t sequence);

#endif
