/* time_sets.c: how often an operator has set the time, and what was planned by the clock of before. */
#include "state.h"

#include <string.h>

#include "base/fields.h"
#include "program/log.h"

enum { SET_LEN = 8 + 4 + 8 + 8 };

static void remember(struct state *state, const struct state_time_set *set)
{
	uint8_t kept[STATE_TIME_SETS * SET_LEN];
	struct lt_buf buf = { .data = kept, .cap = sizeof(kept) };
	struct fields_writer writer = { .buf = &buf };
	struct lt_bytes old = state_get_bytes(state, "time_sets");
	size_t skip = old.len / SET_LEN >= STATE_TIME_SETS ? SET_LEN : 0; /* the oldest goes: the journal has it */
	if (old.len > skip)
		fields_put_raw(&writer, old.data + skip, old.len - skip);
	fields_put_u64(&writer, set->sequence);
	fields_put_u32(&writer, set->generation);
	fields_put_u64(&writer, (uint64_t)set->before);
	fields_put_u64(&writer, (uint64_t)set->after);
	LT_ASSERT(!writer.failed);
	state_put_bytes(state, "time_sets", lt_buf_bytes(&buf));
}

size_t state_time_sets(const struct state *state, struct state_time_set out[STATE_TIME_SETS])
{
	struct fields_reader in = { .rest = state_get_bytes(state, "time_sets") };
	size_t count = in.rest.len / SET_LEN;
	for (size_t i = 0; i < count && i < STATE_TIME_SETS; i++) {
		out[i].sequence = fields_get_u64(&in);
		out[i].generation = fields_get_u32(&in);
		out[i].before = (int64_t)fields_get_u64(&in);
		out[i].after = (int64_t)fields_get_u64(&in);
	}
	return count < STATE_TIME_SETS ? count : STATE_TIME_SETS;
}

void state_set_time(struct state *state, uint64_t sequence, uint32_t generation, int64_t time)
{
	const struct state_time_set set = { sequence, generation, state->time, time };
	remember(state, &set);
	state->time_generation = generation;
	state_put_number(state, "time_generation", generation);
	if (state->restored_at > time) { /* the days after a restore are counted from now on */
		state->restored_at = time;
		state_put_number(state, "restored_at", (uint64_t)time);
	}
	if (state->rulebook) /* an agency whose end lies ahead again is closed again then */
		state_begin_reorganise(state, time);
}
