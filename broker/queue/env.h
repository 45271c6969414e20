/* env.h: clocks and randomness, handed to the stages as values. Nothing else in the broker asks the machine for them. */
#ifndef QUEUE_ENV_H
#define QUEUE_ENV_H

#include <stddef.h>
#include <stdint.h>

/* Everything that a stage may not fetch by itself. Filled by START, or by the simulator. */
struct env {
	void *ctx;
	int64_t (*now)(void *ctx);      /* CLOCK_REALTIME, microseconds */
	int64_t (*boottime)(void *ctx); /* CLOCK_BOOTTIME, microseconds */
	void (*random)(void *ctx, uint8_t *out, size_t len);
};

#endif
