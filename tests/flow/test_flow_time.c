/* Record time, and what happens when the clock cannot be believed: wrong by a little, by a day, by years, forward and back, while
 * running and at a start. After each step the newest record's head says what time it was given. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include <lienthong/time.h>
#include "sim.h"

#define THIRD INT64_C(333333)
#define YEARS (3 * 365 * SIM_DAY)
#define MINUTE (60 * SIM_SECOND)

static const struct lt_time_view *view(struct sim *sim, uint64_t set, uint64_t below)
{
	struct lt_control_request request = { .type = LT_CONTROL_TIME, .sequence = set, .below = below };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	assert_int_equal(answer->reason, 0);
	return &answer->time;
}

static bool unconfirmed(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	bool told = sim_control(sim, &request)->status.time_unconfirmed;
	assert_int_equal(view(sim, 0, 0)->unconfirmed, told);
	assert_int_equal(env_time_unconfirmed(&(struct env){ .clock = &sim->clock }), told);
	return told;
}

/* The head of the newest record. */
static struct lt_record newest(struct sim *sim)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = engine_sequence(sim->engine) };
	const struct lt_control_answer *answer = sim_control(sim, &request);
	struct lt_record record;
	struct lt_refusal refusal;
	assert_int_equal(answer->reason, 0);
	assert_int_equal(lt_record_decode(answer->record.record, &record, &refusal), 0);
	return record;
}

static const struct sim_answer *open_next(struct sim *sim)
{
	static unsigned number;
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT };
	act.dossier = sim_code(sim, DISTRICT, ++number);
	return sim_do(sim, &act);
}

/* An admitted envelope's record time, checked against head, generation and mark; off from what it should be, in microseconds. */
static void stamped(struct sim *sim, int64_t expected, uint32_t generation, bool marked)
{
	const struct sim_answer *answer = open_next(sim);
	if (answer->reason)
		fail_msg("%s: %s", lt_reason_name(answer->reason), answer->detail);
	struct lt_record record = newest(sim);
	assert_int_equal(record.time, answer->time);
	assert_int_equal(record.time, expected);
	assert_int_equal(record.time_generation, generation);
	assert_int_equal(record.flags, marked ? LT_RECORD_TIME_UNCONFIRMED : 0);
	assert_int_equal(unconfirmed(sim), marked);
}

static struct sim *begin(void)
{
	struct sim *sim = sim_new(1);
	sim_connect(sim, DISTRICT);
	sim_advance(sim, 100 * SIM_SECOND);
	stamped(sim, sim->now, 0, false);
	return sim;
}

/* Replay and rebuild give the same state. */
static void end(struct sim *sim)
{
	uint8_t before[32], after[32];
	sim_run(sim);
	sim_flush(sim);
	sim_hash(sim, before);
	sim_rebuild(sim);
	sim_flush(sim);
	sim_hash(sim, after);
	assert_memory_equal(before, after, 32);
	sim_free(sim);
}

/* The broker's clock alone is wrong; everybody else's is right. */
static void set_clock(struct sim *sim, int64_t by)
{
	sim->now += by;
	sim->agency_off -= by;
}

/* ---- while running ---- */

/* Ten seconds and less are slewed: no jump, no mark, half a hundredth of the time that passes. */
static void slewed(int64_t by)
{
	struct sim *sim = begin();
	int64_t right = sim->now, size = by < 0 ? -by : by;
	set_clock(sim, by);
	stamped(sim, right, 0, false); /* no time has passed: none is taken over */
	sim_advance(sim, 10 * SIM_SECOND);
	int64_t moved = size < 50000 ? size : 50000;
	stamped(sim, right + 10 * SIM_SECOND + (by < 0 ? -moved : moved), 0, false);
	for (int i = 0; i < 3000; i++)
		sim_advance(sim, SIM_SECOND);
	stamped(sim, sim->now, 0, false); /* it has caught up with the clock */
	end(sim);
}

/* More is not followed, whatever comes: records go on by the time that has passed, marked. */
static void refused_step(int64_t by)
{
	struct sim *sim = begin();
	int64_t right = sim->now;
	set_clock(sim, by);
	stamped(sim, right, 0, true);
	sim_advance(sim, MINUTE);
	stamped(sim, right + MINUTE, 0, true);
	set_clock(sim, -by);
	sim_advance(sim, MINUTE);
	stamped(sim, right + 2 * MINUTE, 0, true); /* a clock that came back is still one that jumped */
	assert_int_equal(sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "")->reason, 0);
	assert_int_equal(newest(sim).time, right + 2 * MINUTE);
	assert_int_equal(newest(sim).flags, 0);
	stamped(sim, sim->now, 0, false);
	end(sim);
}

static void test_small(void **state)
{
	static const int64_t by[] = { THIRD, SIM_SECOND, 10 * SIM_SECOND };
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		slewed(by[i]);
		slewed(-by[i]);
	}
}

static void test_large(void **state)
{
	static const int64_t by[] = { 11 * SIM_SECOND, SIM_DAY, 20 * SIM_DAY, YEARS };
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		refused_step(by[i]);
		refused_step(-by[i]);
	}
}

/* Wrong for a third of a second: one envelope falls into it. */
static void test_moment(void **state)
{
	struct sim *sim = begin();
	int64_t right = sim->now;
	(void)state;
	set_clock(sim, YEARS);
	stamped(sim, right, 0, true);
	sim_advance(sim, THIRD);
	set_clock(sim, -YEARS);
	stamped(sim, right + THIRD, 0, true);
	assert_int_equal(sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "")->reason, 0);
	sim_advance(sim, SIM_SECOND);
	stamped(sim, right + THIRD + SIM_SECOND, 0, false);
	assert_int_equal(sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "")->reason, LT_ALREADY_SO);
	end(sim);
}

/* Many small steps are one large one; drift is none. */
static void test_creep(void **state)
{
	struct sim *sim = begin();
	(void)state;
	for (int i = 0; i < 200; i++) {
		sim->now += 1000; /* 100 in a million, as a bad quartz */
		sim_advance(sim, 10 * SIM_SECOND);
	}
	stamped(sim, sim->now, 0, false);
	set_clock(sim, 6 * SIM_SECOND);
	sim_advance(sim, SIM_SECOND);
	assert_false(unconfirmed(sim));
	set_clock(sim, 6 * SIM_SECOND);
	sim_advance(sim, SIM_SECOND);
	assert_true(unconfirmed(sim));
	end(sim);
}

/* ---- at a start ---- */

static void restart(struct sim *sim, int64_t by)
{
	sim_crash(sim, 0);
	sim->now += by;
	sim_open(sim);
	sim_connect(sim, DISTRICT);
}

static void test_start(void **state)
{
	static const int64_t before[] = { THIRD, SIM_SECOND, 10 * SIM_SECOND, 11 * SIM_SECOND, SIM_DAY, YEARS };
	static const int64_t after[] = { THIRD, SIM_SECOND, 11 * SIM_SECOND, SIM_DAY, 6 * SIM_DAY };
	(void)state;
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		struct sim *sim = begin();
		restart(sim, after[i]);
		stamped(sim, sim->now, 0, false);
		end(sim);
	}
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct sim *sim = begin();
		int64_t last = sim->now;
		restart(sim, -before[i]);
		sim->agency_off = before[i];
		stamped(sim, last, 0, true);
		sim_advance(sim, MINUTE);
		stamped(sim, last + MINUTE, 0, true);
		end(sim);
	}
}

/* Off for longer than a week: the clock may be right or not. Its time is taken when somebody says so. */
static void test_start_late(void **state)
{
	static const int64_t by[] = { 8 * SIM_DAY, YEARS };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sim *sim = begin();
		int64_t last = sim->now;
		restart(sim, by[i]);
		assert_true(unconfirmed(sim));
		const struct sim_answer *answer = open_next(sim); /* its id is of the right time */
		assert_int_equal(answer->reason, LT_CLOCK_WRONG);
		assert_true(answer->retry);
		uint64_t head = engine_sequence(sim->engine);
		sim->agency_off = -by[i];
		stamped(sim, last, 0, true);
		assert_int_equal(engine_sequence(sim->engine), head + 1); /* what was refused has no record */
		sim->agency_off = 0;
		assert_int_equal(sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "")->reason, 0);
		assert_int_equal(newest(sim).time, sim->now);
		stamped(sim, sim->now, 0, false);
		restart(sim, SIM_SECOND);
		stamped(sim, sim->now, 0, false);
		end(sim);
	}
}

/* A sandbox lies still for weeks: the machine's clock is taken. One that is before the last record never is. */
static void test_long_pause(void **state)
{
	(void)state;
	struct sim *sim = begin();
	sim->options.long_pause = true;
	restart(sim, 20 * SIM_DAY);
	assert_false(unconfirmed(sim));
	stamped(sim, sim->now, 0, false);
	restart(sim, -SIM_DAY);
	assert_true(unconfirmed(sim));
	end(sim);
}

/* ---- who ends it ---- */

static void test_kernel(void **state)
{
	struct sim *sim = begin();
	(void)state;
	sim->now += 8 * SIM_DAY;
	sim_advance(sim, 2 * SIM_SECOND);
	assert_true(unconfirmed(sim));
	sim->synchronised = true;
	sim->kernel_off = -8 * SIM_DAY; /* the kernel vouches for another clock than the one that we are shown */
	sim_advance(sim, 2 * SIM_SECOND);
	assert_true(unconfirmed(sim));
	sim->kernel_off = 0;
	sim_advance(sim, 2 * SIM_SECOND);
	assert_false(unconfirmed(sim));
	stamped(sim, sim->now, 0, false);
	int64_t last = sim->now;
	sim->now -= SIM_DAY; /* synchronised, and before our records: only TIME_SET may go back */
	sim_advance(sim, 2 * SIM_SECOND);
	sim->agency_off = SIM_DAY;
	stamped(sim, last + 2 * SIM_SECOND, 0, true);
	assert_int_equal(sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "")->reason, LT_CLOCK_BEHIND);
	assert_true(unconfirmed(sim));
	end(sim);
}

/* The operator types what another clock shows: over ten seconds off the machine's is refused. */
static void test_set(void **state)
{
	struct sim *sim = begin();
	uint64_t head = engine_sequence(sim->engine);
	(void)state;
	assert_int_equal(sim_set_time(sim, sim->now + 11 * SIM_SECOND)->reason, LT_TIME_DIFFERS);
	assert_int_equal(sim_set_time(sim, sim->now - 11 * SIM_SECOND)->reason, LT_TIME_DIFFERS);
	assert_int_equal(sim_set_time(sim, 0)->reason, LT_TIME_DIFFERS);
	assert_int_equal(engine_sequence(sim->engine), head);
	int64_t wrong = sim->now;
	sim->now -= 20 * SIM_DAY; /* the machine's clock was wrong from the start, and is mended now */
	sim_advance(sim, SIM_SECOND);
	sim->agency_off = 20 * SIM_DAY;
	stamped(sim, wrong + SIM_SECOND, 0, true);
	sim->agency_off = 0;
	assert_int_equal(sim_set_time(sim, sim->now + 9 * SIM_SECOND)->reason, 0);
	struct lt_record record = newest(sim);
	assert_int_equal(record.time, sim->now);
	assert_int_equal(record.time_generation, 1);
	assert_int_equal(record.flags, 0);
	stamped(sim, sim->now, 1, false);
	restart(sim, SIM_SECOND);
	stamped(sim, sim->now, 1, false);
	sim_flush(sim);
	restart(sim, SIM_SECOND);
	stamped(sim, sim->now, 1, false);
	sim->now += YEARS; /* and forward */
	assert_int_equal(sim_set_time(sim, sim->now)->reason, 0);
	stamped(sim, sim->now, 2, false);
	assert_int_equal(view(sim, 0, 0)->set_count, 2);
	assert_int_equal(view(sim, 0, 0)->generation, 2);
	end(sim);
}

/* Whoever has a record under the time that was set aside is listed: the last ones before the act, and no more. */
static void test_listed(void **state)
{
	struct sim *sim = begin();
	(void)state;
	sim->now += SIM_DAY;
	sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, ""); /* a wrong clock, believed */
	for (int i = 0; i < 1200; i++)
		open_next(sim);
	uint64_t marked = engine_sequence(sim->engine);
	sim->now -= SIM_DAY - MINUTE;
	assert_int_equal(sim_set_time(sim, sim->now)->reason, 0);
	uint64_t set = engine_sequence(sim->engine);
	assert_int_equal(set, marked + 1);
	const struct lt_time_view *page = view(sim, set, 0);
	assert_int_equal(page->set_count, 1);
	assert_int_equal(page->sets[0].sequence, set);
	assert_int_equal(page->sets[0].generation, 1);
	assert_int_equal(page->sets[0].after, sim->now);
	assert_int_equal(page->sets[0].before, sim->now + SIM_DAY - MINUTE);
	size_t count = page->dossier_count;
	assert_true(count > 900 && page->next != 0);
	page = view(sim, set, page->next);
	assert_int_equal(count + page->dossier_count, 1200); /* the one of begin() is right */
	assert_int_equal(page->next, 0);
	struct lt_control_request request = { .type = LT_CONTROL_TIME, .sequence = set - 1 };
	assert_int_equal(sim_control(sim, &request)->reason, LT_RECORD_UNKNOWN);
	stamped(sim, sim->now, 1, false);
	end(sim);
}

/* ---- refusals ---- */

static enum lt_reason with_id(struct sim *sim, int64_t made, bool *retry)
{
	uint8_t id[16], random[8] = { 1, 2, 3, (uint8_t)made };
	lt_uuid_make(made, random, id);
	static unsigned number = 500000;
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .id = id };
	act.dossier = sim_code(sim, DISTRICT, ++number); /* one that is sent again holds back those behind it */
	const struct sim_answer *answer = sim_do(sim, &act);
	*retry = answer->retry;
	return answer->reason;
}

static void test_refusals(void **state)
{
	struct sim *sim = begin();
	uint64_t head = engine_sequence(sim->engine);
	bool retry;
	(void)state;
	/* Confirmed: final for that id, and no record of it. */
	assert_int_equal(with_id(sim, sim->now + 601 * SIM_SECOND, &retry), LT_ID_IN_FUTURE);
	assert_false(retry);
	assert_int_equal(engine_sequence(sim->engine), head);
	assert_int_equal(with_id(sim, sim->now - 401 * SIM_DAY, &retry), LT_ID_TOO_OLD);
	assert_int_equal(engine_sequence(sim->engine), head + 1);
	set_clock(sim, YEARS);
	/* Not confirmed: nothing that a clock alone could have refused is final. */
	assert_int_equal(with_id(sim, sim->now - YEARS + 601 * SIM_SECOND, &retry), LT_CLOCK_WRONG);
	assert_true(retry);
	assert_int_equal(with_id(sim, sim->now - YEARS - 401 * SIM_DAY, &retry), LT_CLOCK_WRONG);
	assert_true(retry);
	assert_int_equal(engine_sequence(sim->engine), head + 1);
	set_clock(sim, -YEARS);
	sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "");
	assert_int_equal(with_id(sim, sim->now + 599 * SIM_SECOND, &retry), 0);
	end(sim);
}

/* ---- what waits ---- */

/* Clock events wait until the time is confirmed. */
static void test_clock_events_wait(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .part_bytes = 8 };
	act.dossier = "H37.02-20261118-0000001";
	assert_int_equal(sim_do(sim, &act)->reason, 0);
	sim_advance(sim, SIM_SECOND); /* the acknowledgement */
	sim->now += 40 * SIM_DAY;     /* a wrong clock would take all parts away */
	sim_advance(sim, 2 * SIM_SECOND);
	uint64_t head = engine_sequence(sim->engine);
	for (int i = 0; i < 100; i++)
		sim_advance(sim, 60 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head);
	sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "");
	sim_advance(sim, 3601 * SIM_SECOND);
	sim_advance(sim, 3601 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine),
			 head + 3); /* the operator's act, ELIDE, PRUNE of whole answers */
	end(sim);
}

/* Idle time writes nothing, confirmed or not. */
static void test_idle(void **state)
{
	struct sim *sim = sim_new(1);
	(void)state;
	sim_connect(sim, DISTRICT);
	uint64_t head = engine_sequence(sim->engine);
	for (int i = 0; i < 200; i++)
		sim_advance(sim, 3600 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head);
	sim->now -= YEARS;
	for (int i = 0; i < 200; i++)
		sim_advance(sim, 3600 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_small), cmocka_unit_test(test_large), cmocka_unit_test(test_moment),
	  cmocka_unit_test(test_creep), cmocka_unit_test(test_start), cmocka_unit_test(test_start_late),
	  cmocka_unit_test(test_long_pause), cmocka_unit_test(test_kernel), cmocka_unit_test(test_set),
	  cmocka_unit_test(test_listed), cmocka_unit_test(test_refusals), cmocka_unit_test(test_clock_events_wait),
	  cmocka_unit_test(test_idle))
