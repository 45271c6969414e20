/* notices.h: STORE_NOTICE: notices of the broker that are made and not signed yet; STORE_SIGNED: where the signature of each other stands.
 *   STORE_NOTICE  sequence of the record that made it || index in it -> dossier, recipients
 *   STORE_SIGNED  the same -> sequence of the NOTICES record, its place in it
 * apply reads no journal, so what the signature's command needs stands here. Engine thread; a signed one whoever has a store. */
#ifndef STATE_NOTICES_H
#define STATE_NOTICES_H

#include <lienthong/code.h>
#include "store/store.h"

enum { NOTICE_TO_MAX = 16 }; /* holders, lead, origin, the offices above who is late */

struct notice_waiting {
	uint64_t dossier; /* dense number */
	size_t to_count;
	char to[NOTICE_TO_MAX][LT_AGENCY_MAX];
};
void notices_put(struct store *store, uint64_t sequence, uint32_t index, uint64_t dossier, const char *const *to,
		 size_t to_count);
/* Takes it out of the table. LT_ENOENT: it is signed already, or there is none. */
enum lt_err notices_take(struct store *store, uint64_t sequence, uint32_t index, struct notice_waiting *out);
struct notice_place {
	uint64_t sequence; /* of the NOTICES record */
	uint32_t at;       /* which of its signatures, from 0 */
};
void notices_put_signed(struct store *store, uint64_t sequence, uint32_t index, struct notice_place place);
/* LT_ENOENT: it is not signed yet, or there is none; LT_ECORRUPT. */
enum lt_err notices_get_signed(struct store *store, uint64_t sequence, uint32_t index, struct notice_place *out);
/* The first at or after (sequence, index). LT_ENOENT. */
enum lt_err notices_next(struct store *store, uint64_t *sequence, uint32_t *index, uint32_t *recipients,
			 uint64_t *dossier);

#endif
