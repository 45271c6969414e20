/* cmd_backup.c: `lienthong backup DIR`: the running broker copies itself. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS 300000000L /* between two looks at a backup */

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

/* ---- how far it has come ---- */

/* While the answer is waited for, a connection of its own asks for the status. */
struct watching {
	const struct cli *cli;
	struct control_client *control;
	_Atomic bool ended;
};

static void show_work(const struct lt_control_answer *answer, struct progress *shown)
{
	for (size_t i = 0; i < answer->status.work_count; i++) {
		const struct lt_work_view *work = &answer->status.works[i];
		if (strcmp(work->name, "backup") == 0)
			progress_step(shown, "backup", work->done, work->total);
	}
}

static void *watch(void *ctx)
{
	struct watching *watching = ctx;
	const struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	const struct timespec pause = { .tv_nsec = LOOK_NS };
	struct progress shown = output_progress(watching->cli, NULL);
	struct lt_control_answer answer;
	int code = EX_OK;
	while (code == EX_OK && !atomic_load(&watching->ended)) {
		control_forget(watching->control);
		code = control_call(watching->control, &request, &answer);
		if (code == EX_OK)
			show_work(&answer, &shown);
		nanosleep(&pause, NULL);
	}
	progress_end(&shown);
	return NULL;
}

static int call(struct cli *cli, const struct lt_control_request *request, struct control_client *control,
		struct lt_control_answer *answer)
{
	struct watching watching = { .cli = cli };
	pthread_t thread;
	bool watched = !cli->json && isatty(STDERR_FILENO) && control_open(cli, &watching.control) == EX_OK &&
		       pthread_create(&thread, NULL, watch, &watching) == 0;
	int code = control_call(control, request, answer);
	atomic_store(&watching.ended, true);
	if (watched)
		pthread_join(thread, NULL);
	control_close(watching.control);
	return code;
}

/* Who asked goes; the broker does what it was asked for. */
static void on_end(int number)
{
	static const char text[] = "\nlienthong: the broker goes on with the backup: `lienthong status` shows it\n";
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(EX_IOERR);
	raise(number); /* as it ends any other process, when this is over */
}

int cmd_backup(struct cli *cli)
{
	char path[CLI_PATH_MAX];
	struct lt_control_request request = { .type = LT_CONTROL_BACKUP, .path = path };
	struct control_client *control = NULL;
	struct lt_control_answer answer;
	int code = absolute(cli->args[0], path);
	cli->timeout = 0; /* as long as copying takes; a broker that dies closes the connection */
	if (code == EX_OK)
		code = control_open(cli, &control);
	if (code == EX_OK) {
		const struct sigaction ending = { .sa_handler = on_end, .sa_flags = (int)SA_RESETHAND };
		sigaction(SIGINT, &ending, NULL);
		sigaction(SIGTERM, &ending, NULL);
		code = call(cli, &request, control, &answer);
	}
	if (code == EX_OK)
		code = show(cli, control, &answer);
	control_close(control);
	return code;
}
