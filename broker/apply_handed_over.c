/* apply_handed_over.c: HANDED_OVER: the applicant has the result; the dossier is closed. */
#include "custody.h"

enum lt_reason apply_handed_over(struct act *act)
{
	struct visit *visit;
	enum lt_reason reason = custody_find(act, &visit);
	if (!reason)
		reason = custody_check_held(act, visit);
	if (!reason)
		reason = status_set(&act->dossier->status, STATUS_HANDED_OVER, &act->refusal);
	if (!reason)
		custody_close(act, visit);
	return reason;
}
