/* What single kinds do to custody, status, clock and hand-off codes, beyond the table. */
#include "test.h"

#include "flow_kinds.h"
#include "time_fixture.h"

static void test_open(void **state)
{
	struct sim *sim = simroute_new(4);
	struct sim_act open = ACT(.kind = LT_KIND_OPEN, .sender = COMMUNE, .to = COMMUNE, .procedure = ROUTE_PAST);
	(void)state;
	snprintf(code, sizeof(code), "%s", ROUTE_CODE);
	act(sim, open, LT_PROCEDURE_UNKNOWN); /* no longer in force */
	open.procedure = ROUTE_ALL;
	open.procedure_version = 2;
	act(sim, open, LT_PROCEDURE_UNKNOWN);
	open.procedure_version = 1;
	open.field = "xa";
	open.value = "H37.02.01";
	act(sim, open, 0);
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_string_equal(view->lead, sim_codes[DEPARTMENT]);
	assert_int_equal(view->field_count, 1);
	assert_string_equal(view->fields[0].value, "H37.02.01");
	assert_string_equal(view->branches[0].leg, "leg-1");
	assert_string_equal(view->branches[0].leg_name, "leg-1");
	assert_int_equal(view->branches[0].trace, 3);
	assert_int_equal(view->branches[0].next_count, 1);
	assert_string_equal(view->branches[0].next[0].leg, "leg-2");
	assert_string_equal(view->branches[0].next[0].agency, sim_codes[DEPARTMENT]);
	assert_non_null(view->clock);
	assert_true(view->clock->due_first > sim->now);
	sim_free(sim);
}

static void test_route_names_agency(void **state)
{
	struct sim *sim = simroute_new(5);
	(void)state;
	bring_to(sim, 2);
	const struct sim_answer *answer =
		act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = MINISTRY, .route_leg = 2),
		    LT_RECIPIENTS_INVALID);
	assert_non_null(strstr(answer->detail, sim_codes[DEPARTMENT])); /* who was expected */
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = MINISTRY, .route_leg = 3),
	    LT_RECIPIENTS_INVALID);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = MINISTRY, .route_leg = 60), LT_LEG_UNKNOWN);
	simroute_pass(sim, ACT(.kind = LT_KIND_FORWARD, .dossier = code, .sender = COMMUNE, .to = DEPARTMENT));
	assert_string_equal(simroute_branch(sim, code, 1)->leg, "leg-2"); /* not named, but there is one that fits */
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = DEPARTMENT), LT_RECIPIENTS_INVALID);
	sim_free(sim);
}

static bool suspended(struct sim *sim)
{
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_int_equal(view->clock->suspended, view->branches[0].clock->suspended);
	return view->clock->suspended;
}

static void test_supplement(void **state)
{
	struct sim *sim = simroute_new(6);
	struct sim_act request = ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = DEPARTMENT, .to = COMMUNE);
	struct sim_act bring =
		ACT(.kind = LT_KIND_SUPPLEMENT, .sender = COMMUNE, .to = DEPARTMENT, .reply = ids.request);
	(void)state;
	bring_to(sim, 4);
	request.to = MINISTRY;
	act(sim, request, LT_RECIPIENTS_INVALID);
	request.to = COMMUNE;
	request.due_at = sim->now - 1;
	act(sim, request, LT_DUE_INVALID);
	request.due_at = 0;
	int64_t due = sim_dossier(sim, code)->clock->due_lawful;
	do_keep(sim, request, ids.request);
	assert_true(suspended(sim));
	sim_advance(sim, 5 * SIM_DAY);
	bring.reply = ids.stranger;
	act(sim, bring, LT_REPLY_UNKNOWN);
	bring.reply = ids.request;
	bring.to = MINISTRY;
	act(sim, bring, LT_RECIPIENTS_INVALID);
	bring.to = DEPARTMENT;
	act(sim, bring, 0);
	simroute_is(sim, code, 1, 4, LT_CUSTODY_HELD, DEPARTMENT);
	assert_false(suspended(sim));
	assert_true(sim_dossier(sim, code)->clock->due_lawful > due);
	assert_int_equal(sim_dossier(sim, code)->supplements, 1);
	act(sim, request, LT_SUPPLEMENTS_EXHAUSTED);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* Leg 3 restarts at leg 1, with the receiving one-stop: status 2. */
static void test_supplement_restarts(void **state)
{
	struct sim *sim = simroute_new(7);
	(void)state;
	route = ROUTE_SOME; /* one of the two ways alone */
	bring_to(sim, 4);
	route = ROUTE_ALL;
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .route_leg = 3), 0);
	simroute_accept(sim, code, 1, MINISTRY);
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = MINISTRY, .to = COMMUNE), ids.request);
	uint64_t version = simroute_branch(sim, code, 1)->version;
	const struct sim_answer *answer =
		act(sim, ACT(.kind = LT_KIND_SUPPLEMENT, .sender = COMMUNE, .to = MINISTRY, .reply = ids.request), 0);
	assert_int_equal(answer->branch_version, version + 1);
	simroute_is(sim, code, 1, 2, LT_CUSTODY_HELD, COMMUNE);
	assert_string_equal(simroute_branch(sim, code, 1)->leg, "leg-1");
	/* At leg 1 itself there is nowhere to go back to: the status before. */
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = COMMUNE, .to = COMMUNE), ids.request);
	act(sim, ACT(.kind = LT_KIND_SUPPLEMENT, .sender = COMMUNE, .to = COMMUNE, .reply = ids.request), 0);
	simroute_is(sim, code, 1, 2, LT_CUSTODY_HELD, COMMUNE);
	simroute_rebuild(sim);
	sim_free(sim);
}

static void test_fee(void **state)
{
	struct sim *sim = simroute_new(8);
	(void)state;
	bring_to(sim, 6);
	assert_true(suspended(sim)); /* a fee stops the clock at leg 2 */
	act(sim, ACT(.kind = LT_KIND_FEE_PAID, .sender = COMMUNE, .to = DEPARTMENT, .reply = ids.stranger),
	    LT_REPLY_UNKNOWN);
	act(sim, ACT(.kind = LT_KIND_FEE_PAID, .sender = COMMUNE, .to = MINISTRY, .reply = ids.request),
	    LT_RECIPIENTS_INVALID);
	act(sim, ACT(.kind = LT_KIND_FEE_PAID, .sender = COMMUNE, .to = DEPARTMENT, .reply = ids.request), 0);
	assert_false(suspended(sim));
	bring_to(sim, 2);
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_FEE, .sender = COMMUNE, .to = COMMUNE), ids.request);
	assert_false(suspended(sim)); /* but not at leg 1 */
	act(sim, ACT(.kind = LT_KIND_FEE_PAID, .sender = COMMUNE, .to = COMMUNE, .reply = ids.request), 0);
	assert_int_equal(status_of(sim), 2);
	sim_free(sim);
}

static void test_withdrawal(void **state)
{
	static const unsigned before[] = { 2, 4, 5, 6 };
	struct sim *sim = simroute_new(9);
	(void)state;
	for (size_t i = 0; i < 4; i++) { /* not approved: back to where it was */
		bring_to(sim, before[i]);
		act(sim, ACT(.kind = LT_KIND_WITHDRAW, .sender = COMMUNE, .to = OTHER),
		    i == 0 ? 0 : LT_RECIPIENTS_INVALID);
		if (i > 0)
			act(sim, ACT(.kind = LT_KIND_WITHDRAW, .sender = COMMUNE, .to = DEPARTMENT), 0);
		act(sim, ACT(.kind = LT_KIND_RESUME, .sender = DEPARTMENT, .to = COMMUNE), 0);
		assert_int_equal(status_of(sim), before[i]);
		assert_int_equal(suspended(sim), before[i] >= 5);
	}
	act(sim, ACT(.kind = LT_KIND_FEE_PAID, .sender = COMMUNE, .to = DEPARTMENT, .reply = ids.request), 0);
	act(sim, ACT(.kind = LT_KIND_WITHDRAW, .sender = COMMUNE, .to = DEPARTMENT), 0);
	act(sim, ACT(.kind = LT_KIND_STOP, .sender = DEPARTMENT, .to = MINISTRY), LT_RECIPIENTS_INVALID);
	act(sim, ACT(.kind = LT_KIND_STOP, .sender = DEPARTMENT, .to = COMMUNE), 0);
	assert_true(suspended(sim));
	act(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = DEPARTMENT, .to = COMMUNE), 0); /* the papers are back */
	assert_int_equal(status_of(sim), 10);
	route = ROUTE_SOME;
	bring_to(sim, 4); /* it has come to leg 5 */
	route = ROUTE_ALL;
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .route_leg = 3), 0);
	simroute_accept(sim, code, 1, MINISTRY);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = MINISTRY, .to = DEPARTMENT, .route_leg = 5), 0);
	act(sim, ACT(.kind = LT_KIND_WITHDRAW, .sender = COMMUNE, .to = DEPARTMENT), LT_WITHDRAWAL_TOO_LATE);
	sim_free(sim);
}

/* Resuming a stopped dossier is the lead's alone; the supplement that was asked for is off. */
static void test_stop_and_resume(void **state)
{
	struct sim *sim = simroute_new(10);
	(void)state;
	route = ROUTE_SOME;
	bring_to(sim, 4);
	route = ROUTE_ALL;
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .route_leg = 3), 0);
	simroute_accept(sim, code, 1, MINISTRY);
	do_keep(sim, ACT(.kind = LT_KIND_REQUEST_SUPPLEMENT, .sender = MINISTRY, .to = COMMUNE), ids.request);
	act(sim, ACT(.kind = LT_KIND_STOP, .sender = MINISTRY, .to = COMMUNE), 0);
	act(sim, ACT(.kind = LT_KIND_RESUME, .sender = MINISTRY, .to = COMMUNE), LT_NOT_LEAD);
	act(sim, ACT(.kind = LT_KIND_RESUME, .sender = DEPARTMENT, .to = MINISTRY), LT_RECIPIENTS_INVALID);
	act(sim, ACT(.kind = LT_KIND_RESUME, .sender = DEPARTMENT, .to = COMMUNE), 0);
	simroute_is(sim, code, 1, 4, LT_CUSTODY_HELD, MINISTRY);
	assert_false(suspended(sim));
	act(sim, ACT(.kind = LT_KIND_SUPPLEMENT, .sender = COMMUNE, .to = MINISTRY, .reply = ids.request),
	    LT_STATUS_EDGE_ILLEGAL);
	simroute_rebuild(sim);
	sim_free(sim);
}

static void test_recall_accepted(void **state)
{
	struct sim *sim = simroute_new(11);
	uint8_t recall[16];
	struct sim_act ask = ACT(.kind = LT_KIND_RECALL, .sender = COMMUNE, .to = DEPARTMENT, .reply = ids.accepted);
	(void)state;
	bring_to(sim, 4);
	ask.to = MINISTRY;
	act(sim, ask, LT_RECIPIENTS_INVALID);
	ask.to = DEPARTMENT;
	do_keep(sim, ask, recall);
	assert_int_equal(simroute_branch(sim, code, 1)->trace, 13);
	act(sim, ask, LT_RECALL_OPEN);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .route_leg = 3), LT_RECALL_OPEN);
	struct sim_act answer =
		ACT(.kind = LT_KIND_RECALL_ANSWER, .sender = DEPARTMENT, .to = COMMUNE, .reply = recall);
	answer.version = 1;
	act(sim, answer, LT_STALE_VERSION);
	answer.version = 0;
	answer.sender = MINISTRY;
	act(sim, answer, LT_DOSSIER_UNKNOWN);
	answer.sender = DEPARTMENT;
	answer.to = MINISTRY;
	act(sim, answer, LT_RECIPIENTS_INVALID);
	answer.to = COMMUNE;
	answer.agree = LT_AGREE_NO;
	act(sim, answer, 0);
	assert_int_equal(simroute_branch(sim, code, 1)->trace, 16);
	simroute_is(sim, code, 1, 4, LT_CUSTODY_HELD, DEPARTMENT);
	act(sim, ACT(.kind = LT_KIND_STATUS, .sender = DEPARTMENT, .to = COMMUNE, .trace = 4),
	    0); /* its work went on at 03 */
	do_keep(sim, ask, recall);
	answer.agree = LT_AGREE_YES;
	uint64_t version = simroute_branch(sim, code, 1)->version;
	assert_int_equal(act(sim, answer, 0)->branch_version, version + 1);
	simroute_is(sim, code, 1, 4, LT_CUSTODY_HELD, COMMUNE);
	assert_int_equal(simroute_branch(sim, code, 1)->trace, 15);
	assert_string_equal(simroute_branch(sim, code, 1)->leg, "leg-1");
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = COMMUNE, .to = DEPARTMENT, .route_leg = 2), 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* The lead takes an unissued result back; its clocks run again and due times stay. */
static void test_recall_result(void **state)
{
	struct sim *sim = simroute_new(12);
	(void)state;
	bring_to(sim, 9);
	int64_t due = sim_dossier(sim, code)->clock->due_lawful;
	sim_advance(sim, SIM_DAY);
	act(sim, ACT(.kind = LT_KIND_RECALL, .sender = DEPARTMENT, .to = COMMUNE, .reply = ids.result), 0);
	simroute_is(sim, code, 1, 4, LT_CUSTODY_HELD, DEPARTMENT);
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_int_equal(view->clock->due_lawful, due);
	assert_int_equal(view->clock->verdict, 4);                        /* it runs */
	assert_string_equal(simroute_branch(sim, code, 1)->leg, "leg-2"); /* at the leg that made it */
	do_keep(sim, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = DEPARTMENT),
		ids.result); /* it stays there */
	simroute_is(sim, code, 1, 9, LT_CUSTODY_HELD, DEPARTMENT);
	act(sim, ACT(.kind = LT_KIND_RECALL, .sender = DEPARTMENT, .to = COMMUNE, .reply = ids.result), 0);
	assert_int_equal(status_of(sim), 4);
	simroute_rebuild(sim);
	sim_free(sim);
}

static void test_refused_result(void **state)
{
	struct sim *sim = simroute_new(13);
	(void)state;
	route = ROUTE_SHORT;
	bring_to(sim, 4);
	route = ROUTE_ALL;
	act(sim, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = DEPARTMENT, .reason = "khong du dieu kien"),
	    0);
	assert_string_equal(sim_dossier(sim, code)->outcome, "refused");
	bring_to(sim, 9);
	assert_string_equal(sim_dossier(sim, code)->outcome, "");
	sim_free(sim);
}

static void test_trace(void **state)
{
	struct sim *sim = simroute_new(14);
	struct sim_act status = ACT(.kind = LT_KIND_STATUS, .sender = DEPARTMENT, .to = COMMUNE);
	(void)state;
	route = ROUTE_SOME;
	bring_to(sim, 4);
	route = ROUTE_ALL;
	assert_int_equal(simroute_branch(sim, code, 1)->trace, 3);
	for (status.trace = 4; status.trace <= 6; status.trace++) {
		for (uint32_t wrong = 4; wrong <= 6; wrong++) {
			struct sim_act other = status;
			other.trace = wrong;
			if (wrong != status.trace)
				act(sim, other, LT_TRACE_ORDER);
		}
		act(sim, status, 0);
		assert_int_equal(simroute_branch(sim, code, 1)->trace, status.trace);
	}
	status.trace = 6;
	act(sim, status, LT_TRACE_ORDER);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .route_leg = 3), 0);
	uint8_t offer[16];
	memcpy(offer, sim->last_id, 16);
	act(sim, ACT(.kind = LT_KIND_REFUSE, .sender = MINISTRY, .to = DEPARTMENT, .reply = offer), 0);
	assert_int_equal(simroute_branch(sim, code, 1)->trace, 2);
	sim_free(sim);
}

static void test_apology(void **state)
{
	struct sim *sim = simroute_new(15);
	struct sim_act sorry = ACT(.kind = LT_KIND_APOLOGY, .sender = DEPARTMENT, .to = MINISTRY);
	(void)state;
	bring_to(sim, 4);
	sorry.due_at = at("2027-01-06T10:00");
	act(sim, sorry, LT_RECIPIENTS_INVALID);
	sorry.to = COMMUNE;
	int64_t original = simroute_branch(sim, code, 1)->clock->due_first;
	act(sim, sorry, 0);
	const struct lt_clock_view *clock = simroute_branch(sim, code, 1)->clock;
	assert_int_equal(clock->due_first, original);
	assert_int_equal(clock->appointment, sorry.due_at);
	assert_int_equal(clock->due_lawful, original); /* the law is not put off */
	assert_true(clock->apologised);
	assert_int_equal(sim_last_item(sim, COMMUNE)->kind, LT_KIND_APOLOGY);
	sorry.due_at += SIM_DAY;
	act(sim, sorry, 0); /* a correction */
	act(sim, sorry, LT_STATUS_EDGE_ILLEGAL);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_open), cmocka_unit_test(test_route_names_agency), cmocka_unit_test(test_supplement),
	  cmocka_unit_test(test_supplement_restarts), cmocka_unit_test(test_fee), cmocka_unit_test(test_withdrawal),
	  cmocka_unit_test(test_stop_and_resume), cmocka_unit_test(test_recall_accepted),
	  cmocka_unit_test(test_recall_result), cmocka_unit_test(test_refused_result), cmocka_unit_test(test_trace),
	  cmocka_unit_test(test_apology))
