/* cmd_report.c: `lienthong report NAME`: counts, delays, legs, reasons and the ranking, out of the console's projection. */
#include "command/commands.h"

#include "base/date.h"
#include "cli/cli_output.h"
#include "report/ranking.h"
#include "report_print.h"
#include "report_signed.h"

#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>

/* Where the console keeps its projection: below its StateDirectory, and in a sandbox. */
#define DATABASE "/var/lib/lienthong-console/dossiers.sqlite"
#define SANDBOX_DATABASE "console/dossiers.sqlite"

/* A day, its beginning at +07:00. */
static int read_day(const char *option, const char *text, int64_t *out)
{
	int64_t days;
	*out = 0;
	if (!text)
		return EX_OK;
	if (lt_date_parse(text, &days) != LT_OK)
		return say_fail(EX_USAGE, "%s \"%s\" is not a date as 2026-11-01", option, text);
	*out = days * LT_DAY_US - LT_VIETNAM_OFFSET_US;
	return EX_OK;
}

static int read_kind(const struct cli *cli, struct report_question *out)
{
	out->kind = report_find(cli->args[0]);
	if (out->kind == 0)
		return say_fail(
			EX_USAGE,
			"there is no report \"%s\"; the reports are agencies, sectors, procedures, channels, delays, "
			"legs, reasons and ranking",
			cli->args[0]);
	if (cli->of && !cli->dossiers)
		return say_fail(EX_USAGE, "--of goes with --dossiers: of which row");
	if ((out->kind == REPORT_RANKING) != (cli->level != NULL))
		return say_fail(EX_USAGE,
				"--level goes with ranking, which is of offices of one kind: --level commune");
	if ((cli->weights || cli->values) && out->kind != REPORT_RANKING)
		return say_fail(EX_USAGE, "--weights and --values go with ranking");
	if (cli->signed_file && out->kind != REPORT_DELAYS)
		return say_fail(EX_USAGE, "--signed goes with delays");
	if (cli->dossier && !cli->signed_file)
		return say_fail(EX_USAGE, "--dossier goes with delays --signed FILE");
	if (cli->level && lt_level_find(cli->level, &out->level) != LT_OK)
		return say_fail(EX_USAGE, "--level takes commune, district, department, province or ministry");
	if (cli->lang && strcmp(cli->lang, "vi") != 0 && strcmp(cli->lang, "en") != 0)
		return say_fail(EX_USAGE, "--lang takes vi or en");
	return EX_OK;
}

static int read_question(const struct cli *cli, struct report_question *out)
{
	*out = (struct report_question){ .agency = cli->agency,
					 .procedure = cli->procedure,
					 .column = cli->dossiers,
					 .key = cli->of,
					 .sort = cli->sort };
	int code = read_kind(cli, out);
	if (code == EX_OK)
		code = read_day("--from", cli->from, &out->from);
	if (code == EX_OK)
		code = read_day("--until", cli->until, &out->until);
	if (code == EX_OK && cli->until)
		out->until += LT_DAY_US; /* the last day is in it */
	if (code == EX_OK && cli->until && cli->from && out->until <= out->from)
		code = say_fail(EX_USAGE, "--until lies before --from");
	return code;
}

static int read_file(const char *path, enum lt_err (*read)(struct ranking *, struct lt_bytes, char *),
		     struct ranking *out)
{
	char why[REPORT_WHY] = "";
	struct lt_buf bytes = { 0 };
	if (!path)
		return EX_OK;
	enum lt_err err = lt_file_read(path, RANKING_FILE_MAX, &bytes);
	int code = err ? say_fail_err(err, "read %s", path) : EX_OK;
	if (!err && read(out, lt_buf_bytes(&bytes), why) != LT_OK)
		code = say_fail(EX_DATAERR, "%s: %s", path, why[0] ? why : "out of memory");
	lt_buf_fini(&bytes);
	return code;
}

int report_open_source(const struct cli *cli, struct report_source **out)
{
	char path[CLI_PATH_MAX], why[REPORT_WHY];
	const char *database = cli->database  ? cli->database
			       : cli->sandbox ? cli_path(path, cli->sandbox, SANDBOX_DATABASE)
					      : DATABASE;
	enum lt_err err = report_open(database, out, why);
	if (err != LT_OK)
		return say_fail(err == LT_ENOENT   ? EX_NOINPUT
				: err == LT_EPARSE ? EX_DATAERR
						   : EX_IOERR,
				"%s: %s", database, why);
	return EX_OK;
}

/* ---- where it goes ---- */

static bool ends_in(const char *path, const char *end)
{
	size_t len = path ? strlen(path) : 0;
	return len > strlen(end) && strcmp(path + len - strlen(end), end) == 0;
}

static int write_bytes(const char *path, struct lt_bytes bytes)
{
	if (!path) {
		fwrite(bytes.data, 1, bytes.len, stdout);
		return say_ended(EX_OK);
	}
	enum lt_err err = lt_file_write(path, bytes, 0600);
	return err ? say_fail_err(err, "write %s", path) : EX_OK;
}

static int write_csv(const struct cli *cli, const json_t *document, const char *lang)
{
	struct lt_buf bytes = { 0 };
	enum lt_err err = report_csv(document, strcmp(lang, "vi") == 0, &bytes);
	int code = err ? say_fail_err(err, "write the report") : write_bytes(cli->output, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return code;
}

static int write_json(const struct cli *cli, json_t *document)
{
	if (!cli->output)
		return output_json(json_incref(document));
	char *text = json_dumps(document, JSON_INDENT(2));
	int code = text ? write_bytes(cli->output, lt_bytes(text, strlen(text)))
			: say_fail_err(LT_ENOMEM, "write the report");
	free(text);
	return code;
}

static int show(const struct cli *cli, json_t *document)
{
	const char *lang = cli->lang ? cli->lang : "vi";
	if (cli->csv || ends_in(cli->output, ".csv"))
		return write_csv(cli, document, lang);
	if (cli->json || ends_in(cli->output, ".json"))
		return write_json(cli, document);
	if (ends_in(cli->output, ".pdf"))
		return report_print_paper(document, lang, cli->output);
	if (cli->output)
		return say_fail(EX_USAGE,
				"--output takes a file that ends in .csv, .json or .pdf; or give --csv or --json");
	return report_print_text(document, lang);
}

int cmd_report(struct cli *cli)
{
	struct report_question question;
	struct report_source *source = NULL;
	struct ranking ranking;
	json_t *document = NULL;
	ranking_init(&ranking);
	int code = read_question(cli, &question);
	if (code == EX_OK && cli->signed_file)
		return report_signed(cli, &question);
	if (code == EX_OK)
		code = read_file(cli->weights, ranking_read_weights, &ranking);
	if (code == EX_OK)
		code = read_file(cli->values, ranking_read_values, &ranking);
	if (code == EX_OK)
		code = report_open_source(cli, &source);
	question.ranking = &ranking;
	if (code == EX_OK) {
		enum lt_err err = report_make(source, &question, &document);
		if (err)
			code = say_fail(err == LT_EINVAL   ? EX_USAGE
					: err == LT_EAGAIN ? EX_TEMPFAIL
							   : EX_IOERR,
					"%s", report_why(source));
	}
	if (code == EX_OK)
		code = show(cli, document);
	json_decref(document);
	report_close(source);
	ranking_fini(&ranking);
	return code;
}
