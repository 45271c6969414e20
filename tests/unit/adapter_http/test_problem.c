/* test_problem.c: what was asked for is what a problem is said in. */
#include "test.h"

#include <string.h>

#include "http/problem.h"

static void language_of_the_header(void **state)
{
	static const struct {
		const char *accept;
		enum lt_language language;
	} cases[] = {
		{ NULL, LT_ENGLISH },
		{ "", LT_ENGLISH },
		{ "*", LT_ENGLISH },
		{ "vi", LT_VIETNAMESE },
		{ "vi-VN,vi;q=0.9,en-US;q=0.6,en;q=0.5", LT_VIETNAMESE },
		{ "en-US,en;q=0.9,vi;q=0.8", LT_ENGLISH },
		{ "en;q=0.4, VI;q=0.8", LT_VIETNAMESE },
		{ "vi;q=0", LT_ENGLISH },
		{ "vie", LT_ENGLISH },
		{ "fr", LT_ENGLISH },
		{ ",,;v", LT_ENGLISH },
		{ "v", LT_ENGLISH },
		{ "vi;q=", LT_ENGLISH },
		{ "vi;q=x,vi", LT_VIETNAMESE },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (problem_language(cases[i].accept) != cases[i].language)
			fail_msg("\"%s\"", cases[i].accept ? cases[i].accept : "(none)");
	}
}

static void said(enum lt_language language, const char *title, const char *detail)
{
	struct lt_refusal refusal;
	lt_refuse(&refusal, LT_RECIPIENT_UNKNOWN, "to[%zu].agency: %.60s is not in the directory", (size_t)0, "H99");
	json_t *problem = problem_new(&refusal, "/to/0/agency", language);
	assert_string_equal(json_string_value(json_object_get(problem, "detail")), detail);
	assert_ptr_equal(strstr(json_string_value(json_object_get(problem, "title")), title),
			 json_string_value(json_object_get(problem, "title")));
	assert_string_equal(json_string_value(json_object_get(problem, "detail_en")),
			    "to[0].agency: H99 is not in the directory");
	assert_string_equal(json_string_value(json_object_get(problem, "detail_vi")),
			    "to[0].agency: H99 không có trong danh bạ");
	assert_string_equal(json_string_value(json_object_get(problem, "pointer")), "/to/0/agency");
	json_decref(problem);
}

static void both_languages_stand_beside_it(void **state)
{
	(void)state;
	said(LT_ENGLISH, "admit: the directory does not list a recipient", "to[0].agency: H99 is not in the directory");
	said(LT_VIETNAMESE, "tiếp nhận: danh bạ không có một nơi nhận", "to[0].agency: H99 không có trong danh bạ");
}

TEST_MAIN(cmocka_unit_test(language_of_the_header), cmocka_unit_test(both_languages_stand_beside_it))
