/* cmd_procedure_diff.c: `lienthong procedure diff`: what two versions of a procedure have otherwise, leg by leg. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "command/definitions/member_diff.h"
#include "procedure_files.h"

/* The newest version that the broker has, as JSON. */
static int read_broker(struct cli *cli, const char *code, json_t **out)
{
	struct control_client *control = NULL;
	struct lt_arena *arena = NULL;
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = code };
	struct lt_control_answer answer = { 0 };
	struct lt_procedure procedure;
	struct lt_refusal refusal = { 0 };
	int result = lt_arena_new(1u << 20, &arena) ? say_fail_err(LT_ENOMEM, "ask the broker")
						    : control_open(cli, &control);
	if (result == EX_OK)
		result = control_call(control, &request, &answer);
	if (result == EX_OK && answer.procedures.count == 0)
		result = say_fail(EX_NOINPUT, "the broker has no version of %s", code);
	if (result == EX_OK &&
	    lt_procedure_decode(answer.procedures.list[answer.procedures.count - 1], arena, &procedure, &refusal))
		result = say_fail(EX_PROTOCOL, "the broker's answer does not hold: %s", refusal.detail);
	if (result == EX_OK)
		*out = procedure_to_json(&procedure);
	control_close(control);
	lt_arena_free(arena);
	return result;
}

static int read_file(const char *path, json_t **out)
{
	struct procedure_file file;
	int result = procedure_open(path, &file);
	if (result == EX_OK)
		*out = procedure_to_json(&file.procedure);
	procedure_fini(&file);
	return result;
}

int cmd_procedure_diff(struct cli *cli)
{
	json_t *before = NULL, *after = NULL;
	struct member_diff diff = { .changes = cli->json ? json_array() : NULL };
	int code = read_file(cli->args[cli->arg_count - 1], &after);
	if (code == EX_OK && cli->arg_count == 2)
		code = read_file(cli->args[0], &before);
	else if (code == EX_OK)
		code = read_broker(cli, json_string_value(json_object_get(after, "code")), &before);
	if (code == EX_OK)
		member_diff(&diff, before, after);
	if (code == EX_OK && cli->json)
		code = output_json(json_incref(diff.changes));
	else if (code == EX_OK && diff.count == 0)
		puts("no difference");
	json_decref(diff.changes);
	json_decref(before);
	json_decref(after);
	return code;
}
