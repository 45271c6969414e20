/* cmd_time.c: `lienthong time show|confirm|set`. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <lienthong/time.h>
#include <stdlib.h>
#include <string.h>

static const char *const kernel_names[] = { "not asked", "not synchronised", "synchronised" };

static const char *kernel_name(enum lt_kernel_clock kernel)
{
	return kernel <= LT_KERNEL_SYNCHRONISED ? kernel_names[kernel] : "?";
}

static json_t *time_json(const struct lt_time_view *time)
{
	json_t *sets = json_array();
	for (size_t i = 0; i < time->set_count; i++)
		json_array_append_new(sets,
				      json_pack("{s:I, s:I, s:o, s:o}", "sequence", (json_int_t)time->sets[i].sequence,
						"generation", (json_int_t)time->sets[i].generation, "before",
						output_json_time(time->sets[i].before), "after",
						output_json_time(time->sets[i].after)));
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:b, s:s, s:o, s:s, s:o}", "time", output_json_time(time->time),
			 "legal", output_json_time(time->legal), "clock", output_json_time(time->clock),
			 "clock_ahead_ms", (json_int_t)((time->clock - time->time) / 1000), "generation",
			 (json_int_t)time->generation, "unconfirmed", (int)time->unconfirmed, "why", time->why, "since",
			 output_json_time(time->since), "kernel_clock", kernel_name(time->kernel), "sets", sets);
}

static void print_time(const struct lt_time_view *time)
{
	static const char *const heads[] = { "SEQUENCE", "GENERATION", "FROM", "TO" };
	int64_t ahead = time->clock - time->time;
	output_line("record time", output_time(time->time));
	if (time->sandbox)
		output_line("legal time", output_time(time->legal));
	output_line("machine's clock", output_time(time->clock));
	output_line(ahead < 0 ? "clock behind by" : "clock ahead by", output_span(ahead < 0 ? -ahead : ahead));
	output_line("kernel's clock", kernel_name(time->kernel));
	output_line("time generation", output_u64(time->generation));
	output_line("confirmed", time->unconfirmed ? "no" : "yes");
	if (time->unconfirmed) {
		output_line("why", time->why);
		output_line("since", output_time(time->since));
		printf("WARNING: nothing happens by itself. Set the machine's clock right, then `lienthong time "
		       "confirm`;\n"
		       "when it is right and behind the record time: `lienthong time set`\n");
	}
	struct output_table *table = output_table_new(heads, 4);
	for (size_t i = 0; i < time->set_count; i++) {
		const struct lt_time_set *set = &time->sets[i];
		const char *row[] = { output_u64(set->sequence), output_u64(set->generation), output_time(set->before),
				      output_time(set->after) };
		output_table_row(table, row);
	}
	output_table_print(table);
}

/* ---- dossiers ---- */

static bool listed(const json_t *list, const char *code)
{
	size_t i;
	const json_t *value;
	json_array_foreach(list, i, value) if (strcmp(json_string_value(value), code) == 0) return true;
	return false;
}

/* Page by page, newest first; `all` gets each code once. */
static int ask_dossiers(struct control_client *control, uint64_t sequence, json_t *all)
{
	struct lt_control_request request = { .type = LT_CONTROL_TIME, .sequence = sequence };
	struct lt_control_answer answer;
	do {
		int code = control_call(control, &request, &answer);
		if (code != EX_OK)
			return code;
		for (size_t i = 0; i < answer.time.dossier_count; i++) {
			if (!listed(all, answer.time.dossiers[i]))
				json_array_append_new(all, json_string(answer.time.dossiers[i]));
		}
		request.below = answer.time.next;
		control_forget(control);
	} while (request.below != 0);
	return EX_OK;
}

static int show_dossiers(struct cli *cli, struct control_client *control, uint64_t sequence)
{
	json_t *all = json_array();
	int code = ask_dossiers(control, sequence, all);
	if (code == EX_OK && cli->json)
		return output_json(json_pack("{s:I, s:o}", "sequence", (json_int_t)sequence, "dossiers", all));
	size_t i;
	const json_t *value;
	json_array_foreach(all, i, value) if (code == EX_OK) printf("%s\n", json_string_value(value));
	json_decref(all);
	return code;
}

static int show(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	(void)control;
	if (cli->json)
		return output_json(time_json(&answer->time));
	print_time(&answer->time);
	return EX_OK;
}

int cmd_time_show(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_TIME };
	struct control_client *control = NULL;
	uint64_t sequence;
	if (cli->arg_count == 0)
		return control_ask(cli, &request, show);
	if (!cli_number(cli->args[0], 1, UINT64_MAX / 2, &sequence))
		return say_fail(EX_USAGE, "\"%s\" is not a sequence; `lienthong time show` shows them", cli->args[0]);
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = show_dossiers(cli, control, sequence);
	control_close(control);
	return code;
}

/* ---- acts ---- */

static int act(struct cli *cli, enum lt_admin_act what, int64_t time)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	request.admin = (struct lt_admin_command){
		.act = what,
		.subject = "",
		.operator_name = cli_who(cli),
		.reason = cli_reason(cli),
		.time = time,
	};
	return control_ask(cli, &request, control_show_act);
}

int cmd_time_confirm(struct cli *cli)
{
	return act(cli, LT_ADMIN_TIME_CONFIRMED, 0);
}

int cmd_time_set(struct cli *cli)
{
	int64_t time;
	if (lt_time_parse(cli->args[0], &time) != LT_OK)
		return say_fail(EX_USAGE, "TIME is a time as 2026-02-13T10:00:00+07:00");
	return act(cli, LT_ADMIN_TIME_SET, time);
}
