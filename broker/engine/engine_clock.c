/* engine_clock.c: what is due becomes commands, a bounded number at a time: others' envelopes go between. */
#include "engine_internal.h"

#include <lienthong/time.h>

#include "base/date.h"
#include "program/log.h"

static const char *const logs[LT_CLOCKS_END] = {
#define LT_CLOCK(name, rule, number, subject, counter, log) [number] = log,
#include "record/clock.def"
#undef LT_CLOCK
};

static void log_event(const struct engine *engine, const struct lt_clock_command *command)
{
	const struct act *act = &engine->act;
	const char *what = (unsigned)command->kind < LT_CLOCKS_END ? logs[command->kind] : NULL;
	if (!act->outcome.reason && what && *what)
		lt_log(LT_LOG_WARNING, what, "sequence", lt_log_u64(act->sequence), "dossier", act->dossier->code,
		       "branch", lt_log_u64(command->branch), NULL);
}

bool engine_clocks(struct engine *engine, struct batch *batch)
{
	struct state *state = &engine->state;
	struct timer_entry entries[TIMER_BATCH_MAX];
	int64_t now = state_legal(state, engine_now(engine));
	if (!timer_any(&state->due, now, state->calendar_sequence))
		return false;
	if (batch_full(batch))
		return true;
	uint32_t count = timer_collect(&state->due, now, state->calendar_sequence, entries);
	for (uint32_t i = 0; i < count; i++) {
		struct lt_command command = { .type = LT_COMMAND_CLOCK };
		command.u.clock = (struct lt_clock_command){
			.kind = entries[i].kind,
			.dossier = entries[i].dossier,
			.branch = entries[i].branch,
			.generation = entries[i].generation,
			.due = (int64_t)entries[i].due,
			.subject = entries[i].subject,
			.armed = entries[i].armed,
		};
		lt_arena_reset(engine->arena);
		engine_record_own(engine, batch, &command);
		log_event(engine, &command.u.clock);
	}
	return timer_any(&state->due, now, state->calendar_sequence);
}

/* The end of the last whole week before a legal time. */
static int64_t week_end(int64_t now, uint32_t minute)
{
	/* 1970-01-01 was a Thursday. */
	const int64_t week = 7 * LT_DAY_US, monday = 4 * LT_DAY_US - LT_VIETNAM_OFFSET_US;
	int64_t first = monday + (int64_t)minute * 60000000;
	return now < first ? 0 : now - (now - first) % week;
}

bool engine_digest(struct engine *engine, struct batch *batch)
{
	const struct state *state = &engine->state;
	int64_t end = engine->options.digest == 0
			      ? 0
			      : week_end(state_legal(state, engine_now(engine)), engine->options.digest - 1);
	if (end <= state->digest_until)
		return false;
	if (batch_full(batch))
		return true;
	struct lt_command command = { .type = LT_COMMAND_CLOCK };
	command.u.clock.kind = LT_CLOCK_DIGEST;
	command.u.clock.due = end;
	command.u.clock.subject = "";
	engine_record_own(engine, batch, &command);
	return end > state->digest_until;
}
