/* test_escape.c: whatever a text is, in a page it is a text. */
#include "program/escape.h"

#include "test.h"

#include <string.h>

static void expect(const char *text, const char *wanted)
{
	struct lt_buf out = { 0 };
	assert_int_equal(escape_markup(text, SIZE_MAX, &out, NULL), LT_OK);
	assert_int_equal(out.len, strlen(wanted));
	assert_memory_equal(out.data, wanted, out.len);
	lt_buf_fini(&out);
}

static void hidden_characters_are_seen(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = { { "a\u202eb", "aU+202Eb" },
		      { "\u200f\u2066x\u2069", "U+200FU+2066xU+2069" },
		      { "\ufeff\u00ad\u200b", "U+FEFFU+00ADU+200B" },
		      { "\x01\x7f\r", "U+0001U+007FU+000D" },
		      { "\U000e0041", "U+E0041" },
		      { "dòng\n\thai", "dòng\n\thai" },
		      { "Nguyễn Văn Ổn \U0001f600", "Nguyễn Văn Ổn \U0001f600" } };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect(cases[i].text, cases[i].wanted);
	}
}

static void broken_bytes_end_where_they_begin(void **state)
{
	static const struct {
		const char *text, *wanted;
	} cases[] = { { "\xc3<b>", "\ufffd&lt;b&gt;" },         { "\xf0\x9f\x98<", "\ufffd\ufffd\ufffd&lt;" },
		      { "\xc0\xbc", "\ufffd\ufffd" },           { "\xe0\x80\xbc", "\ufffd\ufffd\ufffd" },
		      { "\xed\xa0\x80", "\ufffd\ufffd\ufffd" }, { "\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd" },
		      { "\xff\xfe", "\ufffd\ufffd" },           { "\xc3", "\ufffd" } };
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect(cases[i].text, cases[i].wanted);
	}
}

/* At most so many characters, never half of one. */
static void a_text_is_cut_between_characters(void **state)
{
	(void)state;
	for (size_t max = 0; max <= 4; max++) {
		struct lt_buf out = { 0 };
		bool cut;
		assert_int_equal(lt_buf_append(&out, "", 0), LT_OK);
		assert_int_equal(escape_markup("đ<ế", max, &out, &cut), LT_OK);
		assert_int_equal(cut, max < 3);
		assert_int_equal(out.len, max == 0 ? 0 : max == 1 ? 2 : max == 2 ? 6 : 9);
		lt_buf_fini(&out);
	}
}

static void an_address_keeps_what_it_is_told(void **state)
{
	(void)state;
	struct lt_buf out = { 0 };
	assert_int_equal(escape_address("/a b/Đ", "/", &out), LT_OK);
	assert_int_equal(escape_address("/a", "", &out), LT_OK);
	assert_int_equal(escape_address(NULL, "", &out), LT_OK);
	assert_int_equal(lt_buf_append(&out, "", 1), LT_OK);
	assert_string_equal((const char *)out.data, "/a%20b/%C4%90%2Fa");
	lt_buf_fini(&out);
}

TEST_MAIN(cmocka_unit_test(hidden_characters_are_seen), cmocka_unit_test(broken_bytes_end_where_they_begin),
	  cmocka_unit_test(a_text_is_cut_between_characters), cmocka_unit_test(an_address_keeps_what_it_is_told))
