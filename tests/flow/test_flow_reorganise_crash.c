/* Crashes at every step around the moment of a reorganisation. */
#include "test.h"

#include <string.h>

#include "simcut.h"

enum point { BEFORE_SEAL, AFTER_SEAL, WRITE_LOST, AFTER_WRITE, AFTER_RELEASE, AFTER_FLUSH, POINTS };

/* One round of the broker around the moment, up to the point. */
static void round_until(struct sim *sim, enum point point)
{
	sim->boot += 2 * SIM_SECOND;
	sim->now += 2 * SIM_SECOND;
	sim_tick(sim);
	if (point == BEFORE_SEAL)
		return;
	sim_seal(sim);
	if (point == AFTER_SEAL || point == WRITE_LOST)
		return;
	sim_write(sim);
	if (point == AFTER_WRITE)
		return;
	sim_release(sim);
	if (point == AFTER_FLUSH)
		sim_flush(sim);
}

static void crash_at(enum point point, int rounds)
{
	struct simcut cut;
	uint8_t live[32], again[32];
	simcut_begin(&cut, 100 + (uint64_t)point);
	struct sim *sim = cut.sim;
	simcut_make_dossiers(&cut);
	sim_connect(sim, DISTRICT);
	simreform_close(cut.reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(&cut);
	simcut_set_time(sim, SIMCUT - 3 * SIM_SECOND);
	for (int i = 0; i < rounds; i++)
		sim_advance(sim, 2 * SIM_SECOND);
	round_until(sim, point);
	sim_crash(sim, (uint64_t)point + 1);
	sim_open(sim);
	const int all[] = { COMMUNE, DEPARTMENT, OTHER };
	sim_connect_many(sim, all, 3);
	simcut_pass_cut(sim);
	assert_int_equal(simcut_copies(sim, OTHER, cut.offer[WAITING]), 1);
	assert_int_equal(simcut_copies(sim, OTHER, cut.offer[FETCHED]), 1);
	simcut_admitted(simcut_act(&cut, LT_KIND_ACCEPT, OTHER, COMMUNE, 2, WAITING));
	simcut_admitted(simcut_act(&cut, LT_KIND_FORWARD, OTHER, DEPARTMENT, 1, HELD));
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, again);
	assert_memory_equal(live, again, 32);
	simcut_end(&cut);
}

static void crashes_around_the_moment_lose_and_double_nothing(void **state)
{
	(void)state;
	for (int rounds = 0; rounds < 4; rounds++) {
		for (int point = BEFORE_SEAL; point < POINTS; point++)
			crash_at((enum point)point, rounds);
	}
}

TEST_MAIN(cmocka_unit_test(crashes_around_the_moment_lose_and_double_nothing))
