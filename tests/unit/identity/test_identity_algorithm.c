/* Who signed and how: attributes, algorithms, certificates, the signature itself. */
#include "test.h"

#include <lienthong/envelope.h>
#include <lienthong/identity.h>
#include <lienthong/time.h>

#include "testcms.h"

#include <openssl/err.h>
#include <pthread.h>
#include <string.h>

static struct testpki *pki;
static const struct testpki_id *p256, *p384, *rsa, *short_rsa, *twin, *no_usage, *encipher, *repudiate;

static int setup(void **state)
{
	(void)state;
	pki = testpki_new(lt_time_now());
	p256 = testpki_issue(pki, "agency", NULL);
	p384 = testpki_issue(pki, "p384", &(struct testpki_options){ .key = TESTPKI_P384 });
	rsa = testpki_issue(pki, "rsa", &(struct testpki_options){ .key = TESTPKI_RSA_2048 });
	short_rsa = testpki_issue(pki, "short", &(struct testpki_options){ .key = TESTPKI_RSA_1024 });
	twin = testpki_issue(pki, "twin", &(struct testpki_options){ .same_key = p256 });
	no_usage = testpki_issue(pki, "no usage", &(struct testpki_options){ .usage = "" });
	encipher = testpki_issue(pki, "encipher", &(struct testpki_options){ .usage = "keyEncipherment" });
	repudiate = testpki_issue(pki, "repudiate", &(struct testpki_options){ .usage = "nonRepudiation" });
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	testpki_free(pki);
	return 0;
}

static void accepts(void **state)
{
	(void)state;
	testcms_expect(testcms_make_good(p256), p256, LT_REASON_NONE);
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD | CMS_USE_KEYID, NULL, NULL), p256,
		       LT_REASON_NONE);
	testcms_expect(testcms_make(p384, EVP_sha384(), TESTCMS_GOOD, NULL, NULL), p384, LT_REASON_NONE);
	testcms_expect(testcms_make(rsa, EVP_sha256(), TESTCMS_GOOD, NULL, NULL), rsa, LT_REASON_NONE);
	testcms_expect(testcms_make(rsa, EVP_sha384(), TESTCMS_GOOD, NULL, NULL), rsa, LT_REASON_NONE);
	testcms_expect(testcms_make(rsa, EVP_sha512(), TESTCMS_GOOD, NULL, NULL), rsa, LT_REASON_NONE);
	testcms_expect(testcms_make(no_usage, EVP_sha256(), TESTCMS_GOOD, NULL, NULL), no_usage, LT_REASON_NONE);
	testcms_expect(testcms_make(repudiate, EVP_sha256(), TESTCMS_GOOD, NULL, NULL), repudiate, LT_REASON_NONE);
}

static void add_other_cert(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	static const uint8_t empty[] = { 0x30, 0x02, 0x30, 0x00 };
	(void)cms;
	assert_int_equal(CMS_signed_add1_attr_by_NID(signer, NID_id_smime_aa_ets_otherSigCert, V_ASN1_SEQUENCE, empty,
						     sizeof empty),
			 1);
}

static void refuses_missing_attributes(void **state)
{
	(void)state;
	unsigned no_cades = TESTCMS_GOOD & ~(unsigned)CMS_CADES;
	testcms_expect(testcms_make(p256, EVP_sha256(), no_cades | CMS_NOATTR, NULL, NULL), p256,
		       LT_SIGNED_ATTRIBUTES_MISSING);
	testcms_expect(testcms_make(p256, EVP_sha256(), no_cades, NULL, NULL), p256, LT_SIGNED_ATTRIBUTES_MISSING);
	/* OpenSSL does not sign an attribute twice: make a second one out of another by its last arc. */
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD, add_other_cert, NULL), p256, LT_REASON_NONE);
	struct lt_buf cms = testcms_make(p256, EVP_sha256(), TESTCMS_GOOD, add_other_cert, NULL);
	static const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x13 };
	testcms_find(&cms, oid, sizeof oid)[sizeof oid - 1] = 0x2f;
	testcms_expect(cms, p256, LT_SIGNED_ATTRIBUTES_MISSING);
	/* message-digest and content-type under other names. */
	static const uint8_t digest[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04 };
	cms = testcms_make_good(p256);
	testcms_find(&cms, digest, sizeof digest)[sizeof digest - 1] = 0x02;
	testcms_expect(cms, p256, LT_SIGNED_ATTRIBUTES_MISSING);
	static const uint8_t type[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03 };
	cms = testcms_make_good(p256);
	testcms_find(&cms, type, sizeof type)[sizeof type - 1] = 0x02;
	testcms_expect(cms, p256, LT_SIGNED_ATTRIBUTES_MISSING);
}

/* With SHA-1, OpenSSL writes the older attribute: give it the newer, with the certificate's true hash. */
static void add_ess_of(CMS_SignerInfo *signer, const struct testpki_id *id)
{
	uint8_t value[40] = { 0x30, 0x26, 0x30, 0x24, 0x30, 0x22, 0x04, 0x20 };
	lt_sha256(id->der, value + 8);
	assert_int_equal(CMS_signed_add1_attr_by_NID(signer, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE,
						     value, sizeof value),
			 1);
}

static void add_p256_ess(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)cms;
	add_ess_of(signer, p256);
}

static void add_rsa_ess(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)cms;
	add_ess_of(signer, rsa);
}

static void refuses_algorithms(void **state)
{
	(void)state;
	unsigned by_hand = TESTCMS_GOOD & ~(unsigned)CMS_CADES;
	testcms_expect(testcms_make(p256, EVP_sha256(), by_hand, add_p256_ess, NULL), p256, LT_REASON_NONE);
	testcms_expect(testcms_make(p256, EVP_sha1(), by_hand, add_p256_ess, NULL), p256, LT_ALGORITHM_NOT_ALLOWED);
	testcms_expect(testcms_make(p256, EVP_sha1(), TESTCMS_GOOD, NULL, NULL), p256, LT_SIGNED_ATTRIBUTES_MISSING);
	testcms_expect(testcms_make(p256, EVP_sha384(), TESTCMS_GOOD, NULL, NULL), p256, LT_ALGORITHM_NOT_ALLOWED);
	testcms_expect(testcms_make(p256, EVP_sha224(), TESTCMS_GOOD, NULL, NULL), p256, LT_ALGORITHM_NOT_ALLOWED);
	testcms_expect(testcms_make(p384, EVP_sha256(), TESTCMS_GOOD, NULL, NULL), p384, LT_ALGORITHM_NOT_ALLOWED);
	testcms_expect(testcms_make(rsa, EVP_sha1(), by_hand, add_rsa_ess, NULL), rsa, LT_ALGORITHM_NOT_ALLOWED);
	testcms_expect(testcms_make_pss(rsa, EVP_sha256(), EVP_sha256(), 32), rsa, LT_REASON_NONE);
	testcms_expect(testcms_make_pss(rsa, EVP_sha512(), EVP_sha512(), 64), rsa, LT_REASON_NONE);
	testcms_expect(testcms_make_pss(rsa, EVP_sha256(), EVP_sha512(), 32), rsa, LT_ALGORITHM_NOT_ALLOWED);
	testcms_expect(testcms_make_pss(rsa, EVP_sha256(), EVP_sha256(), 31), rsa, LT_ALGORITHM_NOT_ALLOWED);
	/* What is left out of the parameters means SHA-1 and 20 bytes. */
	testcms_expect(testcms_make_pss(rsa, EVP_sha256(), EVP_sha1(), 32), rsa, LT_ALGORITHM_NOT_ALLOWED);
	testcms_expect(testcms_make_pss(rsa, EVP_sha256(), EVP_sha256(), 20), rsa, LT_ALGORITHM_NOT_ALLOWED);
}

static void refuses_a_short_key(void **state)
{
	(void)state;
	testcms_expect(testcms_make(short_rsa, EVP_sha256(), TESTCMS_GOOD, NULL, NULL), short_rsa, LT_KEY_TOO_SHORT);
}

static void refuses_a_certificate_not_enrolled(void **state)
{
	(void)state;
	testcms_expect(testcms_make_good(p256), no_usage, LT_CERTIFICATE_NOT_ENROLLED);
	testcms_expect(testcms_make_good(p256), twin, LT_CERTIFICATE_NOT_ENROLLED);
}

/* signing-certificate-v2 over SHA-1, and the older attribute beside the newer. */
static void add_sha1_ess(CMS_SignerInfo *signer, int nid, const uint8_t *prefix, size_t len)
{
	uint8_t value[64];
	unsigned size = 20;
	memcpy(value, prefix, len);
	assert_int_equal(EVP_Digest(p256->der.data, p256->der.len, value + len, &size, EVP_sha1(), NULL), 1);
	assert_int_equal(CMS_signed_add1_attr_by_NID(signer, nid, V_ASN1_SEQUENCE, value, (int)(len + size)), 1);
}

static void add_weak_ess(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	static const uint8_t prefix[] = { 0x30, 0x23, 0x30, 0x21, 0x30, 0x1f, 0x30, 0x07, 0x06,
					  0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x04, 0x14 };
	(void)cms;
	add_sha1_ess(signer, NID_id_smime_aa_signingCertificateV2, prefix, sizeof prefix);
}

static void add_old_ess(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	static const uint8_t prefix[] = { 0x30, 0x1a, 0x30, 0x18, 0x30, 0x16, 0x04, 0x14 };
	(void)cms;
	add_sha1_ess(signer, NID_id_smime_aa_signingCertificate, prefix, sizeof prefix);
}

static void refuses_another_signing_certificate(void **state)
{
	(void)state;
	/* By key id, the twin's certificate has the same name for its key. */
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD | CMS_USE_KEYID, NULL, NULL), twin,
		       LT_SIGNING_CERTIFICATE_WRONG);
	/* The signer identifier is not signed: put the twin's serial there. */
	struct lt_buf cms = testcms_make_good(p256);
	unsigned char *issuer = NULL;
	int len = i2d_X509_NAME(X509_get_issuer_name(p256->x509), &issuer);
	uint8_t *serial = testcms_find(&cms, issuer, (size_t)len) + len;
	OPENSSL_free(issuer);
	assert_int_equal(serial[1], 1);
	serial[2] = (uint8_t)ASN1_INTEGER_get(X509_get0_serialNumber(twin->x509));
	testcms_expect(cms, twin, LT_SIGNING_CERTIFICATE_WRONG);
	unsigned no_cades = TESTCMS_GOOD & ~(unsigned)CMS_CADES;
	testcms_expect(testcms_make(p256, EVP_sha256(), no_cades, add_weak_ess, NULL), p256,
		       LT_SIGNING_CERTIFICATE_WRONG);
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD, add_old_ess, NULL), p256,
		       LT_SIGNING_CERTIFICATE_WRONG);
}

static void finds_the_named_one_of_twins(void **state)
{
	(void)state;
	struct lt_cert *first = testpki_cert(twin), *second = testpki_cert(p256);
	const struct lt_cert *certs[] = { first, second }, *used = NULL;
	struct lt_buf cms = testcms_make(p256, EVP_sha256(), TESTCMS_GOOD | CMS_USE_KEYID, NULL, NULL);
	assert_int_equal(lt_cms_verify_any(lt_buf_bytes(&cms), testcms_content, certs, 2, &used, NULL), LT_REASON_NONE);
	assert_ptr_equal(used, second);
	lt_buf_fini(&cms);
	lt_cert_free(first);
	lt_cert_free(second);
}

static void refuses_key_usage(void **state)
{
	(void)state;
	testcms_expect(testcms_make(encipher, EVP_sha256(), TESTCMS_GOOD, NULL, NULL), encipher,
		       LT_CERTIFICATE_KEY_USAGE);
	testcms_expect(testcms_make(pki->ca, EVP_sha256(), TESTCMS_GOOD, NULL, NULL), pki->ca,
		       LT_CERTIFICATE_KEY_USAGE);
}

static void refuses_a_wrong_signature(void **state)
{
	(void)state;
	struct lt_buf cms = testcms_make_good(p256);
	struct lt_cert *cert = testpki_cert(p256);
	assert_int_equal(lt_cms_verify(lt_buf_bytes(&cms), lt_bytes("header byteS", 12), cert, NULL),
			 LT_SIGNATURE_WRONG);
	lt_cert_free(cert);
	cms.data[cms.len - 1] ^= 1;
	testcms_expect(cms, p256, LT_SIGNATURE_WRONG);
}

struct input {
	const struct lt_cert *cert;
	struct lt_bytes cms;
	int wrong;
};

static void *verify_many(void *arg)
{
	struct input *job = arg;
	for (int i = 0; i < 200; i++) {
		struct lt_bytes data = i % 2 == 0 ? testcms_content : lt_bytes("x", 1);
		enum lt_reason wanted = i % 2 == 0 ? LT_REASON_NONE : LT_SIGNATURE_WRONG;
		job->wrong += lt_cms_verify(job->cms, data, job->cert, NULL) != wanted;
	}
	job->wrong += ERR_peek_error() != 0;
	return NULL;
}

static void threads_share_a_certificate(void **state)
{
	(void)state;
	struct lt_buf cms = testcms_make_good(p256);
	struct lt_cert *cert = testpki_cert(p256);
	pthread_t threads[4];
	struct input jobs[4];
	for (size_t i = 0; i < 4; i++) {
		jobs[i] = (struct input){ cert, lt_buf_bytes(&cms), 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, verify_many, &jobs[i]), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(jobs[i].wrong, 0);
	}
	lt_cert_free(cert);
	lt_buf_fini(&cms);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(accepts), cmocka_unit_test(refuses_missing_attributes),
		 cmocka_unit_test(refuses_algorithms), cmocka_unit_test(refuses_a_short_key),
		 cmocka_unit_test(refuses_a_certificate_not_enrolled),
		 cmocka_unit_test(refuses_another_signing_certificate), cmocka_unit_test(finds_the_named_one_of_twins),
		 cmocka_unit_test(refuses_key_usage), cmocka_unit_test(refuses_a_wrong_signature),
		 cmocka_unit_test(threads_share_a_certificate))
