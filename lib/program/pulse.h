/* pulse.h: whether all of a daemon's threads move, for the service manager's watchdog. Each thread counts its rounds, also when it is
 * idle; who feeds the watchdog compares the counts of one beat with those of the beat before. One thread calls. */
#ifndef LT_PULSE_H
#define LT_PULSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PULSE_THREADS 16u
/* Beats in which a thread stands still before the daemon counts as stuck: a slow disk or a long verification is none. */
#define PULSE_PATIENCE 3u
#define PULSE_BEATS 3u /* in the time that the service manager waits */

struct pulse {
	uint64_t seen[PULSE_THREADS];
	unsigned still[PULSE_THREADS];
};
/* One beat: the rounds of each thread. False when one has not moved for PULSE_PATIENCE beats: the watchdog is not fed. */
bool pulse_beat(struct pulse *pulse, const uint64_t *rounds, size_t count);

#endif
