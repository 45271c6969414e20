/* sandbox_pki.c: keys, certificates and the CRL of a sandbox. */
#include "sandbox_pki.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400L
#define CA_DAYS 3650
#define LEAF_DAYS 730
#define CRL_DAYS 365 /* a sandbox that someone comes back to still works */
#define BACK_DAYS 30 /* and one whose clock a test puts back to the month's beginning begins */

struct pki {
	EVP_PKEY *key;
	X509 *cert;
};

static EVP_PKEY *make_key(enum pki_key type)
{
	return type == PKI_RSA2048 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
}

static bool set_validity(X509 *cert, int64_t now, long days)
{
	time_t from = (time_t)(now / 1000000) - BACK_DAYS * DAY;
	return X509_time_adj_ex(X509_getm_notBefore(cert), 0, 0, &from) &&
	       X509_time_adj_ex(X509_getm_notAfter(cert), (int)days + BACK_DAYS, 0, &from);
}

static bool set_serial(X509 *cert)
{
	uint8_t bytes[16];
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive and of full length */
	BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return ok;
}

static bool add_name(X509_NAME *name, const char *field, const char *text)
{
	size_t len = strlen(text);
	while (lt_text_length(text, len) > 64) /* ub-common-name and ub-organization-name of RFC 5280 */
		for (len--; len > 0 && ((uint8_t)text[len] & 0xc0) == 0x80;)
			len--;
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)text, (int)len, -1, 0);
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
	bool ok = extension && X509_add_ext(cert, extension, -1);
	X509_EXTENSION_free(extension);
	return ok;
}

static X509 *make_cert(EVP_PKEY *key, const char *organization, const char *common_name, int64_t now, long days)
{
	X509 *cert = X509_new();
	X509_NAME *name = cert ? X509_get_subject_name(cert) : NULL;
	if (cert && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) && set_validity(cert, now, days) &&
	    X509_set_pubkey(cert, key) && add_name(name, "C", "VN") && add_name(name, "O", organization) &&
	    add_name(name, "CN", common_name))
		return cert;
	X509_free(cert);
	return NULL;
}

enum lt_err pki_new(const char *common_name, int64_t now, struct pki **out)
{
	struct pki *pki = calloc(1, sizeof(*pki));
	if (!pki)
		return LT_ENOMEM;
	pki->key = make_key(PKI_P256);
	pki->cert = pki->key ? make_cert(pki->key, "Lienthong sandbox", common_name, now, CA_DAYS) : NULL;
	if (!pki->cert || !X509_set_issuer_name(pki->cert, X509_get_subject_name(pki->cert)) ||
	    !add_extension(pki->cert, pki->cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
	    !add_extension(pki->cert, pki->cert, NID_key_usage, "critical,keyCertSign,cRLSign") ||
	    !add_extension(pki->cert, pki->cert, NID_subject_key_identifier, "hash") ||
	    X509_sign(pki->cert, pki->key, EVP_sha256()) <= 0) {
		pki_free(pki);
		return LT_ECRYPTO;
	}
	*out = pki;
	return LT_OK;
}

void pki_free(struct pki *pki)
{
	if (!pki)
		return;
	X509_free(pki->cert);
	EVP_PKEY_free(pki->key);
	free(pki);
}

static X509 *read_cert(const char *path)
{
	BIO *bio = BIO_new_file(path, "r");
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	return cert;
}

enum lt_err pki_open(const char *key_path, const char *cert_path, struct pki **out)
{
	if (access(key_path, R_OK) != 0 || access(cert_path, R_OK) != 0)
		return LT_EIO;
	struct pki *pki = calloc(1, sizeof(*pki));
	BIO *bio = pki ? BIO_new_file(key_path, "r") : NULL;
	if (bio)
		pki->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (pki)
		pki->cert = read_cert(cert_path);
	if (!pki || !pki->key || !pki->cert || X509_check_private_key(pki->cert, pki->key) != 1) {
		pki_free(pki);
		return LT_EPARSE;
	}
	*out = pki;
	return LT_OK;
}

/* Writes what stands in a memory BIO and wipes it. */
static enum lt_err save_bio(BIO *bio, bool filled, const char *path, unsigned mode)
{
	char *data = NULL;
	long len = bio ? BIO_get_mem_data(bio, &data) : 0;
	enum lt_err err = filled && len > 0 ? lt_file_write(path, lt_bytes(data, (size_t)len), mode) : LT_ECRYPTO;
	if (len > 0)
		OPENSSL_cleanse(data, (size_t)len);
	BIO_free(bio);
	return err;
}

static enum lt_err save_key(EVP_PKEY *key, const char *path)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool filled = bio && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;
	return save_bio(bio, filled, path, 0600);
}

static enum lt_err save_cert(X509 *cert, const char *path)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool filled = bio && PEM_write_bio_X509(bio, cert) == 1;
	return save_bio(bio, filled, path, 0600);
}

enum lt_err pki_save(const struct pki *pki, const char *key_path, const char *cert_path)
{
	enum lt_err err = save_key(pki->key, key_path);
	return err == LT_OK ? save_cert(pki->cert, cert_path) : err;
}

enum lt_err pki_issue(const struct pki *pki, enum pki_key type, const char *organization, const char *common_name,
		      int64_t now, const char *key_path, const char *cert_path)
{
	enum lt_err err = LT_ECRYPTO;
	EVP_PKEY *key = make_key(type);
	X509 *cert = key ? make_cert(key, organization, common_name, now, LEAF_DAYS) : NULL;
	if (!cert || !X509_set_issuer_name(cert, X509_get_subject_name(pki->cert)) ||
	    !add_extension(cert, pki->cert, NID_basic_constraints, "critical,CA:FALSE") ||
	    !add_extension(cert, pki->cert, NID_key_usage, "critical,digitalSignature,nonRepudiation") ||
	    !add_extension(cert, pki->cert, NID_subject_key_identifier, "hash") ||
	    !add_extension(cert, pki->cert, NID_authority_key_identifier, "keyid:always") ||
	    X509_sign(cert, pki->key, EVP_sha256()) <= 0)
		goto out;
	err = save_key(key, key_path);
	if (err == LT_OK)
		err = save_cert(cert, cert_path);
out:
	X509_free(cert);
	EVP_PKEY_free(key);
	return err;
}

/* The list on disk, when it is this CA's; else an empty one. */
static X509_CRL *base_crl(const struct pki *pki, const char *der_path, long *number)
{
	BIO *bio = BIO_new_file(der_path, "rb");
	X509_CRL *crl = bio ? d2i_X509_CRL_bio(bio, NULL) : NULL;
	BIO_free(bio);
	*number = 0;
	if (crl && X509_CRL_verify(crl, pki->key) == 1) {
		ASN1_INTEGER *old = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
		*number = old ? ASN1_INTEGER_get(old) : 0;
		ASN1_INTEGER_free(old);
		int at = X509_CRL_get_ext_by_NID(crl, NID_crl_number, -1);
		if (at >= 0)
			X509_EXTENSION_free(X509_CRL_delete_ext(crl, at));
		return crl;
	}
	X509_CRL_free(crl);
	crl = X509_CRL_new();
	X509V3_CTX context;
	X509V3_set_ctx(&context, pki->cert, NULL, NULL, crl, 0);
	X509_EXTENSION *id =
		crl ? X509V3_EXT_nconf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always") : NULL;
	bool ok = id && X509_CRL_set_version(crl, X509_CRL_VERSION_2) && X509_CRL_add_ext(crl, id, -1) &&
		  X509_CRL_set_issuer_name(crl, X509_get_subject_name(pki->cert));
	X509_EXTENSION_free(id);
	if (ok)
		return crl;
	X509_CRL_free(crl);
	return NULL;
}

static bool add_revoked(X509_CRL *crl, const char *cert_path, time_t now)
{
	X509 *cert = read_cert(cert_path);
	X509_REVOKED *entry = cert ? X509_REVOKED_new() : NULL;
	ASN1_TIME *at =
		ASN1_TIME_adj(NULL, now, 0, -60); /* in force at once, also on a clock that is a little behind */
	bool ok = entry && at && X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert)) &&
		  X509_REVOKED_set_revocationDate(entry, at) && X509_CRL_add0_revoked(crl, entry);
	if (!ok)
		X509_REVOKED_free(entry);
	ASN1_TIME_free(at);
	X509_free(cert);
	return ok;
}

/* The first is as old as the certificates; each later one is newer than any that somebody may have made of his own meanwhile. */
static bool finish_crl(const struct pki *pki, X509_CRL *crl, long number, time_t now)
{
	ASN1_TIME *from = ASN1_TIME_adj(NULL, now, number == 1 ? -BACK_DAYS : 0, -60);
	ASN1_TIME *to = ASN1_TIME_adj(NULL, now, CRL_DAYS, 0);
	ASN1_INTEGER *value = ASN1_INTEGER_new();
	bool ok = from && to && value && ASN1_INTEGER_set(value, number) && X509_CRL_set1_lastUpdate(crl, from) &&
		  X509_CRL_set1_nextUpdate(crl, to) &&
		  X509_CRL_add1_ext_i2d(crl, NID_crl_number, value, 0, X509V3_ADD_DEFAULT) == 1 && X509_CRL_sort(crl) &&
		  X509_CRL_sign(crl, pki->key, EVP_sha256()) > 0;
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	ASN1_INTEGER_free(value);
	return ok;
}

enum lt_err pki_crl(const struct pki *pki, const char *revoked_cert, int64_t now, const char *der_path,
		    const char *pem_path)
{
	long number;
	time_t seconds = (time_t)(now / 1000000);
	X509_CRL *crl = base_crl(pki, der_path, &number);
	if (!crl || (revoked_cert && !add_revoked(crl, revoked_cert, seconds)) ||
	    !finish_crl(pki, crl, number + 1, seconds)) {
		X509_CRL_free(crl);
		return LT_ECRYPTO;
	}
	BIO *der = BIO_new(BIO_s_mem()), *pem = BIO_new(BIO_s_mem());
	enum lt_err err = save_bio(der, der && i2d_X509_CRL_bio(der, crl) == 1, der_path, 0600);
	bool filled = err == LT_OK && pem && PEM_write_bio_X509_CRL(pem, crl) == 1;
	enum lt_err pem_err = save_bio(pem, filled, pem_path, 0600);
	X509_CRL_free(crl);
	return err == LT_OK ? pem_err : err;
}
