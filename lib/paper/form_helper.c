/* form_helper.c: runs lienthong-form, which lives for one form: the libraries that set text stay out of this process. */
#include "form_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PDF_MAX (256u << 20)    /* bytes: a helper gone wild ends here */
#define WAIT_MS (5 * 60 * 1000) /* the helper itself has two minutes of CPU */

extern char **environ;

__attribute__((format(printf, 2, 3))) static enum lt_err form_fault(char error[FORM_ERROR], const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(error, FORM_ERROR, format, args);
	va_end(args);
	return LT_EIO;
}

static enum lt_err start(const char *helper, pid_t *pid, int *in, int *out, char error[FORM_ERROR])
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 };
	char name[] = FORM_HELPER;
	char *const args[] = { name, NULL };
	posix_spawn_file_actions_t actions;
	if (pipe2(to, O_CLOEXEC) != 0)
		return form_fault(error, "cannot run %s: %s", helper, strerror(errno));
	if (pipe2(from, O_CLOEXEC) != 0) {
		close(to[0]);
		close(to[1]);
		return form_fault(error, "cannot run %s: %s", helper, strerror(errno));
	}
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
	int failed = posix_spawn(pid, helper, &actions, NULL, args, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(to[0]);
	close(from[1]);
	*in = to[1];
	*out = from[0];
	if (failed == 0)
		return LT_OK;
	close(*in);
	close(*out);
	return form_fault(error, "cannot run %s: %s", helper, strerror(failed));
}

/* Writes all of `text` while it reads what comes back. */
static enum lt_err talk(int in, int out, const char *text, struct lt_buf *pdf, char error[FORM_ERROR])
{
	size_t left = strlen(text);
	bool open = true;
	while (open) {
		struct pollfd polls[] = { { .fd = out, .events = POLLIN }, { .fd = in, .events = POLLOUT } };
		int ready = poll(polls, in >= 0 ? 2 : 1, WAIT_MS);
		if (ready <= 0) {
			if (ready < 0 && errno == EINTR)
				continue;
			if (in >= 0)
				close(in);
			return form_fault(error, "%s gives no answer", FORM_HELPER);
		}
		if (in >= 0 && polls[1].revents != 0) {
			/* At most what a pipe takes at once, so that this never blocks while the other side writes. */
			ssize_t put = write(in, text, left < 4096 ? left : 4096);
			if (put > 0) {
				text += put;
				left -= (size_t)put;
			}
			if (left == 0 || put < 0) {
				close(in);
				in = -1;
			}
		}
		if (polls[0].revents == 0)
			continue;
		if (pdf->len > PDF_MAX || lt_buf_reserve(pdf, 65536) != LT_OK) {
			if (in >= 0)
				close(in);
			return form_fault(error, "%s answers more than %u bytes", FORM_HELPER, PDF_MAX);
		}
		ssize_t got = read(out, pdf->data + pdf->len, 65536);
		if (got > 0)
			pdf->len += (size_t)got;
		open = got > 0;
	}
	if (in >= 0)
		close(in);
	return LT_OK;
}

enum lt_err form_helper_run(const char *helper, const char *text, struct lt_buf *pdf, char error[FORM_ERROR])
{
	pid_t pid;
	int in = -1, out = -1, status = 0;
	enum lt_err code = start(helper, &pid, &in, &out, error);
	if (code != LT_OK)
		return code;
	code = talk(in, out, text, pdf, error);
	close(out);
	if (code != LT_OK)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (code != LT_OK)
		return code;
	if (WIFSIGNALED(status))
		return form_fault(error, "%s was ended by signal %d", FORM_HELPER, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return form_fault(error, "%s could not make the PDF", FORM_HELPER);
	if (pdf->len < 5 || memcmp(pdf->data, "%PDF-", 5) != 0)
		return form_fault(error, "%s made no PDF", FORM_HELPER);
	return LT_OK;
}
