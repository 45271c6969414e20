/* cmd_directory.c: `lienthong directory show` and `lienthong definition export`: what was in force, out of the journal, for whoever has
 * to judge the past. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "law/file_agencies.h"
#include "wire/directory.h"

#include <lienthong/directory.h>
#include <string.h>

static json_t *cas_json(const struct lt_directory *directory)
{
	json_t *list = json_array();
	for (size_t i = 0; i < lt_directory_ca_count(directory); i++) {
		uint8_t sha256[32];
		lt_sha256(lt_directory_ca(directory, i), sha256);
		json_array_append_new(list, output_json_hex(lt_bytes(sha256, sizeof(sha256))));
	}
	return list;
}

static int show(struct cli *cli, const struct lt_directory *directory)
{
	json_t *list = json_array();
	size_t count = lt_directory_count(directory);
	for (size_t i = 0; cli->json && i < count; i++)
		json_array_append_new(list, agency_to_json(lt_directory_at(directory, i)));
	if (cli->json)
		return output_json(json_pack("{s:I, s:s, s:o, s:o, s:o}", "version",
					     (json_int_t)lt_directory_version(directory), "domain",
					     lt_directory_domain(directory), "issued_at",
					     output_json_time(lt_directory_issued_at(directory)), "ca",
					     cas_json(directory), "agencies", list));
	json_decref(list);
	output_line("version", output_u64(lt_directory_version(directory)));
	output_line("domain", lt_directory_domain(directory));
	output_line("issued", output_time(lt_directory_issued_at(directory)));
	output_line("CAs", output_u64(lt_directory_ca_count(directory)));
	output_line("agencies", output_u64(count));
	for (size_t i = 0; i < count; i++) {
		const struct lt_agency *agency = lt_directory_at(directory, i);
		output_line(agency->code, agency->name);
	}
	return EX_OK;
}

static int write_bytes(const char *path, struct lt_bytes bytes)
{
	enum lt_err err = lt_file_write(path, bytes, 0644);
	return err == LT_OK ? EX_OK : say_fail_err(err, "write %s", path);
}

int cmd_directory_show(struct cli *cli)
{
	struct control_client *control = NULL;
	struct signed_directory_record record;
	struct lt_refusal refusal = { 0 };
	struct lt_directory *directory = NULL;
	struct lt_bytes bytes;
	uint64_t version = 0;
	if (cli->version && !cli_number(cli->version, 1, UINT64_MAX, &version))
		return say_fail(EX_USAGE, "--version is a whole number from 1 on");
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_directory_bytes(control, version, &bytes);
	if (code == EX_OK && cli->output)
		code = write_bytes(cli->output, bytes);
	if (code == EX_OK && (codec_signed_directory_decode(bytes, &record, &refusal) ||
			      lt_directory_parse(record.directory, &directory, &refusal)))
		code = say_fail(EX_PROTOCOL, "the directory cannot be read: %s", refusal.detail);
	if (code == EX_OK && !cli->output)
		code = show(cli, directory);
	lt_directory_free(directory);
	control_close(control);
	return code;
}

static int export_definition(struct cli *cli, const struct lt_bytes *bytes, struct lt_arena *arena)
{
	struct lt_record record;
	struct lt_command command;
	struct lt_refusal refusal = { 0 };
	if (lt_record_decode(*bytes, &record, &refusal) || lt_record_command(&record, arena, &command, &refusal))
		return say_fail(EX_PROTOCOL, "record %s cannot be read: %s", cli->args[0], refusal.detail);
	if (command.type != LT_COMMAND_DEFINE)
		return say_fail(EX_NOINPUT, "record %s holds no definition; `lienthong audit` names those that do",
				cli->args[0]);
	int code = write_bytes(cli->args[1], command.u.define.data);
	if (code == EX_OK && cli->json)
		code = output_json(json_pack("{s:I, s:i, s:I, s:s}", "sequence", (json_int_t)record.sequence, "type",
					     (int)command.u.define.type, "bytes", (json_int_t)command.u.define.data.len,
					     "file", cli->args[1]));
	return code;
}

int cmd_definition_export(struct cli *cli)
{
	struct control_client *control = NULL;
	struct lt_control_request request = { .type = LT_CONTROL_RECORD };
	struct lt_control_answer answer;
	struct lt_arena *arena = NULL;
	if (!cli_number(cli->args[0], 1, UINT64_MAX, &request.sequence))
		return say_fail(EX_USAGE, "SEQUENCE is a whole number from 1 on");
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_call(control, &request, &answer);
	if (code == EX_OK && lt_arena_new(LT_CONTROL_MESSAGE_MAX, &arena) != LT_OK)
		code = say_fail_err(LT_ENOMEM, "read the record");
	if (code == EX_OK)
		code = export_definition(cli, &answer.record.record, arena);
	lt_arena_free(arena);
	control_close(control);
	return code;
}
