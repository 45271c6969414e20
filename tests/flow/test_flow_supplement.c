/* Papers of the applicant: until when they may be asked for and have to come, and what follows when they come late or not at all; fees
 * that are paid in parts, or not to be paid. */
#include "test.h"

#include "flow_kinds.h"
#include "time_fixture.h"

#define STOPS "1.000008"
#define REFUSES "1.000009"
#define SIGNED "1.000010" /* as REFUSES, but the ministry signs between 2 and the return, which is leg 4 */
#define HOUR (3600 * SIM_SECOND)

/* 1 receive (origin) -> 2 process (DEPARTMENT; papers once, asked within two working days, brought within three) -> 3 return (origin) */
static void define_papers(struct sim *sim, const char *number, uint32_t refuse_days)
{
	static uint32_t second = 2, third = 3, fourth = 4;
	bool is_signed = strcmp(number, SIGNED) == 0;
	struct lt_route_leg legs[4] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, &second, 1),
		simroute_leg(2, sim_codes[DEPARTMENT], LT_LEG_PROCESS, &third, 1),
		simroute_leg(3, "origin", LT_LEG_RETURN, NULL, 0),
		simroute_leg(4, "origin", LT_LEG_RETURN, NULL, 0),
	};
	if (is_signed) {
		legs[2].agency = sim_codes[MINISTRY];
		legs[2].kind = LT_LEG_APPROVE;
		legs[2].next = &fourth;
		legs[2].next_count = 1;
	}
	for (size_t i = 0; i < 4; i++)
		legs[i].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 40 };
	legs[1].policy = LT_CLOCK_SUSPEND;
	legs[1].supplements = 1;
	legs[1].fee_stops_clock = true;
	legs[1].ask_within = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 8 };
	legs[1].supplement_limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 12 };
	if (refuse_days > 0)
		legs[1].refuse_within = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, refuse_days * 4 };
	struct lt_procedure procedure = {
		.code = number, .version = 1, .name = "Nop", .name_en = "papers", .legs = legs
	};
	procedure.lead = "origin";
	procedure.sector = procedure.source = "";
	procedure.leg_count = is_signed ? 4 : 3;
	procedure.valid_from = 20000;
	procedure.total = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 160 };
	simroute_define_procedure(sim, &procedure);
}

/* Held by DEPARTMENT at leg 2 since a Monday at 10:00; the lead is COMMUNE. */
static struct sim *begin(uint64_t seed, const char *procedure)
{
	struct sim *sim = simroute_new(seed);
	define_papers(sim, STOPS, 0);
	define_papers(sim, REFUSES, 1);
	define_papers(sim, SIGNED, 1);
	sim->boot += at("2026-11-23T10:00") - sim->now;
	sim->now = at("2026-11-23T10:00");
	snprintf(code, sizeof(code), "H37.02.01-20261123-%07u", ++next_code);
	act(sim, ACT(.kind = LT_KIND_OPEN, .procedure = procedure, .sender = COMMUNE, .to = COMMUNE), 0);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2), 0);
	simroute_accept(sim, code, 1, DEPARTMENT);
	return sim;
}

static void run_to(struct sim *sim, const char *text)
{
	while (sim->now < at(text)) {
		int64_t left = at(text) - sim->now;
		sim_advance(sim, left < HOUR ? left : HOUR);
	}
	sim_run(sim);
}

static struct sim_act ask(int64_t due_at)
{
	return ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = DEPARTMENT, .to = COMMUNE, .due_at = due_at);
}

static struct sim_act bring(void)
{
	return ACT(.kind = LT_KIND_SUPPLEMENT, .sender = COMMUNE, .to = DEPARTMENT, .reply = ids.request);
}

static struct sim_act result(const char *reason)
{
	return ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = COMMUNE, .route_leg = 3, .reason = reason);
}

static const struct lt_owed *owed(struct sim *sim, uint32_t what)
{
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	for (size_t i = 0; i < view->owed_count; i++) {
		if (view->owed[i].what == what)
			return &view->owed[i];
	}
	return NULL;
}

/* Never less than the procedure gives: ten minutes on a Saturday stopped a dossier. */
static void test_until_when(void **state)
{
	struct sim *sim = begin(1, STOPS);
	(void)state;
	act(sim, ask(at("2026-11-23T10:10")), LT_DUE_INVALID);
	act(sim, ask(at("2026-11-26T09:59")), LT_DUE_INVALID);
	do_keep(sim, ask(SIM_NO_TIME), ids.request);
	assert_at(owed(sim, LT_OWED_SUPPLEMENT)->until, "2026-11-26T10:00");
	run_to(sim, "2026-11-26T10:00");
	act(sim, bring(), 0); /* in its minute */
	assert_int_equal(status_of(sim), 4);
	act(sim, ask(SIM_NO_TIME), LT_SUPPLEMENTS_EXHAUSTED);
	simroute_rebuild(sim);
	sim_free(sim);
	sim = begin(2, STOPS);
	do_keep(sim, ask(at("2026-12-11T17:00")), ids.request); /* more is free */
	assert_at(owed(sim, LT_OWED_SUPPLEMENT)->until, "2026-12-11T17:00");
	sim_free(sim);
}

/* Within two working days of its work; time that stood is no work. */
static void test_when_to_ask(void **state)
{
	struct sim *sim = begin(3, STOPS);
	(void)state;
	run_to(sim, "2026-11-25T10:01");
	const struct sim_answer *answer = act(sim, ask(SIM_NO_TIME), LT_SUPPLEMENTS_EXHAUSTED);
	assert_non_null(strstr(answer->detail, "960 working minutes"));
	sim_free(sim);
	sim = begin(4, STOPS);
	run_to(sim, "2026-11-24T10:00");
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_FEE, .sender = DEPARTMENT, .to = COMMUNE), ids.result);
	run_to(sim, "2026-11-30T10:00");
	act(sim,
	    ACT(.kind = LT_KIND_FEE_PAID, .sender = COMMUNE, .to = DEPARTMENT, .reply = ids.result, .amount = 100000),
	    0);
	act(sim, ask(SIM_NO_TIME), 0);
	sim_free(sim);
}

/* What comes at 8 is kept and late; who asked goes on with it, and may ask once more: the missed request is not used up. */
static void test_late_papers(void **state)
{
	struct sim *sim = begin(5, STOPS);
	(void)state;
	do_keep(sim, ask(SIM_NO_TIME), ids.request);
	run_to(sim, "2026-11-26T10:02");
	assert_int_equal(status_of(sim), 8);
	act(sim, ACT(.kind = LT_KIND_RESUME, .sender = DEPARTMENT, .to = COMMUNE), LT_NOT_LEAD);
	struct sim_act wrong = bring();
	wrong.reply = ids.stranger;
	act(sim, wrong, LT_STATUS_EDGE_ILLEGAL);
	act(sim, bring(), 0);
	assert_int_equal(status_of(sim), 8);
	assert_int_equal(sim_last_item(sim, DEPARTMENT)->kind, LT_KIND_SUPPLEMENT);
	act(sim, ACT(.kind = LT_KIND_RESUME, .sender = DEPARTMENT, .to = COMMUNE), 0);
	assert_int_equal(status_of(sim), 4);
	act(sim, ask(SIM_NO_TIME), 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

static void test_refusal(void **state)
{
	struct sim *sim = begin(6, REFUSES);
	(void)state;
	do_keep(sim, ask(SIM_NO_TIME), ids.request);
	run_to(sim, "2026-11-26T10:02");
	assert_int_equal(status_of(sim), 4);
	const struct lt_owed *act_owed = owed(sim, LT_OWED_REFUSAL);
	assert_non_null(act_owed);
	assert_string_equal(act_owed->who, sim_codes[DEPARTMENT]);
	assert_at(act_owed->until, "2026-11-27T10:00");
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = COMMUNE, .route_leg = 3),
	    LT_STATUS_EDGE_ILLEGAL);
	act(sim, result(NULL), LT_STATUS_EDGE_ILLEGAL);
	act(sim, ask(SIM_NO_TIME), LT_STATUS_EDGE_ILLEGAL);
	act(sim, result("khong bo sung"), 0);
	assert_int_equal(status_of(sim), 9);
	assert_string_equal(sim_dossier(sim, code)->outcome, "refused");
	run_to(sim, "2026-11-30T10:00");
	simroute_rebuild(sim);
	sim_free(sim);
}

/* It is made where it is owed, though that leg makes no result, and leads to where it is handed out. */
static void test_refusal_where_it_is_owed(void **state)
{
	struct sim *sim = begin(4, SIGNED);
	(void)state;
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = DEPARTMENT, .to = COMMUNE), ids.request);
	run_to(sim, "2026-11-26T12:00");
	assert_non_null(owed(sim, LT_OWED_REFUSAL));
	struct sim_act result = ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = COMMUNE);
	act(sim, result, LT_NOT_AT_THIS_LEG);
	result.reason = "khong nop giay to";
	act(sim, result, 0);
	simroute_accept(sim, code, 1, COMMUNE);
	simroute_is(sim, code, 1, 9, LT_CUSTODY_HELD, COMMUNE);
	assert_string_equal(simroute_branch(sim, code, 1)->leg, "leg-4");
	assert_string_equal(sim_dossier(sim, code)->outcome, "refused");
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = COMMUNE, .to = DEPARTMENT), 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* Late papers free the holder of the refusal. */
static void test_refusal_or_papers(void **state)
{
	struct sim *sim = begin(7, REFUSES);
	(void)state;
	do_keep(sim, ask(SIM_NO_TIME), ids.request);
	run_to(sim, "2026-11-27T10:05");
	assert_non_null(owed(sim, LT_OWED_REFUSAL)); /* over time: it is owed all the same */
	act(sim, bring(), 0);
	assert_null(owed(sim, LT_OWED_REFUSAL));
	act(sim, result(NULL), 0);
	sim_free(sim);
}

static struct sim_act pay(uint64_t amount, const char *ground)
{
	return ACT(.kind = LT_KIND_FEE_PAID, .sender = COMMUNE, .to = DEPARTMENT, .reply = ids.request,
		   .amount = amount, .ground = ground);
}

static void test_fee_in_parts(void **state)
{
	struct sim *sim = begin(8, STOPS);
	(void)state;
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_FEE, .sender = DEPARTMENT, .to = COMMUNE), ids.request); /* 100,000 */
	act(sim, pay(40000, NULL), 0);
	assert_int_equal(status_of(sim), 6);
	act(sim, pay(SIM_NOTHING, NULL), LT_FIELD_REQUIRED);
	act(sim, pay(59999, NULL), 0);
	assert_int_equal(status_of(sim), 6);
	act(sim, pay(1, NULL), 0);
	assert_int_equal(status_of(sim), 4);
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_FEE, .sender = DEPARTMENT, .to = COMMUNE), ids.request);
	act(sim, pay(SIM_NOTHING, "ho-ngheo"), 0); /* exempt */
	assert_int_equal(status_of(sim), 4);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* At a leg of which the procedure says nothing: the law's seven working days. */
static void test_default(void **state)
{
	struct sim *sim = simroute_new(9);
	(void)state;
	bring_to(sim, 4);
	act(sim, ask(sim->now + 2 * SIM_DAY), LT_DUE_INVALID);
	act(sim, ask(sim->now + 20 * SIM_DAY), 0);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_default), cmocka_unit_test(test_until_when), cmocka_unit_test(test_when_to_ask),
	  cmocka_unit_test(test_late_papers), cmocka_unit_test(test_refusal),
	  cmocka_unit_test(test_refusal_where_it_is_owed), cmocka_unit_test(test_refusal_or_papers),
	  cmocka_unit_test(test_fee_in_parts))
