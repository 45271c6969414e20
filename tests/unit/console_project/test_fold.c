/* How texts are compared in a search: signs, case, forms of Unicode, and what people type. */
#include "test.h"

#include "project/fold.h"

#include <stdio.h>
#include <string.h>

static void folds(const char *text, const char *expected)
{
	struct lt_buf out = { 0 };
	assert_int_equal(fold_append(text, &out), LT_OK);
	assert_int_equal(lt_buf_append(&out, "", 1), LT_OK);
	assert_string_equal((char *)out.data, expected);
	lt_buf_fini(&out);
}

static void asks(const char *typed, const char *expected)
{
	struct lt_buf out = { 0 };
	assert_int_equal(fold_question(typed, NULL, NULL, &out), LT_OK);
	assert_string_equal((char *)out.data, expected);
	lt_buf_fini(&out);
}

static void signs_case_and_forms_are_one(void **state)
{
	(void)state;
	folds("Đồng Đăng", "dong dang");
	folds("ĐỒNG ĐĂNG", "dong dang");
	folds("dong dang", "dong dang");
	folds("\xc4\x90o\xcc\x82\xcc\x80ng \xc4\x90\x61\xcc\x86ng", "dong dang"); /* NFD */
	folds("đuờng Nguyễn Thượng Hiền", "duong nguyen thuong hien");
	folds("ẶẰỠỮỴ ăâêôơư", "aaouy aaeoou");
	folds("Straße ﬁn ①", "strasse fin 1");
}

static void what_is_no_letter_parts_words(void **state)
{
	(void)state;
	folds("  000.00.04.H39-260105-00001 ", "000 00 04 h39 260105 00001");
	folds("<b>\"a\"*</b>; DROP", "b a b drop");
	folds("a\xe2\x80\xaf\xe2\x80\xae b", "a b"); /* narrow space, right-to-left override */
	folds("a\xff\xfe\x62", "a b");
	folds("", "");
	folds("--- ", "");
}

static void what_is_typed_is_no_syntax(void **state)
{
	(void)state;
	asks("Đồng  ĐĂ", "\"dong\"* \"da\"*");
	asks("\" OR 1=1 NEAR(a b) - *", "\"or\"* \"1\" \"near\"* \"a\" \"b\"");
	asks("00 000 0000 khai kha khai 0", "\"0000\"* \"khai\"* \"0\""); /* what others say already */
	asks("***", "");
	asks("", "");
}

static void long_searches_are_cut(void **state)
{
	(void)state;
	char typed[10001];
	struct lt_buf out = { 0 };
	for (size_t i = 0; i < 200; i++)
		snprintf(typed + i * 5, 6, "w%03zu ", i);
	assert_int_equal(fold_question(typed, NULL, NULL, &out), LT_OK);
	assert_int_equal(strlen((char *)out.data), FOLD_WORDS_MAX * 8 - 1);
	typed[10000] = '\0';
	memset(typed, 'a', 10000);
	assert_int_equal(fold_question(typed, NULL, NULL, &out), LT_OK);
	assert_int_equal(strlen((char *)out.data), FOLD_TEXT_MAX + 3);
	/* One letter that becomes six: the word is longer than what was typed, and is whole in its quotes. */
	typed[0] = '\0';
	for (size_t i = 0; i < FOLD_TEXT_MAX / 3; i++)
		memcpy(typed + i * 3, "\xe3\x8c\x96", 4);
	assert_int_equal(fold_question(typed, NULL, NULL, &out), LT_OK);
	assert_true(strlen((char *)out.data) > 4 * FOLD_TEXT_MAX);
	assert_string_equal((char *)out.data + out.len - 3, "\"*");
	lt_buf_fini(&out);
}

static bool is_short(void *ctx, const char *word)
{
	(*(int *)ctx)++;
	return strlen(word) == strlen("\"dong\"");
}

static void who_is_asked_says_what_is_whole(void **state)
{
	struct lt_buf out = { 0 };
	int asked = 0;
	(void)state;
	assert_int_equal(fold_question("đồng đăng a duong", is_short, &asked, &out), LT_OK);
	assert_string_equal((char *)out.data, "\"dong\" \"dang\" \"a\" \"duong\"*");
	assert_int_equal(asked, 3); /* one letter is whole without a question */
	lt_buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_case_and_forms_are_one),    cmocka_unit_test(what_is_no_letter_parts_words),
		cmocka_unit_test(what_is_typed_is_no_syntax),      cmocka_unit_test(long_searches_are_cut),
		cmocka_unit_test(who_is_asked_says_what_is_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
