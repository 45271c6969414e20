/* part_expiry.h: which records' part bytes may go, and when. STORE_PARTS has two kinds of keys:
 *   all ones || sequence          -> recipients that have not fetched it yet
 *   time of the last fetch || seq -> nothing: its parts go so many days later
 * Times are record times: the setting of days stays out of the state. */
#ifndef BROKER_ELIDE_H
#define BROKER_ELIDE_H

#include "store/store.h"

enum { ELIDE_BATCH_MAX = 256 }; /* one ELIDE command: bounds its time in apply */

/* A record with parts that goes to so many recipients; 0: the clock starts now. */
void part_expiry_wait(struct store *store, uint64_t sequence, uint32_t recipients, int64_t time);
void part_expiry_fetched(struct store *store, uint64_t sequence, int64_t time);
/* Whether the wait of a record's parts can be read; also when there is none. */
bool part_expiry_holds(struct store *store, uint64_t sequence);
/* What may go now. */
struct part_expiry {
	uint32_t count;
	uint64_t sequences[ELIDE_BATCH_MAX]; /* oldest first */
	bool some_stay; /* the walk has met what cannot be read, and passed over it: they are not the first, perhaps */
	int64_t next;   /* time of the first that is not due; INT64_MAX: none */
};
/* The records whose last fetch was before a time. Returns how many. */
uint32_t part_expiry_due(struct store *store, int64_t before, struct part_expiry *out);
/* Forgets the first entries, which must be these sequences. Returns how many were. */
uint32_t part_expiry_forget(struct store *store, const uint64_t *sequences, size_t count);
/* Forgets these, in the order in which they wait, and leaves the others before and between them, readable or not: the table is the same
 * after it, whatever of the others this machine can read. Slower. Returns how many it has found. */
uint32_t part_expiry_forget_among(struct store *store, const uint64_t *sequences, size_t count);

#endif
