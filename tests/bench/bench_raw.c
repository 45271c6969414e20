/* P-256 by OpenSSL alone, as a program would use it that keeps key and context: the measure of the machine. */
#include "bench.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct raw {
	EVP_PKEY *key;
	EVP_MD_CTX *prepared;
	uint8_t signature[128], data[1024];
	size_t signature_len, data_len;
};

struct raw *raw_new(const char *key_path, struct lt_bytes data)
{
	struct raw *raw = calloc(1, sizeof *raw);
	FILE *file = fopen(key_path, "r");
	EVP_MD_CTX *sign = EVP_MD_CTX_new();
	if (!raw || !file || !sign || data.len > sizeof raw->data)
		bench_die("cannot read %s", key_path);
	raw->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	raw->prepared = EVP_MD_CTX_new();
	raw->signature_len = sizeof raw->signature;
	raw->data_len = data.len;
	memcpy(raw->data, data.data, data.len);
	if (!raw->key || !raw->prepared || EVP_DigestSignInit(sign, NULL, EVP_sha256(), NULL, raw->key) != 1 ||
	    EVP_DigestSign(sign, raw->signature, &raw->signature_len, raw->data, raw->data_len) != 1 ||
	    EVP_DigestVerifyInit(raw->prepared, NULL, EVP_sha256(), NULL, raw->key) != 1)
		bench_die("cannot sign with %s", key_path);
	EVP_MD_CTX_free(sign);
	return raw;
}

void raw_free(struct raw *raw)
{
	EVP_MD_CTX_free(raw->prepared);
	EVP_PKEY_free(raw->key);
	free(raw);
}

void raw_verify(struct raw *raw)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_MD_CTX_copy_ex(ctx, raw->prepared) != 1 ||
	    EVP_DigestVerify(ctx, raw->signature, raw->signature_len, raw->data, raw->data_len) != 1)
		bench_die("a signature does not hold");
	EVP_MD_CTX_free(ctx);
}
