/* The one-stop's time to receive or reject what is registered with it: 8 working hours or what the procedure says, told once, kept as a
 * row, counted anew when papers have come. */
#include "test.h"

#include "flow_clock.h"

/* Thu 19/11 08:00; the holiday is Tue 24/11. */
static struct simclock *begin_registered(uint64_t seed)
{
	struct simclock *clock = begin(seed);
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .dossier = CODE };
	open.procedure = SIMCLOCK_PROCEDURE;
	open.registers = true;
	act(clock->sim, &open);
	return clock;
}

static const struct lt_owed *owed(struct sim *sim)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_int_equal(view->owed_count, 1);
	return &view->owed[0];
}

static const struct lt_stay *row(struct sim *sim, size_t i)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_true(i < view->stay_count);
	return &view->stays[i];
}

static void test_overdue(void **state)
{
	struct simclock *clock = begin_registered(1);
	struct sim *sim = clock->sim;
	(void)state;
	assert_int_equal(owed(sim)->what, LT_OWED_RECEIVE);
	assert_at(owed(sim)->until, "2026-11-20T08:00");
	assert_int_equal(row(sim, 0)->verdict, LT_TIME_WITHIN);
	run_to(clock, "2026-11-20T08:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), 0);
	run_to(clock, "2026-11-20T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), 1);
	assert_int_equal(row(sim, 0)->verdict, LT_TIME_OVERDUE);
	run_to(clock, "2026-11-25T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), 1); /* once */
	held(sim, LT_KIND_RECEIVE, DISTRICT, DISTRICT, 0, NULL);
	const struct lt_stay *intake = row(sim, 0);
	assert_int_equal(intake->how, LT_WAIT_ACCEPTED);
	assert_int_equal(intake->verdict, LT_TIME_LATE);
	assert_int_equal(intake->allotted, 480);
	assert_string_equal(intake->to, sim_codes[DISTRICT]);
	assert_at(sim_dossier(sim, CODE)->clock->started, "2026-11-25T09:00");
	end(clock);
}

/* Who hands on what it registered with itself has received it: one act, and the clocks start with it. */
static void test_received_by_work(void **state)
{
	struct simclock *clock = begin_registered(3);
	struct sim *sim = clock->sim;
	(void)state;
	run_to(clock, "2026-11-19T10:00", SIMCLOCK_HOUR);
	held(sim, LT_KIND_FORWARD, DISTRICT, DEPARTMENT, SIM_NO_TIME, NULL);
	assert_int_equal(sim_dossier(sim, CODE)->status, 4);
	assert_int_equal(row(sim, 0)->how, LT_WAIT_ACCEPTED);
	assert_int_equal(row(sim, 0)->used, 120);
	assert_at(sim_dossier(sim, CODE)->clock->started, "2026-11-19T10:00");
	end(clock);
}

static void test_counted_anew(void **state)
{
	struct simclock *clock = begin_registered(2);
	struct sim *sim = clock->sim;
	uint8_t request[16];
	(void)state;
	run_to(clock, "2026-11-19T10:00", SIMCLOCK_HOUR);
	held(sim, LT_KIND_REQUEST_SUPPLEMENT, DISTRICT, DISTRICT, SIM_NO_TIME, NULL);
	memcpy(request, sim->last_id, 16);
	assert_int_equal(owed(sim)->what, LT_OWED_SUPPLEMENT);
	assert_int_equal(row(sim, 0)->how, LT_WAIT_ASKED);
	assert_int_equal(row(sim, 0)->used, 120);
	run_to(clock, "2026-11-23T10:00", SIMCLOCK_HOUR);
	held(sim, LT_KIND_SUPPLEMENT, DISTRICT, DISTRICT, 0, request);
	assert_int_equal(owed(sim)->what, LT_OWED_RECEIVE);
	assert_at(owed(sim)->until, "2026-11-25T10:00");
	run_to(clock, "2026-11-25T10:00", SIMCLOCK_HOUR);
	held(sim, LT_KIND_REJECT, DISTRICT, DISTRICT, 0, NULL);
	assert_int_equal(sim_dossier(sim, CODE)->status, 3);
	assert_int_equal(row(sim, 1)->how, LT_WAIT_REFUSED);
	assert_int_equal(row(sim, 1)->verdict, LT_TIME_ON);
	run_to(clock, "2026-11-26T10:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_OVERDUE), 0);
	end(clock);
}

/* What is received at once was never registered. */
static void test_received_at_once(void **state)
{
	struct simclock *clock = begin_held(3, SIMCLOCK_PROCEDURE);
	const struct lt_dossier_view *view = sim_dossier(clock->sim, CODE);
	(void)state;
	assert_int_equal(view->received_at, view->opened_at);
	assert_int_equal(view->stays[0].how, LT_WAIT_ACCEPTED); /* of the offer */
	assert_string_equal(view->stays[0].leg, "leg-2");
	end(clock);
}

TEST_MAIN(cmocka_unit_test(test_overdue), cmocka_unit_test(test_counted_anew), cmocka_unit_test(test_received_by_work),
	  cmocka_unit_test(test_received_at_once))
