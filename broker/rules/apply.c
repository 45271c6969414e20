/* apply.c: the switch.
 *
 * A command is applied by the rules in force; those of a record, on replay, by the record's. The switch knows which
 * function does a command and nothing else: what a command does stands in its own file. */
#include "apply.h"

#include <stdio.h>

#include "program/log.h"
#include "restored.h"

enum lt_reason apply_command(struct act *act)
{
	switch (act->command->type) {
	case LT_COMMAND_SUBMIT:
		return apply_submit(act);
	case LT_COMMAND_ACK:
		return apply_ack(act);
	case LT_COMMAND_SESSION:
		return apply_session(act);
	case LT_COMMAND_DEFINE:
		return apply_define(act);
	case LT_COMMAND_ADMIN:
		return apply_admin(act);
	case LT_COMMAND_GENESIS:
		return apply_genesis(act);
	case LT_COMMAND_INCARNATION:
		return apply_incarnation(act);
	case LT_COMMAND_SNAPSHOT:
		return LT_REASON_NONE; /* says what the state was; changes nothing */
	case LT_COMMAND_ELIDE:
		return apply_elide(act);
	case LT_COMMAND_PRUNE:
		return apply_prune(act);
	case LT_COMMAND_CLOCK:
		return act->rules->clock(act);
	case LT_COMMAND_NOTICES:
		return apply_notices(act);
	case LT_COMMAND_OUTAGE:
		return apply_outage(act);
	case LT_COMMAND_ACTIVATE:
		return apply_activate(act);
	case LT_COMMAND_ERASE:
		return apply_erase(act);
	case LT_COMMAND_LARGE:
		return apply_large(act);
	case LT_COMMAND_LARGE_GONE:
		return apply_large_gone(act);
	}
	lt_fatal("record %llu: unknown command %d", (unsigned long long)act->sequence, (int)act->command->type);
}

bool apply_in_order(const struct state *state, uint32_t generation, int64_t time)
{
	if (generation == state->time_generation)
		return time >= state->time;
	return generation == state->time_generation + 1;
}

bool apply_comes_again(enum lt_reason reason)
{
	return reason == LT_STORE_DAMAGED || reason == LT_DOSSIER_FROZEN;
}

enum lt_reason apply_damaged(struct act *act)
{
	return lt_refuse(&act->refusal, LT_STORE_DAMAGED, "table %s", state_fault_table(act->state));
}

static void begin(struct act *act, bool tried)
{
	act->refusal.reason = LT_REASON_NONE;
	act->refusal.detail[0] = '\0';
	act->refusal.sentence_len = 0;
	act->outcome = (struct lt_outcome){ .mail = act->mail, .notices = act->notices, .stays = act->stays };
	act->previous = 0;
	act->procedure = NULL;
	act->about = act->fork = 0;
	act->rulebook_changed = act->remember = false;
	act->tried = tried;
	act->rules = act->state->rules;
	act->faults = state_faults(act->state);
}

void apply_try(struct act *act)
{
	LT_ASSERT(act->command->type == LT_COMMAND_DEFINE || act->command->type == LT_COMMAND_ADMIN ||
		  act->command->type == LT_COMMAND_OUTAGE || act->command->type == LT_COMMAND_ACTIVATE ||
		  act->command->type == LT_COMMAND_ERASE);
	begin(act, true);
	act->outcome.reason = act->rules->command(act);
}

void apply(struct act *act)
{
	LT_ASSERT(act->sequence == act->state->sequence + 1 &&
		  apply_in_order(act->state, act->time_generation, act->time));
	begin(act, false);
	if (act->time_generation != act->state->time_generation)
		act->rules->time_set(act);
	act->outcome.reason = act->rules->command(act);
	act->outcome.legal = act->state->legal_ahead != 0 ? act_legal(act) : 0;
	restored_count(act);
	if (act->outcome.reason)
		act->outcome.sentence = lt_refusal_sentence(&act->refusal);
	if (apply_comes_again(act->outcome.reason) || (act->outcome.reason && act->unrecorded))
		return;
	if (state_faults(act->state) != act->faults)
		state_end("record %llu cannot be made: it needs what the store does not give",
			  (unsigned long long)act->sequence);
	act->state->sequence = act->sequence;
	act->state->time = act->time;
}
