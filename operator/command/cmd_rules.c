/* cmd_rules.c: `lienthong rules` and `lienthong rules activate`: the versions of the rules that make records. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

static int show_rules(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	(void)control;
	if (!cli->json) {
		output_line("in force", output_u64(answer->rules.active));
		output_line("newest known", output_u64(answer->rules.newest));
		return EX_OK;
	}
	return output_json(json_pack("{s:I, s:I}", "active", (json_int_t)answer->rules.active, "newest",
				     (json_int_t)answer->rules.newest));
}

int cmd_rules(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_RULES };
	return control_ask(cli, &request, show_rules);
}

int cmd_rules_activate(struct cli *cli)
{
	uint64_t version;
	struct lt_control_request request = { .type = LT_CONTROL_ACTIVATE };
	if (!cli_number(cli->args[0], 1, UINT32_MAX, &version))
		return say_fail(EX_USAGE, "\"%s\" is not a version; versions are numbers from 1", cli->args[0]);
	request.activate.rules_version = (uint32_t)version;
	request.activate.operator_name = cli_who(cli);
	request.activate.reason = cli_reason(cli);
	return control_ask(cli, &request, control_show_act);
}
