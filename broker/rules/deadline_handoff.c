/* deadline_handoff.c: the receiver's time to answer an offer: a reminder when it is over, and after as long again who sent it is told. It counts from when the
 * offer was on the receiver's disk, and until it is there from the offer; by the facts in force when it is asked. */
#include "deadline_internal.h"

struct lt_limit deadline_handoff_limit(struct act *act)
{
	const struct lt_procedure *procedure = deadline_procedure(act);
	if (procedure && deadline_is_legal(&procedure->handoff_limit))
		return procedure->handoff_limit;
	return act->rules->law->limits.handoff;
}

int64_t deadline_offer_due(struct act *act, const struct branch *branch)
{
	struct lt_limit limit = deadline_handoff_limit(act);
	return deadline_due_from(act, &limit, branch->offered_to,
				 branch->arrived != 0 ? branch->arrived : branch->since);
}

void deadline_offer_start(struct act *act, struct branch *branch)
{
	struct ticking t = deadline_of_branch(act, branch);
	branch->offer_due = 0; /* nobody's time yet */
	deadline_wait_start(act, &branch->handoff, branch->number, LT_CLOCK_HANDOFF_REMIND,
			    deadline_offer_due(act, branch));
	deadline_arm(&t);
}

/* A reminder that is planned is looked at when it is due; one that has gone by, or could not be planned, is planned anew. */
void deadline_offer_arrived(struct act *act, struct branch *branch)
{
	branch->arrived = act_legal(act);
	branch->offer_due = deadline_offer_due(act, branch);
	if (branch->handoff.next_kind != LT_CLOCK_HANDOFF_REMIND)
		deadline_wait_start(act, &branch->handoff, branch->number, LT_CLOCK_HANDOFF_REMIND, branch->offer_due);
}

void deadline_offer_end(struct act *act, struct branch *branch)
{
	struct ticking t = deadline_of_branch(act, branch);
	deadline_wait_end(act, &branch->handoff, branch->number);
	deadline_recount(&t);
	deadline_arm(&t);
}
