/* A broker restored from a backup: what comes before that which it builds on waits, and is not refused for good. */
#include "test.h"

#include <lienthong/time.h>
#include <string.h>

#include "sim.h"

#define CODE "H37.02-20261118-0000001"

static struct sim *opened(bool restored)
{
	struct sim *sim = sim_new(7);
	sim_flush(sim);
	sim_crash(sim, 1);
	sim->restored = restored;
	sim_open(sim);
	for (int i = 0; i < SIM_AGENCIES; i++)
		sim_connect(sim, i);
	sim_advance(sim, 13 * SIM_SECOND); /* the door is open again */
	return sim;
}

static struct sim *restored_without_adapters(void)
{
	struct sim *sim = sim_new(7);
	sim_flush(sim);
	sim_crash(sim, 1);
	sim->restored = true;
	sim_open(sim);
	return sim;
}

static enum lt_reason try_open(struct sim *sim, int agency, uint32_t number)
{
	struct sim_act open = {
		.kind = LT_KIND_OPEN, .sender = agency, .to = agency, .dossier = sim_code(sim, agency, number)
	};
	return sim_do(sim, &open)->reason;
}

static uint32_t shown(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	return sim_control(sim, &request)->status.restored;
}

/* For 12 seconds from the first adapter on nothing new is admitted, and no directory of an operator either; then all is as before, but that
 * it is shown until somebody confirms. A start in between begins anew. */
static void test_the_door_waits_for_adapters(void **state)
{
	(void)state;
	struct sim *sim = restored_without_adapters();
	sim_advance(sim, 3600 * SIM_SECOND); /* nobody came: nothing was asked */
	sim_connect(sim, DISTRICT);
	assert_int_equal(shown(sim), LT_RESTORED_COLLECTING);
	assert_int_equal(try_open(sim, DISTRICT, 1), LT_RESTORING);
	struct lt_control_request define = { .type = LT_CONTROL_DEFINE };
	define.define = (struct lt_define_command){
		.type = LT_DEFINE_DIRECTORY, .data = lt_buf_bytes(&sim->directory), .operator_name = "an", .reason = "r"
	};
	assert_int_equal(sim_control(sim, &define)->reason, LT_RESTORING);
	sim_advance(sim, 13 * SIM_SECOND);
	assert_int_equal(shown(sim), LT_RESTORED_OPEN);
	assert_int_equal(try_open(sim, DISTRICT, 2), LT_REASON_NONE);
	sim_flush(sim);
	sim_crash(sim, 2);
	sim->restored = false;
	sim_open(sim);
	sim_connect(sim, DISTRICT);
	assert_int_equal(shown(sim), LT_RESTORED_COLLECTING);
	assert_int_equal(try_open(sim, DISTRICT, 3), LT_RESTORING);
	sim_advance(sim, 13 * SIM_SECOND);
	assert_int_equal(try_open(sim, DISTRICT, 4), LT_REASON_NONE);
	assert_int_equal(sim_admin(sim, LT_ADMIN_RESTORE_CONFIRM, "")->reason, LT_REASON_NONE);
	assert_int_equal(shown(sim), LT_RESTORED_NOT);
	assert_int_equal(sim_admin(sim, LT_ADMIN_RESTORE_CONFIRM, "")->reason, LT_ALREADY_SO);
	sim_rebuild(sim);
	assert_int_equal(shown(sim), LT_RESTORED_NOT);
	sim_free(sim);
}

/* An adapter was told of more definitions than there are: what is lost cannot come back by itself. It is not heard a second time. */
static void test_a_suspension_is_missing(void **state)
{
	(void)state;
	struct sim *sim = restored_without_adapters();
	sim->agencies[DISTRICT].definitions = engine_definitions(sim->engine) + 1;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, OTHER);
	sim_advance(sim, SIM_DAY);
	assert_int_equal(shown(sim), LT_RESTORED_LOST);
	assert_int_equal(try_open(sim, DISTRICT, 1), LT_RESTORING);
	assert_int_equal(try_open(sim, OTHER, 1), LT_RESTORING);
	assert_int_equal(sim_admin(sim, LT_ADMIN_SUSPEND, sim_codes[OTHER])->reason, LT_REASON_NONE);
	assert_int_equal(sim_admin(sim, LT_ADMIN_RESTORE_CONFIRM, "")->reason, LT_REASON_NONE);
	assert_int_equal(try_open(sim, DISTRICT, 2), LT_REASON_NONE);
	assert_true(engine_definitions(sim->engine) > sim->agencies[DISTRICT].definitions);
	sim_crash(sim, 2);
	sim->restored = true;
	sim_open(sim);
	sim_connect(sim, DISTRICT);
	sim_advance(sim, 13 * SIM_SECOND);
	assert_int_equal(shown(sim), LT_RESTORED_OPEN);
	sim_free(sim);
}

/* It holds a directory of the number in force with other content: a version was signed twice. */
static void test_a_directory_was_signed_twice(void **state)
{
	(void)state;
	struct sim *sim = restored_without_adapters();
	struct sim_agency *district = &sim->agencies[DISTRICT];
	district->directory_version = 1;
	lt_sha256(lt_buf_bytes(&sim->directory), district->directory_sha256);
	sim_connect(sim, DISTRICT);
	sim_advance(sim, 13 * SIM_SECOND);
	assert_int_equal(shown(sim), LT_RESTORED_OPEN);
	district->directory_sha256[0] ^= 1;
	sim_lost(sim, DISTRICT);
	sim_connect(sim, DISTRICT);
	assert_int_equal(shown(sim), LT_RESTORED_LOST);
	sim_free(sim);
}

/* What was made in the lost time is not refused for what was defined in it, as long as nobody has confirmed; what is made now is. */
static void test_made_in_the_lost_time(void **state)
{
	(void)state;
	struct sim *sim = restored_without_adapters();
	uint8_t before[16], random[8] = { 3 };
	lt_uuid_make(sim->now - SIM_SECOND, random, before);
	sim_connect(sim, DISTRICT);
	sim_advance(sim, 13 * SIM_SECOND);
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .procedure_version = 9 };
	open.dossier = sim_code(sim, DISTRICT, 2);
	assert_int_equal(sim_do(sim, &open)->reason, LT_PROCEDURE_UNKNOWN);
	open.dossier = sim_code(sim, DISTRICT, 1);
	open.id = before;
	uint64_t head = engine_sequence(sim->engine);
	assert_int_equal(sim_do(sim, &open)->reason, LT_RESTORING);
	assert_int_equal(engine_sequence(sim->engine), head);
	assert_int_equal(sim_admin(sim, LT_ADMIN_RESTORE_CONFIRM, "")->reason, LT_REASON_NONE);
	assert_int_equal(sim_do(sim, &open)->reason, LT_PROCEDURE_UNKNOWN);
	assert_int_equal(engine_sequence(sim->engine), head + 2);
	sim_free(sim);
}

static void accept_header(struct sim *sim, const uint8_t offer[16], struct lt_buf *out)
{
	struct sim_act act = { .kind = LT_KIND_ACCEPT,
			       .sender = DEPARTMENT,
			       .to = DISTRICT,
			       .dossier = CODE,
			       .version = 2,
			       .reply = offer };
	sim_header(sim, &act, out);
}

/* The receiver's ACCEPT is offered again before the sender's OPEN. */
static void test_waits_for_what_it_builds_on(void **state)
{
	(void)state;
	struct sim *sim = opened(true);
	struct lt_buf accept = { 0 };
	uint8_t offer[16], random[8] = { 9 };
	lt_uuid_make(sim->now, random, offer);
	accept_header(sim, offer, &accept);
	uint64_t head = engine_sequence(sim->engine);
	const struct sim_answer *answer = sim_again(sim, DEPARTMENT, lt_buf_bytes(&accept));
	assert_int_equal(answer->reason, LT_RESTORING);
	assert_true(answer->retry);
	assert_int_equal(engine_sequence(sim->engine), head); /* not recorded */
	struct sim_act open = {
		.kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE, .id = offer
	};
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	assert_int_equal(sim_again(sim, DEPARTMENT, lt_buf_bytes(&accept))->reason, 0);
	lt_buf_fini(&accept);
	sim_free(sim);
}

/* A version that the restored broker has not reached. */
static void test_version_ahead(void **state)
{
	(void)state;
	struct sim *sim = opened(true);
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DISTRICT, .dossier = CODE };
	struct sim_act ahead = {
		.kind = LT_KIND_FORWARD, .sender = DEPARTMENT, .to = MINISTRY, .dossier = CODE, .version = 3
	};
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	assert_int_equal(sim_do(sim, &ahead)->reason, LT_RESTORING);
	sim_advance(sim, 5 * SIM_DAY);
	sim_lost(sim, DEPARTMENT); /* a new session: the old one still waits for the first envelope */
	sim_connect(sim, DEPARTMENT);
	assert_int_equal(sim_do(sim, &ahead)->reason, LT_DOSSIER_UNKNOWN); /* no party of it */
	sim_free(sim);
}

/* Without a restore nothing waits. */
static void test_never_restored(void **state)
{
	(void)state;
	struct sim *sim = opened(false);
	struct lt_buf accept = { 0 };
	uint8_t offer[16], random[8] = { 9 };
	lt_uuid_make(sim->now, random, offer);
	accept_header(sim, offer, &accept);
	assert_int_equal(sim_again(sim, DEPARTMENT, lt_buf_bytes(&accept))->reason, LT_DOSSIER_UNKNOWN);
	lt_buf_fini(&accept);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_the_door_waits_for_adapters), cmocka_unit_test(test_a_suspension_is_missing),
	  cmocka_unit_test(test_a_directory_was_signed_twice), cmocka_unit_test(test_made_in_the_lost_time),
	  cmocka_unit_test(test_waits_for_what_it_builds_on), cmocka_unit_test(test_version_ahead),
	  cmocka_unit_test(test_never_restored))
