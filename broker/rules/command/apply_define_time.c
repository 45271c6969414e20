/* apply_define_time.c: a calendar year, or office hours come into force. Due times that were given before stay as
 * they were told; what is counted from now on follows the new rules. */
#include "rules/apply.h"
#include "program/log.h"
#include "state/definition_store.h"
#include "state/calendars.h"

enum lt_reason apply_define_calendar(struct act *act)
{
	struct state *state = act->state;
	struct lt_calendar_year year;
	uint32_t version = 0;
	struct lt_bytes data = act->command->u.define.data;
	enum lt_reason reason = act->rules->read.check_calendar(state->store, act->rules->law, data, act->arena,
								&version, &act->refusal);
	if (reason || act->tried)
		return reason;
	LT_ASSERT(act->rules->read.calendar(data, act->arena, &year, &act->refusal) == LT_REASON_NONE);
	struct store_key key = definition_calendar(year.year);
	definition_put(state->store, &key, data);
	state_note_facts(state, act->sequence);
	act->outcome.version = version;
	state_renew_calendars(state);
	return LT_REASON_NONE;
}

enum lt_reason apply_define_office(struct act *act)
{
	struct state *state = act->state;
	struct lt_office_hours hours;
	struct lt_bytes value, data = act->command->u.define.data;
	enum lt_reason reason = act->rules->read.office(data, act->arena, &hours, &act->refusal);
	if (!reason)
		reason = act->rules->read.check_office(act->rules->law, &hours, &act->refusal);
	if (reason) {
		act->refusal.reason = LT_DEFINITION_INVALID;
		return LT_DEFINITION_INVALID;
	}
	const char *agency = hours.agency ? hours.agency : "";
	struct store_key key = definition_office(agency);
	if (definition_get(state->store, &key, &value) == LT_OK && lt_bytes_equal(value, data))
		return lt_refuse(&act->refusal, LT_ALREADY_SO, "office hours of %s are in force",
				 agency[0] ? agency : "all");
	if (act->tried)
		return LT_REASON_NONE;
	definition_put(state->store, &key, data);
	state_note_facts(state, act->sequence);
	state_renew_calendars(state);
	return LT_REASON_NONE;
}
