/* simfacts.c: see simfacts.h. Minutes are counted one by one, once after each change. */
#include "test.h"

#include "simfacts.h"
#include "sim.h"

#define MINUTE INT64_C(60000000)
#define FIRST (SIM_START / SIM_DAY * 1440 - 1440) /* a minute before all worlds */

enum { DAYS = 300, OFF_MAX = 16, LOST_MAX = 32 };

static struct {
	bool counted;
	int off_count, lost_count;
	int64_t off[OFF_MAX];
	struct {
		int64_t from, to;
	} lost[LOST_MAX];
	uint32_t before[DAYS * 1440 + 1]; /* worked minutes before each */
	int follows[SIM_AGENCIES];        /* + 1; 0: it acts itself */
	bool drained[SIM_AGENCIES];
} world;

void simfacts_forget(void)
{
	world.counted = false;
	world.off_count = world.lost_count = 0;
	for (int i = 0; i < SIM_AGENCIES; i++)
		world.follows[i] = world.drained[i] = 0;
}

void simfacts_drain(int agency, bool drained)
{
	world.drained[agency] = drained;
}

bool simfacts_drained(int agency)
{
	return world.drained[agency];
}

void simfacts_day_off(int64_t day)
{
	assert_true(world.off_count < OFF_MAX);
	world.off[world.off_count++] = day;
	world.counted = false;
}

void simfacts_lost(int64_t from, int64_t to)
{
	assert_true(world.lost_count < LOST_MAX);
	world.lost[world.lost_count].from = from;
	world.lost[world.lost_count++].to = to;
	world.counted = false;
}

/* 1970-01-01 was a Thursday. */
static bool worked(int64_t minute)
{
	int64_t local = minute + 7 * 60, day = local / 1440, of_day = local % 1440, weekday = (day + 3) % 7;
	for (int i = 0; i < world.off_count; i++) {
		if (world.off[i] == day)
			return false;
	}
	for (int i = 0; i < world.lost_count; i++) {
		if (minute >= world.lost[i].from / MINUTE && minute < world.lost[i].to / MINUTE)
			return false;
	}
	return weekday < 5 && ((of_day >= 450 && of_day < 690) || (of_day >= 780 && of_day < 1020));
}

uint32_t simfacts_minutes(int64_t from, int64_t to)
{
	int64_t first = from / MINUTE - FIRST, last = to / MINUTE - FIRST;
	for (int64_t i = 0; !world.counted && i < DAYS * 1440; i++)
		world.before[i + 1] = world.before[i] + worked(FIRST + i);
	world.counted = true;
	assert_true(first >= 0 && last <= DAYS * 1440);
	return last > first ? world.before[last] - world.before[first] : 0;
}

void simfacts_merge(int from, int to)
{
	world.follows[from] = to + 1;
}

int simfacts_acts(int agency)
{
	while (agency >= 0 && world.follows[agency] != 0)
		agency = world.follows[agency] - 1;
	return agency;
}

bool simfacts_is(int a, int b)
{
	return simfacts_acts(a) == simfacts_acts(b);
}
