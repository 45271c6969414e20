/* env.h: clocks and randomness, handed to the stages as values. Nothing else in the broker asks the machine for them.
 *
 * The machine's clock is not the time of the records: it may be wrong for a moment or for years. The engine keeps trusted time
 * (engine_time.c) and publishes it here; whoever judges by the time, a certificate, an agency's end, asks env_time(). */
#ifndef QUEUE_ENV_H
#define QUEUE_ENV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Trusted time, for all threads. The engine's thread writes. */
struct env_clock {
	_Atomic int64_t offset;      /* trusted time - CLOCK_BOOTTIME */
	_Atomic bool running;        /* the engine has opened */
	_Atomic bool unconfirmed;    /* refusals for reasons of time are not final */
	_Atomic int64_t legal_ahead; /* of a sandbox: its legal time - trusted time */
};
/* Everything that a stage may not fetch by itself. Filled by START, or by the simulator. */
struct env {
	void *ctx;
	int64_t (*now)(void *ctx);      /* CLOCK_REALTIME, microseconds */
	int64_t (*boottime)(void *ctx); /* CLOCK_BOOTTIME, microseconds */
	void (*random)(void *ctx, uint8_t *out, size_t len);
	/* Whether the kernel says that somebody keeps its clock, and that clock; NULL: it is not asked. */
	bool (*synchronised)(void *ctx, int64_t *kernel);
	struct env_clock *clock; /* NULL: the machine's clock is taken at its word (tests of one stage) */
};

/* The time that the next record would have. Any thread. */
static inline int64_t env_time(const struct env *env)
{
	const struct env_clock *clock = env->clock;
	if (!clock || !atomic_load_explicit(&clock->running, memory_order_acquire))
		return env->now(env->ctx);
	return env->boottime(env->ctx) + atomic_load_explicit(&clock->offset, memory_order_relaxed);
}

static inline int64_t env_legal_ahead(const struct env *env)
{
	return env->clock ? atomic_load_explicit(&env->clock->legal_ahead, memory_order_relaxed) : 0;
}

static inline bool env_time_unconfirmed(const struct env *env)
{
	return env->clock && atomic_load_explicit(&env->clock->unconfirmed, memory_order_relaxed);
}

#endif
