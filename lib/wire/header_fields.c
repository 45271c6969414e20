/* header_fields.c: the header's fields that belong to single kinds: due_at, items, amount, agree, trace, fields.
 * Source: SPEC.md, "Header". Which kind has
 * which: kind.def. Checked last, in the order of their numbers. */
#include "header_internal.h"

#include <string.h>

#define AMOUNT_MAX UINT64_C(1000000000000000) /* dong: a million milliards fits every JSON reader's numbers */
#define TRACE_ASSIGNED 4u
#define TRACE_DONE 6u

static enum lt_reason check_due(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	if (header->due_at < 0)
		return lt_refuse(refusal, LT_HEADER_MALFORMED, "due_at: must be after 1970");
	return codec_check_presence(kind->due_at, header->due_at != 0, "due_at", refusal);
}

static enum lt_reason check_items(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	enum lt_reason reason = codec_check_presence(kind->items, header->item_count > 0, "items", refusal);
	for (size_t i = 0; i < header->item_count && !reason; i++) {
		if (lt_text_blank(header->items[i]))
			return lt_refuse(refusal, LT_FIELD_REQUIRED, "items[%zu]: blank", i);
		reason = codec_check_entry(header->items[i], LT_TEXT_LINE, LT_TEXT_NOT_IN_FORM, LT_ITEM_MAX, "items", i,
					   "", refusal);
	}
	return reason;
}

static enum lt_reason check_amount(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	enum lt_reason reason = codec_check_presence(kind->amount, header->amount != 0, "amount", refusal);
	if (!reason && header->amount > AMOUNT_MAX)
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "amount: over 10^15 dong");
	return reason;
}

static enum lt_reason check_agree(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	enum lt_reason reason = codec_check_presence(kind->agree, header->agree != LT_AGREE_NONE, "agree", refusal);
	if (!reason && header->agree == LT_AGREE_WITH_CONDITIONS && header->kind != LT_KIND_OPINION)
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "agree: only an OPINION has conditions");
	if (!reason && (unsigned)header->agree > LT_AGREE_WITH_CONDITIONS)
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "agree: neither yes nor no, nor with conditions");
	return reason;
}

static enum lt_reason check_trace(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	enum lt_reason reason = codec_check_presence(kind->trace, header->trace != 0, "trace", refusal);
	if (!reason && header->trace != 0 && (header->trace < TRACE_ASSIGNED || header->trace > TRACE_DONE))
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "trace: not 4, 5 or 6");
	return reason;
}

static bool fact_name_valid(const char *name)
{
	size_t length = name ? strlen(name) : 0;
	if (length == 0 || length > LT_FIELD_NAME_MAX)
		return false;
	for (const char *c = name; *c; c++) {
		if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_'))
			return false;
	}
	return true;
}

enum lt_reason codec_check_facts(const struct lt_field *facts, size_t count, const char *field,
				 struct lt_refusal *refusal)
{
	enum lt_reason reason = LT_REASON_NONE;
	for (size_t i = 0; i < count && !reason; i++) {
		if (!fact_name_valid(facts[i].name))
			return lt_refuse(refusal, LT_HEADER_MALFORMED,
					 "%s[%zu].name: 1 to %u lower-case letters, digits and underscores", field, i,
					 LT_FIELD_NAME_MAX);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(facts[i].name, facts[j].name) == 0)
				return lt_refuse(refusal, LT_HEADER_MALFORMED, "%s[%zu].name: stands twice", field, i);
		}
		reason = codec_check_entry(facts[i].value, LT_TEXT_VALUE, LT_TEXT_NOT_IN_FORM, LT_FIELD_VALUE_MAX,
					   field, i, ".value", refusal);
	}
	return reason;
}

static enum lt_reason check_fields(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	enum lt_reason reason = codec_check_presence(kind->fields, header->field_count > 0, "fields", refusal);
	return reason ? reason : codec_check_facts(header->fields, header->field_count, "fields", refusal);
}

enum lt_reason codec_header_check_fields(const struct kind *kind, const struct lt_header *header,
					 struct lt_refusal *refusal)
{
	enum lt_reason reason = check_due(kind, header, refusal);
	if (!reason)
		reason = check_items(kind, header, refusal);
	if (!reason)
		reason = check_amount(kind, header, refusal);
	if (!reason)
		reason = check_agree(kind, header, refusal);
	if (!reason)
		reason = check_trace(kind, header, refusal);
	if (!reason)
		reason = check_fields(kind, header, refusal);
	return reason;
}
