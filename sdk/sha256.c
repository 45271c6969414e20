/* sha256.c: SHA-256 through OpenSSL. Fetching the algorithm and making a context cost more than hashing a
 * short text: the one is done once for the process, the other once for each thread. */
#include <lienthong/envelope.h>
#include <lienthong/merkle.h>

#include "log.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t context_key;
static EVP_MD *sha256;

static void free_context(void *context)
{
	EVP_MD_CTX_free(context);
}

static void fetch_once(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!sha256 || pthread_key_create(&context_key, free_context) != 0)
		lt_fatal("SHA-256 is not there: OpenSSL's configuration or memory");
}

static EVP_MD_CTX *thread_context(void)
{
	pthread_once(&once, fetch_once);
	EVP_MD_CTX *context = pthread_getspecific(context_key);
	if (context)
		return context;
	context = EVP_MD_CTX_new();
	if (!context || pthread_setspecific(context_key, context) != 0)
		lt_fatal("out of memory for a SHA-256 context");
	return context;
}

/* Hashes the two pieces as one text. A hash that cannot be made must not be taken for one: it ends the process. */
static void hash_two(struct lt_bytes first, struct lt_bytes second, uint8_t out[32])
{
	EVP_MD_CTX *context = thread_context();
	bool done = EVP_DigestInit_ex2(context, sha256, NULL) == 1 &&
		    (first.len == 0 || EVP_DigestUpdate(context, first.data, first.len) == 1) &&
		    (second.len == 0 || EVP_DigestUpdate(context, second.data, second.len) == 1) &&
		    EVP_DigestFinal_ex(context, out, NULL) == 1;
	LT_ASSERT(done);
}

void lt_sha256(struct lt_bytes data, uint8_t out[32])
{
	hash_two(data, lt_bytes(NULL, 0), out);
}

void lt_leaf_hash(struct lt_bytes data, uint8_t out[32])
{
	static const uint8_t leaf = 0;
	hash_two(lt_bytes(&leaf, 1), data, out);
}

void lt_node_hash(const uint8_t l[32], const uint8_t r[32], uint8_t out[32])
{
	uint8_t node[65];
	node[0] = 1;
	memcpy(node + 1, l, 32);
	memcpy(node + 33, r, 32);
	hash_two(lt_bytes(node, sizeof node), lt_bytes(NULL, 0), out);
}
