/* simgate.h: a gate on loopback with an admit worker and an engine that only plays its part, and an adapter's raw socket. Ends the
 * test on failure. */
#ifndef LIENTHONG_SIM_GATE_H
#define LIENTHONG_SIM_GATE_H

#include "admit/admit.h"
#include "gate/gate.h"
#include "simbook.h"
#include "queue/env.h"

enum { SIMGATE_WAIT_MS = 3000, SIMGATE_SILENCE_MS = 300 };

extern struct simbook *simgate_book;
extern struct lt_curve_key simgate_key; /* the broker's */
extern _Atomic int64_t
	simgate_ahead; /* microseconds that the broker's clock is ahead of the machine's; CLOCK_BOOTTIME at most two hours */
extern uint64_t simgate_rate; /* envelopes a second of an agency; 0: the default */

struct simgate {
	struct env env;
	struct rulebook_current current;
	struct stats stats;
	struct ring *ring;
	struct gate_outputs outs;
	struct wakeup engine_wakeup;
	struct gate *gate;
	struct admit *admit;
	struct lt_arena *arena;
	int event;
	_Atomic bool engine_done;
	pthread_t gate_thread, admit_thread, engine_thread;
	struct session_ref h01;       /* the session of H01 */
	char dossier[LT_DOSSIER_MAX]; /* of what was refused last before the engine */
	struct input report;          /* the newest */
	_Atomic unsigned sessions, lost, acks, submits, refused, reports;
	void *context;
};
struct simpeer {
	void *socket;
	const struct lt_curve_key *key;
	struct lt_arena *arena;
	uint8_t received[65536];
	struct lt_link link;
	uint8_t nonce[32];
	uint64_t claims; /* the directory that its HELLO says it holds */
};

struct simgate *simgate_open(bool without_zap, bool without_rulebook, uint32_t ping_ms);
void simgate_stop(struct simgate *site);
void simgate_close(struct simgate *site);
void simgate_put_rulebook(struct simgate *site, const char *const *suspended, uint64_t version);
struct simpeer *simpeer_connect(struct simgate *site, const struct lt_curve_key *key);
void simpeer_close(struct simpeer *peer);
void simpeer_send(struct simpeer *peer, const struct lt_link *link);
bool simpeer_receive(struct simpeer *peer, int wait_ms);
void simpeer_expect_bye(struct simpeer *peer, enum lt_reason reason);
void simpeer_expect(struct simpeer *peer, enum lt_link_type type);
void simpeer_hello(struct simpeer *peer, const char *agency);
void simpeer_proof(struct simpeer *peer, const char *agency, size_t signer);
void simpeer_enter(struct simpeer *peer, size_t agency);
void simpeer_received(struct simpeer *peer, const char *agency, uint64_t number);
void simpeer_ping(struct simpeer *peer);
void simgate_wait(_Atomic unsigned *counter, unsigned value);

/* cmocka's, around a whole program: simgate_book and simgate_key. */
int simgate_setup(void **state);
int simgate_teardown(void **state);

#endif
