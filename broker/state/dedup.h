/* dedup.h: the first answer to each id of a sender. Key: id || sender; ids rise with time, so that the oldest come first. */
#ifndef BROKER_DEDUP_H
#define BROKER_DEDUP_H

#include "store/store.h"

#include <lienthong/code.h>
#include <lienthong/reason.h>
#include <lienthong/receipt.h>

/* The whole answer: a repeated envelope is answered without a look into the journal, which may be rotten there. */
struct dedup_entry {
	uint8_t header_sha256[32];
	uint64_t sequence; /* of the record that has the answer */
	int64_t time;
	enum lt_reason reason;
	uint32_t branch;
	uint64_t branch_version;
	struct lt_receipt receipt; /* of an admission */
	char detail[sizeof(((struct lt_refusal *)0)
				   ->detail)]; /* of a refusal; as the record has it, whatever the program says today */
};
/* LT_ENOENT. */
enum lt_err dedup_find(struct store *store, const uint8_t id[16], const char *sender, struct dedup_entry *out);
void dedup_put(struct store *store, const uint8_t id[16], const char *sender, const struct dedup_entry *entry);
/* Deletes at most `max` entries whose ids were made before a time (milliseconds since the epoch). Returns how many; *newest is raised to
 * the time of the newest id that went. */
uint32_t dedup_prune(struct store *store, int64_t before_ms, uint32_t max, int64_t *newest);
/* Time of the oldest id in milliseconds; INT64_MAX when there is none. */
int64_t dedup_oldest(struct store *store);

#endif
