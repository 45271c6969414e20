/* engine_clock.c: what is due becomes commands, a bounded number at a time: others' envelopes go between. */
#include "engine_internal.h"

#include "program/log.h"

static void log_event(const struct engine *engine, const struct lt_clock_command *command)
{
	const struct act *act = &engine->act;
	const char *what = NULL;
	if (act->outcome.reason)
		return;
	if (command->kind == LT_CLOCK_HANDOFF_ESCALATE)
		what = "a hand-off is not accepted, its receiver was reminded";
	else if (command->kind == LT_CLOCK_CONSULT_SILENT)
		what = "a consultation's time is over";
	else if (command->kind == LT_CLOCK_SUPPLEMENT_MISSED)
		what = "supplements were not brought: the dossier is stopped";
	if (what)
		lt_log(LT_LOG_WARNING, what, "sequence", lt_log_u64(act->sequence), "dossier", act->dossier->code,
		       "leg", lt_log_u64(command->visit), NULL);
}

bool engine_clocks(struct engine *engine, struct batch *batch)
{
	struct state *state = &engine->state;
	struct due_entry entries[DUE_BATCH_MAX];
	int64_t now = engine_now(engine);
	if (!due_any(&state->due, now, state->calendar_sequence))
		return false;
	if (batch_full(batch))
		return true;
	uint32_t count = due_collect(&state->due, now, state->calendar_sequence, entries);
	for (uint32_t i = 0; i < count; i++) {
		struct lt_command command = { .type = LT_COMMAND_CLOCK };
		command.u.clock = (struct lt_clock_command){
			.kind = entries[i].kind,
			.dossier = entries[i].dossier,
			.visit = entries[i].visit,
			.generation = entries[i].generation,
			.due = (int64_t)entries[i].due,
			.subject = entries[i].subject,
		};
		lt_arena_reset(engine->arena);
		engine_record_own(engine, batch, &command);
		log_event(engine, &command.u.clock);
	}
	return due_any(&state->due, now, state->calendar_sequence);
}
