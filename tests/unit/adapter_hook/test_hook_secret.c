/* test_hook_secret.c: what a webhook is signed with. */
#include "test.h"

#include "hook/hook_secret.h"

#include <string.h>

/* RFC 4231, cases 1, 2 and 6. */
static void test_hmac(void **state)
{
	static const char *const expected[] = { "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
						"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
						"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" };
	uint8_t key[131], mac[32];
	char hex[65];
	(void)state;
	memset(key, 0x0b, 20);
	hook_hmac(lt_bytes(key, 20), lt_bytes("Hi There", 8), mac);
	lt_hex(lt_bytes(mac, 32), hex);
	assert_string_equal(hex, expected[0]);
	hook_hmac(lt_bytes("Jefe", 4), lt_bytes("what do ya want for nothing?", 28), mac);
	lt_hex(lt_bytes(mac, 32), hex);
	assert_string_equal(hex, expected[1]);
	memset(key, 0xaa, sizeof(key));
	hook_hmac(lt_bytes(key, sizeof(key)), lt_bytes("Test Using Larger Than Block-Size Key - Hash Key First", 54),
		  mac);
	lt_hex(lt_bytes(mac, 32), hex);
	assert_string_equal(hex, expected[2]);
}

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/* The example of the Standard Webhooks libraries. */
static void test_signatures_of_all_secrets(void **state)
{
	struct hook_secrets secrets;
	struct lt_buf out = { 0 };
	char error[128];
	const char *body = "{\"test\": 2432232314}", *one = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
	(void)state;
	assert_int_equal(hook_secrets_read("# ours\n" SECRET "\r\n\n", &secrets, error, sizeof(error)), LT_OK);
	assert_int_equal(
		hook_sign(&secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, lt_bytes(body, strlen(body)), &out),
		LT_OK);
	assert_int_equal(out.len, strlen(one));
	assert_memory_equal(out.data, one, out.len);
	lt_buf_clear(&out);
	assert_int_equal(
		hook_secrets_read("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" SECRET, &secrets, error, sizeof(error)),
		LT_OK);
	assert_int_equal(
		hook_sign(&secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, lt_bytes(body, strlen(body)), &out),
		LT_OK);
	assert_memory_equal(out.data + out.len - strlen(one), one, strlen(one));
	lt_buf_fini(&out);
}

static void test_secrets_that_are_none(void **state)
{
	static const char *const bad[] = { "",
					   "# nothing\n",
					   "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
					   "whsec_c2hvcnQ=",
					   "whsec_M!KQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
					   SECRET "\n" SECRET "\n" SECRET "\n" SECRET "\n" SECRET };
	struct hook_secrets secrets;
	char error[128];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(hook_secrets_read(bad[i], &secrets, error, sizeof(error)), LT_EINVAL);
		assert_null(strstr(error, "MfKQ9"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_signatures_of_all_secrets),
		cmocka_unit_test(test_secrets_that_are_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
