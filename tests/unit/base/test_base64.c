/* Base64: the examples of RFC 4648 section 10 both ways, and what is not base64. */
#include "test.h"

#include <string.h>

#include "base/base64.h"

static void base64_follows_rfc_4648(void **state)
{
	(void)state;
	static const char *const pairs[][2] = { { "", "" },
						{ "f", "Zg==" },
						{ "fo", "Zm8=" },
						{ "foo", "Zm9v" },
						{ "foob", "Zm9vYg==" },
						{ "fooba", "Zm9vYmE=" },
						{ "foobar", "Zm9vYmFy" } };
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct lt_buf text = { 0 }, back = { 0 };
		assert_int_equal(base64_encode(lt_bytes(pairs[i][0], strlen(pairs[i][0])), 0, &text), LT_OK);
		assert_true(lt_bytes_equal(lt_buf_bytes(&text), lt_bytes(pairs[i][1], strlen(pairs[i][1]))));
		assert_int_equal(base64_decode(pairs[i][1], strlen(pairs[i][1]), &back), LT_OK);
		assert_true(lt_bytes_equal(lt_buf_bytes(&back), lt_bytes(pairs[i][0], strlen(pairs[i][0]))));
		lt_buf_fini(&text);
		lt_buf_fini(&back);
	}
	static const char *const bad[] = { "Z", "Zg=", "Zg=a", "=Zg=", "Zg==Zg==", "Z g=", "Zm9*" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct lt_buf out = { 0 };
		assert_int_equal(base64_decode(bad[i], strlen(bad[i]), &out), LT_EPARSE);
		lt_buf_fini(&out);
	}
}

static void lines_break_at_the_width(void **state)
{
	struct lt_buf text = { 0 };
	(void)state;
	assert_int_equal(base64_encode(lt_bytes("foobarfoobar", 12), 8, &text), LT_OK);
	assert_true(lt_bytes_equal(lt_buf_bytes(&text), lt_bytes("Zm9vYmFy\nZm9vYmFy", 17)));
	lt_buf_fini(&text);
}

TEST_MAIN(cmocka_unit_test(base64_follows_rfc_4648), cmocka_unit_test(lines_break_at_the_width))
