/* cmd_metrics.c: `lienthong metrics`: the broker as figures, once; with --listen served over HTTP, by lienthong-watch. */
#include "command/commands.h"

#include "cli/cli_program.h"
#include "cli/control_client.h"
#include "verdict/metrics.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define WATCH "lienthong-watch"

static int serve(struct cli *cli)
{
	char program[CLI_PATH_MAX], absolute[CLI_PATH_MAX];
	const char *where = control_where(cli);
	int code = cli_find_program(WATCH, "../libexec/lienthong", LT_LIBEXECDIR, program);
	if (code != EX_OK)
		return code;
	const char *argv[] = { WATCH,      "--control", realpath(where, absolute) ? absolute : where,
			       "--listen", cli->listen, NULL };
	execv(program, (char *const *)(uintptr_t)argv);
	return say_fail(EX_OSERR, "cannot run %s: %s", program, strerror(errno));
}

static int print(const struct verdict *verdict, const struct lt_status_view *status,
		 const struct lt_control_answer *boxes)
{
	metrics_write(stdout, verdict, status, boxes ? boxes->mailboxes.mailboxes : NULL,
		      boxes ? boxes->mailboxes.count : 0);
	return fflush(stdout) == 0 ? EX_OK : say_fail(EX_IOERR, "cannot write the output");
}

static int show(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES, .code = "" };
	struct lt_control_answer boxes;
	struct verdict verdict;
	(void)cli;
	verdict_make(&answer->status, VERDICT_EN, &verdict);
	int code = control_call(control, &request, &boxes);
	return code == EX_OK ? print(&verdict, &answer->status, &boxes) : code;
}

int cmd_metrics(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct verdict verdict;
	if (cli->listen)
		return serve(cli);
	int code = control_ask(cli, &request, show);
	if (code != EX_UNAVAILABLE)
		return code;
	verdict_make_silent(control_where(cli), VERDICT_EN, &verdict);
	print(&verdict, NULL, NULL);
	return code;
}
