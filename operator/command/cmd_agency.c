/* cmd_agency.c: `lienthong agency list|show|suspend|resume`. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <lienthong/directory.h>
#include <string.h>

static const char *level_name(uint32_t level)
{
	return level >= LT_LEVEL_COMMUNE && level <= LT_LEVEL_BROKER ? lt_level_name((enum lt_level)level) : "?";
}

static const char *state_name(const struct lt_agency_view *agency)
{
	return agency->handled_by[0] ? "closed" : agency->suspended ? "suspended" : "active";
}

static json_t *agency_json(const struct lt_agency_view *agency)
{
	json_t *aliases = json_array();
	for (size_t i = 0; i < agency->alias_count; i++)
		json_array_append_new(aliases, json_string(agency->aliases[i]));
	return json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:b, s:b, s:i, s:o, s:o, s:s}", "code", agency->code,
			 "aliases", aliases, "name", agency->name, "name_en", agency->name_en, "level",
			 level_name(agency->level), "parent", agency->parent, "suspended", (int)agency->suspended,
			 "online", (int)agency->online, "certificates", (int)agency->certificates, "valid_from",
			 output_json_time(agency->valid_from), "valid_to", output_json_time(agency->valid_to),
			 "handled_by", agency->handled_by);
}

static const struct lt_control_request list_agencies = { .type = LT_CONTROL_AGENCIES, .code = "" };

/* By code or alias; NULL when there is none, said. */
static const struct lt_agency_view *find_agency(const struct lt_control_answer *answer, const char *code)
{
	for (size_t i = 0; i < answer->agencies.count; i++) {
		const struct lt_agency_view *agency = &answer->agencies.agencies[i];
		if (strcmp(agency->code, code) == 0)
			return agency;
		for (size_t j = 0; j < agency->alias_count; j++)
			if (strcmp(agency->aliases[j], code) == 0)
				return agency;
	}
	say_fail(EX_NOINPUT, "the directory lists no agency %s; see `lienthong agency list`", code);
	return NULL;
}

static void print_list(const struct lt_control_answer *answer)
{
	static const char *const heads[] = { "CODE", "LEVEL", "NAME", "PARENT", "ONLINE", "STATE", "CERTIFICATES" };
	struct output_table *table = output_table_new(heads, 7);
	for (size_t i = 0; i < answer->agencies.count; i++) {
		const struct lt_agency_view *a = &answer->agencies.agencies[i];
		const char *row[] = {
			a->code,       level_name(a->level),       a->name, a->parent, a->online ? "yes" : "no",
			state_name(a), output_u64(a->certificates)
		};
		output_table_row(table, row);
	}
	output_table_print(table);
	output_note("directory version %s", output_u64(answer->agencies.directory_version));
}

static int show_list(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	(void)control;
	if (!cli->json) {
		print_list(answer);
		return EX_OK;
	}
	json_t *list = json_array();
	for (size_t i = 0; i < answer->agencies.count; i++)
		json_array_append_new(list, agency_json(&answer->agencies.agencies[i]));
	return output_json(json_pack("{s:I, s:o}", "directory_version", (json_int_t)answer->agencies.directory_version,
				     "agencies", list));
}

int cmd_agency_list(struct cli *cli)
{
	return control_ask(cli, &list_agencies, show_list);
}

static void print_agency(const struct lt_agency_view *agency)
{
	output_line("code", agency->code);
	for (size_t i = 0; i < agency->alias_count; i++)
		output_line("alias", agency->aliases[i]);
	output_line("name", agency->name);
	output_line("name in English", agency->name_en);
	output_line("level", level_name(agency->level));
	output_line("parent", agency->parent);
	output_line("state", state_name(agency));
	output_line("online", agency->online ? "yes" : "no");
	output_line("certificates", output_u64(agency->certificates));
	output_line("valid from", output_time(agency->valid_from));
	output_line("valid to", output_time(agency->valid_to));
	if (agency->handled_by[0])
		output_line("now handled by", agency->handled_by);
}

static int show_one(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	const struct lt_agency_view *agency = find_agency(answer, cli->args[0]);
	(void)control;
	if (!agency)
		return EX_NOINPUT;
	if (cli->json)
		return output_json(agency_json(agency));
	print_agency(agency);
	return EX_OK;
}

int cmd_agency_show(struct cli *cli)
{
	return control_ask(cli, &list_agencies, show_one);
}

static int act_on(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer,
		  enum lt_admin_act act)
{
	struct lt_control_answer done;
	const struct lt_agency_view *agency = find_agency(answer, cli->args[0]);
	int code = agency ? control_admin(cli, control, act, agency->code, &done) : EX_NOINPUT;
	return code == EX_OK ? control_show_act(cli, control, &done) : code;
}

static int suspend(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return act_on(cli, control, answer, LT_ADMIN_SUSPEND);
}

int cmd_agency_suspend(struct cli *cli)
{
	return control_ask(cli, &list_agencies, suspend);
}

static int resume(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return act_on(cli, control, answer, LT_ADMIN_RESUME);
}

int cmd_agency_resume(struct cli *cli)
{
	return control_ask(cli, &list_agencies, resume);
}
