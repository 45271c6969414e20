/* codec_header.c: the signed header, to bytes and back. The checks are in codec_header_check.c. */
#include "header_internal.h"

#include <string.h>

#include "map.h"
#include "envelope.pb-c.h"

static const struct codec_field recipient_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct raw_recipient, agency),
	CODEC_FIELD(2, CODEC_U32, struct raw_recipient, leg),
};
static const struct codec_map recipient_map = CODEC_MAP(recipient_fields, struct raw_recipient);

static const struct codec_field part_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct raw_part, name),
	CODEC_FIELD(2, CODEC_BYTES, struct raw_part, media_type),
	CODEC_FIELD(3, CODEC_U64, struct raw_part, size),
	CODEC_FIELD(4, CODEC_BYTES, struct raw_part, sha256),
};
static const struct codec_map part_map = CODEC_MAP(part_fields, struct raw_part);

static const struct codec_field fact_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct raw_fact, name),
	CODEC_FIELD(2, CODEC_BYTES, struct raw_fact, value),
};
static const struct codec_map fact_map = CODEC_MAP(fact_fields, struct raw_fact);

/* Texts are read as views: most of them are only looked at, or copied into a fixed place. */
static const struct codec_field header_fields[] = {
	CODEC_FIELD(1, CODEC_BYTES, struct raw_header, type),
	CODEC_FIELD(2, CODEC_BYTES, struct raw_header, domain),
	CODEC_FIELD(3, CODEC_BYTES, struct raw_header, id),
	CODEC_FIELD(4, CODEC_ENUM, struct raw_header, kind),
	CODEC_FIELD(5, CODEC_BYTES, struct raw_header, sender),
	CODEC_FIELD_RECORDS(6, struct raw_header, to, to_count, recipient_map),
	CODEC_FIELD(7, CODEC_BYTES, struct raw_header, dossier),
	CODEC_FIELD(8, CODEC_U32, struct raw_header, leg),
	CODEC_FIELD(9, CODEC_U64, struct raw_header, leg_version),
	CODEC_FIELD(10, CODEC_U64, struct raw_header, sent_at),
	CODEC_FIELD(11, CODEC_BYTES, struct raw_header, procedure),
	CODEC_FIELD(12, CODEC_U32, struct raw_header, procedure_version),
	CODEC_FIELD(13, CODEC_BYTES, struct raw_header, in_reply_to),
	CODEC_FIELD(14, CODEC_BYTES, struct raw_header, reason),
	CODEC_FIELD(15, CODEC_BYTES, struct raw_header, subject),
	CODEC_FIELD_RECORDS(16, struct raw_header, parts, part_count, part_map),
	CODEC_FIELD(17, CODEC_BYTES, struct raw_header, body_sha256),
	CODEC_FIELD(18, CODEC_U64, struct raw_header, due_at),
	CODEC_FIELD_LIST(19, CODEC_BYTES_LIST, struct raw_header, items, item_count),
	CODEC_FIELD(20, CODEC_U64, struct raw_header, amount),
	CODEC_FIELD(21, CODEC_ENUM, struct raw_header, agree),
	CODEC_FIELD(22, CODEC_U32, struct raw_header, trace),
	CODEC_FIELD_RECORDS(23, struct raw_header, facts, fact_count, fact_map),
};
static const struct codec_map header_map = CODEC_MAP(header_fields, struct raw_header);

static enum lt_reason check_size(size_t size, struct lt_refusal *refusal)
{
	if (size > LT_HEADER_MAX)
		return lt_refuse(refusal, LT_HEADER_TOO_LARGE, "header: %zu bytes, allowed are %u", size,
				 LT_HEADER_MAX);
	return LT_REASON_NONE;
}

/* ---- reading ---- */

/* Fixed places in the record have been checked to have room. */
static void copy_text(struct lt_bytes text, char *out)
{
	if (text.len > 0)
		memcpy(out, text.data, text.len);
	out[text.len] = '\0';
}

static bool take_text(struct lt_arena *arena, struct lt_bytes text, const char **out)
{
	char *copy = NULL;
	*out = "";
	if (text.len == 0)
		return true;
	copy = lt_arena_alloc(arena, text.len + 1);
	if (!copy)
		return false;
	copy_text(text, copy);
	*out = copy;
	return true;
}

static bool take_recipients(struct lt_arena *arena, const struct raw_header *raw, struct lt_header *out)
{
	out->to_count = raw->to_count;
	out->to = lt_arena_alloc(arena, raw->to_count * sizeof(*out->to));
	if (!out->to)
		return false;
	for (size_t i = 0; i < raw->to_count; i++) {
		copy_text(raw->to[i].agency, out->to[i].agency);
		out->to[i].leg = raw->to[i].leg;
	}
	return true;
}

static bool take_parts(struct lt_arena *arena, const struct raw_header *raw, struct lt_header *out)
{
	out->part_count = raw->part_count;
	if (raw->part_count == 0)
		return true;
	out->parts = lt_arena_alloc(arena, raw->part_count * sizeof(*out->parts));
	if (!out->parts)
		return false;
	for (size_t i = 0; i < raw->part_count; i++) {
		if (!take_text(arena, raw->parts[i].name, &out->parts[i].name) ||
		    !take_text(arena, raw->parts[i].media_type, &out->parts[i].media_type))
			return false;
		out->parts[i].size = raw->parts[i].size;
		memcpy(out->parts[i].sha256, raw->parts[i].sha256.data, sizeof(out->parts[i].sha256));
	}
	return true;
}

static bool take_items(struct lt_arena *arena, const struct raw_header *raw, struct lt_header *out)
{
	out->item_count = raw->item_count;
	if (raw->item_count == 0)
		return true;
	out->items = lt_arena_alloc(arena, raw->item_count * sizeof(*out->items));
	if (!out->items)
		return false;
	for (size_t i = 0; i < raw->item_count; i++) {
		if (!take_text(arena, raw->items[i], &out->items[i]))
			return false;
	}
	return true;
}

static bool take_facts(struct lt_arena *arena, const struct raw_header *raw, struct lt_header *out)
{
	out->field_count = raw->fact_count;
	if (raw->fact_count == 0)
		return true;
	out->fields = lt_arena_alloc(arena, raw->fact_count * sizeof(*out->fields));
	if (!out->fields)
		return false;
	for (size_t i = 0; i < raw->fact_count; i++) {
		if (!take_text(arena, raw->facts[i].name, &out->fields[i].name) ||
		    !take_text(arena, raw->facts[i].value, &out->fields[i].value))
			return false;
	}
	return true;
}

static bool take_header(struct lt_arena *arena, const struct raw_header *raw, struct lt_header *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->id, raw->id.data, sizeof(out->id));
	out->kind = (enum lt_kind)raw->kind;
	copy_text(raw->sender, out->sender);
	copy_text(raw->dossier, out->dossier);
	out->leg = raw->leg;
	out->leg_version = raw->leg_version;
	out->sent_at = raw->sent_at;
	copy_text(raw->procedure, out->procedure);
	out->procedure_version = raw->procedure_version;
	out->has_reply = raw->in_reply_to.len > 0;
	if (out->has_reply)
		memcpy(out->in_reply_to, raw->in_reply_to.data, sizeof(out->in_reply_to));
	out->due_at = raw->due_at;
	out->amount = raw->amount;
	out->agree = (enum lt_agreement)raw->agree;
	out->trace = raw->trace;
	return take_text(arena, raw->domain, &out->domain) && take_text(arena, raw->reason, &out->reason) &&
	       take_text(arena, raw->subject, &out->subject) && take_recipients(arena, raw, out) &&
	       take_parts(arena, raw, out) && take_items(arena, raw, out) && take_facts(arena, raw, out);
}

enum lt_reason lt_header_parse(struct lt_bytes bytes, struct lt_arena *arena, struct lt_header *out,
			       struct lt_refusal *refusal)
{
	struct raw_header raw;
	enum lt_reason reason = check_size(bytes.len, refusal);
	if (reason)
		return reason;
	reason = codec_map_decode(&header_map, &lienthong__v1__header__descriptor, bytes, arena, &raw, refusal);
	if (reason == LT_FRAME_MALFORMED) {
		reason = LT_HEADER_MALFORMED;
		if (refusal)
			refusal->reason = reason;
	}
	if (!reason)
		reason = codec_header_check(bytes, &raw, refusal);
	if (!reason && !take_header(arena, &raw, out))
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "header: needs more memory than it may have");
	return reason;
}

/* ---- writing ---- */

static struct lt_bytes view_text(const char *text)
{
	return lt_bytes(text, text ? strlen(text) : 0);
}

static struct lt_bytes view_fixed(const char *text, size_t size)
{
	return lt_bytes(text, strnlen(text, size));
}

static void view_fields(const struct lt_header *header, struct raw_header *raw)
{
	raw->due_at = header->due_at;
	raw->amount = header->amount;
	raw->agree = (int32_t)header->agree;
	raw->trace = header->trace;
	raw->item_count = header->item_count;
	for (size_t i = 0; i < header->item_count; i++)
		raw->items[i] = view_text(header->items[i]);
	raw->fact_count = header->field_count;
	for (size_t i = 0; i < header->field_count; i++)
		raw->facts[i] = (struct raw_fact){ .name = view_text(header->fields[i].name),
						   .value = view_text(header->fields[i].value) };
}

static void view_header(const struct lt_header *header, struct raw_header *raw)
{
	raw->type = view_text(LT_HEADER_TYPE);
	raw->domain = view_text(header->domain);
	raw->id = lt_bytes(header->id, sizeof(header->id));
	raw->kind = (int32_t)header->kind;
	raw->sender = view_fixed(header->sender, sizeof(header->sender));
	raw->dossier = view_fixed(header->dossier, sizeof(header->dossier));
	raw->leg = header->leg;
	raw->leg_version = header->leg_version;
	raw->sent_at = header->sent_at;
	raw->procedure = view_fixed(header->procedure, sizeof(header->procedure));
	raw->procedure_version = header->procedure_version;
	if (header->has_reply)
		raw->in_reply_to = lt_bytes(header->in_reply_to, sizeof(header->in_reply_to));
	raw->reason = view_text(header->reason);
	raw->subject = view_text(header->subject);
	raw->to_count = header->to_count;
	for (size_t i = 0; i < header->to_count; i++) {
		const struct lt_recipient *to = &header->to[i];
		raw->to[i].agency = view_fixed(to->agency, sizeof(to->agency));
		raw->to[i].leg = to->leg;
	}
	raw->part_count = header->part_count;
	for (size_t i = 0; i < header->part_count; i++) {
		const struct lt_part_info *part = &header->parts[i];
		raw->parts[i] = (struct raw_part){ .name = view_text(part->name),
						   .media_type = view_text(part->media_type),
						   .sha256 = lt_bytes(part->sha256, sizeof(part->sha256)),
						   .size = part->size };
	}
	view_fields(header, raw);
}

static bool counts_fit(const struct lt_header *header, struct lt_refusal *refusal)
{
	if (header->to_count > LT_TO_MAX || header->part_count > LT_PARTS_MAX) {
		lt_refuse(refusal, LT_COUNT_EXCEEDED, "to, parts: %zu and %zu entries, allowed are %u and %u",
			  header->to_count, header->part_count, LT_TO_MAX, LT_PARTS_MAX);
		return false;
	}
	if (header->item_count > LT_ITEMS_MAX || header->field_count > LT_FIELDS_MAX) {
		lt_refuse(refusal, LT_COUNT_EXCEEDED, "items, fields: %zu and %zu entries, allowed are %u and %u",
			  header->item_count, header->field_count, LT_ITEMS_MAX, LT_FIELDS_MAX);
		return false;
	}
	return true;
}

/* The checks of lt_header_parse over what was written. */
static enum lt_reason check_written(struct lt_bytes bytes, const struct raw_header *raw, struct lt_refusal *refusal)
{
	enum lt_reason reason = check_size(bytes.len, refusal);
	if (!reason)
		reason = codec_scan(&lienthong__v1__header__descriptor, NULL, bytes, refusal);
	if (!reason)
		reason = codec_header_check(bytes, raw, refusal);
	return reason;
}

enum lt_err lt_header_encode(const struct lt_header *header, struct lt_buf *out, struct lt_refusal *refusal)
{
	struct raw_recipient to[LT_TO_MAX];
	struct raw_part parts[LT_PARTS_MAX];
	struct lt_bytes items[LT_ITEMS_MAX];
	struct raw_fact facts[LT_FIELDS_MAX];
	struct raw_header raw = { .to = to, .parts = parts, .items = items, .facts = facts };
	size_t before = out->len;
	if (!counts_fit(header, refusal))
		return LT_EINVAL;
	view_header(header, &raw);
	enum lt_err err = codec_map_encode(&header_map, &raw, out);
	if (err)
		return err;
	if (check_written(lt_bytes(out->data + before, out->len - before), &raw, refusal)) {
		out->len = before;
		return LT_EINVAL;
	}
	return LT_OK;
}
