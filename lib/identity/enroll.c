/* enroll.c: a key, its request, and the fingerprint of both keys. */
#include "enroll.h"

#include "identity_internal.h"

#include <lienthong/code.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char domain[] = "lienthong.enroll.v1";

static enum lt_err take_bio(BIO *bio, struct lt_buf *out)
{
	char *text = NULL;
	long len = BIO_get_mem_data(bio, &text);
	return len > 0 ? lt_buf_append(out, text, (size_t)len) : LT_ECRYPTO;
}

static enum lt_err write_key(const char *path, EVP_PKEY *key)
{
	struct lt_buf pem = { 0 };
	BIO *bio = BIO_new(BIO_s_secmem());
	bool made = bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
	enum lt_err err = made ? take_bio(bio, &pem) : LT_ECRYPTO;
	if (!err)
		err = lt_file_write(path, lt_buf_bytes(&pem), 0600);
	BIO_free(bio);
	identity_file_wipe(&pem);
	return err;
}

static enum lt_err write_request(EVP_PKEY *key, const char *agency, struct lt_buf *out)
{
	X509_REQ *request = X509_REQ_new();
	BIO *bio = BIO_new(BIO_s_mem());
	X509_NAME *name = request ? X509_REQ_get_subject_name(request) : NULL;
	bool made = name && bio && X509_REQ_set_version(request, X509_REQ_VERSION_1) &&
		    X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)"VN", -1, -1, 0) &&
		    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)agency, -1, -1, 0) &&
		    X509_REQ_set_pubkey(request, key) && X509_REQ_sign(request, key, EVP_sha256()) > 0 &&
		    PEM_write_bio_X509_REQ(bio, request) == 1;
	enum lt_err err = made ? take_bio(bio, out) : LT_ECRYPTO;
	BIO_free(bio);
	X509_REQ_free(request);
	return err;
}

enum lt_err enroll_new(const char *key_path, const char *agency, struct lt_buf *request)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	enum lt_err err = key ? write_key(key_path, key) : LT_ECRYPTO;
	if (!err)
		err = write_request(key, agency, request);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return err;
}

static enum lt_err digest_key(EVP_PKEY *key, uint8_t out[32])
{
	unsigned char *der = NULL;
	int len = key ? i2d_PUBKEY(key, &der) : -1;
	if (len <= 0)
		return LT_ECRYPTO;
	lt_sha256(lt_bytes(der, (size_t)len), out);
	OPENSSL_free(der);
	return LT_OK;
}

enum lt_err enroll_request_key(const char *request, uint8_t out[32])
{
	BIO *bio = BIO_new_mem_buf(request, -1);
	X509_REQ *read = bio ? PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL) : NULL;
	EVP_PKEY *key = read ? X509_REQ_get0_pubkey(read) : NULL;
	enum lt_err err = !read ? LT_EPARSE : key && X509_REQ_verify(read, key) == 1 ? LT_OK : LT_ECRYPTO;
	if (!err)
		err = digest_key(key, out);
	X509_REQ_free(read);
	BIO_free(bio);
	ERR_clear_error();
	return err;
}

enum lt_err enroll_cert_key(const struct lt_cert *cert, uint8_t out[32])
{
	enum lt_err err = digest_key(X509_get0_pubkey(cert->x509), out);
	ERR_clear_error();
	return err;
}

void enroll_fingerprint(const char *agency, const uint8_t key[32], const uint8_t curve[32],
			char out[ENROLL_FINGERPRINT_TEXT])
{
	uint8_t text[sizeof(domain) + LT_AGENCY_MAX + 64] = { 0 }, digest[32];
	memcpy(text, domain, sizeof(domain));
	snprintf((char *)text + sizeof(domain), LT_AGENCY_MAX, "%s", agency);
	memcpy(text + sizeof(domain) + LT_AGENCY_MAX, key, 32);
	memcpy(text + sizeof(domain) + LT_AGENCY_MAX + 32, curve, 32);
	lt_sha256(lt_bytes(text, sizeof(text)), digest);
	for (size_t i = 0; i < 8; i++)
		snprintf(out + 5 * i, ENROLL_FINGERPRINT_TEXT - 5 * i, "%02X%02X%s", digest[2 * i], digest[2 * i + 1],
			 i < 7 ? "-" : "");
}

bool enroll_fingerprint_is(const char *fingerprint, const char *typed)
{
	for (;;) {
		while (*fingerprint == '-')
			fingerprint++;
		while (*typed && !isalnum((unsigned char)*typed))
			typed++;
		if (!*fingerprint || !*typed)
			return !*fingerprint && !*typed;
		if (toupper((unsigned char)*typed++) != *fingerprint++)
			return false;
	}
}
