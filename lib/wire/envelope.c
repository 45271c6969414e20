/* envelope.c: the parts of an envelope against its header. */
#include <lienthong/envelope.h>

#include <string.h>

static enum lt_reason check_part(const struct lt_part_info *info, struct lt_bytes part, size_t index,
				 struct lt_refusal *refusal)
{
	uint8_t digest[32];
	if (lt_part_is_large(info) && part.len == 0)
		return LT_REASON_NONE; /* its bytes come apart, and are looked at where they are gathered */
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
