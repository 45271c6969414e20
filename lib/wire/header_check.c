/* header_check.c: what a header must be, apart from what only the directory and the dossier can tell. What each kind has comes from
 * kind.def; here stands how that is checked, and what holds for every kind.
 * Source: SPEC.md, "Header"; the order of the checks is part of it. */
#include "header_internal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <lienthong/text.h>
#include <lienthong/time.h>

#include "scan.h"

#define MEDIA_NAME_MAX 127u                 /* characters on each side of the slash, RFC 6838 section 4.2 */
enum { FIELD_PARTS = 16, PART_SHA256 = 4 }; /* numbers in envelope.proto */

static bool absent(const char *text)
{
	return !text || !*text;
}

static bool text_is(struct lt_bytes text, const char *want)
{
	return text.len == strlen(want) && memcmp(text.data, want, text.len) == 0;
}

/* A caller's own record may be without its end. */
static bool ends(const char *code, size_t size)
{
	return memchr(code, '\0', size) != NULL;
}

static bool agency_valid(const char code[LT_AGENCY_MAX])
{
	return ends(code, LT_AGENCY_MAX) && lt_agency_code_valid(code);
}

/* "" is said where none is named. */
static bool leg_valid(const char leg[LT_LEG_ID_MAX])
{
	return ends(leg, LT_LEG_ID_MAX) && (absent(leg) || lt_leg_id_valid(leg));
}

static enum lt_reason check_type(struct lt_bytes bytes, const struct wire_header *read, struct lt_refusal *refusal)
{
	/* First in the bytes too, so that a reader of any version can tell what the rest is before it reads it. */
	if (bytes.len == 0 || bytes.data[0] != 0x0a)
		return lt_refuse(refusal, LT_HEADER_TYPE_UNKNOWN, "type: is not the first field");
	if (!text_is(read->type, LT_HEADER_TYPE))
		return lt_refuse(refusal, LT_HEADER_TYPE_UNKNOWN, "type: is not %s", LT_HEADER_TYPE);
	if (!kind_find((int)read->header.kind))
		return lt_refuse(refusal, LT_KIND_NOT_SUPPORTED, "kind: %d %s", (int)read->header.kind,
				 lt_kind_name(read->header.kind));
	return LT_REASON_NONE;
}

static enum lt_reason check_domain(const char *domain, struct lt_refusal *refusal)
{
	if (absent(domain))
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "domain: missing");
	if (strlen(domain) >= LT_DOMAIN_MAX)
		return lt_refuse(refusal, LT_TEXT_TOO_LONG, "domain: %zu bytes, allowed are %u", strlen(domain),
				 LT_DOMAIN_MAX - 1);
	for (const char *c = domain; *c; c++) {
		if (!((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '.' || *c == '-'))
			return lt_refuse(refusal, LT_HEADER_MALFORMED,
					 "domain: only lower-case letters, digits, dots and hyphens");
	}
	return LT_REASON_NONE;
}

/* Several recipients of an offer are a fork: each is asked to do another leg. */
static enum lt_reason check_fork(const struct lt_header *header, struct lt_refusal *refusal)
{
	if (header->to_count < 2 || !lt_kind_offers(header->kind))
		return LT_REASON_NONE;
	for (size_t i = 0; i < header->to_count; i++) {
		if (absent(header->to[i].leg))
			return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to[%zu].leg: missing in a fork", i);
		for (size_t j = 0; j < i; j++) {
			if (strcmp(header->to[i].leg, header->to[j].leg) == 0)
				return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to[%zu].leg: stands twice", i);
		}
	}
	return LT_REASON_NONE;
}

static enum lt_reason check_recipients(const struct kind *kind, const struct lt_header *header,
				       struct lt_refusal *refusal)
{
	for (size_t i = 0; i < header->to_count; i++) {
		if (!agency_valid(header->to[i].agency))
			return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to[%zu].agency: not a canonical code", i);
		if (!leg_valid(header->to[i].leg))
			return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to[%zu].leg: not the id of a leg", i);
		for (size_t j = 0; j < i && !lt_kind_offers(header->kind);
		     j++) { /* a fork has legs of its own for each */
			if (strcmp(header->to[i].agency, header->to[j].agency) == 0)
				return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to[%zu].agency: stands twice", i);
		}
	}
	if (header->to_count == 0 || header->to_count > LT_TO_MAX)
		return lt_refuse(refusal, LT_COUNT_EXCEEDED, "to: %zu recipients, allowed are 1 to %u",
				 header->to_count, LT_TO_MAX);
	if (header->to_count > kind->recipients)
		return lt_refuse(refusal, LT_RECIPIENTS_INVALID, "to: %zu recipients, %s has at most %u",
				 header->to_count, kind->name, kind->recipients);
	return check_fork(header, refusal);
}

static enum lt_reason check_parties(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	if (!lt_uuid_valid(lt_bytes(header->id, sizeof(header->id))))
		return lt_refuse(refusal, LT_ID_INVALID, "id: not a UUIDv7 of 16 bytes");
	if (!agency_valid(header->sender))
		return lt_refuse(refusal, LT_AGENCY_CODE_INVALID, "sender: not a canonical code");
	enum lt_reason reason = check_recipients(kind, header, refusal);
	if (reason)
		return reason;
	if (kind->digest == KIND_REQUIRED) /* it is of no dossier */
		return codec_check_presence(KIND_ABSENT, !absent(header->dossier), "dossier", refusal);
	if (header->kind == LT_KIND_REMINDER && absent(header->dossier)) /* an agency is reminded, not of a dossier */
		return LT_REASON_NONE;
	if (!ends(header->dossier, sizeof(header->dossier)) || !lt_dossier_code_valid(header->dossier))
		return lt_refuse(refusal, LT_DOSSIER_CODE_INVALID, "dossier: not of the form agency-date-number");
	return LT_REASON_NONE;
}

enum lt_reason codec_check_presence(enum kind_presence rule, bool present, const char *field,
				    struct lt_refusal *refusal)
{
	if (rule == KIND_REQUIRED && !present)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "%s: this kind needs it", field);
	if (rule == KIND_LATER && present)
		return lt_refuse(refusal, LT_FIELD_NOT_SUPPORTED, "%s: not carried yet", field);
	if (rule == KIND_ABSENT && present)
		return lt_refuse(refusal, LT_FIELD_NOT_ALLOWED, "%s: this kind does not have it", field);
	return LT_REASON_NONE;
}

/* What is a dossier's, a header of none does not have. */
static enum kind_presence of_dossier(const struct lt_header *header, enum kind_presence rule)
{
	return absent(header->dossier) ? KIND_ABSENT : rule;
}

static enum lt_reason check_branch_and_procedure(const struct kind *kind, const struct lt_header *header,
						 struct lt_refusal *refusal)
{
	const char *procedure = header->procedure;
	enum kind_presence branch = of_dossier(header, kind->branch);
	enum lt_reason reason = codec_check_presence(branch, header->branch != 0, "branch", refusal);
	if (!reason)
		reason = codec_check_presence(branch, header->branch_version != 0, "branch_version", refusal);
	if (!reason && header->sent_at <= 0)
		reason = lt_refuse(refusal, LT_FIELD_REQUIRED, "sent_at: must be after 1970");
	if (!reason)
		reason = codec_check_presence(kind->procedure, !absent(procedure), "procedure", refusal);
	if (!reason && !absent(procedure) &&
	    (!ends(procedure, sizeof(header->procedure)) || !lt_procedure_code_valid(procedure)))
		reason = lt_refuse(refusal, LT_PROCEDURE_CODE_INVALID, "procedure: has not its form");
	if (!reason)
		reason = codec_check_presence(kind->procedure, header->procedure_version != 0, "procedure_version",
					      refusal);
	return reason;
}

static enum lt_reason check_reply(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	enum kind_presence rule = of_dossier(header, kind->in_reply_to);
	enum lt_reason reason = codec_check_presence(rule, header->has_reply, "in_reply_to", refusal);
	if (!reason && header->has_reply && !lt_uuid_valid(lt_bytes(header->in_reply_to, sizeof(header->in_reply_to))))
		reason = lt_refuse(refusal, LT_ID_INVALID, "in_reply_to: not a UUIDv7 of 16 bytes");
	return reason;
}

enum lt_reason codec_check_length(const char *text, size_t max, const char *field, struct lt_refusal *refusal)
{
	size_t bytes = absent(text) ? 0 : strlen(text);
	if (bytes <= max) /* a character is one byte or more */
		return LT_REASON_NONE;
	size_t length = lt_text_length(text, bytes);
	if (length > max)
		return lt_refuse(refusal, LT_TEXT_TOO_LONG, "%s: %zu characters, allowed are %zu", field, length, max);
	return LT_REASON_NONE;
}

enum lt_reason codec_check_entry(const char *text, enum lt_text_form form, enum lt_reason reason, size_t max,
				 const char *list, size_t index, const char *inner, struct lt_refusal *refusal)
{
	char field[64];
	if (lt_text_check(text ? text : "", form, NULL) == LT_OK && !codec_check_length(text, max, list, NULL))
		return LT_REASON_NONE;
	snprintf(field, sizeof(field), "%s[%zu]%s", list, index, inner);
	enum lt_reason wrong = lt_text_refuse(text, form, reason, field, refusal);
	return wrong ? wrong : codec_check_length(text, max, field, refusal);
}

static enum kind_presence reason_rule(const struct kind *kind, const struct lt_header *header)
{
	if (kind->reason == KIND_UNLESS_YES)
		return header->agree == LT_AGREE_NO || header->agree == LT_AGREE_WITH_CONDITIONS ? KIND_REQUIRED
												 : KIND_OPTIONAL;
	return kind->reason;
}

static enum lt_reason check_texts(const struct kind *kind, const struct lt_header *header, struct lt_refusal *refusal)
{
	enum kind_presence rule = reason_rule(kind, header);
	/* A blank one is no reason, and what is no reason must not make a RESULT a refusal. */
	if ((rule == KIND_REQUIRED || (rule != KIND_ABSENT && !absent(header->reason))) &&
	    lt_text_blank(header->reason))
		return lt_refuse(refusal, LT_REASON_REQUIRED, "reason: missing or blank");
	enum lt_reason reason = codec_check_presence(rule, !absent(header->reason), "reason", refusal);
	if (!reason)
		reason = codec_check_length(header->reason, LT_REASON_TEXT_MAX, "reason", refusal);
	if (!reason)
		reason = lt_text_refuse(header->reason, LT_TEXT_LINES, LT_TEXT_NOT_IN_FORM, "reason", refusal);
	if (!reason)
		reason = codec_check_length(header->subject, LT_SUBJECT_MAX, "subject", refusal);
	if (!reason)
		reason = lt_text_refuse(header->subject, LT_TEXT_LINE, LT_TEXT_NOT_IN_FORM, "subject", refusal);
	return reason;
}

/* Windows opens a device for such a name, whatever follows its first dot ("aux.pdf"), and writes no file. */
static bool names_device(const char *name)
{
	static const char *const devices[] = { "CON", "PRN", "AUX", "NUL", "COM", "LPT" };
	size_t len = strcspn(name, ".");
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		bool numbered = i >= 4;
		if (strncasecmp(name, devices[i], 3) == 0 && len == 3u + numbered &&
		    (!numbered || (name[3] >= '1' && name[3] <= '9')))
			return true;
	}
	return false;
}

/* A plain file name, which any system can show and keep. */
static enum lt_reason check_part_name(const char *name, size_t index, struct lt_refusal *refusal)
{
	const char *parting = absent(name) ? NULL : strpbrk(name, "/\\");
	if (absent(name))
		return lt_refuse(refusal, LT_PART_NAME_INVALID, "parts[%zu].name: missing", index);
	if (strlen(name) > LT_PART_NAME_MAX)
		return lt_refuse(refusal, LT_PART_NAME_INVALID, "parts[%zu].name: %zu bytes, allowed are %u", index,
				 strlen(name), LT_PART_NAME_MAX);
	if (parting)
		return lt_refuse(refusal, LT_PART_NAME_INVALID,
				 "parts[%zu].name: holds a %c, which parts folders; write a paper's number with - or _",
				 index, *parting);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return lt_refuse(refusal, LT_PART_NAME_INVALID, "parts[%zu].name: is the name of a folder", index);
	if (names_device(name))
		return lt_refuse(refusal, LT_PART_NAME_INVALID, "parts[%zu].name: is the name of a device on Windows",
				 index);
	if (name[strlen(name) - 1] == '.')
		return lt_refuse(refusal, LT_PART_NAME_INVALID, "parts[%zu].name: ends in a dot, which Windows drops",
				 index);
	return codec_check_entry(name, LT_TEXT_LINE, LT_PART_NAME_INVALID, LT_PART_NAME_MAX, "parts", index, ".name",
				 refusal);
}

/* Capital letters mean the same (RFC 6838 section 4.2): the one form has none. */
static bool alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool media_name_valid(const char *name, size_t length)
{
	if (length == 0 || length > MEDIA_NAME_MAX || !alphanumeric(name[0]))
		return false;
	for (size_t i = 1; i < length; i++) {
		if (!alphanumeric(name[i]) && !memchr("!#$&-^_.+", name[i], 9))
			return false;
	}
	return true;
}

static bool media_type_valid(const char *type)
{
	const char *slash = absent(type) ? NULL : strchr(type, '/');
	return slash && media_name_valid(type, (size_t)(slash - type)) &&
	       media_name_valid(slash + 1, strlen(slash + 1));
}

/* A digest of zeros is missing, or has another length, or is so; the bytes tell which. */
static size_t digest_length(struct lt_bytes header, size_t index)
{
	struct codec_wire field;
	while (codec_next(&header, &field)) {
		if (field.id != FIELD_PARTS || index-- > 0)
			continue;
		struct lt_bytes part = field.bytes;
		while (codec_next(&part, &field)) {
			if (field.id == PART_SHA256)
				return field.bytes.len;
		}
		return 0;
	}
	return 0;
}

static enum lt_reason check_digest(struct lt_bytes bytes, const struct lt_part_info *part, size_t index,
				   struct lt_refusal *refusal)
{
	static const uint8_t zeros[sizeof(part->sha256)];
	if (memcmp(part->sha256, zeros, sizeof(zeros)) != 0)
		return LT_REASON_NONE;
	size_t length = digest_length(bytes, index);
	if (length == 0)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "parts[%zu].sha256: missing", index);
	if (length != sizeof(part->sha256))
		return lt_refuse(refusal, LT_HEADER_MALFORMED, "parts[%zu].sha256: not 32 bytes", index);
	return LT_REASON_NONE;
}

static enum lt_reason check_part(const struct lt_part_info *part, size_t index, struct lt_refusal *refusal)
{
	enum lt_reason reason = check_part_name(part->name, index, refusal);
	if (reason)
		return reason;
	if (!media_type_valid(part->media_type))
		return lt_refuse(refusal, LT_PART_NAME_INVALID,
				 "parts[%zu].media_type: not type/subtype in lower-case letters", index);
	if (part->size == 0)
		return lt_refuse(refusal, LT_FIELD_REQUIRED, "parts[%zu].size: missing or 0", index);
	if (part->size > LT_LARGE_PART_MAX)
		return lt_refuse(refusal, LT_PART_TOO_LARGE, "parts[%zu].size: %llu bytes, allowed are %llu", index,
				 (unsigned long long)part->size, LT_LARGE_PART_MAX);
	return LT_REASON_NONE;
}

static enum lt_reason check_parts(struct lt_bytes bytes, const struct wire_header *read, struct lt_refusal *refusal)
{
	const struct lt_header *header = &read->header;
	uint64_t total = 0; /* cannot overflow: each size was checked before it is added */
	for (size_t i = 0; i < header->part_count; i++) {
		enum lt_reason reason = check_part(&header->parts[i], i, refusal);
		if (!reason)
			reason = check_digest(bytes, &header->parts[i], i, refusal);
		if (reason)
			return reason;
		for (size_t j = 0; j < i; j++) { /* saved into one folder, one would take the other's place */
			if (strcasecmp(header->parts[i].name, header->parts[j].name) == 0)
				return lt_refuse(refusal, LT_PART_NAME_INVALID,
						 "parts[%zu].name: stands twice, small and capital letters alike", i);
		}
		if (!lt_part_is_large(&header->parts[i]))
			total += header->parts[i].size;
	}
	if (total > LT_PARTS_TOTAL_MAX)
		return lt_refuse(refusal, LT_PART_TOO_LARGE, "parts: %llu bytes together, allowed are %u",
				 (unsigned long long)total, LT_PARTS_TOTAL_MAX);
	return codec_check_presence(KIND_ABSENT, read->body_sha256.len > 0, "body_sha256", refusal);
}

enum lt_reason codec_header_check(struct lt_bytes bytes, const struct wire_header *read, struct lt_refusal *refusal)
{
	const struct lt_header *header = &read->header;
	enum lt_reason reason = check_type(bytes, read, refusal);
	if (reason)
		return reason;
	const struct kind *kind = kind_find((int)header->kind);
	reason = check_domain(header->domain, refusal);
	if (!reason)
		reason = check_parties(kind, header, refusal);
	if (!reason)
		reason = check_branch_and_procedure(kind, header, refusal);
	if (!reason)
		reason = check_reply(kind, header, refusal);
	if (!reason)
		reason = check_texts(kind, header, refusal);
	if (!reason)
		reason = check_parts(bytes, read, refusal);
	if (!reason)
		reason = codec_header_check_fields(kind, header, refusal);
	if (!reason)
		reason = codec_header_check_more(kind, header, refusal);
	return reason;
}
