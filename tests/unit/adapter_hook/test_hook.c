/* test_hook.c: what a section of the configuration may say. */
#include "test.h"

#include "hook/hook.h"

static enum lt_err check(const char *url, const char *events)
{
	char error[200];
	struct hook_options hook = { .name = (char *)(uintptr_t) "x",
				     .url = (char *)(uintptr_t)url,
				     .events = (char *)(uintptr_t)events };
	return hook_check(&hook, error, sizeof(error));
}

static void test_urls(void **state)
{
	(void)state;
	assert_int_equal(check("https://host.gov.vn/hook?x=1", NULL), LT_OK);
	assert_int_equal(check("http://127.0.0.1:8080/", "item.*"), LT_OK);
	assert_int_equal(check("https://u:p@host/", NULL), LT_EINVAL);
	assert_int_equal(check("file:///etc/passwd", NULL), LT_EINVAL);
	assert_int_equal(check("host/hook", NULL), LT_EINVAL);
	assert_int_equal(check("https://host/", "nothing.*"), LT_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
