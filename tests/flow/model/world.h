/* world.h: a simulated world, its dossiers on cards, and what becomes so for all of them. */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "kinds.h"
#include "simfacts.h"
#include "simmerge.h"
#include "simmodel.h"
#include "simstays.h"
#include "simowed.h"
#include "sheet.h"

enum {
	DOSSIERS = 200,
	ACTS = 5000,
	LONG_DOSSIERS = 500,
	LONG_ACTS = 100000,
	MERGERS = 3,
	DAYS_OFF = 2,
	COPY_PATH = 80
};
#define SPAN (12 * SIM_DAY) /* twice the time of a world */

static int dossiers = DOSSIERS, acts = ACTS;

struct world {
	struct sim *sim;
	struct model cards[LONG_DOSSIERS];
	struct simstays *stays[LONG_DOSSIERS]; /* their time, naively */
	struct simmerge merge;
	struct sim_act last;                 /* that was done */
	int merged, lost, drained, closures; /* drained: which agency is, + 1; 0: none */
	int64_t lost_until;
	int64_t pause; /* that the last act left behind */
	bool copied;   /* there is a copy of the store */
	int32_t off[DAYS_OFF];
	uint32_t off_count;
	uint64_t admitted, refused, done[LT_KIND_DUE_SOON];
	int forks, joins, closed, drains;
};

static void code_of(int dossier, char out[LT_DOSSIER_MAX])
{
	snprintf(out, LT_DOSSIER_MAX, "H37.02-20261118-%07d", dossier + 1);
}

static int dice(struct world *world, int sides)
{
	return (int)sim_random(world->sim, (uint64_t)sides);
}

/* ---- what is so for all ---- */

/* One of the days around becomes free. */
static void take_a_day(struct world *world)
{
	if (world->off_count == DAYS_OFF)
		return;
	int64_t day = (world->sim->now + 7 * INT64_C(3600000000)) / SIM_DAY + dice(world, 5) - 2;
	for (uint32_t i = 0; i < world->off_count; i++) {
		if (world->off[i] == day)
			return;
	}
	world->off[world->off_count++] = (int32_t)day;
	simfacts_day_off(day);
	simroute_calendar(world->sim, 2026, 1 + world->off_count, world->off, world->off_count);
}

/* What was lost in the last hours is told now. */
static void lose_time(struct world *world)
{
	struct lt_control_request request = { .type = LT_CONTROL_OUTAGE };
	int64_t to = world->sim->now / 60000000 * 60000000;
	int64_t from = to - (1 + dice(world, 200)) * INT64_C(60000000);
	if (from < world->lost_until || world->lost == 16)
		return;
	request.outage = (struct lt_outage_command){ .from = from, .to = to, .operator_name = "t", .reason = "r" };
	assert_int_equal(sim_control(world->sim, &request)->reason, 0);
	simfacts_lost(from, to);
	world->lost_until = to;
	world->lost++;
}

static void merge_next(struct world *world)
{
	static const int ends[MERGERS][2] = { { COMMUNE, DISTRICT }, { MINISTRY, OTHER }, { OTHER, DEPARTMENT } };
	if (world->merged == MERGERS)
		return;
	const int *pair = ends[world->merged++];
	simmerge_end(&world->merge, world->sim, pair[0], pair[1]);
	simfacts_merge(pair[0], pair[1]);
}

static void announce(struct world *world, enum lt_admin_act act, int agency, int64_t hours)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){ .act = act,
						   .subject = sim_codes[agency],
						   .time = world->sim->now,
						   .until = world->sim->now + hours * INT64_C(3600000000),
						   .operator_name = "t",
						   .reason = "r" };
	assert_int_equal(sim_control(world->sim, &request)->reason, 0);
}

/* One is drained, or is not any more. */
static void drain_or_resume(struct world *world)
{
	int agency = world->drained > 0 ? world->drained - 1 : dice(world, SIM_AGENCIES);
	announce(world, world->drained > 0 ? LT_ADMIN_RESUME : LT_ADMIN_DRAIN, agency, 0);
	world->drained = world->drained > 0 ? 0 : agency + 1;
	world->drains += world->drained > 0;
	simfacts_drain(agency, world->drained > 0);
}

/* No act and no time is otherwise for it. */
static void close_for_hours(struct world *world)
{
	announce(world, LT_ADMIN_CLOSURE, dice(world, SIM_AGENCIES), 1 + dice(world, 48));
	world->closures++;
}

#endif
