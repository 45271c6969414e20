/* simcut.h: a district of the simulator that ends at SIMCUT, with one dossier in each state that it can have it in. Ends the test
 * on failure. One thread. */
#ifndef TESTS_SIMCUT_H
#define TESTS_SIMCUT_H

#include "sim.h"
#include "simreform.h"

#define SIMCUT (SIM_START + 3600 * SIM_SECOND)

/* Held by the district; offered to it and fetched; offered and waiting in its mailbox; offered by it to the department. The
 * first and the third have the field xa=a, the others xa=b. */
enum { HELD, FETCHED, WAITING, FLYING, DOSSIERS };
extern const char *const simcut_codes[DOSSIERS];

struct simcut {
	struct sim *sim;
	struct simreform *reform;
	uint8_t offer[DOSSIERS][16]; /* ids */
};
void simcut_begin(struct simcut *cut, uint64_t seed);
void simcut_end(struct simcut *cut);
/* Around a cmocka test: *state is a cut with its dossiers, each of another seed; afterwards the replay is checked. */
int simcut_set_up(void **state);
int simcut_tear_down(void **state);
/* The reform's agencies become the next directory. */
void simcut_put_directory(struct simcut *cut);
/* Afterwards all but the district and the ministry are connected. */
void simcut_make_dossiers(struct simcut *cut);
/* Both clocks: a step of one alone would need an operator. */
void simcut_set_time(struct sim *sim, int64_t now);
/* To the moment, when it has not come, and 20 seconds on. */
void simcut_pass_cut(struct sim *sim);

/* What an agency does to a dossier's first leg. ACCEPT, REFUSE and RECALL answer its offer. */
const struct sim_answer *simcut_act(struct simcut *cut, enum lt_kind kind, int sender, int to, uint64_t version,
				    int dossier);
void simcut_admitted(const struct sim_answer *answer);
void simcut_refused(const struct sim_answer *answer, enum lt_reason reason);
/* How often an envelope stands in an agency's inbox, under different numbers. */
size_t simcut_copies(const struct sim *sim, int agency, const uint8_t id[16]);
/* The state is the same when the store is made anew from the journal. */
void simcut_check_replay(struct simcut *cut);

#endif
