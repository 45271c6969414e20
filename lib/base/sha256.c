/* sha256.c: SHA-256 by OpenSSL's plain functions. They keep their state on the stack, fetch and allocate nothing, and so cannot fail:
 * a library must not end its host, and a hash that was not made must not be taken for one. EVP could do neither
 * (docs/decisions/0007-house.md). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <lienthong/base.h>

#include "digest.h"

#include <openssl/sha.h>
#include <string.h>

void lt_sha256_two(struct lt_bytes first, struct lt_bytes second, uint8_t out[32])
{
	SHA256_CTX context;
	SHA256_Init(&context);
	SHA256_Update(&context, first.data, first.len);
	SHA256_Update(&context, second.data, second.len);
	SHA256_Final(out, &context);
}

void lt_sha256(struct lt_bytes data, uint8_t out[32])
{
	lt_sha256_two(data, lt_bytes(NULL, 0), out);
}

_Static_assert(sizeof(SHA256_CTX) <= sizeof(((struct digest *)0)->space), "a digest has room for OpenSSL's state");

_Static_assert(sizeof(SHA_CTX) <= sizeof(SHA256_CTX), "and for that of SHA-1");

void digest_begin(struct digest *digest)
{
	SHA256_CTX context;
	SHA256_Init(&context);
	memcpy(digest->space, &context, sizeof(context));
	digest->sha1 = false;
}

void digest_begin_sha1(struct digest *digest)
{
	SHA_CTX context;
	SHA1_Init(&context);
	memcpy(digest->space, &context, sizeof(context));
	digest->sha1 = true;
}

void digest_add(struct digest *digest, struct lt_bytes bytes)
{
	SHA256_CTX context;
	SHA_CTX sha1;
	if (digest->sha1) {
		memcpy(&sha1, digest->space, sizeof(sha1));
		SHA1_Update(&sha1, bytes.data, bytes.len);
		memcpy(digest->space, &sha1, sizeof(sha1));
		return;
	}
	memcpy(&context, digest->space, sizeof(context));
	SHA256_Update(&context, bytes.data, bytes.len);
	memcpy(digest->space, &context, sizeof(context));
}

void digest_tell(const struct digest *digest, uint8_t out[32])
{
	SHA256_CTX context;
	SHA_CTX sha1;
	if (digest->sha1) {
		memcpy(&sha1, digest->space, sizeof(sha1));
		SHA1_Final(out, &sha1);
		return;
	}
	memcpy(&context, digest->space, sizeof(context));
	SHA256_Final(out, &context);
}

void digest_last_fini(struct digest_last *last)
{
	lt_buf_fini(&last->bytes);
}

void digest_again(struct digest_last *last, struct lt_bytes bytes, uint8_t out[32])
{
	if (bytes.len == 0 || !lt_bytes_equal(bytes, lt_buf_bytes(&last->bytes))) {
		lt_sha256(bytes, last->sha256);
		lt_buf_clear(&last->bytes);
		if (lt_buf_append(&last->bytes, bytes.data, bytes.len) != LT_OK)
			lt_buf_clear(&last->bytes);
	}
	memcpy(out, last->sha256, 32);
}
