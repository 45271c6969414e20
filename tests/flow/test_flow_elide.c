/* Part bytes go so many days after the last recipient has fetched them; headers, signatures and hashes stay. */
#include "test.h"

#include <string.h>

#include "sim.h"

static const struct lt_control_answer *look(struct sim *sim, uint64_t sequence)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = sequence, .parts = true };
	return sim_control(sim, &request);
}

static void days(struct sim *sim, int count)
{
	for (int i = 0; i < count * 24; i++)
		sim_advance(sim, SIM_DAY / 24);
}

static void test_elide(void **state)
{
	struct sim *sim = sim_new(1);
	uint8_t leaf[32], live[32], rebuilt[32];
	(void)state;
	sim_connect(sim, DISTRICT);
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .part_bytes = 5000 };
	act.dossier = "H37.02-20261118-0000001";
	uint64_t sequence = sim_do(sim, &act)->sequence;
	days(sim, 40); /* nobody has fetched it: it stays */
	assert_false(look(sim, sequence)->record.parts_elided);
	memcpy(leaf, sim->control.record.leaf_hash.data, 32);
	assert_int_equal(sim->control.record.part_count, 1);
	assert_int_equal(sim->control.record.parts[0].len, 5000);
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(sim_last_item(sim, DEPARTMENT)->part_count, 1);
	days(sim, 29);
	assert_false(look(sim, sequence)->record.parts_elided);
	days(sim, 2);
	assert_true(look(sim, sequence)->record.parts_elided);
	assert_memory_equal(sim->control.record.leaf_hash.data, leaf, 32);
	/* An adapter restored from a backup gets it again, without the bytes. */
	sim->agencies[DEPARTMENT].received = 0;
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(sim->agencies[DEPARTMENT].received, 1);
	assert_true(sim_last_item(sim, DEPARTMENT)->elided);
	sim_advance(sim, SIM_SECOND);
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
	assert_true(look(sim, sequence)->record.parts_elided);
	sim_free(sim);
}

static void test_last_recipient(void **state)
{
	struct sim *sim = sim_new(1);
	uint8_t offer[16];
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	struct sim_act open = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = "H37.02-20261118-0000001"
	};
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	memcpy(offer, sim->last_id, 16);
	struct sim_act accept = { .kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = DISTRICT, .also_to = MINISTRY };
	accept.dossier = open.dossier;
	accept.version = 2;
	accept.reply = offer;
	accept.part_bytes = 300;
	uint64_t sequence = sim_do(sim, &accept)->sequence;
	days(sim, 2);
	sim->agencies[DISTRICT].received = 0; /* fetched twice counts once */
	sim_connect(sim, DISTRICT);
	days(sim, 40);
	assert_false(look(sim, sequence)->record.parts_elided);
	sim_connect(sim, MINISTRY);
	days(sim, 31);
	assert_true(look(sim, sequence)->record.parts_elided);
	sim_free(sim);
}

/* The crash between the ELIDE record and the punching: the replay does it. */
static void test_crash_before_punch(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .part_bytes = 64 };
	act.dossier = "H37.02-20261118-0000001";
	uint64_t sequence = sim_do(sim, &act)->sequence;
	days(sim, 29);
	uint64_t parts = store_count(sim->store, STORE_PARTS);
	while (store_count(sim->store, STORE_PARTS) == parts) { /* until the ELIDE is in the batch that is built */
		sim_run(sim);
		sim->now += SIM_DAY / 24;
		sim->boot += SIM_DAY / 24;
		sim_tick(sim);
	}
	sim_seal(sim);
	sim_write(sim);
	sim_crash(sim, 0);
	sim_open(sim);
	assert_true(look(sim, sequence)->record.parts_elided);
	sim_free(sim);
}

static void elide(struct sim *sim, uint64_t sequence)
{
	struct lt_command command = { .type = LT_COMMAND_ELIDE, .u.elide = { .count = 1, .sequences = &sequence } };
	struct lt_buf bytes = { 0 };
	assert_int_equal(lt_command_encode(&command, &bytes), LT_OK);
	struct input input = { .type = INPUT_COMMAND, .u.command = lt_buf_bytes(&bytes) };
	sim_take(sim, &input);
	lt_buf_fini(&bytes);
}

/* While the journal needs the bytes to tell its last batch from a torn one, they stay; they go behind the next record. The
 * record and its ELIDE in one batch are the only way there. */
static void test_last_batch_keeps_its_bytes(void **state)
{
	struct sim *sim = sim_new(1);
	struct lt_buf header = { 0 };
	(void)state;
	sim_connect(sim, DISTRICT);
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .part_bytes = 700 };
	act.dossier = "H37.02-20261118-0000001";
	sim_header(sim, &act, &header);
	for (int crash = 0; crash < 2; crash++) {
		if (crash) {
			lt_buf_clear(&header);
			act.dossier = "H37.02-20261118-0000002";
			sim_header(sim, &act, &header);
		}
		sim_submit(sim, DISTRICT, lt_buf_bytes(&header), act.part_bytes);
		uint64_t sequence = engine_sequence(sim->engine);
		elide(sim, sequence);
		sim_run(sim);
		assert_false(look(sim, sequence)->record.parts_elided);
		if (crash) { /* the replay comes to it as well, and starts all the same */
			sim_crash(sim, 0);
			sim_open(sim);
			assert_false(look(sim, sequence)->record.parts_elided);
		}
		sim_connect(sim, DISTRICT); /* a record, and the release behind it */
		sim_advance(sim, SIM_SECOND);
		assert_true(look(sim, sequence)->record.parts_elided);
	}
	lt_buf_fini(&header);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_elide), cmocka_unit_test(test_last_recipient),
	  cmocka_unit_test(test_crash_before_punch), cmocka_unit_test(test_last_batch_keeps_its_bytes))
