/* result.c: a result that is taken back.
 *
 * Who refuses a result, or takes it back, sends the dossier to the leg that made it and not merely one step: what is in between only
 * passes results on. Clocks that the result ended run again, with the due times that they had, and the time between counts: the delay is the
 * agency's own. */
#include "result.h"

#include <string.h>

#include "custody.h"
#include "state/succession.h"

static void forget(struct act *act, struct branch *branch)
{
	struct dossier *dossier = act->dossier;
	branch->made_leg = 0;
	branch->made_refused = false;
	branch->made_by[0] = '\0';
	memset(branch->made_id, 0, sizeof(branch->made_id));
	dossier->refused = false;
	for (uint32_t i = 0; i < dossier->branch_count; i++)
		dossier->refused |= dossier->branches[i].made_refused;
}

void result_take_back(struct act *act, struct branch *branch)
{
	struct dossier *dossier = act->dossier;
	char maker[LT_AGENCY_MAX];
	const struct rulebook *rulebook = act->state->rulebook;
	uint32_t leg = branch->made_leg;
	bool there = branch->custody == LT_CUSTODY_HELD && branch->leg == leg && branch->fork_leg == 0;
	dossier_copy_code(maker, act->rules->succession.of(rulebook, branch->made_by, dossier, act->time));
	if (dossier->stage == STATUS_DONE) {
		enum lt_reason reason = custody_set_stage(act, branch, STATUS_IN_PROGRESS);
		LT_ASSERT(!reason);
		deadline_dossier_reopen(act);
	}
	forget(act, branch);
	branch->joined = 0;
	if (!there || strcmp(act->rules->succession.of(rulebook, branch->holder, dossier, act->time), maker) != 0)
		custody_place(act, branch, maker, leg, LT_STAY_GIVEN_BACK);
	else if (branch->begun == 0)
		custody_start_leg(act, branch);
}
