/* The way of a dossier, and every refusal of the table in docs/dossier.md. */
#include "test.h"

#include <string.h>

#include "sim.h"

#define CODE "H37.02-20261118-0000001"

static const struct sim_answer *act(struct sim *sim, struct sim_act what)
{
	if (!what.dossier)
		what.dossier = CODE;
	return sim_do(sim, &what);
}

static void expect(struct sim *sim, struct sim_act what, enum lt_reason reason)
{
	const struct sim_answer *answer = act(sim, what);
	if (answer->reason != reason)
		fail_msg("%s: got %s (%s), wanted %s", lt_kind_name(what.kind),
			 answer->reason ? lt_reason_name(answer->reason) : "admitted", answer->detail,
			 reason ? lt_reason_name(reason) : "admitted");
	assert_true(answer->sequence > 0);
}

static void state_is(struct sim *sim, uint32_t status, enum lt_custody custody, int holder, uint64_t version)
{
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_non_null(view);
	assert_int_equal(view->status, status);
	assert_int_equal(view->branches[0].custody, custody);
	assert_string_equal(view->branches[0].holder, sim_codes[holder]);
	assert_int_equal(view->branches[0].version, version);
}

static struct sim *connected(void)
{
	struct sim *sim = sim_new(1);
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
	return sim;
}

/* One hand-off: offered by `from`, accepted by `to`. Returns the version after it. */
static uint64_t hand_off(struct sim *sim, enum lt_kind kind, int from, int to, uint64_t version)
{
	expect(sim, ACT(.kind = kind, .sender = from, .to = to, .version = version, .part_bytes = 50), 0);
	const struct sim_item *item = sim_last_item(sim, to);
	assert_int_equal(item->kind, kind);
	assert_int_equal(item->branch_version, version + 1);
	expect(sim, ACT(.kind = LT_KIND_ACCEPT, .sender = to, .to = from, .version = version + 1, .reply = item->id),
	       0);
	assert_int_equal(sim_last_item(sim, from)->kind, LT_KIND_ACCEPT);
	return version + 2;
}

static void test_there_and_back(void **state)
{
	struct sim *sim = connected();
	(void)state;
	expect(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .route_leg = 1), 0);
	state_is(sim, 2, LT_CUSTODY_HELD, DISTRICT, 1);
	uint64_t version = hand_off(sim, LT_KIND_FORWARD, DISTRICT, DEPARTMENT, 1);
	state_is(sim, 4, LT_CUSTODY_HELD, DEPARTMENT, 3);
	assert_string_equal(sim_dossier(sim, CODE)->lead, sim_codes[DEPARTMENT]);
	version = hand_off(sim, LT_KIND_FORWARD, DEPARTMENT, MINISTRY, version);
	version = hand_off(sim, LT_KIND_RETURN, MINISTRY, DEPARTMENT, version);
	version = hand_off(sim, LT_KIND_RESULT, DEPARTMENT, DISTRICT, version);
	state_is(sim, 9, LT_CUSTODY_HELD, DISTRICT, 9);
	expect(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = DISTRICT, .to = DEPARTMENT, .version = version), 0);
	state_is(sim, 10, LT_CUSTODY_CLOSED, DISTRICT, 10);
	expect(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .version = 10),
	       LT_DOSSIER_CLOSED);
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_int_equal(view->hop_count, 11);
	assert_int_equal(view->hops_total, 11);
	assert_int_equal(view->hops[0].kind, LT_KIND_OPEN);
	assert_int_equal(view->hops[10].outcome, LT_DOSSIER_CLOSED);
	for (size_t i = 1; i < view->hop_count; i++)
		assert_true(view->hops[i].sequence > view->hops[i - 1].sequence);
	sim_free(sim);
}

static void test_open(void **state)
{
	struct sim *sim = connected();
	(void)state;
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT };
	open.procedure_version = 9;
	expect(sim, open, LT_PROCEDURE_UNKNOWN);
	open.procedure_version = 1;
	open.to_code = "H99.99";
	expect(sim, open, LT_RECIPIENT_UNKNOWN);
	open.to_code = NULL;
	assert_null(sim_dossier(sim, CODE));
	expect(sim, open, 0);
	state_is(sim, 2, LT_CUSTODY_OFFERED, DISTRICT, 2);
	expect(sim, open, LT_DOSSIER_EXISTS);
	const struct sim_item *item = sim_last_item(sim, DEPARTMENT);
	expect(sim, ACT(.kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = DISTRICT, .version = 2, .reply = item->id),
	       0);
	state_is(sim, 4, LT_CUSTODY_HELD, DEPARTMENT, 3);
	sim_free(sim);
}

static void test_holder_rules(void **state)
{
	struct sim *sim = connected();
	(void)state;
	struct sim_act forward = { .kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .version = 1 };
	expect(sim, forward, LT_DOSSIER_UNKNOWN);
	expect(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT), 0);
	forward.branch = 2;
	expect(sim, forward, LT_BRANCH_UNKNOWN);
	forward.branch = 1;
	forward.version = 2;
	expect(sim, forward, LT_STALE_VERSION);
	forward.version = 1;
	forward.sender = OTHER;
	expect(sim, forward, LT_DOSSIER_UNKNOWN);
	forward.sender = forward.to = DISTRICT;
	forward.route_leg = 1; /* where it is */
	expect(sim, forward, LT_RECIPIENTS_INVALID);
	forward.route_leg = 0;
	expect(sim, ACT(.kind = LT_KIND_RETURN, .sender = DISTRICT, .to = OTHER, .version = 1), LT_RECIPIENTS_INVALID);
	expect(sim, ACT(.kind = LT_KIND_RESULT, .sender = DISTRICT, .to = DISTRICT, .version = 1), LT_NOT_AT_THIS_LEG);
	expect(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = DISTRICT, .to = DISTRICT, .version = 1),
	       LT_STATUS_EDGE_ILLEGAL);
	state_is(sim, 2, LT_CUSTODY_HELD, DISTRICT, 1);
	forward.to = DEPARTMENT;
	expect(sim, forward, 0);
	forward.version = 2;
	expect(sim, forward, LT_OFFER_OPEN);
	expect(sim, ACT(.kind = LT_KIND_RESULT, .sender = DISTRICT, .to = OTHER, .version = 2), LT_OFFER_OPEN);
	const char *detail = act(sim, forward)->detail;
	assert_non_null(strstr(detail, sim_codes[DISTRICT]));
	assert_non_null(strstr(detail, "RECALL"));
	sim_free(sim);
}

static void test_answer_rules(void **state)
{
	struct sim *sim = connected();
	(void)state;
	uint8_t offer[16], other[16];
	expect(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT), 0);
	memcpy(other, sim->last_id, 16);
	struct sim_act accept = {
		.kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = DISTRICT, .version = 1, .reply = other
	};
	expect(sim, accept, LT_DOSSIER_UNKNOWN); /* it has no part in it yet */
	expect(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .version = 1), 0);
	memcpy(offer, sim->last_id, 16);
	expect(sim, accept, LT_STALE_VERSION);
	accept.version = 2;
	expect(sim, accept, LT_REPLY_UNKNOWN);
	accept.reply = offer;
	accept.sender = OTHER;
	expect(sim, accept, LT_DOSSIER_UNKNOWN);
	accept.sender = DEPARTMENT;
	accept.to = OTHER;
	expect(sim, accept, LT_RECIPIENTS_INVALID);
	struct sim_act refuse = accept;
	refuse.kind = LT_KIND_REFUSE;
	expect(sim, refuse, LT_RECIPIENTS_INVALID);
	refuse.to = DISTRICT;
	refuse.version = 1;
	expect(sim, refuse, LT_STALE_VERSION);
	refuse.version = 2;
	refuse.sender = OTHER;
	expect(sim, refuse, LT_DOSSIER_UNKNOWN);
	refuse.reply = other;
	expect(sim, refuse, LT_DOSSIER_UNKNOWN);
	refuse.sender = DEPARTMENT; /* a notice: custody stays */
	expect(sim, refuse, 0);
	state_is(sim, 4, LT_CUSTODY_OFFERED, DISTRICT, 2);
	refuse.reply = offer;
	expect(sim, refuse, 0);
	state_is(sim, 4, LT_CUSTODY_HELD, DISTRICT, 3);
	assert_int_equal(sim_last_item(sim, DISTRICT)->kind, LT_KIND_REFUSE);
	sim_free(sim);
}

static void test_recall(void **state)
{
	struct sim *sim = connected();
	(void)state;
	uint8_t offer[16];
	expect(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT), 0);
	memcpy(offer, sim->last_id, 16);
	struct sim_act recall = {
		.kind = LT_KIND_RECALL, .sender = OTHER, .to = DEPARTMENT, .version = 2, .reply = offer
	};
	expect(sim, recall, LT_DOSSIER_UNKNOWN);
	recall.sender = DISTRICT;
	recall.version = 1;
	expect(sim, recall, LT_STALE_VERSION);
	recall.version = 2;
	recall.to = OTHER;
	expect(sim, recall, LT_RECIPIENTS_INVALID);
	recall.to = DEPARTMENT;
	expect(sim, recall, 0);
	state_is(sim, 2, LT_CUSTODY_HELD, DISTRICT, 3);
	assert_int_equal(sim_last_item(sim, DEPARTMENT)->kind, LT_KIND_RECALL);
	recall.version = 3;
	expect(sim, recall, LT_REPLY_UNKNOWN);
	sim_free(sim);
}

static void test_result_again(void **state)
{
	struct sim *sim = connected();
	(void)state;
	expect(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT), 0);
	uint64_t version = hand_off(sim, LT_KIND_FORWARD, DISTRICT, DEPARTMENT, 1);
	expect(sim, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = DISTRICT, .version = version), 0);
	state_is(sim, 9, LT_CUSTODY_OFFERED, DEPARTMENT, 4);
	const struct sim_item *item = sim_last_item(sim, DISTRICT);
	expect(sim, ACT(.kind = LT_KIND_REFUSE, .sender = DISTRICT, .to = DEPARTMENT, .version = 4, .reply = item->id),
	       0);
	state_is(sim, 4, LT_CUSTODY_HELD, DEPARTMENT, 5); /* back at the leg that made it */
	expect(sim, ACT(.kind = LT_KIND_RESULT, .sender = DEPARTMENT, .to = DEPARTMENT, .version = 5), 0);
	state_is(sim, 9, LT_CUSTODY_HELD, DEPARTMENT, 6); /* made, and kept there */
	expect(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = OTHER, .version = 6),
	       LT_STATUS_EDGE_ILLEGAL);
	expect(sim, ACT(.kind = LT_KIND_HANDED_OVER, .sender = DEPARTMENT, .to = OTHER, .version = 6),
	       LT_NOT_AT_THIS_LEG);
	version = hand_off(sim, LT_KIND_RESULT, DEPARTMENT, DISTRICT, 6);
	expect(sim, ACT(.kind = LT_KIND_RESULT, .sender = DISTRICT, .to = DISTRICT, .version = version),
	       LT_NOT_AT_THIS_LEG); /* the end */
	state_is(sim, 9, LT_CUSTODY_HELD, DISTRICT, version);
	sim_free(sim);
}

static void test_suspended_and_query(void **state)
{
	struct sim *sim = connected();
	(void)state;
	uint64_t published = sim->published;
	assert_int_equal(sim_admin(sim, LT_ADMIN_SUSPEND, "H99")->reason, LT_AGENCY_UNKNOWN);
	assert_int_equal(sim_admin(sim, LT_ADMIN_SUSPEND, sim_codes[OTHER])->reason, 0);
	assert_int_equal(sim->published, published + 1);
	assert_true(rulebook_suspended(sim->rulebook, sim_codes[OTHER]));
	assert_int_equal(sim_admin(sim, LT_ADMIN_SUSPEND, sim_codes[OTHER])->reason, LT_ALREADY_SO);
	expect(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = OTHER), LT_RECIPIENT_SUSPENDED);
	assert_int_equal(sim_admin(sim, LT_ADMIN_RESUME, sim_codes[OTHER])->reason, 0);
	expect(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = OTHER), 0);
	assert_int_equal(sim_query(sim, DISTRICT, CODE, 0)->reason, 0);
	assert_int_equal(sim->query.dossier->hop_count, 1);
	assert_int_equal(sim_query(sim, MINISTRY, CODE, 0)->reason, LT_DOSSIER_UNKNOWN);
	assert_int_equal(sim_query(sim, OTHER, "H37.02-20261118-0000009", 0)->reason, LT_DOSSIER_UNKNOWN);
	assert_int_equal(sim_query(sim, OTHER, CODE, 1000000)->reason, LT_NOT_YET);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_open), cmocka_unit_test(test_holder_rules),
	  cmocka_unit_test(test_answer_rules), cmocka_unit_test(test_recall), cmocka_unit_test(test_result_again),
	  cmocka_unit_test(test_suspended_and_query))
