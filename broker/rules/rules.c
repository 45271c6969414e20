/* rules.c: the versions of the rules that this program knows. */
#include "rules.h"

#include "apply.h"
#include "reorganise.h"

static const struct rules rules_1 = {
	.version = 1,
	.law = &law_1,
	.command = apply_command,
	.kind = apply_kind,
	.clock = apply_clock,
	.succession = { .closed = succession_closed,
			.in_force = succession_in_force,
			.of = succession_of,
			.next = succession_next,
			.acts_for = succession_acts_for,
			.is_party = succession_is_party },
	.read = { .header = lt_header_parse,
		  .procedure = lt_procedure_decode,
		  .calendar = lt_calendar_year_decode,
		  .check_calendar = calendars_check_calendar,
		  .office = lt_office_hours_decode,
		  .check_office = calendars_check_office,
		  .trust = rulebook_renew },
	.time_set = apply_time_set,
	.limits = { .reorganise_entries = REORGANISE_ENTRIES },
};

const struct rules *rules_of(uint32_t version)
{
	return version == rules_1.version ? &rules_1 : NULL;
}

uint32_t rules_newest(const struct rules *(*of)(uint32_t version))
{
	uint32_t version = 0;
	while (of(version + 1))
		version++;
	return version;
}

void rules_use(struct state *state, const struct rules *rules)
{
	bool same = state->law == rules->law;
	state->rules = rules;
	state->law = rules->law;
	if (!same)
		state_renew_calendars(state);
}
