/* test.h: the head and the foot of a test program. The head is the headers that cmocka.h wants in front of it; it comes first. */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

/* clang-format off: in this order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

/* The foot: main() with the tests in their order, each as cmocka_unit_test…(…). */
#define TEST_MAIN(...) TEST_MAIN_AROUND(NULL, NULL, __VA_ARGS__)
/* The same with what is done once before all of them and once after. */
#define TEST_MAIN_AROUND(set_up, tear_down, ...)                         \
	int main(void)                                                   \
	{                                                                \
		const struct CMUnitTest tests[] = { __VA_ARGS__ };       \
		return cmocka_run_group_tests(tests, set_up, tear_down); \
	}

#endif
