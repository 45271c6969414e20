/* kinds.h: what a good header of each kind has, as lib/wire/kind.def says it; for tests and vectors. That the list itself is right
 * shows in proto/vectors, whose bytes and reasons stay. */
#ifndef TESTS_KINDS_H
#define TESTS_KINDS_H

#include "wire/kind.h"

/* The kinds that a header may have, one after the other: for (kind = OPEN; kind; kind = kinds_next(kind)). */
static inline enum lt_kind kinds_next(enum lt_kind kind)
{
	for (int next = (int)kind + 1; next < 128; next++) {
		if (kind_find(next))
			return (enum lt_kind)next;
	}
	return (enum lt_kind)0;
}

static inline bool kinds_answers(enum lt_kind kind)
{
	return kind_find((int)kind)->in_reply_to == KIND_REQUIRED;
}

static inline bool kinds_explains(enum lt_kind kind)
{
	return kind_find((int)kind)->reason == KIND_REQUIRED;
}

/* due_at, items, amount, agree, trace as the kind needs them; every other field that it may have. */
static inline void kinds_fill(struct lt_header *header)
{
	static const char *items[LT_ITEMS_MAX + 1] = { "Giấy chứng sinh", "Hộ khẩu" };
	static struct lt_field fields[LT_FIELDS_MAX + 1] = { { "huyen", "H37.24" }, { "so_con", "" } };
	static const char *foreign[LT_FOREIGN_CODES_MAX + 1] = { "G12.18.37-26-00017", "01/TN-2026" };
	static struct lt_actor actor = { "Bộ phận Một cửa", "cb-0147", "Công chức tiếp nhận" };
	static struct lt_hand_over over = { LT_CHANNEL_COUNTER, 1795000000000000 };
	static struct lt_late_reason late = { "thieu-ho-so", "Chờ trích lục bản đồ" };
	static struct lt_tally tallies[LT_TALLIES_MAX + 1] = { { "H37.24", 7, 2, 4, 1, 960 },
							       { "H37.25", 1, 0, 0, 0, 0 } };
	static struct lt_digest digest = { .from = 1794000000000000,
					   .until = 1794604800000000,
					   .agencies = 3,
					   .all = { "", 9, 2, 4, 1, 960 },
					   .tally_count = 2,
					   .tallies = tallies };
	const struct kind *kind = kind_find((int)header->kind);
	header->items = items;
	header->fields = fields;
	header->foreign_codes = foreign;
	if (kind->due_at == KIND_REQUIRED)
		header->due_at = header->sent_at + 86400000000;
	if (kind->items == KIND_REQUIRED)
		header->item_count = 2;
	if (kind->amount == KIND_REQUIRED)
		header->amount = 250000;
	if (kind->agree == KIND_REQUIRED)
		header->agree = LT_AGREE_YES;
	if (kind->trace == KIND_REQUIRED)
		header->trace = 4;
	if (kind->fields != KIND_ABSENT)
		header->field_count = 2;
	if (kind->sender == KIND_SENDER_AGENCY)
		header->actor = &actor;
	if (kind->channel == KIND_OPTIONAL)
		header->channel = LT_CHANNEL_COUNTER;
	if (kind->foreign_codes == KIND_OPTIONAL)
		header->foreign_count = 2;
	if (kind->ground == KIND_OPTIONAL)
		header->ground = "nd-118-dieu-18";
	if (kind->hand_over == KIND_OPTIONAL)
		header->hand_over = &over;
	if (kind->late_reason == KIND_OPTIONAL)
		header->late_reason = &late;
	header->received = kind->received == KIND_OPTIONAL;
	if (kind->digest == KIND_REQUIRED) {
		header->digest = &digest;
		header->dossier[0] = '\0';
		header->branch = 0;
		header->branch_version = 0;
	}
}

#endif
