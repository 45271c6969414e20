/* test_replay_mark.c: a record that crashes two starts is named. */
#include "test.h"

#include "tools/replay_mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char data[64], mark_file[96];

static int setup(void **state)
{
	(void)state;
	strcpy(data, "/tmp/lt-mark-XXXXXX");
	assert_non_null(mkdtemp(data));
	snprintf(mark_file, sizeof mark_file, "%s/replaying", data);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(mark_file);
	return rmdir(data);
}

static uint64_t open_mark(struct replay_mark **mark)
{
	uint64_t poison = 99;
	assert_int_equal(replay_mark_open(data, mark, &poison), LT_OK);
	return poison;
}

/* A start that dies at a record. */
static void die_at(uint64_t sequence)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct replay_mark *mark;
		uint64_t poison;
		if (replay_mark_open(data, &mark, &poison) != LT_OK)
			_exit(1);
		for (uint64_t at = 1; at <= sequence; at++)
			replay_mark_set(mark, at);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static uint64_t poison_now(void)
{
	struct replay_mark *mark;
	uint64_t poison = open_mark(&mark);
	replay_mark_close(mark);
	return poison;
}

static void test_mark_names_poison(void **state)
{
	(void)state;
	assert_int_equal(poison_now(), 0);
	die_at(12);
	assert_int_equal(poison_now(), 0); /* once may be chance */
	die_at(12);
	assert_int_equal(poison_now(), 12);
	assert_int_equal(poison_now(), 12); /* a refused start does not forget it */
}

static void test_mark_two_places(void **state)
{
	(void)state;
	die_at(12);
	die_at(30);
	assert_int_equal(poison_now(), 0);
	die_at(30);
	assert_int_equal(poison_now(), 30);
}

static void test_mark_cleared(void **state)
{
	(void)state;
	struct replay_mark *mark;
	die_at(12);
	assert_int_equal(open_mark(&mark), 0);
	replay_mark_set(mark, 12);
	replay_mark_clear(mark);
	replay_mark_close(mark);
	die_at(12);
	assert_int_equal(poison_now(), 0);
	replay_mark_close(NULL);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_mark_names_poison, setup, teardown),
	  cmocka_unit_test_setup_teardown(test_mark_two_places, setup, teardown),
	  cmocka_unit_test_setup_teardown(test_mark_cleared, setup, teardown))
