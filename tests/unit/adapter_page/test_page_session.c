/* test_page_session.c: who is in, and for how long. */
#include "page/page_session.h"

#include "test.h"

#include <string.h>

#define SECOND INT64_C(1000000)

static struct tokens *tokens_of(const char *lines)
{
	struct tokens *tokens;
	char error[256];
	assert_int_equal(tokens_new(lines, &tokens, error, sizeof(error)), LT_OK);
	return tokens;
}

static void a_session_is_its_token_s(void **state)
{
	struct page_sessions *sessions = page_sessions_new();
	struct tokens *tokens = tokens_of("an an-secret-0123456789\nbinh binh-secret-0123456789\n"),
		      *later = tokens_of("binh binh-secret-0123456789\n");
	char an[SESSION_TEXT], binh[SESSION_TEXT];
	(void)state;
	assert_int_equal(page_sessions_begin(sessions, tokens_find(tokens, "an-secret-0123456789"), 0, an), LT_OK);
	assert_int_equal(page_sessions_begin(sessions, tokens_find(tokens, "binh-secret-0123456789"), 0, binh), LT_OK);
	assert_string_not_equal(an, binh);
	assert_string_equal(page_sessions_find(sessions, an, tokens, SECOND)->name, "an");
	assert_string_equal(page_sessions_find(sessions, binh, tokens, SECOND)->name, "binh");
	assert_null(page_sessions_find(sessions, "", tokens, SECOND));
	assert_null(page_sessions_find(sessions, an, later,
				       SECOND)); /* taken away: it is over, also when the token comes back */
	assert_null(page_sessions_find(sessions, an, tokens, SECOND));
	assert_non_null(page_sessions_find(sessions, binh, later, SECOND));
	page_sessions_end(sessions, binh);
	assert_null(page_sessions_find(sessions, binh, later, SECOND));
	tokens_unref(tokens);
	tokens_unref(later);
	page_sessions_free(sessions);
}

static void it_ends_by_itself(void **state)
{
	struct page_sessions *sessions = page_sessions_new();
	struct tokens *tokens = tokens_of("an an-secret-0123456789\n");
	const struct token *token = tokens_find(tokens, "an-secret-0123456789");
	char one[SESSION_TEXT], two[SESSION_TEXT], many[SESSION_TEXT];
	(void)state;
	page_sessions_begin(sessions, token, 0, one);
	assert_null(page_sessions_find(sessions, one, tokens, SESSION_REST_US + 1));
	page_sessions_begin(sessions, token, 0, two);
	for (int64_t now = 0; now <= SESSION_WHOLE_US; now += SESSION_REST_US)
		assert_non_null(page_sessions_find(sessions, two, tokens, now));
	assert_null(page_sessions_find(sessions, two, tokens, SESSION_WHOLE_US + 1));
	/* The one that has rested longest makes room. */
	page_sessions_begin(sessions, token, 0, one);
	page_sessions_begin(sessions, token, 1, two);
	for (unsigned i = 0; i + 1 < SESSIONS_MAX; i++)
		page_sessions_begin(sessions, token, 2 + i, many);
	assert_null(page_sessions_find(sessions, one, tokens, SECOND));
	assert_non_null(page_sessions_find(sessions, two, tokens, SECOND));
	assert_non_null(page_sessions_find(sessions, many, tokens, SECOND));
	tokens_unref(tokens);
	page_sessions_free(sessions);
}

static void a_form_is_its_session_s(void **state)
{
	char mine[SESSION_TEXT], other[SESSION_TEXT];
	(void)state;
	page_session_form_token("cookie a", mine);
	page_session_form_token("cookie b", other);
	assert_true(page_session_form_right("cookie a", mine));
	assert_false(page_session_form_right("cookie a", other));
	assert_false(page_session_form_right("cookie a", ""));
	assert_false(page_session_form_right("cookie a", NULL));
	mine[5] = (char)(mine[5] == 'a' ? 'b' : 'a');
	assert_false(page_session_form_right("cookie a", mine));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_its_token_s),
		cmocka_unit_test(it_ends_by_itself),
		cmocka_unit_test(a_form_is_its_session_s),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
