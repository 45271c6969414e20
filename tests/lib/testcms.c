#include "test.h"

#include "testcms.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

const struct lt_bytes testcms_content = { (const uint8_t *)"header bytes", 12 };

struct lt_buf testcms_make(const struct testpki_id *id, const EVP_MD *md, unsigned flags, testcms_spoil *before,
			   testcms_spoil *after)
{
	struct lt_buf out = { 0 };
	BIO *bio = BIO_new_mem_buf(testcms_content.data, (int)testcms_content.len);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags | CMS_PARTIAL);
	CMS_SignerInfo *signer = CMS_add1_signer(cms, id->x509, id->key, md, flags | CMS_PARTIAL);
	assert_non_null(signer);
	if (before)
		before(cms, signer);
	assert_int_equal(CMS_final(cms, bio, NULL, flags), 1);
	if (after)
		after(cms, signer);
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);
	assert_true(len > 0);
	assert_int_equal(lt_buf_append(&out, der, (size_t)len), LT_OK);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	ERR_clear_error();
	return out;
}

struct lt_buf testcms_make_good(const struct testpki_id *id)
{
	return testcms_make(id, EVP_sha256(), TESTCMS_GOOD, NULL, NULL);
}

enum lt_reason testcms_verify(struct lt_bytes cms, const struct testpki_id *id)
{
	struct lt_cert *cert = testpki_cert(id);
	struct lt_refusal refusal = { 0 };
	enum lt_reason reason = lt_cms_verify(cms, testcms_content, cert, &refusal);
	assert_int_equal(refusal.reason, reason);
	assert_true(reason == LT_REASON_NONE || refusal.detail[0] != 0);
	assert_int_equal(ERR_peek_error(), 0);
	lt_cert_free(cert);
	return reason;
}

void testcms_expect(struct lt_buf cms, const struct testpki_id *id, enum lt_reason wanted)
{
	enum lt_reason got = testcms_verify(lt_buf_bytes(&cms), id);
	assert_string_equal(lt_reason_name(got), lt_reason_name(wanted));
	lt_buf_fini(&cms);
}

uint8_t *testcms_find(const struct lt_buf *buf, const void *what, size_t len)
{
	uint8_t *at = memmem(buf->data, buf->len, what, len);
	assert_non_null(at);
	return at;
}

struct lt_buf testcms_make_pss(const struct testpki_id *rsa, const EVP_MD *md, const EVP_MD *mask, int salt)
{
	struct lt_buf out = { 0 };
	BIO *bio = BIO_new_mem_buf(testcms_content.data, (int)testcms_content.len);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, TESTCMS_GOOD | CMS_PARTIAL);
	CMS_SignerInfo *signer =
		CMS_add1_signer(cms, rsa->x509, rsa->key, md, TESTCMS_GOOD | CMS_PARTIAL | (unsigned)CMS_KEY_PARAM);
	EVP_PKEY_CTX *ctx = CMS_SignerInfo_get0_pkey_ctx(signer);
	assert_true(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mask) > 0);
	assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, salt) > 0);
	assert_int_equal(CMS_final(cms, bio, NULL, TESTCMS_GOOD), 1);
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(cms, &der);
	assert_int_equal(lt_buf_append(&out, der, (size_t)len), LT_OK);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	ERR_clear_error();
	return out;
}
