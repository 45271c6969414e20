/* dossier_clock.c: the bytes of a legal clock. */
#include "dossier_clock.h"

#include "base/fields.h"

static bool present(const struct legal_clock *clock)
{
	return clock->started != 0 || clock->generation != 0 || clock->next_kind != 0;
}

void dossier_clock_encode(const struct legal_clock *clock, struct fields_writer *out)
{
	fields_put_u8(out, present(clock));
	if (!present(clock))
		return;
	fields_put_u8(out, (uint8_t)clock->limit.unit);
	fields_put_number(out, clock->limit.quarters);
	fields_put_number(out, (uint64_t)clock->started);
	fields_put_number(out, (uint64_t)clock->due_original);
	fields_put_number(out, (uint64_t)clock->due_current);
	fields_put_number(out, (uint64_t)clock->running_since);
	fields_put_number(out, clock->used);
	fields_put_number(out, clock->allotted);
	fields_put_number(out, clock->generation);
	fields_put_u8(out, (uint8_t)clock->next_kind);
	fields_put_number(out, (uint64_t)clock->next_due);
	fields_put_u8(out, (uint8_t)(clock->overdue_told | clock->soon_told << 1 | clock->apologised << 2 |
				     clock->ended << 3 | clock->set_back << 4));
	fields_put_number(out, (uint64_t)clock->ended_at);
	fields_put_number(out, (uint64_t)clock->stopped_at);
	fields_put_number(out, clock->outages);
}

void dossier_clock_decode(struct fields_reader *in, struct legal_clock *out)
{
	*out = (struct legal_clock){ 0 };
	if (!fields_get_u8(in))
		return;
	out->limit.unit = (enum lt_limit_unit)fields_get_u8(in);
	out->limit.quarters = fields_get_number32(in);
	out->started = (int64_t)fields_get_number(in);
	out->due_original = (int64_t)fields_get_number(in);
	out->due_current = (int64_t)fields_get_number(in);
	out->running_since = (int64_t)fields_get_number(in);
	out->used = fields_get_number32(in);
	out->allotted = fields_get_number32(in);
	out->generation = fields_get_number32(in);
	out->next_kind = fields_get_u8(in);
	out->next_due = (int64_t)fields_get_number(in);
	uint8_t flags = fields_get_u8(in);
	out->overdue_told = (flags & 1) != 0;
	out->soon_told = (flags & 2) != 0;
	out->apologised = (flags & 4) != 0;
	out->ended = (flags & 8) != 0;
	out->set_back = (flags & 16) != 0;
	out->ended_at = (int64_t)fields_get_number(in);
	out->stopped_at = (int64_t)fields_get_number(in);
	out->outages = fields_get_number32(in);
}
