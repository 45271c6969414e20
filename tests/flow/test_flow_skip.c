/* A record that crashes the replay is skipped in the middle of others' work: their numbers stay theirs, on every machine alike. */
#include "test.h"

#include <string.h>

#include "simclock.h"

#define EARLIER "H37.02-20261119-0000001"
#define SKIPPED "H37.02-20261119-0000002"
#define BEHIND "H37.02-20261119-0000003"
#define LATER "H37.02-20261119-0000004"

static const struct sim_answer *offer(struct sim *sim, const char *code)
{
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = code };
	act.procedure = SIMCLOCK_PROCEDURE;
	act.route_leg = 2;
	const struct sim_answer *answer = sim_do(sim, &act);
	assert_int_equal(answer->reason, 0);
	return answer;
}

static void accept(struct sim *sim, const char *code)
{
	uint8_t offered[16];
	const struct lt_dossier_view *view = sim_dossier(sim, code);
	assert_non_null(view);
	struct sim_act act = { .kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = DISTRICT, .dossier = code };
	memcpy(offered, view->branches[0].offer_id.data, 16);
	act.reply = offered;
	act.version = view->branches[0].version;
	assert_int_equal(sim_do(sim, &act)->reason, 0);
}

/* Two machines replay the same journal with the same list. */
static void same_on_two(struct sim *sim)
{
	uint8_t one[32], two[32];
	sim_rebuild(sim);
	sim_hash(sim, one);
	sim_rebuild(sim);
	sim_hash(sim, two);
	assert_memory_equal(one, two, 32);
}

static void in_the_middle(void **state)
{
	struct sim *sim = sim_new(3);
	struct simclock *clock = simclock_new(sim, true);
	struct lt_buf header = { 0 };
	struct sim_act act = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = SKIPPED };
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	offer(sim, EARLIER);
	simclock_run(clock, 3 * SIM_DAY, SIM_DAY); /* its hand-off falls due: notices, signed and delivered */
	act.procedure = SIMCLOCK_PROCEDURE;
	act.route_leg = 2;
	sim_header(sim, &act, &header);
	struct sim_answer skipped = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(skipped.reason, 0);
	struct sim_answer behind = *offer(sim, BEHIND);
	accept(sim, BEHIND);
	accept(sim, EARLIER); /* and its clocks begin anew */
	simclock_run(clock, 10 * SIM_SECOND, SIM_SECOND);
	uint64_t head = sim->agencies[DEPARTMENT].received;
	sim->options.poisoned = &skipped.sequence;
	sim->options.poisoned_count = 1;
	same_on_two(sim);

	assert_null(sim_dossier(sim, SKIPPED));
	assert_int_equal(sim_dossier(sim, BEHIND)->hops[0].sequence, behind.sequence);
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	struct sim_answer again = *sim_again(sim, DISTRICT, lt_buf_bytes(&header));
	assert_int_equal(again.reason, LT_POISONED);
	assert_false(again.retry);
	assert_int_equal(again.sequence, skipped.sequence);
	offer(sim, LATER); /* nothing is given twice */
	assert_int_equal(sim_last_item(sim, DEPARTMENT)->number, head + 1);
	offer(sim, SKIPPED); /* the code is free: the act is filed anew */
	simclock_run(clock, 4 * SIM_DAY, SIM_DAY);
	same_on_two(sim);
	lt_buf_fini(&header);
	sim->options.poisoned_count = 0;
	simclock_free(clock);
	sim_free(sim);
}

/* An act on the dossier itself stands behind it: that one does not hold without it, and is named. */
static void not_under_its_own_dossier(void **state)
{
	struct sim *sim = sim_new(4);
	struct simclock *clock = simclock_new(sim, true);
	char error[240] = "";
	(void)state;
	sim_connect(sim, DISTRICT);
	sim_connect(sim, DEPARTMENT);
	uint64_t skipped = offer(sim, SKIPPED)->sequence;
	accept(sim, SKIPPED);
	sim->options.poisoned = &skipped;
	sim->options.poisoned_count = 1;
	sim_rebuild_fails(sim, error);
	assert_non_null(strstr(error, "the record has another outcome"));
	sim->options.poisoned_count = 0;
	sim_rebuild(sim);
	simclock_free(clock);
	sim_free(sim);
}

TEST_MAIN(cmocka_unit_test(in_the_middle), cmocka_unit_test(not_under_its_own_dossier))
