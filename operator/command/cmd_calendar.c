/* cmd_calendar.c: `lienthong calendar check FILE...`. */
#include "commands.h"

#include "cli/cli_output.h"
#include "base/date.h"
#include "law/file_calendar.h"

#include <stdlib.h>
#include <string.h>

struct counted {
	size_t kinds[CALENDAR_SWAP_OFF + 1];
	size_t on_rest; /* holidays on the weekly rest */
	uint32_t working_days;
};

static struct counted count(const struct calendar_file *file)
{
	struct counted out = { 0 };
	struct calendar *calendar = NULL;
	struct calendar_fault fault;
	for (size_t i = 0; i < file->year.day_count; i++) {
		const struct calendar_day *day = &file->year.days[i];
		out.kinds[day->kind]++;
		out.on_rest += day->kind == CALENDAR_HOLIDAY && calendar_weekday(day->day) >= 5;
	}
	if (calendar_new(&file->year, 1, NULL, &calendar, &fault) == LT_OK)
		out.working_days = calendar_rank(calendar, lt_date_to_days(file->year.year + 1, 1, 1));
	calendar_free(calendar);
	return out;
}

/* What need not be wrong, since a swap or a compensation may lie in the next year. Returns how many, as texts. */
static size_t warn(const struct counted *counted, char out[2][200])
{
	size_t found = 0;
	if (counted->on_rest != counted->kinds[CALENDAR_COMP_OFF])
		snprintf(out[found++], 200, "%zu holidays fall on the weekly rest, but there are %zu compensation days",
			 counted->on_rest, counted->kinds[CALENDAR_COMP_OFF]);
	if (counted->kinds[CALENDAR_SWAP_WORK] != counted->kinds[CALENDAR_SWAP_OFF])
		snprintf(out[found++], 200, "%zu days are worked by a swap, but %zu are off for one",
			 counted->kinds[CALENDAR_SWAP_WORK], counted->kinds[CALENDAR_SWAP_OFF]);
	return found;
}

static json_t *describe(const struct calendar_file *file)
{
	char warnings[2][200];
	struct counted counted = count(file);
	size_t found = warn(&counted, warnings);
	json_t *list = json_array(), *days = json_deep_copy(json_object_get(file->file.root, "days"));
	for (size_t i = 0; i < found; i++)
		json_array_append_new(list, json_string(warnings[i]));
	return json_pack("{s:s, s:i, s:I, s:b, s:s, s:I, s:o, s:o}", "file", file->path, "year", file->year.year,
			 "version", (json_int_t)file->year.version, "announced", (int)file->year.announced, "source",
			 file->source, "working_days", (json_int_t)counted.working_days, "days", days, "warnings",
			 list);
}

static void print(const struct calendar_file *file)
{
	static const char *const heads[] = { "DATE", "DAY", "KIND", "~NOTE", "~IN ENGLISH" };
	static const char *const weekdays[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	char warnings[2][200];
	struct counted counted = count(file);
	size_t found = warn(&counted, warnings);
	struct output_table *table = output_table_new(heads, 5);
	printf("%d, version %u, %s: %u working days\n", file->year.year, file->year.version,
	       file->year.announced ? "announced" : "computed, not yet announced", counted.working_days);
	output_line("source", file->source);
	for (size_t i = 0; i < file->year.day_count; i++) {
		const struct calendar_day *day = &file->year.days[i];
		char date[32];
		int year, month, number;
		lt_date_from_days(day->day, &year, &month, &number);
		snprintf(date, sizeof(date), "%04d-%02d-%02d", year, month, number);
		const char *row[] = { date, weekdays[calendar_weekday(day->day)], calendar_kind_name(day->kind),
				      day->note, day->note_en };
		output_table_row(table, row);
	}
	output_table_print(table);
	for (size_t i = 0; i < found; i++)
		output_line("warning", warnings[i]);
	putchar('\n');
}

static int load(struct cli *cli, struct calendar_file *files, size_t *loaded)
{
	for (int i = 0; i < cli->arg_count; i++) {
		struct calendar_file *file = &files[(*loaded)++];
		enum lt_err err = calendar_file_load(cli->args[i], file);
		if (err != LT_OK)
			return say_fail(err == LT_EIO ? EX_NOINPUT : EX_DATAERR, "%s", file->file.error);
		for (int j = 0; j < i && err == LT_OK; j++)
			if (files[j].year.year == file->year.year)
				err = json_refuse(&file->file, "/year", "%s has the year %d too", files[j].path,
						  file->year.year);
		if (err != LT_OK)
			return say_fail(EX_DATAERR, "%s", file->file.error);
	}
	return EX_OK;
}

int cmd_calendar_check(struct cli *cli)
{
	size_t loaded = 0;
	struct calendar_file *files = calloc((size_t)cli->arg_count, sizeof(*files));
	if (!files)
		return say_fail_err(LT_ENOMEM, "read %d files", cli->arg_count);
	int code = load(cli, files, &loaded);
	json_t *list = json_array();
	for (size_t i = 0; code == EX_OK && i < loaded; i++) {
		if (cli->json)
			json_array_append_new(list, describe(&files[i]));
		else
			print(&files[i]);
	}
	if (code == EX_OK && cli->json)
		code = output_json(json_incref(list));
	json_decref(list);
	for (size_t i = 0; i < loaded; i++)
		calendar_file_fini(&files[i]);
	free(files);
	return code;
}
