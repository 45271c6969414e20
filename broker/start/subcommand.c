/* subcommand.c: the work on a stopped broker's data, one process for one command. No thread, no socket, no log: what is wrong is
 * said on standard error, by tool.c and here. */
#include "subcommand.h"

#include "config.h"
#include "env_real.h"
#include "program/say.h"
#include "tools/tool.h"

#include <errno.h>
#include <getopt.h>
#include <lienthong/text.h>
#include <lienthong/time.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_DEFAULT "/etc/lienthong/broker.conf" /* of a broker that runs as its unit says */
#define REASON_MAX 1000u                            /* characters, as of every act */

const char subcommand_usage[] =
	"  store check [DATA]           check journal and store\n"
	"  store rebuild [DATA]         make the store anew from snapshot and journal; --lose N: also when N records\n"
	"                               that were committed are no longer in the journal\n"
	"  store stat [DATA]            sizes and sequences\n"
	"  store skip SEQUENCE [DATA]   take a record that crashes the replay out of it, and freeze its dossier;\n"
	"                               needs --operator NAME and --reason TEXT; --dry-run: only whether it may be\n"
	"  restore BACKUP [DATA]        make a data folder from a backup; DATA must be empty or not there\n"
	"DATA is the data folder of a stopped broker, or a copy of one; by default that of --config FILE, which\n"
	"is " CONFIG_DEFAULT " when it is not given. --json prints JSON.\n";

struct subcommand {
	const char *first, *second; /* second NULL: one word */
	int argument_count;         /* before DATA */
	bool act;                   /* needs operator and reason */
	bool makes_data;            /* DATA need not be there */
	int (*run)(const struct tool_request *request);
};
static const struct subcommand subcommands[] = {
	{ "store", "check", 0, false, false, tool_check }, { "store", "rebuild", 0, false, false, tool_rebuild },
	{ "store", "stat", 0, false, false, tool_stat },   { "store", "skip", 1, true, false, tool_skip },
	{ "restore", NULL, 1, false, true, tool_restore },
};

struct command_line {
	const struct subcommand *subcommand;
	const char *config;
	bool help;
	struct tool_request request;
	char *data;
};

static const struct subcommand *find(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++) {
		const struct subcommand *one = &subcommands[i];
		if (strcmp(argv[1], one->first) == 0 &&
		    (!one->second || (argc > 2 && strcmp(argv[2], one->second) == 0)))
			return one;
	}
	return NULL;
}

static int usage_error(void)
{
	fprintf(stderr, "Usage: %s COMMAND [OPTIONS]\n%s", program_invocation_short_name, subcommand_usage);
	return EX_USAGE;
}

static int read_sequence(const char *text, uint64_t *out)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value == 0 || value > UINT64_MAX / 2)
		return say_fail(EX_USAGE, "\"%s\" is not a number of records, from 1", text);
	*out = value;
	return EX_OK;
}

/* Options may stand anywhere behind the words; getopt_long moves them to the front. */
static int read_options(int argc, char **argv, struct command_line *line)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },   { "json", no_argument, NULL, 'j' },
		{ "operator", required_argument, NULL, 'o' }, { "reason", required_argument, NULL, 'r' },
		{ "dry-run", no_argument, NULL, 'd' },        { "lose", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },           { 0 }
	};
	for (int option; (option = getopt_long(argc, argv, "c:", options, NULL)) != -1;) {
		switch (option) {
		case 'c':
			line->config = optarg;
			break;
		case 'j':
			line->request.json = true;
			break;
		case 'o':
			line->request.operator_name = optarg;
			break;
		case 'r':
			line->request.reason = optarg;
			break;
		case 'd':
			line->request.dry_run = true;
			break;
		case 'l':
			if (read_sequence(optarg, &line->request.may_lose) != EX_OK)
				return EX_USAGE;
			break;
		case 'h':
			line->help = true;
			break;
		default:
			return usage_error();
		}
	}
	return EX_OK;
}

static int check_act(const struct tool_request *request)
{
	if (lt_text_blank(request->operator_name))
		return say_fail(EX_USAGE, "every act carries its operator; give --operator NAME");
	if (lt_text_blank(request->reason))
		return say_fail(EX_USAGE, "every act carries a reason, which stays with the data; give --reason TEXT");
	struct lt_refusal refusal = { 0 };
	if (lt_text_refuse(request->operator_name, LT_TEXT_LINE, LT_TEXT_NOT_IN_FORM, "--operator", &refusal) ||
	    lt_text_refuse(request->reason, LT_TEXT_LINES, LT_TEXT_NOT_IN_FORM, "--reason", &refusal))
		return say_fail(EX_USAGE, "%s", refusal.detail);
	if (lt_text_length(request->reason, strlen(request->reason)) > REASON_MAX)
		return say_fail(EX_USAGE, "--reason is longer than %u characters", REASON_MAX);
	return EX_OK;
}

/* What stands before DATA. */
static int read_argument(struct command_line *line, const char *argument)
{
	if (line->subcommand->act)
		return read_sequence(argument, &line->request.sequence);
	line->request.backup = argument;
	return EX_OK;
}

static int data_of_config(struct command_line *line)
{
	struct config config;
	char error[CONFIG_ERROR_MAX];
	enum lt_err err = config_load(line->config, &config, error, sizeof(error));
	if (err)
		return say_fail(err == LT_ENOENT ? EX_NOINPUT : EX_CONFIG, "%s", error);
	line->data = strdup(config.data);
	config_fini(&config);
	return line->data ? EX_OK : say_fail_err(LT_ENOMEM, "read %s", line->config);
}

static int find_data(struct command_line *line, const char *argument)
{
	int code = EX_OK;
	if (!line->config)
		line->config = CONFIG_DEFAULT;
	if (!argument)
		code = data_of_config(line);
	else if (!(line->data = strdup(argument)))
		code = say_fail_err(LT_ENOMEM, "find the data folder");
	if (code == EX_OK && !line->subcommand->makes_data && access(line->data, X_OK) != 0)
		code = say_fail(EX_NOINPUT, "there is no data folder %s; name it, or give the broker's configuration",
				line->data);
	line->request.data = line->data;
	return code;
}

int subcommand_run(int argc, char **argv)
{
	struct command_line line = { .subcommand = find(argc, argv), .request.now = lt_time_now() };
	const struct env env = env_real();
	const struct passwd *user = getpwuid(getuid());
	line.request.uid = (uint32_t)getuid();
	line.request.login = user ? user->pw_name : "";
	line.request.random = env.random;
	line.request.clock = env.boottime;
	line.request.ctx = env.ctx;
	if (!line.subcommand)
		return usage_error();
	int words = line.subcommand->second ? 2 : 1;
	argc -= words;
	argv += words;
	int code = read_options(argc, argv, &line);
	if (code == EX_OK && line.help)
		fputs(subcommand_usage, stdout);
	if (code != EX_OK || line.help)
		return code;
	int wanted = line.subcommand->argument_count, given = argc - optind;
	if (given < wanted || given > wanted + 1)
		return usage_error();
	if (line.subcommand->act)
		code = check_act(&line.request);
	if (code == EX_OK && wanted > 0)
		code = read_argument(&line, argv[optind]);
	if (code == EX_OK)
		code = find_data(&line, given > wanted ? argv[optind + wanted] : NULL);
	if (code == EX_OK)
		code = line.subcommand->run(&line.request);
	free(line.data);
	return code;
}
