/* What the broker says is wrong, in words: the worst first, one or many, names cleaned, and no cause without its sentences. */
#include "test.h"

#include <string.h>

#include "verdict/verdict.h"

#define NINE INT64_C(1795000500000000) /* 2026-11-18 18:15 at +07:00 */

static struct verdict verdict;

static void make(struct lt_cause_view *causes, size_t count, enum lt_language lang)
{
	struct lt_status_view status = { .cause_count = count, .causes = causes };
	verdict_make(&status, lang, &verdict);
}

static void test_healthy(void **state)
{
	(void)state;
	make(NULL, 0, LT_ENGLISH);
	assert_int_equal(verdict.level, VERDICT_HEALTHY);
	assert_true(verdict.ready);
	assert_string_equal(verdict.text, "healthy");
	make(NULL, 0, LT_VIETNAMESE);
	assert_string_equal(verdict.text, "bình thường");
}

static void test_worst_first(void **state)
{
	(void)state;
	struct lt_cause_subject who[] = { { "H37.11", NINE }, { "H37.24", NINE + 1 }, { "G09", 0 }, { "G15", 0 } };
	struct lt_cause_view causes[] = {
		{ .cause = LT_CAUSE_AGENCY_DISCONNECTED, .count = 7, .subject_count = 4, .subjects = who },
		{ .cause = LT_CAUSE_ITEM_STUCK, .count = 1, .subject_count = 1, .subjects = who },
		{ .cause = LT_CAUSE_DISK_FULL, .count = 1 },
	};
	make(causes, 3, LT_ENGLISH);
	assert_int_equal(verdict.level, VERDICT_CRITICAL);
	assert_false(verdict.ready);
	assert_string_equal(verdict.text, "not healthy: 2 critical, 1 warning");
	assert_string_equal(verdict.items[0].id, "item-stuck");
	assert_string_equal(verdict.items[0].text, "receivers could not take 1 item: H37.11");
	assert_string_equal(verdict.items[0].command, "lienthong mailbox list H37.11");
	assert_string_equal(verdict.items[1].id, "disk-full");
	assert_string_equal(verdict.items[2].text,
			    "7 agencies are not connected: H37.11, H37.24, G09 and 4 more, since 2026-11-18 18:15");
	assert_int_equal(verdict.items[2].since, NINE);
	make(causes, 1, LT_VIETNAMESE);
	assert_true(verdict.ready);
	assert_string_equal(verdict.items[0].text,
			    "7 cơ quan mất kết nối: H37.11, H37.24, G09 và 4 khác, từ 18:15 ngày 18/11/2026");
}

/* Keys, time, trust, disk and journal: each of them alone keeps a broker from being ready. */
static void test_ready(void **state)
{
	(void)state;
	static const enum lt_cause each[] = { LT_CAUSE_NOTICES_UNSIGNED, LT_CAUSE_TIME_UNCONFIRMED,
					      LT_CAUSE_LIST_MISSING,     LT_CAUSE_LIST_OVER,
					      LT_CAUSE_CA_OVER,          LT_CAUSE_DISK_FULL,
					      LT_CAUSE_JOURNAL_DAMAGED,  LT_CAUSE_STORE_DAMAGED };
	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		make(&(struct lt_cause_view){ .cause = each[i], .count = 1 }, 1, LT_ENGLISH);
		assert_false(verdict.ready);
		assert_int_equal(verdict.level, VERDICT_CRITICAL);
	}
}

/* Every cause, with hostile and with no names, in both languages: one line, whole, without a field left. */
static void test_every_cause(void **state)
{
	(void)state;
	const struct verdict_cause *list;
	char longest[2000];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	struct lt_cause_subject names[] = { { "CA\x1b[31m\n\xe2\x80\xae{n:a|b}", NINE }, { longest, 0 } };
	for (size_t i = 0, count = verdict_causes(&list); i < count; i++) {
		for (size_t with = 0; with < 6; with++) {
			struct lt_cause_view cause = {
				.cause = list[i].cause, .count = 1 + with, .subject_count = with % 3, .subjects = names
			};
			make(&cause, 1, with > 2 ? LT_VIETNAMESE : LT_ENGLISH);
			assert_int_equal(verdict.count, 1);
			const struct verdict_item *item = &verdict.items[0];
			assert_int_equal(item->cause, list[i].cause);
			assert_true(strlen(item->text) > 20 && strlen(item->command) > 4);
			assert_null(strpbrk(item->text, "\x1b\n"));
			assert_null(strstr(item->text, "\xe2\x80\xae"));
			assert_null(strstr(item->text, "{who}"));
			assert_null(strstr(item->text, "{at}"));
			json_t *json = verdict_json(&verdict);
			assert_non_null(json);
			assert_string_equal(json_string_value(json_object_get(
						    json_array_get(json_object_get(json, "causes"), 0), "id")),
					    list[i].id);
			json_decref(json);
		}
	}
}

static void test_silent_and_later(void **state)
{
	(void)state;
	verdict_make_silent("/run/lienthong/control.sock", LT_ENGLISH, &verdict);
	assert_false(verdict.ready);
	assert_string_equal(verdict.items[0].text, "the broker does not answer: /run/lienthong/control.sock");
	struct lt_cause_view later = { .cause = 4000, .count = 2 };
	make(&later, 1, LT_ENGLISH);
	assert_int_equal(verdict.level, VERDICT_WARNING);
	assert_string_equal(verdict.items[0].id, "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_worst_first),
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_every_cause),
		cmocka_unit_test(test_silent_and_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
