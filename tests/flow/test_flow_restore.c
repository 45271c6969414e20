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
	return sim;
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

TEST_MAIN(cmocka_unit_test(test_waits_for_what_it_builds_on), cmocka_unit_test(test_version_ahead),
	  cmocka_unit_test(test_never_restored))
