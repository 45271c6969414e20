/* test_flow_waits.c: what others have to do within a time - give an opinion, bring papers, refuse, take an offer - follows calendar and outages that come
 * after it was asked: it is looked at again when it is due. And the applicant's time stands while his withdrawal is decided. The arithmetic is
 * written beside each case: offices work Monday to Friday, 07:30-11:30 and 13:00-17:00. */
#include "test.h"

#include <string.h>

#include "simroute.h"
#include "time_fixture.h"
#include "record/definitions.h"

#define CODE "H37.02-20261119-0000001"
#define PROCEDURE "1.004878"

static struct sim *sim;
static int32_t off[4];
static uint32_t off_count;

static void define_route(void)
{
	static uint32_t next[2][1] = { { 2 }, { 3 } };
	static const char *makes[] = { "KQ" }, *withdraw_by[] = { "origin" };
	struct lt_route_leg legs[3] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, next[0], 1),
		simroute_leg(2, sim_codes[DEPARTMENT], LT_LEG_CONSULT, next[1], 1),
		simroute_leg(3, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[1].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 40 };
	legs[1].makes = makes;
	legs[1].make_count = 1;
	legs[1].supplements = 2;
	legs[1].consult_limit = legs[1].supplement_limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 8 };
	legs[1].refuse_within = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 4 };
	legs[1].on_silence = LT_SILENCE_DEEMED_CONSENT;
	struct lt_procedure procedure = { .code = PROCEDURE,
					  .version = 1,
					  .name = "Thu tuc",
					  .name_en = "procedure",
					  .lead = sim_codes[DEPARTMENT],
					  .sector = "",
					  .source = "",
					  .leg_count = 3,
					  .legs = legs,
					  .withdraw_by = withdraw_by,
					  .withdraw_count = 1 };
	procedure.total = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 60 };
	simroute_define_procedure(sim, &procedure);
}

static void run_to(const char *time)
{
	while (sim->now < at(time)) {
		int64_t left = at(time) - sim->now;
		sim_advance(sim, left < 3600 * SIM_SECOND ? left : 3600 * SIM_SECOND);
	}
}

static void act(struct sim_act what)
{
	what.dossier = CODE;
	what.branch = 1;
	simroute_act(sim, what, LT_REASON_NONE);
}

/* DEPARTMENT holds it on Thursday at 10:00. */
static void begin(uint64_t seed)
{
	sim = sim_new(seed);
	off_count = 0;
	sim->boot += at("2026-11-19T10:00") - sim->now;
	sim->now = at("2026-11-19T10:00");
	simroute_calendar(sim, 2026, 1, NULL, 0);
	simroute_calendar(sim, 2027, 1, NULL, 0);
	define_route();
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
	act(ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .procedure = PROCEDURE));
	act(ACT(.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .route_leg = 2));
	simroute_accept(sim, CODE, 1, DEPARTMENT);
}

static void end(void)
{
	simroute_rebuild(sim);
	sim_free(sim);
}

static void no_work_on(const char *day)
{
	off[off_count++] = (int32_t)((at(day) + 7 * 3600 * SIM_SECOND) / SIM_DAY);
	simroute_calendar(sim, 2026, 1 + off_count, off, off_count);
}

static void lost(const char *from, const char *to)
{
	struct lt_control_request request = { .type = LT_CONTROL_OUTAGE };
	request.outage = (struct lt_outage_command){
		.from = at(from), .to = at(to), .operator_name = "tester", .reason = "power"
	};
	assert_int_equal(sim_control(sim, &request)->reason, 0);
}

static uint32_t status(void)
{
	return sim_dossier(sim, CODE)->status;
}

static int64_t owed_until(enum lt_owed_what what)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	for (size_t i = 0; i < view->owed_count; i++) {
		if (view->owed[i].what == what)
			return view->owed[i].until;
	}
	fail_msg("%s is not owed", lt_owed_name(what));
	return 0;
}

static const struct lt_consult_answer *answer(size_t i)
{
	return &sim_dossier(sim, CODE)->consults[0].answers[i];
}

static void ask_opinions(uint8_t id[16])
{
	struct sim_act ask = { .kind = LT_KIND_CONSULT, .sender = DEPARTMENT, .due_at = SIM_NO_TIME, .to_count = 3 };
	ask.recipients[0].agency = MINISTRY;
	ask.recipients[1].agency = OTHER;
	ask.recipients[2].agency = COMMUNE;
	act(ask);
	memcpy(id, sim->last_id, 16);
}

/* Thu 10:00 and two working days: Mon 10:00. Monday becomes free: Tue 10:00. */
static void test_no_consent_on_a_day_off(void **state)
{
	uint8_t consult[16];
	(void)state;
	begin(1);
	ask_opinions(consult);
	assert_at(answer(0)->due, "2026-11-23T10:00");
	run_to("2026-11-20T09:00");
	no_work_on("2026-11-23T12:00");
	sim->boot += at("2026-11-23T10:01") - sim->now;
	sim->now = at("2026-11-23T10:01"); /* before the broker has looked at its clocks */
	act(ACT(.kind = LT_KIND_OPINION, .sender = MINISTRY, .to = DEPARTMENT, .reply = consult));
	assert_false(answer(0)->late);
	run_to("2026-11-24T10:00");
	assert_int_equal(answer(1)->silent_at, 0);
	assert_at(answer(1)->due, "2026-11-24T10:00");
	act(ACT(.kind = LT_KIND_OPINION, .sender = OTHER, .to = DEPARTMENT, .reply = consult));
	assert_false(answer(1)->late);
	run_to("2026-11-24T10:05");
	assert_at(answer(2)->silent_at, "2026-11-24T10:01");
	end();
}

/* An outage of Friday, four hours: Mon 15:30 (07:30-11:30 are 150 of 240 minutes until 10:00; 90 more, then 150). */
static void test_opinions_after_an_outage(void **state)
{
	uint8_t consult[16];
	(void)state;
	begin(2);
	ask_opinions(consult);
	run_to("2026-11-20T17:00");
	lost("2026-11-20T13:00", "2026-11-20T17:00");
	run_to("2026-11-23T15:30");
	assert_int_equal(answer(0)->silent_at, 0);
	run_to("2026-11-23T15:35");
	assert_at(answer(0)->silent_at, "2026-11-23T15:31");
	end();
}

/* Papers until Mon 10:00, then Tue 10:00; a refusal until Wed 10:00, then Thu 10:00. */
static void test_papers_and_refusal(void **state)
{
	(void)state;
	begin(3);
	act(ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = DEPARTMENT, .to = DISTRICT, .due_at = SIM_NO_TIME));
	assert_at(owed_until(LT_OWED_SUPPLEMENT), "2026-11-23T10:00");
	run_to("2026-11-20T09:00");
	no_work_on("2026-11-23T12:00");
	run_to("2026-11-24T10:00");
	assert_int_equal(status(), 5);
	assert_at(owed_until(LT_OWED_SUPPLEMENT), "2026-11-24T10:00");
	run_to("2026-11-24T10:05");
	assert_int_equal(status(), 4);
	assert_at(owed_until(LT_OWED_REFUSAL), "2026-11-25T10:00");
	no_work_on("2026-11-25T12:00");
	run_to("2026-11-25T12:00");
	assert_at(owed_until(LT_OWED_REFUSAL), "2026-11-26T10:00");
	end();
}

/* Eight working hours from Thu 10:00: Fri 10:00. Friday becomes free: Mon 10:00. */
static void test_offer(void **state)
{
	(void)state;
	begin(4);
	act(ACT(.kind = LT_KIND_RETURN, .sender = DEPARTMENT, .to = DISTRICT));
	assert_int_equal(owed_until(LT_OWED_ACCEPT), 0); /* on its way */
	sim_advance(sim, SIM_SECOND);
	assert_at(owed_until(LT_OWED_ACCEPT), "2026-11-20T10:00");
	no_work_on("2026-11-20T12:00");
	run_to("2026-11-23T09:30");
	assert_at(owed_until(LT_OWED_ACCEPT), "2026-11-23T10:00");
	end();
}

/* An offer whose receiver cannot be reached is not its time yet: it came on Friday at 09:00, so until Mon 09:00. */
static void test_offer_that_arrives_late(void **state)
{
	(void)state;
	begin(5);
	sim_lost(sim, DISTRICT);
	act(ACT(.kind = LT_KIND_RETURN, .sender = DEPARTMENT, .to = DISTRICT));
	run_to("2026-11-20T09:00");
	sim_connect(sim, DISTRICT);
	sim_advance(sim, SIM_SECOND);
	run_to("2026-11-20T10:05");
	assert_at(owed_until(LT_OWED_ACCEPT), "2026-11-23T09:00");
	end();
}

/* While it may be withdrawn no papers can be brought. From Thu 14:00 to Mon 14:00 are 180, 480 and 300 minutes: Mon 10:00 becomes Wed 10:00. */
static void test_withdrawal(void **state)
{
	(void)state;
	begin(6);
	act(ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = DEPARTMENT, .to = DISTRICT, .due_at = SIM_NO_TIME));
	run_to("2026-11-19T14:00");
	act(ACT(.kind = LT_KIND_WITHDRAW, .sender = DISTRICT, .to = DEPARTMENT));
	run_to("2026-11-23T14:00");
	assert_int_equal(status(), 7);
	act(ACT(.kind = LT_KIND_RESUME, .sender = DEPARTMENT, .to = DISTRICT));
	assert_int_equal(status(), 5);
	assert_at(owed_until(LT_OWED_SUPPLEMENT), "2026-11-25T10:00");
	run_to("2026-11-25T10:05");
	assert_int_equal(status(), 4);
	/* Nor can it be refused: Thu 26/11 10:00, and from Wed 14:00 to Thu 14:00 a working day. */
	run_to("2026-11-25T14:00");
	act(ACT(.kind = LT_KIND_WITHDRAW, .sender = DISTRICT, .to = DEPARTMENT));
	run_to("2026-11-26T14:00");
	act(ACT(.kind = LT_KIND_RESUME, .sender = DEPARTMENT, .to = DISTRICT));
	assert_at(owed_until(LT_OWED_REFUSAL), "2026-11-27T10:00");
	end();
}

TEST_MAIN(cmocka_unit_test(test_no_consent_on_a_day_off), cmocka_unit_test(test_opinions_after_an_outage),
	  cmocka_unit_test(test_papers_and_refusal), cmocka_unit_test(test_offer),
	  cmocka_unit_test(test_offer_that_arrives_late), cmocka_unit_test(test_withdrawal))
