/* test_log.c: a line is one JSON object, whatever a peer has put into it. */
#include "test.h"

#include "program/log.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char line[32768];

/* Runs `act` with standard error in a pipe; line gets what was written after the time, which changes. */
static int capture(void (*act)(void))
{
	int ends[2], status;
	size_t len = 0;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		signal(SIGABRT, SIG_DFL);
		act();
		_exit(0);
	}
	close(ends[1]);
	for (ssize_t n; (n = read(ends[0], line + len, sizeof line - 1 - len)) > 0;)
		len += (size_t)n;
	line[len] = 0;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

/* The line without {"time":"...", */
static const char *after_time(void)
{
	const char *level = strstr(line, "\"level\"");
	assert_memory_equal(line, "{\"time\":\"20", 11);
	assert_non_null(level);
	return level;
}

static void log_hostile(void)
{
	static const uint8_t id[16] = { 1, 0x9a };
	lt_log_init("test", LT_LOG_INFO);
	lt_log(LT_LOG_DEBUG, "not shown", NULL);
	errno = 5;
	lt_log(LT_LOG_WARNING, "two\nlines", "agency", "H22\"},{\\\x1b\xff", "absent", NULL, "id", lt_log_id(id),
	       "count", lt_log_u64(UINT64_MAX), "again", lt_log_u64(7), NULL);
	if (errno != 5)
		abort();
}

static void texts_of_a_peer_stay_inside_their_quotes(void **state)
{
	(void)state;
	assert_int_equal(capture(log_hostile), 0);
	assert_string_equal(after_time(), "\"level\":\"warning\",\"program\":\"test\",\"message\":\"two?lines\","
					  "\"agency\":\"H22\\\"},{\\\\??\","
					  "\"id\":\"019a0000-0000-0000-0000-000000000000\","
					  "\"count\":\"18446744073709551615\",\"again\":\"7\"}\n");
}

static void log_long(void)
{
	static char text[5000];
	memset(text, '"', sizeof text - 1);
	lt_log_init("test", LT_LOG_INFO);
	lt_log(LT_LOG_INFO, "long", "a", text, "b", text, "c", text, "last", "1", NULL);
}

static void a_long_line_is_still_whole(void **state)
{
	(void)state;
	assert_int_equal(capture(log_long), 0);
	size_t len = strlen(line);
	assert_true(len <= 4096);
	assert_string_equal(line + len - 13, ",\"last\":\"1\"}\n");
	assert_ptr_equal(strchr(line, '\n'), line + len - 1);
	assert_non_null(strstr(line, ",\"a\":\"\\\""));
}

static void break_invariant(void)
{
	lt_log_init("test", LT_LOG_ERROR);
	LT_ASSERT(1 + 1 == 2);
	LT_ASSERT(1 + 1 == 3);
}

static void a_broken_invariant_is_told_and_aborts(void **state)
{
	(void)state;
	int status = capture(break_invariant);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(after_time(), "broken invariant: 1 + 1 == 3"));
	assert_null(strstr(line, "1 + 1 == 2"));
}

static void log_elsewhere(void)
{
	setenv("JOURNAL_STREAM", "1:1", 1); /* not our standard error: somebody has redirected it */
	lt_log_init("test", LT_LOG_INFO);
	lt_log(LT_LOG_INFO, "here", NULL);
}

static void a_redirected_line_does_not_go_to_the_journal(void **state)
{
	(void)state;
	assert_int_equal(capture(log_elsewhere), 0);
	assert_non_null(strstr(after_time(), "\"here\""));
}

static void flood(void)
{
	char peer[32];
	lt_log_init("t", LT_LOG_INFO);
	for (int i = 0; i < 10000; i++)
		lt_log_peer(LT_LOG_WARNING, "one", "key", "REASON", "detail", "d", NULL);
	lt_log_peer(LT_LOG_WARNING, "one", "key", "ANOTHER", NULL);
	lt_log_peers_flush();
	for (int i = 0; i < 10000; i++) {
		snprintf(peer, sizeof peer, "key %d", i);
		lt_log_peer(LT_LOG_DEBUG, "below the level", peer, "", NULL);
	}
}

static size_t lines(void)
{
	size_t count = 0;
	for (const char *c = line; *c; c++)
		count += *c == '\n';
	return count;
}

static void peers_have_a_line_an_interval(void **state)
{
	(void)state;
	assert_int_equal(capture(flood), 0);
	assert_int_equal(lines(), 2);
}

static void crowd(void)
{
	char peer[32];
	lt_log_init("t", LT_LOG_INFO);
	for (int i = 0; i < 10000; i++) {
		snprintf(peer, sizeof peer, "key %d", i);
		lt_log_peer(LT_LOG_WARNING, "m", peer, "", NULL);
	}
	lt_log_peers_flush(); /* of all that found no place, at once */
}

static void a_crowd_of_peers_has_few_lines(void **state)
{
	(void)state;
	assert_int_equal(capture(crowd), 0);
	assert_in_range(lines(), 10, 64);
	assert_non_null(strstr(line, "more of other peers"));
	assert_non_null(strstr(line, "\"times\":\"9937\""));
}

TEST_MAIN(cmocka_unit_test(texts_of_a_peer_stay_inside_their_quotes), cmocka_unit_test(a_long_line_is_still_whole),
	  cmocka_unit_test(a_broken_invariant_is_told_and_aborts), cmocka_unit_test(peers_have_a_line_an_interval),
	  cmocka_unit_test(a_crowd_of_peers_has_few_lines),
	  cmocka_unit_test(a_redirected_line_does_not_go_to_the_journal))
