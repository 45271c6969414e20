/* cmd_due.c: `lienthong due`: when something is due, and how that was counted. From the files, without a broker. */
#include "commands.h"

#include "cli/cli_output.h"
#include "law/file_agencies.h"
#include "calendar_folder.h"
#include "law/file_office.h"
#include "procedure_files.h"

#include <dirent.h>
#include <errno.h>
#include <lienthong/code.h>
#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct due_question {
	char conf[CLI_PATH_MAX];
	struct calendar *calendar;
	struct office_found agency;
	struct worktime_limit limit;
	char leg_agency[64];     /* from --procedure */
	uint16_t same_day_until; /* likewise; 0: as the office hours say */
	int64_t from;
};
struct reply {
	struct worktime_due due;
	struct worktime_steps steps;
	uint32_t minutes; /* working time from intake to due */
	int64_t due_soon; /* 0: before the intake */
};

/* ---- the limit of a procedure's leg ---- */
/* By its number or its id. */
static const struct lt_route_leg *find_leg(const struct lt_procedure *procedure, const char *text)
{
	uint64_t number = 0;
	(void)cli_number(text, 1, PROCEDURE_LEGS_MAX, &number);
	for (size_t i = 0; i < procedure->leg_count; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		if (leg->number == number || strcmp(leg->id, text) == 0)
			return leg;
	}
	return NULL;
}

static int take_leg(const struct cli *cli, const struct procedure_file *file, struct due_question *q)
{
	const struct lt_procedure *procedure = &file->procedure;
	const struct lt_route_leg *leg = find_leg(procedure, cli->leg);
	if (!leg)
		return say_fail(EX_NOINPUT, "%s has no leg %s; it has 1 to %zu, from %s to %s", file->file.path,
				cli->leg, procedure->leg_count, procedure->legs[0].id,
				procedure->legs[procedure->leg_count - 1].id);
	if (leg->limit.unit == LT_LIMIT_NONE)
		return say_fail(EX_DATAERR, "%s: leg %s has no limit", file->file.path, leg->id);
	for (size_t i = 0; i < leg->by_count; i++) {
		if (leg->by[i].of == LT_LIMIT_OF_LEG)
			return say_fail(EX_USAGE,
					"%s: the limit of leg %s depends on the field \"%s\"; give that of its value "
					"by --limit",
					file->file.path, leg->id, leg->by[i].field);
	}
	q->limit = (struct worktime_limit){ (enum worktime_unit)leg->limit.unit, leg->limit.quarters };
	q->same_day_until = (uint16_t)procedure->same_day_until;
	if (leg->limit.unit == LT_LIMIT_SAME_DAY)
		q->limit.quarters = 4;
	snprintf(q->leg_agency, sizeof(q->leg_agency), "%s", leg->agency);
	return EX_OK;
}

/* The file of the folder that has this code and the highest version. */
static int find_procedure(const char *folder, const char *code, char out[CLI_PATH_MAX])
{
	uint32_t version = 0;
	DIR *dir = opendir(folder);
	int result = EX_OK;
	if (!dir)
		return say_fail(EX_NOINPUT, "cannot read the folder %s: %s", folder, strerror(errno));
	for (struct dirent *entry; result == EX_OK && (entry = readdir(dir)) != NULL;) {
		char path[CLI_PATH_MAX];
		struct procedure_file file;
		size_t len = strlen(entry->d_name);
		if (len <= 5 || strcmp(entry->d_name + len - 5, ".json") != 0)
			continue;
		result = procedure_open(cli_path(path, folder, entry->d_name), &file);
		if (result == EX_OK && strcmp(file.procedure.code, code) == 0 && file.procedure.version > version) {
			version = file.procedure.version;
			snprintf(out, CLI_PATH_MAX, "%s", path);
		}
		procedure_fini(&file);
	}
	closedir(dir);
	if (result == EX_OK && version == 0)
		return say_fail(EX_NOINPUT, "%s: no procedure has the code %s", folder, code);
	return result;
}

static int limit_of_leg(const struct cli *cli, struct due_question *q)
{
	char folder[CLI_PATH_MAX], path[CLI_PATH_MAX];
	struct procedure_file file;
	int code = EX_OK;
	snprintf(path, sizeof(path), "%s", cli->procedure);
	if (!strchr(cli->procedure, '/') && !strstr(cli->procedure, ".json"))
		code = find_procedure(cli_path(folder, q->conf, "procedures"), cli->procedure, path);
	if (code != EX_OK)
		return code;
	code = procedure_open(path, &file);
	if (code == EX_OK)
		code = take_leg(cli, &file, q);
	procedure_fini(&file);
	return code;
}

/* ---- reading the question ---- */
static int read_limit(const struct cli *cli, struct due_question *q)
{
	if ((cli->limit != NULL) == (cli->procedure != NULL))
		return say_fail(EX_USAGE, "give either --limit or --procedure with --leg");
	if ((cli->procedure != NULL) != (cli->leg != NULL))
		return say_fail(EX_USAGE, "--procedure and --leg stand together");
	if (cli->procedure)
		return limit_of_leg(cli, q);
	if (worktime_limit_parse(cli->limit, &q->limit) == LT_OK)
		return EX_OK;
	return say_fail(EX_USAGE, "--limit \"%s\": expected " WORKTIME_LIMIT_FORMS, cli->limit);
}

/* The file must hold whole, not only in the agency that is asked for. */
static int read_agency(const struct cli *cli, struct due_question *q)
{
	char path[CLI_PATH_MAX], error[600];
	struct agencies all;
	const char *wanted = cli->agency ? cli->agency : q->leg_agency;
	q->agency.office = WORKTIME_OFFICE_DEFAULT;
	if (wanted[0] == '\0')
		return EX_OK;
	if (!cli->agency && !lt_agency_code_valid(wanted))
		return say_fail(EX_USAGE, "the leg's agency is the role `%s`; name it by --agency CODE", wanted);
	cli_path(path, q->conf, "agencies.json");
	enum lt_err err = agencies_load(path, &all, error, sizeof(error));
	agencies_fini(&all);
	if (err == LT_OK)
		err = file_office_find(path, wanted, &q->agency, error, sizeof(error));
	if (err == LT_ENOENT)
		return say_fail(EX_NOINPUT, "%s: no agency has the code or alias %s", path, wanted);
	if (err != LT_OK)
		return cli_fail_file(err, error);
	return EX_OK;
}

static int read_question(const struct cli *cli, struct due_question *q)
{
	char folder[CLI_PATH_MAX];
	if (!cli->from)
		return say_fail(EX_USAGE, "give the time of receipt: --from 2026-02-13T10:00:00+07:00");
	if (lt_time_parse(cli->from, &q->from) != LT_OK)
		return say_fail(EX_USAGE, "--from \"%s\" is not a time as 2026-02-13T10:00:00+07:00", cli->from);
	procedure_choose_conf(cli, q->conf);
	int code = read_limit(cli, q);
	if (code == EX_OK)
		code = read_agency(cli, q);
	if (q->same_day_until != 0)
		q->agency.office.same_day_until = q->same_day_until;
	if (code == EX_OK)
		code = calendar_load_folder(cli_path(folder, q->conf, "calendars"), q->agency.code, &q->calendar);
	return code;
}

/* ---- the answer ---- */
static int not_covered(const struct due_question *q, int year)
{
	return say_fail(EX_DATAERR,
			"the calendar covers %d to %d and not %d; put the file of %d into %s/calendars and check it by "
			"`lienthong calendar check`",
			calendar_first_year(q->calendar), calendar_last_year(q->calendar), year, year, q->conf);
}

static int answer(const struct due_question *q, struct reply *out)
{
	int year = 0;
	const struct worktime_office *office = &q->agency.office;
	enum lt_err err = worktime_due(q->calendar, office, &q->limit, q->from, &out->due);
	if (err == LT_ENOENT)
		return not_covered(q, out->due.missing_year);
	if (err == LT_OK)
		err = worktime_used(q->calendar, office, out->due.start, out->due.due, &out->minutes, &year);
	if (err == LT_OK)
		err = worktime_explain(q->calendar, office, &q->limit, &out->due, &out->steps);
	if (err != LT_OK)
		return say_fail_err(err, "count the due time");
	if (worktime_due_soon(q->calendar, office, out->due.due, WORKTIME_DUE_SOON_MINUTES, &out->due_soon, &year) !=
		    LT_OK ||
	    out->due_soon < out->due.start)
		out->due_soon = 0;
	return EX_OK;
}

static const char *minute_text(uint16_t minute, char out[16])
{
	snprintf(out, 16, "%02d:%02d", minute / 60, minute % 60);
	return out;
}

static json_t *describe_limit(const struct worktime_limit *limit)
{
	json_t *amount = limit->quarters % 4 ? json_real(limit->quarters / 4.0) : json_integer(limit->quarters / 4);
	return json_pack("{s:s, s:o}", "unit", worktime_unit_name(limit->unit), "amount", amount);
}

static json_t *describe_office(const struct due_question *q)
{
	char a[16], b[16], c[16], d[16], until[16];
	const struct worktime_office *o = &q->agency.office;
	return json_pack("{s:[s,s], s:[s,s], s:s, s:i, s:b}", "morning", minute_text(o->hours.morning_open, a),
			 minute_text(o->hours.morning_close, b), "afternoon", minute_text(o->hours.afternoon_open, c),
			 minute_text(o->hours.afternoon_close, d), "same_day_until",
			 minute_text(o->same_day_until, until), "exceptions", (int)o->except_count, "default",
			 (int)!q->agency.given);
}

static json_t *describe_steps(const struct worktime_steps *steps)
{
	json_t *list = json_array();
	for (size_t i = 0; i < steps->count; i++) {
		const struct worktime_step *step = &steps->items[i];
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "kind", worktime_step_name(step->kind), "en",
						      step->en, "vi", step->vi));
	}
	return list;
}

static int print_json(const struct due_question *q, const struct reply *reply)
{
	return output_json(
		json_pack("{s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:I, s:o}", "due", output_json_time(reply->due.due),
			  "received", output_json_time(reply->due.received), "start",
			  output_json_time(reply->due.start), "due_soon", output_json_time(reply->due_soon), "agency",
			  q->agency.code, "office_hours", describe_office(q), "limit", describe_limit(&q->limit),
			  "working_minutes", (json_int_t)reply->minutes, "steps", describe_steps(&reply->steps)));
}

static int print_text(const struct due_question *q, const struct reply *reply)
{
	char line[1200], a[16], b[16], c[16], d[16];
	const struct worktime_office *o = &q->agency.office;
	output_line("due", output_time(reply->due.due));
	output_line("due soon", output_time(reply->due_soon));
	worktime_limit_text(&q->limit, line);
	output_line("limit", line);
	if (q->agency.code[0]) {
		snprintf(line, sizeof(line), "%s %s", q->agency.code, q->agency.name);
		output_line("agency", line);
	}
	snprintf(line, sizeof(line), "%s-%s, %s-%s%s%s", minute_text(o->hours.morning_open, a),
		 minute_text(o->hours.morning_close, b), minute_text(o->hours.afternoon_open, c),
		 minute_text(o->hours.afternoon_close, d), q->agency.given ? "" : " (default)",
		 o->except_count > 0 ? ", with exceptions by day or season" : "");
	output_line("office hours", line);
	for (int vietnamese = 0; vietnamese < 2; vietnamese++) {
		puts(vietnamese ? "\nCách tính:" : "\nHow it was counted:");
		for (size_t i = 0; i < reply->steps.count; i++) {
			const struct worktime_step *step = &reply->steps.items[i];
			lt_text_clean(vietnamese ? step->vi : step->en, line, sizeof(line));
			printf("  %2zu. %s\n", i + 1, line);
		}
	}
	return EX_OK;
}

int cmd_due(struct cli *cli)
{
	struct due_question *q = calloc(1, sizeof(*q));
	struct reply reply = { 0 };
	if (!q)
		return say_fail_err(LT_ENOMEM, "count the due time");
	int code = read_question(cli, q);
	if (code == EX_OK)
		code = answer(q, &reply);
	if (code == EX_OK)
		code = cli->json ? print_json(q, &reply) : print_text(q, &reply);
	worktime_steps_fini(&reply.steps);
	calendar_free(q->calendar);
	free(q);
	return code;
}
