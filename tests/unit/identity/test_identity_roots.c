/* Roots that are remembered: a batch costs one check, and no verdict changes by it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <lienthong/identity.h>
#include <lienthong/time.h>

#include "testpki.h"

#include <stdio.h>
#include <string.h>

enum { COUNT = 200 };

static struct testpki *pki;
static struct lt_cert *cert, *other;
static struct lt_signer *signer;
static char texts[COUNT][16];
static struct lt_bytes headers[COUNT];

static int setup(void **state)
{
	(void)state;
	pki = testpki_new(lt_time_now());
	const struct testpki_id *id = testpki_issue(pki, "agency", NULL);
	cert = testpki_cert(id);
	signer = testpki_signer(id, false);
	other = testpki_cert(testpki_issue(pki, "twin", &(struct testpki_options){ .same_key = id }));
	for (size_t i = 0; i < COUNT; i++)
		headers[i] = lt_bytes(texts[i], (size_t)snprintf(texts[i], sizeof texts[i], "header %zu", i));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lt_cert_free(cert);
	lt_cert_free(other);
	lt_signer_free(signer);
	testpki_free(pki);
	return 0;
}

static enum lt_reason verify(struct lt_roots *roots, const struct lt_buf *signature, size_t header,
			     const struct lt_cert *with)
{
	const struct lt_cert *certs[] = { with }, *used = NULL;
	struct lt_refusal refusal = { 0 };
	enum lt_reason reason =
		lt_signature_verify_with(roots, lt_buf_bytes(signature), headers[header], certs, 1, &used, &refusal);
	assert_int_equal(refusal.reason, reason);
	if (reason == LT_REASON_NONE)
		assert_ptr_equal(used, with);
	return reason;
}

static void free_all(struct lt_buf *bufs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		lt_buf_fini(&bufs[i]);
}

static void a_batch_costs_one_check(void **state)
{
	(void)state;
	struct lt_buf out[COUNT] = { 0 };
	struct lt_roots *roots;
	assert_int_equal(lt_roots_new(&roots), LT_OK);
	assert_int_equal(lt_signer_batch(signer, headers, COUNT, out), LT_OK);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(verify(roots, &out[i], i, cert), LT_REASON_NONE);
	assert_int_equal(lt_roots_checks(roots), 1);
	lt_roots_renew(roots, 0); /* the version that it began with */
	assert_int_equal(verify(roots, &out[0], 0, cert), LT_REASON_NONE);
	assert_int_equal(lt_roots_checks(roots), 1);
	lt_roots_renew(roots, 1);
	assert_int_equal(verify(roots, &out[0], 0, cert), LT_REASON_NONE);
	assert_int_equal(lt_roots_checks(roots), 2);
	lt_roots_free(roots);
	free_all(out, COUNT);
}

static void what_is_remembered_excuses_nothing(void **state)
{
	(void)state;
	struct lt_buf out[3] = { 0 };
	struct lt_roots *roots;
	assert_int_equal(lt_roots_new(&roots), LT_OK);
	assert_int_equal(lt_signer_batch(signer, headers, 3, out), LT_OK);
	assert_int_equal(verify(roots, &out[1], 1, cert), LT_REASON_NONE);
	/* Another leaf, another certificate (with the same key), a changed CMS, a changed hash of the path. */
	assert_int_equal(verify(roots, &out[1], 2, cert), LT_SIGNATURE_WRONG);
	assert_int_equal(verify(roots, &out[1], 1, other), LT_CERTIFICATE_NOT_ENROLLED);
	out[1].data[out[1].len / 2] ^= 1;
	assert_int_not_equal(verify(roots, &out[1], 1, cert), LT_REASON_NONE);
	out[1].data[out[1].len / 2] ^= 1;
	out[1].data[out[1].len - 1] ^= 1;
	assert_int_not_equal(verify(roots, &out[1], 1, cert), LT_REASON_NONE);
	out[1].data[out[1].len - 1] ^= 1;
	assert_int_equal(verify(roots, &out[1], 1, cert), LT_REASON_NONE);
	lt_roots_free(roots);
	free_all(out, 3);
}

static void a_refusal_is_not_remembered(void **state)
{
	(void)state;
	struct lt_buf out[2] = { 0 };
	struct lt_roots *roots;
	assert_int_equal(lt_roots_new(&roots), LT_OK);
	assert_int_equal(lt_signer_batch(signer, headers, 2, out), LT_OK);
	for (int i = 0; i < 2; i++)
		assert_int_equal(verify(roots, &out[0], 0, other), LT_CERTIFICATE_NOT_ENROLLED);
	assert_int_equal(lt_roots_checks(roots), 2);
	assert_int_equal(verify(roots, &out[0], 0, cert), LT_REASON_NONE);
	lt_roots_free(roots);
	free_all(out, 2);
}

/* Paths of all lengths and forms, forth, back and across: each holds, and none with a step of another. */
static void steps_of_other_paths_change_nothing(void **state)
{
	(void)state;
	struct lt_roots *roots;
	assert_int_equal(lt_roots_new(&roots), LT_OK);
	for (size_t count = 1; count <= 19; count++) {
		struct lt_buf out[COUNT] = { 0 };
		assert_int_equal(lt_signer_batch(signer, headers, count, out), LT_OK);
		for (size_t i = 0; i < 3 * count; i++) {
			size_t at = i < count ? i : i < 2 * count ? 2 * count - 1 - i : i * 7 % count;
			assert_int_equal(verify(roots, &out[at], at, cert), LT_REASON_NONE);
			if (count == 1)
				continue;
			out[at].data[out[at].len - 1] ^= 1; /* the path's last step */
			assert_int_not_equal(verify(roots, &out[at], at, cert), LT_REASON_NONE);
			out[at].data[out[at].len - 1] ^= 1;
			assert_int_not_equal(verify(roots, &out[at], (at + 1) % count, cert), LT_REASON_NONE);
		}
		free_all(out, count);
	}
	lt_roots_free(roots);
}

/* More roots in turns than are remembered: the oldest goes, the verdict stays. */
static void the_oldest_goes(void **state)
{
	(void)state;
	struct lt_buf out[LT_ROOTS_MAX + 1] = { 0 };
	struct lt_roots *roots;
	assert_int_equal(lt_roots_new(&roots), LT_OK);
	for (size_t i = 0; i <= LT_ROOTS_MAX; i++) {
		assert_int_equal(lt_signer_batch(signer, &headers[i], 1, &out[i]), LT_OK);
		assert_int_equal(verify(roots, &out[i], i, cert), LT_REASON_NONE);
	}
	assert_int_equal(verify(roots, &out[LT_ROOTS_MAX], LT_ROOTS_MAX, cert), LT_REASON_NONE);
	assert_int_equal(verify(roots, &out[1], 1, cert), LT_REASON_NONE);
	assert_int_equal(lt_roots_checks(roots), LT_ROOTS_MAX + 1);
	assert_int_equal(verify(roots, &out[0], 0, cert), LT_REASON_NONE);
	assert_int_equal(lt_roots_checks(roots), LT_ROOTS_MAX + 2);
	lt_roots_free(roots);
	free_all(out, LT_ROOTS_MAX + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_costs_one_check),
		cmocka_unit_test(what_is_remembered_excuses_nothing),
		cmocka_unit_test(a_refusal_is_not_remembered),
		cmocka_unit_test(steps_of_other_paths_change_nothing),
		cmocka_unit_test(the_oldest_goes),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
