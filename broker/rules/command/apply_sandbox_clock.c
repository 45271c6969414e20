/* apply_sandbox_clock.c: the legal time of a sandbox goes forward, one due time at a time.
 *
 * The offset alone moves. What is due then happens as it always does, by clock records of its own that follow, at the minute at which it
 * was due; so a command never leaps over a due time: it goes behind the first one on its way, or as far as it was asked to. Who wants to go
 * further asks again when nothing is due any more. */
#include "rules/apply.h"
#include "base/date.h"

/* Further ahead no calendar reaches, and no test of a procedure needs. */
#define SANDBOX_AHEAD_MAX (3650 * LT_DAY_US)
#define BEHIND_DUE 1 /* microseconds: what is due has happened when its time is over (timer_collect) */

enum lt_reason apply_sandbox_clock(struct act *act)
{
	struct state *state = act->state;
	int64_t now = act_legal(act), to = act->command->u.admin.time, first = timer_first(&state->due);
	if (!state->sandbox)
		return lt_refuse(&act->refusal, LT_NOT_A_SANDBOX,
				 "the genesis record of this broker does not say sandbox");
	if (to <= now)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "the legal time is past that");
	if (to > act->time + SANDBOX_AHEAD_MAX)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID,
				 "sandbox clock: at most %d days ahead of the records' time",
				 (int)(SANDBOX_AHEAD_MAX / LT_DAY_US));
	if (first != 0 && first + BEHIND_DUE < to)
		to = first + BEHIND_DUE > now ? first + BEHIND_DUE : now; /* what is due already comes first */
	if (act->tried)
		return LT_REASON_NONE;
	state->legal_ahead = to - act->time;
	state_put_number(state, "legal_ahead", (uint64_t)state->legal_ahead);
	return LT_REASON_NONE;
}
