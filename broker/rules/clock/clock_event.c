/* clock_event.c: what the events of the clocks share. */
#include "clock_internal.h"
#include "state/digest/tally.h"

enum lt_reason clock_stale(struct act *act)
{
	return lt_refuse(&act->refusal, LT_ALREADY_SO, "the clock has moved since");
}

bool clock_is_asked(const struct lt_clock_command *command, uint32_t kind, int64_t due, uint32_t generation)
{
	return kind == (uint32_t)command->kind && due == command->due && generation == command->generation;
}

void clock_save(struct act *act)
{
	struct dossier *dossier = act->dossier;
	if (act->outcome.notice_count > 0) {
		act->previous = dossier->last_sequence;
		dossier->last_sequence = act->sequence;
		dossier->records++;
	}
	act->outcome.dossier = dossier->number;
	act->outcome.status = (uint32_t)dossier->status;
	act->outcome.value = tally_save_dossier(act->state, dossier);
}

void clock_name_leg(struct act *act, const struct branch *branch)
{
	act->outcome.branch = branch->number;
	act->outcome.branch_version = branch->version;
}

void clock_tell_holders(struct act *act, struct notice *notice, const struct branch *branch)
{
	struct dossier *dossier = act->dossier;
	if (branch) {
		notice_to(act, notice, branch->holder);
	} else {
		for (uint32_t i = 0; i < dossier->branch_count; i++) {
			if (dossier->branches[i].custody != LT_CUSTODY_CLOSED)
				notice_to(act, notice, dossier->branches[i].holder);
		}
	}
	notice_to(act, notice, dossier->lead);
	notice_to(act, notice, dossier->origin);
}

void clock_tell_above(struct act *act, struct notice *notice, const struct branch *branch)
{
	const struct dossier *dossier = act->dossier;
	if (branch)
		notice_to_above(act, notice, branch->holder);
	for (uint32_t i = 0; !branch && i < dossier->branch_count; i++) {
		if (dossier->branches[i].custody != LT_CUSTODY_CLOSED)
			notice_to_above(act, notice, dossier->branches[i].holder);
	}
}

void clock_count(struct act *act)
{
	act->state->counts.clocks[act->command->u.clock.kind]++;
}
