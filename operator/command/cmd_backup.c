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

int cmd_backup(struct cli *cli)
{
	char path[CLI_PATH_MAX];
	struct control_client *control = NULL;
	struct lt_control_request request = { .type = LT_CONTROL_BACKUP, .path = path };
	struct lt_control_answer answer;
	int code = absolute(cli->args[0], path);
	if (code == EX_OK)
		code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_call(control, &request, &answer);
	if (code == EX_OK && cli->json) {
		json_t *json = json_pack("{s:s, s:I, s:I}", "path", path, "sequence",
					 (json_int_t)answer.backup.sequence, "bytes", (json_int_t)answer.backup.bytes);
		code = output_json(json);
		json_decref(json);
	} else if (code == EX_OK) {
		printf("backup in %s: up to record %s, %s\n", path, output_u64(answer.backup.sequence),
		       output_size(answer.backup.bytes));
	}
	control_close(control);
	return code;
}
