/* stats.h: counters of all stages, and the resident memory. Counters only rise; any thread. */
#ifndef BROKER_STATS_H
#define BROKER_STATS_H

#include <stdatomic.h>

#include "record/control.h"

enum stats_counter {
	STATS_MESSAGES = 0,    /* frames of adapters */
	STATS_ENVELOPES,       /* envelopes submitted */
	STATS_NO_USER,         /* frames without a User-Id: ZAP did not name the peer */
	STATS_NOT_ENROLLED,    /* connections that the ZAP handler turned away */
	STATS_MALFORMED,       /* frames that are no Link message */
	STATS_NO_SESSION,      /* messages without a session */
	STATS_KEY_CHANGED,     /* a routing id that came with another key */
	STATS_CREDIT_EXCEEDED, /* envelopes over the session's credit */
	STATS_PROOFS_REFUSED,
	STATS_SESSIONS_OPENED,
	STATS_SESSIONS_CLOSED,
	STATS_SESSIONS_IDLE,     /* closed for silence */
	STATS_SUSPENDED,         /* messages of suspended peers, dropped */
	STATS_UNROUTABLE,        /* outputs for a peer that was gone */
	STATS_REFUSED_PARSE,     /* envelopes refused for form: never recorded */
	STATS_REFUSED_SIGNATURE, /* by the signature check */
	STATS_REFUSED_RULE,      /* by the directory's rules at admission */
	STATS_TRUST_STALE,       /* envelopes whose signer was cleared by a revocation list past its nextUpdate */
	STATS_SIGNATURES,        /* signatures checked */
	STATS_CHAINS,            /* certificate chains checked; the rest came from the cache */
	STATS_BATCHES,           /* written to the journal */
	STATS_FLUSHES,
	STATS_SNAPSHOTS,
	STATS_SCRUBS,              /* looks at the whole journal that ended */
	STATS_SCRUB_DAMAGE,        /* of them, those that found damage */
	STATS_SIGN_FAILURES,       /* lots of notices that the signer could not sign */
	STATS_CONTROL,             /* operator's requests */
	STATS_CONNECTIONS_REFUSED, /* no descriptor was free for them */
	STATS_CONNECTIONS_EVICTED, /* without a session, closed to make room for others */
	STATS_CONNECTIONS_CUT,     /* too many bytes waited, of a message or of answers */
	STATS_SESSIONS_HELD,       /* times that a session waited for its agency's rate */
	STATS_COUNT,
};
/* Long work beside the broker's own. Who does it begins, steps and ends; any thread looks. */
enum stats_work { STATS_BACKUP, STATS_ARCHIVE, STATS_WORKS };
struct stats_under_way {
	_Atomic int64_t began; /* boot-time microseconds; 0: it is not under way */
	_Atomic uint64_t done, total;
};
#define STATS_SESSIONS 16384u /* slots of the gate */
struct stats {
	_Atomic uint64_t counters[STATS_COUNT];
	_Atomic int64_t
		heard[STATS_SESSIONS]; /* boot-time microseconds of the last message of the session in each slot */
	struct stats_under_way works[STATS_WORKS];
	_Atomic uint64_t head;        /* sequence of the last committed record, told in PONG */
	_Atomic uint64_t definitions; /* committed, not signed by registrar or CA; told in PONG */
};
static inline void stats_add(struct stats *stats, enum stats_counter counter, uint64_t n)
{
	atomic_fetch_add_explicit(&stats->counters[counter], n, memory_order_relaxed);
}
static inline uint64_t stats_get(const struct stats *stats, enum stats_counter counter)
{
	return atomic_load_explicit(&stats->counters[counter], memory_order_relaxed);
}
static inline void stats_step(struct stats *stats, enum stats_work work, uint64_t done, uint64_t total)
{
	atomic_store_explicit(&stats->works[work].done, done, memory_order_relaxed);
	atomic_store_explicit(&stats->works[work].total, total, memory_order_relaxed);
}
static inline void stats_begin(struct stats *stats, enum stats_work work, int64_t now)
{
	stats_step(stats, work, 0, 0);
	atomic_store_explicit(&stats->works[work].began, now, memory_order_relaxed);
}
static inline void stats_end(struct stats *stats, enum stats_work work)
{
	atomic_store_explicit(&stats->works[work].began, 0, memory_order_relaxed);
}
/* All counters with their names, and what is under way at this boot time, in the arena. */
void stats_view(const struct stats *stats, int64_t now, struct lt_status_view *view, struct lt_arena *arena);
uint64_t stats_resident(void); /* bytes; 0 when unknown */

#endif
