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
		cmocka_unit_test(other_directives),
		cmocka_unit_test(every_word_is_there_in_both_languages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
