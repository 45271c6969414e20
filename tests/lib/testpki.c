#include "testpki.h"

#include <ftw.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEED(cond) ((cond) ? (void)0 : fail(__LINE__, #cond))

static _Noreturn void fail(int line, const char *what)
{
	fprintf(stderr, "testpki.c:%d: %s\n", line, what);
	ERR_print_errors_fp(stderr);
	abort();
}

static EVP_PKEY *make_key(enum testpki_key kind)
{
	EVP_PKEY *key = NULL;
	switch (kind) {
	case TESTPKI_P256:
		key = EVP_EC_gen("P-256");
		break;
	case TESTPKI_P384:
		key = EVP_EC_gen("P-384");
		break;
	case TESTPKI_RSA_2048:
		key = EVP_RSA_gen(2048);
		break;
	case TESTPKI_RSA_1024:
		key = EVP_RSA_gen(1024);
		break;
	}
	NEED(key);
	return key;
}

static void add_extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	NEED(extension && X509_add_ext(x509, extension, -1));
	X509_EXTENSION_free(extension);
}

static void set_name(X509 *x509, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(x509);
	NEED(X509_NAME_add_entry_by_txt(subject, "C", MBSTRING_UTF8, (const unsigned char *)"VN", -1, -1, 0));
	NEED(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0));
}

static X509 *make_certificate(struct testpki *pki, struct testpki_id *id, const struct testpki_options *options)
{
	const struct testpki_id *issuer = options->issuer ? options->issuer : pki->ca;
	int64_t from = options->from ? options->from : pki->now - TESTPKI_DAY;
	int64_t to = options->to ? options->to : pki->now + 365 * TESTPKI_DAY;
	X509 *x509 = X509_new();
	NEED(x509 && X509_set_version(x509, X509_VERSION_3));
	NEED(ASN1_INTEGER_set(X509_get_serialNumber(x509), ++pki->serial));
	set_name(x509, id->name);
	X509 *parent = issuer ? issuer->x509 : x509;
	NEED(X509_set_issuer_name(x509, X509_get_subject_name(parent)) && X509_set_pubkey(x509, id->key));
	NEED(ASN1_TIME_set(X509_getm_notBefore(x509), (time_t)(from / 1000000)));
	NEED(ASN1_TIME_set(X509_getm_notAfter(x509), (time_t)(to / 1000000)));
	add_extension(x509, parent, NID_subject_key_identifier, "hash");
	if (options->ca) {
		add_extension(x509, parent, NID_basic_constraints, "critical,CA:TRUE");
		add_extension(x509, parent, NID_key_usage, "critical,keyCertSign,cRLSign,digitalSignature");
	} else {
		add_extension(x509, parent, NID_basic_constraints, "critical,CA:FALSE");
		add_extension(x509, parent, NID_authority_key_identifier, "keyid");
		const char *usage = options->usage ? options->usage : "critical,digitalSignature";
		if (usage[0] != 0)
			add_extension(x509, parent, NID_key_usage, usage);
	}
	NEED(X509_sign(x509, issuer ? issuer->key : id->key, EVP_sha256()));
	return x509;
}

static void write_files(struct testpki *pki, struct testpki_id *id)
{
	char dir[sizeof pki->dir], stem[16] = "ca"; /* a copy: the paths stand in the same object */
	memcpy(dir, pki->dir, sizeof dir);
	if (id != pki->ids)
		snprintf(stem, sizeof stem, "%u", (unsigned)(id - pki->ids));
	snprintf(id->key_path, sizeof id->key_path, "%s/%s.key", dir, stem);
	snprintf(id->cert_path, sizeof id->cert_path, "%s/%s.pem", dir, stem);
	FILE *file = fopen(id->key_path, "w");
	NEED(file && fchmod(fileno(file), 0600) == 0);
	NEED(PEM_write_PrivateKey(file, id->key, NULL, NULL, 0, NULL, NULL) && fclose(file) == 0);
	file = fopen(id->cert_path, "w");
	NEED(file && PEM_write_X509(file, id->x509) && fclose(file) == 0);
}

const struct testpki_id *testpki_issue(struct testpki *pki, const char *name, const struct testpki_options *options)
{
	static const struct testpki_options plain = { .key = TESTPKI_P256 };
	if (!options)
		options = &plain;
	NEED(pki->count < TESTPKI_IDS_MAX);
	struct testpki_id *id = &pki->ids[pki->count++];
	snprintf(id->name, sizeof id->name, "%s", name);
	if (options->same_key) {
		id->key = options->same_key->key;
		NEED(EVP_PKEY_up_ref(id->key));
	} else {
		id->key = make_key(options->key);
	}
	id->x509 = make_certificate(pki, id, options);
	unsigned char *der = NULL;
	int len = i2d_X509(id->x509, &der);
	NEED(len > 0);
	id->der = lt_bytes(der, (size_t)len);
	write_files(pki, id);
	return id;
}

struct testpki *testpki_new(int64_t now)
{
	struct testpki *pki = calloc(1, sizeof *pki);
	NEED(pki);
	const char *tmp = getenv("TMPDIR");
	snprintf(pki->dir, sizeof pki->dir, "%s/lienthong-pki-XXXXXX", tmp && strlen(tmp) < 60 ? tmp : "/tmp");
	NEED(mkdtemp(pki->dir));
	pki->now = now;
	pki->ca = testpki_issue(pki, "Test CA",
				&(struct testpki_options){
					.ca = true, .from = now - 3650 * TESTPKI_DAY, .to = now + 3650 * TESTPKI_DAY });
	return pki;
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void testpki_free(struct testpki *pki)
{
	if (!pki)
		return;
	for (size_t i = 0; i < pki->count; i++) {
		EVP_PKEY_free(pki->ids[i].key);
		X509_free(pki->ids[i].x509);
		OPENSSL_free((void *)(uintptr_t)pki->ids[i].der.data);
	}
	nftw(pki->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(pki);
}

void testpki_revoke(struct testpki *pki, const struct testpki_id *id)
{
	pki->revoked[id - pki->ids] = true;
}

static void add_revoked(X509_CRL *crl, X509 *x509, const ASN1_TIME *when)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	NEED(entry && X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(x509)));
	ASN1_TIME *copy = ASN1_STRING_dup(when);
	NEED(copy && X509_REVOKED_set_revocationDate(entry, copy) && X509_CRL_add0_revoked(crl, entry));
	ASN1_TIME_free(copy);
}

void testpki_crl(struct testpki *pki, int64_t this_update, int64_t next_update, struct lt_buf *out)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)(this_update / 1000000));
	ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)(next_update / 1000000));
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	NEED(crl && from && to && number && ASN1_INTEGER_set(number, ++pki->crl_number));
	NEED(X509_CRL_set_version(crl, X509_CRL_VERSION_2));
	NEED(X509_CRL_set_issuer_name(crl, X509_get_subject_name(pki->ca->x509)));
	NEED(X509_CRL_set1_lastUpdate(crl, from) && X509_CRL_set1_nextUpdate(crl, to));
	NEED(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0));
	/* The key's id tells the CRLs of two CAs with one name apart (RFC 5280 section 5.2.1). */
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, pki->ca->x509, NULL, NULL, crl, 0);
	X509_EXTENSION *key_id = X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid");
	NEED(key_id && X509_CRL_add_ext(crl, key_id, -1));
	X509_EXTENSION_free(key_id);
	for (size_t i = 0; i < pki->count; i++) {
		if (pki->revoked[i])
			add_revoked(crl, pki->ids[i].x509, from);
	}
	NEED(X509_CRL_sort(crl) && X509_CRL_sign(crl, pki->ca->key, EVP_sha256()));
	unsigned char *der = NULL;
	int len = i2d_X509_CRL(crl, &der);
	NEED(len > 0 && lt_buf_append(out, der, (size_t)len) == LT_OK);
	OPENSSL_free(der);
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
}

struct lt_signer *testpki_signer(const struct testpki_id *id, bool pss)
{
	struct lt_signer *signer = NULL;
	NEED(lt_signer_open(id->key_path, id->cert_path, pss, &signer) == LT_OK);
	return signer;
}

struct lt_cert *testpki_cert(const struct testpki_id *id)
{
	struct lt_cert *cert = NULL;
	NEED(lt_cert_new(id->der, &cert) == LT_OK);
	return cert;
}

struct lt_trust *testpki_trust(struct testpki *pki)
{
	struct lt_trust *trust = NULL;
	struct lt_buf crl = { 0 };
	testpki_crl(pki, pki->now - 3600000000ll, pki->now + 7 * TESTPKI_DAY, &crl);
	NEED(lt_trust_new(&trust) == LT_OK && lt_trust_add_ca(trust, pki->ca->der) == LT_OK);
	NEED(lt_trust_add_crl(trust, lt_buf_bytes(&crl)) == LT_OK);
	lt_buf_fini(&crl);
	return trust;
}
