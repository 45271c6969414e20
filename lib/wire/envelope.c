/* envelope.c: kinds by name and number, and the parts of an envelope against its header. */
#include <lienthong/envelope.h>

#include <string.h>

static const struct {
	enum lt_kind kind;
	const char *name;
} kinds[] = {
	{ LT_KIND_OPEN, "OPEN" },
	{ LT_KIND_FORWARD, "FORWARD" },
	{ LT_KIND_ACCEPT, "ACCEPT" },
	{ LT_KIND_REFUSE, "REFUSE" },
	{ LT_KIND_RETURN, "RETURN" },
	{ LT_KIND_RECALL, "RECALL" },
	{ LT_KIND_RESULT, "RESULT" },
	{ LT_KIND_HANDED_OVER, "HANDED_OVER" },
	{ LT_KIND_CONSULT, "CONSULT" },
	{ LT_KIND_OPINION, "OPINION" },
	{ LT_KIND_REQUEST_SUPPLEMENT, "REQUEST_SUPPLEMENT" },
	{ LT_KIND_SUPPLEMENT, "SUPPLEMENT" },
	{ LT_KIND_REQUEST_FEE, "REQUEST_FEE" },
	{ LT_KIND_FEE_PAID, "FEE_PAID" },
	{ LT_KIND_WITHDRAW, "WITHDRAW" },
	{ LT_KIND_STOP, "STOP" },
	{ LT_KIND_RESUME, "RESUME" },
	{ LT_KIND_RECALL_ANSWER, "RECALL_ANSWER" },
	{ LT_KIND_APOLOGY, "APOLOGY" },
	{ LT_KIND_STATUS, "STATUS" },
	{ LT_KIND_DUE_SOON, "DUE_SOON" },
	{ LT_KIND_OVERDUE, "OVERDUE" },
	{ LT_KIND_REROUTED, "REROUTED" },
	{ LT_KIND_UNDELIVERABLE, "UNDELIVERABLE" },
};
#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

const char *lt_kind_name(enum lt_kind kind)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (kinds[i].kind == kind)
			return kinds[i].name;
	}
	return "UNKNOWN";
}

enum lt_err lt_kind_find(const char *name, enum lt_kind *out)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*out = kinds[i].kind;
			return LT_OK;
		}
	}
	return LT_ENOENT;
}

bool lt_kind_offers(enum lt_kind kind)
{
	return kind == LT_KIND_OPEN || kind == LT_KIND_FORWARD || kind == LT_KIND_RETURN || kind == LT_KIND_RESULT;
}

static enum lt_reason check_part(const struct lt_part_info *info, struct lt_bytes part, size_t index,
				 struct lt_refusal *refusal)
{
	uint8_t digest[32];
	if (part.len > LT_PART_MAX)
		return lt_refuse(refusal, LT_PART_TOO_LARGE, "parts[%zu]: %zu bytes, allowed are %u", index, part.len,
				 LT_PART_MAX);
	if (part.len != info->size)
		return lt_refuse(refusal, LT_PART_SIZE_WRONG, "parts[%zu]: %zu bytes, the header says %llu", index,
				 part.len, (unsigned long long)info->size);
	lt_sha256(part, digest);
	if (memcmp(digest, info->sha256, sizeof(digest)) != 0)
		return lt_refuse(refusal, LT_PART_DIGEST_WRONG, "parts[%zu]: other bytes than were signed", index);
	return LT_REASON_NONE;
}

enum lt_reason lt_envelope_check_parts(const struct lt_header *header, const struct lt_envelope *envelope,
				       struct lt_refusal *refusal)
{
	size_t total = 0;
	if (envelope->part_count != header->part_count)
		return lt_refuse(refusal, LT_PART_COUNT_WRONG, "parts: %zu, the header lists %zu", envelope->part_count,
				 header->part_count);
	for (size_t i = 0; i < header->part_count; i++) {
		enum lt_reason reason = check_part(&header->parts[i], envelope->parts[i], i, refusal);
		if (reason)
			return reason;
		total += envelope->parts[i].len;
	}
	if (total > LT_PARTS_TOTAL_MAX)
		return lt_refuse(refusal, LT_PART_TOO_LARGE, "parts: %zu bytes together, allowed are %u", total,
				 LT_PARTS_TOTAL_MAX);
	return LT_REASON_NONE;
}
