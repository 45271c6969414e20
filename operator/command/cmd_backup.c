/* cmd_backup.c: `lienthong backup DIR`: the running broker copies itself. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The broker has another working folder: it gets an absolute path. */
static int absolute(const char *path, char out[CLI_PATH_MAX])
{
	char here[CLI_PATH_MAX - 1024];
	if (strlen(path) > 1000)
		return say_fail(EX_USAGE, "the path is longer than 1000 bytes");
	if (path[0] == '/') {
		memcpy(out, path, strlen(path) + 1);
		return EX_OK;
	}
	if (!getcwd(here, sizeof(here)))
		return say_fail(EX_OSERR, "cannot find the working folder: %s", strerror(errno));
	cli_path(out, here, path);
	return EX_OK;
}

static int show(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	char path[CLI_PATH_MAX];
	const uint64_t sequence = answer->backup.sequence, bytes = answer->backup.bytes;
	(void)control;
	absolute(cli->args[0], path);
	if (cli->json)
		return output_json(json_pack("{s:s, s:I, s:I}", "path", path, "sequence", (json_int_t)sequence, "bytes",
					     (json_int_t)bytes));
	printf("backup in %s: up to record %s, %s\n", path, output_u64(sequence), output_size(bytes));
	return EX_OK;
}

int cmd_backup(struct cli *cli)
{
	char path[CLI_PATH_MAX];
	struct lt_control_request request = { .type = LT_CONTROL_BACKUP, .path = path };
	int code = absolute(cli->args[0], path);
	return code == EX_OK ? control_ask(cli, &request, show) : code;
}
