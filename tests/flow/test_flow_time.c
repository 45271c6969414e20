/* Record time, and what happens when the clock cannot be believed. */
#include "test.h"

#include <string.h>

#include "sim.h"

static bool unconfirmed(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	return sim_control(sim, &request)->status.time_unconfirmed;
}

static int64_t open_one(struct sim *sim, const char *code)
{
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = code };
	const struct sim_answer *answer = sim_do(sim, &act);
	assert_int_equal(answer->reason, 0);
	return answer->time;
}

static void test_never_backwards(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	sim->now += 100 * SIM_SECOND;
	int64_t first = open_one(sim, "H37.02-20261124-0000001");
	assert_int_equal(first, sim->now);
	sim->now -= 60 * SIM_SECOND; /* a small step: no alarm, but time stands */
	assert_int_equal(open_one(sim, "H37.02-20261124-0000002"), first);
	assert_false(unconfirmed(sim));
	sim_free(sim);
}

static void test_step_and_confirm(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	assert_int_equal(sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "")->reason, LT_ALREADY_SO);
	sim->now += 601 * SIM_SECOND;             /* only the wall clock */
	open_one(sim, "H37.02-20261124-0000001"); /* admission goes on */
	assert_true(unconfirmed(sim));
	assert_int_equal(sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "")->reason, 0);
	assert_false(unconfirmed(sim));
	for (int i = 0; i < 50; i++) { /* drift is no step */
		sim->now += 15 * SIM_SECOND;
		sim_advance(sim, SIM_SECOND);
	}
	assert_false(unconfirmed(sim));
	sim_free(sim);
}

static void test_start(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	open_one(sim, "H37.02-20261124-0000001");
	sim_crash(sim, 0);
	sim->now += 6 * SIM_DAY;
	sim_open(sim);
	assert_false(unconfirmed(sim));
	sim_crash(sim, 0);
	sim->now += 8 * SIM_DAY;
	sim_open(sim);
	assert_true(unconfirmed(sim));
	sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, ""); /* its record is at this time */
	sim_crash(sim, 0);
	sim->now -= SIM_SECOND;
	sim_open(sim);
	assert_true(unconfirmed(sim));
	sim_free(sim);
}

/* Clock events wait until an operator has confirmed the time. */
static void test_clock_events_wait(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .part_bytes = 8 };
	act.dossier = "H37.02-20261124-0000001";
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	sim_advance(sim, SIM_SECOND); /* the acknowledgement */
	sim->now += 40 * SIM_DAY;     /* a wrong clock would take all parts away */
	sim_advance(sim, 2 * SIM_SECOND);
	uint64_t head = engine_sequence(sim->engine);
	for (int i = 0; i < 100; i++)
		sim_advance(sim, 60 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head);
	sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "");
	sim_advance(sim, 3601 * SIM_SECOND);
	sim_advance(sim, 3601 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head + 2); /* the operator's act, ELIDE */
	sim_free(sim);
}

/* Idle time writes nothing. */
static void test_idle(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	uint64_t head = engine_sequence(sim->engine);
	for (int i = 0; i < 200; i++)
		sim_advance(sim, 3600 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_never_backwards), cmocka_unit_test(test_step_and_confirm), cmocka_unit_test(test_start),
	  cmocka_unit_test(test_clock_events_wait), cmocka_unit_test(test_idle))
