/* A leg that must ask others: whom, until when, and what it may do before they have answered. */
#include "test.h"

#include "flow_kinds.h"
#include "time_fixture.h"

#define ASKING "1.000007"
#define HOUR (3600 * SIM_SECOND)

/* 1 receive (origin) -> 2 consult (DEPARTMENT asks MINISTRY and OTHER, two working days, silence is consent) -> 3 return (origin) */
static void define_asking(struct sim *sim)
{
	static uint32_t second = 2, third = 3;
	static const char *asked[2], *makes[] = { "KQ" };
	asked[0] = sim_codes[MINISTRY];
	asked[1] = sim_codes[OTHER];
	struct lt_route_leg legs[3] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, &second, 1),
		simroute_leg(2, sim_codes[DEPARTMENT], LT_LEG_CONSULT, &third, 1),
		simroute_leg(3, "origin", LT_LEG_RETURN, NULL, 0),
	};
	for (size_t i = 0; i < 3; i++)
		legs[i].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 40 };
	legs[1].makes = legs[2].makes = makes; /* by RESULT here, or after a FORWARD there */
	legs[1].make_count = legs[2].make_count = 1;
	legs[1].consult = asked;
	legs[1].consult_count = 2;
	legs[1].consult_limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 8 };
	legs[1].on_silence = LT_SILENCE_DEEMED_CONSENT;
	struct lt_procedure procedure = { .code = ASKING, .version = 1, .name = "Hoi", .name_en = "ask", .legs = legs };
	procedure.lead = sim_codes[DEPARTMENT];
	procedure.sector = procedure.source = "";
	procedure.leg_count = 3;
	procedure.valid_from = 20000;
	procedure.total = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 160 };
	simroute_define_procedure(sim, &procedure);
}

/* OTHER opens later than the others do. */
static void define_hours(struct sim *sim)
{
	struct lt_buf buf = { 0 };
	struct lt_office_hours hours = { .agency = sim_codes[OTHER],
					 .morning_open = 630,
					 .morning_close = 720,
					 .afternoon_open = 780,
					 .afternoon_close = 1020,
					 .same_day_until = 900 };
	assert_int_equal(lt_office_hours_encode(&hours, &buf), LT_OK);
	simroute_define_one(sim, LT_DEFINE_OFFICE, &buf);
}

static void set_time(struct sim *sim, const char *text)
{
	int64_t to = at(text);
	sim->boot += to - sim->now;
	sim->now = to;
}

/* Held by DEPARTMENT at leg 2, on a Friday at 10:00. */
static struct sim *begin(uint64_t seed)
{
	struct sim *sim = simroute_new(seed);
	define_asking(sim);
	define_hours(sim);
	set_time(sim, "2026-11-20T10:00");
	snprintf(code, sizeof(code), "H37.02.01-20261120-%07u", ++next_code);
	act(sim, ACT(.kind = LT_KIND_OPEN, .procedure = ASKING, .sender = COMMUNE, .to = COMMUNE), 0);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2, .reason = ""), 0);
	simroute_accept(sim, code, 1, DEPARTMENT);
	return sim;
}

static struct sim_act ask_both(int64_t due_at)
{
	return ACT(.kind = LT_KIND_CONSULT, .sender = DEPARTMENT, .due_at = due_at, .to_count = 2,
		   .recipients = { { MINISTRY, 0 }, { OTHER, 0 } });
}

static struct sim_act opinion_of(int agency, enum lt_agreement agree)
{
	return ACT(.kind = LT_KIND_OPINION, .sender = agency, .to = DEPARTMENT, .reply = ids.consult, .agree = agree,
		   .reason = "y kien");
}

static struct sim_act forward(const char *reason)
{
	return ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = COMMUNE, .route_leg = 3, .reason = reason);
}

static const struct lt_consult_answer *answer_of(struct sim *sim, size_t i)
{
	return &sim_dossier(sim, code)->consults[0].answers[i];
}

static void run_to(struct sim *sim, const char *text)
{
	while (sim->now < at(text)) {
		int64_t left = at(text) - sim->now;
		sim_advance(sim, left < HOUR ? left : HOUR);
	}
	sim_run(sim);
}

static void test_whom(void **state)
{
	struct sim *sim = begin(1);
	(void)state;
	const struct lt_branch_view *branch = simroute_branch(sim, code, 1);
	assert_int_equal(branch->ask_count, 2);
	assert_string_equal(branch->ask[0], sim_codes[MINISTRY]);
	assert_string_equal(branch->ask[1], sim_codes[OTHER]);
	assert_string_equal(branch->consult_limit, "2 working_days");
	const struct sim_answer *answer =
		act(sim, ACT(.kind = LT_KIND_CONSULT, .sender = DEPARTMENT, .to = MINISTRY, .due_at = SIM_NO_TIME),
		    LT_RECIPIENTS_INVALID);
	assert_non_null(strstr(answer->detail, sim_codes[OTHER]));
	do_keep(sim, ask_both(SIM_NO_TIME), ids.consult);
	assert_int_equal(simroute_branch(sim, code, 1)->ask_count, 0);
	/* Beyond those of the procedure anybody may be asked. */
	act(sim, ACT(.kind = LT_KIND_CONSULT, .sender = DEPARTMENT, .to = DISTRICT, .due_at = SIM_NO_TIME), 0);
	simroute_rebuild(sim);
	assert_int_equal(simroute_branch(sim, code, 1)->ask_count, 0);
	sim_free(sim);
}

/* By the law's time in each asked agency's own hours: not the sender's ten minutes on a Saturday. */
static void test_until_when(void **state)
{
	struct sim *sim = begin(2);
	(void)state;
	const struct sim_answer *answer = act(sim, ask_both(at("2026-11-24T09:59")), LT_DUE_INVALID);
	assert_non_null(strstr(answer->detail, "10:00 ng\xc3\xa0y 24/11/2026"));
	act(sim, ask_both(at("2026-11-24T10:00")), LT_DUE_INVALID); /* OTHER opens at 10:30 */
	set_time(sim, "2026-11-21T09:00");
	act(sim, ask_both(at("2026-11-21T09:10")), LT_DUE_INVALID);
	do_keep(sim, ask_both(SIM_NO_TIME), ids.consult);
	assert_int_equal(answer_of(sim, 0)->due, at("2026-11-25T07:30")); /* from Monday's opening */
	assert_int_equal(answer_of(sim, 1)->due, at("2026-11-25T10:30"));
	run_to(sim, "2026-11-25T07:30");
	assert_int_equal(answer_of(sim, 0)->silent_at, 0);
	run_to(sim, "2026-11-25T07:32");
	assert_true(answer_of(sim, 0)->silent_at != 0 && answer_of(sim, 1)->silent_at == 0);
	run_to(sim, "2026-11-25T10:32");
	assert_true(answer_of(sim, 1)->silent_at != 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

static void test_more_time(void **state)
{
	struct sim *sim = begin(3);
	(void)state;
	do_keep(sim, ask_both(at("2026-11-27T16:00")), ids.consult);
	assert_int_equal(answer_of(sim, 0)->due, at("2026-11-27T16:00"));
	run_to(sim, "2026-11-26T16:00");
	act(sim, opinion_of(MINISTRY, LT_AGREE_WITH_CONDITIONS), 0);
	assert_int_equal(answer_of(sim, 0)->agree, LT_AGREE_WITH_CONDITIONS);
	assert_false(answer_of(sim, 0)->late);
	sim_free(sim);
}

/* A leg whose procedure gives no time: the sender has to. */
static void test_no_limit(void **state)
{
	struct sim *sim = simroute_new(4);
	(void)state;
	bring_to(sim, 2);
	act(sim, ACT(.kind = LT_KIND_CONSULT, .sender = COMMUNE, .to = OTHER, .due_at = SIM_NO_TIME), LT_DUE_INVALID);
	sim_free(sim);
}

static void test_going_on(void **state)
{
	struct sim *sim = begin(5);
	(void)state;
	const struct sim_answer *answer = act(sim, forward(""), LT_REASON_REQUIRED);
	assert_non_null(strstr(answer->detail, "was not asked"));
	struct sim_act result = ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = DEPARTMENT);
	act(sim, result, LT_REASON_REQUIRED);
	do_keep(sim, ask_both(SIM_NO_TIME), ids.consult);
	act(sim, opinion_of(MINISTRY, LT_AGREE_YES), 0);
	answer = act(sim, forward(""), LT_REASON_REQUIRED);
	assert_non_null(strstr(answer->detail, sim_codes[OTHER]));
	act(sim, result, LT_REASON_REQUIRED);
	run_to(sim, "2026-11-24T11:00"); /* silence is an answer */
	act(sim, forward(""), 0);
	sim_free(sim);
	sim = begin(6);
	act(sim, forward("khong can y kien"), 0); /* by a reason it goes on */
	sim_free(sim);
}

/* Nobody owes an opinion while the dossier is stopped: no silence, and the time is given back; who answers all the same is heard. */
static void test_standing(void **state)
{
	struct sim *sim = begin(7);
	(void)state;
	do_keep(sim, ask_both(SIM_NO_TIME), ids.consult);
	run_to(sim, "2026-11-23T10:00"); /* one of two days is used */
	act(sim, ACT(.kind = LT_KIND_WITHDRAW, .sender = COMMUNE, .to = DEPARTMENT), 0);
	run_to(sim, "2026-11-26T10:00");
	act(sim, ACT(.kind = LT_KIND_STOP, .sender = DEPARTMENT, .to = COMMUNE), 0);
	assert_true(sim_dossier(sim, code)->consults[0].stands);
	act(sim, opinion_of(OTHER, LT_AGREE_NO), 0);
	assert_false(answer_of(sim, 1)->late);
	run_to(sim, "2026-11-30T10:00");
	assert_int_equal(answer_of(sim, 0)->silent_at, 0);
	act(sim, ACT(.kind = LT_KIND_RESUME, .sender = DEPARTMENT, .to = COMMUNE), 0);
	assert_int_equal(answer_of(sim, 0)->due, at("2026-12-01T10:00"));
	run_to(sim, "2026-12-01T10:02");
	assert_true(answer_of(sim, 0)->silent_at != 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_whom), cmocka_unit_test(test_until_when), cmocka_unit_test(test_more_time),
	  cmocka_unit_test(test_no_limit), cmocka_unit_test(test_going_on), cmocka_unit_test(test_standing))
