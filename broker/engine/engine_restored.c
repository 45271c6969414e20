/* engine_restored.c: the door after a restore from a backup, and what waits before it. docs/decisions/0030.
 *
 * Until the first adapter has come back, and for some seconds more, nothing new is admitted: adapters say what they hold, and hand
 * back directory and revocation lists. Then the door opens, unless one of them has shown that something else is lost: an operator brings that back and
 * confirms. Until then what was made in the lost time is not refused for what was defined in it. */
#include "engine_internal.h"

#include <lienthong/time.h>

#include "program/log.h"
#include "queue/env.h"

#define COLLECT_US \
	INT64_C(12000000) /* an adapter tries again after 10 s at the latest (lib/link), and speaks within one */
#define TELL_US INT64_C(3600000000)

void engine_restored_begin(struct engine *engine)
{
	engine->restored_open_at = INT64_MAX;
	engine->restored_told_at = 0;
	lt_log(LT_LOG_WARNING, "restored from a backup: adapters are asked for what they hold, nothing is admitted yet",
	       NULL);
}

void engine_restored_heard(struct engine *engine)
{
	if (engine->restored_open_at == INT64_MAX)
		engine->restored_open_at = engine->env.boottime(engine->env.ctx) + COLLECT_US;
}

enum lt_restored engine_restored(const struct engine *engine)
{
	const struct state *state = &engine->state;
	if (!state->restoring)
		return LT_RESTORED_NOT;
	if (state->definitions_lost)
		return LT_RESTORED_LOST;
	return engine->env.boottime(engine->env.ctx) < engine->restored_open_at ? LT_RESTORED_COLLECTING
										: LT_RESTORED_OPEN;
}

bool engine_restored_closed(const struct engine *engine)
{
	enum lt_restored restored = engine_restored(engine);
	return restored == LT_RESTORED_COLLECTING || restored == LT_RESTORED_LOST;
}

/* Once at each change, and once an hour. */
void engine_restored_tell(struct engine *engine, int64_t boot)
{
	enum lt_restored restored = engine_restored(engine);
	bool same = restored == engine->restored_told && boot - engine->restored_told_at < TELL_US;
	if (same || restored == LT_RESTORED_COLLECTING)
		return;
	if (restored == LT_RESTORED_LOST)
		lt_log(LT_LOG_ERROR,
		       "definitions of before the restore are missing: nothing is admitted until they are brought back "
		       "and `lienthong restore confirm` says so",
		       "definitions", lt_log_u64(engine->state.definitions), "before",
		       lt_log_u64(engine->state.definitions_told), NULL);
	else if (restored == LT_RESTORED_OPEN)
		lt_log(LT_LOG_WARNING,
		       "restored from a backup and not confirmed: compare suspensions, procedures and calendars, then "
		       "`lienthong restore confirm`",
		       NULL);
	engine->restored_told = restored;
	engine->restored_told_at = boot;
}

enum lt_reason engine_restored_check(const struct engine *engine, const struct lt_define_command *define,
				     struct lt_refusal *refusal)
{
	bool is_signed = define->type == LT_DEFINE_DIRECTORY || define->type == LT_DEFINE_CRL;
	if (!is_signed || engine_restored(engine) != LT_RESTORED_COLLECTING)
		return LT_REASON_NONE;
	return lt_refuse(
		refusal, LT_RESTORING,
		"adapters may hold newer ones: they are asked for 12 seconds from the first that comes back; when "
		"none does, `lienthong restore confirm`");
}

bool engine_restored_lost_time(const struct engine *engine, const struct lt_header *header)
{
	return engine->state.restoring && header && lt_uuid_time(header->id) < engine->state.restored_at;
}

bool engine_restored_may_change(enum lt_reason reason)
{
	switch ((int)reason) {
	case LT_CERTIFICATE_NOT_ENROLLED:
	case LT_CERTIFICATE_UNTRUSTED:
	case LT_SENDER_UNKNOWN:
	case LT_SENDER_SUSPENDED:
	case LT_RECIPIENT_UNKNOWN:
	case LT_RECIPIENT_SUSPENDED:
	case LT_RECIPIENT_DRAINED:
	case LT_PROCEDURE_UNKNOWN:
	case LT_CODE_NOT_OWNED:
	case LT_OPENER_NOT_ADMITTED:
	case LT_OFFER_NOT_ADMITTED:
		return true;
	default:
		return false;
	}
}
