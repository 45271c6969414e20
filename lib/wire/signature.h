/* signature.h: the Signature message (proto/envelope.proto) as a plain record. In-tree programs only. */
#ifndef LIENTHONG_SDK_CODEC_SIGNATURE_H
#define LIENTHONG_SDK_CODEC_SIGNATURE_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

#include "base/digest.h"

struct lt_batch_signature {
	struct lt_bytes cms;
	uint32_t index, count;
	size_t path_count;
	struct lt_bytes *path; /* 32 bytes each */
	uint32_t root;         /* always 0 outside of a message of the link */
};
/* Views into the decoded bytes, the list in the arena; or the caller's when encoding. */
struct lt_signature {
	bool batch;
	struct lt_bytes cms;            /* when not batch */
	struct lt_batch_signature tree; /* when batch */
};
/* Strict. SIGNATURE_MALFORMED (not a Signature, or neither form), BATCH_PATH_WRONG (a hash not of 32 bytes), or
 * another reason of codec_unpack. */
enum lt_reason lt_signature_decode(struct lt_bytes bytes, struct lt_arena *arena, struct lt_signature *out,
				   struct lt_refusal *refusal);
/* Appends the message. LT_ENOMEM. */
enum lt_err lt_signature_encode(const struct lt_signature *signature, struct lt_buf *out);
/* lt_signature_digest, for many signatures in a row. cms: of the batch before; NULL: none is remembered. */
void signature_digest(struct digest_last *cms, struct lt_bytes signature, uint8_t out[32]);

#endif
