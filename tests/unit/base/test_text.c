/* test_text.c: UTF-8, clean texts and hexadecimal. */
#include "test.h"

#include <lienthong/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool valid(const char *s)
{
	return lt_text_valid(s, strlen(s));
}

static void well_formed_texts_are_valid(void **state)
{
	(void)state;
	assert_true(lt_text_valid(NULL, 0));
	assert_true(valid("plain"));
	assert_true(valid("Hồ sơ đất đai – Thừa Thiên Huế"));
	assert_true(valid("\x7f"));
	assert_true(valid("\xc2\x80\xdf\xbf"));
	assert_true(valid("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"));
	assert_true(valid("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
}

static void ill_formed_texts_are_not(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"\x80",
		"\xbf",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80",
		"\xed\xbf\xbf",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\xfe",
		"\xc3",
		"a\xe1\xbb",
		"\xf0\x9f\x98",
		"\xc3\x28",
		"\xe1\x28\xa0",
		"\xe1\xbb\x28",
		"\xf0\x9f\x98\x28",
		"ok\xc3\xc3\xa1",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(valid(bad[i]));
	assert_false(lt_text_valid("a\0b", 3));
	assert_false(lt_text_valid("\0", 1));
	/* A sequence must not take bytes from behind the end. */
	assert_false(lt_text_valid("\xe1\xbb\x93", 2));
}

/* Writes a code point by RFC 3629's table; the encoder of this test knows nothing of the code under test. */
static size_t encode(uint32_t c, char *out)
{
	if (c < 0x80)
		return (size_t)sprintf(out, "%c", (int)c);
	if (c < 0x800)
		return (size_t)sprintf(out, "%c%c", (int)(0xc0 | c >> 6), (int)(0x80 | (c & 63)));
	if (c < 0x10000)
		return (size_t)sprintf(out, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 63)),
				       (int)(0x80 | (c & 63)));
	return (size_t)sprintf(out, "%c%c%c%c", (int)(0xf0 | c >> 18), (int)(0x80 | (c >> 12 & 63)),
			       (int)(0x80 | (c >> 6 & 63)), (int)(0x80 | (c & 63)));
}

static void every_code_point_is_judged_rightly(void **state)
{
	(void)state;
	for (uint32_t c = 1; c < 0x130000; c++) {
		char text[8];
		size_t len = encode(c, text);
		bool expected = c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
		if (lt_text_valid(text, len) != expected)
			fail_msg("U+%04X", c);
	}
}

static void length_counts_code_points(void **state)
{
	(void)state;
	assert_int_equal(lt_text_length("", 0), 0);
	assert_int_equal(lt_text_length("Huế", strlen("Huế")), 3);
	assert_int_equal(lt_text_length("\xf0\x9f\x98\x80!", 5), 2);
}

static void assert_clean(const char *in, const char *expected)
{
	char out[64];
	lt_text_clean(in, out, sizeof out);
	assert_string_equal(out, expected);
}

static void controls_are_replaced(void **state)
{
	(void)state;
	assert_clean("Hồ sơ", "Hồ sơ");
	assert_clean("a\x1b[31m\nb\tc\rd\x7f", "a?[31m?b?c?d?");
	assert_clean("a\xc2\x85\xc2\x9b z\xc2\xa0", "a?? z\xc2\xa0");
	assert_clean("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xe2\x80\xaa\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f"
		     "\xd8\x9c",
		     "?????????");
	assert_clean("\xe2\x80\xa7\xe2\x80\xaf\xf0\x9f\x98\x80", "\xe2\x80\xa7\xe2\x80\xaf\xf0\x9f\x98\x80");
	/* U+200B, U+FEFF, U+2060, U+00AD, U+206A, U+FE0F, U+3164: they are there, and show nothing. */
	assert_clean("a\xe2\x80\x8b\xef\xbb\xbf\xe2\x81\xa0\xc2\xad\xe2\x81\xaa\xef\xb8\x8f\xe3\x85\xa4", "a???????");
	assert_clean("a\xff\xc3", "a??");
	assert_clean("\xe1\xbb", "??");
	assert_clean(NULL, "");
}

static void clean_cuts_between_characters(void **state)
{
	(void)state;
	char out[6];
	lt_text_clean("abcdế", out, sizeof out); /* the last takes three bytes, one is left */
	assert_string_equal(out, "abcd");
	lt_text_clean("abế", out, sizeof out);
	assert_string_equal(out, "abế");
	lt_text_clean("abcdefgh", out, sizeof out);
	assert_string_equal(out, "abcde");
	memset(out, 'x', sizeof out);
	lt_text_clean("abc", out, 1);
	assert_string_equal(out, "");
	lt_text_clean("abc", out + 1, 0);
	assert_int_equal(out[1], 'x');
}

/* A heap copy without room to spare: a sanitizer sees each read over the end. */
static void clean_never_reads_over_the_end(void **state)
{
	(void)state;
	static const char *const cut[] = { "", "\xc3", "\xe1", "\xe1\xbb", "\xf0", "\xf0\x9f", "\xf0\x9f\x98" };
	for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
		char out[8], *copy = strdup(cut[i]);
		lt_text_clean(copy, out, sizeof out);
		assert_int_equal(strlen(out), strlen(cut[i]));
		free(copy);
	}
}

static void hex_goes_there_and_back(void **state)
{
	(void)state;
	uint8_t all[256], back[256];
	char text[513];
	for (int i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	lt_hex(lt_bytes(all, 256), text);
	assert_memory_equal(text, "000102", 6);
	assert_memory_equal(text + 506, "fdfeff", 7);
	assert_int_equal(lt_unhex(text, back, 256), LT_OK);
	assert_memory_equal(all, back, 256);
	assert_int_equal(lt_unhex("aBcD", back, 2), LT_OK);
	assert_memory_equal(back, "\xab\xcd", 2);
	lt_hex(lt_bytes(NULL, 0), text);
	assert_string_equal(text, "");
	assert_int_equal(lt_unhex("", back, 0), LT_OK);
}

static void unhex_is_strict(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "0", "012", "0123 ", " 123", "012g", "01-3", "012345", "0x12", "01" };
	uint8_t out[2] = { 7, 7 };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(lt_unhex(bad[i], out, 2), LT_EPARSE);
	assert_memory_equal(out, "\7\7", 2);
}

TEST_MAIN(cmocka_unit_test(well_formed_texts_are_valid), cmocka_unit_test(ill_formed_texts_are_not),
	  cmocka_unit_test(every_code_point_is_judged_rightly), cmocka_unit_test(length_counts_code_points),
	  cmocka_unit_test(controls_are_replaced), cmocka_unit_test(clean_cuts_between_characters),
	  cmocka_unit_test(clean_never_reads_over_the_end), cmocka_unit_test(hex_goes_there_and_back),
	  cmocka_unit_test(unhex_is_strict))
