/* Consultations: several agencies asked at once, answers in time, late, and silence. */
#include "test.h"

#include "state/dossier.h"
#include "flow_kinds.h"

static struct sim_act ask(struct sim *sim)
{
	return ACT(.kind = LT_KIND_CONSULT, .sender = DEPARTMENT, .due_at = sim->now + 6 * SIM_DAY, .to_count = 3,
		   .recipients = { { DISTRICT, 0 }, { MINISTRY, 0 }, { OTHER, 0 } });
}

static struct sim_act answer_of(int agency, enum lt_agreement agree)
{
	return ACT(.kind = LT_KIND_OPINION, .sender = agency, .to = DEPARTMENT, .reply = ids.consult, .agree = agree);
}

/* The newest consultation. */
static const struct lt_consult_view *newest(struct sim *sim)
{
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	return &view->consults[view->consult_count - 1];
}

static bool is_open(const struct lt_consult_answer *answer)
{
	return answer->agree == LT_AGREE_NONE && answer->silent_at == 0;
}

/* What the silence meant stays beside the late answer. */
static void still_both(struct sim *sim, int64_t silent_at)
{
	const struct lt_consult_answer *answer = &newest(sim)->answers[2];
	assert_int_equal(answer->silent_at, silent_at);
	assert_int_equal(answer->agree, LT_AGREE_NO);
	assert_true(answer->late && answer->answered_at >= silent_at);
	assert_int_equal(newest(sim)->on_silence, LT_SILENCE_DEEMED_CONSENT);
}

static void test_answers(void **state)
{
	struct sim *sim = simroute_new(1);
	uint64_t records;
	(void)state;
	bring_to(sim, 4);
	records = sim_dossier(sim, code)->hops_total;
	do_keep(sim, ask(sim), ids.consult);
	assert_int_equal(sim_dossier(sim, code)->hops_total, records + 1); /* one record for all */
	assert_int_equal(sim_last_item(sim, DISTRICT)->kind, LT_KIND_CONSULT);
	assert_int_equal(sim_last_item(sim, MINISTRY)->kind, LT_KIND_CONSULT);
	assert_int_equal(sim_last_item(sim, OTHER)->kind, LT_KIND_CONSULT);
	const struct lt_consult_view *view = newest(sim);
	assert_int_equal(view->number, 2); /* after the one of bring_to */
	assert_memory_equal(view->id.data, ids.consult, 16);
	assert_string_equal(view->asked_by, sim_codes[DEPARTMENT]);
	assert_int_equal(view->on_silence, LT_SILENCE_DEEMED_CONSENT);
	assert_int_equal(view->answer_count, 3);
	assert_true(is_open(&view->answers[1]));
	simroute_is(sim, code, 1, 4, LT_CUSTODY_HELD, DEPARTMENT);
	act(sim, answer_of(COMMUNE, LT_AGREE_YES), LT_NOT_CONSULTED);
	struct sim_act wrong = answer_of(MINISTRY, LT_AGREE_NO);
	wrong.to = COMMUNE;
	act(sim, wrong, LT_RECIPIENTS_INVALID);
	wrong.reply = ids.stranger;
	act(sim, wrong, LT_REPLY_UNKNOWN);
	act(sim, answer_of(MINISTRY, LT_AGREE_NO), 0);
	assert_int_equal(sim_last_item(sim, DEPARTMENT)->kind, LT_KIND_OPINION);
	act(sim, answer_of(MINISTRY, LT_AGREE_YES), LT_ALREADY_ANSWERED);
	act(sim, answer_of(DISTRICT, LT_AGREE_YES), 0);
	view = newest(sim);
	assert_int_equal(view->answers[0].agree, LT_AGREE_YES);
	assert_int_equal(view->answers[1].agree, LT_AGREE_NO);
	assert_true(is_open(&view->answers[2]) && !view->answers[1].late);
	assert_true(view->answers[1].answered_at > 0 && view->answers[2].answered_at == 0);
	simroute_rebuild(sim);
	sim_free(sim);
}

/* Silence is consent at leg 2; what comes later is kept and marked. */
static void test_late(void **state)
{
	struct sim *sim = simroute_new(2);
	(void)state;
	bring_to(sim, 4);
	do_keep(sim, ask(sim), ids.consult);
	act(sim, answer_of(DISTRICT, LT_AGREE_YES), 0);
	sim_advance(sim, 7 * SIM_DAY);
	sim_tick(sim);
	sim_run(sim);
	const struct lt_consult_view *view = newest(sim);
	assert_true(view->answers[0].agree == LT_AGREE_YES && view->answers[0].silent_at == 0);
	assert_true(view->answers[1].silent_at != 0 && view->answers[2].silent_at != 0);
	int64_t silent_at = view->answers[2].silent_at;
	act(sim, answer_of(OTHER, LT_AGREE_NO), 0);
	still_both(sim, silent_at);
	act(sim, answer_of(OTHER, LT_AGREE_NO), LT_ALREADY_ANSWERED);
	simroute_rebuild(sim);
	still_both(sim, silent_at);
	sim_free(sim);
}

/* After the deadline, but before the broker has looked at its clocks: late all the same. */
static void test_late_before_the_tick(void **state)
{
	struct sim *sim = simroute_new(4);
	(void)state;
	bring_to(sim, 4);
	do_keep(sim, ask(sim), ids.consult);
	sim->now += 6 * SIM_DAY + SIM_SECOND;
	sim->boot += 6 * SIM_DAY + SIM_SECOND;
	act(sim, answer_of(DISTRICT, LT_AGREE_YES), 0); /* the minute itself belongs to the time */
	assert_false(newest(sim)->answers[0].late);
	sim->now += 60 * SIM_SECOND;
	sim->boot += 60 * SIM_SECOND;
	act(sim, answer_of(MINISTRY, LT_AGREE_YES), 0);
	assert_true(newest(sim)->answers[1].late && newest(sim)->answers[1].silent_at != 0);
	sim_free(sim);
}

static void test_asking(void **state)
{
	struct sim *sim = simroute_new(3);
	struct sim_act what;
	(void)state;
	route = ROUTE_SOME;
	bring_to(sim, 4);
	what = ask(sim);
	what.due_at = sim->now - SIM_SECOND;
	act(sim, what, LT_DUE_INVALID);
	what = ask(sim);
	what.recipients[1].agency = DEPARTMENT;
	act(sim, what, LT_RECIPIENTS_INVALID); /* itself */
	assert_int_equal(sim_admin(sim, LT_ADMIN_SUSPEND, sim_codes[OTHER])->reason, 0);
	act(sim, ask(sim), LT_RECIPIENT_SUSPENDED);
	assert_int_equal(sim_admin(sim, LT_ADMIN_RESUME, sim_codes[OTHER])->reason, 0);
	act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .route_leg = 3), 0);
	act(sim, ask(sim), LT_OFFER_OPEN); /* the holder may only recall */
	simroute_accept(sim, code, 1, MINISTRY);
	act(sim, ask(sim), 0); /* the lead asks while another agency holds it */
	for (size_t i = sim_dossier(sim, code)->consult_count; i < DOSSIER_CONSULTS_MAX; i++)
		act(sim, ask(sim), 0);
	act(sim, ask(sim), LT_COUNT_EXCEEDED);
	simroute_rebuild(sim);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_answers), cmocka_unit_test(test_late), cmocka_unit_test(test_late_before_the_tick),
	  cmocka_unit_test(test_asking))
