/* TRANSFER: the one act that leads off the route. The leg stays the same and its clock goes on, who may take it the procedure says, and what
 * follows is what the route says. The arithmetic is written beside each case; offices work 07:30-11:30 and 13:00-17:00. */
#include "test.h"

#include <string.h>

#include "simclock.h"
#include "simroute.h"
#include "time_fixture.h"

#define OPENLY "1.000211"
#define LISTED "1.000212"
#define FORKED "1.000213"
#define CODE "H37.02-20261119-0000001"

/* 1 DISTRICT, 2 DEPARTMENT in two working days, 3 MINISTRY decides or sends back to 2, 4 DISTRICT hands over. */
static void define_line(struct sim *sim, const char *code, const char **transfer_to, size_t count)
{
	static uint32_t next[][1] = { { 2 }, { 3 }, { 4 } };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, next[0], 1),
		simroute_leg(2, sim_codes[DEPARTMENT], LT_LEG_PROCESS, next[1], 1),
		simroute_leg(3, sim_codes[MINISTRY], LT_LEG_APPROVE, next[2], 1),
		simroute_leg(4, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[1].limit = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 8 };
	legs[1].transfer_to = transfer_to;
	legs[1].transfer_count = count;
	legs[2].on_refusal = 2;
	simroute_define_legs(sim, code, legs, 4);
}

/* 1 DISTRICT, fork { 2 DEPARTMENT ; 3 OTHER }, join 4 MINISTRY decides, 5 DISTRICT. */
static void define_fork(struct sim *sim)
{
	static uint32_t fork[] = { 2, 3 }, join[] = { 4 }, end[] = { 5 };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, fork, 2),
		simroute_leg(2, sim_codes[DEPARTMENT], LT_LEG_PROCESS, join, 1),
		simroute_leg(3, sim_codes[OTHER], LT_LEG_PROCESS, join, 1),
		simroute_leg(4, sim_codes[MINISTRY], LT_LEG_APPROVE, end, 1),
		simroute_leg(5, "origin", LT_LEG_RETURN, NULL, 0),
	};
	simroute_define_legs(sim, FORKED, legs, 5);
}

static void run_to(struct sim *sim, const char *time)
{
	sim_advance(sim, at(time) - sim->now);
}

static void send(struct sim *sim, enum lt_kind kind, int from, int to, enum lt_reason reason)
{
	simroute_act(sim, ACT(.kind = kind, .dossier = CODE, .sender = from, .to = to), reason);
}

static void says(struct sim *sim, int from, int to, uint32_t leg, enum lt_reason reason, const char *words)
{
	const struct sim_answer *answer = simroute_act(
		sim, ACT(.kind = LT_KIND_TRANSFER, .dossier = CODE, .sender = from, .to = to, .route_leg = leg),
		reason);
	if (!strstr(answer->detail, words))
		fail_msg("\"%s\" does not say \"%s\"", answer->detail, words);
}

static void pass(struct sim *sim, enum lt_kind kind, int from, int to)
{
	simroute_pass(sim, ACT(.kind = kind, .dossier = CODE, .sender = from, .to = to));
}

/* Thu 19/11 08:00: DEPARTMENT has leg 2 and is due on Mon 23/11 08:00. */
static struct sim *begin(const char *procedure)
{
	static const char *takers[] = { "H38.14", "field:khac" };
	struct sim *sim = simroute_new(7);
	define_line(sim, OPENLY, NULL, 0);
	define_line(sim, LISTED, takers, 2);
	define_fork(sim);
	run_to(sim, "2026-11-19T08:00");
	simroute_act(
		sim,
		ACT(.kind = LT_KIND_OPEN, .dossier = CODE, .sender = DISTRICT, .to = DISTRICT, .procedure = procedure),
		0);
	if (strcmp(procedure, FORKED) != 0)
		pass(sim, LT_KIND_FORWARD, DISTRICT, DEPARTMENT);
	return sim;
}

static void end(struct sim *sim)
{
	simroute_rebuild(sim);
	sim_free(sim);
}

static void is(struct sim *sim, uint32_t branch, enum lt_custody custody, int holder, const char *leg_id)
{
	simroute_is(sim, CODE, branch, 4, custody, holder);
	assert_string_equal(simroute_branch(sim, CODE, branch)->leg, leg_id);
}

/* Nothing, or the one leg that another does. */
static void is_off_route(struct sim *sim, const char *leg_id, int agency)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_int_equal(view->transferred_count, leg_id != NULL);
	if (!leg_id)
		return;
	assert_string_equal(view->transferred[0].leg, leg_id);
	assert_string_equal(view->transferred[0].agency, sim_codes[agency]);
}

/* The newest row of a holder, of stays (to NULL) or of waits. */
static const struct lt_stay *newest(struct sim *sim, int holder, bool wait)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	const struct lt_stay *found = NULL;
	for (size_t i = 0; i < view->stay_count; i++) {
		const struct lt_stay *stay = &view->stays[i];
		if (strcmp(stay->holder, sim_codes[holder]) == 0 && (stay->to[0] != '\0') == wait)
			found = stay;
	}
	assert_non_null(found);
	return found;
}

/* Transferred at 10:00, taken at 14:00: 120 minutes are DEPARTMENT's, the wait of 150 is OTHER's, and the due time is as it was. */
static void test_the_clock_goes_on(void **state)
{
	(void)state;
	struct sim *sim = begin(OPENLY);
	run_to(sim, "2026-11-19T10:00");
	send(sim, LT_KIND_TRANSFER, DEPARTMENT, OTHER, 0);
	is(sim, 1, LT_CUSTODY_OFFERED, DEPARTMENT, "leg-2");
	is_off_route(sim, NULL, 0);
	sim_advance(sim, SIM_SECOND); /* it arrives */
	run_to(sim, "2026-11-19T14:00");
	simroute_accept(sim, CODE, 1, OTHER);
	is(sim, 1, LT_CUSTODY_HELD, OTHER, "leg-2");
	is_off_route(sim, "leg-2", OTHER);
	const struct lt_stay *giver = newest(sim, DEPARTMENT, false);
	assert_int_equal(giver->how, LT_STAY_TRANSFERRED);
	assert_int_equal(giver->used, 120);
	assert_int_equal(giver->ended, at("2026-11-19T10:00"));
	const struct lt_stay *wait = newest(sim, DEPARTMENT, true);
	assert_int_equal(wait->how, LT_WAIT_ACCEPTED);
	assert_int_equal(wait->used, 150);
	run_to(sim, "2026-11-19T15:00");
	const struct lt_stay *taker = newest(sim, OTHER, false);
	assert_int_equal(taker->carried, 270);
	assert_int_equal(taker->used, 330);
	assert_int_equal(taker->stood, 0);
	assert_int_equal(taker->due_lawful, at("2026-11-23T08:00"));
	assert_int_equal(taker->due_first, at("2026-11-23T08:00"));
	end(sim);
}

/* Late before it was passed on is late for who finishes it. */
static void test_lateness_stays(void **state)
{
	(void)state;
	struct sim *sim = begin(OPENLY);
	run_to(sim, "2026-11-23T09:00");
	pass(sim, LT_KIND_TRANSFER, DEPARTMENT, OTHER);
	assert_int_equal(newest(sim, DEPARTMENT, false)->verdict, LT_TIME_LATE);
	assert_int_equal(newest(sim, OTHER, false)->verdict, LT_TIME_OVERDUE);
	pass(sim, LT_KIND_FORWARD, OTHER, MINISTRY);
	assert_int_equal(newest(sim, OTHER, false)->verdict, LT_TIME_LATE);
	end(sim);
}

/* What stood while it was offered is given back as ever: stopped from 11:00 to 14:00, 90 minutes. */
static void test_a_stop_in_between(void **state)
{
	(void)state;
	struct sim *sim = begin(OPENLY);
	run_to(sim, "2026-11-19T10:00");
	pass(sim, LT_KIND_TRANSFER, DEPARTMENT, OTHER);
	send(sim, LT_KIND_TRANSFER, OTHER, COMMUNE, 0);
	run_to(sim, "2026-11-19T11:00");
	send(sim, LT_KIND_STOP, DEPARTMENT, DISTRICT, 0);
	run_to(sim, "2026-11-19T14:00");
	send(sim, LT_KIND_RESUME, DEPARTMENT, DISTRICT, 0);
	simroute_accept(sim, CODE, 1, COMMUNE);
	assert_int_equal(newest(sim, COMMUNE, false)->carried, 180);
	assert_int_equal(newest(sim, COMMUNE, false)->stood, 90);
	assert_int_equal(newest(sim, COMMUNE, false)->due_lawful, at("2026-11-23T09:30"));
	is_off_route(sim, "leg-2", COMMUNE);
	end(sim);
}

/* From there the route goes on; who leads back to the leg leads to who does it now. */
static void test_the_route_goes_on(void **state)
{
	(void)state;
	struct sim *sim = begin(OPENLY);
	pass(sim, LT_KIND_TRANSFER, DEPARTMENT, OTHER);
	send(sim, LT_KIND_FORWARD, OTHER, DEPARTMENT, LT_RECIPIENTS_INVALID);
	pass(sim, LT_KIND_FORWARD, OTHER, MINISTRY);
	is(sim, 1, LT_CUSTODY_HELD, MINISTRY, "leg-3");
	simroute_act(sim,
		     ACT(.kind = LT_KIND_RESULT, .dossier = CODE, .sender = MINISTRY, .to = DEPARTMENT, .route_leg = 2,
			 .reason = "thieu"),
		     LT_RECIPIENTS_INVALID);
	simroute_pass(sim, ACT(.kind = LT_KIND_RESULT, .dossier = CODE, .sender = MINISTRY, .to = OTHER, .route_leg = 2,
			       .reason = "thieu"));
	is(sim, 1, LT_CUSTODY_HELD, OTHER, "leg-2");
	pass(sim, LT_KIND_RETURN, OTHER, MINISTRY);
	pass(sim, LT_KIND_RESULT, MINISTRY, DISTRICT);
	simroute_is(sim, CODE, 1, 9, LT_CUSTODY_HELD, DISTRICT);
	assert_string_equal(sim_dossier(sim, CODE)->lead, sim_codes[DEPARTMENT]);
	end(sim);
}

static void test_who_may_take_it(void **state)
{
	(void)state;
	struct sim *sim = begin(LISTED);
	says(sim, DEPARTMENT, COMMUNE, 0, LT_RECIPIENTS_INVALID, "may be transferred to H38.14, not to H37.02.01");
	says(sim, DEPARTMENT, DEPARTMENT, 0, LT_RECIPIENTS_INVALID, "holds it already");
	says(sim, DEPARTMENT, OTHER, 3, LT_RECIPIENTS_INVALID, "the leg where branch 1 is, leg-2");
	says(sim, OTHER, COMMUNE, 0, LT_DOSSIER_UNKNOWN, "");
	says(sim, DISTRICT, OTHER, 0, LT_NOT_HOLDER, "held by H37.14");
	pass(sim, LT_KIND_TRANSFER, DEPARTMENT, OTHER);
	pass(sim, LT_KIND_FORWARD, OTHER, MINISTRY);
	says(sim, MINISTRY, COMMUNE, 0, LT_NOT_AT_THIS_LEG, "makes a result, and such a leg is never transferred");
	pass(sim, LT_KIND_RESULT, MINISTRY, DISTRICT);
	says(sim, DISTRICT, COMMUNE, 0, LT_STATUS_EDGE_ILLEGAL, "9");
	end(sim);
}

static void answer(struct sim *sim, enum lt_kind kind, int from, int to)
{
	uint8_t offer[16];
	memcpy(offer, simroute_branch(sim, CODE, 1)->offer_id.data, 16);
	simroute_act(sim, ACT(.kind = kind, .dossier = CODE, .sender = from, .to = to, .reply = offer), 0);
}

/* Not taken, or taken back before: the giver's stay has never ended. */
static void test_refused_and_recalled(void **state)
{
	(void)state;
	struct sim *sim = begin(OPENLY);
	for (int i = 0; i < 2; i++) {
		send(sim, LT_KIND_TRANSFER, DEPARTMENT, OTHER, 0);
		if (i == 0)
			answer(sim, LT_KIND_REFUSE, OTHER, DEPARTMENT);
		else
			answer(sim, LT_KIND_RECALL, DEPARTMENT, OTHER);
		is(sim, 1, LT_CUSTODY_HELD, DEPARTMENT, "leg-2");
		is_off_route(sim, NULL, 0);
		assert_int_equal(newest(sim, DEPARTMENT, false)->ended, 0);
		assert_int_equal(newest(sim, DEPARTMENT, false)->begun, at("2026-11-19T08:00"));
		assert_int_equal(newest(sim, DEPARTMENT, true)->how, i == 0 ? LT_WAIT_REFUSED : LT_WAIT_RECALLED);
	}
	end(sim);
}

/* Given back, by itself or when asked: the leg is its own agency's again, and nobody has won time by it. */
static void test_given_back(void **state)
{
	uint8_t offer[16];
	(void)state;
	struct sim *sim = begin(OPENLY);
	run_to(sim, "2026-11-19T10:00");
	pass(sim, LT_KIND_TRANSFER, DEPARTMENT, OTHER);
	pass(sim, LT_KIND_RETURN, OTHER, DEPARTMENT);
	is(sim, 1, LT_CUSTODY_HELD, DEPARTMENT, "leg-2");
	is_off_route(sim, NULL, 0);
	run_to(sim, "2026-11-19T11:00");
	send(sim, LT_KIND_TRANSFER, DEPARTMENT, OTHER, 0);
	memcpy(offer, sim->last_id, 16);
	simroute_accept(sim, CODE, 1, OTHER);
	simroute_act(sim,
		     ACT(.kind = LT_KIND_RECALL, .dossier = CODE, .sender = DEPARTMENT, .to = OTHER, .reply = offer),
		     0);
	memcpy(offer, sim->last_id, 16);
	says(sim, OTHER, COMMUNE, 0, LT_RECALL_OPEN, "must answer");
	run_to(sim, "2026-11-19T13:30");
	simroute_act(sim,
		     ACT(.kind = LT_KIND_RECALL_ANSWER, .dossier = CODE, .sender = OTHER, .to = DEPARTMENT,
			 .reply = offer, .agree = LT_AGREE_YES),
		     0);
	is(sim, 1, LT_CUSTODY_HELD, DEPARTMENT, "leg-2");
	is_off_route(sim, NULL, 0);
	/* 08:00-11:30 and 13:00-13:30. */
	assert_int_equal(newest(sim, DEPARTMENT, false)->carried, 240);
	assert_int_equal(newest(sim, DEPARTMENT, false)->due_lawful, at("2026-11-23T08:00"));
	end(sim);
}

/* Reminded and escalated as any offer: 8 working hours from Thu 10:00 are Fri 10:00, then Mon 10:00. */
static void test_unanswered(void **state)
{
	(void)state;
	struct sim *sim = begin(OPENLY);
	run_to(sim, "2026-11-19T10:00");
	send(sim, LT_KIND_TRANSFER, DEPARTMENT, OTHER, 0);
	for (int hour = 0; hour < 75; hour++)
		sim_advance(sim, INT64_C(3600) * SIM_SECOND);
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	size_t told = 0;
	for (size_t i = 0; i < view->hop_count; i++)
		told += view->hops[i].kind == LT_KIND_UNDELIVERABLE || view->hops[i].kind == LT_KIND_OVERDUE;
	assert_int_equal(told, 0);
	for (int hour = 0; hour < 25; hour++)
		sim_advance(sim, INT64_C(3600) * SIM_SECOND);
	assert_int_equal(sim_dossier(sim, CODE)->owed[0].what, LT_OWED_ACCEPT);
	assert_string_equal(sim_dossier(sim, CODE)->owed[0].who, sim_codes[OTHER]);
	simroute_accept(sim, CODE, 1, OTHER);
	is(sim, 1, LT_CUSTODY_HELD, OTHER, "leg-2");
	end(sim);
}

/* Each way of a fork for itself; who has not come to its leg yet has nothing to transfer. */
static void test_in_a_fork(void **state)
{
	uint8_t offer[16];
	(void)state;
	struct sim *sim = begin(FORKED);
	simroute_act(sim,
		     ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = DISTRICT, .to_count = 2,
			 .recipients = { { DEPARTMENT, 2 }, { OTHER, 3 } }),
		     0);
	memcpy(offer, sim->last_id, 16);
	simroute_act(sim,
		     ACT(.kind = LT_KIND_REFUSE, .dossier = CODE, .sender = DEPARTMENT, .to = DISTRICT, .branch = 2,
			 .reply = offer),
		     0);
	simroute_act(sim,
		     ACT(.kind = LT_KIND_TRANSFER, .dossier = CODE, .sender = DISTRICT, .to = COMMUNE, .branch = 2),
		     LT_NOT_AT_THIS_LEG);
	simroute_pass(sim,
		      ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = DISTRICT, .to = DEPARTMENT, .branch = 2));
	simroute_accept(sim, CODE, 3, OTHER);
	simroute_pass(sim,
		      ACT(.kind = LT_KIND_TRANSFER, .dossier = CODE, .sender = DEPARTMENT, .to = COMMUNE, .branch = 2));
	is(sim, 2, LT_CUSTODY_HELD, COMMUNE, "leg-2");
	is(sim, 3, LT_CUSTODY_HELD, OTHER, "leg-3");
	simroute_act(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = COMMUNE, .to = MINISTRY, .branch = 2),
		     0);
	is(sim, 2, LT_CUSTODY_CLOSED, COMMUNE, "leg-2");
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = CODE, .sender = OTHER, .to = MINISTRY, .branch = 3));
	is(sim, 3, LT_CUSTODY_HELD, MINISTRY, "leg-4");
	end(sim);
}

/* Who leads and who has received it have part in neither act, and are told; and the room of the leg is shown wherever the leg is. */
static void test_lead_and_origin_are_told(void **state)
{
	(void)state;
	static uint32_t next[][1] = { { 2 }, { 3 } };
	struct sim *sim = sim_new(9);
	struct simclock *clock = simclock_new(sim, true);
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, next[0], 1),
		simroute_leg(2, sim_codes[MINISTRY], LT_LEG_PROCESS, next[1], 1),
		simroute_leg(3, sim_codes[DEPARTMENT], LT_LEG_APPROVE, NULL, 0),
	};
	legs[1].unit = "Phong Quan ly dat dai";
	simroute_define_legs(sim, OPENLY, legs, 3);
	for (int i = DISTRICT; i <= OTHER; i++)
		sim_connect(sim, i);
	simroute_act(
		sim,
		ACT(.kind = LT_KIND_OPEN, .dossier = CODE, .sender = DISTRICT, .to = DISTRICT, .procedure = OPENLY), 0);
	pass(sim, LT_KIND_FORWARD, DISTRICT, MINISTRY);
	assert_string_equal(simroute_branch(sim, CODE, 1)->unit, "Phong Quan ly dat dai");
	send(sim, LT_KIND_TRANSFER, MINISTRY, OTHER, 0);
	simclock_run(clock, SIMCLOCK_MINUTE, SIMCLOCK_MINUTE);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_REROUTED), 0); /* it may still be refused */
	simroute_accept(sim, CODE, 1, OTHER);
	simclock_run(clock, SIMCLOCK_MINUTE, SIMCLOCK_MINUTE);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_REROUTED), 1);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_REROUTED), 1);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_REROUTED), 0);
	assert_int_equal(simclock_count(sim, OTHER, LT_KIND_REROUTED), 0);
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_string_equal(view->stays[0].unit, ""); /* leg 1 */
	assert_string_equal(view->stays[2].unit, "Phong Quan ly dat dai");
	simroute_rebuild(sim);
	simclock_free(clock);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_lead_and_origin_are_told), cmocka_unit_test(test_the_clock_goes_on),
	  cmocka_unit_test(test_lateness_stays), cmocka_unit_test(test_a_stop_in_between),
	  cmocka_unit_test(test_the_route_goes_on), cmocka_unit_test(test_who_may_take_it),
	  cmocka_unit_test(test_refused_and_recalled), cmocka_unit_test(test_given_back),
	  cmocka_unit_test(test_unanswered), cmocka_unit_test(test_in_a_fork))
