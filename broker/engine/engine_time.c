/* engine_time.c: what the clocks say, and when not to believe them. docs/time.md.
 *
 * A record is never stamped by CLOCK_REALTIME. Trusted time goes on with CLOCK_BOOTTIME, which nobody can set, and follows
 * CLOCK_REALTIME by at most half a hundredth: the drift of a clock, and what NTP mends, is taken over without a jump. Who is
 * more than ten seconds away is not followed at all: one of the two is wrong, and the broker cannot know which. Time is then
 * unconfirmed: records go on with trusted time and say so (LT_RECORD_TIME_UNCONFIRMED), nothing happens by itself (clocks,
 * elision, pruning, reorganisations), and refusals for reasons of time are retryable.
 *
 * At a start there is no trusted time yet. The machine's clock is taken when it is at or after the last record and at most a week
 * behind it; else the last record's time goes on, unconfirmed.
 *
 * Three things end it: the kernel says that somebody keeps its clock (NTP), the operator confirms the clock (TIME_CONFIRMED), or
 * sets the time (TIME_SET). The first two only ever move time forward. TIME_SET alone may move it back: it raises the time
 * generation, and (generation, time) never falls. */
#include "engine_internal.h"

#include <stdio.h>

#include "program/log.h"
#include "queue/env.h"

enum {
	STEP_US = 10 * 1000000, /* further away than this is no drift */
	SLEW = 200,             /* one microsecond in so many: 0.5 %, ten times what a quartz drifts */
	LOOK_US = 100000,       /* two looks at CLOCK_BOOTTIME with one at CLOCK_REALTIME between: no pause in them */
	LOOKS = 3,              /* tries; then the next call will tell */
	TELL_US = 60 * 1000000, /* between two log lines about it */
};
#define START_AHEAD_US \
	(7 * ENGINE_DAY_US) /* a broker that was off for longer (Tết) is confirmed by a person or by NTP */

static int64_t boottime(struct engine *engine)
{
	return engine->env.boottime(engine->env.ctx);
}

/* Both clocks at one moment: a thread that was stopped between the two would see a step where there is none. */
static int64_t read_both(struct engine *engine, int64_t *boot)
{
	int64_t real = 0;
	for (int i = 0; i < LOOKS; i++) {
		int64_t before = boottime(engine);
		real = engine->env.now(engine->env.ctx);
		*boot = boottime(engine);
		if (*boot - before < LOOK_US)
			break;
	}
	return real;
}

static void publish(struct engine *engine)
{
	const struct trusted_time *time = &engine->time;
	struct env_clock *clock = engine->env.clock;
	engine->courier.now = time->boot;
	if (!clock)
		return;
	atomic_store_explicit(&clock->offset, time->now - time->boot, memory_order_relaxed);
	atomic_store_explicit(&clock->unconfirmed, time->unconfirmed, memory_order_relaxed);
	atomic_store_explicit(&clock->legal_ahead, engine->state.legal_ahead, memory_order_relaxed);
	atomic_store_explicit(&clock->running, true, memory_order_release);
}

/* ---- believing, and not ---- */

static void tell(struct engine *engine)
{
	struct trusted_time *time = &engine->time;
	char off[32];
	snprintf(off, sizeof(off), "%lld", (long long)((time->real - time->now) / 1000000));
	lt_log(LT_LOG_WARNING,
	       "time is not confirmed: clock events stop until `lienthong time confirm` or `lienthong time set`", "why",
	       time->why, "clock_ahead_s", off, NULL);
	time->told = time->boot;
}

static void distrust(struct engine *engine, const char *why)
{
	struct trusted_time *time = &engine->time;
	if (time->unconfirmed)
		return;
	time->unconfirmed = true;
	time->why = why;
	time->since = time->now;
	tell(engine);
}

static void believe(struct engine *engine, const char *by)
{
	struct trusted_time *time = &engine->time;
	time->unconfirmed = false;
	time->why = "";
	time->slack = 0;
	engine->elide_at = engine->prune_at = engine->large_at =
		0; /* they were counted by a time that may have been another */
	engine->tick_at = 0;
	lt_log(LT_LOG_NOTICE, "time is confirmed", "by", by, NULL);
	publish(engine);
}

/* What can be taken over without falling back: little is slewed, more is a jump forward. */
static void follow_clock(struct trusted_time *time)
{
	if (time->real > time->now + STEP_US)
		time->now = time->real;
}

static bool clock_is_behind(const struct trusted_time *time)
{
	return time->real < time->now - STEP_US;
}

/* ---- looking ---- */

/* Half a hundredth of what has passed, towards the clock; the rest of a division is kept for the next look. */
static void slew(struct trusted_time *time, int64_t elapsed)
{
	int64_t off = time->real - time->now, room = (time->slack + elapsed) / SLEW;
	time->slack = (time->slack + elapsed) % SLEW;
	time->now += off > room ? room : off < -room ? -room : off;
}

void engine_check_time(struct engine *engine)
{
	struct trusted_time *time = &engine->time;
	int64_t boot, elapsed;
	time->real = read_both(engine, &boot);
	elapsed = boot > time->boot ? boot - time->boot : 0;
	time->boot += elapsed;
	time->now += elapsed;
	if (!time->unconfirmed) {
		int64_t off = time->real - time->now;
		if (off > STEP_US)
			distrust(engine, "the clock was set forward by over 10 seconds");
		else if (off < -STEP_US)
			distrust(engine, "the clock was set back by over 10 seconds");
		else
			slew(time, elapsed);
	}
	publish(engine);
}

void engine_check_start_time(struct engine *engine)
{
	struct trusted_time *time = &engine->time;
	int64_t last = engine->state.time;
	*time = (struct trusted_time){ .why = "", .generation = engine->state.time_generation };
	time->real = read_both(engine, &time->boot);
	time->now = time->real;
	engine->started = time->real;
	if (engine->state.sequence > 0 && time->real < last) {
		time->now = last;
		distrust(engine, "the clock is before the last record");
	} else if (engine->state.sequence > 0 && time->real > last + START_AHEAD_US && !engine->options.long_pause) {
		time->now = last;
		distrust(engine, "the clock is over 7 days after the last record");
	}
	if (!engine->options.rebuild)
		publish(engine);
}

bool engine_confirm_time(struct engine *engine)
{
	struct trusted_time *time = &engine->time;
	int64_t kernel;
	if (!time->unconfirmed)
		return true;
	if (engine->env.synchronised && engine->env.synchronised(engine->env.ctx, &kernel)) {
		/* A clock that is not the kernel's (a library between) is not what the kernel vouches for. */
		bool same = kernel - time->real < LOOK_US * 10 && time->real - kernel < LOOK_US * 10;
		if (same && !clock_is_behind(time)) {
			follow_clock(time);
			believe(engine, "the kernel: its clock is synchronised");
			return true;
		}
	}
	if (time->boot - time->told >= TELL_US)
		tell(engine);
	return false;
}

int64_t engine_now(const struct engine *engine)
{
	return engine->time.now;
}

void engine_time_view(struct engine *engine, struct lt_time_view *out)
{
	const struct trusted_time *time = &engine->time;
	int64_t kernel;
	*out = (struct lt_time_view){
		.time = time->now,
		.clock = time->real,
		.generation = time->generation,
		.sandbox = engine->state.sandbox,
		.legal = state_legal(&engine->state, time->now),
		.due = timer_first(&engine->state.due),
		.unconfirmed = time->unconfirmed,
		.why = time->why,
		.since = time->unconfirmed ? time->since : 0,
	};
	if (engine->env.synchronised)
		out->kernel = engine->env.synchronised(engine->env.ctx, &kernel) ? LT_KERNEL_SYNCHRONISED
										 : LT_KERNEL_NOT_SYNCHRONISED;
}

/* ---- acts of the operator ---- */

static enum lt_reason confirm(struct engine *engine, bool dry_run, struct lt_refusal *refusal)
{
	struct trusted_time *time = &engine->time;
	if (!time->unconfirmed)
		return lt_refuse(refusal, LT_ALREADY_SO, "the time is confirmed");
	if (clock_is_behind(time))
		return lt_refuse(refusal, LT_CLOCK_BEHIND, "the machine's clock is %lld s before the record time",
				 (long long)((time->now - time->real) / 1000000));
	if (dry_run)
		return LT_REASON_NONE;
	follow_clock(time);
	believe(engine, "an operator");
	return LT_REASON_NONE;
}

/* The operator types what he sees on another clock: a machine whose clock is wrong cannot be adopted by habit. */
static enum lt_reason set(struct engine *engine, int64_t seen, bool dry_run, struct lt_refusal *refusal)
{
	struct trusted_time *time = &engine->time;
	int64_t off = time->real - seen;
	if (off > STEP_US || off < -STEP_US)
		return lt_refuse(refusal, LT_TIME_DIFFERS, "it is %lld s %s the machine's clock",
				 (long long)(off < 0 ? -off : off) / 1000000, off < 0 ? "after" : "before");
	if (dry_run)
		return LT_REASON_NONE;
	time->now = time->real;
	time->generation++;
	believe(engine, "an operator who has set it");
	return LT_REASON_NONE;
}

enum lt_reason engine_time_act(struct engine *engine, const struct lt_admin_command *admin, bool dry_run,
			       struct lt_refusal *refusal)
{
	bool named = admin->operator_name && admin->operator_name[0] && admin->reason && admin->reason[0];
	if (!named || !engine->state.rulebook) /* apply will refuse it, and time does not move by a refused act */
		return LT_REASON_NONE;
	if (admin->act == LT_ADMIN_TIME_CONFIRMED)
		return confirm(engine, dry_run, refusal);
	return admin->act == LT_ADMIN_TIME_SET ? set(engine, admin->time, dry_run, refusal) : LT_REASON_NONE;
}
