/* engine_time.c: what the clocks say, and when not to believe them. Source: DESIGN section 3, "Time". */
#include "engine_internal.h"
#include "program/log.h"
#include "queue/env.h"

enum { STEP_US = 600 * 1000000 }; /* a step of the clock that needs an operator */

static void distrust(struct engine *engine, const char *why)
{
	if (engine->time_unconfirmed)
		return;
	engine->time_unconfirmed = true;
	lt_log(LT_LOG_WARNING, "time is not confirmed: clock events stop until `lienthong time confirm`", "why", why,
	       NULL);
}

void engine_check_start_time(struct engine *engine)
{
	int64_t now = engine->env.now(engine->env.ctx);
	engine->started = now;
	engine->offset = now - engine->env.boottime(engine->env.ctx);
	if (engine->state.sequence == 0)
		return;
	if (now < engine->state.time)
		distrust(engine, "the clock is before the last record");
	else if (now > engine->state.time + 7 * ENGINE_DAY_US)
		distrust(engine, "the clock is over 7 days after the last record");
}

void engine_check_time(struct engine *engine)
{
	int64_t offset = engine->env.now(engine->env.ctx) - engine->env.boottime(engine->env.ctx);
	int64_t step = offset - engine->offset;
	engine->offset = offset; /* slow drift is no step */
	if (step > STEP_US || step < -STEP_US)
		distrust(engine, "the clock was set by over 10 minutes");
}

int64_t engine_now(struct engine *engine)
{
	int64_t now = engine->env.now(engine->env.ctx);
	return now > engine->state.time ? now : engine->state.time;
}
