/* test_say.c: a command that could not write what it had to say ends so, whichever write it was that failed. */
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/say.h"

/* Prints to a device that is full, through a buffer of so many bytes, and ends as a command does that had come to `code`. */
static int ends(const char *text, size_t buffer, int code)
{
	pid_t child = fork();
	if (child == 0) {
		static char space[64];
		int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
		if (full < 0 || dup2(full, STDOUT_FILENO) < 0 ||
		    setvbuf(stdout, buffer ? space : NULL, buffer ? _IOFBF : _IONBF, buffer) != 0)
			_exit(99);
		fputs(text, stdout);
		_exit(say_ended(code));
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_what_could_not_be_written(void **state)
{
	(void)state;
	assert_int_equal(ends("sixteen letters.", 64, EX_OK), EX_IOERR); /* the last flush fails */
	assert_int_equal(ends("sixteen letters.", 16, EX_OK), EX_IOERR); /* one before it, with nothing left */
	assert_int_equal(ends("sixteen letters.", 0, EX_OK), EX_IOERR);
	assert_int_equal(ends("sixteen letters.", 0, SAY_UNWELL), EX_IOERR);
	assert_int_equal(ends("sixteen letters.", 0, EX_NOINPUT), EX_NOINPUT); /* why it failed counts more */
	assert_int_equal(ends("", 16, EX_OK), EX_OK);
	assert_int_equal(ends("", 16, SAY_ATTENTION), SAY_ATTENTION);
}

TEST_MAIN(cmocka_unit_test(test_what_could_not_be_written))
