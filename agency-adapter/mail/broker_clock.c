/* broker_clock.c: how far two clocks are apart. */
#include "broker_clock.h"

#include <stddef.h>

void broker_clock_tell(struct broker_clock *clock, int64_t time)
{
	if (time == 0)
		return;
	atomic_store(&clock->offset, time - clock->boot());
	atomic_store(&clock->told, true);
}

int64_t broker_clock_ahead(const struct broker_clock *clock, int64_t now)
{
	return atomic_load(&clock->told) ? now - clock->boot() - atomic_load(&clock->offset) : 0;
}

int64_t broker_clock_legal(const struct broker_clock *clock, int64_t now)
{
	return clock ? now + atomic_load(&clock->legal_ahead) : now;
}

bool broker_clock_apart(const struct broker_clock *clock, int64_t now)
{
	int64_t ahead = clock ? broker_clock_ahead(clock, now) : 0;
	return ahead > BROKER_CLOCK_APART_US || ahead < -BROKER_CLOCK_APART_US;
}
