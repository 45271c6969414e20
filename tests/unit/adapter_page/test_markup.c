/* test_markup.c: whatever a text is, in a page it is a text. */
#include "page/markup.h"

#include "test.h"

#include <string.h>

static void expect(struct markup *html, const char *wanted)
{
	assert_int_equal(lt_buf_append(&html->out, "", 1), 0);
	assert_string_equal((const char *)html->out.data, wanted);
	assert_false(html->failed);
	markup_fini(html);
}

static void markup_is_text(void **state)
{
	struct markup html = { .language = LT_ENGLISH };
	(void)state;
	markup_put(&html, "<p title=\"%s\">%s</p>", "\" onload='x' <&", "</p><script>alert(1)</script>");
	expect(&html,
	       "<p title=\"&quot; onload=&#39;x&#39; &lt;&amp;\">&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>");
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
		struct markup html = { .language = LT_ENGLISH };
		markup_put(&html, "%s", cases[i].text);
		expect(&html, cases[i].wanted);
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
		struct markup html = { .language = LT_ENGLISH };
		markup_put(&html, "%s", cases[i].text);
		expect(&html, cases[i].wanted);
	}
}

static void other_directives(void **state)
{
	struct markup html = { .language = LT_VIETNAMESE };
	(void)state;
	markup_put(&html, "%u|%i|%w|%%|%s", "a/b?c=\"d\"&ế", -7LL, WORD_todo, NULL);
	expect(&html, "a%2Fb%3Fc%3D%22d%22%26%E1%BA%BF|-7|Việc cần làm|%|");
}

static void every_word_is_there_in_both_languages(void **state)
{
	(void)state;
	for (int i = WORD_none + 1; i < WORDS; i++) {
		assert_true(word_of((enum page_word)i, LT_VIETNAMESE)[0]);
		assert_true(word_of((enum page_word)i, LT_ENGLISH)[0]);
	}
	for (int i = 1; i < 256; i++) {
		const char *name = lt_kind_name((enum lt_kind)i);
		enum lt_kind same;
		if (lt_kind_find(name, &same) == LT_OK)
			assert_string_not_equal(word_of_kind(name, LT_VIETNAMESE), name);
	}
	assert_string_equal(word_of_name("accepted", LT_ENGLISH), "Accepted");
	assert_string_equal(word_of_name("no such", LT_ENGLISH), "no such");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_is_text),
		cmocka_unit_test(hidden_characters_are_seen),
		cmocka_unit_test(broken_bytes_end_where_they_begin),
		cmocka_unit_test(other_directives),
		cmocka_unit_test(every_word_is_there_in_both_languages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
