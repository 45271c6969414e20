/* cmd_repair.c: `lienthong dossier repair|close|confirm|correct|remind|offer-back`: how the freeze of a dossier ends, what was wrong in a stay
 * that has ended, who is reminded, and what comes back to its holder. Where custody or time is at stake, one user proposes and another confirms. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BRANCHES_MAX 64u /* of a dossier */

/* "NUMBER=AGENCY@LEG", or "NUMBER=" for a branch that is closed. text is cut into pieces. */
static int read_branch(char *text, struct lt_repair_branch *out)
{
	uint64_t number;
	char *holder = strchr(text, '='), *leg = holder ? strchr(holder, '@') : NULL;
	if (!holder || (holder[1] != '\0' && (!leg || leg == holder + 1 || leg[1] == '\0')))
		return say_fail(EX_USAGE, "\"%s\" is not NUMBER=AGENCY@LEG, nor NUMBER= for a branch that is closed",
				text);
	*holder++ = '\0';
	if (leg)
		*leg++ = '\0';
	if (!cli_number(text, 1, BRANCHES_MAX, &number))
		return say_fail(EX_USAGE, "\"%s\" is not the number of a branch; `lienthong dossier show` has them",
				text);
	*out = (struct lt_repair_branch){ .number = (uint32_t)number, .holder = holder, .leg = leg ? leg : "" };
	return EX_OK;
}

static int ask(struct cli *cli, struct lt_admin_command *admin)
{
	bool proposes =
		admin->act != LT_ADMIN_DOSSIER_CONFIRM && (admin->act != LT_ADMIN_STAY_CORRECT || admin->verdict);
	return control_act(cli, admin, proposes ? "dossier confirm" : NULL);
}

int cmd_dossier_repair(struct cli *cli)
{
	static struct lt_repair_branch branches[BRANCHES_MAX];
	struct lt_admin_command admin = { .act = LT_ADMIN_DOSSIER_REPAIR, .branches = branches };
	uint64_t status;
	char *texts[BRANCHES_MAX] = { 0 };
	int code = EX_OK;
	if (!cli->status || !cli_number(cli->status, 1, 10, &status))
		return say_fail(EX_USAGE, "give --status 2, 4 or 8: where the dossier goes on");
	if (cli->branches.count == 0 || cli->branches.count > BRANCHES_MAX)
		return say_fail(EX_USAGE, "give --branch NUMBER=AGENCY@LEG for each branch that is open");
	admin.status = (uint32_t)status;
	for (size_t i = 0; i < cli->branches.count && code == EX_OK; i++) {
		texts[i] = strdup(cli->branches.values[i]);
		code = texts[i] ? read_branch(texts[i], &branches[i]) : say_fail_err(LT_ENOMEM, "read --branch");
	}
	admin.branch_count = cli->branches.count;
	if (code == EX_OK)
		code = ask(cli, &admin);
	for (size_t i = 0; i < cli->branches.count; i++)
		free(texts[i]);
	return code;
}

int cmd_dossier_close(struct cli *cli)
{
	struct lt_admin_command admin = { .act = LT_ADMIN_DOSSIER_CLOSE };
	return ask(cli, &admin);
}

/* --record: what its receiver could not take, which who sent it should send again. */
int cmd_dossier_remind(struct cli *cli)
{
	struct lt_admin_command admin = { .act = LT_ADMIN_REMIND };
	if (cli->arg_count > 1 && !cli_number(cli->args[1], 1, UINT64_MAX / 2, &admin.number))
		return say_fail(EX_USAGE,
				"\"%s\" is not the number of a record; `lienthong dossier show` has those that "
				"could not be taken",
				cli->args[1]);
	return control_act(cli, &admin, NULL);
}

int cmd_dossier_offer_back(struct cli *cli)
{
	struct lt_admin_command admin = { .act = LT_ADMIN_OFFER_BACK };
	if (!cli_number(cli->args[1], 1, BRANCHES_MAX, &admin.number))
		return say_fail(EX_USAGE, "\"%s\" is not the number of a branch; `lienthong dossier show` has them",
				cli->args[1]);
	return control_act(cli, &admin, "dossier confirm");
}

int cmd_dossier_confirm(struct cli *cli)
{
	struct lt_admin_command admin = { .act = LT_ADMIN_DOSSIER_CONFIRM };
	if (!cli_number(cli->args[1], 1, UINT64_MAX / 2, &admin.number))
		return say_fail(EX_USAGE, "\"%s\" is not the record of a proposal; `lienthong audit` shows them",
				cli->args[1]);
	return ask(cli, &admin);
}

/* A verdict that changes nothing needs no second user: the broker says by the row that it is there already. */
int cmd_dossier_correct(struct cli *cli)
{
	static const char *const verdicts[] = { "", "early", "on-time", "late" };
	struct lt_admin_command admin = { .act = LT_ADMIN_STAY_CORRECT };
	if (!cli_number(cli->args[1], 1, UINT64_MAX / 2, &admin.number))
		return say_fail(EX_USAGE, "\"%s\" is not the number of a stay; `lienthong dossier show` has them",
				cli->args[1]);
	for (uint32_t i = 1; cli->verdict && i < 4; i++) {
		if (strcmp(cli->verdict, verdicts[i]) == 0)
			admin.verdict = i;
	}
	if (cli->verdict && admin.verdict == 0)
		return say_fail(EX_USAGE, "--verdict is early, on-time or late");
	return ask(cli, &admin);
}
