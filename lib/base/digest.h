/* digest.h: SHA-256, or SHA-1, of bytes that come piece by piece. Cannot fail, allocates nothing; may be copied to go back to where it was. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <lienthong/base.h>

struct digest {
	uint64_t space[16];
	bool sha1;
};
void digest_begin(struct digest *digest);
void digest_begin_sha1(struct digest *digest); /* 20 bytes; against damage alone: others find two texts of one sum */
void digest_add(struct digest *digest, struct lt_bytes bytes);
/* What has come so far; more may follow. */
void digest_tell(const struct digest *digest, uint8_t out[32]);

/* SHA-256 of bytes that are mostly those of the call before, as a batch's CMS is with each of its envelopes: they are compared, and hashed
 * when they differ. Zeroed at first; without memory nothing is remembered. */
struct digest_last {
	struct lt_buf bytes;
	uint8_t sha256[32];
};
void digest_last_fini(struct digest_last *last);
void digest_again(struct digest_last *last, struct lt_bytes bytes, uint8_t out[32]);

#endif
