/* flow_clock.h: a dossier that DEPARTMENT holds for two working days, for the programs that let its clocks run. */
#ifndef TESTS_FLOW_CLOCK_H
#define TESTS_FLOW_CLOCK_H

#include <string.h>

#include "simclock.h"
#include "time_fixture.h"

#define CODE "H37.02-20261119-0000001"

static void connect_all(struct sim *sim)
{
	for (int i = DISTRICT; i <= MINISTRY; i++)
		sim_connect(sim, i);
}

static struct simclock *begin(uint64_t seed)
{
	struct sim *sim = sim_new(seed);
	struct simclock *clock = simclock_new(sim, true);
	connect_all(sim);
	return clock;
}

static void end(struct simclock *clock)
{
	struct sim *sim = clock->sim;
	uint8_t live[32], rebuilt[32];
	sim_advance(sim, SIM_SECOND);
	sim_hash(sim, live);
	sim_rebuild(sim);
	sim_hash(sim, rebuilt);
	assert_memory_equal(live, rebuilt, 32);
	simclock_free(clock);
	sim_free(sim);
}

static const struct sim_answer *act(struct sim *sim, const struct sim_act *act)
{
	const struct sim_answer *answer = sim_do(sim, act);
	assert_non_null(answer);
	if (answer->reason)
		fail_msg("%s: %s: %s", lt_kind_name(act->kind), lt_reason_name(answer->reason), answer->detail);
	return answer;
}

static const struct lt_branch_view *leg(struct sim *sim)
{
	const struct lt_dossier_view *dossier = sim_dossier(sim, CODE);
	assert_non_null(dossier);
	return &dossier->branches[dossier->branch_count - 1];
}

static void offer(struct sim *sim, const char *procedure)
{
	struct sim_act open = { .kind = LT_KIND_OPEN, .sender = DISTRICT, .to = DEPARTMENT, .dossier = CODE };
	open.procedure = procedure;
	open.route_leg = 2;
	act(sim, &open);
}

static void accept(struct sim *sim)
{
	uint8_t offer_id[16];
	const struct lt_branch_view *view = leg(sim);
	struct sim_act accept = { .kind = LT_KIND_ACCEPT, .sender = DEPARTMENT, .to = DISTRICT, .dossier = CODE };
	assert_int_equal(view->offer_id.len, 16);
	memcpy(offer_id, view->offer_id.data, 16);
	accept.reply = offer_id;
	accept.branch = view->branch;
	accept.version = view->version;
	act(sim, &accept);
}

static void held(struct sim *sim, enum lt_kind kind, int sender, int to, int64_t due, const uint8_t *reply)
{
	const struct lt_branch_view *view = leg(sim);
	struct sim_act given = { .kind = kind, .sender = sender, .to = to, .dossier = CODE, .due_at = due };
	given.branch = view->branch;
	given.version = view->version;
	given.reply = reply;
	act(sim, &given);
}

/* Thu 19/11 08:00 + 2 working days: Mon 23/11; the dossier's 3 days: Wed 25/11, since Tue 24/11 is a holiday. */
static struct simclock *begin_held(uint64_t seed, const char *procedure)
{
	struct simclock *clock = begin(seed);
	offer(clock->sim, procedure);
	accept(clock->sim);
	return clock;
}

static void run_to(struct simclock *clock, const char *time, int64_t step)
{
	int64_t us = at(time) - clock->sim->now;
	simclock_run(clock, us - us % step, step);
	if (us % step > 0)
		simclock_run(clock, us % step, us % step);
}

#endif
