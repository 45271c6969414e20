/* Work in which nothing happens: told once a stay, broken by any act of the holder, and not while something else is waited for. */
#include "test.h"

#include "flow_clock.h"

static size_t silent(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIERS, .dossiers = { .silent = true } };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->reason, 0);
	if (answer->dossiers.count > 0)
		assert_int_equal(answer->dossiers.rows[0].owed.what, LT_OWED_WORK);
	return answer->dossiers.count;
}

static void say_how_far(struct sim *sim)
{
	struct sim_act status = { .version = leg(sim)->version,
				  .kind = LT_KIND_STATUS,
				  .sender = DEPARTMENT,
				  .to = DISTRICT,
				  .dossier = CODE,
				  .trace = 4 };
	act(sim, &status);
}

/* The leg has two working days, so one without any act is half: holder, lead and origin are told, once; an act ends it. */
static void test_silent_once(void **state)
{
	struct simclock *clock = begin_held(31, SIMCLOCK_PROCEDURE);
	(void)state;
	run_to(clock, "2026-11-19T16:30", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(clock->sim, DEPARTMENT, LT_KIND_SILENT), 0);
	assert_int_equal(silent(clock->sim), 0);
	run_to(clock, "2026-11-20T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(clock->sim, DEPARTMENT, LT_KIND_SILENT), 1);
	assert_int_equal(simclock_count(clock->sim, DISTRICT, LT_KIND_SILENT), 1);
	assert_int_equal(simclock_count(clock->sim, MINISTRY, LT_KIND_SILENT), 0);
	assert_int_equal(silent(clock->sim), 1);
	say_how_far(clock->sim);
	assert_int_equal(silent(clock->sim), 0);
	run_to(clock, "2026-11-30T09:00", SIM_DAY);
	assert_int_equal(simclock_count(clock->sim, DEPARTMENT, LT_KIND_SILENT), 1);
	end(clock);
}

/* STATUS counts: the half begins anew with it. */
static void test_an_act_breaks_silence(void **state)
{
	struct simclock *clock = begin_held(32, SIMCLOCK_PROCEDURE);
	(void)state;
	run_to(clock, "2026-11-19T16:00", SIMCLOCK_HOUR);
	say_how_far(clock->sim);
	run_to(clock, "2026-11-20T15:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(clock->sim, DEPARTMENT, LT_KIND_SILENT), 0);
	run_to(clock, "2026-11-23T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(clock->sim, DEPARTMENT, LT_KIND_SILENT), 1);
	end(clock);
}

/* What is asked of the applicant stands: the office is not silent meanwhile. */
static void test_standing_is_not_silent(void **state)
{
	struct simclock *clock = begin_held(33, SIMCLOCK_PROCEDURE);
	(void)state;
	held(clock->sim, LT_KIND_REQUEST_SUPPLEMENT, DEPARTMENT, DISTRICT, 0, NULL);
	run_to(clock, "2026-11-23T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(clock->sim, DEPARTMENT, LT_KIND_SILENT), 0);
	end(clock);
}

TEST_MAIN(cmocka_unit_test(test_silent_once), cmocka_unit_test(test_an_act_breaks_silence),
	  cmocka_unit_test(test_standing_is_not_silent))
