/* Who may: codes of others, strangers who learn and leave nothing, one budget of refusals, a history that nobody can push out. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "queue/limits.h"
#include "state/dossier.h"
#include "sim.h"
#include "wire/kind.h"

#define CODE "H37.02-20261118-0000001"
#define NOWHERE "H37.02-20261118-0000009"

static struct sim *connected(void)
{
	struct sim *sim = sim_new(1);
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
	return sim;
}

static enum lt_reason act(struct sim *sim, struct sim_act what)
{
	what.dossier = what.dossier ? what.dossier : CODE;
	return sim_do(sim, &what)->reason;
}

static void test_code_of_another(void **state)
{
	struct sim *sim = connected();
	(void)state;
	struct sim_act stolen = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .dossier = "H38.14-20261118-0000001"
	};
	assert_int_equal(act(sim, stolen), LT_CODE_NOT_OWNED);
	stolen.sender = stolen.to = OTHER;
	assert_int_equal(act(sim, stolen), 0);
	stolen.sender = stolen.to = DISTRICT; /* that there is one now changes nothing */
	assert_int_equal(act(sim, stolen), LT_CODE_NOT_OWNED);
	assert_int_equal(sim_dossier(sim, stolen.dossier)->hops_total, 1);
	stolen.dossier = "H37.02-20271118-0000001";
	assert_int_equal(act(sim, stolen), LT_CODE_DATE_WRONG);
	sim_rebuild(sim);
	sim_free(sim);
}

/* Every kind of act and the question, of a dossier that is there and of one that is not: the same words but for the code. */
static void test_stranger_learns_nothing(void **state)
{
	struct sim *sim = connected();
	(void)state;
	uint8_t offer[16];
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT)), 0);
	memcpy(offer, sim->last_id, 16);
	for (int number = LT_KIND_FORWARD; number < 64; number++) {
		const struct kind *kind = kind_find(number);
		if (!kind)
			continue;
		for (uint64_t version = 1; version <= 3; version++) {
			struct sim_act what = { .kind = (enum lt_kind)number,
						.sender = MINISTRY,
						.to = DISTRICT,
						.version = version,
						.dossier = CODE };
			what.reply = kind->in_reply_to != KIND_ABSENT ? offer : NULL;
			what.trace = kind->trace != KIND_ABSENT ? 4 : 0;
			struct sim_answer there = *sim_do(sim, &what);
			what.dossier = NOWHERE;
			struct sim_answer not_there = *sim_do(sim, &what);
			assert_int_equal(there.reason, LT_DOSSIER_UNKNOWN);
			assert_int_equal(not_there.reason, LT_DOSSIER_UNKNOWN);
			assert_string_equal(there.detail, CODE);
			assert_string_equal(not_there.detail, NOWHERE);
			assert_int_equal(there.branch, 0);
			assert_int_equal(there.branch_version, 0);
		}
	}
	assert_int_equal(sim_query(sim, MINISTRY, CODE, 0)->reason, LT_DOSSIER_UNKNOWN);
	assert_string_equal(sim->query.said.detail, CODE);
	assert_int_equal(sim_query(sim, MINISTRY, NOWHERE, 0)->reason, LT_DOSSIER_UNKNOWN);
	assert_string_equal(sim->query.said.detail, NOWHERE);
	const struct lt_dossier_view *view = sim_dossier(sim, CODE); /* and it has left nothing */
	assert_int_equal(view->hops_total, 1);
	assert_int_equal(view->hop_count, 1);
	assert_int_equal(view->branches[0].version, 2);
	sim_rebuild(sim);
	sim_free(sim);
}

/* Who may use the code hears that it is taken; by whom, the parties alone. */
static void test_taken_code(void **state)
{
	struct sim *sim = connected();
	(void)state;
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT)), 0);
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = OTHER, .to = OTHER)), LT_DOSSIER_EXISTS);
	assert_string_equal(sim_answer_to(sim, sim->last_id)->detail, CODE);
	assert_int_equal(sim_dossier(sim, CODE)->hops_total, 1);
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT)), LT_DOSSIER_EXISTS);
	assert_non_null(strstr(sim_answer_to(sim, sim->last_id)->detail, "opened by H37.02"));
	assert_int_equal(sim_dossier(sim, CODE)->hops_total, 2);
	sim_free(sim);
}

/* A party's refused acts are shown, and hide nothing of what took effect. */
static void test_refused_acts_hide_nothing(void **state)
{
	struct sim *sim = connected();
	(void)state;
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT)), 0);
	for (unsigned i = 0; i < LT_HOPS_MAX + 20; i++) {
		assert_int_equal(
			act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .version = 2)),
			LT_OFFER_OPEN);
		sim->now += 3 * SIM_SECOND;
		sim->boot += 3 * SIM_SECOND;
	}
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	assert_int_equal(view->hops_total, LT_HOPS_MAX + 21);
	assert_true(view->hop_count > 1 && view->hop_count <= LT_HOPS_MAX);
	assert_int_equal(view->hops[0].kind, LT_KIND_OPEN);
	for (size_t i = 1; i < view->hop_count; i++) {
		assert_int_equal(view->hops[i].outcome, LT_OFFER_OPEN);
		assert_true(view->hops[i].sequence > view->hops[i - 1].sequence);
	}
	sim_rebuild(sim);
	sim_free(sim);
}

/* What apply refuses is taken from the same budget as what ADMIT refuses; beyond it nothing is recorded, and good acts go on. */
static void test_one_budget(void **state)
{
	struct sim *sim = connected();
	struct sim_act what = {
		.kind = LT_KIND_FORWARD, .sender = MINISTRY, .to = DISTRICT, .version = 1, .dossier = NOWHERE
	};
	(void)state;
	for (int i = 0; i < BROKER_REFUSALS; i++)
		assert_true(sim_do(sim, &what)->sequence > 0);
	uint64_t head = engine_sequence(sim->engine);
	assert_int_equal(sim_do(sim, &what)->reason, LT_SESSION_REFUSALS);
	assert_int_equal(sim_answer_to(sim, sim->last_id)->sequence, 0);
	assert_int_equal(sim->agencies[MINISTRY].bye, LT_SESSION_REFUSALS);
	assert_int_equal(engine_sequence(sim->engine), head);
	sim_connect(sim, MINISTRY); /* at once again: the budget is the agency's, not the session's */
	head = engine_sequence(sim->engine);
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = MINISTRY, .to = MINISTRY,
				      .dossier = "G09.20-20261118-0000001")),
			 0);
	assert_int_equal(sim_do(sim, &what)->reason, LT_SESSION_REFUSALS);
	assert_int_equal(engine_sequence(sim->engine), head + 1);
	sim->now += 3 * SIM_SECOND;
	sim->boot += 3 * SIM_SECOND;
	sim_connect(sim, MINISTRY);
	assert_true(sim_do(sim, &what)->sequence > 0);
	sim_rebuild(sim);
	sim_free(sim);
}

/* Refusals do not eat the reserve of a full disk; parts do not either, whatever the kind. */
static void test_full_disk(void **state)
{
	struct sim *sim = connected();
	struct sim_act stale = {
		.kind = LT_KIND_RETURN, .sender = DISTRICT, .to = DEPARTMENT, .version = 7, .dossier = CODE
	};
	(void)state;
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT)), 0);
	engine_set_space(sim->engine, 0, 1);
	uint64_t head = engine_sequence(sim->engine);
	struct sim_answer first = *sim_do(sim, &stale);
	assert_int_equal(first.reason, LT_STALE_VERSION);
	assert_int_equal(first.sequence, 0);
	struct lt_verdict verdict = { .reason = LT_SIGNATURE_WRONG, .directory_version = 1 };
	sim_header(sim, &stale, &sim->scratch);
	sim_submit_verdict(sim, DISTRICT, lt_buf_bytes(&sim->scratch), &verdict);
	sim_run(sim);
	assert_int_equal(sim_answer_to(sim, sim->last_id)->reason, LT_SIGNATURE_WRONG);
	assert_int_equal(engine_sequence(sim->engine), head);
	struct sim_act consult = {
		.kind = LT_KIND_CONSULT, .sender = DISTRICT, .to = OTHER, .dossier = CODE, .part_bytes = 100
	};
	consult.version = 1;
	assert_int_equal(sim_do(sim, &consult)->reason, LT_STORE_FULL);
	assert_int_equal(engine_sequence(sim->engine), head);
	sim_lost(sim, DISTRICT); /* a new session: the old one waits for that CONSULT */
	sim_connect(sim, DISTRICT);
	consult.part_bytes = 0;
	assert_int_equal(sim_do(sim, &consult)->reason, 0);
	sim_rebuild(sim);
	sim_free(sim);
}

/* Nobody is sent a dossier of which it would be no party: asking about it, it would be answered that there is none. */
static void test_no_party_too_many(void **state)
{
	struct sim *sim = connected();
	struct dossier *dossier = calloc(1, sizeof(*dossier));
	struct lt_buf scratch = { 0 };
	struct sim_act consult = {
		.kind = LT_KIND_CONSULT, .sender = DISTRICT, .to = OTHER, .version = 1, .dossier = CODE
	};
	(void)state;
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT)), 0);
	assert_int_equal(dossier_find(sim->store, CODE, dossier), LT_OK);
	for (; dossier->party_count < DOSSIER_PARTIES_MAX - 1; dossier->party_count++)
		snprintf(dossier->parties[dossier->party_count], LT_AGENCY_MAX, "X%u", dossier->party_count);
	dossier_save(sim->store, dossier, &scratch);
	sim->forged = true;
	consult.to_count = 2;
	consult.recipients[0].agency = OTHER;
	consult.recipients[1].agency = MINISTRY;
	assert_int_equal(sim_do(sim, &consult)->reason, LT_RECIPIENTS_INVALID);
	consult.to_count = 1; /* the last for whom there is room */
	assert_int_not_equal(sim_do(sim, &consult)->reason, LT_RECIPIENTS_INVALID);
	lt_buf_fini(&scratch);
	free(dossier);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_no_party_too_many), cmocka_unit_test(test_code_of_another),
	  cmocka_unit_test(test_stranger_learns_nothing), cmocka_unit_test(test_taken_code),
	  cmocka_unit_test(test_refused_acts_hide_nothing), cmocka_unit_test(test_one_budget),
	  cmocka_unit_test(test_full_disk))
