/* The short way of the check against the long one: it accepts nothing that the long one refuses, and it is really taken. What is tried:
 * every bit of good signatures flipped, pieces cut out and doubled, and forms put together by chance and then rightly signed, as
 * an agency could that wants to be odd. */
#include "test.h"

#include <lienthong/identity.h>
#include <lienthong/time.h>

#include "identity/cms.h"
#include "testcms.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

static struct testpki *pki;
static const struct testpki_id *p256, *p384, *rsa, *twin;
static struct lt_cert *certs[4];

static int setup(void **state)
{
	(void)state;
	pki = testpki_new(lt_time_now());
	p256 = testpki_issue(pki, "agency", NULL);
	p384 = testpki_issue(pki, "p384", &(struct testpki_options){ .key = TESTPKI_P384 });
	rsa = testpki_issue(pki, "rsa", &(struct testpki_options){ .key = TESTPKI_RSA_2048 });
	twin = testpki_issue(pki, "twin", &(struct testpki_options){ .same_key = p256 });
	const struct testpki_id *ids[] = { p256, twin, p384, rsa };
	for (size_t i = 0; i < 4; i++)
		certs[i] = testpki_cert(ids[i]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		lt_cert_free(certs[i]);
	testpki_free(pki);
	return 0;
}

/* True when the short way accepts; then the long one must, by the same certificate. */
static bool compare(struct lt_bytes cms)
{
	const struct lt_cert *const *all = (const struct lt_cert *const *)certs;
	const struct lt_cert *direct = cms_verify_direct(cms, testcms_content, all, 4, NULL), *whole = NULL;
	assert_int_equal(ERR_peek_error(), 0);
	if (!direct)
		return false;
	struct lt_refusal refusal = { 0 };
	if (cms_verify_whole(cms, testcms_content, all, 4, &whole, &refusal) != LT_REASON_NONE)
		fail_msg("the short way accepts what is refused: %s", refusal.detail);
	assert_ptr_equal(direct, whole);
	return true;
}

static void expect_taken(struct lt_buf cms, size_t cert)
{
	const struct lt_cert *const *all = (const struct lt_cert *const *)certs;
	assert_ptr_equal(cms_verify_direct(lt_buf_bytes(&cms), testcms_content, all, 4, NULL), certs[cert]);
	assert_true(compare(lt_buf_bytes(&cms)));
	/* Only for what it was made over, and only by whom. */
	assert_null(cms_verify_direct(lt_buf_bytes(&cms), lt_bytes("header byteS", 12), all, 4, NULL));
	for (size_t i = 0; i < 4; i++)
		assert_true(i == cert || !cms_verify_direct(lt_buf_bytes(&cms), testcms_content,
							    (const struct lt_cert *const *)&certs[i], 1, NULL));
	lt_buf_fini(&cms);
}

static void common_forms_take_the_short_way(void **state)
{
	(void)state;
	expect_taken(testcms_make_good(p256), 0);
	expect_taken(testcms_make_good(twin), 1);
	expect_taken(testcms_make(p256, EVP_sha256(), TESTCMS_GOOD | CMS_USE_KEYID, NULL, NULL), 0);
	expect_taken(testcms_make(p384, EVP_sha384(), TESTCMS_GOOD, NULL, NULL), 2);
	expect_taken(testcms_make(rsa, EVP_sha256(), TESTCMS_GOOD, NULL, NULL), 3);
}

static void no_bit_may_be_flipped(const struct lt_buf *cms)
{
	for (size_t bit = 0; bit < cms->len * 8; bit++) {
		cms->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (compare(lt_buf_bytes(cms)))
			fail_msg("bit %zu of byte %zu may be changed", bit % 8, bit / 8);
		cms->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(compare(lt_buf_bytes(cms)));
}

static void no_byte_may_go_or_come(const struct lt_buf *cms)
{
	uint8_t other[4096];
	for (size_t at = 0; at < cms->len; at++) {
		assert_false(compare(lt_bytes(cms->data, at)));
		memcpy(other, cms->data, at);
		memcpy(other + at, cms->data + at + 1, cms->len - at - 1);
		assert_false(compare(lt_bytes(other, cms->len - 1)));
		memcpy(other + at + 1, cms->data + at, cms->len - at);
		other[at] = 0;
		assert_false(compare(lt_bytes(other, cms->len + 1)));
	}
}

static void nothing_may_be_changed(void **state)
{
	(void)state;
	struct lt_buf all[] = { testcms_make_good(p256),
				testcms_make(p256, EVP_sha256(), TESTCMS_GOOD | CMS_USE_KEYID, NULL, NULL),
				testcms_make(p384, EVP_sha384(), TESTCMS_GOOD, NULL, NULL),
				testcms_make(rsa, EVP_sha256(), TESTCMS_GOOD, NULL, NULL) };
	for (size_t i = 0; i < 4; i++) {
		no_bit_may_be_flipped(&all[i]);
		no_byte_may_go_or_come(&all[i]);
		lt_buf_fini(&all[i]);
	}
}

/* ---- forms put together by chance ---- */

static uint64_t seed = 88172645463325252u;
static uint32_t below(uint32_t count)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed % count);
}
/* The first of `count` nearly always. */
static uint32_t mostly_first(uint32_t count)
{
	return below(100) < 93 ? 0 : below(count);
}

#define OF(...) lt_bytes((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))
#define PKCS 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01
#define SHA2 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02

static void put(struct lt_buf *out, struct lt_bytes bytes)
{
	assert_int_equal(lt_buf_append(out, bytes.data, bytes.len), LT_OK);
}

/* Puts a head in front of what the buffer holds; now and then one that is longer than it need be. */
static void wrap(struct lt_buf *buf, uint8_t tag)
{
	struct lt_buf out = { 0 };
	size_t len = buf->len;
	bool odd = below(400) == 0;
	put(&out, OF(tag));
	if (len >= 0x100 || odd)
		put(&out, OF(0x82, (uint8_t)(len >> 8), (uint8_t)len));
	else if (len >= 0x80)
		put(&out, OF(0x81, (uint8_t)len));
	else
		put(&out, OF((uint8_t)len));
	put(&out, lt_buf_bytes(buf));
	lt_buf_fini(buf);
	*buf = out;
}

/* The value at `at` with its head. */
static struct lt_bytes value_at(const uint8_t *at)
{
	size_t len = at[1], head = 2;
	if (len == 0x81)
		len = at[2], head = 3;
	else if (len == 0x82)
		len = (size_t)at[2] << 8 | at[3], head = 4;
	return lt_bytes(at, head + len);
}

/* The attribute whose type ends in these bytes, out of a good CMS. */
static struct lt_bytes attribute_of(const struct lt_buf *cms, struct lt_bytes type)
{
	uint8_t *at = testcms_find(cms, type.data, type.len);
	at -= at[-1] == 0x30 || at[-2] == 0x30 ? 2 : at[-3] == 0x30 ? 3 : 4;
	assert_int_equal(at[0], 0x30);
	return value_at(at);
}

static const uint8_t ess_oid[] = { 0x06, 0x0b, PKCS, 0x09, 0x10, 0x02, 0x2f };
static const uint8_t md_oid[] = { 0x06, 0x09, PKCS, 0x09, 0x04 };
static const uint8_t ct_oid[] = { 0x06, 0x09, PKCS, 0x09, 0x03 };
static const uint8_t st_oid[] = { 0x06, 0x09, PKCS, 0x09, 0x05 };
#define ALL(array) lt_bytes((array), sizeof(array))

struct odd {
	struct lt_buf good[2]; /* of p256 and of its twin */
	struct lt_buf attributes[12];
	size_t count;
};

static void add(struct odd *odd, struct lt_bytes type, struct lt_bytes value, bool twice)
{
	struct lt_buf *out = &odd->attributes[odd->count++];
	put(out, value);
	if (twice)
		put(out, value);
	wrap(out, 0x31);
	struct lt_buf whole = { 0 };
	put(&whole, type);
	put(&whole, lt_buf_bytes(out));
	wrap(&whole, 0x30);
	lt_buf_fini(out);
	*out = whole;
}

static void add_copy(struct odd *odd, struct lt_bytes whole)
{
	put(&odd->attributes[odd->count++], whole);
}

static void add_certificate(struct odd *odd)
{
	struct lt_buf value = { 0 };
	uint8_t hash[32];
	switch (mostly_first(6)) {
	case 0:
		add_copy(odd, attribute_of(&odd->good[0], ALL(ess_oid)));
		return;
	case 1:
		add_copy(odd, attribute_of(&odd->good[1], ALL(ess_oid)));
		return;
	case 2:
		return;
	case 3: /* the hash alone; with the default written out; of another */
	case 4:
	default:
		memcpy(hash, lt_cert_sha256(certs[below(2)]), 32);
		if (below(2))
			put(&value, OF(0x30, 0x0b, 0x06, 0x09, SHA2, 0x01));
		put(&value, OF(0x04, 0x20));
		put(&value, lt_bytes(hash, 32));
		wrap(&value, 0x30);
		if (below(8) == 0) { /* twice; growing moves the buffer that is read */
			struct lt_buf again = { 0 };
			put(&again, lt_buf_bytes(&value));
			put(&value, lt_buf_bytes(&again));
			lt_buf_fini(&again);
		}
		wrap(&value, 0x30);
		wrap(&value, 0x30);
		add(odd, ALL(ess_oid), lt_buf_bytes(&value), below(8) == 0);
		lt_buf_fini(&value);
	}
}

static void add_digest(struct odd *odd)
{
	uint8_t value[34] = { 0x04, 0x20 };
	lt_sha256(testcms_content, value + 2);
	if (below(12) == 0)
		value[2] ^= (uint8_t)below(256);
	if (mostly_first(10) != 9)
		add(odd, ALL(md_oid), lt_bytes(value, sizeof value), mostly_first(2));
}

static void add_others(struct odd *odd)
{
	static const char *const times[] = { "261129150000Z", "261129150001Z", "2611291500Z", "261129150000+0700",
					     "xx1129150000Z" };
	if (mostly_first(10) != 9)
		add(odd, ALL(ct_oid),
		    mostly_first(2) ? OF(0x06, 0x09, PKCS, 0x07, 0x02) : OF(0x06, 0x09, PKCS, 0x07, 0x01),
		    mostly_first(2));
	for (uint32_t i = below(20) == 0 ? 2 : below(2); i > 0; i--) {
		struct lt_buf value = { 0 };
		const char *text = times[below(3) ? below(2) : mostly_first(5)];
		put(&value, lt_bytes(text, strlen(text)));
		wrap(&value, mostly_first(2) ? 0x18 : 0x17);
		add(odd, ALL(st_oid), lt_buf_bytes(&value), mostly_first(2));
		lt_buf_fini(&value);
	}
	if (mostly_first(2)) /* smimeCapabilities, not known to the short way */
		add(odd, OF(0x06, 0x09, PKCS, 0x09, 0x0f), OF(0x30, 0x00), false);
}

static int by_der(const void *a, const void *b)
{
	const struct lt_buf *x = a, *y = b;
	int order = memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);
	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static void put_attributes(struct odd *odd, struct lt_buf *out)
{
	odd->count = 0;
	add_certificate(odd);
	add_digest(odd);
	if (mostly_first(2)) /* two of a type, which may differ */
		add_digest(odd);
	if (mostly_first(2))
		add_certificate(odd);
	add_others(odd);
	if (mostly_first(2))
		add_copy(odd, lt_buf_bytes(&odd->attributes[0]));
	if (!mostly_first(2))
		qsort(odd->attributes, odd->count, sizeof odd->attributes[0], by_der);
	for (size_t i = 0; i < odd->count; i++) {
		put(out, lt_buf_bytes(&odd->attributes[i]));
		lt_buf_fini(&odd->attributes[i]);
		odd->attributes[i] = (struct lt_buf){ 0 };
	}
}

static void put_signature(struct lt_bytes attributes, struct lt_buf *out)
{
	struct lt_buf set = { 0 };
	uint8_t signature[128];
	size_t len = sizeof signature;
	put(&set, attributes);
	set.data[0] = 0x31;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, p256->key), 1);
	assert_int_equal(EVP_DigestSign(ctx, signature, &len, set.data, set.len), 1);
	EVP_MD_CTX_free(ctx);
	lt_buf_fini(&set);
	if (mostly_first(2)) /* a byte behind it */
		signature[len++] = 0;
	struct lt_buf value = { 0 };
	put(&value, lt_bytes(signature, len));
	wrap(&value, 0x04);
	put(out, lt_buf_bytes(&value));
	lt_buf_fini(&value);
}

static void put_digest_algorithm(struct lt_buf *out, uint32_t which)
{
	if (which == 0)
		put(out, OF(0x30, 0x0b, 0x06, 0x09, SHA2, 0x01));
	else if (which == 1)
		put(out, OF(0x30, 0x0d, 0x06, 0x09, SHA2, 0x01, 0x05, 0x00));
	else
		put(out, OF(0x30, 0x0b, 0x06, 0x09, SHA2, 0x02));
}

static void put_signer(struct odd *odd, struct lt_buf *out, bool by_key, uint32_t digest)
{
	struct lt_buf signer = { 0 }, attributes = { 0 };
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(p256->x509);
	put(&signer, OF(0x02, 0x01, (uint8_t)(mostly_first(2) ? 2 : by_key ? 3 : 1)));
	if (by_key) {
		put(&signer, OF(0x80, (uint8_t)ASN1_STRING_length(id)));
		put(&signer, lt_bytes(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)));
	} else {
		/* Behind SignerInfo's version in a good one. */
		const struct lt_buf *from = &odd->good[mostly_first(2)];
		static const uint8_t plain[] = { 0x30, 0x0b, 0x06, 0x09, PKCS, 0x07, 0x01, 0x31 };
		const uint8_t *at = testcms_find(from, plain, sizeof plain) + sizeof plain - 1;
		at += at[1] < 0x80 ? 2 : at[1] == 0x81 ? 3 : 4;
		at += at[1] < 0x80 ? 2 : at[1] == 0x81 ? 3 : 4;
		put(&signer, value_at(at + 3));
	}
	put_digest_algorithm(&signer, mostly_first(2) ? below(3) : digest);
	put_attributes(odd, &attributes);
	wrap(&attributes, 0xa0);
	put(&signer, lt_buf_bytes(&attributes));
	if (mostly_first(2))
		put(&signer, OF(0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02, 0x05, 0x00));
	else
		put(&signer, OF(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
	put_signature(lt_buf_bytes(&attributes), &signer);
	if (mostly_first(2))
		put(&signer, OF(0xa1, 0x00));
	wrap(&signer, 0x30);
	put(out, lt_buf_bytes(&signer));
	lt_buf_fini(&signer);
	lt_buf_fini(&attributes);
}

static struct lt_buf make_odd(struct odd *odd)
{
	struct lt_buf out = { 0 }, set = { 0 };
	bool by_key = below(4) == 0;
	uint32_t digest = mostly_first(3);
	put(&out, OF(0x02, 0x01, (uint8_t)(mostly_first(2) ? 2 : by_key ? 3 : 1)));
	put_digest_algorithm(&set, digest);
	if (mostly_first(2))
		put_digest_algorithm(&set, below(3));
	wrap(&set, 0x31);
	put(&out, lt_buf_bytes(&set));
	put(&out, mostly_first(2) ? OF(0x30, 0x0b, 0x06, 0x09, PKCS, 0x07, 0x05)
				  : OF(0x30, 0x0b, 0x06, 0x09, PKCS, 0x07, 0x01));
	lt_buf_clear(&set);
	put_signer(odd, &set, by_key, digest);
	if (mostly_first(2))
		put_signer(odd, &set, by_key, digest);
	wrap(&set, 0x31);
	put(&out, lt_buf_bytes(&set));
	wrap(&out, 0x30);
	wrap(&out, 0xa0);
	lt_buf_clear(&set);
	put(&set, OF(0x06, 0x09, PKCS, 0x07, 0x02));
	put(&set, lt_buf_bytes(&out));
	wrap(&set, 0x30);
	if (mostly_first(2))
		put(&set, OF(0x00));
	lt_buf_fini(&out);
	return set;
}

static void odd_forms_are_not_let_in(void **state)
{
	(void)state;
	struct odd odd = { .good = { testcms_make_good(p256), testcms_make_good(twin) } };
	const struct lt_cert *const *all = (const struct lt_cert *const *)certs;
	size_t direct = 0, whole = 0;
	enum { ROUNDS = 6000 };
	for (int i = 0; i < ROUNDS; i++) {
		struct lt_buf cms = make_odd(&odd);
		direct += compare(lt_buf_bytes(&cms));
		const struct lt_cert *used;
		whole += cms_verify_whole(lt_buf_bytes(&cms), testcms_content, all, 4, &used, NULL) == LT_REASON_NONE;
		lt_buf_fini(&cms);
	}
	print_message("of %d forms %zu are right, %zu take the short way\n", ROUNDS, whole, direct);
	assert_in_range(direct, ROUNDS / 20, whole - 1);
	lt_buf_fini(&odd.good[0]);
	lt_buf_fini(&odd.good[1]);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(common_forms_take_the_short_way),
		 cmocka_unit_test(nothing_may_be_changed), cmocka_unit_test(odd_forms_are_not_let_in))
