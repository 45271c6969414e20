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

#endif
