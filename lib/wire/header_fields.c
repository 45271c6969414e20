/* codec_header_fields.c: the header's fields that belong to single kinds: due_at, items, amount, agree, trace, fields.
 * Source: SPEC.md, "Header". Checked last, in the order of their numbers. */
#include "header_internal.h"

#define AMOUNT_MAX UINT64_C(1000000000000000) /* dong: a million milliards fits every JSON reader's numbers */
#define TRACE_ASSIGNED 4u
#define TRACE_DONE 6u

static enum codec_presence due_rule(int32_t kind)
{
	switch (kind) {
	case LT_KIND_CONSULT:
	case LT_KIND_APOLOGY:
	case LT_KIND_DUE_SOON:
	case LT_KIND_OVERDUE:
		return CODEC_REQUIRED;
	case LT_KIND_REQUEST_SUPPLEMENT:
		return CODEC_OPTIONAL;
	default:
		return CODEC_ABSENT;
	}
}

static enum lt_reason check_due(const struct raw_header *raw, struct lt_refusal *refusal)
{
	if (raw->due_at < 0)
		return lt_refuse(refusal, LT_HEADER_MALFORMED, "due_at: must be after 1970");
	return codec_check_presence(due_rule(raw->kind), raw->due_at != 0, "due_at", refusal);
}

static enum lt_reason check_items(const struct raw_header *raw, struct lt_refusal *refusal)
{
	bool wanted = raw->kind == (int32_t)LT_KIND_REQUEST_SUPPLEMENT;
	enum lt_reason reason =
		codec_check_presence(wanted ? CODEC_REQUIRED : CODEC_ABSENT, raw->item_count > 0, "items", refusal);
	for (size_t i = 0; i < raw->item_count && !reason; i++) {
		if (codec_text_blank(raw->items[i]))
			return lt_refuse(refusal, LT_FIELD_REQUIRED, "items[%zu]: blank", i);
		if (codec_text_has_control(raw->items[i], false))
			return lt_refuse(refusal, LT_HEADER_MALFORMED, "items[%zu]: holds a control character", i);
		reason = codec_check_length(raw->items[i], LT_ITEM_MAX, "items", refusal);
	}
	return reason;
}

static enum lt_reason check_numbers(const struct raw_header *raw, struct lt_refusal *refusal)
{
	bool pays = raw->kind == (int32_t)LT_KIND_REQUEST_FEE || raw->kind == (int32_t)LT_KIND_FEE_PAID;
	bool answers = raw->kind == (int32_t)LT_KIND_RECALL_ANSWER || raw->kind == (int32_t)LT_KIND_OPINION;
	bool traces = raw->kind == (int32_t)LT_KIND_STATUS;
	enum lt_reason reason =
		codec_check_presence(pays ? CODEC_REQUIRED : CODEC_ABSENT, raw->amount != 0, "amount", refusal);
	if (!reason && raw->amount > AMOUNT_MAX)
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "amount: over 10^15 dong");
	if (!reason)
		reason = codec_check_presence(answers ? CODEC_REQUIRED : CODEC_ABSENT, raw->agree != 0, "agree",
					      refusal);
	if (!reason && answers && raw->agree != (int32_t)LT_AGREE_YES && raw->agree != (int32_t)LT_AGREE_NO)
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "agree: neither yes nor no");
	if (!reason)
		reason =
			codec_check_presence(traces ? CODEC_REQUIRED : CODEC_ABSENT, raw->trace != 0, "trace", refusal);
	if (!reason && traces && (raw->trace < TRACE_ASSIGNED || raw->trace > TRACE_DONE))
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "trace: not 4, 5 or 6");
	return reason;
}

static bool fact_name_valid(struct lt_bytes name)
{
	if (name.len == 0 || name.len > LT_FIELD_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return true;
}

static enum lt_reason check_facts(const struct raw_header *raw, struct lt_refusal *refusal)
{
	bool opens = raw->kind == (int32_t)LT_KIND_OPEN;
	enum lt_reason reason =
		codec_check_presence(opens ? CODEC_OPTIONAL : CODEC_ABSENT, raw->fact_count > 0, "fields", refusal);
	for (size_t i = 0; i < raw->fact_count && !reason; i++) {
		if (!fact_name_valid(raw->facts[i].name))
			return lt_refuse(refusal, LT_HEADER_MALFORMED,
					 "fields[%zu].name: 1 to %u lower-case letters, digits and underscores", i,
					 LT_FIELD_NAME_MAX);
		for (size_t j = 0; j < i; j++) {
			if (lt_bytes_equal(raw->facts[i].name, raw->facts[j].name))
				return lt_refuse(refusal, LT_HEADER_MALFORMED, "fields[%zu].name: stands twice", i);
		}
		if (codec_text_has_control(raw->facts[i].value, false))
			return lt_refuse(refusal, LT_HEADER_MALFORMED, "fields[%zu].value: holds a control character",
					 i);
		reason = codec_check_length(raw->facts[i].value, LT_FIELD_VALUE_MAX, "fields.value", refusal);
	}
	return reason;
}

enum lt_reason codec_header_check_fields(const struct raw_header *raw, struct lt_refusal *refusal)
{
	enum lt_reason reason = check_due(raw, refusal);
	if (!reason)
		reason = check_items(raw, refusal);
	if (!reason)
		reason = check_numbers(raw, refusal);
	if (!reason)
		reason = check_facts(raw, refusal);
	return reason;
}
