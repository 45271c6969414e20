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

static int print(const struct metrics_view *view)
{
	metrics_write(stdout, view);
	return say_ended(EX_OK);
}

static int show(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES, .code = "" };
	struct lt_control_answer boxes, agencies;
	struct verdict verdict;
	(void)cli;
	verdict_make(&answer->status, LT_ENGLISH, &verdict);
	int code = control_call(control, &request, &boxes);
	request.type = LT_CONTROL_AGENCIES;
	if (code == EX_OK)
		code = control_call(control, &request, &agencies);
	if (code != EX_OK)
		return code;
	return print(&(struct metrics_view){ .verdict = &verdict,
					     .status = &answer->status,
					     .mailboxes = boxes.mailboxes.mailboxes,
					     .mailbox_count = boxes.mailboxes.count,
					     .agencies = agencies.agencies.agencies,
					     .agency_count = agencies.agencies.count });
}

int cmd_metrics(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct verdict verdict;
	if (cli->json)
		return say_fail(EX_USAGE, "metrics are in Prometheus' format; `lienthong status --json` has JSON");
	if (cli->listen)
		return serve(cli);
	int code = control_ask(cli, &request, show);
	if (code != EX_UNAVAILABLE)
		return code;
	verdict_make_silent(control_where(cli), LT_ENGLISH, &verdict);
	print(&(struct metrics_view){ .verdict = &verdict });
	return code;
}
