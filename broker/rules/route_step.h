/* route_step.h: where FORWARD and RESULT may send a branch. Forward an offer goes only to what `next` says: a fork whole, of a choice
 * what was chosen. docs/dossier.md, "The route". */
#ifndef BROKER_ROUTE_STEP_H
#define BROKER_ROUTE_STEP_H

#include "apply.h"

struct route_step {
	size_t count; /* recipients, one leg each, in their order */
	uint32_t legs[LT_TO_MAX];
	bool back;  /* a refusal that leads back inside the work: to the leg's on_refusal */
	bool waits; /* at a join, for branches that are still on their way */
	bool own;   /* one leg, and it is the sender's own */
};
/* For the header's recipients, at a branch that the sender holds. LEG_UNKNOWN; NOT_AT_THIS_LEG: nothing follows by this act;
 * RECIPIENTS_INVALID: another leg follows, another agency does it, a fork is not whole, more than one of a choice;
 * FIELD_REQUIRED: no field decides a choice yet, or no reason for the holder's; COUNT_EXCEEDED. */
enum lt_reason route_step_find(struct act *act, const struct branch *branch, struct route_step *out);

/* Whether the branch stands at a leg that makes a result, and none was made there yet. */
bool route_step_makes(struct act *act, const struct branch *branch);
/* Whether a result is still to be made: by this branch if it goes where `step` says (NULL: it stays), or by another. */
bool route_step_pending(struct act *act, const struct branch *branch, const struct route_step *step);
/* NOT_AT_THIS_LEG unless it is the end of its way. */
enum lt_reason route_step_check_end(struct act *act, const struct branch *branch);

#endif
