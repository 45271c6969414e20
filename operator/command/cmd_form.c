/* cmd_form.c: `lienthong form NN CODE -o FILE`. */
#include "commands.h"

#include "cli/cli_output.h"
#include "base/date.h"
#include "form/form_document.h"

#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command {
	struct form_job job;
	struct form_facts facts;
	struct control_client *control;
	struct lt_directory *directory;
	int64_t from, to;
};

/* 0: not asked for, or no number. */
static uint64_t record_of(const struct cli *cli)
{
	size_t len = cli->record ? strlen(cli->record) : 0;
	return len > 0 && len <= 18 && strspn(cli->record, "0123456789") == len ? strtoull(cli->record, NULL, 10) : 0;
}

static int check_words(const struct cli *cli)
{
	const char *form = cli->args[0];
	bool named = strlen(form) == 2 && form[0] == '0' && form[1] >= '1' && form[1] <= '7';
	if (!named)
		return say_fail(EX_USAGE, "there is no form \"%s\"; the forms are 01 to 07", form);
	if (cli->lang && strcmp(cli->lang, "vi") != 0 && strcmp(cli->lang, "en") != 0 && strcmp(cli->lang, "both") != 0)
		return say_fail(EX_USAGE, "--lang takes vi, en or both");
	if (!cli->json && !cli->output)
		return say_fail(EX_USAGE, "give the file to write: -o FILE.pdf; or --json");
	if (cli->record && (form[1] < '2' || form[1] > '5' || record_of(cli) == 0))
		return say_fail(EX_USAGE, "--record takes the sequence of an act, for the forms 02 to 05");
	if (form[1] == '7') {
		if (cli->arg_count != 1 || !cli->agency || !cli->from || !cli->to)
			return say_fail(EX_USAGE,
					"usage: lienthong form 07 --agency CODE --from DATE --to DATE -o FILE");
		return EX_OK;
	}
	if (cli->arg_count != 2 || cli->agency || cli->from || cli->to)
		return say_fail(EX_USAGE, "usage: lienthong form %s CODE -o FILE", form);
	return EX_OK;
}

/* A day, its beginning at +07:00. */
static int read_day(const char *option, const char *text, int64_t *out)
{
	int year, month, day, end = 0;
	if (strlen(text) != 10 || sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || end != 10 ||
	    !lt_date_exists(year, month, day))
		return say_fail(EX_USAGE, "%s \"%s\" is not a date as 2026-11-01", option, text);
	*out = lt_date_to_days(year, month, day) * LT_DAY_US - LT_VIETNAM_OFFSET_US;
	return EX_OK;
}

static int read_period(const struct cli *cli, struct command *command)
{
	if (cli->args[0][1] != '7')
		return EX_OK;
	int code = read_day("--from", cli->from, &command->from);
	if (code == EX_OK)
		code = read_day("--to", cli->to, &command->to);
	command->to += LT_DAY_US; /* the last day is in it */
	if (code == EX_OK && command->to <= command->from)
		return say_fail(EX_USAGE, "--to lies before --from");
	return code;
}

/* The folder of --conf; else the samples beside the sources, else the installed ones. */
static int read_conf(const struct cli *cli, struct command *command)
{
	char path[CLI_PATH_MAX];
	const char *conf = cli->conf;
	if (!conf)
		conf = access(cli_path(path, LT_DATADIR, "forms.json"), R_OK) == 0 ? LT_DATADIR : LT_SHAREDIR;
	enum lt_err err = form_facts_load(cli_path(path, conf, "forms.json"), &command->facts);
	if (err != LT_OK)
		return say_fail(err == LT_EIO ? EX_NOINPUT : EX_DATAERR, "%s",
				command->facts.file.error[0] ? command->facts.file.error : lt_err_text(err));
	return EX_OK;
}

static int make(const struct cli *cli, struct command *command, json_t **out)
{
	struct form_history history = { 0 };
	if (cli->args[0][1] == '7') {
		const struct lt_agency *agency = lt_directory_resolve(command->directory, cli->agency);
		if (!agency)
			return say_fail(EX_NOINPUT, "no agency has the code or alias %s", cli->agency);
		return form_period(&command->job, command->control, command->directory, agency, command->from,
				   command->to, out);
	}
	int code = form_history_load(command->control, command->directory, cli->args[1], &history);
	if (code == EX_OK)
		code = form_document(&command->job, &history, out);
	form_history_fini(&history);
	return code;
}

int cmd_form(struct cli *cli)
{
	struct command command = { 0 };
	json_t *document = NULL;
	int code = check_words(cli);
	if (code == EX_OK)
		code = read_period(cli, &command);
	if (code == EX_OK)
		code = read_conf(cli, &command);
	if (code == EX_OK)
		code = control_open(cli, &command.control);
	if (code == EX_OK)
		code = control_directory(command.control, &command.directory);
	command.job = (struct form_job){ .form = cli->args[0],
					 .lang = cli->lang ? cli->lang : "vi",
					 .record = record_of(cli),
					 .facts = &command.facts };
	if (code == EX_OK)
		code = make(cli, &command, &document);
	if (code == EX_OK && cli->output)
		code = form_print(document, cli->output);
	if (code == EX_OK && cli->json)
		code = output_json(json_incref(document));
	json_decref(document);
	lt_directory_free(command.directory);
	control_close(command.control);
	form_facts_fini(&command.facts);
	return code;
}
