/* gate_trust.c: what trust rests on, looked at once an hour and whenever it changes: what ends is told to the operator days before,
 * in the log; `lienthong status` shows the same. */
#include "gate_internal.h"

#include <stdio.h>
#include <time.h>

#include "program/log.h"
#include "queue/env.h"
#include "record/control.h"

enum { HOUR_SECONDS = 3600, LINES_MAX = 20 }; /* a whole province may end on one day */

struct watch {
	unsigned lines, more;
};

static void say_end(void *ctx, const struct rulebook_end *end)
{
	static const char *const what[] = { "", "revocation list", "CA", "certificate", "registrar" };
	static const char *const state[] = { "good", "ends soon", "ends within 7 days",
					     "is over, work goes on for the grace", "is over" };
	struct watch *watch = ctx;
	char text[32] = "";
	time_t at = (time_t)(end->ends / 1000000);
	struct tm tm;
	if (end->state == LT_TRUST_GOOD)
		return;
	if (watch->lines == LINES_MAX) {
		watch->more++;
		return;
	}
	watch->lines++;
	if (end->ends != 0 && gmtime_r(&at, &tm))
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	lt_log(end->state >= LT_TRUST_GRACE ? LT_LOG_ERROR : LT_LOG_WARNING,
	       end->ends == 0 ? "no revocation list of this CA is in force" : "trust ends", "what", what[end->type],
	       "name", end->name, "state", state[end->state], "ends", text[0] ? text : NULL, NULL);
}

void gate_trust_watch(struct gate *gate)
{
	struct watch watch = { 0 };
	const struct env *env = gate->options.env;
	gate->trust_watched_at = env->boottime(env->ctx);
	rulebook_each_end(gate->rulebook, env_time(env), say_end, &watch);
	if (watch.more > 0)
		lt_log(LT_LOG_WARNING, "more ends; see `lienthong status`", "count", lt_log_u64(watch.more), NULL);
}

void gate_trust_hourly(struct gate *gate, int64_t now)
{
	if (gate->rulebook && now - gate->trust_watched_at >= (int64_t)HOUR_SECONDS * 1000000)
		gate_trust_watch(gate);
}
