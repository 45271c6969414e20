/* A full disk, and verdicts that are out of date: what waits, what goes on, and in which order. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "queue/limits.h"
#include "sim.h"

#define CODE "H37.02-20261118-0000001"

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

static void test_full(void **state)
{
	struct sim *sim = connected();
	uint8_t offer[16];
	(void)state;
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT)), 0);
	memcpy(offer, sim->last_id, 16);
	engine_set_space(sim->engine, 0, 1);
	uint64_t head = engine_sequence(sim->engine);
	assert_int_equal(
		act(sim, ACT(.kind = LT_KIND_OPEN, .sender = OTHER, .to = OTHER, .dossier = "H38.14-20261118-0000001")),
		LT_STORE_FULL);
	assert_true(sim_answer_to(sim, sim->last_id)->retry);
	assert_int_equal(sim_answer_to(sim, sim->last_id)->sequence, 0);
	assert_true(engine_sequence(sim->engine) <= head + 1);
	/* answers and admin acts go on */
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = DISTRICT, .version = 2,
				      .reply = offer)),
			 0);
	assert_int_equal(sim_admin(sim, LT_ADMIN_SUSPEND, sim_codes[OTHER])->reason, 0);
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = DISTRICT, .version = 3)),
			 LT_STORE_FULL);
	sim_free(sim);
}

/* After a retryable refusal, what follows in the same session waits until that envelope has come again. */
static void test_order_after_retry(void **state)
{
	struct sim *sim = connected();
	struct lt_buf first = { 0 }, second = { 0 };
	uint8_t first_id[16];
	(void)state;
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT)), 0);
	struct sim_act forward = {
		.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE, .version = 1
	};
	sim_header(sim, &forward, &first);
	memcpy(first_id, sim->last_id, 16);
	struct sim_act recall = {
		.kind = LT_KIND_RECALL, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE, .version = 2
	};
	recall.reply = first_id;
	sim_header(sim, &recall, &second);
	engine_set_space(sim->engine, 0, 1);
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&first))->reason, LT_STORE_FULL);
	engine_set_space(sim->engine, 2, 1);
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&second))->reason, LT_RETRY_AFTER_EARLIER);
	assert_int_equal(act(sim, ACT(.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT,
				      .dossier = "H37.02-20261118-0000002")),
			 0); /* other dossiers go on */
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&first))->reason, 0);
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&second))->reason, 0);
	lt_buf_fini(&first);
	lt_buf_fini(&second);
	sim_free(sim);
}

/* The same when it was refused before the engine saw it, as what is over the credit is. */
static void test_order_after_credit(void **state)
{
	struct sim *sim = connected();
	struct lt_buf open = { 0 }, forward = { 0 };
	struct input input = { .type = INPUT_SUBMIT, .session = sim->agencies[DISTRICT].session };
	struct sim_act first = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .dossier = CODE }, then = {
		.kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE, .version = 1
	};
	uint8_t id[16];
	(void)state;
	sim_header(sim, &first, &open);
	memcpy(id, sim->last_id, sizeof id);
	sim_header(sim, &then, &forward);
	for (unsigned twice = 0; twice < 2; twice++) {
		lt_refuse(&input.u.submit.refused, LT_CREDIT_EXCEEDED, "too many");
		input.u.submit.id = lt_bytes(id, sizeof id);
		strcpy(input.u.submit.dossier, CODE);
		sim_take(sim, &input);
		sim_run(sim);
		assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&forward))->reason, LT_RETRY_AFTER_EARLIER);
	}
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&open))->reason, 0);
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&forward))->reason, 0);
	lt_buf_fini(&open);
	lt_buf_fini(&forward);
	sim_free(sim);
}

/* Who fills the disk is refused first: between the reserve and twice of it the larger part of what was written decides. */
static void test_biggest_writer_first(void **state)
{
	struct sim *sim = connected();
	(void)state;
	struct sim_act large = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .part_bytes = 20000 };
	for (unsigned i = 0; i < 8; i++) {
		char code[LT_DOSSIER_MAX];
		snprintf(code, sizeof code, "H37.02-20261118-%07u", 100 + i);
		large.dossier = code;
		assert_int_equal(sim_do(sim, &large)->reason, 0);
	}
	/* Nobody else has written: it takes nothing from others. */
	engine_set_space(sim->engine, 110, 100);
	large.dossier = "H37.02-20261118-0000199";
	assert_int_equal(sim_do(sim, &large)->reason, 0);
	engine_set_space(sim->engine, 200, 100);
	struct sim_act small = {
		.kind = LT_KIND_OPEN, .sender = OTHER, .to = OTHER, .dossier = "H38.14-20261118-0000001"
	};
	assert_int_equal(sim_do(sim, &small)->reason, 0);
	large.dossier = "H37.02-20261118-0000200";
	engine_set_space(sim->engine, 200, 100);
	assert_int_equal(sim_do(sim, &large)->reason, 0);
	large.dossier = "H37.02-20261118-0000201";
	engine_set_space(sim->engine, 150, 100);
	assert_int_equal(sim_do(sim, &large)->reason, LT_STORE_FULL);
	small.dossier = "H38.14-20261118-0000002";
	assert_int_equal(sim_do(sim, &small)->reason, 0);
	engine_set_space(sim->engine, 99, 100);
	small.dossier = "H38.14-20261118-0000003";
	assert_int_equal(sim_do(sim, &small)->reason, LT_STORE_FULL);
	/* What was written long ago counts little. */
	engine_set_space(sim->engine, 150, 100);
	sim_advance(sim, INT64_C(3600000000));
	small.dossier = "H38.14-20261118-0000004";
	small.part_bytes = 20000;
	assert_int_equal(sim_do(sim, &small)->reason, 0);
	large.dossier = "H37.02-20261118-0000202";
	assert_int_equal(sim_do(sim, &large)->reason, 0);
	sim_free(sim);
}

static void test_verdict_outdated(void **state)
{
	struct sim *sim = connected();
	static const uint8_t certificate[32] = { 9 };
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .dossier = CODE };
	struct lt_verdict verdict = { .certificate_sha256 = lt_bytes(certificate, 32), .directory_version = 1 };
	(void)state;
	sim_header(sim, &open, &sim->scratch);
	assert_int_equal(sim_admin(sim, LT_ADMIN_SUSPEND, sim_codes[OTHER])->reason, 0); /* trust moves */
	sim_submit_verdict(sim, DISTRICT, lt_buf_bytes(&sim->scratch), &verdict);
	sim_run(sim);
	const struct sim_answer *answer = sim_answer_to(sim, sim->last_id);
	assert_int_equal(answer->reason, LT_VERDICT_OUTDATED);
	assert_true(answer->retry);
	assert_null(sim_dossier(sim, CODE));
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&sim->scratch))->reason, 0);
	sim_free(sim);
}

static void test_refused_before(void **state)
{
	struct sim *sim = connected();
	struct input input = { .type = INPUT_SUBMIT,
			       .session = sim->agencies[DISTRICT].session,
			       .u.submit = { .index = 5, .bytes = 77 } };
	(void)state;
	uint64_t head = engine_sequence(sim->engine);
	lt_refuse(&input.u.submit.refused, LT_HEADER_MALFORMED, "%s: field %u", "Header", 7u);
	sim_take(sim, &input);
	sim_run(sim);
	const struct sim_answer *answer = &sim->answers[(sim->answer_count - 1) % SIM_ANSWERS];
	assert_int_equal(answer->reason, LT_HEADER_MALFORMED);
	assert_int_equal(answer->index, 5);
	assert_string_equal(answer->detail, "Header: field 7");
	assert_string_equal(answer->vietnamese, "Header: trường 7");
	assert_int_equal(engine_sequence(sim->engine), head);
	/* It has the budget of all refusals. */
	for (unsigned i = 1; i < BROKER_REFUSALS; i++)
		sim_take(sim, &input);
	sim_run(sim);
	assert_int_equal(sim->agencies[DISTRICT].bye, 0);
	sim_take(sim, &input);
	sim_run(sim);
	assert_int_equal(sim->agencies[DISTRICT].bye, LT_SESSION_REFUSALS);
	assert_int_equal(engine_sequence(sim->engine), head);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_full), cmocka_unit_test(test_order_after_retry),
	  cmocka_unit_test(test_order_after_credit), cmocka_unit_test(test_biggest_writer_first),
	  cmocka_unit_test(test_verdict_outdated), cmocka_unit_test(test_refused_before))
