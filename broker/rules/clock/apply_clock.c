/* apply_clock.c: a legal clock is due. What happens then, once: a stale generation is a clock that has moved since. The switch only;
 * each event has a file of its own. */
#include "clock_internal.h"
#include "rules/route_at.h"

enum subject { CLOCK_OF_AGENCY = 1, CLOCK_OF_DOSSIER };

/* By the event's number, as clock.def lists them. */
static const struct {
	enum subject subject;
	enum lt_reason (*apply)(struct act *act);
} events[LT_CLOCKS_END] = {
#define LT_CLOCK(name, rule, number, subject, ...) [number] = { CLOCK_OF_##subject, apply_##rule },
#include "record/clock.def"
#undef LT_CLOCK
};

static bool load_dossier(struct act *act, uint64_t number)
{
	return number != 0 && dossier_load(act->state->store, number, act->dossier) == LT_OK;
}

enum lt_reason apply_clock(struct act *act)
{
	const struct lt_clock_command *command = &act->command->u.clock;
	unsigned kind = (unsigned)command->kind;
	if (kind < LT_CLOCKS_END && events[kind].subject == CLOCK_OF_AGENCY)
		return events[kind].apply(act);
	const struct timer_entry entry = { .due = (uint64_t)command->due,
					   .armed = command->armed,
					   .dossier = command->dossier,
					   .branch = command->branch,
					   .kind = command->kind,
					   .generation = command->generation };
	bool there = load_dossier(act, command->dossier);
	if ((there && !route_at_has_procedure(act)) || state_faults(act->state) != act->faults)
		return apply_damaged(act);
	timer_take(&act->state->due, &entry);
	if (!there || act->dossier->frozen != 0 || kind >= LT_CLOCKS_END || !events[kind].apply)
		return clock_stale(act);
	return events[kind].apply(act);
}
