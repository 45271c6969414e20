/* simcentre.h: a data centre in the simulator: one session for many agencies, which receives all that it is given, driven without
 * the fixed agencies of sim.h. For tests with thousands of dossiers. Ends the test on failure. One thread. */
#ifndef TESTS_SIMCENTRE_H
#define TESTS_SIMCENTRE_H

#include "sim.h"
#include "simreform.h"

struct simcentre {
	struct sim *sim;
	struct session_ref session;
	uint64_t admitted, refused; /* answers */
	const char *procedure;      /* of OPEN; version 1 */
	struct lt_buf outputs;
	struct lt_arena *arena;
};
struct simcentre_send {
	enum lt_kind kind;
	const char *sender, *to, *dossier;
	uint64_t version;
	const uint8_t *reply;
	const char *value; /* OPEN: of the field "xa" */
	const char *leg;   /* NULL: not named */
};
struct simcentre *simcentre_new(struct sim *sim);
void simcentre_free(struct simcentre *centre);
void simcentre_connect(struct simcentre *centre, char (*codes)[LT_AGENCY_MAX], size_t count);
void simcentre_credit(struct simcentre *centre, const char *agency, uint32_t envelopes);
/* The next version of the directory comes into force. */
void simcentre_directory(struct simcentre *centre, struct simreform *reform);
/* Adds to the batch; a full one is run. id: NULL, or what gets the envelope's. */
void simcentre_post(struct simcentre *centre, const struct simcentre_send *what, uint8_t id[16]);
/* One batch through seal, write and release, with what it delivers. */
void simcentre_round(struct simcentre *centre);
/* Rounds until nothing is received any more. */
void simcentre_run(struct simcentre *centre);

#endif
