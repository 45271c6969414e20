/* cmd_store.c: `lienthong store check|rebuild|stat|skip` and `lienthong restore`. The files of a broker are opened by the broker's
 * own program: this one becomes it, under its own name, so that what is printed and the exit code are the operator's answer. */
#include "commands.h"

#include "cli/cli_program.h"
#include "program/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define BROKER "lienthong-broker"
#define WORDS_MAX 16 /* name, command, options with their values, arguments, NULL */

struct words {
	size_t count;
	const char *values[WORDS_MAX];
};

static void add(struct words *words, const char *word)
{
	LT_ASSERT(words->count + 1 < WORDS_MAX);
	words->values[words->count++] = word;
}

static void add_option(struct words *words, const char *name, const char *value)
{
	if (!value)
		return;
	add(words, name);
	add(words, value);
}

static int run(const struct cli *cli, struct words *words)
{
	char broker[CLI_PATH_MAX], config[CLI_PATH_MAX];
	add_option(words, "--config",
		   !cli->config && cli->sandbox ? cli_path(config, cli->sandbox, "broker.conf") : cli->config);
	if (cli->json)
		add(words, "--json");
	add(words, "--");
	for (int i = 0; i < cli->arg_count; i++)
		add(words, cli->args[i]);
	int code = cli_find_program(BROKER, "../sbin", LT_SBINDIR, broker);
	if (code != EX_OK)
		return code;
	execv(broker, (char *const *)(uintptr_t)words->values);
	return say_fail(EX_OSERR, "cannot run %s: %s", broker, strerror(errno));
}

static int store(const struct cli *cli, const char *what)
{
	struct words words = { .count = 3, .values = { program_invocation_short_name, "store", what } };
	return run(cli, &words);
}

int cmd_store_check(struct cli *cli)
{
	return store(cli, "check");
}

int cmd_store_rebuild(struct cli *cli)
{
	struct words words = { .count = 3, .values = { program_invocation_short_name, "store", "rebuild" } };
	add_option(&words, "--lose", cli->lose);
	return run(cli, &words);
}

int cmd_store_stat(struct cli *cli)
{
	return store(cli, "stat");
}

int cmd_store_skip(struct cli *cli)
{
	struct words words = { .count = 3, .values = { program_invocation_short_name, "store", "skip" } };
	add_option(&words, "--operator", cli_who(cli));
	add_option(&words, "--reason", cli_reason(cli));
	if (cli->dry_run)
		add(&words, "--dry-run");
	return run(cli, &words);
}

int cmd_restore(struct cli *cli)
{
	struct words words = { .count = 2, .values = { program_invocation_short_name, "restore" } };
	return run(cli, &words);
}
