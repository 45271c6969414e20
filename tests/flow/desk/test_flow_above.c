/* Late work is told to the office above: the nearest one in the directory that can take mail, once, and of lateness alone. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "flow_clock.h"
#include "simreform.h"
#include "trust/trust.h"

/* H39 stands above DEPARTMENT and takes no mail, MINISTRY above that. */
static void put_above(struct simclock *clock)
{
	struct sim *sim = clock->sim;
	struct lt_refusal refusal = { 0 };
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	struct lt_buf bytes = { 0 };
	struct simreform *reform = simreform_new(sim->now);
	simreform_take(reform, trust_directory(sim->rulebook));
	snprintf(simreform_add(reform, "H39")->parent, LT_AGENCY_MAX, "%s", sim_codes[MINISTRY]);
	snprintf(simreform_find(reform, sim_codes[DEPARTMENT])->parent, LT_AGENCY_MAX, "H39");
	assert_int_equal(simreform_encode(reform, "lienthong.test", rulebook_directory_version(sim->rulebook) + 1,
					  sim->now, &bytes, &refusal),
			 0);
	request.define = (struct lt_define_command){
		.type = LT_DEFINE_DIRECTORY, .data = lt_buf_bytes(&bytes), .operator_name = "tester", .reason = "above"
	};
	assert_int_equal(sim_control(sim, &request)->reason, 0);
	simreform_free(reform);
	lt_buf_fini(&bytes);
}

static void test_a_late_leg_and_dossier(void **state)
{
	struct simclock *clock = begin_held(71, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	put_above(clock);
	run_to(clock, "2026-11-23T08:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 0);
	run_to(clock, "2026-11-23T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 1);
	run_to(clock, "2026-11-27T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 2);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_DUE_SOON), 0);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_SILENT), 0);
	held(sim, LT_KIND_WITHDRAW, DISTRICT, DEPARTMENT, 0,
	     NULL); /* what was late stays so, and is told nobody again */
	run_to(clock, "2026-12-07T09:00", SIM_DAY);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 2);
	end(clock);
}

static void test_an_offer_that_is_not_answered(void **state)
{
	struct simclock *clock = begin(72);
	struct sim *sim = clock->sim;
	(void)state;
	put_above(clock);
	offer(sim, SIMCLOCK_PROCEDURE);
	run_to(clock, "2026-11-26T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_UNDELIVERABLE), 1);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_UNDELIVERABLE), 1);
	end(clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_late_leg_and_dossier),
		cmocka_unit_test(test_an_offer_that_is_not_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
