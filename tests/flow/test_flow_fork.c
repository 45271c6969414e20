/* Forks and joins: parallel branches, each with a holder of its own, under one lead. */
#include "test.h"

#include "flow_kinds.h"

/* Branch 1 is closed; 2 is offered to MINISTRY for leg 3, 3 to OTHER for leg 4. */
static struct sim_act both(void)
{
	return ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to_count = 2,
		   .recipients = { { MINISTRY, 3 }, { OTHER, 4 } });
}

static void fork_it(struct sim *sim, bool accepted)
{
	bring_to(sim, 4);
	act(sim, both(), 0);
	if (!accepted)
		return;
	simroute_accept(sim, code, 2, MINISTRY);
	simroute_accept(sim, code, 3, OTHER);
}

static void test_fork(void **state)
{
	struct sim *sim = simroute_new(1);
	(void)state;
	bring_to(sim, 2);
	struct sim_act fork = both();
	fork.sender = COMMUNE;
	act(sim, fork, LT_RECIPIENTS_INVALID); /* leg 1 goes on to one */
	bring_to(sim, 4);
	fork = both();
	fork.recipients[1].agency = DISTRICT;
	assert_non_null(strstr(act(sim, fork, LT_RECIPIENTS_INVALID)->detail, sim_codes[OTHER]));
	fork.recipients[1].leg = 5;
	act(sim, fork, LT_RECIPIENTS_INVALID);
	const struct sim_answer *answer = act(sim, both(), 0);
	assert_int_equal(answer->branch, 2);
	assert_int_equal(answer->branch_version, 2);
	simroute_is(sim, code, 1, 4, LT_CUSTODY_CLOSED, DEPARTMENT);
	simroute_is(sim, code, 2, 4, LT_CUSTODY_OFFERED, DEPARTMENT);
	simroute_is(sim, code, 3, 4, LT_CUSTODY_OFFERED, DEPARTMENT);
	assert_int_equal(sim_last_item(sim, MINISTRY)->branch, 2); /* each is told its own branch */
	assert_int_equal(sim_last_item(sim, OTHER)->branch, 3);
	assert_int_equal(sim_last_item(sim, OTHER)->branch_version, 2);
	simroute_accept(sim, code, 3, OTHER);
	simroute_is(sim, code, 3, 4, LT_CUSTODY_HELD, OTHER);
	simroute_is(sim, code, 2, 4, LT_CUSTODY_OFFERED, DEPARTMENT);
	assert_string_equal(sim_dossier(sim, code)->lead, sim_codes[DEPARTMENT]);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* A refused branch is the forking agency's again, and goes only where the fork sends it. */
static void test_refused_branch(void **state)
{
	struct sim *sim = simroute_new(2);
	uint8_t offer[16];
	(void)state;
	fork_it(sim, false);
	memcpy(offer, simroute_branch(sim, code, 2)->offer_id.data, 16);
	act(sim, ACT(.kind = LT_KIND_REFUSE, .sender = OTHER, .to = DEPARTMENT, .branch = 2, .reply = offer),
	    LT_NOT_OFFERED);
	act(sim, ACT(.kind = LT_KIND_REFUSE, .sender = MINISTRY, .to = DEPARTMENT, .branch = 2, .reply = offer), 0);
	simroute_is(sim, code, 2, 4, LT_CUSTODY_HELD, DEPARTMENT);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = OTHER, .branch = 2, .route_leg = 4),
	    LT_RECIPIENTS_INVALID);
	struct sim_act fork = both();
	fork.branch = 2;
	act(sim, fork, LT_RECIPIENTS_INVALID);
	struct sim_act again =
		ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .branch = 2, .route_leg = 3);
	act(sim, again, 0);
	memcpy(offer, sim->last_id, 16);
	act(sim, ACT(.kind = LT_KIND_RECALL, .sender = DEPARTMENT, .to = MINISTRY, .branch = 2, .reply = offer), 0);
	act(sim, again, 0);
	memcpy(offer, sim->last_id, 16);
	simroute_accept(sim, code, 2, MINISTRY);
	assert_string_equal(simroute_branch(sim, code, 2)->leg, "leg-3");
	/* Asked back and given back, it is a branch again. */
	act(sim, ACT(.kind = LT_KIND_RECALL, .sender = DEPARTMENT, .to = MINISTRY, .branch = 2, .reply = offer), 0);
	memcpy(offer, sim->last_id, 16);
	act(sim, ACT(.kind = LT_KIND_RECALL_ANSWER, .sender = MINISTRY, .to = DEPARTMENT, .branch = 2, .reply = offer),
	    0);
	simroute_is(sim, code, 2, 4, LT_CUSTODY_HELD, DEPARTMENT);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = OTHER, .branch = 2, .route_leg = 4),
	    LT_RECIPIENTS_INVALID);
	act(sim, again, 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

#define TWICE \
	"1.000011" /* 1 receive -> fork { 2 MINISTRY ; 3 MINISTRY ; 4 COMMUNE itself } -> 5 return, the commune's */

static void define_twice(struct sim *sim)
{
	static uint32_t fork[] = { 2, 3, 4 }, join = 5;
	static const char *makes[] = { "KQ" };
	struct lt_route_leg legs[] = {
		simroute_leg(1, "origin", LT_LEG_RECEIVE, fork, 3),
		simroute_leg(2, sim_codes[MINISTRY], LT_LEG_PROCESS, &join, 1),
		simroute_leg(3, sim_codes[MINISTRY], LT_LEG_PROCESS, &join, 1),
		simroute_leg(4, "origin", LT_LEG_PROCESS, &join, 1),
		simroute_leg(5, "origin", LT_LEG_RETURN, NULL, 0),
	};
	legs[4].makes = makes;
	legs[4].make_count = 1;
	struct lt_procedure procedure = { .code = TWICE, .version = 1, .name = "n", .name_en = "n", .lead = "origin" };
	procedure.sector = procedure.source = "";
	procedure.leg_count = 5;
	procedure.legs = legs;
	procedure.total = (struct lt_limit){ LT_LIMIT_WORKING_DAYS, 40 };
	simroute_define_procedure(sim, &procedure);
}

/* One agency has two legs of a fork: an item and a branch for each, and each is answered by itself. */
static void test_twice_at_one(void **state)
{
	struct sim *sim = simroute_new(8);
	uint8_t offer[16];
	(void)state;
	define_twice(sim);
	snprintf(code, sizeof(code), "H37.02.01-20261118-%07u", ++next_code);
	act(sim, ACT(.kind = LT_KIND_OPEN, .procedure = TWICE, .sender = COMMUNE, .to = COMMUNE), 0);
	struct sim_act fork = ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to_count = 3, .part_bytes = 50,
				  .recipients = { { MINISTRY, 2 }, { MINISTRY, 3 }, { COMMUNE, 4 } });
	act(sim, fork, 0);
	memcpy(offer, sim->last_id, 16);
	const struct sim_agency *ministry = &sim->agencies[MINISTRY];
	assert_int_equal(ministry->delivered, 2);
	assert_int_equal(ministry->inbox[0].branch, 2);
	assert_int_equal(ministry->inbox[0].recipient, 1);
	assert_int_equal(ministry->inbox[1].branch, 3);
	assert_int_equal(ministry->inbox[1].recipient, 2);
	assert_memory_equal(ministry->inbox[0].id, ministry->inbox[1].id, 16);
	simroute_accept(sim, code, 3, MINISTRY);
	act(sim, ACT(.kind = LT_KIND_REFUSE, .sender = MINISTRY, .to = COMMUNE, .branch = 2, .reply = offer), 0);
	simroute_is(sim, code, 2, 4, LT_CUSTODY_HELD, COMMUNE);
	simroute_is(sim, code, 3, 4, LT_CUSTODY_HELD, MINISTRY);
	simroute_is(sim, code, 4, 4, LT_CUSTODY_HELD, COMMUNE);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = MINISTRY, .branch = 2, .route_leg = 2), 0);
	simroute_accept(sim, code, 2, MINISTRY);
	for (uint32_t branch = 2; branch <= 4; branch++)
		act(sim,
		    ACT(.kind = LT_KIND_FORWARD, .sender = branch < 4 ? MINISTRY : COMMUNE, .to = COMMUNE,
			.branch = branch, .route_leg = 5),
		    0);
	act(sim, ACT(.kind = LT_KIND_RESULT, .sender = COMMUNE, .to = COMMUNE, .branch = 4), 0);
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = COMMUNE, .to = MINISTRY, .branch = 4), 0);
	assert_int_equal(status_of(sim), 10);
	simroute_rebuild(sim);
	sim_free(sim);
}

static struct sim_act to_join(enum lt_kind kind, uint32_t branch)
{
	return ACT(.kind = kind, .branch = branch, .sender = branch == 2 ? MINISTRY : OTHER, .to = DEPARTMENT,
		   .route_leg = 5);
}

static void test_join_all(void **state)
{
	struct sim *sim = simroute_new(3);
	(void)state;
	fork_it(sim, true);
	act(sim, ACT(.kind = LT_KIND_RESULT, .sender = MINISTRY, .to = MINISTRY, .branch = 2), LT_NOT_AT_THIS_LEG);
	act(sim, to_join(LT_KIND_FORWARD, 2), 0); /* waits */
	simroute_is(sim, code, 2, 4, LT_CUSTODY_CLOSED, MINISTRY);
	assert_int_equal(sim_last_item(sim, DEPARTMENT)->kind, LT_KIND_FORWARD); /* its papers are there already */
	act(sim, to_join(LT_KIND_FORWARD, 2), LT_BRANCH_CLOSED);
	uint8_t waits[16];
	memcpy(waits, sim_last_item(sim, DEPARTMENT)->id, 16);
	act(sim, ACT(.kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = MINISTRY, .branch = 2, .reply = waits),
	    LT_REPLY_UNKNOWN);
	act(sim, ACT(.kind = LT_KIND_STOP, .sender = MINISTRY, .to = COMMUNE, .branch = 2), LT_NOT_HOLDER); /* it was */
	act(sim, to_join(LT_KIND_FORWARD, 3), 0); /* the last one goes on for both */
	simroute_is(sim, code, 3, 4, LT_CUSTODY_OFFERED, OTHER);
	simroute_accept(sim, code, 3, DEPARTMENT);
	assert_string_equal(simroute_branch(sim, code, 3)->leg, "leg-5");
	act(sim, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = COMMUNE, .branch = 3, .route_leg = 6), 0);
	simroute_accept(sim, code, 3, COMMUNE);
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = COMMUNE, .to = DEPARTMENT, .branch = 3), 0);
	simroute_is(sim, code, 3, 10, LT_CUSTODY_CLOSED, COMMUNE);
	act(sim, to_join(LT_KIND_FORWARD, 2), LT_DOSSIER_CLOSED);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* A refused result goes back to the leg that made it, behind the join. */
static void test_refused_behind_join(void **state)
{
	struct sim *sim = simroute_new(4);
	uint8_t offer[16];
	(void)state;
	fork_it(sim, true);
	act(sim, to_join(LT_KIND_FORWARD, 3), 0);
	act(sim, to_join(LT_KIND_FORWARD, 2), 0);
	simroute_accept(sim, code, 2, DEPARTMENT);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = COMMUNE, .branch = 2), LT_NOT_AT_THIS_LEG);
	do_keep(sim, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = COMMUNE, .branch = 2), offer);
	simroute_is(sim, code, 2, 9, LT_CUSTODY_OFFERED, DEPARTMENT);
	act(sim, ACT(.kind = LT_KIND_REFUSE, .sender = COMMUNE, .to = DEPARTMENT, .branch = 2, .reply = offer), 0);
	simroute_is(sim, code, 2, 4, LT_CUSTODY_HELD, DEPARTMENT);
	assert_string_equal(simroute_branch(sim, code, 2)->leg, "leg-5");
	simroute_pass(sim,
		      ACT(.kind = LT_KIND_RESULT, .dossier = code, .sender = DEPARTMENT, .to = COMMUNE, .branch = 2));
	simroute_is(sim, code, 2, 9, LT_CUSTODY_HELD, COMMUNE);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* One branch is refused and back at the fork: the other still waits for it. */
static void test_join_waits_for_refused(void **state)
{
	struct sim *sim = simroute_new(5);
	uint8_t offer[16];
	(void)state;
	fork_it(sim, false);
	memcpy(offer, simroute_branch(sim, code, 2)->offer_id.data, 16);
	simroute_accept(sim, code, 3, OTHER);
	act(sim, ACT(.kind = LT_KIND_REFUSE, .sender = MINISTRY, .to = DEPARTMENT, .branch = 2, .reply = offer), 0);
	act(sim, to_join(LT_KIND_FORWARD, 3), 0);
	simroute_is(sim, code, 3, 4, LT_CUSTODY_CLOSED, OTHER);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .branch = 2, .route_leg = 3), 0);
	simroute_accept(sim, code, 2, MINISTRY);
	act(sim, to_join(LT_KIND_FORWARD, 2), 0);
	simroute_is(sim, code, 2, 4, LT_CUSTODY_OFFERED, MINISTRY);
	sim_free(sim);
}

/* Where some may be chosen, the way that was not taken is not waited for. */
static void test_choose_some(void **state)
{
	struct sim *sim = simroute_new(6);
	(void)state;
	snprintf(code, sizeof(code), "%s", ROUTE_CODE);
	act(sim,
	    ACT(.kind = LT_KIND_OPEN, .sender = COMMUNE, .to = DEPARTMENT, .procedure = ROUTE_SOME, .route_leg = 2), 0);
	simroute_accept(sim, code, 1, DEPARTMENT);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = OTHER, .route_leg = 4), 0);
	simroute_accept(sim, code, 1, OTHER);
	act(sim, to_join(LT_KIND_FORWARD, 3), LT_BRANCH_UNKNOWN);
	act(sim, to_join(LT_KIND_FORWARD, 1), 0);
	simroute_is(sim, code, 1, 4, LT_CUSTODY_OFFERED, OTHER);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* A stopped dossier is not handed over by one who has a part of it while another still has one: the lead ends it whole. */
static void test_handed_over_needs_all(void **state)
{
	struct sim *sim = simroute_new(7);
	(void)state;
	fork_it(sim, true);
	act(sim, ACT(.kind = LT_KIND_STOP, .sender = DEPARTMENT, .to = COMMUNE, .branch = 2), 0);
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = MINISTRY, .to = COMMUNE, .branch = 2), LT_BRANCHES_OPEN);
	simroute_is(sim, code, 2, 8, LT_CUSTODY_HELD, MINISTRY);
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = DEPARTMENT, .to = COMMUNE, .branch = 2, .version = 1),
	    LT_STALE_VERSION);
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = DEPARTMENT, .to = COMMUNE, .branch = 2), 0);
	simroute_is(sim, code, 2, 10, LT_CUSTODY_CLOSED, MINISTRY);
	simroute_is(sim, code, 3, 10, LT_CUSTODY_CLOSED, OTHER);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* Papers that are asked for on one branch hold up this one alone; it goes back to leg 1 only where no fork is open. */
static void test_supplement_in_branch(void **state)
{
	struct sim *sim = simroute_new(8);
	(void)state;
	fork_it(sim, true);
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = MINISTRY, .to = COMMUNE, .branch = 2),
		ids.request);
	assert_true(simroute_branch(sim, code, 2)->clock->suspended);
	assert_false(simroute_branch(sim, code, 3)->clock->suspended);
	assert_true(sim_dossier(sim, code)->clock->suspended);
	assert_int_equal(sim_dossier(sim, code)->status, 5);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = MINISTRY, .to = DEPARTMENT, .branch = 2, .route_leg = 5),
	    LT_STATUS_EDGE_ILLEGAL);
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_FEE, .sender = OTHER, .to = COMMUNE, .branch = 3), ids.accepted);
	assert_int_equal(sim_dossier(sim, code)->status, 5); /* papers come before a fee */
	act(sim, ACT(.kind = LT_KIND_FEE_PAID, .sender = COMMUNE, .to = OTHER, .branch = 3, .reply = ids.request),
	    LT_STATUS_EDGE_ILLEGAL);
	const struct sim_answer *answer = act(
		sim,
		ACT(.kind = LT_KIND_SUPPLEMENT, .sender = COMMUNE, .to = MINISTRY, .branch = 3, .reply = ids.request),
		0);
	assert_int_equal(answer->branch, 2); /* the one that asked */
	assert_int_equal(sim_last_item(sim, MINISTRY)->branch, 2);
	simroute_is(sim, code, 2, 6, LT_CUSTODY_HELD, MINISTRY); /* the other branch waits for its fee */
	act(sim, ACT(.kind = LT_KIND_FEE_PAID, .sender = COMMUNE, .to = OTHER, .branch = 2, .reply = ids.accepted), 0);
	simroute_is(sim, code, 2, 4, LT_CUSTODY_HELD, MINISTRY);
	assert_false(simroute_branch(sim, code, 3)->clock->suspended);
	act(sim, to_join(LT_KIND_FORWARD, 3), 0);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_fork), cmocka_unit_test(test_twice_at_one), cmocka_unit_test(test_refused_branch),
	  cmocka_unit_test(test_join_all), cmocka_unit_test(test_refused_behind_join),
	  cmocka_unit_test(test_join_waits_for_refused), cmocka_unit_test(test_choose_some),
	  cmocka_unit_test(test_handed_over_needs_all), cmocka_unit_test(test_supplement_in_branch))
