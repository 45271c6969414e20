/* vectors_fixed.c: no chance and no clock: each run of make_vectors makes the same keys, the same signatures, the same bytes, as long as
 * what it makes is the same (and OpenSSL asks for random bytes in the same order). libcrypto gets its random bytes from here, and the
 * time from the function below, which this program has in place of the C library's. */
#define OPENSSL_API_COMPAT 0x10100000L /* RAND_set_rand_method is of then */
#include "vectors.h"

#include <openssl/rand.h>
#include <string.h>
#include <time.h>

static uint8_t seed[32];
static uint64_t taken;

/* SHA-256 of seed and number, block by block. */
static int bytes(unsigned char *out, int len)
{
	for (int done = 0; done < len;) {
		uint8_t block[40], digest[32];
		int part = len - done < 32 ? len - done : 32;
		memcpy(block, seed, 32);
		for (int i = 0; i < 8; i++)
			block[32 + i] = (uint8_t)(taken >> 8 * i);
		taken++;
		lt_sha256(lt_bytes(block, sizeof block), digest);
		memcpy(out + done, digest, (size_t)part);
		done += part;
	}
	return 1;
}

static int status(void)
{
	return 1;
}

void vectors_fix(const char *name)
{
	static const RAND_METHOD method = { .bytes = bytes, .pseudorand = bytes, .status = status };
	lt_sha256(lt_bytes(name, strlen(name)), seed);
	taken = 0;
	VECTORS_NEED(RAND_set_rand_method(&method) == 1);
}

time_t time(time_t *out)
{
	time_t now = (time_t)(VECTORS_AT / 1000000);
	if (out)
		*out = now;
	return now;
}
