/* dossier_clock.c: the bytes of a legal clock. */
#include "dossier_clock.h"

#include "base/fields.h"
#include "program/log.h"

bool dossier_clock_runs(const struct legal_clock *clock)
{
	return clock->started != 0 && !clock->ended && dossier_clock_stands_since(clock) == 0;
}

int64_t dossier_clock_stands_since(const struct legal_clock *clock)
{
	const struct clock_stand *last = clock->stand_count > 0 ? &clock->stands[clock->stand_count - 1] : NULL;
	return last && last->to == 0 && !clock->ended ? last->from : 0;
}

static bool present(const struct legal_clock *clock)
{
	return clock->started != 0 || clock->generation != 0 || clock->next_kind != 0;
}

static unsigned flags_of(const struct legal_clock *clock)
{
	return clock->overdue_told | clock->soon_told << 1 | clock->apologised << 2 | clock->ended << 3 |
	       clock->set_back << 4 | clock->late << 5 | (clock->anchor != 0) << 6 | clock->told_before << 7;
}

static void put_stands(const struct legal_clock *clock, struct fields_writer *out)
{
	LT_ASSERT(clock->stand_count <= CLOCK_STANDS_MAX);
	fields_put_u8(out, (uint8_t)clock->stand_count);
	for (uint32_t i = 0; i < clock->stand_count; i++) {
		fields_put_number(out, (uint64_t)clock->stands[i].from);
		fields_put_number(out, (uint64_t)clock->stands[i].to);
	}
	fields_put_number(out, clock->folded);
	fields_put_number(out, clock->folded_used);
}

/* Most due times are one and the same. */
static void put_dues(const struct legal_clock *clock, struct fields_writer *out)
{
	bool moved = clock->due_lawful != clock->due_first || clock->appointment != clock->due_first;
	fields_put_number(out, (uint64_t)clock->due_first);
	fields_put_u8(out, moved);
	if (!moved)
		return;
	fields_put_number(out, (uint64_t)clock->due_lawful);
	fields_put_number(out, (uint64_t)clock->appointment);
}

void dossier_clock_encode(const struct legal_clock *clock, struct fields_writer *out)
{
	fields_put_u8(out, present(clock));
	if (!present(clock))
		return;
	fields_put_u8(out, (uint8_t)clock->limit.unit);
	fields_put_number(out, clock->limit.quarters);
	fields_put_number(out, (uint64_t)clock->started);
	put_stands(clock, out);
	put_dues(clock, out);
	fields_put_number(out, clock->allotted);
	fields_put_number(out, clock->carried);
	fields_put_number(out, clock->facts);
	fields_put_number(out, clock->generation);
	fields_put_u8(out, (uint8_t)clock->next_kind);
	fields_put_number(out, (uint64_t)clock->next_due);
	fields_put_u8(out, (uint8_t)flags_of(clock));
	fields_put_number(out, (uint64_t)clock->ended_at);
	if (clock->anchor == 0)
		return;
	fields_put_number(out, (uint64_t)clock->anchor);
	fields_put_number(out, clock->before);
}

static void get_stands(struct fields_reader *in, struct legal_clock *out)
{
	out->stand_count = fields_get_u8(in);
	if (out->stand_count > CLOCK_STANDS_MAX) {
		in->failed = true;
		out->stand_count = 0;
	}
	for (uint32_t i = 0; i < out->stand_count; i++) {
		out->stands[i].from = (int64_t)fields_get_number(in);
		out->stands[i].to = (int64_t)fields_get_number(in);
	}
	out->folded = fields_get_number32(in);
	out->folded_used = fields_get_number32(in);
}

static void get_dues(struct fields_reader *in, struct legal_clock *out)
{
	out->due_first = out->due_lawful = out->appointment = (int64_t)fields_get_number(in);
	if (!fields_get_u8(in))
		return;
	out->due_lawful = (int64_t)fields_get_number(in);
	out->appointment = (int64_t)fields_get_number(in);
}

void dossier_clock_decode(struct fields_reader *in, struct legal_clock *out)
{
	*out = (struct legal_clock){ 0 };
	if (!fields_get_u8(in))
		return;
	out->limit.unit = (enum lt_limit_unit)fields_get_u8(in);
	out->limit.quarters = fields_get_number32(in);
	out->started = (int64_t)fields_get_number(in);
	get_stands(in, out);
	get_dues(in, out);
	out->allotted = fields_get_number32(in);
	out->carried = fields_get_number32(in);
	out->facts = fields_get_number(in);
	out->generation = fields_get_number32(in);
	out->next_kind = fields_get_u8(in);
	out->next_due = (int64_t)fields_get_number(in);
	uint8_t flags = fields_get_u8(in);
	out->overdue_told = (flags & 1) != 0;
	out->soon_told = (flags & 2) != 0;
	out->apologised = (flags & 4) != 0;
	out->ended = (flags & 8) != 0;
	out->set_back = (flags & 16) != 0;
	out->late = (flags & 32) != 0;
	out->told_before = (flags & 128) != 0;
	out->ended_at = (int64_t)fields_get_number(in);
	if ((flags & 64) == 0)
		return;
	out->anchor = (int64_t)fields_get_number(in);
	out->before = fields_get_number32(in);
}

/* Most branches wait for none. */
void dossier_papers_encode(const struct papers_time *papers, struct fields_writer *out)
{
	fields_put_number(out, (uint64_t)papers->from);
	if (papers->from == 0)
		return;
	fields_put_number(out, (uint64_t)papers->until);
	fields_put_number(out, (uint64_t)papers->told);
	fields_put_number(out, (uint64_t)papers->stopped_at);
	fields_put_number(out, papers->given);
}

void dossier_papers_decode(struct fields_reader *in, struct papers_time *out)
{
	out->from = (int64_t)fields_get_number(in);
	if (out->from == 0)
		return;
	out->until = (int64_t)fields_get_number(in);
	out->told = (int64_t)fields_get_number(in);
	out->stopped_at = (int64_t)fields_get_number(in);
	out->given = fields_get_number32(in);
}

void dossier_clock_keep(const struct legal_clock *clock, struct kept_clock *out)
{
	struct lt_buf buf = { .data = out->bytes, .cap = sizeof(out->bytes) };
	struct fields_writer writer = { .buf = &buf };
	dossier_clock_encode(clock, &writer);
	LT_ASSERT(!writer.failed && buf.data == out->bytes);
	out->len = (uint16_t)buf.len;
}

void dossier_clock_kept(const struct kept_clock *kept, struct legal_clock *out)
{
	struct fields_reader in = { .rest = lt_bytes(kept->bytes, kept->len) };
	dossier_clock_decode(&in, out);
	LT_ASSERT(!fields_end(&in)); /* they stand in a value whose checksum and layout hold */
}
