/* cmd_clock.c: `lienthong calendar import`, `lienthong office import`, `lienthong outage`: what the broker counts by. */
#include "commands.h"

#include "cli/control_client.h"
#include "law/file_calendar.h"
#include "law/file_office.h"

#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>

#define CALENDAR_ARENA (1u << 20) /* one year: 1,000 days */

/* ---- calendars ---- */

static int by_year(const void *a, const void *b)
{
	const struct calendar_file *x = a, *y = b;
	return (x->year.year > y->year.year) - (x->year.year < y->year.year);
}

static int load(const struct cli *cli, struct calendar_file *files, size_t *count)
{
	char error[700];
	struct calendar *calendar = NULL;
	for (int i = 0; i < cli->arg_count; i++) {
		struct calendar_file *file = &files[(*count)++];
		enum lt_err err = calendar_file_load(cli->args[i], file);
		if (err != LT_OK)
			return say_fail(err == LT_EIO ? EX_NOINPUT : EX_DATAERR, "%s", file->file.error);
	}
	qsort(files, *count, sizeof(*files), by_year);
	enum lt_err err = calendar_files_join(files, *count, NULL, &calendar, error, sizeof(error));
	calendar_free(calendar);
	return err == LT_OK ? EX_OK : say_fail(EX_DATAERR, "%s", error);
}

static int define(struct cli *cli, struct control_client *control, enum lt_definition type, struct lt_bytes data)
{
	struct lt_control_answer answer;
	int code = control_define(cli, control, type, data, &answer);
	return code == EX_OK ? control_show_act(cli, control, &answer) : code;
}

/* Whether the broker has a calendar of this year. */
static int in_force(struct control_client *control, int year, bool *out)
{
	struct lt_control_request request = { .type = LT_CONTROL_DEFINITIONS, .definition = LT_DEFINE_CALENDAR };
	struct lt_control_answer answer;
	struct lt_arena *arena = NULL;
	int code = control_call(control, &request, &answer);
	*out = false;
	if (code == EX_OK && lt_arena_new(CALENDAR_ARENA, &arena) != LT_OK)
		code = say_fail_err(LT_ENOMEM, "read the calendars in force");
	for (size_t i = 0; code == EX_OK && i < answer.definitions.count; i++) {
		struct lt_calendar_year one;
		lt_arena_reset(arena);
		if (lt_calendar_year_decode(answer.definitions.list[i], arena, &one, NULL) == LT_REASON_NONE)
			*out = *out || one.year == (uint32_t)year;
	}
	lt_arena_free(arena);
	return code;
}

/* A year that follows one of the same command cannot be tried before that is in force; that it does follow was looked at. */
static int define_year(struct cli *cli, struct control_client *control, const struct calendar_file *file, bool first)
{
	struct lt_buf bytes = { 0 };
	bool there = true;
	int code = cli->dry_run && !first ? in_force(control, file->year.year, &there) : EX_OK;
	if (code == EX_OK && !there)
		return control_show_act(cli, control, &(struct lt_control_answer){ 0 });
	if (code == EX_OK && calendar_file_encode(file, &bytes) != LT_OK)
		code = say_fail_err(LT_ENOMEM, "encode the calendar");
	if (code == EX_OK)
		code = define(cli, control, LT_DEFINE_CALENDAR, lt_buf_bytes(&bytes));
	lt_buf_fini(&bytes);
	return code;
}

int cmd_calendar_import(struct cli *cli)
{
	size_t count = 0;
	struct control_client *control = NULL;
	struct calendar_file *files = calloc((size_t)cli->arg_count, sizeof(*files));
	if (!files)
		return say_fail_err(LT_ENOMEM, "read %d files", cli->arg_count);
	int code = load(cli, files, &count);
	if (code == EX_OK)
		code = control_open(cli, &control);
	for (size_t i = 0; i < count && code == EX_OK; i++)
		code = define_year(cli, control, &files[i], i == 0);
	for (size_t i = 0; i < count; i++)
		calendar_file_fini(&files[i]);
	free(files);
	control_close(control);
	return code;
}

/* ---- office hours ---- */

struct office_import {
	struct cli *cli;
	struct control_client *control;
	int code;
	size_t count;
};

static enum lt_err check_office(void *ctx, const char *agency, struct lt_bytes hours)
{
	struct office_import *offices = ctx;
	(void)agency;
	(void)hours;
	offices->count++;
	return LT_OK;
}

static enum lt_err define_office(void *ctx, const char *agency, struct lt_bytes hours)
{
	struct office_import *offices = ctx;
	(void)agency;
	offices->code = define(offices->cli, offices->control, LT_DEFINE_OFFICE, hours);
	return offices->code == EX_OK ? LT_OK : LT_EINVAL;
}

int cmd_office_import(struct cli *cli)
{
	char error[700] = "";
	struct office_import offices = { .cli = cli };
	/* The whole file first: a fault at its end leaves nothing half done. */
	enum lt_err err = office_each(cli->args[0], check_office, &offices, error, sizeof(error));
	if (err != LT_OK)
		return say_fail(err == LT_EIO ? EX_NOINPUT : EX_DATAERR, "%s", error);
	if (offices.count == 0)
		return say_fail(EX_DATAERR, "%s: no agency has office_hours", cli->args[0]);
	int code = control_open(cli, &offices.control);
	if (code == EX_OK && office_each(cli->args[0], define_office, &offices, error, sizeof(error)) != LT_OK)
		code = offices.code != EX_OK ? offices.code : say_fail(EX_DATAERR, "%s", error);
	control_close(offices.control);
	return code;
}

/* ---- outages ---- */

int cmd_outage(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_OUTAGE };
	struct lt_outage_command *outage = &request.outage;
	if (lt_time_parse(cli->args[0], &outage->from) != LT_OK || lt_time_parse(cli->args[1], &outage->to) != LT_OK)
		return say_fail(EX_USAGE, "FROM and TO are times as 2026-02-13T10:00:00+07:00");
	if (outage->to <= outage->from)
		return say_fail(EX_USAGE, "TO must be after FROM");
	outage->operator_name = cli_who(cli);
	outage->reason = cli_reason(cli);
	return control_ask(cli, &request, control_show_act);
}
