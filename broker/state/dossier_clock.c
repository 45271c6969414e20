/* dossier_clock.c: the bytes of a legal clock. */
#include "dossier_clock.h"

#include "program/field.h"

static bool present(const struct legal_clock *clock)
{
	return clock->started != 0 || clock->generation != 0 || clock->next_kind != 0;
}

void dossier_clock_encode(const struct legal_clock *clock, struct lt_buf *out)
{
	field_put_u8(out, present(clock));
	if (!present(clock))
		return;
	field_put_u8(out, (uint8_t)clock->limit.unit);
	field_put_u32(out, clock->limit.halves);
	field_put_u64(out, (uint64_t)clock->started);
	field_put_u64(out, (uint64_t)clock->due_original);
	field_put_u64(out, (uint64_t)clock->due_current);
	field_put_u64(out, (uint64_t)clock->running_since);
	field_put_u32(out, clock->used);
	field_put_u32(out, clock->allotted);
	field_put_u32(out, clock->generation);
	field_put_u8(out, (uint8_t)clock->next_kind);
	field_put_u64(out, (uint64_t)clock->next_due);
	field_put_u8(out, (uint8_t)(clock->overdue_told | clock->soon_told << 1 | clock->apologised << 2 |
				    clock->ended << 3));
	field_put_u64(out, (uint64_t)clock->ended_at);
	field_put_u64(out, (uint64_t)clock->stopped_at);
	field_put_u32(out, clock->outages);
}

void dossier_clock_decode(struct field_reader *in, struct legal_clock *out)
{
	*out = (struct legal_clock){ 0 };
	if (!field_get_u8(in))
		return;
	out->limit.unit = (enum lt_limit_unit)field_get_u8(in);
	out->limit.halves = field_get_u32(in);
	out->started = (int64_t)field_get_u64(in);
	out->due_original = (int64_t)field_get_u64(in);
	out->due_current = (int64_t)field_get_u64(in);
	out->running_since = (int64_t)field_get_u64(in);
	out->used = field_get_u32(in);
	out->allotted = field_get_u32(in);
	out->generation = field_get_u32(in);
	out->next_kind = field_get_u8(in);
	out->next_due = (int64_t)field_get_u64(in);
	uint8_t flags = field_get_u8(in);
	out->overdue_told = (flags & 1) != 0;
	out->soon_told = (flags & 2) != 0;
	out->apologised = (flags & 4) != 0;
	out->ended = (flags & 8) != 0;
	out->ended_at = (int64_t)field_get_u64(in);
	out->stopped_at = (int64_t)field_get_u64(in);
	out->outages = field_get_u32(in);
}
