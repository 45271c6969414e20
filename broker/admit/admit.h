/* admit.h: ordered checks of what adapters sign; the first reason wins. Worker threads, each with a struct admit of its own; they
 * read one immutable rulebook and write jobs as bytes. docs/architecture.md. */
#ifndef BROKER_ADMIT_H
#define BROKER_ADMIT_H

#include "queue/ring.h"
#include "state/rulebook.h"
#include "queue/stats.h"

#define ADMIT_ARENA_MAX \
	(5u << 20) /* 64 headers of 64 recipients and 32 parts, the views of the frame, 64 signatures made whole */
#define ADMIT_CHAIN_SECONDS 60 /* a chain verdict is used so long; the certificate's own time is looked at each time */
#define ADMIT_CHAINS 1024u     /* cached verdicts of one worker; a power of two */

struct admit_options {
	const struct env *env;
	struct rulebook_current *current;
	struct stats *stats;
	uint8_t broker_key[32]; /* CURVE public key: part of each proof */
};
struct admit;
enum lt_err admit_new(const struct admit_options *options, struct admit **out);
void admit_free(struct admit *admit);
/* Works one claimed slot: fills its jobs and replies. Never fails: what is wrong is in the jobs. */
void admit_work(struct admit *admit, struct ring_slot *slot);

#endif
