/* test_text_form.c: which texts are in the one form, what is said of the others, and how a text is brought nearer to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lienthong/text.h>

#include <utf8proc.h>

#include "test.h"

#define DECOMPOSED "\xc4\x90o\xcc\x82\xcc\x80ng \xc4\x90\xc4\x83ng" /* Đồng Đăng, its o with two marks of their own */

static void seen_and_composed_texts_are_in_form(void **state)
{
	(void)state;
	static const char *const good[] = {
		"",
		"Đồng Đăng",
		"QĐ số 12/2026/QĐ-UBND “v/v” – (a) …",
		"Thửa đất 15 m², 2 × 3",
		"\xe4\xb8\xad\xe6\x96\x87 \xed\x95\x9c\xea\xb8\x80 \xce\xa9 \xd0\x96",
		"\xf0\x9f\x98\x80.pdf",
		"a  b", /* two blanks are the writer's, where nothing is compared */
		"\xef\xbf\xbd",
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(lt_text_check(good[i], LT_TEXT_LINE, NULL), LT_OK);
	assert_int_equal(lt_text_check("Thiếu:\n- đơn\n\n- bản vẽ", LT_TEXT_LINES, NULL), LT_OK);
	assert_int_equal(lt_text_check("Đồng Đăng", LT_TEXT_VALUE, NULL), LT_OK);
}

static void what_is_not_in_form_is_named(void **state)
{
	(void)state;
	static const struct {
		enum lt_text_form form;
		const char *text;
		const char *detail;
	} bad[] = {
		{ LT_TEXT_LINE, DECOMPOSED, "f: U+006F at character 2 is not in composed form (NFC)" },
		{ LT_TEXT_LINE, "a\xe2\x84\xab", "f: U+212B at character 2 is not in composed form (NFC)" },
		{ LT_TEXT_LINE, " a", "f: U+0020 at character 1 is a blank at the edge" },
		{ LT_TEXT_LINE, "a ", "f: U+0020 at character 2 is a blank at the edge" },
		{ LT_TEXT_LINE, " ", "f: U+0020 at character 1 is a blank at the edge" },
		{ LT_TEXT_LINES, "a\n", "f: U+000A at character 2 is a blank at the edge" },
		{ LT_TEXT_LINE, "a\nb", "f: U+000A at character 2 is a line feed" },
		{ LT_TEXT_VALUE, "a\nb", "f: U+000A at character 2 is a line feed" },
		{ LT_TEXT_VALUE, "a  b", "f: U+0020 at character 3 is a second blank" },
		{ LT_TEXT_LINES, "a\r\nb", "f: U+000D at character 2 is a control character" },
		{ LT_TEXT_LINES, "a\tb", "f: U+0009 at character 2 is a control character" },
		{ LT_TEXT_LINE, "a\x1b[0m", "f: U+001B at character 2 is a control character" },
		{ LT_TEXT_LINE, "a\x7f", "f: U+007F at character 2 is a control character" },
		{ LT_TEXT_LINE, "\xc2\x85", "f: U+0085 at character 1 is a control character" },
		{ LT_TEXT_LINE,
		  "quyết-\xe2\x80\xae"
		  "fdp.exe",
		  "f: U+202E at character 7 turns the reading direction" },
		{ LT_TEXT_LINE, "\xd8\x9c", "f: U+061C at character 1 turns the reading direction" },
		{ LT_TEXT_LINE, "a\xe2\x81\xa6", "f: U+2066 at character 2 turns the reading direction" },
		{ LT_TEXT_LINE, "a\xe2\x80\x8b", "f: U+200B at character 2 shows nothing" },
		{ LT_TEXT_LINE,
		  "a\xe2\x80\x8d"
		  "b",
		  "f: U+200D at character 2 shows nothing" },
		{ LT_TEXT_LINE,
		  "\xef\xbb\xbf"
		  "a",
		  "f: U+FEFF at character 1 shows nothing" },
		{ LT_TEXT_LINE, "a\xc2\xad", "f: U+00AD at character 2 shows nothing" },
		{ LT_TEXT_LINE, "a\xcd\x8f", "f: U+034F at character 2 shows nothing" },
		{ LT_TEXT_LINE, "\xe3\x85\xa4", "f: U+3164 at character 1 shows nothing" },
		{ LT_TEXT_LINE, "\xe2\xa0\x80", "f: U+2800 at character 1 shows nothing" },
		{ LT_TEXT_LINE, "a\xef\xb8\x8f", "f: U+FE0F at character 2 shows nothing" },
		{ LT_TEXT_LINE, "a\xf3\xa0\x81\x81", "f: U+E0041 at character 2 shows nothing" },
		{ LT_TEXT_LINES, "a\xe2\x80\xa8", "f: U+2028 at character 2 ends a line" },
		{ LT_TEXT_LINE,
		  "a\xc2\xa0"
		  "b",
		  "f: U+00A0 at character 2 is another blank than U+0020" },
		{ LT_TEXT_LINE,
		  "a\xe3\x80\x80"
		  "b",
		  "f: U+3000 at character 2 is another blank than U+0020" },
		{ LT_TEXT_LINE, "a\xee\x80\x80", "f: U+E000 at character 2 is for private use" },
		{ LT_TEXT_LINE, "\xcd\xb8", "f: U+0378 at character 1 is not assigned in Unicode 15.0" },
		{ LT_TEXT_LINE, "\xef\xbf\xbf", "f: U+FFFF at character 1 is not assigned in Unicode 15.0" },
		/* U+2EBF0, of Unicode 15.1 */
		{ LT_TEXT_LINE, "\xf0\xae\xaf\xb0", "f: U+2EBF0 at character 1 is not assigned in Unicode 15.0" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct lt_refusal refusal = { 0 };
		assert_int_equal(lt_text_refuse(bad[i].text, bad[i].form, LT_HEADER_MALFORMED, "f", &refusal),
				 LT_HEADER_MALFORMED);
		assert_string_equal(refusal.detail, bad[i].detail);
		assert_int_equal(lt_text_check(bad[i].text, bad[i].form, NULL), LT_EINVAL);
	}
	struct lt_refusal refusal = { 0 };
	assert_int_equal(lt_text_refuse("a\xff", LT_TEXT_LINE, LT_HEADER_MALFORMED, "f", &refusal), LT_TEXT_NOT_UTF8);
	assert_int_equal(lt_text_refuse(NULL, LT_TEXT_LINE, LT_HEADER_MALFORMED, "f", &refusal), LT_REASON_NONE);
}

/* The short way of Latin letters says what the tables say: each character there is, between two others. */
static void the_short_way_agrees_with_the_tables(void **state)
{
	(void)state;
	size_t good = 0;
	for (int32_t code = 1; code < 0x110000; code++) {
		uint8_t text[16] = "a", composed[64];
		if (code >= 0xd800 && code < 0xe000)
			continue;
		size_t length = (size_t)utf8proc_encode_char(code, text + 1);
		memcpy(text + 1 + length, "b", 2);
		struct lt_text_fault fault = { 0 };
		enum lt_err err = lt_text_check((const char *)text, LT_TEXT_LINE, &fault);
		utf8proc_category_t category = utf8proc_category(code);
		bool seen = category != UTF8PROC_CATEGORY_CC && category != UTF8PROC_CATEGORY_CF &&
			    category != UTF8PROC_CATEGORY_CN && category != UTF8PROC_CATEGORY_CO &&
			    category != UTF8PROC_CATEGORY_ZL && category != UTF8PROC_CATEGORY_ZP &&
			    (category != UTF8PROC_CATEGORY_ZS || code == ' ');
		if (!seen)
			assert_int_equal(err, LT_EINVAL);
		uint8_t *other = utf8proc_NFC(text);
		snprintf((char *)composed, sizeof(composed), "%s", (char *)other);
		free(other);
		if (err == LT_OK)
			assert_string_equal((char *)text, (char *)composed);
		good += err == LT_OK;
	}
	/* Unicode 15.0 has 149,186 characters that are no controls, formats, private ones: about 1,100 of them are composed otherwise,
	 * show nothing, or are blanks. */
	assert_in_range(good, 147500, 149000);
}

static void blank_is_what_shows_nothing(void **state)
{
	(void)state;
	static const char *const blank[] = { "",
					     " ",
					     "\n\t \r",
					     "\xc2\xa0\xe3\x80\x80\xe2\x80\x83",
					     "\xe2\x80\x8b\xef\xbb\xbf",
					     "\xe2\xa0\x80",
					     "\xe3\x85\xa4",
					     "\xe2\x80\xae",
					     "\xe1\xa0\x8e",
					     "\xef\xb8\x8f" };
	assert_true(lt_text_blank(NULL));
	for (size_t i = 0; i < sizeof(blank) / sizeof(blank[0]); i++)
		assert_true(lt_text_blank(blank[i]));
	assert_false(lt_text_blank(" . "));
	assert_false(lt_text_blank("\xe2\x80\x8b"
				   "đ"));
	assert_false(lt_text_blank("\xff"));
}

static void assert_brought(const char *text, const char *expected)
{
	struct lt_buf out = { 0 };
	assert_int_equal(lt_text_bring(text, &out), LT_OK);
	assert_int_equal(out.len, strlen(expected) + 1);
	assert_string_equal((char *)out.data, expected);
	lt_buf_fini(&out);
}

static void bringing_composes_and_trims_and_nothing_else(void **state)
{
	(void)state;
	assert_brought(DECOMPOSED, "Đồng Đăng");
	assert_brought("\xc2\xa0 Đồng Đăng\xe3\x80\x80\r\n", "Đồng Đăng");
	assert_brought("", "");
	assert_brought(" \n ", "");
	assert_brought("a  b\xe2\x80\x8b", "a  b\xe2\x80\x8b"); /* what is signed is what was written, or is refused */
	struct lt_buf out = { 0 };
	assert_int_equal(lt_text_bring("a\xc3", &out), LT_EPARSE);
	assert_int_equal(out.len, 0);
}

static void unicode_is_the_one_of_the_contract(void **state)
{
	(void)state;
	assert_string_equal(lt_text_unicode(), LT_TEXT_UNICODE);
	assert_true(lt_text_unicode_right());
}

/* A heap copy without room to spare: a sanitizer sees each read over the end. */
static void no_read_goes_over_the_end(void **state)
{
	(void)state;
	static const char *const cut[] = {
		"", "\xc3", "\xe1", "\xe1\xbb", "\xf0", "\xf0\x9f", "\xf0\x9f\x98", "o\xcc"
	};
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		char *copy = strdup(cut[i]);
		assert_int_equal(lt_text_check(copy, LT_TEXT_LINES, NULL), copy[0] ? LT_EPARSE : LT_OK);
		lt_text_blank(copy);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seen_and_composed_texts_are_in_form),
		cmocka_unit_test(what_is_not_in_form_is_named),
		cmocka_unit_test(the_short_way_agrees_with_the_tables),
		cmocka_unit_test(blank_is_what_shows_nothing),
		cmocka_unit_test(bringing_composes_and_trims_and_nothing_else),
		cmocka_unit_test(unicode_is_the_one_of_the_contract),
		cmocka_unit_test(no_read_goes_over_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
