/* simroute.h: procedures with a fork, joins, supplements and fees for the simulator, and the steps of tests that walk them.
 * Whatever goes wrong ends the cmocka test. */
#ifndef TESTS_SIMROUTE_H
#define TESTS_SIMROUTE_H

#include "sim.h"

#include "record/definitions.h"

/* The routes: 1 receive (origin) -> 2 process (DEPARTMENT, the lead) -> fork { 3 MINISTRY ; 4 OTHER } -> join 5 (DEPARTMENT) ->
 * 6 return (origin). Leg 5 makes the result KQ. Supplements: leg 1 one, restart; 2 one, suspend; 3 two, restart; 4 none; 5 one, restart at leg 2. A fee
 * stops the clock at leg 2 alone. Silence of two working days is consent at leg 2. It may be withdrawn before leg 5. */
#define ROUTE_ALL "1.000001"   /* the fork is whole */
#define ROUTE_SOME "1.000002"  /* the holder of leg 2 chooses one of the two or both */
#define ROUTE_SHORT "1.000004" /* 1 receive (origin) -> 2 approve (DEPARTMENT) -> 3 return (DEPARTMENT) */
#define ROUTE_PAST "1.000003"  /* was in force until the day before SIM_START */
#define ROUTE_CODE "H37.02.01-20261118-0000001"

/* The procedures, and calendars of 2026 and 2027 without holidays. */
void simroute_define(struct sim *sim);
/* One more; ends `data`. */
void simroute_define_one(struct sim *sim, enum lt_definition type, struct lt_buf *data);
/* Monday to Friday but for these days (since 1970-01-01), 8 at most. */
void simroute_calendar(struct sim *sim, uint32_t year, uint32_t version, const int32_t *off, size_t count);
void simroute_define_procedure(struct sim *sim, const struct lt_procedure *procedure);
/* Version 1 of a procedure of these legs and nothing else; DEPARTMENT leads. */
void simroute_define_legs(struct sim *sim, const char *code, struct lt_route_leg *legs, size_t count);
/* A leg of such a procedure, named "leg-1" to "leg-9" by its number; without a limit. `next` is borrowed. */
struct lt_route_leg simroute_leg(uint32_t number, const char *agency, enum lt_leg_kind kind, uint32_t *next,
				 size_t count);
/* sim_new, simroute_define, all agencies connected. */
struct sim *simroute_new(uint64_t seed);

/* The act, with ROUTE_CODE and the leg's present version where they are not given. Ends the test on another reason. */
const struct sim_answer *simroute_act(struct sim *sim, struct sim_act act, enum lt_reason reason);
/* An offer and its ACCEPT: the branch is held by `to` then. */
void simroute_pass(struct sim *sim, struct sim_act offer);
/* ACCEPT of what is offered to `agency` at a branch. */
void simroute_accept(struct sim *sim, const char *code, uint32_t branch, int agency);
const struct lt_branch_view *simroute_branch(struct sim *sim, const char *code, uint32_t branch);
void simroute_is(struct sim *sim, const char *code, uint32_t branch, uint32_t status, enum lt_custody custody,
		 int holder);
/* State hash now, and after a rebuild from the journal alone: they must be the same. All sessions are gone and come back. */
void simroute_rebuild(struct sim *sim);

#endif
