/* test_poisoned.c: the list of skipped records is kept whole, and a record that crashes two starts is named. */
#include "test.h"

#include "tools/poisoned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIME INT64_C(1790000000000000)

static char data[64], file[96], mark_file[96];

static int setup(void **state)
{
	(void)state;
	strcpy(data, "/tmp/lt-skips-XXXXXX");
	assert_non_null(mkdtemp(data));
	snprintf(file, sizeof file, "%s/skips", data);
	snprintf(mark_file, sizeof mark_file, "%s/replaying", data);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(file);
	unlink(mark_file);
	return rmdir(data);
}

static void test_append_and_read(void **state)
{
	(void)state;
	struct poisoned poisoned;
	size_t line = 7;
	assert_int_equal(poisoned_read(data, &poisoned, &line), LT_OK);
	assert_int_equal(poisoned.count, 0);
	assert_int_equal(line, 0);
	assert_int_equal(poisoned_append(data, 90, "an", TIME, "crashes the replay"), LT_OK);
	assert_int_equal(poisoned_append(data, 17, "bình", TIME, "Hồ sơ hỏng\tở dòng\n2"), LT_OK);
	assert_int_equal(poisoned_append(data, 17, "an", TIME, "again"), LT_EEXIST);
	assert_int_equal(poisoned_read(data, &poisoned, &line), LT_OK);
	assert_int_equal(poisoned.count, 2);
	assert_int_equal(poisoned.sequences[0], 17);
	assert_int_equal(poisoned.sequences[1], 90);
	assert_true(skips_have(&poisoned, 17) && skips_have(&poisoned, 90));
	assert_false(skips_have(&poisoned, 18));
	poisoned_fini(&poisoned);
	struct lt_buf text = { 0 };
	assert_int_equal(lt_file_read(file, 4096, &text), LT_OK);
	assert_int_equal(lt_buf_append(&text, "", 1), LT_OK);
	assert_string_equal((const char *)text.data, "90\tan\t2026-09-21T21:13:20+07:00\tcrashes the replay\n"
						     "17\tbình\t2026-09-21T21:13:20+07:00\tHồ sơ hỏng?ở dòng?2\n");
	lt_buf_fini(&text);
}

static void test_refused(void **state)
{
	(void)state;
	assert_int_equal(poisoned_append(data, 0, "an", TIME, "why"), LT_EINVAL);
	assert_int_equal(poisoned_append(data, 1, "", TIME, "why"), LT_EINVAL);
	assert_int_equal(poisoned_append(data, 1, "an", TIME, ""), LT_EINVAL);
	assert_int_equal(poisoned_append(data, 1, NULL, TIME, "why"), LT_EINVAL);
	assert_int_equal(poisoned_append(data, 1, "an", TIME, "\xff"), LT_EINVAL);
	assert_int_equal(access(file, F_OK), -1);
}

static void test_bad_lines(void **state)
{
	(void)state;
	static const char *const good = "5\tan\t2026-09-21T20:13:20+07:00\twhy\n";
	static const char *const bad[] = {
		"6\tan\t2026-09-21T20:13:20+07:00\twhy",
		"6\tan\t2026-09-21T20:13:20+07:00\n",
		"x\tan\t2026-09-21T20:13:20+07:00\twhy\n",
		"6\tan\tyesterday\twhy\n",
		"0\tan\t2026-09-21T20:13:20+07:00\twhy\n",
		"99999999999999999999\tan\t2026-09-21T20:13:20+07:00\twhy\n",
		"6\t\t2026-09-21T20:13:20+07:00\twhy\n",
		"6\tan\t2026-09-21T20:13:20+07:00\ta\tb\n",
		"\n",
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct poisoned poisoned;
		struct lt_buf text = { 0 };
		size_t line = 0;
		assert_int_equal(lt_buf_printf(&text, "%s%s", good, bad[i]), LT_OK);
		assert_int_equal(lt_file_write(file, lt_buf_bytes(&text), 0600), LT_OK);
		lt_buf_fini(&text);
		assert_int_equal(poisoned_read(data, &poisoned, &line), LT_EPARSE);
		assert_int_equal(line, 2);
		assert_int_equal(poisoned.count, 0);
		assert_int_equal(poisoned_append(data, 7, "an", TIME, "why"),
				 LT_EPARSE); /* nothing is written over it */
	}
}

static uint64_t open_mark(const struct poisoned *poisoned, struct replay_mark **mark)
{
	uint64_t poison = 99;
	assert_int_equal(replay_mark_open(data, poisoned, mark, &poison), LT_OK);
	return poison;
}

/* A start that dies at a record. */
static void die_at(uint64_t sequence)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct poisoned none = { 0 };
		struct replay_mark *mark;
		uint64_t poison;
		if (replay_mark_open(data, &none, &mark, &poison) != LT_OK)
			_exit(1);
		for (uint64_t at = 1; at <= sequence; at++)
			replay_mark_set(mark, at);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static uint64_t poison_now(const struct poisoned *poisoned)
{
	struct replay_mark *mark;
	uint64_t poison = open_mark(poisoned, &mark);
	replay_mark_close(mark);
	return poison;
}

static void test_mark_names_poison(void **state)
{
	(void)state;
	const struct poisoned none = { 0 };
	uint64_t skipped = 12;
	const struct poisoned have = { .sequences = &skipped, .count = 1 };
	assert_int_equal(poison_now(&none), 0);
	die_at(12);
	assert_int_equal(poison_now(&none), 0); /* once may be chance */
	die_at(12);
	assert_int_equal(poison_now(&none), 12);
	assert_int_equal(poison_now(&none), 12); /* a refused start does not forget it */
	assert_int_equal(poison_now(&have), 0);
}

static void test_mark_two_places(void **state)
{
	(void)state;
	const struct poisoned none = { 0 };
	die_at(12);
	die_at(30);
	assert_int_equal(poison_now(&none), 0);
	die_at(30);
	assert_int_equal(poison_now(&none), 30);
}

static void test_mark_cleared(void **state)
{
	(void)state;
	const struct poisoned none = { 0 };
	struct replay_mark *mark;
	die_at(12);
	assert_int_equal(open_mark(&none, &mark), 0);
	replay_mark_set(mark, 12);
	replay_mark_clear(mark);
	replay_mark_close(mark);
	die_at(12);
	assert_int_equal(poison_now(&none), 0);
	replay_mark_close(NULL);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_append_and_read, setup, teardown),
	  cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	  cmocka_unit_test_setup_teardown(test_bad_lines, setup, teardown),
	  cmocka_unit_test_setup_teardown(test_mark_names_poison, setup, teardown),
	  cmocka_unit_test_setup_teardown(test_mark_two_places, setup, teardown),
	  cmocka_unit_test_setup_teardown(test_mark_cleared, setup, teardown))
