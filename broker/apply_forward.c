/* apply_forward.c: FORWARD, RETURN and RESULT: the holder offers the visit to another agency. */
#include <string.h>

#include "custody.h"

static enum lt_reason find_held(struct act *act, struct visit **visit)
{
	enum lt_reason reason = custody_find(act, visit);
	return reason ? reason : custody_check_held(act, *visit);
}

static bool to_itself(const struct act *act)
{
	return strcmp(act->header->to[0].agency, act->header->sender) == 0;
}

static enum lt_reason check_other(struct act *act)
{
	if (to_itself(act))
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID, "to[0]: %s holds it already",
				 act->header->sender);
	return custody_check_offer(act);
}

/* The edges back to 4 from 8 and 9 are for acts of their own (resuming, recalling a result), not for a hand-off. */
static enum lt_reason set_in_progress(struct act *act)
{
	enum status status = act->dossier->status;
	if (status != STATUS_RECEIVED && status != STATUS_IN_PROGRESS)
		return lt_refuse(&act->refusal, LT_STATUS_EDGE_ILLEGAL,
				 "status %u (%s): %s is for 2 and 4; RESULT passes a result on", (unsigned)status,
				 status_name(status), lt_kind_name(act->header->kind));
	return status_set(&act->dossier->status, STATUS_IN_PROGRESS, &act->refusal);
}

enum lt_reason apply_forward(struct act *act)
{
	struct visit *visit;
	enum lt_reason reason = find_held(act, &visit);
	if (!reason)
		reason = check_other(act);
	if (!reason)
		reason = set_in_progress(act);
	if (!reason)
		custody_offer(act, visit);
	return reason;
}

static enum lt_reason check_giver(struct act *act, const struct visit *visit)
{
	const char *to = act->header->to[0].agency;
	if (visit->came_from[0] == '\0')
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to[0]: %s got it from no other agency; %s may FORWARD it", visit->holder,
				 visit->holder);
	if (strcmp(visit->came_from, to) != 0)
		return lt_refuse(&act->refusal, LT_RECIPIENTS_INVALID,
				 "to[0]: %s; it came from %s and may go back there", to, visit->came_from);
	return LT_REASON_NONE;
}

enum lt_reason apply_return(struct act *act)
{
	struct visit *visit;
	enum lt_reason reason = find_held(act, &visit);
	if (!reason)
		reason = check_giver(act, visit);
	if (!reason)
		reason = check_other(act);
	if (!reason)
		reason = set_in_progress(act);
	if (!reason)
		custody_offer(act, visit);
	return reason;
}

/* A result that was made goes on by RESULT: to the agency that refused or lost it, or further towards the one-stop. The
 * status stays 9 then: nothing is made twice. */
enum lt_reason apply_result(struct act *act)
{
	struct visit *visit;
	enum lt_reason reason = find_held(act, &visit);
	if (!reason && !to_itself(act))
		reason = custody_check_offer(act);
	if (!reason && act->dossier->status != STATUS_DONE)
		reason = status_set(&act->dossier->status, STATUS_DONE, &act->refusal);
	if (reason)
		return reason;
	if (to_itself(act))
		custody_keep(act, visit);
	else
		custody_offer(act, visit);
	return LT_REASON_NONE;
}
