/* Every edge of the status table, legal and illegal. Written out a second time. */
#include "test.h"

#include <string.h>

#include "law/status.h"

static const char *const allowed[STATUS_COUNT] = {
	/* to:  0..10, one column each */
	"-xx--------", /* before OPEN */
	"--xx-xxx---", /* 1 */
	"----xxxxx--", /* 2 */
	"-----------", /* 3 */
	"----xxxxxx-", /* 4 */
	"-xx-x-xxx--", /* 5 */
	"-xx-xx-xx--", /* 6 */
	"-xx-xxx-x--", /* 7 */
	"----x-----x", /* 8 */
	"----x-----x", /* 9 */
	"-----------", /* 10 */
};

static void test_edges(void **state)
{
	(void)state;
	for (unsigned from = 0; from < STATUS_COUNT; from++) {
		for (unsigned to = 0; to < STATUS_COUNT; to++) {
			bool legal = allowed[from][to] == 'x';
			enum status status = (enum status)from;
			struct lt_refusal refusal = { 0 };
			assert_int_equal(status_edge((enum status)from, (enum status)to), legal);
			enum lt_reason reason = status_set(&status, (enum status)to, &refusal);
			assert_int_equal(reason, legal ? 0 : LT_STATUS_EDGE_ILLEGAL);
			assert_int_equal(status, legal ? to : from);
			if (!legal)
				assert_non_null(strstr(refusal.detail, "allowed: "));
		}
	}
}

static void test_detail(void **state)
{
	enum status status = STATUS_DONE;
	struct lt_refusal refusal = { 0 };
	(void)state;
	status_set(&status, STATUS_RECEIVED, &refusal);
	assert_string_equal(refusal.detail, "status 9 (done) cannot become 2 (received); allowed: 4, 10");
	status = STATUS_HANDED_OVER;
	status_set(&status, STATUS_RECEIVED, &refusal);
	assert_non_null(strstr(refusal.detail, "allowed: nothing"));
}

/* 10, 3, 8, 7, 9, 5, 6, 4, 2, 1: the first that is so. */
static void test_derive(void **state)
{
	static const enum status stages[] = { STATUS_HANDED_OVER, STATUS_NOT_RECEIVED, STATUS_STOPPED,   STATUS_DONE,
					      STATUS_IN_PROGRESS, STATUS_RECEIVED,     STATUS_REGISTERED };
	(void)state;
	for (unsigned asked = 0; asked < 8; asked++) {
		for (unsigned i = 0; i < 7; i++) {
			struct status_facts facts = { stages[i], asked & 1, asked & 2, asked & 4 };
			enum status want = i < 3       ? stages[i]
					   : asked & 1 ? STATUS_WITHDRAWAL
					   : i == 3    ? STATUS_DONE
					   : asked & 2 ? STATUS_SUPPLEMENT
					   : asked & 4 ? STATUS_FEE
						       : stages[i];
			assert_int_equal(status_derive(&facts), want);
		}
	}
}

static void test_bounds(void **state)
{
	(void)state;
	assert_false(status_edge((enum status)77, STATUS_DONE));
	assert_false(status_edge(STATUS_DONE, (enum status)77));
	assert_string_equal(status_name((enum status)77), "unknown");
	for (unsigned i = 0; i < STATUS_COUNT; i++)
		assert_string_not_equal(status_name((enum status)i), "unknown");
	assert_string_equal(status_vietnamese(STATUS_IN_PROGRESS), "Đang xử lý");
	assert_string_equal(status_vietnamese(STATUS_COUNT), "?");
}

TEST_MAIN(cmocka_unit_test(test_edges), cmocka_unit_test(test_detail), cmocka_unit_test(test_derive),
	  cmocka_unit_test(test_bounds))
