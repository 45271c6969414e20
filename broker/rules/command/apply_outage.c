/* apply_outage.c: an interval that legal clocks leave out of counting. Nothing is rewritten: each clock is counted anew when it is read,
 * falls due or ends (deadline_count.c). */
#include "rules/apply.h"
#include "base/fields.h"
#include "program/log.h"
#include "state/definition_store.h"
#include "state/calendars.h"

static bool given(const char *text)
{
	return text && text[0] != '\0';
}

enum lt_reason apply_outage(struct act *act)
{
	struct state *state = act->state;
	const struct lt_outage_command *outage = &act->command->u.outage;
	uint8_t value[16];
	struct lt_buf buf = { .data = value, .cap = sizeof(value) };
	struct fields_writer writer = { .buf = &buf };
	uint32_t count = calendars_outages(state->calendars);
	if (!given(outage->operator_name) || !given(outage->reason))
		return lt_refuse(&act->refusal, LT_OPERATOR_REQUIRED, "operator and reason");
	if (outage->from <= 0 || outage->to <= outage->from)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "outage: ends before it begins");
	if (outage->to > act_legal(act))
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID,
				 "outage: ends in the future; record it when it is over");
	if (count == TIMETABLE_OUTAGES_MAX)
		return lt_refuse(&act->refusal, LT_DEFINITION_INVALID, "outage: %u are recorded, no more are taken",
				 count);
	for (uint32_t i = 0; i < count; i++) {
		const struct calendars_outage *other = calendars_outage(state->calendars, i);
		if (outage->from == other->from && outage->to == other->to)
			return lt_refuse(&act->refusal, LT_ALREADY_SO, "outage %u is this one", i + 1);
		if (outage->from < other->to && other->from < outage->to)
			return lt_refuse(&act->refusal, LT_DEFINITION_INVALID,
					 "outage: overlaps with outage %u; no time counts twice", i + 1);
	}
	if (act->tried)
		return LT_REASON_NONE;
	fields_put_u64(&writer, (uint64_t)outage->from);
	fields_put_u64(&writer, (uint64_t)outage->to);
	struct store_key key = definition_outage(count);
	LT_ASSERT(!writer.failed);
	definition_put(state->store, &key, lt_buf_bytes(&buf));
	act->outcome.version = count + 1;
	state_note_facts(state, act->sequence);
	state_renew_calendars(state);
	return LT_REASON_NONE;
}
