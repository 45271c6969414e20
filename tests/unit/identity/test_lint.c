/* What is asked of certificates, CAs and lists before they are in force: one fault at a time, each refused by its name; and what a
 * CA of a government issues is taken. */
#include "test.h"

#include "identity/lint.h"
#include "testpki.h"

#include <openssl/bn.h>
#include <openssl/dsa.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#define NOW INT64_C(1795507200000000)
#define UNKNOWN_OID "1.2.3.4.5"

static struct testpki *pki;

static int set_up(void **state)
{
	(void)state;
	pki = testpki_new(NOW);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	testpki_free(pki);
	return 0;
}

/* ---- certificates ---- */

struct make {
	EVP_PKEY *key; /* taken; NULL: P-256 */
	const char *extensions[8][2];
	const char *critical_unknown;
	int serial_bytes;
	int64_t from, to; /* 0: a day before, a year after */
	long version;     /* 0: 3 */
	bool root;
	const EVP_MD *digest;
};

static void set_serial(X509 *x509, int bytes)
{
	BIGNUM *number = BN_new();
	assert_true(BN_set_bit(number, (bytes > 0 ? bytes : 8) * 8 - 2));
	assert_non_null(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)));
	BN_free(number);
}

static void add_unknown(X509 *x509, const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	assert_true(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2));
	X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
	assert_true(X509_add_ext(x509, extension, -1));
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(object);
}

static struct lt_buf make(const struct make *options)
{
	X509 *x509 = X509_new(), *parent = options->root ? x509 : pki->ca->x509;
	EVP_PKEY *key = options->key ? options->key : EVP_EC_gen("P-256");
	assert_true(X509_set_version(x509, options->version == 1 ? X509_VERSION_1 : X509_VERSION_3));
	set_serial(x509, options->serial_bytes);
	X509_NAME *name = X509_get_subject_name(x509);
	assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"x", -1, -1, 0));
	assert_true(X509_set_issuer_name(x509, X509_get_subject_name(parent)) && X509_set_pubkey(x509, key));
	ASN1_TIME_set(X509_getm_notBefore(x509),
		      (time_t)((options->from ? options->from : NOW - TESTPKI_DAY) / 1000000));
	ASN1_TIME_set(X509_getm_notAfter(x509),
		      (time_t)((options->to ? options->to : NOW + 365 * TESTPKI_DAY) / 1000000));
	for (size_t i = 0; i < 8 && options->extensions[i][0]; i++) {
		X509V3_CTX ctx;
		X509V3_set_ctx(&ctx, parent, x509, NULL, NULL, 0);
		X509_EXTENSION *extension =
			X509V3_EXT_conf(NULL, &ctx, options->extensions[i][0], options->extensions[i][1]);
		if (!extension)
			fail_msg("%s=%s", options->extensions[i][0], options->extensions[i][1]);
		assert_true(X509_add_ext(x509, extension, -1));
		X509_EXTENSION_free(extension);
	}
	if (options->critical_unknown)
		add_unknown(x509, options->critical_unknown);
	const EVP_MD *digest = options->digest ? options->digest : EVP_sha256();
	EVP_PKEY *signer = options->root ? key : pki->ca->key;
	if (EVP_PKEY_get_base_id(signer) == EVP_PKEY_ED25519)
		digest = NULL;
	assert_true(X509_sign(x509, signer, digest) > 0);
	struct lt_buf out = { 0 };
	unsigned char *der = NULL;
	int len = i2d_X509(x509, &der);
	assert_true(len > 0);
	assert_int_equal(lt_buf_append(&out, der, (size_t)len), LT_OK);
	OPENSSL_free(der);
	X509_free(x509);
	EVP_PKEY_free(key);
	return out;
}

static void expect(bool ca, const struct make *options, enum lt_reason wanted, const char *word)
{
	struct lt_buf der = make(options);
	struct lt_refusal refusal = { 0 };
	enum lt_reason got =
		ca ? lint_ca(lt_buf_bytes(&der), NOW, &refusal) : lint_certificate(lt_buf_bytes(&der), NOW, &refusal);
	if (got != wanted || (word && !strstr(refusal.detail, word)))
		fail_msg("%s \"%s\", not %s with \"%s\"", lt_reason_name(got), refusal.detail, lt_reason_name(wanted),
			 word ? word : "");
	lt_buf_fini(&der);
	ERR_clear_error();
}

#define SIGNING                                         \
	{ "basicConstraints", "critical,CA:FALSE" },    \
	{                                               \
		"keyUsage", "critical,digitalSignature" \
	}

static EVP_PKEY *rsa_with_e(unsigned e)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
	BIGNUM *number = BN_new();
	assert_true(BN_set_word(number, e) && EVP_PKEY_keygen_init(ctx) > 0 &&
		    EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) > 0 &&
		    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(ctx, number) > 0 && EVP_PKEY_keygen(ctx, &key) > 0);
	BN_free(number);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *dsa(void)
{
	EVP_PKEY *parameters = NULL, *key = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_DSA, NULL);
	assert_true(EVP_PKEY_paramgen_init(ctx) > 0 && EVP_PKEY_CTX_set_dsa_paramgen_bits(ctx, 2048) > 0 &&
		    EVP_PKEY_paramgen(ctx, &parameters) > 0);
	EVP_PKEY_CTX_free(ctx);
	ctx = EVP_PKEY_CTX_new(parameters, NULL);
	assert_true(EVP_PKEY_keygen_init(ctx) > 0 && EVP_PKEY_keygen(ctx, &key) > 0);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(parameters);
	return key;
}

static void certificates_that_work_are_taken(void **state)
{
	(void)state;
	expect(false, &(struct make){ .extensions = { SIGNING } }, 0, NULL);
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = EVP_EC_gen("P-384") }, 0, NULL);
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = EVP_RSA_gen(2048) }, 0, NULL);
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = EVP_RSA_gen(3072) }, 0, NULL);
	/* as governments issue them: for non-repudiation alone, with an extended use and policies */
	expect(false,
	       &(struct make){ .extensions = { { "keyUsage", "critical,nonRepudiation" },
					       { "extendedKeyUsage", "emailProtection" },
					       { "certificatePolicies", "DER:30:07:30:05:06:03:2a:03:04" },
					       { "authorityInfoAccess", "OCSP;URI:http://ocsp.example/" } } },
	       0, NULL);
	expect(false, &(struct make){ .extensions = { { "basicConstraints", "CA:FALSE" } } }, 0, NULL);
	expect(false, &(struct make){ .extensions = { SIGNING }, .serial_bytes = 20 }, 0, NULL);
}

static void keys_of_certificates(void **state)
{
	(void)state;
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = EVP_RSA_gen(1024) }, LT_KEY_TOO_SHORT, "1024");
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = EVP_RSA_gen(2052) }, LT_ALGORITHM_NOT_ALLOWED,
	       "whole bytes");
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = rsa_with_e(3) }, LT_ALGORITHM_NOT_ALLOWED,
	       "65537");
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = EVP_EC_gen("P-521") }, LT_ALGORITHM_NOT_ALLOWED,
	       "secp521r1");
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = EVP_EC_gen("secp256k1") },
	       LT_ALGORITHM_NOT_ALLOWED, "P-256");
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") },
	       LT_ALGORITHM_NOT_ALLOWED, "ED25519");
	expect(false, &(struct make){ .extensions = { SIGNING }, .key = dsa() }, LT_ALGORITHM_NOT_ALLOWED, "DSA");
	expect(false, &(struct make){ .extensions = { SIGNING }, .digest = EVP_sha1() }, LT_ALGORITHM_NOT_ALLOWED,
	       "SHA1");
}

static void uses_dates_and_numbers_of_certificates(void **state)
{
	(void)state;
	expect(false, &(struct make){ .extensions = { { "keyUsage", "critical,keyEncipherment" } } },
	       LT_CERTIFICATE_KEY_USAGE, "digitalSignature");
	static const char *const machines[] = { "serverAuth", "critical,codeSigning", "critical,timeStamping",
						"OCSPSigning", "serverAuth,OCSPSigning" };
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		expect(false, &(struct make){ .extensions = { SIGNING, { "extendedKeyUsage", machines[i] } } },
		       LT_CERTIFICATE_KEY_USAGE, "extended key usage");
	expect(false, &(struct make){ .extensions = { SIGNING, { "extendedKeyUsage", "serverAuth,clientAuth" } } }, 0,
	       NULL);
	expect(false, &(struct make){ .extensions = { SIGNING, { "extendedKeyUsage", "1.3.6.1.5.5.7.3.36" } } }, 0,
	       NULL);
	expect(false,
	       &(struct make){ .extensions = { { "basicConstraints", "critical,CA:TRUE" },
					       { "keyUsage", "critical,digitalSignature,keyCertSign" } } },
	       LT_CERTIFICATE_KEY_USAGE, "CA");
	expect(false, &(struct make){ .extensions = { SIGNING }, .to = NOW - TESTPKI_DAY / 2 }, LT_CERTIFICATE_EXPIRED,
	       "ended");
	expect(false, &(struct make){ .extensions = { SIGNING }, .from = NOW + TESTPKI_DAY }, LT_CERTIFICATE_EXPIRED,
	       "before");
	expect(false, &(struct make){ .extensions = { SIGNING }, .serial_bytes = 21 }, LT_CERTIFICATE_UNTRUSTED, "20");
	expect(false, &(struct make){ .extensions = { SIGNING }, .critical_unknown = UNKNOWN_OID },
	       LT_CERTIFICATE_UNTRUSTED, UNKNOWN_OID);
	expect(false, &(struct make){ .extensions = { SIGNING, { "keyUsage", "digitalSignature" } } },
	       LT_CERTIFICATE_UNTRUSTED, "twice");
	expect(false, &(struct make){ .extensions = { SIGNING, { "authorityInfoAccess", "DER:30:03:02:01" } } },
	       LT_CERTIFICATE_UNTRUSTED, "authorityInfoAccess");
	expect(false, &(struct make){ .version = 1 }, LT_CERTIFICATE_UNTRUSTED, "version");
	struct lt_refusal refusal = { 0 };
	assert_int_equal(lint_certificate(lt_bytes("rubbish", 7), NOW, &refusal), LT_CERTIFICATE_UNTRUSTED);
}

#define ROOT                                           \
	{ "subjectKeyIdentifier", "hash" },            \
	{                                              \
		"basicConstraints", "critical,CA:TRUE" \
	}
#define CA_USE                                             \
	{                                                  \
		"keyUsage", "critical,keyCertSign,cRLSign" \
	}

static void cas(void **state)
{
	(void)state;
	struct lt_refusal refusal = { 0 };
	assert_int_equal(lint_ca(pki->ca->der, NOW, &refusal), 0);
	expect(true, &(struct make){ .root = true, .extensions = { ROOT, CA_USE } }, 0, NULL);
	expect(true,
	       &(struct make){ .root = true,
			       .extensions = { ROOT, CA_USE, { "authorityKeyIdentifier", "keyid:always" } } },
	       0, NULL);
	expect(true, &(struct make){ .extensions = { ROOT, CA_USE, { "authorityKeyIdentifier", "keyid:always" } } }, 0,
	       NULL);
	expect(true, &(struct make){ .root = true, .extensions = { ROOT, CA_USE }, .key = dsa() },
	       LT_ALGORITHM_NOT_ALLOWED, "DSA");
	expect(true, &(struct make){ .root = true, .extensions = { ROOT, CA_USE }, .key = EVP_RSA_gen(1024) },
	       LT_KEY_TOO_SHORT, "1024");
	expect(true, &(struct make){ .root = true, .extensions = { ROOT, CA_USE }, .key = EVP_RSA_gen(2052) },
	       LT_ALGORITHM_NOT_ALLOWED, "whole bytes");
	expect(true, &(struct make){ .root = true, .extensions = { ROOT } }, LT_CERTIFICATE_KEY_USAGE, "keyCertSign");
	expect(true, &(struct make){ .root = true, .extensions = { ROOT, { "keyUsage", "critical,cRLSign" } } },
	       LT_CERTIFICATE_KEY_USAGE, "keyCertSign");
	expect(true,
	       &(struct make){ .root = true,
			       .extensions = { { "subjectKeyIdentifier", "hash" },
					       { "basicConstraints", "CA:TRUE" },
					       CA_USE } },
	       LT_CERTIFICATE_UNTRUSTED, "critical");
	expect(true, &(struct make){ .root = true, .extensions = { { "subjectKeyIdentifier", "hash" }, CA_USE } },
	       LT_CERTIFICATE_KEY_USAGE, "CA:TRUE");
	expect(true,
	       &(struct make){ .root = true, .extensions = { { "basicConstraints", "critical,CA:TRUE" }, CA_USE } },
	       LT_CERTIFICATE_UNTRUSTED, "subjectKeyIdentifier");
	expect(true, &(struct make){ .extensions = { ROOT, CA_USE } }, LT_CERTIFICATE_UNTRUSTED,
	       "authorityKeyIdentifier");
	expect(true,
	       &(struct make){ .root = true,
			       .extensions = { ROOT, CA_USE, { "authorityKeyIdentifier", "keyid,issuer:always" } } },
	       LT_CERTIFICATE_UNTRUSTED, "root");
	expect(true,
	       &(struct make){ .root = true,
			       .extensions = { ROOT, CA_USE, { "authorityKeyIdentifier", "DER:30:04:80:02:01:02" } } },
	       LT_CERTIFICATE_UNTRUSTED, "root");
	expect(true, &(struct make){ .root = true, .extensions = { ROOT, CA_USE }, .to = NOW - TESTPKI_DAY / 2 },
	       LT_CERTIFICATE_EXPIRED, "ended");
	expect(true, &(struct make){ .root = true, .extensions = { ROOT, CA_USE }, .critical_unknown = UNKNOWN_OID },
	       LT_CERTIFICATE_UNTRUSTED, UNKNOWN_OID);
}

/* ---- lists ---- */

struct list {
	int64_t made, next; /* 0: an hour before, a day after; next -1: none */
	long number;        /* 0: none */
	int delta, point;   /* deltaCRLIndicator, issuingDistributionPoint */
	int indirect, entry_unknown, unknown, version_1, sha1;
	const struct testpki_id *signer; /* NULL: the CA */
};

static void add_der(X509_CRL *crl, X509_REVOKED *entry, const char *oid, int critical, const char *der, int len)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	assert_true(ASN1_OCTET_STRING_set(value, (const unsigned char *)der, len));
	X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, critical, value);
	assert_true(entry ? X509_REVOKED_add_ext(entry, extension, -1) : X509_CRL_add_ext(crl, extension, -1));
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(object);
}

static void fill_list(X509_CRL *crl, const struct list *list)
{
	if (list->number > 0) {
		ASN1_INTEGER *number = ASN1_INTEGER_new();
		assert_true(ASN1_INTEGER_set(number, list->number) &&
			    X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0));
		ASN1_INTEGER_free(number);
	}
	if (list->delta)
		add_der(crl, NULL, "2.5.29.27", list->delta > 1 ? 0 : 1, "\x02\x01\x01", 3);
	if (list->point)
		add_der(crl, NULL, "2.5.29.28", list->point > 1 ? 0 : 1, "\x30\x03\x82\x01\xff", 5);
	if (list->unknown)
		add_der(crl, NULL, UNKNOWN_OID, 1, "\x05\x00", 2);
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)(NOW / 1000000));
	assert_true(ASN1_INTEGER_set(serial, 4711) && X509_REVOKED_set_serialNumber(entry, serial) &&
		    X509_REVOKED_set_revocationDate(entry, when));
	if (list->indirect)
		add_der(NULL, entry, "2.5.29.29", 1, "\x30\x05\x82\x03\x61\x2e\x62", 7);
	if (list->entry_unknown)
		add_der(NULL, entry, UNKNOWN_OID, 1, "\x05\x00", 2);
	assert_true(X509_CRL_add0_revoked(crl, entry));
	ASN1_TIME_free(when);
	ASN1_INTEGER_free(serial);
}

static struct lt_buf make_list(const struct list *list)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)((list->made ? list->made : NOW - 3600000000) / 1000000));
	ASN1_TIME *to = ASN1_TIME_set(NULL, (time_t)((list->next ? list->next : NOW + TESTPKI_DAY) / 1000000));
	assert_true(X509_CRL_set_version(crl, list->version_1 ? X509_CRL_VERSION_1 : X509_CRL_VERSION_2) &&
		    X509_CRL_set_issuer_name(crl, X509_get_subject_name(pki->ca->x509)) &&
		    X509_CRL_set1_lastUpdate(crl, from) && (list->next == -1 || X509_CRL_set1_nextUpdate(crl, to)));
	fill_list(crl, list);
	assert_true(X509_CRL_sort(crl) && X509_CRL_sign(crl, list->signer ? list->signer->key : pki->ca->key,
							list->sha1 ? EVP_sha1() : EVP_sha256()));
	struct lt_buf out = { 0 };
	unsigned char *der = NULL;
	int len = i2d_X509_CRL(crl, &der);
	assert_true(len > 0);
	assert_int_equal(lt_buf_append(&out, der, (size_t)len), LT_OK);
	OPENSSL_free(der);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	X509_CRL_free(crl);
	return out;
}

static void expect_list(const struct list *list, const char *word)
{
	struct lt_buf der = make_list(list);
	struct lt_refusal refusal = { 0 };
	enum lt_reason got = lint_crl(lt_buf_bytes(&der), &pki->ca->der, 1, NOW, &refusal);
	if (got != (word ? LT_DEFINITION_INVALID : LT_REASON_NONE) || (word && !strstr(refusal.detail, word)))
		fail_msg("%s \"%s\", not \"%s\"", lt_reason_name(got), refusal.detail, word ? word : "taken");
	assert_int_equal(ERR_peek_error(), 0);
	lt_buf_fini(&der);
}

static void lists(void **state)
{
	(void)state;
	const struct testpki_id *other = testpki_issue(pki, "other", NULL);
	expect_list(&(struct list){ .number = 7 }, NULL);
	expect_list(&(struct list){ .number = 7, .delta = 1 }, "deltaCRLIndicator");
	expect_list(&(struct list){ .number = 7, .delta = 2 },
		    "deltaCRLIndicator"); /* not critical: a delta all the same */
	expect_list(&(struct list){ .number = 7, .point = 1 }, "issuingDistributionPoint");
	expect_list(&(struct list){ .number = 7, .point = 2 }, "issuingDistributionPoint");
	expect_list(&(struct list){ .number = 7, .indirect = 1 }, "certificateIssuer");
	expect_list(&(struct list){ .number = 7, .entry_unknown = 1 }, UNKNOWN_OID);
	expect_list(&(struct list){ .number = 7, .unknown = 1 }, UNKNOWN_OID);
	expect_list(&(struct list){ 0 }, "cRLNumber");
	expect_list(&(struct list){ .number = 7, .made = NOW + 3600000000, .next = NOW + 2 * TESTPKI_DAY }, "future");
	expect_list(&(struct list){ .number = 7, .made = NOW + 60000000 }, NULL);
	expect_list(&(struct list){ .number = 7, .next = NOW - 1000000 }, "ended");
	expect_list(&(struct list){ .number = 7, .next = -1 }, "nextUpdate");
	expect_list(&(struct list){ .number = 7, .sha1 = 1 }, "SHA1");
	expect_list(&(struct list){ .number = 7, .signer = other }, "signature");
	struct testpki *foreign = testpki_new(NOW);
	struct lt_buf der = make_list(&(struct list){ .number = 7 });
	struct lt_refusal refusal = { 0 };
	assert_int_equal(lint_crl(lt_buf_bytes(&der), NULL, 0, NOW, &refusal), LT_DEFINITION_INVALID);
	assert_int_equal(lint_crl(lt_bytes("rubbish", 7), &pki->ca->der, 1, NOW, &refusal), LT_DEFINITION_INVALID);
	lt_buf_fini(&der);
	testpki_free(foreign);
}

static void a_list_follows_the_one_in_force(void **state)
{
	(void)state;
	struct lt_refusal refusal = { 0 };
	struct lt_buf now = make_list(&(struct list){ .number = 7 });
	struct lt_buf newer = make_list(&(struct list){ .number = 8, .made = NOW });
	struct lt_buf falling = make_list(&(struct list){ .number = 6, .made = NOW });
	struct lt_buf older = make_list(&(struct list){ .number = 8, .made = NOW - TESTPKI_DAY });
	struct lt_buf twice =
		make_list(&(struct list){ .number = 7, .made = NOW }); /* of which the one may lack a revocation */
	assert_int_equal(lint_crl_next(lt_buf_bytes(&now), lt_buf_bytes(&twice), &refusal), LT_DEFINITION_INVALID);
	assert_non_null(strstr(refusal.detail, "its bytes are others"));
	lt_buf_fini(&twice);
	assert_int_equal(lint_crl_next(lt_buf_bytes(&now), lt_buf_bytes(&newer), &refusal), 0);
	assert_int_equal(lint_crl_next(lt_buf_bytes(&now), lt_buf_bytes(&now), &refusal), 0);
	assert_int_equal(lint_crl_next(lt_buf_bytes(&now), lt_buf_bytes(&falling), &refusal), LT_DEFINITION_INVALID);
	assert_non_null(strstr(refusal.detail, "cRLNumber"));
	assert_int_equal(lint_crl_next(lt_buf_bytes(&now), lt_buf_bytes(&older), &refusal), LT_DEFINITION_INVALID);
	assert_true(lint_crl_same_ca(lt_buf_bytes(&now), lt_buf_bytes(&older), &pki->ca->der, 1));
	assert_false(lint_crl_same_ca(lt_buf_bytes(&now), lt_bytes("x", 1), &pki->ca->der, 1));
	lt_buf_fini(&now);
	lt_buf_fini(&newer);
	lt_buf_fini(&falling);
	lt_buf_fini(&older);
}

TEST_MAIN_AROUND(set_up, tear_down, cmocka_unit_test(certificates_that_work_are_taken),
		 cmocka_unit_test(keys_of_certificates), cmocka_unit_test(uses_dates_and_numbers_of_certificates),
		 cmocka_unit_test(cas), cmocka_unit_test(lists), cmocka_unit_test(a_list_follows_the_one_in_force))
