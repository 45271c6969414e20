/* The time is set back over what has happened by the wrong one: over a PRUNE, an agency's end, a silence, a stay that runs. Nothing is undone,
 * nothing happens twice, what has not happened comes at its time; and a replay gives the same state. */
#include "test.h"

#include <string.h>

#include "sim.h"
#include "simclock.h"
#include "simcut.h"

#define YEARS (3 * 365 * SIM_DAY)
#define MINUTE (60 * SIM_SECOND)

static void same_again(struct sim *sim)
{
	uint8_t before[32], after[32];
	sim_run(sim);
	sim_flush(sim);
	sim_hash(sim, before);
	sim_rebuild(sim);
	sim_flush(sim);
	sim_hash(sim, after);
	assert_memory_equal(before, after, 32);
}

static struct sim *begin(void)
{
	struct sim *sim = sim_new(1);
	sim_connect(sim, DISTRICT);
	return sim;
}

/* A wrong clock, confirmed, lets PRUNE forget what is still within the horizon. Set back, none of it may take effect again, and what is new
 * is taken. */
static void test_over_prune(void **state)
{
	struct sim *sim = begin();
	struct lt_buf header = { 0 };
	(void)state;
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT };
	act.dossier = sim_code(sim, DISTRICT, 9);
	sim_header(sim, &act, &header);
	assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&header))->reason, 0);
	sim_advance(sim, SIM_SECOND);
	sim->now += YEARS;
	sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "");
	for (int i = 0; i < 5; i++)
		sim_advance(sim, 2 * SIM_SECOND); /* PRUNE */
	sim->now -= YEARS;
	assert_int_equal(sim_set_time(sim, sim->now)->reason, 0);
	const struct sim_answer *again = sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(again->reason, LT_ID_TOO_OLD); /* not a second OPEN, nor EXISTS: it is known to be forgotten */
	act.dossier = sim_code(sim, DISTRICT, 10);
	for (int i = 0; i < 3; i++) {
		sim_header(sim, &act, &header);
		assert_int_equal(sim_again(sim, DISTRICT, lt_buf_bytes(&header))->reason,
				 i == 0 ? 0 : LT_DOSSIER_EXISTS);
	}
	lt_buf_fini(&header);
	same_again(sim);
	sim_free(sim);
}

/* An agency's end comes too early, and is taken back; it comes again at its day, once. */
static void test_over_valid_to(void **state)
{
	struct simcut *cut = *state;
	struct sim *sim = cut->sim;
	int64_t right = sim->now;
	simreform_close(cut->reform, sim_codes[DISTRICT], SIMCUT, sim_codes[OTHER]);
	simcut_put_directory(cut);
	assert_true(right < SIMCUT);
	sim->now = SIMCUT + SIM_DAY;
	assert_int_equal(sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "")->reason, 0);
	for (int i = 0; i < 10; i++)
		sim_advance(sim, 2 * SIM_SECOND);
	sim->now = right + MINUTE;
	assert_int_equal(sim_set_time(sim, sim->now)->reason, 0);
	uint64_t head = engine_sequence(sim->engine);
	for (int i = 0; i < 10; i++)
		sim_advance(sim, 2 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head); /* it is open again */
	int64_t rest = SIMCUT - sim->now;
	for (int i = 0; i < 10; i++)
		sim_advance(sim, rest / 10 + SIM_SECOND);
	for (int i = 0; i < 10; i++)
		sim_advance(sim, 2 * SIM_SECOND);
	assert_true(engine_sequence(sim->engine) > head);
	head = engine_sequence(sim->engine);
	for (int i = 0; i < 10; i++)
		sim_advance(sim, 2 * SIM_SECOND);
	assert_int_equal(engine_sequence(sim->engine), head);
}

/* A dossier whose second leg the department holds. */
static void hold(struct sim *sim, const char *code)
{
	uint8_t offer[16];
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = code };
	open.procedure = SIMCLOCK_PROCEDURE;
	open.route_leg = 2;
	assert_int_equal(sim_do(sim, &open)->reason, 0);
	memcpy(offer, sim->last_id, 16);
	struct sim_act accept = { .kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = DISTRICT, .dossier = code };
	accept.branch = sim_dossier(sim, code)->branches[0].branch;
	accept.version = sim_dossier(sim, code)->branches[0].version;
	accept.reply = offer;
	assert_int_equal(sim_do(sim, &accept)->reason, 0);
}

static const struct lt_branch_view *leg_of(struct sim *sim, const char *code)
{
	return &sim_dossier(sim, code)->branches[0];
}

static void act(struct sim *sim, enum lt_kind kind, int to, const char *code, int64_t due)
{
	struct sim_act given = { .kind = kind, .sender = DEPARTMENT, .to = to, .dossier = code, .due_at = due };
	given.branch = leg_of(sim, code)->branch;
	given.version = leg_of(sim, code)->version;
	const struct sim_answer *answer = sim_do(sim, &given);
	if (answer->reason)
		fail_msg("%s: %s: %s", code, lt_reason_name(answer->reason), answer->detail);
}

static uint32_t silence(struct sim *sim, const char *code)
{
	return sim_dossier(sim, code)->consults[0].answers[0].silent_at != 0;
}

static void tick_for(struct simclock *clock)
{
	simclock_run(clock, 10 * SIM_SECOND, SIM_SECOND);
}

/* A consultation's silence that has come stays; one that has not comes at its time, once. */
static void test_over_silence(void **state)
{
	static const char first[] = "H37.02-20261119-0000001", second[] = "H37.02-20261119-0000002";
	struct sim *sim = sim_new(3);
	struct simclock *clock = simclock_new(sim, true);
	(void)state;
	for (int i = DISTRICT; i <= MINISTRY; i++)
		sim_connect(sim, i);
	hold(sim, first);
	hold(sim, second);
	act(sim, LT_KIND_CONSULT, MINISTRY, first, sim->now + 2 * SIM_DAY);
	act(sim, LT_KIND_CONSULT, MINISTRY, second, sim->now + 5 * SIM_DAY);
	sim->now += 3 * SIM_DAY;
	sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "");
	tick_for(clock);
	uint32_t came = silence(sim, first);
	assert_int_not_equal(came, silence(sim, second));
	unsigned told = simclock_count(sim, DEPARTMENT, LT_KIND_OVERDUE);
	sim->now -= 3 * SIM_DAY;
	assert_int_equal(sim_set_time(sim, sim->now)->reason, 0);
	uint64_t set = sim->control.act.sequence;
	tick_for(clock);
	struct lt_control_request request = { .type = LT_CONTROL_TIME, .sequence = set };
	const struct lt_time_view *view = &sim_control(sim, &request)->time;
	assert_int_equal(view->dossier_count, 2);        /* both were told of their legs' due times, too */
	simclock_run(clock, 3 * SIM_DAY, SIMCLOCK_HOUR); /* the first one's right time, again */
	assert_int_equal(silence(sim, first), came);
	assert_int_equal(silence(sim, second), 0);
	assert_int_equal(simclock_count(sim, DEPARTMENT, LT_KIND_OVERDUE), told); /* nothing of it twice */
	simclock_run(clock, 3 * SIM_DAY, SIMCLOCK_HOUR);                          /* the second one's */
	assert_int_equal(silence(sim, second), came);
	simclock_free(clock);
	same_again(sim);
	sim_free(sim);
}

/* A stay that ended before it began counts nothing, and says so. */
static void test_span(void **state)
{
	static const char code[] = "H37.02-20261119-0000001";
	struct sim *sim = sim_new(4);
	struct simclock *clock = simclock_new(sim, true);
	(void)state;
	for (int i = DISTRICT; i <= MINISTRY; i++)
		sim_connect(sim, i);
	sim->now += 4 * SIM_DAY;
	sim_admin(sim, LT_ADMIN_TIME_CONFIRMED, "");
	hold(sim, code); /* the leg's clock runs from then on */
	assert_false(leg_of(sim, code)->clock->set_back);
	sim->now -= 4 * SIM_DAY;
	assert_int_equal(sim_set_time(sim, sim->now)->reason, 0);
	assert_int_equal(leg_of(sim, code)->clock->used, 0);
	act(sim, LT_KIND_REQUEST_SUPPLEMENT, DISTRICT, code, 0);
	const struct lt_clock_view *leg = leg_of(sim, code)->clock;
	assert_int_equal(leg->used, 0);
	assert_true(leg->set_back);
	assert_true(leg->suspended);
	simclock_free(clock);
	same_again(sim);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(test_over_prune),
	  cmocka_unit_test_setup_teardown(test_over_valid_to, simcut_set_up, simcut_tear_down),
	  cmocka_unit_test(test_over_silence), cmocka_unit_test(test_span))
