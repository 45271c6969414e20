/* The inverse by division steps is OpenSSL's, for numbers at random and at the edges, or there is none for both. */
#include "test.h"

#include "identity/identity_internal.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <string.h>

static BN_CTX *ctx;
static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Of up to `bits` bits, often with long runs of zeros or ones. */
static BIGNUM *number(unsigned bits)
{
	uint8_t bytes[32];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)next();
	size_t from = next() % 32, len = next() % (33 - from);
	if (next() % 2)
		memset(bytes + from, next() % 2 ? 0xff : 0, len);
	BIGNUM *out = BN_bin2bn(bytes, sizeof bytes, NULL);
	BN_rshift(out, out, (int)(256 - bits));
	return out;
}

static void compare(const BIGNUM *a, const BIGNUM *m)
{
	BIGNUM *got = BN_new();
	BIGNUM *want = BN_mod_inverse(NULL, a, m, ctx);
	bool found = identity_inverse(a, m, got, ctx);
	if (found != (want != NULL) || (found && BN_cmp(got, want) != 0))
		fail_msg("modulo %s of %s", BN_bn2hex(m), BN_bn2hex(a));
	BN_free(got);
	BN_free(want);
	ERR_clear_error();
}

static void modulo_the_order_it_is_openssl_s(void **state)
{
	(void)state;
	EC_GROUP *curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	const BIGNUM *order = EC_GROUP_get0_order(curve);
	for (int i = 0; i < 20000; i++) {
		BIGNUM *a = number(256);
		compare(a, order);
		BN_free(a);
	}
	for (unsigned long i = 0; i < 300; i++) { /* near zero, the order, its half, powers of two */
		BIGNUM *a = BN_new();
		BN_set_word(a, i);
		compare(a, order);
		BN_sub(a, order, a);
		compare(a, order);
		BN_rshift1(a, order);
		BN_add_word(a, i);
		compare(a, order);
		BN_zero(a);
		BN_set_bit(a, (int)(i % 256));
		compare(a, order);
		BN_sub_word(a, 1);
		compare(a, order);
		BN_free(a);
	}
	EC_GROUP_free(curve);
}

static void modulo_other_numbers_too(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		BIGNUM *a = number(256), *m = number((unsigned)(2 + next() % 255));
		BN_set_bit(m, 0);
		BN_set_bit(m, 1); /* 1 is no modulus to compare by */
		compare(a, m);
		BN_free(a);
		BN_free(m);
	}
}

static void what_it_does_not_know_has_none(void **state)
{
	(void)state;
	BIGNUM *a = BN_new(), *m = BN_new(), *out = BN_new();
	BN_set_word(a, 3), BN_set_word(m, 10);
	assert_false(identity_inverse(a, m, out, ctx)); /* an even modulus */
	BN_set_word(m, 9);
	assert_false(identity_inverse(a, m, out, ctx));
	BN_set_word(a, 0);
	assert_false(identity_inverse(a, m, out, ctx));
	BN_set_bit(a, 256);
	assert_false(identity_inverse(a, m, out, ctx)); /* more than 256 bits */
	BN_set_word(a, 2);
	BN_set_negative(a, 1);
	assert_false(identity_inverse(a, m, out, ctx));
	BN_free(a), BN_free(m), BN_free(out);
	ERR_clear_error();
}

static int setup(void **state)
{
	(void)state;
	ctx = BN_CTX_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	BN_CTX_free(ctx);
	return 0;
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(modulo_the_order_it_is_openssl_s),
		 cmocka_unit_test(modulo_other_numbers_too), cmocka_unit_test(what_it_does_not_know_has_none))
