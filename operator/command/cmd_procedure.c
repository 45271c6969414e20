/* cmd_procedure.c: `lienthong procedure check|import|list|show`. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "procedure_files.h"
#include "procedure_print.h"
#include "law/role.h"

/* ---- check ---- */

struct check {
	struct agencies agencies;
	struct procedure_file *files; /* of the arguments */
	struct procedure_faults *faults;
	json_t *list;
};

static json_t *path_json(const struct lt_procedure *procedure)
{
	static const struct route_facts none; /* limits as with a value that none of them names */
	struct procedure_path path;
	json_t *legs = json_array();
	procedure_critical_path(procedure, &none, &path);
	for (size_t i = 0; i < path.count; i++)
		json_array_append_new(legs, json_string(procedure->legs[path.legs[i] - 1].id));
	return json_pack("{s:I, s:o}", "minutes", (json_int_t)path.minutes, "legs", legs);
}

static json_t *faults_json(const struct procedure_file *file, const struct procedure_faults *faults)
{
	json_t *list = json_array();
	const struct lt_buf *text = &file->file.text;
	for (size_t i = 0; i < faults->count; i++) {
		const struct procedure_fault *fault = &faults->items[i];
		unsigned line = json_line((const char *)text->data, text->len, fault->pointer);
		json_array_append_new(list, json_pack("{s:i, s:s, s:s}", "line", (int)line, "pointer", fault->pointer,
						      "text", fault->text));
	}
	return list;
}

static int check_one(const struct cli *cli, struct check *check, int index)
{
	struct procedure_file *file = &check->files[index];
	struct procedure_agencies known = procedure_agencies_of(&check->agencies);
	check->faults->count = 0;
	procedure_check(&file->procedure, &known, check->faults);
	for (int k = 0; k < index; k++) {
		if (check->files[k].procedure.legs) /* it could be read */
			procedure_check_versions(&file->procedure, &check->files[k].procedure, cli->args[k],
						 check->faults);
	}
	if (cli->json)
		json_array_append_new(check->list,
				      json_pack("{s:s, s:O, s:o, s:o}", "file", cli->args[index], "procedure",
						file->file.root, "longest_way", path_json(&file->procedure), "faults",
						faults_json(file, check->faults)));
	else if (cli->dot)
		procedure_print_dot(&file->procedure);
	else
		procedure_print_route(&file->procedure);
	if (!cli->json && !cli->dot && index + 1 < cli->arg_count)
		puts("");
	return procedure_say_faults(file, check->faults);
}

/* A complaint as "FILE:LINE: POINTER: text", in the parts of faults_json. */
static void add_told(json_t *list, const char *path, const char *line, size_t length)
{
	char pointer[80] = "", text[600] = "", copy[800];
	unsigned number = 0;
	size_t skip = strlen(path) + 1;
	snprintf(copy, sizeof(copy), "%.*s", (int)length, line);
	if (length <= skip || sscanf(copy + skip, "%u: %79s %599[^\n]", &number, pointer, text) < 3)
		return;
	pointer[strcspn(pointer, ":")] = '\0';
	json_array_append_new(list, json_pack("{s:i, s:s, s:s}", "line", (int)number, "pointer",
					      pointer[0] == '/' ? pointer : "", "text", text));
}

/* Its form does not hold: what was told of that, and what can be seen of it all the same. */
static void say_unread(const struct cli *cli, struct check *check, int index)
{
	struct procedure_file *file = &check->files[index];
	struct procedure_agencies known = procedure_agencies_of(&check->agencies);
	const struct lt_buf *others = &file->file.others;
	json_t *list = json_array();
	procedure_say_rest(file, &known, check->faults);
	add_told(list, file->file.path, file->file.error, strlen(file->file.error));
	for (size_t at = 0; at < others->len;) {
		const char *line = (const char *)others->data + at;
		const char *end = memchr(line, '\n', others->len - at);
		size_t length = end ? (size_t)(end - line) : others->len - at;
		add_told(list, file->file.path, line, length);
		at += length + 1;
	}
	json_t *rest = faults_json(file, check->faults);
	json_array_extend(list, rest);
	json_decref(rest);
	if (cli->json)
		json_array_append_new(check->list, json_pack("{s:s, s:O?, s:o}", "file", cli->args[index], "procedure",
							     file->file.root, "faults", json_incref(list)));
	json_decref(list);
	file->procedure.legs = NULL;
	file->procedure.leg_count = 0;
}

static int load_agencies(const struct cli *cli, struct agencies *out)
{
	char conf[CLI_PATH_MAX], path[CLI_PATH_MAX], error[600] = "";
	procedure_choose_conf(cli, conf);
	enum lt_err err = agencies_load(cli->agencies ? cli->agencies : cli_path(path, conf, "agencies.json"), out,
					error, sizeof(error));
	return err == LT_OK ? EX_OK : cli_fail_file(err, error);
}

int cmd_procedure_check(struct cli *cli)
{
	struct check check = { .files = calloc((size_t)cli->arg_count, sizeof(*check.files)),
			       .faults = malloc(sizeof(*check.faults)),
			       .list = json_array() };
	int worst = EX_OK;
	if (!check.files || !check.faults)
		worst = say_fail_err(LT_ENOMEM, "check procedures");
	if (worst == EX_OK)
		worst = load_agencies(cli, &check.agencies);
	bool ready = worst == EX_OK;
	for (int i = 0; ready && i < cli->arg_count; i++) {
		int code = procedure_open(cli->args[i], &check.files[i]);
		if (code == EX_OK)
			code = check_one(cli, &check, i);
		else
			say_unread(cli, &check, i);
		worst = code == EX_OK ? worst : code;
	}
	if (cli->json && ready) {
		int code = output_json(json_incref(check.list));
		worst = worst == EX_OK ? code : worst;
	}
	for (int i = 0; check.files && i < cli->arg_count; i++)
		procedure_fini(&check.files[i]);
	agencies_fini(&check.agencies);
	json_decref(check.list);
	free(check.files);
	free(check.faults);
	return worst;
}

/* ---- what the broker has ---- */

/* All versions of a code, whole; "": all, without legs. They live in the arena, their bytes until control_close. */
static int ask(struct control_client *control, const char *code, struct lt_arena *arena, struct lt_procedure **out,
	       size_t *count)
{
	struct lt_control_request request = { .type = LT_CONTROL_PROCEDURES, .code = code };
	struct lt_control_answer answer;
	struct lt_refusal refusal = { 0 };
	int result = control_call(control, &request, &answer);
	if (result != EX_OK)
		return result;
	*count = answer.procedures.count;
	*out = lt_arena_alloc(arena, (*count + 1) * sizeof(**out));
	if (!*out)
		return say_fail_err(LT_ENOMEM, "read the procedures");
	for (size_t i = 0; i < *count; i++) {
		if (lt_procedure_decode(answer.procedures.list[i], arena, &(*out)[i], &refusal))
			return say_fail(EX_PROTOCOL, "the broker's answer does not hold: %s", refusal.detail);
	}
	return EX_OK;
}

/* ---- fields ---- */

#define FIELDS_TOLD 400u /* bytes of a list of names; what does not fit is left out */

struct field_search {
	const char *wanted;
	bool found;
	char told[FIELDS_TOLD];
};

static void see_field(struct field_search *search, const char *name)
{
	char quoted[64];
	size_t len = strlen(search->told);
	snprintf(quoted, sizeof(quoted), "\"%.40s\"", name);
	search->found |= strcmp(name, search->wanted) == 0;
	if (!strstr(search->told, quoted) && len + strlen(quoted) + 3 < sizeof(search->told))
		snprintf(search->told + len, sizeof(search->told) - len, "%s%s", len > 0 ? ", " : "", quoted);
}

static void see_role(struct field_search *search, const char *text)
{
	struct lt_role role;
	if (text && !lt_role_parse(text, &role) && role.kind == LT_ROLE_FIELD)
		see_field(search, role.name);
}

static void see_roles(struct field_search *search, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		see_role(search, texts[i]);
}

static void see_limits(struct field_search *search, const struct lt_limit_by *by, size_t count)
{
	for (size_t i = 0; i < count; i++)
		see_field(search, by[i].field);
}

static void see_procedure(struct field_search *search, const struct lt_procedure *procedure)
{
	see_role(search, procedure->lead);
	see_roles(search, procedure->withdraw_by, procedure->withdraw_count);
	see_roles(search, procedure->open_by, procedure->open_count);
	see_limits(search, procedure->by, procedure->by_count);
	for (size_t i = 0; i < procedure->leg_count; i++) {
		const struct lt_route_leg *leg = &procedure->legs[i];
		see_role(search, leg->agency);
		see_limits(search, leg->by, leg->by_count);
		see_roles(search, leg->consult, leg->consult_count);
		see_roles(search, leg->transfer_to, leg->transfer_count);
		for (size_t k = 0; k < leg->when_count; k++)
			see_field(search, leg->when[k].field);
	}
}

int cli_check_field(struct control_client *control, const char *field, const char *agency)
{
	struct lt_arena *arena;
	struct lt_procedure *heads = NULL, *whole = NULL;
	size_t count = 0, versions = 0;
	struct field_search search = { .wanted = field };
	if (lt_arena_new(64u << 20, &arena))
		return say_fail_err(LT_ENOMEM, "read the procedures");
	int code = ask(control, "", arena, &heads, &count);
	for (size_t i = 0; i < count && code == EX_OK; i++) {
		if (i > 0 && strcmp(heads[i - 1].code, heads[i].code) == 0)
			continue; /* the versions of a code stand together */
		code = ask(control, heads[i].code, arena, &whole, &versions);
		for (size_t k = 0; k < versions && code == EX_OK; k++)
			see_procedure(&search, &whole[k]);
	}
	if (code == EX_OK && !search.found)
		code = say_fail(
			EX_DATAERR,
			"--field \"%s\": no procedure names it, and no open dossier of %s has it; procedures name %s",
			field, agency, search.told[0] ? search.told : "none");
	lt_arena_free(arena);
	return code;
}

/* Against the directory in force, and against the versions that the broker has. */
static int check_import(struct control_client *control, const struct procedure_file *file, struct lt_arena *arena)
{
	struct lt_directory *directory = NULL;
	struct lt_procedure *others = NULL;
	size_t count = 0;
	struct procedure_faults *faults = calloc(1, sizeof(*faults));
	int code = faults ? control_directory(control, &directory) : say_fail_err(LT_ENOMEM, "check the procedure");
	if (code == EX_OK)
		code = ask(control, "", arena, &others, &count);
	if (code == EX_OK) {
		struct procedure_agencies known = procedure_agencies_listed(directory);
		procedure_check(&file->procedure, &known, faults);
		for (size_t i = 0; i < count; i++) {
			if (others[i].version != file->procedure.version)
				procedure_check_versions(&file->procedure, &others[i], "the broker's", faults);
		}
		code = procedure_say_faults(file, faults);
	}
	lt_directory_free(directory);
	free(faults);
	return code;
}

int cli_check_procedure(struct control_client *control, const char *path)
{
	struct procedure_file file;
	struct lt_arena *arena = NULL;
	int code = procedure_open(path, &file);
	if (code == EX_OK && lt_arena_new(64u << 20, &arena))
		code = say_fail_err(LT_ENOMEM, "check the procedure");
	if (code == EX_OK)
		code = check_import(control, &file, arena);
	lt_arena_free(arena);
	procedure_fini(&file);
	return code;
}

int cmd_procedure_import(struct cli *cli)
{
	struct procedure_file file;
	struct control_client *control = NULL;
	struct lt_arena *arena = NULL;
	struct lt_control_answer answer;
	struct lt_buf bytes = { 0 };
	int code = procedure_open(cli->args[0], &file);
	if (code == EX_OK && (lt_procedure_encode(&file.procedure, &bytes) || lt_arena_new(64u << 20, &arena)))
		code = say_fail_err(LT_ENOMEM, "encode the procedure");
	if (code == EX_OK)
		code = control_open(cli, &control);
	if (code == EX_OK)
		code = check_import(control, &file, arena);
	if (code == EX_OK)
		code = control_define(cli, control, LT_DEFINE_PROCEDURE, lt_buf_bytes(&bytes), &answer);
	if (code == EX_OK)
		code = control_show_act(cli, control, &answer);
	control_close(control);
	lt_arena_free(arena);
	lt_buf_fini(&bytes);
	procedure_fini(&file);
	return code;
}

static void print_list(const struct lt_procedure *list, size_t count)
{
	static const char *const heads[] = { "CODE", "VERSION", "FROM", "UNTIL", "TOTAL", "~NAME" };
	struct output_table *table = output_table_new(heads, 6);
	for (size_t i = 0; i < count; i++) {
		char from[PROCEDURE_DAY_TEXT], to[PROCEDURE_DAY_TEXT], total[PROCEDURE_LIMIT_TEXT];
		procedure_day_text(list[i].valid_from, from);
		procedure_day_text(list[i].valid_to, to);
		procedure_limit_text(&list[i].total, total);
		const char *row[] = { list[i].code, output_u64(list[i].version),
				      from,         list[i].valid_to ? to : "-",
				      total,        list[i].name };
		output_table_row(table, row);
	}
	output_table_print(table);
}

static int print_all_json(const struct lt_procedure *list, size_t count, bool legs)
{
	json_t *all = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *one = procedure_to_json(&list[i]);
		if (!legs)
			json_object_del(one, "legs");
		json_array_append_new(all, one);
	}
	return output_json(all);
}

/* Opens, asks, and hands the answer to `print`. */
static int with_procedures(struct cli *cli, const char *wanted,
			   int (*print)(struct cli *cli, const struct lt_procedure *list, size_t count))
{
	struct control_client *control = NULL;
	struct lt_arena *arena = NULL;
	struct lt_procedure *list = NULL;
	size_t count = 0;
	int code = lt_arena_new(LT_CONTROL_MESSAGE_MAX, &arena) ? say_fail_err(LT_ENOMEM, "ask the broker") : EX_OK;
	if (code == EX_OK)
		code = control_open(cli, &control);
	if (code == EX_OK)
		code = ask(control, wanted, arena, &list, &count);
	if (code == EX_OK)
		code = print(cli, list, count);
	control_close(control);
	lt_arena_free(arena);
	return code;
}

static int show_list(struct cli *cli, const struct lt_procedure *list, size_t count)
{
	if (cli->json)
		return print_all_json(list, count, false);
	print_list(list, count);
	return EX_OK;
}

int cmd_procedure_list(struct cli *cli)
{
	return with_procedures(cli, "", show_list);
}

/* The version that is asked for, else the newest: the list rises by version. */
static int show_one(struct cli *cli, const struct lt_procedure *list, size_t count)
{
	uint64_t version = 0;
	const struct lt_procedure *found = NULL;
	if (cli->arg_count > 1 && !cli_number(cli->args[1], 1, UINT32_MAX, &version))
		return say_fail(EX_USAGE, "\"%s\" is not a version; versions are numbers from 1", cli->args[1]);
	for (size_t i = 0; i < count; i++) {
		if (version == 0 || list[i].version == version)
			found = &list[i];
	}
	if (!found)
		return say_fail(EX_NOINPUT, "%s has no version %s", cli->args[0], output_u64(version));
	if (cli->json) {
		return output_json(procedure_to_json(found));
	}
	if (cli->dot)
		procedure_print_dot(found);
	else
		procedure_print_route(found);
	return EX_OK;
}

int cmd_procedure_show(struct cli *cli)
{
	return with_procedures(cli, cli->args[0], show_one);
}
