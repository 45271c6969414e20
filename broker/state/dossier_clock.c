/* dossier_clock.c: the bytes of a legal clock, and of what is waited for beside it. */
#include "dossier_clock.h"

#include <string.h>

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

/* What is there of a clock: what is seldom is behind the seventh, in a byte of its own. */
enum {
	ENDED = 1,
	ENDED_AT = 1 << 1,
	STOOD = 1 << 2,
	MOVED = 1 << 3,
	CARRIED = 1 << 4,
	SOON_TOLD = 1 << 5,
	OVERDUE_TOLD = 1 << 6,
	LATE = 1 << 7,
	APOLOGISED = 1 << 8,
	SET_BACK = 1 << 9,
	TOLD_BEFORE = 1 << 10,
	ANCHORED = 1 << 11,
	FLAGS_END = 1 << 12,
};

static uint32_t flag(bool set, uint32_t bit)
{
	return set ? bit : 0;
}

static uint32_t flags_of(const struct legal_clock *clock)
{
	return flag(clock->ended, ENDED) | flag(clock->ended_at != 0, ENDED_AT) |
	       flag(clock->stand_count != 0 || clock->folded != 0 || clock->folded_used != 0, STOOD) |
	       flag(clock->due_lawful != clock->due_first || clock->appointment != clock->due_first, MOVED) |
	       flag(clock->carried != 0, CARRIED) | flag(clock->soon_told, SOON_TOLD) |
	       flag(clock->overdue_told, OVERDUE_TOLD) | flag(clock->late, LATE) | flag(clock->apologised, APOLOGISED) |
	       flag(clock->set_back, SET_BACK) | flag(clock->told_before, TOLD_BEFORE) |
	       flag(clock->anchor != 0, ANCHORED);
}

static void put_stands(const struct legal_clock *clock, struct fields_writer *out)
{
	LT_ASSERT(clock->stand_count <= CLOCK_STANDS_MAX);
	fields_put_u8(out, (uint8_t)clock->stand_count);
	for (uint32_t i = 0; i < clock->stand_count; i++) {
		fields_put_time(out, clock->stands[i].from);
		fields_put_time(out, clock->stands[i].to);
	}
	fields_put_number(out, clock->folded);
	fields_put_number(out, clock->folded_used);
}

/* Their base is when it was started. */
static void put_times(const struct legal_clock *clock, uint32_t flags, struct fields_writer *out)
{
	if (flags & STOOD)
		put_stands(clock, out);
	fields_put_time(out, clock->due_first);
	if (flags & MOVED) { /* most due times are one and the same */
		fields_put_time(out, clock->due_lawful);
		fields_put_time(out, clock->appointment);
	}
	fields_put_time(out, clock->next_due);
	if (clock->next_kind != 0)
		fields_put_record(out, clock->armed);
	if (flags & ENDED_AT)
		fields_put_time(out, clock->ended_at);
	if (flags & ANCHORED) {
		fields_put_time(out, clock->anchor);
		fields_put_number(out, clock->before);
	}
}

void dossier_clock_encode(const struct legal_clock *clock, struct fields_writer *out)
{
	int64_t base = out->base;
	uint32_t flags = flags_of(clock);
	fields_put_u8(out, present(clock));
	if (!present(clock))
		return;
	fields_put_number(out, flags);
	fields_put_u8(out, (uint8_t)clock->limit.unit);
	fields_put_number(out, clock->limit.quarters);
	fields_put_number(out, clock->allotted);
	if (flags & CARRIED)
		fields_put_number(out, clock->carried);
	fields_put_number(out, clock->facts);
	fields_put_number(out, clock->generation);
	fields_put_u8(out, (uint8_t)clock->next_kind);
	fields_put_time(out, clock->started);
	out->base = clock->started != 0 ? clock->started : base;
	put_times(clock, flags, out);
	out->base = base;
}

static void get_stands(struct fields_reader *in, struct legal_clock *out)
{
	out->stand_count = fields_get_u8(in);
	if (out->stand_count > CLOCK_STANDS_MAX) {
		in->failed = true;
		out->stand_count = 0;
	}
	for (uint32_t i = 0; i < out->stand_count; i++) {
		out->stands[i].from = fields_get_time(in);
		out->stands[i].to = fields_get_time(in);
	}
	out->folded = fields_get_number32(in);
	out->folded_used = fields_get_number32(in);
}

static void get_flags(uint32_t flags, struct legal_clock *out)
{
	out->ended = (flags & ENDED) != 0;
	out->soon_told = (flags & SOON_TOLD) != 0;
	out->overdue_told = (flags & OVERDUE_TOLD) != 0;
	out->late = (flags & LATE) != 0;
	out->apologised = (flags & APOLOGISED) != 0;
	out->set_back = (flags & SET_BACK) != 0;
	out->told_before = (flags & TOLD_BEFORE) != 0;
}

static void get_times(struct fields_reader *in, uint32_t flags, struct legal_clock *out)
{
	if (flags & STOOD)
		get_stands(in, out);
	out->due_first = out->due_lawful = out->appointment = fields_get_time(in);
	if (flags & MOVED) {
		out->due_lawful = fields_get_time(in);
		out->appointment = fields_get_time(in);
	}
	out->next_due = fields_get_time(in);
	if (out->next_kind != 0)
		out->armed = fields_get_record(in);
	if (flags & ENDED_AT)
		out->ended_at = fields_get_time(in);
	if (flags & ANCHORED) {
		out->anchor = fields_get_time(in);
		out->before = fields_get_number32(in);
	}
}

void dossier_clock_decode(struct fields_reader *in, struct legal_clock *out)
{
	int64_t base = in->base;
	*out = (struct legal_clock){ 0 };
	if (!fields_get_u8(in))
		return;
	uint32_t flags = fields_get_number32(in);
	in->failed |= flags >= FLAGS_END;
	get_flags(flags, out);
	out->limit.unit = (enum lt_limit_unit)fields_get_u8(in);
	out->limit.quarters = fields_get_number32(in);
	out->allotted = fields_get_number32(in);
	if (flags & CARRIED)
		out->carried = fields_get_number32(in);
	out->facts = fields_get_number(in);
	out->generation = fields_get_number32(in);
	out->next_kind = fields_get_u8(in);
	out->started = fields_get_time(in);
	in->base = out->started != 0 ? out->started : base;
	get_times(in, flags, out);
	in->base = base;
}

/* Most branches wait for none. */
void dossier_papers_encode(const struct papers_time *papers, struct fields_writer *out)
{
	fields_put_time(out, papers->from);
	if (papers->from == 0)
		return;
	fields_put_time(out, papers->until);
	fields_put_time(out, papers->told);
	fields_put_time(out, papers->stopped_at);
	fields_put_number(out, papers->given);
}

void dossier_papers_decode(struct fields_reader *in, struct papers_time *out)
{
	out->from = fields_get_time(in);
	if (out->from == 0)
		return;
	out->until = fields_get_time(in);
	out->told = fields_get_time(in);
	out->stopped_at = fields_get_time(in);
	out->given = fields_get_number32(in);
}

static bool missed_any(const struct missed_papers *missed)
{
	static const uint8_t none[16];
	return memcmp(missed->id, none, sizeof none) != 0;
}

/* Most have none. */
void dossier_missed_encode(const struct missed_papers *missed, struct fields_writer *out)
{
	fields_put_id(out, missed->id);
	if (!missed_any(missed))
		return;
	fields_put_time(out, missed->due);
	fields_put_time(out, missed->refuse_by);
	fields_put_u8(out, missed->brought);
}

void dossier_missed_decode(struct fields_reader *in, struct missed_papers *out)
{
	fields_get_id(in, out->id);
	if (!missed_any(out))
		return;
	out->due = fields_get_time(in);
	out->refuse_by = fields_get_time(in);
	out->brought = fields_get_u8(in) != 0;
}

void dossier_wait_encode(const struct clock_wait *wait, struct fields_writer *out)
{
	fields_put_number(out, wait->generation);
	fields_put_u8(out, (uint8_t)wait->next_kind);
	if (wait->next_kind == 0)
		return;
	fields_put_time(out, wait->next_due);
	fields_put_record(out, wait->armed);
}

void dossier_wait_decode(struct fields_reader *in, struct clock_wait *out)
{
	out->generation = fields_get_number32(in);
	out->next_kind = fields_get_u8(in);
	out->next_due = out->next_kind != 0 ? fields_get_time(in) : 0;
	out->armed = out->next_kind != 0 ? fields_get_record(in) : 0;
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
