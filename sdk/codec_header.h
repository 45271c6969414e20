/* codec_header.h: a header as it stands on the wire, before and while it is checked; for sdk/codec_header*.c alone. */
#ifndef LIENTHONG_SDK_CODEC_HEADER_H
#define LIENTHONG_SDK_CODEC_HEADER_H

#include <lienthong/envelope.h>

struct raw_recipient {
	struct lt_bytes agency;
	uint32_t leg;
};
struct raw_part {
	struct lt_bytes name, media_type, sha256;
	uint64_t size;
};
/* Views into the header's bytes; the lists live where the maker put them. */
struct raw_header {
	struct lt_bytes type, domain, id, sender, dossier, procedure, in_reply_to, reason, subject, body_sha256;
	int32_t kind;
	uint32_t leg, procedure_version;
	uint64_t leg_version;
	int64_t sent_at;
	size_t to_count, part_count;
	struct raw_recipient *to;
	struct raw_part *parts;
};

/* The checks of SPEC.md after the parse, in its order; the first that fails wins. The walk has checked texts and upper
 * counts before. `bytes` is the encoded header. */
enum lt_reason codec_header_check(struct lt_bytes bytes, const struct raw_header *raw, struct lt_refusal *refusal);

#endif
