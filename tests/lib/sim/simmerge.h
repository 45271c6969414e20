/* simmerge.h: agencies of the simulator that end at once, each with one that follows. Ends the test on failure. One thread. */
#ifndef TESTS_SIMMERGE_H
#define TESTS_SIMMERGE_H

#include "sim.h"

enum { SIMMERGE_MAX = 4 };
/* Zeroed: none has ended yet. */
struct simmerge {
	int count;
	struct {
		int agency, successor;
		int64_t at;
	} ended[SIMMERGE_MAX];
};
/* From now on; five seconds later its mail has gone over. */
void simmerge_end(struct simmerge *merge, struct sim *sim, int agency, int successor);

#endif
