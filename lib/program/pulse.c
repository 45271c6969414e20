/* pulse.c: each thread for itself: a sum or a minimum would move as long as one of them does. */
#include "pulse.h"

#include "log.h"

bool pulse_beat(struct pulse *pulse, const uint64_t *rounds, size_t count)
{
	bool moves = true;
	LT_ASSERT(count <= PULSE_THREADS);
	for (size_t i = 0; i < count; i++) {
		pulse->still[i] = rounds[i] == pulse->seen[i] ? pulse->still[i] + 1 : 0;
		pulse->seen[i] = rounds[i];
		moves = moves && pulse->still[i] < PULSE_PATIENCE;
	}
	return moves;
}
