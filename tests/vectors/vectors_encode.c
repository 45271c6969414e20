/* vectors_encode.c: a header as bytes, whatever it says. */
#include "vectors.h"

#include "wire.h"

static void text(struct lt_buf *out, uint32_t field, const char *value)
{
	if (value && value[0])
		wire_text(out, field, value);
}

static void number(struct lt_buf *out, uint32_t field, uint64_t value)
{
	if (value)
		wire_number(out, field, value);
}

static void put_parts(const struct lt_header *header, struct lt_buf *out)
{
	for (size_t i = 0; i < header->part_count; i++) {
		struct lt_buf part = { 0 };
		text(&part, 1, header->parts[i].name);
		text(&part, 2, header->parts[i].media_type);
		number(&part, 3, header->parts[i].size);
		wire_blob(&part, 4, header->parts[i].sha256, 32);
		wire_nest(out, 16, &part);
		lt_buf_fini(&part);
	}
}

static void put_pairs(const struct lt_field *pairs, size_t count, uint32_t field, struct lt_buf *out)
{
	for (size_t i = 0; i < count; i++) {
		struct lt_buf pair = { 0 };
		text(&pair, 1, pairs[i].name);
		text(&pair, 2, pairs[i].value);
		wire_nest(out, field, &pair);
		lt_buf_fini(&pair);
	}
}

static void put_sums(const struct lt_tally *tally, unsigned first, struct lt_buf *out)
{
	number(out, first, tally->in_hand);
	number(out, first + 1, tally->overdue);
	number(out, first + 2, tally->done);
	number(out, first + 3, tally->late);
	number(out, first + 4, tally->minutes);
}

static void put_digest(const struct lt_digest *digest, struct lt_buf *out)
{
	struct lt_buf child = { 0 }, tally = { 0 };
	number(&child, 1, (uint64_t)digest->from);
	number(&child, 2, (uint64_t)digest->until);
	number(&child, 3, digest->agencies);
	put_sums(&digest->all, 4, &child);
	for (size_t i = 0; i < digest->tally_count; i++) {
		lt_buf_clear(&tally);
		text(&tally, 1, digest->tallies[i].agency);
		put_sums(&digest->tallies[i], 2, &tally);
		wire_nest(&child, 9, &tally);
	}
	wire_nest(out, 36, &child);
	lt_buf_fini(&child);
	lt_buf_fini(&tally);
}

static void put_more(const struct lt_header *header, struct lt_buf *out)
{
	struct lt_buf child = { 0 };
	if (header->actor) {
		text(&child, 1, header->actor->unit);
		text(&child, 2, header->actor->officer);
		text(&child, 3, header->actor->title);
		wire_nest(out, 24, &child);
	}
	number(out, 25, (uint64_t)header->channel);
	text(out, 26, header->place_of_help);
	for (size_t i = 0; i < header->foreign_count; i++)
		wire_text(out, 27, header->foreign_codes[i] ? header->foreign_codes[i] : "");
	text(out, 28, header->replaces);
	put_pairs(header->facts, header->fact_count, 29, out);
	for (size_t i = 0; i < header->result_count; i++) {
		lt_buf_clear(&child);
		text(&child, 1, header->results[i].code);
		text(&child, 2, header->results[i].leg);
		wire_nest(out, 30, &child);
	}
	if (header->hand_over) {
		lt_buf_clear(&child);
		number(&child, 1, (uint64_t)header->hand_over->manner);
		number(&child, 2, (uint64_t)header->hand_over->at);
		wire_nest(out, 31, &child);
	}
	text(out, 32, header->ground);
	if (header->late_reason) {
		lt_buf_clear(&child);
		text(&child, 1, header->late_reason->code);
		text(&child, 2, header->late_reason->words);
		wire_nest(out, 33, &child);
	}
	number(out, 34, header->received);
	if (header->carried) {
		lt_buf_clear(&child);
		number(&child, 1, (uint64_t)header->carried->opened_at);
		number(&child, 2, (uint64_t)header->carried->received_at);
		number(&child, 3, (uint64_t)header->carried->since);
		number(&child, 4, (uint64_t)header->carried->appointment);
		number(&child, 5, (uint64_t)header->carried->counted_from);
		number(&child, 6, (uint64_t)header->carried->done_at);
		wire_nest(out, 35, &child);
	}
	if (header->digest)
		put_digest(header->digest, out);
	lt_buf_fini(&child);
}

void vectors_encode(const struct lt_header *header, struct lt_buf *out)
{
	lt_buf_clear(out);
	wire_text(out, 1, LT_HEADER_TYPE);
	text(out, 2, header->domain);
	wire_blob(out, 3, header->id, 16);
	number(out, 4, (uint64_t)header->kind);
	text(out, 5, header->sender);
	for (size_t i = 0; i < header->to_count; i++) {
		struct lt_buf to = { 0 };
		text(&to, 1, header->to[i].agency);
		text(&to, 2, header->to[i].leg);
		wire_nest(out, 6, &to);
		lt_buf_fini(&to);
	}
	text(out, 7, header->dossier);
	number(out, 8, header->branch);
	number(out, 9, header->branch_version);
	number(out, 10, (uint64_t)header->sent_at);
	text(out, 11, header->procedure);
	number(out, 12, header->procedure_version);
	if (header->has_reply)
		wire_blob(out, 13, header->in_reply_to, 16);
	text(out, 14, header->reason);
	text(out, 15, header->subject);
	put_parts(header, out);
	number(out, 18, (uint64_t)header->due_at);
	for (size_t i = 0; i < header->item_count; i++)
		wire_text(out, 19, header->items[i]);
	number(out, 20, header->amount);
	number(out, 21, (uint64_t)header->agree);
	number(out, 22, header->trace);
	put_pairs(header->fields, header->field_count, 23, out);
	put_more(header, out);
}
