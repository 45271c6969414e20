/* The citizen's appointment is put off: once, in time, to a moment when the office is open, and not without end. */
#include "test.h"

#include "flow_kinds.h"
#include "time_fixture.h"

#define PROMISED "1.000010"
#define HOUR (3600 * SIM_SECOND)

/* 1 receive (origin, no limit) -> 2 process (DEPARTMENT, one working day) -> 3 return (origin, no limit); ten working days in all */
static void define_promised(struct sim *sim)
{
	static uint32_t second = 2, third = 3;
	struct lt_route_leg legs[3] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, &second, 1),
		simroute_leg(2, sim_codes[DEPARTMENT], LT_LEG_PROCESS, &third, 1),
		simroute_leg(3, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[1].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 4 };
	struct lt_procedure procedure = {
		.code = PROMISED, .version = 1, .name = "Hen", .name_en = "promise", .legs = legs
	};
	procedure.lead = sim_codes[DEPARTMENT];
	procedure.sector = procedure.source = "";
	procedure.leg_count = 3;
	procedure.valid_from = 20000;
	procedure.total = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 40 };
	simroute_define_procedure(sim, &procedure);
}

static void run_to(struct sim *sim, const char *text)
{
	while (sim->now < at(text)) {
		int64_t left = at(text) - sim->now;
		sim_advance(sim, left < HOUR ? left : HOUR);
	}
	sim_run(sim);
}

/* Opened on a Monday at 10:00, due on the second Monday after; held by COMMUNE at leg 1, which has no limit. */
static struct sim *begin(uint64_t seed)
{
	struct sim *sim = simroute_new(seed);
	define_promised(sim);
	sim->boot += at("2026-11-23T10:00") - sim->now;
	sim->now = at("2026-11-23T10:00");
	snprintf(code, sizeof(code), "H37.02.01-20261123-%07u", ++next_code);
	act(sim, ACT(.kind = LT_KIND_OPEN, .procedure = PROMISED, .sender = COMMUNE, .to = COMMUNE), 0);
	assert_at(sim_dossier(sim, code)->clock->appointment, "2026-12-07T10:00");
	return sim;
}

static void pass_on(struct sim *sim)
{
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2), 0);
	simroute_accept(sim, code, 1, DEPARTMENT);
}

static struct sim_act sorry(int sender, const char *due)
{
	return ACT(.kind = LT_KIND_APOLOGY, .sender = sender, .to = COMMUNE, .due_at = at(due));
}

static void test_the_new_date(void **state)
{
	struct sim *sim = begin(1);
	(void)state;
	act(sim, sorry(COMMUNE, "2026-12-07T10:00"), LT_STATUS_EDGE_ILLEGAL); /* not later */
	act(sim, sorry(COMMUNE, "2026-12-13T03:00"), LT_DUE_INVALID);         /* a Sunday */
	act(sim, sorry(COMMUNE, "2026-12-08T12:00"), LT_DUE_INVALID);         /* at lunch */
	act(sim, sorry(COMMUNE, "2026-12-21T10:01"), LT_DUE_INVALID);         /* over ten working days more */
	act(sim, sorry(COMMUNE, "2026-12-21T10:00"), 0);                      /* at a leg without limit */
	const struct lt_clock_view *clock = sim_dossier(sim, code)->clock;
	assert_at(clock->appointment, "2026-12-21T10:00");
	assert_at(clock->due_lawful, "2026-12-07T10:00");
	simroute_rebuild(sim);
	sim_free(sim);
}

/* At the latest a working day before the appointment, however late the leg is. */
static void test_in_time(void **state)
{
	struct sim *sim = begin(2);
	(void)state;
	pass_on(sim);
	run_to(sim, "2026-12-04T10:00");
	act(sim, sorry(DEPARTMENT, "2026-12-14T10:00"), 0); /* its own day was over a week ago */
	assert_at(simroute_branch(sim, code, 1)->clock->appointment, "2026-12-14T10:00");
	assert_int_equal(simroute_branch(sim, code, 1)->clock->verdict, LT_TIME_OVERDUE);
	sim_free(sim);
	sim = begin(3);
	pass_on(sim);
	run_to(sim, "2026-12-04T10:01");
	const struct sim_answer *answer = act(sim, sorry(DEPARTMENT, "2026-12-14T10:00"), LT_STATUS_EDGE_ILLEGAL);
	assert_non_null(strstr(answer->detail, "10:00 ng\xc3\xa0y 04/12/2026"));
	sim_free(sim);
}

/* Once for the dossier, whatever the leg; who has mistyped corrects it once, soon. */
static void test_once(void **state)
{
	struct sim *sim = begin(4);
	(void)state;
	act(sim, sorry(COMMUNE, "2026-12-10T10:00"), 0);
	run_to(sim, "2026-11-23T13:00"); /* an hour and a half of work later */
	act(sim, sorry(COMMUNE, "2026-12-09T10:00"), 0);
	assert_at(sim_dossier(sim, code)->clock->appointment,
		  "2026-12-09T10:00"); /* earlier than the first one, later than it was */
	act(sim, sorry(COMMUNE, "2026-12-11T10:00"), LT_STATUS_EDGE_ILLEGAL);
	pass_on(sim);
	act(sim, sorry(DEPARTMENT, "2026-12-11T10:00"), LT_STATUS_EDGE_ILLEGAL); /* another leg has no other one */
	sim_free(sim);
	sim = begin(5);
	act(sim, sorry(COMMUNE, "2026-12-10T10:00"), 0);
	run_to(sim, "2026-11-23T13:31");
	act(sim, sorry(COMMUNE, "2026-12-09T10:00"), LT_STATUS_EDGE_ILLEGAL); /* over two working hours */
	sim_free(sim);
}

/* Through the one-stop, which tells the applicant. */
static void test_through_whom(void **state)
{
	struct sim *sim = simroute_new(6);
	(void)state;
	bring_to(sim, 4);
	struct sim_act what = sorry(DEPARTMENT, "2027-01-06T10:00");
	what.to = MINISTRY;
	act(sim, what, LT_RECIPIENTS_INVALID);
	what.to = COMMUNE;
	act(sim, what, 0);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_through_whom), cmocka_unit_test(test_the_new_date), cmocka_unit_test(test_in_time),
	  cmocka_unit_test(test_once))
