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
struct raw_fact {
	struct lt_bytes name, value;
};
/* Views into the header's bytes; the lists live where the maker put them. */
struct raw_header {
	struct lt_bytes type, domain, id, sender, dossier, procedure, in_reply_to, reason, subject, body_sha256;
	int32_t kind, agree;
	uint32_t leg, procedure_version, trace;
	uint64_t leg_version, amount;
	int64_t sent_at, due_at;
	size_t to_count, part_count, item_count, fact_count;
	struct raw_recipient *to;
	struct raw_part *parts;
	struct lt_bytes *items;
	struct raw_fact *facts;
};

/* The checks of SPEC.md after the parse, in its order; the first that fails wins. The walk has checked texts and upper
 * counts before. `bytes` is the encoded header. */
enum lt_reason codec_header_check(struct lt_bytes bytes, const struct raw_header *raw, struct lt_refusal *refusal);

/* What the check files share. */
enum codec_presence { CODEC_ABSENT, CODEC_OPTIONAL, CODEC_REQUIRED };
enum lt_reason codec_check_presence(enum codec_presence rule, bool present, const char *field,
				    struct lt_refusal *refusal);
enum lt_reason codec_check_length(struct lt_bytes text, size_t max, const char *field, struct lt_refusal *refusal);
bool codec_text_has_control(struct lt_bytes text, bool lines); /* C0, DEL and C1; lines: but not LF and TAB */
bool codec_text_blank(struct lt_bytes text);
/* Fields 18 to 23, which belong to single kinds. codec_header_fields.c */
enum lt_reason codec_header_check_fields(const struct raw_header *raw, struct lt_refusal *refusal);

#endif
