/* header.c: the signed header, to bytes and back, along one table. The checks are in header_check.c and header_fields.c: they run
 * over the plain record, after it was read and after it was written, so that nothing leaves that would be refused. */
#include "header_internal.h"

#include <string.h>

#include "map.h"
#include "envelope.pb-c.h"

_Static_assert(sizeof(enum lt_kind) == 4 && sizeof(enum lt_agreement) == 4 && sizeof(enum lt_channel) == 4,
	       "enums of the records are four bytes");

static const struct codec_field recipient_fields[] = {
	CODEC_FIELD_SIZED(1, CODEC_FORM, struct lt_recipient, agency),
	CODEC_FIELD_SIZED(2, CODEC_FORM, struct lt_recipient, leg),
};
static const struct codec_map recipient_map = CODEC_MAP(recipient_fields, struct lt_recipient);

static const struct codec_field part_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_part_info, name),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_part_info, media_type),
	CODEC_FIELD(3, CODEC_U64, struct lt_part_info, size),
	CODEC_FIELD_SIZED(4, CODEC_FIXED, struct lt_part_info, sha256),
};
static const struct codec_map part_map = CODEC_MAP(part_fields, struct lt_part_info);

static const struct codec_field fact_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_field, name),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_field, value),
};
static const struct codec_map fact_map = CODEC_MAP(fact_fields, struct lt_field);

static const struct codec_field actor_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_actor, unit),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_actor, officer),
	CODEC_FIELD(3, CODEC_TEXT, struct lt_actor, title),
};
const struct codec_map codec_actor_map = CODEC_MAP(actor_fields, struct lt_actor);

static const struct codec_field result_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_made_result, code),
	CODEC_FIELD_SIZED(2, CODEC_FORM, struct lt_made_result, leg),
};
const struct codec_map codec_result_map = CODEC_MAP(result_fields, struct lt_made_result);

static const struct codec_field hand_over_fields[] = {
	CODEC_FIELD(1, CODEC_ENUM, struct lt_hand_over, manner),
	CODEC_FIELD(2, CODEC_U64, struct lt_hand_over, at),
};
static const struct codec_map hand_over_map = CODEC_MAP(hand_over_fields, struct lt_hand_over);

static const struct codec_field late_reason_fields[] = {
	CODEC_FIELD(1, CODEC_TEXT, struct lt_late_reason, code),
	CODEC_FIELD(2, CODEC_TEXT, struct lt_late_reason, words),
};
const struct codec_map codec_late_reason_map = CODEC_MAP(late_reason_fields, struct lt_late_reason);

static const struct codec_field carried_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_carried, opened_at),
	CODEC_FIELD(2, CODEC_U64, struct lt_carried, received_at),
	CODEC_FIELD(3, CODEC_U64, struct lt_carried, since),
	CODEC_FIELD(4, CODEC_U64, struct lt_carried, appointment),
	CODEC_FIELD(5, CODEC_U64, struct lt_carried, counted_from),
	CODEC_FIELD(6, CODEC_U64, struct lt_carried, done_at),
};
static const struct codec_map carried_map = CODEC_MAP(carried_fields, struct lt_carried);

static const struct codec_field tally_fields[] = {
	CODEC_FIELD_SIZED(1, CODEC_FORM, struct lt_tally, agency), CODEC_FIELD(2, CODEC_U32, struct lt_tally, in_hand),
	CODEC_FIELD(3, CODEC_U32, struct lt_tally, overdue),       CODEC_FIELD(4, CODEC_U32, struct lt_tally, done),
	CODEC_FIELD(5, CODEC_U32, struct lt_tally, late),          CODEC_FIELD(6, CODEC_U64, struct lt_tally, minutes),
};
static const struct codec_map tally_map = CODEC_MAP(tally_fields, struct lt_tally);

static const struct codec_field digest_fields[] = {
	CODEC_FIELD(1, CODEC_U64, struct lt_digest, from),
	CODEC_FIELD(2, CODEC_U64, struct lt_digest, until),
	CODEC_FIELD(3, CODEC_U32, struct lt_digest, agencies),
	CODEC_FIELD(4, CODEC_U32, struct lt_digest, all.in_hand),
	CODEC_FIELD(5, CODEC_U32, struct lt_digest, all.overdue),
	CODEC_FIELD(6, CODEC_U32, struct lt_digest, all.done),
	CODEC_FIELD(7, CODEC_U32, struct lt_digest, all.late),
	CODEC_FIELD(8, CODEC_U64, struct lt_digest, all.minutes),
	CODEC_FIELD_RECORDS(9, struct lt_digest, tallies, tally_count, tally_map),
};
static const struct codec_map digest_map = CODEC_MAP(digest_fields, struct lt_digest);

static const struct codec_field header_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct wire_header, type),
	CODEC_FIELD(2, CODEC_TEXT, struct wire_header, header.domain),
	CODEC_FIELD_SIZED(3, CODEC_FIXED, struct wire_header, header.id),
	CODEC_FIELD(4, CODEC_ENUM, struct wire_header, header.kind),
	CODEC_FIELD_SIZED(5, CODEC_FORM, struct wire_header, header.sender),
	CODEC_FIELD_RECORDS(6, struct wire_header, header.to, header.to_count, recipient_map),
	CODEC_FIELD_SIZED(7, CODEC_FORM, struct wire_header, header.dossier),
	CODEC_FIELD(8, CODEC_U32, struct wire_header, header.branch),
	CODEC_FIELD(9, CODEC_U64, struct wire_header, header.branch_version),
	CODEC_FIELD(10, CODEC_U64, struct wire_header, header.sent_at),
	CODEC_FIELD_SIZED(11, CODEC_FORM, struct wire_header, header.procedure),
	CODEC_FIELD(12, CODEC_U32, struct wire_header, header.procedure_version),
	CODEC_FIELD_IF(13, struct wire_header, header.in_reply_to, header.has_reply),
	CODEC_FIELD(14, CODEC_TEXT, struct wire_header, header.reason),
	CODEC_FIELD(15, CODEC_TEXT, struct wire_header, header.subject),
	CODEC_FIELD_RECORDS(16, struct wire_header, header.parts, header.part_count, part_map),
	CODEC_FIELD(17, CODEC_BYTES, struct wire_header, body_sha256),
	CODEC_FIELD(18, CODEC_U64, struct wire_header, header.due_at),
	CODEC_FIELD_LIST(19, CODEC_TEXTS, struct wire_header, header.items, header.item_count),
	CODEC_FIELD(20, CODEC_U64, struct wire_header, header.amount),
	CODEC_FIELD(21, CODEC_ENUM, struct wire_header, header.agree),
	CODEC_FIELD(22, CODEC_U32, struct wire_header, header.trace),
	CODEC_FIELD_RECORDS(23, struct wire_header, header.fields, header.field_count, fact_map),
	CODEC_FIELD_RECORD(24, CODEC_POINTER, struct wire_header, header.actor, codec_actor_map),
	CODEC_FIELD(25, CODEC_ENUM, struct wire_header, header.channel),
	CODEC_FIELD(26, CODEC_TEXT, struct wire_header, header.place_of_help),
	CODEC_FIELD_LIST(27, CODEC_TEXTS, struct wire_header, header.foreign_codes, header.foreign_count),
	CODEC_FIELD_SIZED(28, CODEC_FORM, struct wire_header, header.replaces),
	CODEC_FIELD_RECORDS(29, struct wire_header, header.facts, header.fact_count, fact_map),
	CODEC_FIELD_RECORDS(30, struct wire_header, header.results, header.result_count, codec_result_map),
	CODEC_FIELD_RECORD(31, CODEC_POINTER, struct wire_header, header.hand_over, hand_over_map),
	CODEC_FIELD(32, CODEC_TEXT, struct wire_header, header.ground),
	CODEC_FIELD_RECORD(33, CODEC_POINTER, struct wire_header, header.late_reason, codec_late_reason_map),
	CODEC_FIELD(34, CODEC_BOOL, struct wire_header, header.received),
	CODEC_FIELD_RECORD(35, CODEC_POINTER, struct wire_header, header.carried, carried_map),
	CODEC_FIELD_RECORD(36, CODEC_POINTER, struct wire_header, header.digest, digest_map),
};
static const struct codec_map header_map = CODEC_MAP(header_fields, struct wire_header);

static enum lt_reason check_size(size_t size, struct lt_refusal *refusal)
{
	if (size > LT_HEADER_MAX)
		return lt_refuse(refusal, LT_HEADER_TOO_LARGE, "header: %zu bytes, allowed are %u", size,
				 LT_HEADER_MAX);
	return LT_REASON_NONE;
}

enum lt_reason lt_header_parse(struct lt_bytes bytes, struct lt_arena *arena, struct lt_header *out,
			       struct lt_refusal *refusal)
{
	struct wire_header read;
	enum lt_reason reason = check_size(bytes.len, refusal);
	if (reason)
		return reason;
	reason = codec_map_decode(&header_map, &lienthong__v1__header__descriptor, bytes, arena, &read, refusal);
	if (reason == LT_FRAME_MALFORMED) {
		reason = LT_HEADER_MALFORMED;
		if (refusal)
			refusal->reason = reason;
	}
	if (!reason)
		reason = codec_header_check(bytes, &read, refusal);
	if (!reason)
		*out = read.header;
	return reason;
}

static bool counts_fit(const struct lt_header *header, struct lt_refusal *refusal)
{
	const struct {
		const char *field;
		size_t count, max;
	} lists[] = {
		{ "to", header->to_count, LT_TO_MAX },
		{ "parts", header->part_count, LT_PARTS_MAX },
		{ "items", header->item_count, LT_ITEMS_MAX },
		{ "fields", header->field_count, LT_FIELDS_MAX },
		{ "foreign_codes", header->foreign_count, LT_FOREIGN_CODES_MAX },
		{ "facts", header->fact_count, LT_FIELDS_MAX },
		{ "results", header->result_count, LT_RESULTS_MAX },
		{ "digest.tallies", header->digest ? header->digest->tally_count : 0, LT_TALLIES_MAX },
	};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (lists[i].count > lists[i].max) {
			lt_refuse(refusal, LT_COUNT_EXCEEDED, "%s: %zu entries, allowed are %zu", lists[i].field,
				  lists[i].count, lists[i].max);
			return false;
		}
	}
	return true;
}

/* The checks of lt_header_parse over what was written. */
static enum lt_reason check_written(struct lt_bytes bytes, const struct wire_header *written,
				    struct lt_refusal *refusal)
{
	enum lt_reason reason = check_size(bytes.len, refusal);
	if (!reason)
		reason = codec_scan(&lienthong__v1__header__descriptor, NULL, bytes, refusal);
	if (!reason)
		reason = codec_header_check(bytes, written, refusal);
	return reason;
}

enum lt_err lt_header_encode(const struct lt_header *header, struct lt_buf *out, struct lt_refusal *refusal)
{
	const struct wire_header written = { .type = lt_bytes(LT_HEADER_TYPE, strlen(LT_HEADER_TYPE)),
					     .header = *header };
	size_t before = out->len;
	if (!counts_fit(header, refusal))
		return LT_EINVAL;
	enum lt_err err = codec_map_encode(&header_map, &written, out);
	if (err)
		return err;
	if (check_written(lt_bytes(out->data + before, out->len - before), &written, refusal)) {
		out->len = before;
		return LT_EINVAL;
	}
	return LT_OK;
}
