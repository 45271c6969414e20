/* carry.h: large parts on their way to the broker and from it. What is wanted is asked for again and again by who needs it, so nothing of
 * this is kept: after a start the outbox and the held items ask anew. A few threads carry one part each, over connections of their own
 * (link/carrier.h), so that no envelope waits for them. Any thread, but where it says otherwise. */
#ifndef ADAPTER_CARRY_H
#define ADAPTER_CARRY_H

#include "mail/parts.h"
#include "store/part_files.h"

#include <lienthong/code.h>
#include <lienthong/identity.h>
#include <lienthong/reason.h>

#define CARRY_THREADS 4u /* parts at once: more would share one line */

struct carry;
struct carry_options {
	const char *endpoint; /* copied */
	uint8_t broker_key[32];
	struct lt_curve_key key;
	const struct part_files *files;
	struct vault *vault;
	int64_t (*now)(void);
	void (*moved)(
		void *ctx); /* a part has come, or gone: who waits for it looks again; a carrying thread or the store's */
	void *ctx;
};
enum lt_err carry_new(const struct carry_options *options, struct carry **out); /* LT_ENOMEM */
void carry_start(struct carry *carry);
void carry_stop(struct carry *carry); /* ends what is under way; before the vault is closed */
void carry_free(struct carry *carry); /* takes NULL */
/* Rounds of each thread: they rise between two calls as long as it lives, or is at the disk. For the watchdog. */
void carry_rounds(struct carry *carry, uint64_t rounds[CARRY_THREADS]);
/* Other keys, from the next part on; NULL: as before. */
void carry_keys(struct carry *carry, const uint8_t *broker_key, const struct lt_curve_key *key);
/* Whether there is a session: without one nothing is tried. */
void carry_up(struct carry *carry, bool up);

/* True: the broker has said, since carry_forget, that it has the part from this agency. Else it is brought; file and row are here. */
bool carry_bring(struct carry *carry, const char *agency, const uint8_t sha256[32], uint64_t size);
/* The broker has lost it: it is brought again, once. */
void carry_again(struct carry *carry, const char *agency, const uint8_t sha256[32], uint64_t size);
/* The broker does not have what it has told us: it is brought again. */
void carry_forget(struct carry *carry);
/* The part of this item of the agency's mailbox is fetched; its row is made, and `moved` says so. */
void carry_fetch(struct carry *carry, const char *agency, uint64_t number, const uint8_t sha256[32], uint64_t size);
/* Why something does not move that a person has to look at; reason 0: nothing. */
void carry_trouble(struct carry *carry, struct lt_refusal *out);

#endif
