/* apply_receive.c: RECEIVE and REJECT: the one-stop's answer to what was registered with it: 1 becomes 2, and the clocks start; or 3, and it
 * is closed (form 03). Papers and fees may be asked for before, as at any other time. docs/decisions/0054. */
#include "rules/custody.h"
#include "rules/clock/intake.h"

#define BIT(status) (1u << (STATUS_##status))

static enum lt_reason check(struct act *act, struct branch **branch)
{
	const struct dossier *dossier = act->dossier;
	enum lt_reason reason = custody_find(act, branch);
	if (!reason)
		reason = custody_check_holder(act, *branch);
	if (!reason)
		reason = custody_check_status(act, BIT(REGISTERED));
	if (!reason && dossier->intake.by[0] != '\0')
		reason = custody_check_addressed(act, dossier->intake.by, "which registered the dossier");
	return reason;
}

enum lt_reason apply_receive(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = check(act, &branch);
	if (!reason)
		reason = custody_set_stage(act, branch, STATUS_RECEIVED);
	if (!reason)
		intake_receive(act, branch);
	return reason;
}

enum lt_reason apply_reject(struct act *act)
{
	struct branch *branch;
	enum lt_reason reason = check(act, &branch);
	if (!reason)
		reason = custody_check_version(act, branch);
	if (!reason)
		reason = custody_set_stage(act, branch, STATUS_NOT_RECEIVED);
	if (!reason)
		custody_close(act, branch, LT_STAY_CLOSED);
	return reason;
}
