/* Tables for keys that sign much against OpenSSL's own check: no signature is taken that it refuses, good ones are, and who gets a
 * table is found by who signs. */
#include "test.h"

#include <lienthong/time.h>

#include "identity/identity_internal.h"
#include "testpki.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

static struct testpki *pki;
static BN_CTX *ctx;
static EC_GROUP *curve;
static struct identity_tables tables;

static int setup(void **state)
{
	(void)state;
	pki = testpki_new(lt_time_now());
	ctx = BN_CTX_new();
	curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	identity_tables_fini(&tables);
	EC_GROUP_free(curve);
	BN_CTX_free(ctx);
	testpki_free(pki);
	return 0;
}

static bool by_openssl(EVP_PKEY *key, const uint8_t digest[32], struct lt_bytes signature)
{
	EVP_PKEY_CTX *verify = EVP_PKEY_CTX_new(key, NULL);
	assert_int_equal(EVP_PKEY_verify_init(verify), 1);
	bool good = EVP_PKEY_verify(verify, signature.data, signature.len, digest, 32) == 1;
	EVP_PKEY_CTX_free(verify);
	ERR_clear_error();
	return good;
}

/* The verdict of the table; what it takes OpenSSL takes. */
static bool by_table(const struct lt_cert *cert, const uint8_t digest[32], struct lt_bytes signature)
{
	bool good = identity_tables_verify(&tables, cert, digest, signature);
	assert_int_equal(ERR_peek_error(), 0);
	if (good)
		assert_true(by_openssl(X509_get0_pubkey(cert->x509), digest, signature));
	return good;
}

static const struct identity_table *table_of(const struct lt_cert *cert)
{
	for (size_t i = 0; i < IDENTITY_TABLES_MAX; i++) {
		if (tables.tables[i].count > 0 && memcmp(tables.tables[i].sha256, cert->sha256, 32) == 0)
			return &tables.tables[i];
	}
	return NULL;
}

static void sign_often(const struct lt_cert *cert, uint32_t count)
{
	static const uint8_t digest[32];
	for (uint32_t i = 0; i < count; i++)
		assert_false(by_table(cert, digest, lt_bytes("", 0)));
}

static struct lt_cert *often(const struct testpki_id *id)
{
	struct lt_cert *cert = testpki_cert(id);
	sign_often(cert, IDENTITY_TABLE_AFTER);
	assert_non_null(table_of(cert)->group);
	return cert;
}

static struct lt_bytes sign(EVP_PKEY *key, const uint8_t digest[32], uint8_t out[80])
{
	size_t len = 80;
	EVP_PKEY_CTX *signer = EVP_PKEY_CTX_new(key, NULL);
	assert_int_equal(EVP_PKEY_sign_init(signer), 1);
	assert_int_equal(EVP_PKEY_sign(signer, out, &len, digest, 32), 1);
	EVP_PKEY_CTX_free(signer);
	return lt_bytes(out, len);
}

/* The signature of two numbers, each as it is encoded when it is what it should be. */
static struct lt_bytes encode(const BIGNUM *r, const BIGNUM *s, uint8_t out[80])
{
	ECDSA_SIG *signature = ECDSA_SIG_new();
	uint8_t *end = out;
	assert_int_equal(ECDSA_SIG_set0(signature, BN_dup(r), BN_dup(s)), 1);
	int len = i2d_ECDSA_SIG(signature, &end);
	assert_in_range(len, 1, 80);
	ECDSA_SIG_free(signature);
	return lt_bytes(out, (size_t)len);
}

static void good_signatures_hold_and_no_bit_may_be_flipped(void **state)
{
	(void)state;
	const struct testpki_id *id = testpki_issue(pki, "often", NULL);
	struct lt_cert *cert = often(id);
	uint8_t digest[32], bytes[80];
	for (uint32_t i = 0; i < 400; i++) {
		lt_sha256(lt_bytes(&i, sizeof i), digest);
		struct lt_bytes signature = sign(id->key, digest, bytes);
		assert_true(by_table(cert, digest, signature));
		digest[i % 32] ^= (uint8_t)(1u << i % 8);
		assert_false(by_table(cert, digest, signature));
		digest[i % 32] ^= (uint8_t)(1u << i % 8);
		size_t bit = i * 2 % (signature.len * 8);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(by_table(cert, digest, signature));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(by_table(cert, digest, lt_bytes(bytes, signature.len - 1)));
		assert_false(by_table(cert, digest, lt_bytes(bytes, signature.len + 1)));
	}
	memset(digest, 0xff, sizeof digest); /* above the order */
	assert_true(by_table(cert, digest, sign(id->key, digest, bytes)));
	memset(digest, 0, sizeof digest);
	assert_true(by_table(cert, digest, sign(id->key, digest, bytes)));
	lt_cert_free(cert);
}

/* Numbers that are none of a signature: nothing, the order, more than the order, and what is below nothing. */
static void numbers_are_held_against_their_bounds(void **state)
{
	(void)state;
	const struct testpki_id *id = testpki_issue(pki, "bounds", NULL);
	struct lt_cert *cert = often(id);
	const BIGNUM *order = EC_GROUP_get0_order(curve);
	uint8_t digest[32] = { 7 }, bytes[80];
	struct lt_bytes good = sign(id->key, digest, bytes);
	const uint8_t *at = good.data;
	ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &at, (long)good.len);
	const BIGNUM *r = ECDSA_SIG_get0_r(parsed), *s = ECDSA_SIG_get0_s(parsed);
	BIGNUM *zero = BN_new(), *other = BN_new();
	BN_sub(other, order, s); /* the same signature, and as good */
	assert_true(by_table(cert, digest, encode(r, other, bytes)));
	BN_add(other, s, order);
	assert_false(by_table(cert, digest, encode(r, other, bytes)));
	BN_add(other, r, order);
	assert_false(by_table(cert, digest, encode(other, s, bytes)));
	assert_false(by_table(cert, digest, encode(zero, s, bytes)));
	assert_false(by_table(cert, digest, encode(r, zero, bytes)));
	assert_false(by_table(cert, digest, encode(order, s, bytes)));
	assert_false(by_table(cert, digest, encode(r, order, bytes)));
	static const uint8_t negative[] = { 0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0xff };
	assert_false(by_table(cert, digest, lt_bytes(negative, sizeof negative)));
	BN_free(zero);
	BN_free(other);
	ECDSA_SIG_free(parsed);
	lt_cert_free(cert);
}

/* ---- points that meet ---- */

static BIGNUM *private_key(EVP_PKEY *key)
{
	BIGNUM *number = NULL;
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number), 1);
	return number;
}

/* s = (e + r d) / k, as a signer makes it of a digest of its choice. */
static void sign_number(const BIGNUM *e, const BIGNUM *d, const BIGNUM *k, BIGNUM *r, BIGNUM *s)
{
	const BIGNUM *order = EC_GROUP_get0_order(curve);
	EC_POINT *point = EC_POINT_new(curve);
	BIGNUM *inverse = BN_mod_inverse(NULL, k, order, ctx);
	assert_int_equal(EC_POINT_mul(curve, point, k, NULL, NULL, ctx), 1);
	assert_int_equal(EC_POINT_get_affine_coordinates(curve, point, r, NULL, ctx), 1);
	BN_nnmod(r, r, order, ctx);
	BN_mod_mul(s, r, d, order, ctx);
	BN_mod_add(s, s, e, order, ctx);
	BN_mod_mul(s, s, inverse, order, ctx);
	BN_free(inverse);
	EC_POINT_free(point);
}

/* e = r d: both products are the same point. e = -r d: their sum is no point. */
static void equal_and_opposite_products_are_added_rightly(void **state)
{
	(void)state;
	const struct testpki_id *id = testpki_issue(pki, "meet", NULL);
	struct lt_cert *cert = often(id);
	const BIGNUM *order = EC_GROUP_get0_order(curve);
	BIGNUM *d = private_key(id->key), *k = BN_new(), *e = BN_new(), *r = BN_new(), *s = BN_new();
	uint8_t digest[32], bytes[80];
	BN_set_word(k, 123456789);
	sign_number(d, d, k, r, s); /* for r alone */
	BN_mod_mul(e, r, d, order, ctx);
	sign_number(e, d, k, r, s);
	BN_bn2binpad(e, digest, 32);
	assert_true(by_table(cert, digest, encode(r, s, bytes)));
	BN_sub(e, order, e);
	BN_bn2binpad(e, digest, 32);
	assert_false(by_table(cert, digest, encode(r, s, bytes)));
	BN_free(d), BN_free(k), BN_free(e), BN_free(r), BN_free(s);
	lt_cert_free(cert);
}

/* x at or above the order, which a signer meets once in 2^32: r is what remains. The key is made to fit such a point. */
static EVP_PKEY *key_for(const EC_POINT *sum, const BIGNUM *u1, const BIGNUM *u2)
{
	EC_POINT *point = EC_POINT_new(curve);
	BIGNUM *inverse = BN_mod_inverse(NULL, u2, EC_GROUP_get0_order(curve), ctx);
	uint8_t encoded[65];
	EC_POINT_mul(curve, point, u1, NULL, NULL, ctx);
	EC_POINT_invert(curve, point, ctx);
	EC_POINT_add(curve, point, sum, point, ctx);
	EC_POINT_mul(curve, point, NULL, point, inverse, ctx);
	assert_int_equal(EC_POINT_point2oct(curve, point, POINT_CONVERSION_UNCOMPRESSED, encoded, 65, ctx), 65);
	char name[] = "P-256";
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
				OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, encoded, 65),
				OSSL_PARAM_construct_end() };
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	assert_int_equal(EVP_PKEY_fromdata_init(maker), 1);
	assert_int_equal(EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(maker);
	BN_free(inverse);
	EC_POINT_free(point);
	return key;
}

static void an_x_above_the_order_is_reduced(void **state)
{
	(void)state;
	const BIGNUM *order = EC_GROUP_get0_order(curve);
	EC_POINT *sum = EC_POINT_new(curve);
	BIGNUM *x = BN_dup(order), *r = BN_new(), *s = BN_new(), *e = BN_new(), *u1 = BN_new(), *u2 = BN_new();
	while (EC_POINT_set_compressed_coordinates(curve, sum, x, 0, ctx) != 1 || BN_cmp(x, order) == 0)
		BN_add_word(x, 1);
	ERR_clear_error();
	BN_set_word(u1, 11), BN_set_word(u2, 17);
	EVP_PKEY *key = key_for(sum, u1, u2);
	const struct testpki_id *id = testpki_issue(pki, "wrap", NULL);
	assert_int_equal(X509_set_pubkey(id->x509, key), 1); /* only the key of it is looked at */
	struct lt_cert cert = { .x509 = id->x509, .key = IDENTITY_KEY_P256, .sha256 = { 1 } };
	sign_often(&cert, IDENTITY_TABLE_AFTER);
	uint8_t digest[32], bytes[80];
	BN_nnmod(r, x, order, ctx);
	BN_mod_inverse(s, u2, order, ctx);
	BN_mod_mul(s, s, r, order, ctx);
	BN_mod_mul(e, s, u1, order, ctx);
	BN_bn2binpad(e, digest, 32);
	assert_true(by_table(&cert, digest, encode(r, s, bytes)));
	assert_false(by_table(&cert, digest, encode(x, s, bytes)));
	EVP_PKEY_free(key);
	EC_POINT_free(sum);
	BN_free(x), BN_free(r), BN_free(s), BN_free(e), BN_free(u1), BN_free(u2);
}

/* ---- who gets a table ---- */

static void who_signs_much_has_a_table_and_loses_it(void **state)
{
	(void)state;
	static struct lt_cert others[IDENTITY_TABLES_MAX + 1];
	struct lt_cert *cert = testpki_cert(testpki_issue(pki, "much", NULL));
	identity_tables_fini(&tables);
	for (size_t i = 0; i <= IDENTITY_TABLES_MAX; i++)
		others[i] = (struct lt_cert){ .key = IDENTITY_KEY_P256, .sha256 = { 1, (uint8_t)i } };
	/* In turns with as many others as there are places, each as often: nobody. */
	for (uint32_t round = 0; round < 200; round++) {
		sign_often(cert, 1);
		for (size_t i = 0; i < IDENTITY_TABLES_MAX; i++)
			sign_often(&others[i], 1);
	}
	assert_true(!table_of(cert) || table_of(cert)->count < 4);
	/* Every second one: a table soon, beside any number of others. */
	for (uint32_t i = 0; i < 3 * IDENTITY_TABLE_AFTER && !(table_of(cert) && table_of(cert)->group); i++) {
		sign_often(cert, 1);
		sign_often(&others[i % (IDENTITY_TABLES_MAX + 1)], 1);
	}
	assert_non_null(table_of(cert)->group);
	/* Who has stopped gives its place to others, in bounded time. */
	for (uint32_t round = 0; table_of(cert) && round < 3 * IDENTITY_TABLE_AFTER; round++) {
		for (size_t i = 0; i <= IDENTITY_TABLES_MAX; i++)
			sign_often(&others[i], 1);
	}
	assert_null(table_of(cert));
	lt_cert_free(cert);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(good_signatures_hold_and_no_bit_may_be_flipped),
		 cmocka_unit_test(numbers_are_held_against_their_bounds),
		 cmocka_unit_test(equal_and_opposite_products_are_added_rightly),
		 cmocka_unit_test(an_x_above_the_order_is_reduced),
		 cmocka_unit_test(who_signs_much_has_a_table_and_loses_it))
