/* test_enroll.c: a request is of its own key, its fingerprint of agency and both keys; what is no request is none. */
#include "test.h"

#include "identity/enroll.h"
#include "testpki.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[64], path[96];

static char *request_of(const char *agency)
{
	struct lt_buf out = { 0 };
	unlink(path);
	assert_int_equal(enroll_new(path, agency, &out), LT_OK);
	assert_int_equal(lt_buf_append(&out, "", 1), LT_OK);
	return (char *)out.data;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/lt-enroll-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/key.pem", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void test_a_request_is_of_its_key(void **state)
{
	(void)state;
	uint8_t first[32], again[32], second[32];
	char *one = request_of("H37.24"), *other = request_of("H37.24");
	assert_int_equal(enroll_request_key(one, first), LT_OK);
	assert_int_equal(enroll_request_key(one, again), LT_OK);
	assert_int_equal(enroll_request_key(other, second), LT_OK);
	assert_memory_equal(first, again, 32);
	assert_memory_not_equal(first, second, 32);
	free(one);
	free(other);
}

/* One letter after the other: it is no request any more, or its own signature does not hold; or its key is the same still. */
static void test_an_altered_request(void **state)
{
	(void)state;
	uint8_t key[32], found[32];
	char *request = request_of("H37.24");
	assert_int_equal(enroll_request_key(request, key), LT_OK);
	size_t len = strlen(request);
	for (size_t i = 0; i < len; i++) {
		request[i] ^= 1;
		if (enroll_request_key(request, found) == LT_OK)
			assert_memory_equal(found, key, 32);
		request[i] ^= 1;
	}
	for (; len > 0; len -= len > 7 ? 7 : len) {
		request[len - 1] = '\0';
		if (enroll_request_key(request, found) == LT_OK)
			assert_memory_equal(found, key, 32);
	}
	assert_int_equal(enroll_request_key("", found), LT_EPARSE);
	free(request);
}

static void test_fingerprints(void **state)
{
	(void)state;
	const uint8_t a[32] = { 1 }, b[32] = { 2 };
	char text[ENROLL_FINGERPRINT_TEXT], others[4][ENROLL_FINGERPRINT_TEXT], typed[64];
	enroll_fingerprint("H37.24", a, b, text);
	enroll_fingerprint("H37.25", a, b, others[0]);
	enroll_fingerprint("H37.24", b, b, others[1]);
	enroll_fingerprint("H37.24", a, a, others[2]);
	enroll_fingerprint("H37.24", b, a, others[3]);
	assert_int_equal(strlen(text), ENROLL_FINGERPRINT_TEXT - 1);
	for (size_t i = 0; i < 4; i++)
		assert_false(enroll_fingerprint_is(text, others[i]));
	assert_true(enroll_fingerprint_is(text, text));
	snprintf(typed, sizeof(typed), " %s. ", text);
	for (char *c = typed; *c; c++)
		*c = *c == '-' ? ' ' : *c >= 'A' && *c <= 'F' ? (char)(*c + 32) : *c;
	assert_true(enroll_fingerprint_is(text, typed));
	text[ENROLL_FINGERPRINT_TEXT - 2] ^= 1;
	assert_false(enroll_fingerprint_is(text, typed));
	assert_false(enroll_fingerprint_is(text, ""));
	typed[20] = '\0';
	assert_false(enroll_fingerprint_is(text, typed));
}

static void test_a_certificate_of_the_key(void **state)
{
	(void)state;
	uint8_t first[32], second[32];
	struct testpki *pki = testpki_new(1764547200000000);
	const struct testpki_id *one = testpki_issue(pki, "one", NULL);
	struct testpki_options same = { .same_key = one };
	struct lt_cert *certs[3] = { testpki_cert(one), testpki_cert(testpki_issue(pki, "same", &same)),
				     testpki_cert(testpki_issue(pki, "other", NULL)) };
	assert_int_equal(enroll_cert_key(certs[0], first), LT_OK);
	assert_int_equal(enroll_cert_key(certs[1], second), LT_OK);
	assert_memory_equal(first, second, 32);
	assert_int_equal(enroll_cert_key(certs[2], second), LT_OK);
	assert_memory_not_equal(first, second, 32);
	for (size_t i = 0; i < 3; i++)
		lt_cert_free(certs[i]);
	testpki_free(pki);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_a_request_is_of_its_key, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_an_altered_request, set_up, tear_down),
	  cmocka_unit_test(test_fingerprints), cmocka_unit_test(test_a_certificate_of_the_key))
