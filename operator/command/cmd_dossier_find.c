/* cmd_dossier_find.c: `lienthong dossier find --foreign CODE`. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "law/status.h"

static json_t *found_json(const struct lt_found *found)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:o}", "code", found->code, "procedure", found->procedure,
			 "procedure_version", (json_int_t)found->procedure_version, "status", (json_int_t)found->status,
			 "status_name", status_vietnamese(found->status), "origin", found->origin, "opened_at",
			 output_json_time(found->opened_at));
}

static void add_row(struct output_table *table, const struct lt_found *found)
{
	char status[CLI_TEXT_MAX];
	snprintf(status, sizeof(status), "%u %s", found->status, status_vietnamese(found->status));
	const char *row[] = { found->code, found->procedure, status, found->origin, output_time(found->opened_at) };
	output_table_row(table, row);
}

/* Page by page; both get each dossier once, in the order in which they were opened. */
static int ask(struct cli *cli, struct control_client *control, json_t *list, struct output_table *table)
{
	struct lt_control_request request = { .type = LT_CONTROL_FIND, .code = cli->foreign };
	struct lt_control_answer answer;
	do {
		int code = control_call(control, &request, &answer);
		if (code != EX_OK)
			return code;
		for (size_t i = 0; i < answer.found.count; i++) {
			json_array_append_new(list, found_json(&answer.found.dossiers[i]));
			add_row(table, &answer.found.dossiers[i]);
		}
		request.sequence = answer.found.next;
		control_forget(control);
	} while (request.sequence != 0);
	return EX_OK;
}

int cmd_dossier_find(struct cli *cli)
{
	static const char *const heads[] = { "DOSSIER", "PROCEDURE", "STATUS", "ORIGIN", "OPENED" };
	struct control_client *control = NULL;
	if (!cli->foreign || !cli->foreign[0])
		return say_fail(EX_USAGE, "--foreign CODE is required");
	int code = control_open(cli, &control);
	if (code != EX_OK)
		return code;
	json_t *list = json_array();
	struct output_table *table = output_table_new(heads, 5);
	code = ask(cli, control, list, table);
	if (code == EX_OK && json_array_size(list) == 0)
		code = say_fail(EX_NOINPUT, "no dossier was opened with the code %s", cli->foreign);
	else if (code == EX_OK && cli->json)
		code = output_json(json_pack("{s:s, s:O}", "foreign_code", cli->foreign, "dossiers", list));
	if (code == EX_OK && !cli->json)
		output_table_print(table);
	else
		output_table_free(table);
	json_decref(list);
	control_close(control);
	return code;
}
