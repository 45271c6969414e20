/* deadline_freeze.c: while a dossier is frozen nothing of it falls due; when that ends, all that it waits for is asked again: what should have
 * fallen due meanwhile falls due then. A clock goes on counting: the fault is not the citizen's, whose appointment stays. */
#include "deadline_internal.h"

static void take(struct act *act, uint32_t kind, int64_t at, uint64_t armed, uint32_t number)
{
	if (kind != 0)
		timer_del(&act->state->due, (uint64_t)at, armed, act->dossier->number, number,
			  (enum lt_clock_kind)kind);
}

void deadline_freeze(struct act *act)
{
	const struct dossier *dossier = act->dossier;
	take(act, dossier->clock.next_kind, dossier->clock.next_due, dossier->clock.armed, 0);
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		const struct branch *branch = &dossier->branches[i];
		take(act, branch->clock.next_kind, branch->clock.next_due, branch->clock.armed, branch->number);
		take(act, branch->handoff.next_kind, branch->handoff.next_due, branch->handoff.armed, branch->number);
		take(act, branch->supplement_wait.next_kind, branch->supplement_wait.next_due,
		     branch->supplement_wait.armed, branch->number);
		take(act, branch->silence.next_kind, branch->silence.next_due, branch->silence.armed, branch->number);
	}
	for (uint32_t i = 0; i < dossier->consult_count; i++) {
		const struct consult *consult = &dossier->consults[i];
		take(act, consult->wait.next_kind, consult->wait.next_due, consult->wait.armed, consult->number);
	}
}

static void wait_again(struct act *act, struct clock_wait *wait, uint32_t number)
{
	if (wait->next_kind != 0)
		deadline_wait_start(act, wait, number, (enum lt_clock_kind)wait->next_kind, wait->next_due);
}

void deadline_thaw(struct act *act)
{
	struct dossier *dossier = act->dossier;
	struct ticking t = deadline_of_dossier(act);
	if (dossier->clock.started != 0)
		deadline_arm(&t);
	for (uint32_t i = 0; i < dossier->branch_count; i++) {
		struct branch *branch = &dossier->branches[i];
		t = deadline_of_branch(act, branch);
		if (branch->clock.started != 0)
			deadline_arm(&t);
		wait_again(act, &branch->handoff, branch->number);
		wait_again(act, &branch->supplement_wait, branch->number);
		wait_again(act, &branch->silence, branch->number);
	}
	for (uint32_t i = 0; i < dossier->consult_count; i++)
		wait_again(act, &dossier->consults[i].wait, dossier->consults[i].number);
}
