/* cli.c: options. One table, read by the parser and by the help. */
#include "cli.h"

#include "cli_output.h"
#include "program/log.h"
#include "program/near.h"

#include <lienthong/text.h>

#include <stdlib.h>
#include <string.h>

enum value_kind { FLAG, TEXT, LINE, LINES, LIST, SECONDS }; /* LINE and LINES: texts that are kept, in their form */
struct option {
	const char *name;
	enum value_kind kind;
	uint64_t groups; /* 0: every command */
	size_t offset;
	const char *argument, *help;
};
static const struct option options[] = {
	{ "json", FLAG, 0, offsetof(struct cli, json), NULL, "print JSON instead of a table" },
	{ "help", FLAG, 0, offsetof(struct cli, help), NULL, "print this help" },
	{ "control", TEXT, CLI_CONTROL | CLI_REPORT, offsetof(struct cli, control), "PATH",
	  "control socket of the broker" },
	{ "sandbox", TEXT, CLI_CONTROL | CLI_REGISTRAR | CLI_DATA | CLI_REPORT, offsetof(struct cli, sandbox), "DIR",
	  "use the deployment that `lienthong sandbox DIR` made" },
	{ "config", TEXT, CLI_DATA, offsetof(struct cli, config), "FILE",
	  "the broker's configuration, for its data folder" },
	{ "lose", TEXT, CLI_LOSE, offsetof(struct cli, lose), "N",
	  "go on although N records that were committed are no longer in the journal" },
	{ "timeout", SECONDS, CLI_CONTROL | CLI_REPORT, offsetof(struct cli, timeout), "SECONDS",
	  "wait so long for the broker (default 10)" },
	{ "operator", LINE, CLI_ACT | CLI_WHO, offsetof(struct cli, operator_name), "NAME",
	  "who does this (default: $SUDO_USER or the login name)" },
	{ "reason", LINES, CLI_ACT | CLI_WHO, offsetof(struct cli, reason), "TEXT",
	  "why; required for acts, and kept with them" },
	{ "adapters", TEXT, CLI_PROBE, offsetof(struct cli, adapters), "DIR",
	  "folder with CODE/adapter.conf (default: /etc/lienthong/adapters)" },
	{ "registrar-key", TEXT, CLI_REGISTRAR, offsetof(struct cli, registrar_key), "FILE",
	  "the registrar's key, PEM, mode 0600" },
	{ "registrar-cert", TEXT, CLI_REGISTRAR, offsetof(struct cli, registrar_cert), "FILE",
	  "the registrar's certificate, PEM" },
	{ "name", LINE, CLI_AGENCY | CLI_RENAMED | CLI_FIRST, offsetof(struct cli, name), "TEXT",
	  "Vietnamese name; required" },
	{ "name-en", LINE, CLI_AGENCY | CLI_RENAMED, offsetof(struct cli, name_en), "TEXT", "English name" },
	{ "level", TEXT, CLI_AGENCY, offsetof(struct cli, level), "LEVEL",
	  "commune, district, department, province or ministry; required" },
	{ "parent", TEXT, CLI_AGENCY, offsetof(struct cli, parent), "CODE", "the agency above" },
	{ "alias", LIST, CLI_AGENCY, offsetof(struct cli, aliases), "CODE",
	  "another form of the code; may be repeated" },
	{ "cert", LIST, CLI_AGENCY | CLI_RENAMED | CLI_FIRST, offsetof(struct cli, certs), "FILE",
	  "certificate that may sign for the agency, PEM; may be repeated" },
	{ "curve-key", LIST, CLI_AGENCY | CLI_RENAMED, offsetof(struct cli, curve_keys), "FILE",
	  "CURVE public key of an adapter; may be repeated" },
	{ "fingerprint", TEXT, CLI_ENROLL, offsetof(struct cli, fingerprint), "TEXT",
	  "of the request, as its agency reads it to you; required" },
	{ "only", FLAG, CLI_ONLY, offsetof(struct cli, only), NULL,
	  "nothing beside them: older certificates and keys end now" },
	{ "effective", TEXT, CLI_CLOSE, offsetof(struct cli, effective), "DATE",
	  "as 2026-07-01: from 00:00 of that day at +07:00 on; or a time; required to close an agency" },
	{ "branch", LIST, CLI_REPAIR, offsetof(struct cli, branches), "NUMBER=AGENCY@LEG",
	  "who holds a branch and at which leg; NUMBER= for one that is closed; may be repeated" },
	{ "status", TEXT, CLI_REPAIR, offsetof(struct cli, status), "NUMBER",
	  "where the dossier goes on: 2, 4 or 8; required" },
	{ "verdict", TEXT, CLI_CORRECT, offsetof(struct cli, verdict), "WORD",
	  "what is right: early, on-time or late; absent: only the reason stands beside it" },
	{ "dry-run", FLAG, CLI_ACT | CLI_DRY, offsetof(struct cli, dry_run), NULL,
	  "change nothing, only say what would follow" },
	{ "field", TEXT, CLI_SPLIT, offsetof(struct cli, field), "NAME",
	  "the dossier's field that says which successor" },
	{ "rule", LIST, CLI_SPLIT, offsetof(struct cli, rules), "VALUE=CODE",
	  "dossiers with this value pass to that agency; may be repeated" },
	{ "default", TEXT, CLI_SPLIT, offsetof(struct cli, others), "CODE", "the successor for all other values" },
	{ "console", TEXT, CLI_CONSOLE, offsetof(struct cli, console), "PATH", "the console's log-in socket" },
	{ "foreign", LINE, CLI_FIND, offsetof(struct cli, foreign), "CODE",
	  "what another system calls the dossier; required" },
	{ "owed-by", TEXT, CLI_LIST, offsetof(struct cli, owed_by), "CODE", "what this agency has to do now" },
	{ "late", FLAG, CLI_LIST, offsetof(struct cli, late), NULL, "what is over its time, the latest first" },
	{ "due-within", TEXT, CLI_LIST, offsetof(struct cli, due_within), "SPAN",
	  "what is due from now on, in hours or days: 8h, 3d" },
	{ "unanswered", FLAG, CLI_LIST, offsetof(struct cli, unanswered), NULL,
	  "what was offered, and is neither accepted nor refused" },
	{ "silent", FLAG, CLI_LIST, offsetof(struct cli, silent), NULL, "work in which nothing happens" },
	{ "status", TEXT, CLI_LIST, offsetof(struct cli, status), "N", "of this status of the national list" },
	{ "procedure", TEXT, CLI_LIST, offsetof(struct cli, procedure), "CODE", "of this procedure, any version" },
	{ "lead", TEXT, CLI_LIST, offsetof(struct cli, lead), "CODE", "that this agency leads" },
	{ "holder", TEXT, CLI_LIST, offsetof(struct cli, holder), "CODE", "of which this agency holds a branch" },
	{ "rows", TEXT, CLI_LIST, offsetof(struct cli, rows), "N", "print so many at most (default 1000)" },
	{ "after", TEXT, CLI_LIST, offsetof(struct cli, after), "PLACE", "go on behind `next` of the page before" },
	{ "output", TEXT, CLI_TABLE, offsetof(struct cli, format), "FORMAT",
	  "table (fitted to the terminal), wide (as it is), csv, or json" },
	{ "counters", FLAG, CLI_STATUS, offsetof(struct cli, counters), NULL, "all that is counted, too" },
	{ "listen", TEXT, CLI_LISTEN, offsetof(struct cli, listen), "ADDRESS",
	  "serve them, as 127.0.0.1:9464 or unix:PATH, until Ctrl-C" },
	{ "hops", FLAG, CLI_VIEW, offsetof(struct cli, hops), NULL, "every act of its history, as `trace` shows them" },
	{ "proof", FLAG, CLI_VIEW, offsetof(struct cli, proof), NULL,
	  "with each act who signed it, the certificate and the receipt" },
	{ "dot", FLAG, CLI_ROUTE, offsetof(struct cli, dot), NULL, "print the route as Graphviz, for `dot -Tsvg`" },
	{ "agencies", TEXT, CLI_FILES, offsetof(struct cli, agencies), "FILE",
	  "agencies to check against (default: agencies.json of --conf)" },
	{ "conf", TEXT, CLI_FILES, offsetof(struct cli, conf), "DIR",
	  "folder with agencies.json (default: the samples)" },
	{ "agencies", TEXT, CLI_SANDBOX, offsetof(struct cli, agencies), "FILE",
	  "agencies of the deployment (default: the sample agencies)" },
	{ "procedures", TEXT, CLI_SANDBOX, offsetof(struct cli, procedures), "DIR",
	  "folder of procedure files (default: the sample procedures)" },
	{ "domain", TEXT, CLI_SANDBOX, offsetof(struct cli, domain), "NAME",
	  "the broker's domain (default lienthong.sandbox.vn)" },
	{ "agencies", TEXT, CLI_FIRST, offsetof(struct cli, agencies), "FILE", "the agencies file; required" },
	{ "domain", TEXT, CLI_FIRST, offsetof(struct cli, domain), "NAME", "the broker's domain; required" },
	{ "ca", TEXT, CLI_FIRST, offsetof(struct cli, ca), "FILE",
	  "whose certificates are trusted: the CA's certificate, PEM or DER; required" },
	{ "output", TEXT, CLI_FIRST, offsetof(struct cli, output), "FILE",
	  "write the directory here; also -o FILE; required" },
	{ "run", FLAG, CLI_SANDBOX, offsetof(struct cli, run), NULL,
	  "start broker and adapters, and stay until Ctrl-C" },
	{ "echo", LIST, CLI_SANDBOX, offsetof(struct cli, echoes), "FILE",
	  "with --run: an agency that answers by the rules of FILE; may be repeated" },
	{ "limit", TEXT, CLI_DUE, offsetof(struct cli, limit), "LIMIT",
	  "\"3 working_days\", \"1.25 working_days\", working_hours, minutes, calendar_days, or \"same_day\"" },
	{ "procedure", TEXT, CLI_DUE, offsetof(struct cli, procedure), "CODE",
	  "take the limit from this procedure, or its file; with --leg" },
	{ "leg", TEXT, CLI_DUE, offsetof(struct cli, leg), "LEG", "the leg of the procedure" },
	{ "agency", TEXT, CLI_DUE, offsetof(struct cli, agency), "CODE", "whose office hours; code or alias" },
	{ "from", TEXT, CLI_DUE, offsetof(struct cli, from), "TIME",
	  "time of receipt, as 2026-02-13T10:00:00+07:00; required" },
	{ "conf", TEXT, CLI_DUE, offsetof(struct cli, conf), "DIR",
	  "folder with agencies.json, calendars and procedures (default: the samples)" },
	{ "output", TEXT, CLI_FORM, offsetof(struct cli, output), "FILE", "write the PDF here; also -o FILE" },
	{ "from", TEXT, CLI_FROM, offsetof(struct cli, from), "NUMBER", "the first number that the adapter shall get" },
	{ "output", TEXT, CLI_EVIDENCE, offsetof(struct cli, output), "FILE",
	  "write the zip here (default CODE.zip); also -o FILE" },
	{ "output", TEXT, CLI_LEDGER, offsetof(struct cli, output), "FILE", "write the proof here; also -o FILE" },
	{ "version", TEXT, CLI_VERSION, offsetof(struct cli, version), "N",
	  "an older version, out of the journal (default: the one in force)" },
	{ "output", TEXT, CLI_VERSION, offsetof(struct cli, output), "FILE",
	  "write the signed bytes here; also -o FILE" },
	{ "key", TEXT, CLI_LEDGER, offsetof(struct cli, key), "KEY",
	  "the ledger's public key (base64) that you trust (default: those of the broker's directory)" },
	{ "lang", TEXT, CLI_FORM, offsetof(struct cli, lang), "LANG", "vi, en or both (default vi)" },
	{ "from", TEXT, CLI_REPORT, offsetof(struct cli, from), "DATE",
	  "the first day, as 2026-11-01 (default: of the month)" },
	{ "until", TEXT, CLI_REPORT, offsetof(struct cli, until), "DATE", "the last day (default: today)" },
	{ "agency", TEXT, CLI_REPORT, offsetof(struct cli, agency), "CODE",
	  "only dossiers that it received; delays, legs, reasons: only what is its own" },
	{ "procedure", TEXT, CLI_REPORT, offsetof(struct cli, procedure), "CODE", "only dossiers of it, any version" },
	{ "dossiers", TEXT, CLI_REPORT, offsetof(struct cli, dossiers), "COLUMN",
	  "what lies behind the numbers of this column, by its id in the JSON" },
	{ "of", TEXT, CLI_REPORT, offsetof(struct cli, of), "KEY", "with --dossiers: behind that of one row" },
	{ "sort", TEXT, CLI_REPORT, offsetof(struct cli, sort), "COLUMN",
	  "by this column's id in the JSON; -COLUMN: the largest first" },
	{ "level", TEXT, CLI_REPORT, offsetof(struct cli, level), "LEVEL", "ranking: of which kind of office" },
	{ "weights", TEXT, CLI_REPORT, offsetof(struct cli, weights), "FILE", "ranking: what each indicator weighs" },
	{ "values", TEXT, CLI_REPORT, offsetof(struct cli, values), "FILE",
	  "ranking: values from outside, CSV: agency,indicator,value,source" },
	{ "signed", TEXT, CLI_REPORT, offsetof(struct cli, signed_file), "FILE",
	  "delays: write what the broker counts itself and signs, as a zip" },
	{ "dossier", TEXT, CLI_REPORT, offsetof(struct cli, dossier), "CODE", "with --signed: of this dossier alone" },
	{ "csv", FLAG, CLI_REPORT, offsetof(struct cli, csv), NULL, "print CSV instead of a table" },
	{ "output", TEXT, CLI_REPORT, offsetof(struct cli, output), "FILE",
	  "write FILE.csv, FILE.json or FILE.pdf; also -o FILE" },
	{ "lang", TEXT, CLI_REPORT, offsetof(struct cli, lang), "LANG", "vi or en (default vi)" },
	{ "database", TEXT, CLI_REPORT, offsetof(struct cli, database), "FILE",
	  "the console's projection (default: the installed console's, or the sandbox's)" },
	{ "record", TEXT, CLI_FORM, offsetof(struct cli, record), "SEQ",
	  "forms 02 to 05: of the act in this record of the journal, not of the newest" },
	{ "agency", TEXT, CLI_FORM, offsetof(struct cli, agency), "CODE", "form 07: whose register; code or alias" },
	{ "from", TEXT, CLI_FORM, offsetof(struct cli, from), "DATE", "form 07: the first day, as 2026-11-01" },
	{ "to", TEXT, CLI_FORM, offsetof(struct cli, to), "DATE", "form 07: the last day" },
	{ "conf", TEXT, CLI_FORM, offsetof(struct cli, conf), "DIR",
	  "folder with forms.json, agencies.json and calendars (default: the samples)" },
};
enum { OPTION_COUNT = sizeof(options) / sizeof(options[0]) };

static bool taken(const struct option *option, const struct cli_command *command)
{
	return option->groups == 0 || (option->groups & command->groups) != 0;
}

static const char *option_at(void *ctx, size_t index)
{
	const struct cli_command *command = ctx;
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (taken(&options[i], command) && index-- == 0)
			return options[i].name;
	return NULL;
}

static const struct option *find_option(const struct cli_command *command, const char *name, size_t len)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (strlen(options[i].name) == len && memcmp(options[i].name, name, len) == 0 &&
		    taken(&options[i], command))
			return &options[i];
	return NULL;
}

static int unknown_option(const struct cli_command *command, const char *argument)
{
	char name[64];
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(argument + 2, "="), argument + 2);
	const char *near = near_word(name, option_at, (void *)command);
	if (near)
		return say_fail(EX_USAGE, "unknown option --%s; did you mean --%s?", name, near);
	return say_fail(EX_USAGE, "unknown option --%s; see `lienthong help %s`", name, command->name);
}

/* Composed and without white space at its edges, in the place where it stands: nobody has signed it yet. What would be longer then
 * (some letters of other scripts) stays, and is refused as all that is not in form. */
static int bring(const char *name, char *value, enum lt_text_form form)
{
	struct lt_buf brought = { 0 };
	struct lt_text_fault fault;
	enum lt_err err = lt_text_bring(value, &brought);
	if (err == LT_OK && brought.len <= strlen(value) + 1)
		memcpy(value, brought.data, brought.len);
	lt_buf_fini(&brought);
	if (err == LT_OK)
		err = lt_text_check(value, form, &fault);
	if (err == LT_EINVAL)
		return say_fail(EX_USAGE, "--%s: U+%04X at character %zu %s", name, (unsigned)fault.code,
				fault.place + 1, fault.what);
	return err == LT_OK ? EX_OK : say_fail_err(err, "read --%s", name);
}

static int store_value(struct cli *cli, const struct option *option, char *value)
{
	char *target = (char *)cli + option->offset;
	struct cli_list *list = (struct cli_list *)(void *)target;
	if (!lt_text_valid(value, strlen(value)))
		return say_fail(EX_USAGE, "--%s: the value is not UTF-8", option->name);
	switch (option->kind) {
	case FLAG:
		break;
	case LINE:
	case LINES:
		*(const char **)(void *)target = value;
		return bring(option->name, value, option->kind == LINES ? LT_TEXT_LINES : LT_TEXT_LINE);
	case TEXT:
		*(const char **)(void *)target = value;
		break;
	case LIST:
		if (list->count == CLI_LIST_MAX)
			return say_fail(EX_USAGE, "--%s stands more than %u times", option->name, CLI_LIST_MAX);
		list->values[list->count++] = value;
		break;
	case SECONDS:
		if (!cli_number(value, 1, 86400, (uint64_t *)(void *)target))
			return say_fail(EX_USAGE, "--%s takes seconds, 1 to 86400", option->name);
		break;
	}
	return EX_OK;
}

/* Takes the option at argv[*i], and its value. */
static int take_option(struct cli *cli, int argc, char **argv, int *i)
{
	char *argument = argv[*i];
	size_t len = strcspn(argument + 2, "=");
	const struct option *option = find_option(cli->command, argument + 2, len);
	char *value = argument[2 + len] == '=' ? argument + 3 + len : NULL;
	if (!option)
		return unknown_option(cli->command, argument);
	if (option->kind == FLAG) {
		if (value)
			return say_fail(EX_USAGE, "--%s takes no value", option->name);
		*((bool *)(void *)((char *)cli + option->offset)) = true;
		return EX_OK;
	}
	if (!value && *i + 1 < argc)
		value = argv[++*i];
	if (!value)
		return say_fail(EX_USAGE, "--%s needs %s", option->name, option->argument);
	return store_value(cli, option, value);
}

/* "-o FILE": a long option by its one letter. */
static int take_short(struct cli *cli, int argc, char **argv, int *i, const char *name)
{
	const struct option *option = find_option(cli->command, name, strlen(name));
	LT_ASSERT(option && option->kind == TEXT);
	if (*i + 1 == argc)
		return say_fail(EX_USAGE, "%s needs %s", argv[*i], option->argument);
	return store_value(cli, option, argv[++*i]);
}

static int take_format(struct cli *cli)
{
	static const char *const names[] = { "table", "wide", "csv" };
	enum output_format format = OUTPUT_TABLE;
	if (!cli->format)
		return EX_OK;
	while (format <= OUTPUT_CSV && strcmp(cli->format, names[format]) != 0)
		format++;
	if (format <= OUTPUT_CSV && cli->json)
		return say_fail(EX_USAGE, "--json and --output %s contradict each other", cli->format);
	if (format > OUTPUT_CSV && strcmp(cli->format, "json") != 0)
		return say_fail(EX_USAGE, "--output is table, wide, csv or json");
	cli->json = format > OUTPUT_CSV;
	if (!cli->json)
		output_set_format(format);
	return EX_OK;
}

/* Too few, or one too many. */
static int say_usage(const struct cli *cli)
{
	const struct cli_command *command = cli->command;
	const char *gap = command->arguments[0] ? " " : "";
	if (command->max_args >= 0 && cli->arg_count > command->max_args)
		return say_fail(EX_USAGE, "\"%s\" is one word too many; usage: lienthong %s%s%s",
				cli->args[command->max_args], command->name, gap, command->arguments);
	return say_fail(EX_USAGE, "usage: lienthong %s%s%s", command->name, gap, command->arguments);
}

int cli_parse(struct cli *cli, int argc, char **argv)
{
	cli->args = argv;
	cli->timeout = 10;
	bool only_arguments = false;
	for (int i = 0; i < argc; i++) {
		int code = EX_OK;
		if (!only_arguments && strcmp(argv[i], "--") == 0)
			only_arguments = true;
		else if (!only_arguments && strcmp(argv[i], "-h") == 0)
			cli->help = true;
		else if (!only_arguments && strcmp(argv[i], "-o") == 0 &&
			 find_option(cli->command, "output", strlen("output")))
			code = take_short(cli, argc, argv, &i, "output");
		else if (!only_arguments && strncmp(argv[i], "--", 2) == 0)
			code = take_option(cli, argc, argv, &i);
		else if (!only_arguments && argv[i][0] == '-' && argv[i][1] != '\0')
			code = say_fail(EX_USAGE, "unknown option %s; see `lienthong help %s`", argv[i],
					cli->command->name);
		else
			cli->args[cli->arg_count++] = argv[i];
		if (code != EX_OK)
			return code;
	}
	if (cli->help)
		return EX_OK;
	if (cli->arg_count < cli->command->min_args ||
	    (cli->command->max_args >= 0 && cli->arg_count > cli->command->max_args))
		return say_usage(cli);
	if ((cli->command->groups & CLI_ACT) && (!cli->dry_run || cli->reason))
		return cli_check_act(cli);
	return take_format(cli);
}

const char *cli_who(const struct cli *cli)
{
	return cli->operator_name ? cli->operator_name : cli->login;
}

const char *cli_reason(const struct cli *cli)
{
	return cli->dry_run && !cli->reason ? "dry run" : cli->reason;
}

int cli_check_act(const struct cli *cli)
{
	if (lt_text_blank(cli_who(cli)))
		return say_fail(EX_USAGE, "every act carries its operator; give --operator NAME");
	if (lt_text_blank(cli->reason))
		return say_fail(EX_USAGE, "every act carries a reason, which the journal keeps; give --reason TEXT");
	if (strcmp(cli->reason, "TEXT") == 0) /* as help and verdict have it: pasted, not written */
		return say_fail(EX_USAGE, "write why in the place of TEXT: --reason '...'");
	if (lt_text_length(cli->reason, strlen(cli->reason)) > 1000)
		return say_fail(EX_USAGE, "--reason is longer than 1000 characters");
	return EX_OK;
}

void cli_print_options(FILE *out, const struct cli_command *command)
{
	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (!taken(&options[i], command))
			continue;
		char head[64];
		snprintf(head, sizeof(head), "--%s%s%s", options[i].name, options[i].argument ? " " : "",
			 options[i].argument ? options[i].argument : "");
		fprintf(out, "  %-24s %s\n", head, options[i].help);
	}
}

const char *cli_path(char out[CLI_PATH_MAX], const char *folder, const char *name)
{
	int len = snprintf(out, CLI_PATH_MAX, "%s/%s", folder, name);
	LT_ASSERT(len > 0 && len < (int)CLI_PATH_MAX);
	return out;
}

const char *cli_place(const struct cli *cli, char out[CLI_PLACE_MAX])
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+,:@%=-";
	const char *path = cli->control ? cli->control : cli->sandbox;
	size_t used;
	out[0] = '\0';
	if (!path || strlen(path) >= CLI_PATH_MAX)
		return out;
	bool quoted = path[strspn(path, plain)] != '\0';
	used = (size_t)snprintf(out, CLI_PLACE_MAX, " --%s %s", cli->control ? "control" : "sandbox",
				quoted ? "'" : "");
	for (; *path; path++)
		used += (size_t)snprintf(out + used, CLI_PLACE_MAX - used, *path == '\'' ? "'\\''" : "%c", *path);
	snprintf(out + used, CLI_PLACE_MAX - used, "%s", quoted ? "'" : "");
	return out;
}

int cli_fail_file(enum lt_err err, const char *said)
{
	return say_fail(err == LT_EIO ? EX_NOINPUT : EX_DATAERR, "%s", said);
}

bool cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	if (text[0] == '\0')
		return false;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9' || value > (UINT64_MAX - 9) / 10)
			return false;
		value = value * 10 + (uint64_t)(*p - '0');
	}
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}
