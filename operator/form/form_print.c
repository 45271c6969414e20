/* form_print.c: runs lienthong-form, which lives for one form: the libraries that set text stay out of this process. */
#include "form_document.h"

#include "cli/cli_program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define HELPER "lienthong-form"
#define PDF_MAX (256u << 20)    /* bytes: a helper gone wild ends here */
#define WAIT_MS (5 * 60 * 1000) /* the helper itself has two minutes of CPU */

extern char **environ;

static int start(const char *helper, pid_t *pid, int *in, int *out)
{
	int to[2] = { -1, -1 }, from[2] = { -1, -1 };
	char name[] = HELPER;
	char *const args[] = { name, NULL };
	posix_spawn_file_actions_t actions;
	if (pipe2(to, O_CLOEXEC) != 0)
		return say_fail(EX_OSERR, "cannot run %s: %s", helper, strerror(errno));
	if (pipe2(from, O_CLOEXEC) != 0) {
		close(to[0]);
		close(to[1]);
		return say_fail(EX_OSERR, "cannot run %s: %s", helper, strerror(errno));
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
		return EX_OK;
	close(*in);
	close(*out);
	return say_fail(EX_OSERR, "cannot run %s: %s", helper, strerror(failed));
}

/* Writes all of `text` while it reads what comes back. */
static int talk(int in, int out, const char *text, struct lt_buf *pdf)
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
			return say_fail(EX_SOFTWARE, "%s gives no answer", HELPER);
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
			return say_fail(EX_SOFTWARE, "%s answers more than %u bytes", HELPER, PDF_MAX);
		}
		ssize_t got = read(out, pdf->data + pdf->len, 65536);
		if (got > 0)
			pdf->len += (size_t)got;
		open = got > 0;
	}
	if (in >= 0)
		close(in);
	return EX_OK;
}

static int run(const char *helper, const char *text, struct lt_buf *pdf)
{
	pid_t pid;
	int in = -1, out = -1, status = 0;
	int code = start(helper, &pid, &in, &out);
	if (code != EX_OK)
		return code;
	signal(SIGPIPE, SIG_IGN); /* a helper that ends early says why by its status */
	code = talk(in, out, text, pdf);
	close(out);
	if (code != EX_OK)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (code != EX_OK)
		return code;
	if (WIFSIGNALED(status))
		return say_fail(EX_SOFTWARE, "%s was ended by signal %d", HELPER, WTERMSIG(status));
	return WEXITSTATUS(status) == 0 ? EX_OK : say_fail(WEXITSTATUS(status), "%s could not make the PDF", HELPER);
}

int form_print(const json_t *document, const char *path)
{
	char helper[CLI_PATH_MAX];
	struct lt_buf pdf = { 0 };
	char *text = json_dumps(document, JSON_COMPACT);
	int code = text ? cli_find_program(HELPER, "../libexec/lienthong", LT_LIBEXECDIR, helper)
			: say_fail_err(LT_ENOMEM, "write the form's data");
	if (code == EX_OK)
		code = run(helper, text, &pdf);
	if (code == EX_OK && (pdf.len < 5 || memcmp(pdf.data, "%PDF-", 5) != 0))
		code = say_fail(EX_SOFTWARE, "%s made no PDF", HELPER);
	if (code == EX_OK) {
		/* Names and addresses of citizens: for the operator's eyes. */
		enum lt_err err = lt_file_write(path, lt_buf_bytes(&pdf), 0600);
		if (err != LT_OK)
			code = say_fail_err(err, "write %s", path);
	}
	lt_buf_fini(&pdf);
	free(text);
	return code;
}
