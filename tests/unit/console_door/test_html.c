/* test_html.c: what a page escapes, cuts and says. */
#include "door/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(enum lt_language language, const char *expected, struct html *html)
{
	html->language = language;
	assert_int_equal(lt_buf_append(&html->bytes, "", 1), LT_OK);
	assert_string_equal((const char *)html->bytes.data, expected);
	lt_buf_fini(&html->bytes);
	*html = (struct html){ .language = language };
}

static void what_strangers_write_changes_nothing_around_it(void **state)
{
	(void)state;
	struct html html = { .language = LT_VIETNAMESE };
	html_put(&html, "<a title=\"%s\">", "\"><script>alert('&')</script>");
	check(LT_VIETNAMESE, "<a title=\"&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;\">", &html);
	html_put(&html, "%S",
		 "\xe2\x80\xae"
		 "gnp.\xe2\x80\x8b\xef\xbb\xbf\x1b[2J\xff\xc3");
	check(LT_VIETNAMESE, "<bdi>U+202Egnp.U+200BU+FEFFU+001B[2J\xef\xbf\xbd\xef\xbf\xbd</bdi>", &html);
	html_put(&html, "%A", "hai\ndòng");
	check(LT_VIETNAMESE, "<bdi class=lines>hai\ndòng</bdi>", &html);
	html_put(&html, "<a href=\"/dossiers/%U?q=%P\">", "a/b?c#\"", "/x/Đ");
	check(LT_VIETNAMESE, "<a href=\"/dossiers/a%2Fb%3Fc%23%22?q=/x/%C4%90\">", &html);
	html_put(&html, "%s%S", NULL, NULL);
	check(LT_VIETNAMESE, "<bdi></bdi>", &html);
}

static void a_long_text_is_cut_at_a_character(void **state)
{
	(void)state;
	struct html html = { .language = LT_VIETNAMESE };
	char *text = calloc(1, 2 * 10000 + 1);
	for (size_t i = 0; i < 10000; i++)
		memcpy(text + 2 * i, "đ", 2);
	html_put(&html, "%S", text);
	assert_int_equal(html.bytes.len, strlen("<bdi>") + 2 * HTML_SHOWN + strlen("…</bdi>"));
	lt_buf_clear(&html.bytes);
	html_put(&html, "%A", text);
	assert_int_equal(html.bytes.len, strlen("<bdi class=lines></bdi>") + 20000);
	lt_buf_fini(&html.bytes);
	free(text);
}

static void times_are_vietnams(void **state)
{
	(void)state;
	struct html html = { .language = LT_VIETNAMESE };
	html_put(&html, "%t %t", INT64_C(0), INT64_C(1796058300000000));
	check(LT_VIETNAMESE, "– <time datetime=\"2026-12-01T00:05:00+07:00\">01/12/2026&nbsp;00:05</time>", &html);
	html_put(&html, "%t", INT64_C(951825600000000)); /* the leap day of a century */
	check(LT_VIETNAMESE, "<time datetime=\"2000-02-29T19:00:00+07:00\">29/02/2000&nbsp;19:00</time>", &html);
	html_put(&html, "%D", INT64_C(1796057100000000));
	check(LT_VIETNAMESE, "<time datetime=\"2026-11-30\">30/11/2026</time>", &html);
	html_put(&html, "%d; %d; %d; %z", INT64_C(59) * 1000000, INT64_C(3660) * 1000000, INT64_C(-3) * 86400 * 1000000,
		 (uint64_t)1536);
	check(LT_VIETNAMESE, "0 phút; 1 giờ 1 phút; 3 ngày 0 giờ; 1,5&nbsp;KiB", &html);
	html.language = LT_ENGLISH;
	html_put(&html, "%L %u 100%% %z", "một", "one", UINT64_MAX, (uint64_t)1536);
	check(LT_ENGLISH, "one 18446744073709551615 100% 1.5&nbsp;KiB", &html);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_strangers_write_changes_nothing_around_it),
		cmocka_unit_test(a_long_text_is_cut_at_a_character),
		cmocka_unit_test(times_are_vietnams),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
