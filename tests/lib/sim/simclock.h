/* simclock.h: what a simulated broker needs before its clocks run: calendars, an agency of level broker with a real key, and a
 * procedure with limits. Ends the test on failure. */
#ifndef TESTS_SIMCLOCK_H
#define TESTS_SIMCLOCK_H

#include "sim.h"
#include "record/definitions.h"

#define SIMCLOCK_PROCEDURE "1.004873" /* SUSPEND after supplements */
#define SIMCLOCK_RESTART "1.004874"
#define SIMCLOCK_BROKER "B00"
/* Thursday 19/11/2026 at 08:00, the first working day after SIM_START. */
#define SIMCLOCK_MORNING INT64_C(1795050000000000)
#define SIMCLOCK_HOUR INT64_C(3600000000)
#define SIMCLOCK_MINUTE INT64_C(60000000)

struct simclock {
	struct sim *sim;
	struct testpki *pki;
	struct lt_signer *signer;
	struct lt_buf directory;
	uint64_t signed_notices;
};
/* calendars: 2026 and 2027, or none. The clock stands at SIMCLOCK_MORNING. */
struct simclock *simclock_new(struct sim *sim, bool calendars);
void simclock_free(struct simclock *clock);
void simclock_calendar(struct sim *sim, int year);
/* Leg 1: DISTRICT receives; leg 2: DEPARTMENT, 2 working days; the whole 3 days. */
void simclock_procedure(struct sim *sim, const char *code, enum lt_clock_policy policy);
/* Signs what waits and posts it. Returns how many. */
uint64_t simclock_sign(struct simclock *clock);
/* Advances in steps; ticks, signs and delivers after each. */
void simclock_run(struct simclock *clock, int64_t us, int64_t step);
/* How many notices of a kind an agency has in its inbox. */
unsigned simclock_count(const struct sim *sim, int agency, enum lt_kind kind);

#endif
