/* codec_header_check.c: what a header must be, apart from what only the directory and the dossier can tell.
 * Source: SPEC.md, "Header"; the order of the checks is part of it. */
#include "header_internal.h"

#include <string.h>

#include <lienthong/time.h>

#define MEDIA_NAME_MAX 127u /* characters on each side of the slash, RFC 6838 section 4.2 */

static bool absent(struct lt_bytes text)
{
	return text.len == 0;
}

static bool text_is(struct lt_bytes text, const char *want)
{
	return text.len == strlen(want) && memcmp(text.data, want, text.len) == 0;
}

/* A code as a C string, for the checks of code.h. False when it is longer than any code. */
static bool copy_code(struct lt_bytes code, char *out, size_t size)
{
	if (code.len >= size)
		return false;
	if (code.len > 0)
		memcpy(out, code.data, code.len);
	out[code.len] = '\0';
	return true;
}

static bool agency_valid(struct lt_bytes code)
{
	char text[LT_AGENCY_MAX];
	return copy_code(code, text, sizeof(text)) && lt_agency_code_valid(text);
}

static bool is_notice(int32_t kind)
{
	return kind >= (int32_t)LT_KIND_DUE_SOON && kind <= (int32_t)LT_KIND_UNDELIVERABLE;
}

static bool kind_known(int32_t kind)
{
	return (kind >= (int32_t)LT_KIND_OPEN && kind <= (int32_t)LT_KIND_STATUS) || is_notice(kind);
}

static enum lt_reason check_type(struct lt_bytes bytes, const struct raw_header *raw, struct lt_refusal *refusal)
{
	/* First in the bytes too, so that a reader of any version can tell what the rest is before it reads it. */
	if (bytes.len == 0 || bytes.data[0] != 0x0a)
		return lt_refuse(refusal, LT_HEADER_TYPE_UNKNOWN, "type: is not the first field");
	if (!text_is(raw->type, LT_HEADER_TYPE))
		return lt_refuse(refusal, LT_HEADER_TYPE_UNKNOWN, "type: is not %s", LT_HEADER_TYPE);
	if (!kind_known(raw->kind))
		return lt_refuse(refusal, LT_KIND_NOT_SUPPORTED, "kind: %d", raw->kind);
	return LT_REASON_NONE;
}

static enum lt_reason check_domain(struct lt_bytes domain, struct lt_refusal *refusal)
{
	if (absent(domain))
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "domain: missing");
	if (domain.len >= LT_DOMAIN_MAX)
		return lt_refuse(refusal, LT_TEXT_TOO_LONG, "domain: %zu bytes, allowed are %u", domain.len,
				 LT_DOMAIN_MAX - 1);
	for (size_t i = 0; i < domain.len; i++) {
		uint8_t c = domain.data[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-'))
			return lt_refuse(refusal, LT_HEADER_MALFORMED,
					 "domain: only lower-case letters, digits, dots and hyphens");
	}
	return LT_REASON_NONE;
}

static bool kind_has_one_recipient(enum lt_kind kind)
{
	return kind == LT_KIND_OPEN || kind == LT_KIND_RETURN;
}

/* Several recipients of an offer are a fork: each is asked to do another leg. */
static enum lt_reason check_fork(const struct raw_header *raw, struct lt_refusal *refusal)
{
	if (raw->to_count < 2 || !lt_kind_offers((enum lt_kind)raw->kind))
		return LT_REASON_NONE;
	for (size_t i = 0; i < raw->to_count; i++) {
		if (raw->to[i].leg == 0)
			return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to[%zu].leg: missing in a fork", i);
		for (size_t j = 0; j < i; j++) {
			if (raw->to[i].leg == raw->to[j].leg)
				return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to[%zu].leg: stands twice", i);
		}
	}
	return LT_REASON_NONE;
}

static enum lt_reason check_recipients(const struct raw_header *raw, struct lt_refusal *refusal)
{
	for (size_t i = 0; i < raw->to_count; i++) {
		if (!agency_valid(raw->to[i].agency))
			return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to[%zu].agency: not a canonical code", i);
		for (size_t j = 0; j < i; j++) {
			if (lt_bytes_equal(raw->to[i].agency, raw->to[j].agency))
				return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to[%zu].agency: stands twice", i);
		}
	}
	if (raw->to_count == 0 || raw->to_count > LT_TO_MAX)
		return lt_refuse(refusal, LT_COUNT_EXCEEDED, "to: %zu recipients, allowed are 1 to %u", raw->to_count,
				 LT_TO_MAX);
	if (kind_has_one_recipient((enum lt_kind)raw->kind) && raw->to_count != 1)
		return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to: %zu recipients, %s has one", raw->to_count,
				 lt_kind_name((enum lt_kind)raw->kind));
	return check_fork(raw, refusal);
}

static enum lt_reason check_parties(const struct raw_header *raw, struct lt_refusal *refusal)
{
	char dossier[LT_DOSSIER_MAX];
	if (!lt_uuid_valid(raw->id))
		return lt_refuse(refusal, LT_ID_INVALID, "id: not a UUIDv7 of 16 bytes");
	if (!agency_valid(raw->sender))
		return lt_refuse(refusal, LT_AGENCY_CODE_INVALID, "sender: not a canonical code");
	enum lt_reason reason = check_recipients(raw, refusal);
	if (reason)
		return reason;
	if (!copy_code(raw->dossier, dossier, sizeof(dossier)) || !lt_dossier_code_valid(dossier))
		return lt_refuse(refusal, LT_DOSSIER_CODE_INVALID, "dossier: not of the form agency-date-number");
	return LT_REASON_NONE;
}

enum lt_reason codec_check_presence(enum codec_presence rule, bool present, const char *field,
				    struct lt_refusal *refusal)
{
	if (rule == CODEC_REQUIRED && !present)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "%s: this kind needs it", field);
	if (rule == CODEC_ABSENT && present)
		return lt_refuse(refusal, LT_FIELD_NOT_ALLOWED, "%s: this kind does not have it", field);
	return LT_REASON_NONE;
}

/* A field that stands in some kinds only: required there, not allowed elsewhere. */
static enum lt_reason check_presence(bool wanted, bool present, const char *field, struct lt_refusal *refusal)
{
	return codec_check_presence(wanted ? CODEC_REQUIRED : CODEC_ABSENT, present, field, refusal);
}

static enum lt_reason check_leg_and_procedure(const struct raw_header *raw, struct lt_refusal *refusal)
{
	char procedure[LT_PROCEDURE_MAX];
	bool opens = raw->kind == (int32_t)LT_KIND_OPEN;
	/* A notice may concern the whole dossier. */
	enum codec_presence leg = opens ? CODEC_ABSENT : is_notice(raw->kind) ? CODEC_OPTIONAL : CODEC_REQUIRED;
	enum lt_reason reason = codec_check_presence(leg, raw->leg != 0, "leg", refusal);
	if (!reason)
		reason = codec_check_presence(leg, raw->leg_version != 0, "leg_version", refusal);
	if (!reason && raw->sent_at <= 0)
		reason = lt_refuse(refusal, LT_FIELD_REQUIRED, "sent_at: must be after 1970");
	if (!reason)
		reason = check_presence(opens, !absent(raw->procedure), "procedure", refusal);
	if (!reason && opens &&
	    (!copy_code(raw->procedure, procedure, sizeof(procedure)) || !lt_procedure_code_valid(procedure)))
		reason = lt_refuse(refusal, LT_PROCEDURE_CODE_INVALID, "procedure: has not its form");
	if (!reason)
		reason = check_presence(opens, raw->procedure_version != 0, "procedure_version", refusal);
	return reason;
}

static enum codec_presence reply_rule(int32_t kind)
{
	switch (kind) {
	case LT_KIND_ACCEPT:
	case LT_KIND_REFUSE:
	case LT_KIND_RECALL:
	case LT_KIND_RECALL_ANSWER:
	case LT_KIND_OPINION:
	case LT_KIND_FEE_PAID:
	case LT_KIND_SUPPLEMENT:
		return CODEC_REQUIRED;
	default:
		return is_notice(kind) ? CODEC_OPTIONAL : CODEC_ABSENT;
	}
}

static enum lt_reason check_reply(const struct raw_header *raw, struct lt_refusal *refusal)
{
	enum lt_reason reason =
		codec_check_presence(reply_rule(raw->kind), !absent(raw->in_reply_to), "in_reply_to", refusal);
	if (!reason && !absent(raw->in_reply_to) && !lt_uuid_valid(raw->in_reply_to))
		reason = lt_refuse(refusal, LT_ID_INVALID, "in_reply_to: not a UUIDv7 of 16 bytes");
	return reason;
}

bool codec_text_has_control(struct lt_bytes text, bool lines)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if (c == 0x7f || (c < 0x20 && !(lines && (c == '\n' || c == '\t'))))
			return true;
		if (c == 0xc2 && i + 1 < text.len && text.data[i + 1] < 0xa0)
			return true;
	}
	return false;
}

bool codec_text_blank(struct lt_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!memchr(" \t\n\r\v\f", text.data[i], 6))
			return false;
	}
	return true;
}

enum lt_reason codec_check_length(struct lt_bytes text, size_t max, const char *field, struct lt_refusal *refusal)
{
	size_t length = absent(text) ? 0 : lt_text_length((const char *)text.data, text.len);
	if (length > max)
		return lt_refuse(refusal, LT_TEXT_TOO_LONG, "%s: %zu characters, allowed are %zu", field, length, max);
	return LT_REASON_NONE;
}

static enum codec_presence reason_rule(const struct raw_header *raw)
{
	switch (raw->kind) {
	case LT_KIND_REFUSE:
	case LT_KIND_RETURN:
	case LT_KIND_RECALL:
	case LT_KIND_REQUEST_SUPPLEMENT:
	case LT_KIND_WITHDRAW:
	case LT_KIND_STOP:
	case LT_KIND_RESUME:
	case LT_KIND_APOLOGY:
		return CODEC_REQUIRED;
	case LT_KIND_RESULT: /* with a reason, it is a refusal */
		return CODEC_OPTIONAL;
	case LT_KIND_OPINION:
	case LT_KIND_RECALL_ANSWER:
		return raw->agree == (int32_t)LT_AGREE_NO ? CODEC_REQUIRED : CODEC_OPTIONAL;
	default:
		return is_notice(raw->kind) ? CODEC_OPTIONAL : CODEC_ABSENT;
	}
}

static enum lt_reason check_texts(const struct raw_header *raw, struct lt_refusal *refusal)
{
	enum codec_presence rule = reason_rule(raw);
	if (rule == CODEC_REQUIRED && codec_text_blank(raw->reason))
		return lt_refuse(refusal, LT_REASON_REQUIRED, "reason: missing or blank");
	enum lt_reason reason = codec_check_presence(rule, !absent(raw->reason), "reason", refusal);
	if (!reason)
		reason = codec_check_length(raw->reason, LT_REASON_TEXT_MAX, "reason", refusal);
	if (!reason && codec_text_has_control(raw->reason, true))
		reason = lt_refuse(refusal, LT_HEADER_MALFORMED, "reason: holds a control character");
	if (!reason)
		reason = codec_check_length(raw->subject, LT_SUBJECT_MAX, "subject", refusal);
	return reason;
}

static bool part_name_valid(struct lt_bytes name)
{
	if (absent(name) || name.len > LT_PART_NAME_MAX || text_is(name, ".") || text_is(name, ".."))
		return false;
	return !memchr(name.data, '/', name.len) && !memchr(name.data, '\\', name.len) &&
	       !codec_text_has_control(name, false);
}

static bool alphanumeric(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool media_name_valid(const uint8_t *name, size_t length)
{
	if (length == 0 || length > MEDIA_NAME_MAX || !alphanumeric(name[0]))
		return false;
	for (size_t i = 1; i < length; i++) {
		if (!alphanumeric(name[i]) && !memchr("!#$&-^_.+", name[i], 9))
			return false;
	}
	return true;
}

static bool media_type_valid(struct lt_bytes type)
{
	const uint8_t *slash = absent(type) ? NULL : memchr(type.data, '/', type.len);
	if (!slash)
		return false;
	size_t before = (size_t)(slash - type.data);
	return media_name_valid(type.data, before) && media_name_valid(slash + 1, type.len - before - 1);
}

static enum lt_reason check_part(const struct raw_part *part, size_t index, struct lt_refusal *refusal)
{
	if (!part_name_valid(part->name))
		return lt_refuse(refusal, LT_PART_NAME_INVALID, "parts[%zu].name: not a plain file name", index);
	if (!media_type_valid(part->media_type))
		return lt_refuse(refusal, LT_PART_NAME_INVALID, "parts[%zu].media_type: not type/subtype", index);
	if (part->size == 0)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "parts[%zu].size: missing or 0", index);
	if (part->size > LT_PART_MAX)
		return lt_refuse(refusal, LT_PART_TOO_LARGE, "parts[%zu].size: %llu bytes, allowed are %u", index,
				 (unsigned long long)part->size, LT_PART_MAX);
	if (absent(part->sha256))
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "parts[%zu].sha256: missing", index);
	if (part->sha256.len != 32)
		return lt_refuse(refusal, LT_HEADER_MALFORMED, "parts[%zu].sha256: not 32 bytes", index);
	return LT_REASON_NONE;
}

static enum lt_reason check_parts(const struct raw_header *raw, struct lt_refusal *refusal)
{
	uint64_t total = 0; /* cannot overflow: each size was checked before it is added */
	for (size_t i = 0; i < raw->part_count; i++) {
		enum lt_reason reason = check_part(&raw->parts[i], i, refusal);
		if (reason)
			return reason;
		total += raw->parts[i].size;
	}
	if (total > LT_PARTS_TOTAL_MAX)
		return lt_refuse(refusal, LT_PART_TOO_LARGE, "parts: %llu bytes together, allowed are %u",
				 (unsigned long long)total, LT_PARTS_TOTAL_MAX);
	return check_presence(false, !absent(raw->body_sha256), "body_sha256", refusal);
}

enum lt_reason codec_header_check(struct lt_bytes bytes, const struct raw_header *raw, struct lt_refusal *refusal)
{
	enum lt_reason reason = check_type(bytes, raw, refusal);
	if (!reason)
		reason = check_domain(raw->domain, refusal);
	if (!reason)
		reason = check_parties(raw, refusal);
	if (!reason)
		reason = check_leg_and_procedure(raw, refusal);
	if (!reason)
		reason = check_reply(raw, refusal);
	if (!reason)
		reason = check_texts(raw, refusal);
	if (!reason)
		reason = check_parts(raw, refusal);
	if (!reason)
		reason = codec_header_check_fields(raw, refusal);
	return reason;
}
