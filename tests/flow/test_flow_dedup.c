/* The same envelope again, other bytes under its id, ids that are too old or from the future, and forgetting. */
#include "test.h"

#include <string.h>

#include <lienthong/time.h>

#include "sim.h"

static struct sim *connected(void)
{
	struct sim *sim = sim_new(1);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	return sim;
}

static void test_first_answer_again(void **state)
{
	struct sim *sim = connected();
	struct lt_buf header = { 0 };
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = "H37.02-20261118-0000001"
	};
	(void)state;
	sim_header(sim, &act, &header);
	const struct sim_answer first = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(first.reason, 0);
	uint64_t head = engine_sequence(sim->engine);
	for (int i = 0; i < 3; i++) {
		const struct sim_answer *again = sim_again(sim, DISTRICT, lt_buf_bytes(&header));
		assert_int_equal(again->sequence, first.sequence);
		assert_int_equal(again->time, first.time);
		assert_memory_equal(&again->receipt, &first.receipt, sizeof(first.receipt));
		assert_int_equal(again->branch_version, 2);
	}
	assert_true(engine_sequence(sim->engine) <= head + 1); /* the acknowledgement of the delivery, no more */
	assert_int_equal(sim->agencies[DEPARTMENT].received, 1);
	/* twice in one batch, not yet on disk */
	act.dossier = "H37.02-20261118-0000002";
	sim_header(sim, &act, &header);
	size_t before = sim->answer_count;
	sim_submit(sim, DISTRICT, lt_buf_bytes(&header), 0);
	sim_submit(sim, DISTRICT, lt_buf_bytes(&header), 0);
	sim_run(sim);
	assert_int_equal(sim->answer_count, before + 2);
	assert_int_equal(sim->answers[before].sequence, sim->answers[before + 1].sequence);
	assert_memory_equal(&sim->answers[before].receipt, &sim->answers[before + 1].receipt,
			    sizeof(struct lt_receipt));
	/* twice, the first with the journal */
	act.dossier = "H37.02-20261118-0000003";
	sim_header(sim, &act, &header);
	sim_submit(sim, DISTRICT, lt_buf_bytes(&header), 0);
	sim_seal(sim);
	sim_submit(sim, DISTRICT, lt_buf_bytes(&header), 0);
	sim_write(sim);
	sim_release(sim);
	sim_run(sim);
	assert_int_equal(sim->answer_count, before + 4);
	assert_int_equal(sim->answers[before + 2].sequence, sim->answers[before + 3].sequence);
	lt_buf_fini(&header);
	sim_free(sim);
}

static void test_final_refusal_again(void **state)
{
	struct sim *sim = connected();
	struct lt_buf header = { 0 };
	struct sim_act act = { .kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .version = 1 };
	(void)state;
	act.dossier = "H37.02-20261118-0000001";
	sim_header(sim, &act, &header);
	const struct sim_answer first = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(first.reason, LT_DOSSIER_UNKNOWN);
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .dossier = act.dossier };
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	const struct sim_answer *again = sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(again->reason, LT_DOSSIER_UNKNOWN); /* final is final */
	assert_int_equal(again->sequence, first.sequence);
	assert_string_equal(again->detail, first.detail);
	lt_buf_fini(&header);
	sim_free(sim);
}

static void test_equivocation(void **state)
{
	struct sim *sim = connected();
	uint8_t id[16];
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = "H37.02-20261118-0000001"
	};
	(void)state;
	const struct sim_answer first = *sim_do(sim, &act);
	struct lt_buf header = { 0 };
	assert_int_equal(lt_buf_append(&header, sim->scratch.data, sim->scratch.len), LT_OK);
	memcpy(id, first.id, 16);
	act.id = id;
	act.to = DISTRICT;
	const struct sim_answer *other = sim_do(sim, &act);
	assert_int_equal(other->reason, LT_EQUIVOCATION);
	assert_true(other->sequence > first.sequence);
	/* the first entry stands */
	const struct sim_answer *again = sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(again->reason, 0);
	assert_int_equal(again->sequence, first.sequence);
	/* the same id of another sender is another key */
	act.sender = DEPARTMENT;
	act.dossier = "H37.14-20261118-0000001";
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	lt_buf_fini(&header);
	sim_free(sim);
}

/* A header that ADMIT refused does not use up its id. */
static void test_refused_by_admit(void **state)
{
	struct sim *sim = connected();
	struct lt_verdict verdict = { .reason = LT_SIGNATURE_WRONG, .directory_version = 1 };
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = "H37.02-20261118-0000001"
	};
	(void)state;
	sim_header(sim, &act, &sim->scratch);
	sim_submit_verdict(sim, DISTRICT, lt_buf_bytes(&sim->scratch), &verdict);
	sim_run(sim);
	assert_int_equal(sim_answer_to(sim, sim->last_id)->reason, LT_SIGNATURE_WRONG);
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&sim->scratch))->reason, 0);
	sim_free(sim);
}

static void test_id_time(void **state)
{
	struct sim *sim = connected();
	uint8_t id[16], random[8] = { 1 };
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .id = id };
	(void)state;
	act.dossier = "H37.02-20261118-0000001";
	lt_uuid_make(sim->now - 401 * SIM_DAY, random, id);
	assert_int_equal(sim_do(sim, &act)->reason, LT_ID_TOO_OLD);
	lt_uuid_make(sim->now + 601 * SIM_SECOND, random, id);
	assert_int_equal(sim_do(sim, &act)->reason, LT_ID_IN_FUTURE);
	lt_uuid_make(sim->now + 599 * SIM_SECOND, random, id);
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	act.dossier = "H37.02-20261118-0000002";
	lt_uuid_make(sim->now - 399 * SIM_DAY, random, id);
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	sim_free(sim);
}

static void test_prune(void **state)
{
	struct sim *sim = connected();
	struct lt_buf header = { 0 };
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = "H37.02-20261118-0000001"
	};
	(void)state;
	sim_header(sim, &act, &header);
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&header))->reason, 0);
	uint64_t before = store_count(sim->store, STORE_DEDUP);
	assert_true(before >= 1);
	for (int day = 0; day < 405; day++)
		sim_advance(sim, SIM_DAY);
	assert_int_equal(store_count(sim->store, STORE_DEDUP), before - 1);
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&header))->reason, LT_ID_TOO_OLD);
	uint8_t live[32], rebuilt[32];
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
	lt_buf_fini(&header);
	sim_free(sim);
}

/* After a month the whole answer is forgotten, and the record has it still: admitted, and refused. */
static void test_after_a_month(void **state)
{
	struct sim *sim = connected();
	struct lt_buf open = { 0 }, refused = { 0 };
	struct sim_act act = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = "H37.02-20261118-0000001"
	};
	struct sim_act other = { .kind = LT_KIND_FORWARD, .sender = DISTRICT, .to = DEPARTMENT, .version = 1 };
	(void)state;
	sim_header(sim, &act, &open);
	const struct sim_answer first = *sim_again(sim, DISTRICT, lt_buf_bytes(&open));
	other.dossier = "H37.02-20261118-0000009";
	sim_header(sim, &other, &refused);
	const struct sim_answer refusal = *sim_again(sim, DISTRICT, lt_buf_bytes(&refused));
	assert_int_equal(refusal.reason, LT_DOSSIER_UNKNOWN);
	uint64_t before = store_count(sim->store, STORE_ANSWER);
	for (int day = 0; day < 32; day++)
		sim_advance(sim, SIM_DAY);
	assert_true(store_count(sim->store, STORE_ANSWER) < before);
	uint64_t head = engine_sequence(sim->engine);
	const struct sim_answer again = *sim_again(sim, DISTRICT, lt_buf_bytes(&open));
	assert_int_equal(again.reason, 0);
	assert_int_equal(again.sequence, first.sequence);
	assert_true(again.time == first.time && again.branch_version == first.branch_version);
	assert_memory_equal(&again.receipt, &first.receipt, sizeof(first.receipt));
	const struct sim_answer *told = sim_again(sim, DISTRICT, lt_buf_bytes(&refused));
	assert_int_equal(told->reason, refusal.reason);
	assert_int_equal(told->sequence, refusal.sequence);
	assert_string_equal(told->detail, refusal.detail);
	assert_int_equal(engine_sequence(sim->engine), head); /* nothing is recorded anew */
	uint8_t id[16];
	memcpy(id, first.id, 16);
	act.id = id;
	act.to = DISTRICT;
	assert_int_equal(sim_do(sim, &act)->reason, LT_EQUIVOCATION);
	lt_buf_fini(&open);
	lt_buf_fini(&refused);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_first_answer_again), cmocka_unit_test(test_final_refusal_again),
	  cmocka_unit_test(test_equivocation), cmocka_unit_test(test_refused_by_admit), cmocka_unit_test(test_id_time),
	  cmocka_unit_test(test_prune), cmocka_unit_test(test_after_a_month))
