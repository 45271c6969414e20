/* test_directory_next.c: what the next version of a directory may change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "law/directory_next.h"
#include "wire/directory.h"

#define NOW INT64_C(1795000000000000)
#define DAY INT64_C(86400000000)
enum { COUNT = 3 };

static const char *follow[] = { "H37.14" }, *other[] = { "H37.15" }, *old_code[] = { "H37.13" };

/* H37.13 has ended, H37.14 follows it, H37.15 stands beside. */
static void entries_of(struct directory_entry out[COUNT])
{
	for (size_t i = 0; i < COUNT; i++)
		out[i] = (struct directory_entry){ .name = "n", .name_en = "", .parent = "", .level = 2 };
	out[0].code = "H37.13";
	out[0].valid_to = NOW - DAY;
	out[0].successors = follow;
	out[0].successor_count = 1;
	out[1].code = "H37.14";
	out[2].code = "H37.15";
	for (size_t i = 0; i < COUNT; i++)
		out[i].split_field = "";
}

static struct lt_directory *make(struct directory_entry *entries, size_t count)
{
	struct lt_directory *directory;
	struct lt_refusal refusal = { 0 };
	struct lt_buf bytes = { 0 };
	struct directory_record record = { .type = LT_DIRECTORY_TYPE,
					   .domain = "lienthong.example.vn",
					   .version = 1,
					   .issued_at = NOW,
					   .count = count,
					   .agencies = entries };
	if (codec_directory_encode(&record, &bytes) || lt_directory_parse(lt_buf_bytes(&bytes), &directory, &refusal))
		fail_msg("%s", refusal.detail);
	lt_buf_fini(&bytes);
	return directory;
}

static void next_is(struct directory_entry *entries, size_t count, const char *words)
{
	struct directory_entry before[COUNT];
	struct lt_refusal refusal = { 0 };
	entries_of(before);
	struct lt_directory *current = make(before, COUNT), *next = make(entries, count);
	enum lt_reason reason = directory_check_next(current, next, NOW, &refusal);
	assert_int_equal(reason, words ? LT_DIRECTORY_INVALID : LT_REASON_NONE);
	if (words && !strstr(refusal.detail, words))
		fail_msg("\"%s\" does not say \"%s\"", refusal.detail, words);
	lt_directory_free(current);
	lt_directory_free(next);
}

static void agencies_stay_listed(void **state)
{
	struct directory_entry entries[COUNT];
	(void)state;
	entries_of(entries);
	next_is(entries, COUNT, NULL);
	next_is(entries, 2, "H37.15 is no longer listed");
	next_is(entries + 1, 2, "H37.13 is no longer listed");
	entries[1].aliases = old_code; /* another form of the code */
	entries[1].alias_count = 1;
	next_is(entries + 1, 2, NULL);
}

static void what_has_ended_stays_ended(void **state)
{
	struct directory_entry entries[COUNT];
	(void)state;
	entries_of(entries);
	entries[0].successors = other;
	next_is(entries, COUNT, "H37.13 has ended");
	entries_of(entries);
	entries[0].valid_to -= DAY;
	next_is(entries, COUNT, "keep its valid_to");
	entries_of(entries);
	entries[0].valid_to = 0; /* opened again */
	entries[0].successor_count = 0;
	next_is(entries, COUNT, NULL);
	entries_of(entries);
	entries[2].valid_to = NOW + DAY; /* one that has not ended is free */
	entries[2].successors = follow;
	entries[2].successor_count = 1;
	next_is(entries, COUNT, NULL);
}

static void successors_are_there(void **state)
{
	struct directory_entry entries[COUNT];
	(void)state;
	entries_of(entries);
	entries[1].valid_from = NOW;
	next_is(entries, COUNT, "H37.14 is in force only after H37.13");
	struct lt_directory *first;
	struct lt_refusal refusal = { 0 };
	entries_of(entries);
	first = make(entries, COUNT);
	assert_int_equal(directory_check_next(NULL, first, NOW, &refusal), LT_REASON_NONE);
	lt_directory_free(first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agencies_stay_listed),
		cmocka_unit_test(what_has_ended_stays_ended),
		cmocka_unit_test(successors_are_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
