/* gate.h: the broker's side of the link, on one thread: ROUTER (CURVE, ZAP), sessions, credit; the only user of ZeroMQ sockets. Everything that a peer says becomes bytes in the ring, in order of arrival; what the
 * engine releases comes back as bytes through gate_outputs.h. The ZAP User-Id says who speaks, never the routing id. */
#ifndef BROKER_GATE_H
#define BROKER_GATE_H

#include <lienthong/identity.h>

#include "queue/limits.h"
#include "control_thread.h"
#include "queue/gate_outputs.h"
#include "queue/large_jobs.h"
#include "queue/ring.h"
#include "state/rulebook.h"
#include "queue/stats.h"

#define GATE_ZAP_DOMAIN "lienthong"

struct gate_options {
	const struct env *env;
	const char *domain;      /* the broker's */
	const char *endpoint;    /* tcp://ADDRESS:PORT; port 0 or *: any */
	struct lt_curve_key key; /* the broker's */
	uint8_t incarnation[16];
	struct ring *ring;
	struct rulebook_current *current;
	struct stats *stats;
	struct gate_outputs *outs;               /* encoded outs for peers and operators */
	struct large_jobs *large;                /* what comes of large parts goes there; NULL: none are taken */
	struct control_thread *operators;        /* requests go there, jobs come back; NULL: none */
	int event;                               /* eventfd of outs and of the operators' jobs */
	const _Atomic bool *engine_done;         /* every output there will ever be is in outs */
	uint32_t ping_ms;                        /* 0: BROKER_PING_MS */
	uint64_t agency_envelopes, agency_bytes; /* a second; 0: BROKER_AGENCY_* */
	bool plain;       /* no CURVE; loopback alone: the proof's signature is then all that says who speaks */
	bool without_zap; /* tests only: nobody answers ZAP, so nobody may come in */
};
struct gate;
/* Binds. LT_EIO or LT_EINVAL with one line for a person. */
enum lt_err gate_open(const struct gate_options *options, struct gate **out, char *error, size_t error_size);
void gate_close(struct gate *gate);
const char *gate_endpoint(const struct gate *gate); /* as bound, with the real port */
/* Serves until gate_stop; then seals the ring, sends what the engine still releases, and says BYE BROKER_STOPPING. */
void gate_run(struct gate *gate);
void gate_stop(struct gate *gate);             /* any thread */
uint64_t gate_rounds(const struct gate *gate); /* rises while the gate lives, for the watchdog; any thread */

#endif
