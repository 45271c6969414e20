/* cmd_carry.c: `lienthong carry open|confirm|close|list`: the windows in which agencies carry over dossiers of before. One user proposes a
 * window, another confirms it. */
#include "commands.h"

#include <stdio.h>

#include <lienthong/time.h>

#include "cli/cli_output.h"
#include "cli/control_client.h"

int cmd_carry_open(struct cli *cli)
{
	struct lt_admin_command admin = { .act = LT_ADMIN_CARRY_OPEN };
	if (lt_time_parse(cli->args[1], &admin.time) != LT_OK || lt_time_parse(cli->args[2], &admin.until) != LT_OK)
		return say_fail(EX_USAGE, "FROM and UNTIL are times as 2026-02-13T10:00:00+07:00");
	if (admin.until <= admin.time)
		return say_fail(EX_USAGE, "UNTIL must be after FROM");
	return control_act(cli, &admin, "carry confirm");
}

int cmd_carry_confirm(struct cli *cli)
{
	struct lt_admin_command admin = { .act = LT_ADMIN_CARRY_CONFIRM };
	if (!cli_number(cli->args[1], 1, UINT64_MAX / 2, &admin.number))
		return say_fail(EX_USAGE, "\"%s\" is not the record of a proposal; `lienthong carry list` shows them",
				cli->args[1]);
	return control_act(cli, &admin, NULL);
}

int cmd_carry_close(struct cli *cli)
{
	struct lt_admin_command admin = { .act = LT_ADMIN_CARRY_CLOSE };
	return control_act(cli, &admin, NULL);
}

static json_t *window_json(const struct lt_carry_window *window)
{
	return json_pack("{s:s, s:o, s:o, s:I, s:o, s:o}", "subject", window->subject, "from",
			 output_json_time(window->from), "until", output_json_time(window->until), "proposal",
			 (json_int_t)window->proposal, "proposed_from", output_json_time(window->proposed_from),
			 "proposed_until", output_json_time(window->proposed_until));
}

static int print_list(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	static const char *const heads[] = { "SUBJECT",       "FROM",          "UNTIL", "PROPOSED BY RECORD",
					     "PROPOSED FROM", "PROPOSED UNTIL" };
	(void)control;
	struct output_table *table = cli->json ? NULL : output_table_new(heads, 6);
	json_t *list = json_array();
	for (size_t i = 0; i < answer->carries.count; i++) {
		const struct lt_carry_window *window = &answer->carries.windows[i];
		const char *row[] = { window->subject,
				      output_time(window->from),
				      output_time(window->until),
				      window->proposal ? output_u64(window->proposal) : "-",
				      output_time(window->proposed_from),
				      output_time(window->proposed_until) };
		if (table)
			output_table_row(table, row);
		else
			json_array_append_new(list, window_json(window));
	}
	if (cli->json)
		return output_json(json_pack("{s:o}", "windows", list));
	json_decref(list);
	output_table_print(table);
	output_note("%zu window%s", answer->carries.count, answer->carries.count == 1 ? "" : "s");
	return EX_OK;
}

int cmd_carry_list(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_CARRIES };
	return control_ask(cli, &request, print_list);
}
