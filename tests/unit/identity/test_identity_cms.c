/* The form of a CMS: each refusal of the strict check that needs no certificate, by a CMS that was really made so. */
#include "test.h"

#include <lienthong/envelope.h>
#include <lienthong/identity.h>
#include <lienthong/time.h>

#include "testcms.h"

#include <openssl/err.h>
#include <string.h>

static struct testpki *pki;
static const struct testpki_id *p256, *rsa;

static int setup(void **state)
{
	(void)state;
	pki = testpki_new(lt_time_now());
	p256 = testpki_issue(pki, "agency", NULL);
	rsa = testpki_issue(pki, "rsa", &(struct testpki_options){ .key = TESTPKI_RSA_2048 });
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	testpki_free(pki);
	return 0;
}

static void refuses_malformed(void **state)
{
	(void)state;
	static const uint8_t large[LT_SIGNATURE_MAX + 1];
	assert_int_equal(testcms_verify(lt_bytes(NULL, 0), p256), LT_SIGNATURE_MALFORMED);
	assert_int_equal(testcms_verify(lt_bytes("rubbish", 7), p256), LT_SIGNATURE_MALFORMED);
	assert_int_equal(testcms_verify(lt_bytes(large, sizeof large), p256), LT_SIGNATURE_MALFORMED);
	struct lt_buf good = testcms_make_good(p256);
	for (size_t cut = 1; cut < good.len; cut++)
		assert_int_equal(testcms_verify(lt_bytes(good.data, cut), p256), LT_SIGNATURE_MALFORMED);
	lt_buf_fini(&good);
	BIO *bio = BIO_new_mem_buf(testcms_content.data, (int)testcms_content.len);
	CMS_ContentInfo *data = CMS_data_create(bio, CMS_BINARY);
	BIO_free(bio);
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(data, &der);
	assert_true(len > 0);
	assert_int_equal(testcms_verify(lt_bytes(der, (size_t)len), p256), LT_SIGNATURE_MALFORMED);
	OPENSSL_free(der);
	CMS_ContentInfo_free(data);
}

static void set_content_type(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)signer;
	assert_int_equal(CMS_set1_eContentType(cms, OBJ_nid2obj(NID_pkcs7_digest)), 1);
}

static void refuses_other_content_types(void **state)
{
	(void)state;
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD, set_content_type, NULL), p256,
		       LT_SIGNATURE_MALFORMED);
}

static void refuses_trailing_bytes(void **state)
{
	(void)state;
	struct lt_buf cms = testcms_make_good(p256);
	assert_int_equal(lt_buf_append(&cms, "", 1), LT_OK);
	testcms_expect(cms, p256, LT_SIGNATURE_TRAILING);
	cms = testcms_make_good(p256);
	struct lt_buf again = testcms_make_good(p256);
	assert_int_equal(lt_buf_append(&cms, again.data, again.len), LT_OK);
	lt_buf_fini(&again);
	testcms_expect(cms, p256, LT_SIGNATURE_TRAILING);
}

static void refuses_ber(void **state)
{
	(void)state;
	struct lt_buf good = testcms_make_good(p256), bad = { 0 };
	assert_int_equal(good.data[1], 0x82);
	static const uint8_t indefinite[] = { 0x30, 0x80 }, end[] = { 0, 0 };
	assert_int_equal(lt_buf_append(&bad, indefinite, 2), LT_OK);
	assert_int_equal(lt_buf_append(&bad, good.data + 4, good.len - 4), LT_OK);
	assert_int_equal(lt_buf_append(&bad, end, 2), LT_OK);
	testcms_expect(bad, p256, LT_SIGNATURE_NOT_DER);

	const uint8_t long_form[] = { 0x30, 0x83, 0x00, good.data[2], good.data[3] };
	bad = (struct lt_buf){ 0 };
	assert_int_equal(lt_buf_append(&bad, long_form, 5), LT_OK);
	assert_int_equal(lt_buf_append(&bad, good.data + 4, good.len - 4), LT_OK);
	testcms_expect(bad, p256, LT_SIGNATURE_NOT_DER);

	/* Two signed attributes, content-type of 26 bytes and signing-time of 30, in the wrong order. */
	static const uint8_t type[] = { 0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03 };
	uint8_t *at = testcms_find(&good, type, sizeof type), first[26];
	assert_int_equal(at[26 + 1], 0x1c);
	memcpy(first, at, 26);
	memmove(at, at + 26, 30);
	memcpy(at + 30, first, 26);
	testcms_expect(good, p256, LT_SIGNATURE_NOT_DER);
}

/* OpenSSL hands a name back as it read it, so that BER in it survives a comparison of encodings. */
static void refuses_ber_in_a_name(void **state)
{
	(void)state;
	struct lt_buf good = testcms_make_good(p256), bad = { 0 };
	static const uint8_t vn[] = { 0x13, 0x02, 'V', 'N' }, worse[] = { 0x13, 0x81, 0x02, 'V', 'N' };
	size_t at = (size_t)(testcms_find(&good, vn, sizeof vn) - good.data);
	assert_int_equal(lt_buf_append(&bad, good.data, at), LT_OK);
	assert_int_equal(lt_buf_append(&bad, worse, sizeof worse), LT_OK);
	assert_int_equal(lt_buf_append(&bad, good.data + at + sizeof vn, good.len - at - sizeof vn), LT_OK);
	/* Every value around it grows by one: ContentInfo, [0], SignedData, signerInfos, SignerInfo, sid, Name, RDN, AVA. */
	static const uint8_t sequences[] = { 0x30, 0x31, 0xa0 };
	for (size_t i = 0; i < at; i++) {
		size_t length = 0, body = 0;
		if (!memchr(sequences, bad.data[i], sizeof sequences))
			continue;
		if (bad.data[i + 1] < 0x80)
			length = bad.data[i + 1], body = i + 2;
		else if (bad.data[i + 1] == 0x82)
			length = (size_t)bad.data[i + 2] << 8 | bad.data[i + 3], body = i + 4;
		else
			continue;
		if (body > at || body + length < at + sizeof vn || body + length > good.len)
			continue;
		length++;
		if (bad.data[i + 1] < 0x80) {
			bad.data[i + 1] = (uint8_t)length;
		} else {
			bad.data[i + 2] = (uint8_t)(length >> 8);
			bad.data[i + 3] = (uint8_t)length;
		}
	}
	const unsigned char *p = bad.data;
	CMS_ContentInfo *parsed = d2i_CMS_ContentInfo(NULL, &p, (long)bad.len);
	assert_non_null(parsed); /* really a CMS to OpenSSL, whole */
	assert_ptr_equal(p, bad.data + bad.len);
	CMS_ContentInfo_free(parsed);
	ERR_clear_error();
	lt_buf_fini(&good);
	testcms_expect(bad, p256, LT_SIGNATURE_NOT_DER);
}

static void add_crl(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)signer;
	struct lt_buf der = { 0 };
	testpki_crl(pki, pki->now, pki->now + TESTPKI_DAY, &der);
	const unsigned char *p = der.data;
	X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.len);
	assert_int_equal(CMS_add0_crl(cms, crl), 1);
	lt_buf_fini(&der);
}

static void refuses_embedded(void **state)
{
	(void)state;
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD & ~(unsigned)CMS_DETACHED, NULL, NULL), p256,
		       LT_EMBEDDED_CONTENT);
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD & ~(unsigned)CMS_NOCERTS, NULL, NULL), p256,
		       LT_EMBEDDED_CONTENT);
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD, add_crl, NULL), p256, LT_EMBEDDED_CONTENT);
}

static void add_signer(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)signer;
	assert_non_null(CMS_add1_signer(cms, rsa->x509, rsa->key, EVP_sha256(), TESTCMS_GOOD | CMS_PARTIAL));
}

static void refuses_other_signer_counts(void **state)
{
	(void)state;
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD, add_signer, NULL), p256, LT_SIGNER_COUNT_WRONG);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, TESTCMS_GOOD | CMS_PARTIAL);
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);
	assert_true(len > 0);
	ERR_clear_error();
	assert_int_equal(testcms_verify(lt_bytes(der, (size_t)len), p256), LT_SIGNER_COUNT_WRONG);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
}

static void add_unsigned(CMS_ContentInfo *cms, CMS_SignerInfo *signer)
{
	(void)cms;
	assert_int_equal(
		CMS_unsigned_add1_attr_by_NID(signer, NID_id_smime_aa_timeStampToken, V_ASN1_OCTET_STRING, "stamp", 5),
		1);
}

static void refuses_unsigned_attributes(void **state)
{
	(void)state;
	testcms_expect(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD, NULL, add_unsigned), p256,
		       LT_UNSIGNED_ATTRIBUTES);
}

/* No single bit of a CMS may be changed. */
static void refuses_every_flipped_bit(void **state)
{
	(void)state;
	struct lt_buf cms = testcms_make_good(p256);
	struct lt_cert *cert = testpki_cert(p256);
	for (size_t bit = 0; bit < cms.len * 8; bit++) {
		cms.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (lt_cms_verify(lt_buf_bytes(&cms), testcms_content, cert, NULL) == LT_REASON_NONE)
			fail_msg("bit %zu of byte %zu may be changed", bit % 8, bit / 8);
		cms.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_int_equal(ERR_peek_error(), 0);
	assert_int_equal(lt_cms_verify(lt_buf_bytes(&cms), testcms_content, cert, NULL), LT_REASON_NONE);
	lt_cert_free(cert);
	lt_buf_fini(&cms);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(refuses_malformed), cmocka_unit_test(refuses_other_content_types),
		 cmocka_unit_test(refuses_trailing_bytes), cmocka_unit_test(refuses_ber),
		 cmocka_unit_test(refuses_ber_in_a_name), cmocka_unit_test(refuses_embedded),
		 cmocka_unit_test(refuses_other_signer_counts), cmocka_unit_test(refuses_unsigned_attributes),
		 cmocka_unit_test(refuses_every_flipped_bit))
