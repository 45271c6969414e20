/* Late work is told to the office above: the nearest one in the directory that can take mail, once, and of lateness alone. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "flow_clock.h"
#include "simreform.h"
#include "trust/trust.h"

/* H39 stands above DEPARTMENT and takes no mail, MINISTRY above that. */
static void put_above(struct simclock *clock)
{
	struct sim *sim = clock->sim;
	struct lt_refusal refusal = { 0 };
	struct lt_control_request request = { .type = LT_CONTROL_DEFINE };
	struct lt_buf bytes = { 0 };
	struct simreform *reform = simreform_new(sim->now);
	simreform_take(reform, trust_directory(sim->rulebook));
	snprintf(simreform_add(reform, "H39")->parent, LT_AGENCY_MAX, "%s", sim_codes[MINISTRY]);
	snprintf(simreform_find(reform, sim_codes[DEPARTMENT])->parent, LT_AGENCY_MAX, "H39");
	assert_int_equal(simreform_encode(reform, "lienthong.test", rulebook_directory_version(sim->rulebook) + 1,
					  sim->now, &bytes, &refusal),
			 0);
	request.define = (struct lt_define_command){
		.type = LT_DEFINE_DIRECTORY, .data = lt_buf_bytes(&bytes), .operator_name = "tester", .reason = "above"
	};
	assert_int_equal(sim_control(sim, &request)->reason, 0);
	simreform_free(reform);
	lt_buf_fini(&bytes);
}

static void test_a_late_leg_and_dossier(void **state)
{
	struct simclock *clock = begin_held(71, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	put_above(clock);
	run_to(clock, "2026-11-23T08:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 0);
	run_to(clock, "2026-11-23T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 1);
	run_to(clock, "2026-11-27T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 2);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_DUE_SOON), 0);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_SILENT), 0);
	held(sim, LT_KIND_WITHDRAW, DISTRICT, DEPARTMENT, 0,
	     NULL); /* what was late stays so, and is told nobody again */
	run_to(clock, "2026-12-07T09:00", SIM_DAY);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_OVERDUE), 2);
	end(clock);
}

static void test_an_offer_that_is_not_answered(void **state)
{
	struct simclock *clock = begin(72);
	struct sim *sim = clock->sim;
	(void)state;
	put_above(clock);
	offer(sim, SIMCLOCK_PROCEDURE);
	run_to(clock, "2026-11-26T09:00", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_UNDELIVERABLE), 1);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_UNDELIVERABLE), 1);
	end(clock);
}

/* ---- the week's digest ---- */

/* From now on each Monday at 07:00. */
static void begin_weeks(struct sim *sim)
{
	sim_advance(sim, SIM_SECOND);
	sim_crash(sim, 0);
	sim->options.digest = 7 * 60 + 1;
	sim_open(sim);
	connect_all(sim);
}

static const struct sim_item *digest_of(const struct sim *sim, int agency)
{
	const struct sim_item *item = sim_last_item(sim, agency);
	assert_non_null(item);
	assert_int_equal(item->kind, LT_KIND_DIGEST);
	assert_string_equal(item->dossier, "");
	return item;
}

static void assert_tally(const struct lt_tally *tally, uint32_t in_hand, uint32_t overdue, uint32_t done, uint32_t late)
{
	assert_int_equal(tally->in_hand, in_hand);
	assert_int_equal(tally->overdue, overdue);
	assert_int_equal(tally->done, done);
	assert_int_equal(tally->late, late);
}

static void test_weeks(void **state)
{
	struct simclock *clock = begin_held(73, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	put_above(clock);
	begin_weeks(sim);
	run_to(clock, "2026-11-23T06:30", SIMCLOCK_HOUR);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_DIGEST), 0);
	run_to(clock, "2026-11-23T07:30", SIMCLOCK_HOUR);
	const struct sim_item *item = digest_of(sim, MINISTRY);
	assert_string_equal(item->tally.agency, sim_codes[DEPARTMENT]);
	assert_int_equal(item->digest.agencies, 1);
	assert_int_equal(item->digest.until, at("2026-11-23T07:00"));
	assert_tally(&item->tally, 1, 0, 1, 0); /* the answer to the offer */
	run_to(clock, "2026-11-30T08:00", SIMCLOCK_HOUR * 6);
	item = digest_of(sim, MINISTRY);
	assert_int_equal(item->digest.from, at("2026-11-23T07:00"));
	assert_tally(&item->tally, 1, 1, 0, 0);
	/* the district's own work is told nobody: nobody stands above it */
	assert_int_equal(simclock_count(sim, DISTRICT, LT_KIND_DIGEST), 0);
	held(sim, LT_KIND_RETURN, DEPARTMENT, DISTRICT, 0, NULL);
	struct sim_act accept = { .kind = LT_KIND_ACCEPT, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE };
	uint8_t offer_id[16];
	memcpy(offer_id, leg(sim)->offer_id.data, 16);
	accept.reply = offer_id;
	accept.branch = leg(sim)->branch;
	accept.version = leg(sim)->version;
	act(sim, &accept);
	const struct lt_dossier_view *view = sim_dossier(sim, CODE);
	uint64_t beyond = 0;
	for (size_t i = 0; i < view->stay_count; i++) {
		const struct lt_stay *stay = &view->stays[i];
		if (stay->how == LT_STAY_GIVEN_BACK)
			beyond = stay->used - stay->allotted;
	}
	assert_true(beyond > 0);
	run_to(clock, "2026-12-07T08:00", SIMCLOCK_HOUR * 6);
	item = digest_of(sim, MINISTRY);
	assert_tally(&item->tally, 0, 0, 1, 1);
	assert_int_equal(item->tally.minutes, beyond);
	assert_int_equal(item->digest.all.minutes, beyond);
	/* nothing more comes of it: no digest */
	run_to(clock, "2026-12-21T08:00", SIM_DAY);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_DIGEST), 3);
	end(clock);
}

/* A broker that was down on the Monday tells at its start, once, of the last week that is over. */
static void test_weeks_that_were_missed(void **state)
{
	struct simclock *clock = begin_held(74, SIMCLOCK_PROCEDURE);
	struct sim *sim = clock->sim;
	(void)state;
	put_above(clock);
	begin_weeks(sim);
	simclock_run(clock, SIMCLOCK_HOUR, SIMCLOCK_MINUTE * 10);
	sim_crash(sim, 0);
	sim->now += 20 * SIM_DAY;
	sim->boot += 20 * SIM_DAY;
	sim->options.long_pause = true;
	sim_open(sim);
	connect_all(sim);
	simclock_run(clock, 4 * SIMCLOCK_HOUR, SIMCLOCK_MINUTE * 10);
	assert_int_equal(simclock_count(sim, MINISTRY, LT_KIND_DIGEST), 1);
	const struct sim_item *item = digest_of(sim, MINISTRY);
	assert_tally(&item->tally, 1, 1, 1, 0);
	assert_int_equal(item->digest.until, at("2026-12-07T07:00"));
	char error
		[240]; /* it is of no dossier: neither the record that made it, which its id names, nor that which signed it is skipped */
	uint64_t made = item->sequence - 1;
	while ((uint8_t)made != item->id[14])
		made--;
	for (uint64_t at = item->sequence; at >= made; at -= item->sequence - made) {
		assert_false(sim_skip(sim, at, error));
		assert_non_null(strstr(error, "not of one dossier"));
	}
	end(clock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_late_leg_and_dossier),
		cmocka_unit_test(test_an_offer_that_is_not_answered),
		cmocka_unit_test(test_weeks),
		cmocka_unit_test(test_weeks_that_were_missed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
