/* test_flow_giver.c: where RETURN leads, after what came back: never forward, never off the route, and a part of a fork stays that part. */
#include "test.h"

#include <string.h>

#include "simroute.h"

static struct sim *sim;
static uint8_t last[16];

static void act(struct sim_act what, enum lt_reason reason)
{
	simroute_act(sim, what, reason);
	memcpy(last, sim->last_id, 16);
}

static void give_back(int from, int to, uint32_t branch)
{
	act(ACT(.kind = LT_KIND_RETURN, .sender = from, .to = to, .branch = branch), 0);
	simroute_accept(sim, ROUTE_CODE, branch, to);
}

static void at_leg(uint32_t branch, int holder, const char *leg)
{
	const struct lt_branch_view *view = simroute_branch(sim, ROUTE_CODE, branch);
	assert_string_equal(view->holder, sim_codes[holder]);
	assert_string_equal(view->leg, leg);
}

/* COMMUNE has opened it, DEPARTMENT has it at leg 2. */
static void begin(uint64_t seed)
{
	sim = simroute_new(seed);
	act(ACT(.kind = LT_KIND_OPEN, .sender = COMMUNE, .to = COMMUNE, .procedure = ROUTE_ALL), 0);
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2));
}

static void fork(void)
{
	act(ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to_count = 2,
		.recipients = { { MINISTRY, 3 }, { OTHER, 4 } }),
	    0);
	simroute_accept(sim, ROUTE_CODE, 2, MINISTRY);
	simroute_accept(sim, ROUTE_CODE, 3, OTHER);
}

static void end(void)
{
	simroute_rebuild(sim);
	sim_free(sim);
}

static void test_part_of_a_fork(void **state)
{
	(void)state;
	begin(1);
	fork();
	give_back(MINISTRY, DEPARTMENT, 2);
	at_leg(2, DEPARTMENT, "leg-3");
	act(ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .branch = 2, .to = OTHER, .route_leg = 4),
	    LT_RECIPIENTS_INVALID);
	act(ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .branch = 2, .to_count = 2,
		.recipients = { { MINISTRY, 3 }, { OTHER, 4 } }),
	    LT_RECIPIENTS_INVALID);
	simroute_pass(sim,
		      ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .branch = 2, .to = MINISTRY, .route_leg = 3));
	at_leg(2, MINISTRY, "leg-3");
	assert_int_equal(sim_dossier(sim, ROUTE_CODE)->branch_count, 3);
	end();
}

/* Who gave it back gets it again by FORWARD alone; RETURN leads on to who gave it before, at the leg where that one had it. */
static void test_not_forward(void **state)
{
	(void)state;
	begin(2);
	fork();
	give_back(OTHER, DEPARTMENT, 3);
	act(ACT(.kind = LT_KIND_RETURN, .sender = DEPARTMENT, .branch = 3, .to = OTHER), LT_RECIPIENTS_INVALID);
	end();
	begin(3);
	give_back(DEPARTMENT, COMMUNE, 1);
	at_leg(1, COMMUNE, "leg-1");
	act(ACT(.kind = LT_KIND_RETURN, .sender = COMMUNE, .to = DEPARTMENT), LT_RECIPIENTS_INVALID);
	act(ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2), 0);
	end();
}

/* OTHER holds leg 2 in place of DEPARTMENT, which had it from COMMUNE: asked back, it goes on to COMMUNE as before. */
static void test_after_a_recall(void **state)
{
	uint8_t offer[16], recall[16];
	(void)state;
	begin(4);
	act(ACT(.kind = LT_KIND_TRANSFER, .sender = DEPARTMENT, .to = OTHER), 0);
	memcpy(offer, last, 16);
	simroute_accept(sim, ROUTE_CODE, 1, OTHER);
	act(ACT(.kind = LT_KIND_RECALL, .sender = DEPARTMENT, .to = OTHER, .reply = offer), 0);
	memcpy(recall, last, 16);
	act(ACT(.kind = LT_KIND_RECALL_ANSWER, .sender = OTHER, .to = DEPARTMENT, .reply = recall), 0);
	at_leg(1, DEPARTMENT, "leg-2");
	give_back(DEPARTMENT, COMMUNE, 1);
	at_leg(1, COMMUNE, "leg-1");
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2));
	end();
}

/* What was returned is asked back by who returned it: then it is as before. */
static void test_a_return_that_is_recalled(void **state)
{
	uint8_t offer[16], recall[16];
	(void)state;
	begin(5);
	act(ACT(.kind = LT_KIND_RETURN, .sender = DEPARTMENT, .to = COMMUNE), 0);
	memcpy(offer, last, 16);
	simroute_accept(sim, ROUTE_CODE, 1, COMMUNE);
	act(ACT(.kind = LT_KIND_RECALL, .sender = DEPARTMENT, .to = COMMUNE, .reply = offer), 0);
	memcpy(recall, last, 16);
	act(ACT(.kind = LT_KIND_RECALL_ANSWER, .sender = COMMUNE, .to = DEPARTMENT, .reply = recall), 0);
	at_leg(1, DEPARTMENT, "leg-2");
	give_back(DEPARTMENT, COMMUNE, 1);
	at_leg(1, COMMUNE, "leg-1");
	end();
}

TEST_MAIN(cmocka_unit_test(test_part_of_a_fork), cmocka_unit_test(test_not_forward),
	  cmocka_unit_test(test_after_a_recall), cmocka_unit_test(test_a_return_that_is_recalled))
