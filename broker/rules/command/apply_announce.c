/* apply_announce.c: see announce.h. */
#include "announce.h"

#include <string.h>

#include <lienthong/text.h>

#include "base/date.h"
#include "program/log.h"

/* Its code as the directory has it, and what is announced of it. */
static enum lt_reason find(struct act *act, const char **code, struct announced *out)
{
	const char *subject = act->command->u.admin.subject ? act->command->u.admin.subject : "";
	const struct lt_agency *agency = rulebook_agency(act->state->rulebook, subject);
	if (!agency)
		return lt_refuse(&act->refusal, LT_AGENCY_UNKNOWN, "%.60s", subject);
	*code = agency->code;
	return announced_get(act->state->store, agency->code, out) ? apply_damaged(act) : LT_REASON_NONE;
}

/* The rulebook has what is announced; whom it trusts stays, so that no envelope goes back to ADMIT. */
static void put(struct act *act, const char *agency, const struct announced *announced)
{
	if (act->tried)
		return;
	announced_put(act->state->store, agency, announced);
	enum lt_reason reason = act->rules->read.trust(act->state, NULL, &act->refusal);
	LT_ASSERT(!reason); /* the parts were in force before */
	act->rulebook_changed = true;
}

enum lt_reason announce_drain(struct act *act)
{
	const char *code;
	struct announced announced;
	enum lt_reason reason = find(act, &code, &announced);
	if (reason)
		return reason;
	if (announced.drained_at != 0)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "%s is %s", code, "drained");
	announced.drained_at = act->time;
	announced.drain_reason = act->command->u.admin.reason;
	put(act, code, &announced);
	return LT_REASON_NONE;
}

enum lt_reason announce_undrain(struct act *act, const char *agency, bool *drained)
{
	struct announced announced;
	if (announced_get(act->state->store, agency, &announced))
		return apply_damaged(act);
	*drained = announced.drained_at != 0;
	if (!*drained)
		return LT_REASON_NONE;
	announced.drained_at = 0;
	announced.drain_reason = "";
	put(act, agency, &announced);
	return LT_REASON_NONE;
}

static enum lt_reason check_span(struct act *act, int64_t from, int64_t until)
{
	int64_t now = act_legal(act);
	if (until <= from || until <= now)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "closure: it ends before it begins, or is over");
	if (until - from > CLOSURE_DAYS_MAX * LT_DAY_US)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID,
				 "closure: over %d days; let the directory say who acts for the agency",
				 CLOSURE_DAYS_MAX);
	if (from - now > CLOSURE_AHEAD_DAYS_MAX * LT_DAY_US)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "closure: begins over %d days from now",
				 CLOSURE_AHEAD_DAYS_MAX);
	return LT_REASON_NONE;
}

/* One that runs has begun when it did. Any other begins when it is announced at the earliest: it is no excuse for what was before. */
enum lt_reason announce_closure(struct act *act)
{
	const struct lt_admin_command *admin = &act->command->u.admin;
	const char *code;
	struct announced announced;
	int64_t now = act_legal(act), from = admin->time;
	enum lt_reason reason = find(act, &code, &announced);
	if (reason)
		return reason;
	reason = lt_text_refuse(admin->reason, LT_TEXT_LINES, LT_TEXT_NOT_IN_FORM, "reason", &act->refusal);
	if (reason) /* it will stand in notices, which have the envelope's form, whatever the door has let in */
		return reason;
	if (from < now)
		from = announced_closed(&announced, now) ? announced.closed_from : now;
	reason = check_span(act, from, admin->until);
	if (reason)
		return reason;
	if (announced.closed_from == from && announced.closed_until == admin->until &&
	    strcmp(announced.closure_reason, admin->reason) == 0)
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "closure: %s is announced as closed then", code);
	announced.closed_from = from;
	announced.closed_until = admin->until;
	announced.closure_reason = admin->reason;
	put(act, code, &announced);
	return LT_REASON_NONE;
}

enum lt_reason announce_reopen(struct act *act)
{
	const char *code;
	struct announced announced;
	enum lt_reason reason = find(act, &code, &announced);
	if (reason)
		return reason;
	if (!announced_closes(&announced, act_legal(act)))
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "closure: none of %s is announced", code);
	announced.closed_from = announced.closed_until = 0;
	announced.closure_reason = "";
	put(act, code, &announced);
	return LT_REASON_NONE;
}
