/* sha256.c: SHA-256 by OpenSSL's plain functions. They keep their state on the stack, fetch and allocate nothing, and so cannot fail:
 * a library must not end its host, and a hash that was not made must not be taken for one. EVP could do neither
 * (docs/decisions/0007-house.md). */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <lienthong/base.h>

#include <openssl/sha.h>

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
