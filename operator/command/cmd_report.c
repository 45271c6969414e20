/* cmd_report.c: `lienthong report NAME`: counts, delays, legs, reasons and the ranking, out of the console's projection. */
#include "commands.h"

#include "base/date.h"
#include "cli/cli_output.h"
#include "report/ranking.h"

#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>

/* Where the console keeps its projection: below its StateDirectory, and in a sandbox. */
#define DATABASE "/var/lib/lienthong-console/projection.db"
#define SANDBOX_DATABASE "console/projection.db"

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
	if (cli->level && lt_level_find(cli->level, &out->level) != LT_OK)
		return say_fail(EX_USAGE, "--level takes commune, district, department, province or ministry");
	if (cli->lang && strcmp(cli->lang, "vi") != 0 && strcmp(cli->lang, "en") != 0)
		return say_fail(EX_USAGE, "--lang takes vi or en");
	return EX_OK;
}

static int read_question(const struct cli *cli, struct report_question *out)
{
	*out = (struct report_question){
		.agency = cli->agency, .procedure = cli->procedure, .column = cli->dossiers, .key = cli->of
	};
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

static int open_source(const struct cli *cli, struct report_source **out)
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

/* ---- as text ---- */

/* A count that is nowhere more than nothing needs no column on a screen. */
static bool is_empty(const json_t *document, const json_t *column)
{
	const char *id = json_string_value(json_object_get(column, "id"));
	size_t i;
	json_t *row;
	json_array_foreach(json_object_get(document, "rows"), i, row)
	{
		const json_t *value = json_object_get(row, id);
		if (json_is_string(value) ? json_string_length(value) > 0 : json_number_value(value) != 0)
			return false;
	}
	return true;
}

static void add_line(struct output_table *table, json_t *const *columns, size_t count, const json_t *row,
		     const char *first)
{
	char texts[REPORT_COLUMNS_MAX][CLI_TEXT_MAX / 4];
	const char *cells[REPORT_COLUMNS_MAX];
	for (size_t i = 0; i < count; i++) {
		report_text(columns[i], json_object_get(row, json_string_value(json_object_get(columns[i], "id"))),
			    texts[i], sizeof(texts[i]));
		cells[i] = texts[i];
	}
	if (first)
		cells[0] = first;
	output_table_row(table, cells);
}

static void print_table(const json_t *document, const char *lang)
{
	const json_t *all = json_object_get(document, "columns"), *total = json_object_get(document, "total");
	json_t *columns[REPORT_COLUMNS_MAX], *column, *row;
	const char *heads[REPORT_COLUMNS_MAX];
	size_t count = 0, i;
	json_array_foreach((json_t *)all, i, column)
	{
		if (count == REPORT_COLUMNS_MAX || (i > 0 && is_empty(document, column)))
			continue;
		heads[count] = json_string_value(json_object_get(column, lang));
		columns[count++] = column;
	}
	struct output_table *table = output_table_new(heads, count);
	json_array_foreach(json_object_get(document, "rows"), i, row) add_line(table, columns, count, row, NULL);
	if (total && json_array_size(json_object_get(document, "rows")) > 1)
		add_line(table, columns, count, total, strcmp(lang, "vi") == 0 ? "Tổng" : "all");
	output_table_print(table);
}

static int print_text(const json_t *document, const char *lang)
{
	bool vi = strcmp(lang, "vi") == 0;
	size_t i;
	json_t *note;
	printf("%s, %s %s %s\n\n", json_string_value(json_object_get(document, vi ? "title_vi" : "title")),
	       json_string_value(json_object_get(document, "from")), vi ? "đến" : "to",
	       json_string_value(json_object_get(document, "until")));
	print_table(document, lang);
	json_array_foreach(json_object_get(document, "notes"), i, note)
		printf("%s\n", json_string_value(json_object_get(note, lang)));
	printf(vi ? "%zu dòng, đúng tại bản ghi %lld (%s).\n" : "%zu rows, true at record %lld (%s).\n",
	       json_array_size(json_object_get(document, "rows")),
	       (long long)json_integer_value(json_object_get(document, "sequence")),
	       json_string_value(json_object_get(document, "time")));
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
	if (!path)
		return fwrite(bytes.data, 1, bytes.len, stdout) == bytes.len && fflush(stdout) == 0
			       ? EX_OK
			       : say_fail(EX_IOERR, "cannot write the output");
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
	if (cli->output)
		return say_fail(EX_USAGE, "--output takes a file that ends in .csv or .json; or give --csv or --json");
	return print_text(document, lang);
}

int cmd_report(struct cli *cli)
{
	struct report_question question;
	struct report_source *source = NULL;
	struct ranking ranking;
	json_t *document = NULL;
	ranking_init(&ranking);
	int code = read_question(cli, &question);
	if (code == EX_OK)
		code = read_file(cli->weights, ranking_read_weights, &ranking);
	if (code == EX_OK)
		code = read_file(cli->values, ranking_read_values, &ranking);
	if (code == EX_OK)
		code = open_source(cli, &source);
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
