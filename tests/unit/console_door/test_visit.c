/* test_visit.c: a query and a form are read strictly. */
#include "door/visit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool read_form(struct visit *visit, const char *text)
{
	lt_buf_clear(&visit->body);
	free(visit->body_text);
	visit->body_text = NULL;
	visit->field_count = 0;
	assert_int_equal(lt_buf_append(&visit->body, text, strlen(text)), LT_OK);
	return visit_read_form(visit);
}

static void members_are_read(void **state)
{
	(void)state;
	struct visit *visit = visit_new(NULL);
	assert_true(
		visit_read_query(visit, "text=%C4%90%E1%BB%93ng+%C4%91%C4%83ng&after=&n=18446744073709551615&late"));
	assert_string_equal(visit_query(visit, "text"), "Đồng đăng");
	assert_string_equal(visit_query(visit, "after"), "");
	assert_string_equal(visit_query(visit, "late"), "");
	assert_string_equal(visit_query(visit, "none"), "");
	assert_true(visit_query_number(visit, "n") == UINT64_MAX);
	assert_true(visit_query_number(visit, "text") == 0);
	visit_free(visit);
}

static void what_is_not_plain_is_refused(void **state)
{
	(void)state;
	struct visit *visit = visit_new(NULL);
	static const char *const bad[] = {
		"a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "a=%c3%28", "a=1&a=2", "%61=1&a=2"
	};
	assert_true(read_form(visit, "a=1&b=2"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(read_form(visit, bad[i]));
	char many[VISIT_FIELDS_MAX * 8 + 16] = "";
	for (unsigned i = 0; i <= VISIT_FIELDS_MAX; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "a%u=&", i);
	assert_false(read_form(visit, many));
	char long_query[VISIT_QUERY_MAX + 2];
	memset(long_query, 'a', sizeof(long_query) - 1);
	long_query[sizeof(long_query) - 1] = '\0';
	assert_false(visit_read_query(visit, long_query));
	visit_free(visit);
}

/* Without a session, or with a connection that is over, nothing is asked. */
static void a_session_without_its_connection_asks_nothing(void **state)
{
	(void)state;
	struct visit *visit = visit_new(NULL);
	struct console_session session = { .line = NULL };
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct lt_control_answer answer;
	pthread_mutex_init(&session.lock, NULL);
	assert_int_equal(visit_ask(visit, &request, &answer), VISIT_ENDED);
	visit->session = &session;
	assert_int_equal(visit_ask(visit, &request, &answer), VISIT_ENDED);
	visit->session = NULL;
	pthread_mutex_destroy(&session.lock);
	visit_free(visit);
}

/* Whose connection is over looks on for a while; beside a broker that is away, as long as that lasts. */
static void a_session_that_nobody_knows_ends(void **state)
{
	(void)state;
	const int64_t minute = INT64_C(60000000);
	struct visit *visit = visit_new(NULL);
	struct console_session session = { .login = "an" };
	pthread_mutex_init(&session.lock, NULL);
	visit->session = &session;
	assert_true(visit_admitted(visit, 10 * minute, false));
	assert_true(visit_admitted(visit, 100 * minute, false));
	assert_true(visit_admitted(visit, 101 * minute, true));
	assert_true(visit_admitted(visit, 115 * minute, true));
	assert_true(visit_admitted(visit, 115 * minute, false)); /* away again: it begins anew */
	assert_true(visit_admitted(visit, 116 * minute, true));
	assert_true(visit_admitted(visit, 130 * minute, true));
	assert_false(visit_admitted(visit, 131 * minute, true));
	visit->session = NULL;
	pthread_mutex_destroy(&session.lock);
	visit_free(visit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_read),
		cmocka_unit_test(what_is_not_plain_is_refused),
		cmocka_unit_test(a_session_without_its_connection_asks_nothing),
		cmocka_unit_test(a_session_that_nobody_knows_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
