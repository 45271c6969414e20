/* cmd_definitions.c: `lienthong definitions export|diff|import DIR`: all definitions as one set. */
#include "command/commands.h"

#include <string.h>

#include "command/agency_edit.h"
#include "cli/cli_output.h"
#include "member_diff.h"
#include "set_compare.h"

/* ---- export ---- */

static int print_export(const struct cli *cli, const struct definition_set *set)
{
	size_t counts[SET_KINDS] = { 0 };
	for (size_t i = 0; i < set->count; i++)
		counts[set->items[i].kind] += !set->items[i].over;
	if (cli->json) {
		json_t *json = json_pack("{s:s}", "folder", cli->args[0]);
		for (enum definition_kind kind = 0; kind < SET_KINDS; kind++)
			json_object_set_new(json, definition_kind_name(kind), json_integer((json_int_t)counts[kind]));
		return output_json(json);
	}
	output_line("folder", cli->args[0]);
	for (enum definition_kind kind = 0; kind < SET_KINDS; kind++)
		output_line(definition_kind_name(kind), output_u64(counts[kind]));
	return EX_OK;
}

int cmd_definitions_export(struct cli *cli)
{
	struct control_client *control = NULL;
	struct definition_set set = { 0 };
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = definition_set_ask(control, &set);
	if (code == EX_OK)
		code = definition_set_write(&set, cli->args[0]);
	if (code == EX_OK)
		code = print_export(cli, &set);
	definition_set_fini(&set);
	control_close(control);
	return code;
}

/* ---- both sides ---- */

struct sides {
	struct control_client *control;
	struct definition_set ours, theirs;
	struct set_plan plan;
};

static int sides_open(struct cli *cli, struct sides *sides)
{
	int code = definition_set_load(cli->args[0], &sides->ours);
	if (code == EX_OK)
		code = control_open(cli, &sides->control);
	if (code == EX_OK)
		code = definition_set_ask(sides->control, &sides->theirs);
	if (code == EX_OK && set_plan_make(&sides->ours, &sides->theirs, &sides->plan))
		code = say_fail_err(LT_ENOMEM, "compare definitions");
	return code;
}

static void sides_close(struct sides *sides)
{
	set_plan_fini(&sides->plan);
	definition_set_fini(&sides->ours);
	definition_set_fini(&sides->theirs);
	control_close(sides->control);
}

static const struct definition *subject(const struct set_step *step)
{
	return step->ours ? step->ours : step->theirs;
}

static json_t *step_json(const struct set_step *step)
{
	static const char *const changes[] = { "same", "new", "other", "left", "broker_only" };
	const struct definition *item = subject(step);
	json_t *json = json_pack("{s:s, s:s, s:s}", "change", changes[step->change], "kind",
				 definition_kind_name(item->kind), "name", item->name);
	if (item->kind == SET_CALENDAR || item->kind == SET_PROCEDURE)
		json_object_set_new(json, "number", json_integer((json_int_t)item->number));
	if (step->change == SET_LEFT)
		json_object_set_new(json, "why", json_string(step->why));
	return json;
}

static void print_step(const struct set_step *step)
{
	static const char signs[] = { ' ', '+', '~', '!', '-' };
	char title[SET_TITLE_MAX], clean[SET_TITLE_MAX];
	lt_text_clean(definition_title(subject(step), title), clean, sizeof(clean));
	printf("%c %s%s%s\n", signs[step->change], clean,
	       step->change == SET_LEFT     ? ": not given: "
	       : step->change == SET_ABSENT ? ": the broker alone has it; it stays"
					    : "",
	       step->change == SET_LEFT ? step->why : "");
}

/* ---- diff ---- */

/* Members of a CA or a list are none. */
static void tell_members(const struct set_step *step, json_t *json)
{
	struct member_diff members = { .changes = json ? json_array() : NULL, .indent = "    " };
	if (step->change == SET_OTHER && json_is_object(step->ours->json))
		member_diff(&members, step->theirs->json, step->ours->json);
	if (members.changes)
		json_object_set_new(json, "members", members.changes);
}

int cmd_definitions_diff(struct cli *cli)
{
	struct sides sides = { 0 };
	json_t *list = json_array();
	int code = sides_open(cli, &sides);
	for (size_t i = 0; code == EX_OK && i < sides.plan.count; i++) {
		const struct set_step *step = &sides.plan.steps[i];
		json_t *json = cli->json ? step_json(step) : NULL;
		if (!json)
			print_step(step);
		tell_members(step, json);
		if (json)
			json_array_append_new(list, json);
	}
	if (code == EX_OK && cli->json)
		code = output_json(json_incref(list));
	else if (code == EX_OK && sides.plan.count == 0)
		puts("no difference");
	json_decref(list);
	sides_close(&sides);
	return code;
}

/* ---- import ---- */

struct import {
	struct cli *cli;
	struct sides sides;
	size_t acts; /* done, the directory as one */
	json_t *list;
	struct progress shown;
};

static bool gives(const struct set_step *step)
{
	return step->change == SET_NEW || step->change == SET_OTHER;
}

static bool of_directory(const struct set_step *step)
{
	return gives(step) && (step->ours->kind == SET_CA || step->ours->kind == SET_AGENCY);
}

/* What was done, when it is done; `answer` NULL: what would be. */
static void tell_step(struct import *import, const struct set_step *step, const struct lt_control_answer *answer)
{
	if (!import->cli->json) {
		print_step(step);
		return;
	}
	json_t *json = step_json(step);
	if (answer)
		json_object_set_new(json, "sequence", json_integer((json_int_t)answer->act.sequence));
	json_array_append_new(import->list, json);
}

/* An agency of the file that has a step. */
static bool changes(const struct set_plan *plan, const char *code)
{
	for (size_t i = 0; i < plan->count; i++) {
		if (of_directory(&plan->steps[i]) && plan->steps[i].ours->kind == SET_AGENCY &&
		    strcmp(plan->steps[i].ours->name, code) == 0)
			return true;
	}
	return false;
}

static int fill_directory(struct import *import, struct agency_edit *edit)
{
	const struct set_plan *plan = &import->sides.plan;
	struct agencies *agencies = &import->sides.ours.agencies;
	int code = EX_OK;
	for (size_t i = 0; i < plan->count && code == EX_OK; i++) {
		const struct set_step *step = &plan->steps[i];
		if (of_directory(step) && step->ours->kind == SET_CA)
			code = agency_edit_add_ca(edit, lt_buf_bytes(&step->ours->bytes));
	}
	for (size_t i = 0; i < agencies->count && code == EX_OK; i++) {
		enum lt_err err =
			changes(plan, agencies->items[i].code) ? agency_edit_merge(edit, &agencies->items[i]) : LT_OK;
		if (err)
			code = say_fail_err(err, "take over the agency %s", agencies->items[i].code);
	}
	return code;
}

/* CAs and agencies: one act, the next version of the directory. */
static int give_directory(struct import *import)
{
	const struct set_plan *plan = &import->sides.plan;
	struct agency_edit edit = { 0 };
	struct lt_control_answer answer;
	size_t count = 0;
	for (size_t i = 0; i < plan->count; i++)
		count += of_directory(&plan->steps[i]);
	if (count == 0)
		return EX_OK;
	int code = agency_edit_begin(import->cli, &edit);
	if (code == EX_OK)
		code = fill_directory(import, &edit);
	if (code == EX_OK)
		code = agency_edit_send(import->cli, &edit, &answer);
	for (size_t i = 0; i < plan->count && code == EX_OK && !import->cli->dry_run; i++) {
		if (of_directory(&plan->steps[i]))
			tell_step(import, &plan->steps[i], &answer);
	}
	if (code == EX_OK && !import->cli->json && !import->cli->dry_run)
		code = control_show_act(import->cli, edit.control, &answer);
	import->acts += code == EX_OK;
	agency_edit_end(&edit);
	return code == EX_OK ? EX_OK : say_fail(code, "stopped at the directory; nothing was done");
}

static int give(struct import *import, const struct set_step *step)
{
	static const enum lt_definition types[SET_KINDS] = {
		[SET_CA] = LT_DEFINE_DIRECTORY,  [SET_AGENCY] = LT_DEFINE_DIRECTORY,
		[SET_CRL] = LT_DEFINE_CRL,       [SET_CALENDAR] = LT_DEFINE_CALENDAR,
		[SET_OFFICE] = LT_DEFINE_OFFICE, [SET_PROCEDURE] = LT_DEFINE_PROCEDURE,
	};
	struct definition *item = step->ours;
	struct control_client *control = import->sides.control;
	struct lt_control_answer answer;
	char title[SET_TITLE_MAX];
	int code = item->kind == SET_PROCEDURE ? cli_check_procedure(control, item->path) : EX_OK;
	if (code == EX_OK)
		code = control_define(import->cli, control, types[item->kind], lt_buf_bytes(&item->bytes), &answer);
	progress_hide(&import->shown);
	if (code == EX_OK && !import->cli->dry_run) {
		tell_step(import, step, &answer);
		import->acts++;
	}
	if (code == EX_OK && !import->cli->json && !import->cli->dry_run)
		code = control_show_act(import->cli, control, &answer);
	control_forget(control);
	if (code != EX_OK)
		say_fail(code, "stopped at %s; acts done before it: %zu", definition_title(item, title), import->acts);
	return code;
}

static int import_all(struct import *import)
{
	const struct set_plan *plan = &import->sides.plan;
	uint64_t done = 0, total = set_plan_acts(plan);
	int code = give_directory(import);
	for (size_t i = 0; i < plan->count; i++)
		done += of_directory(&plan->steps[i]);
	for (size_t i = 0; i < plan->count && code == EX_OK; i++) {
		if (!gives(&plan->steps[i]) || of_directory(&plan->steps[i]))
			continue;
		progress_step(&import->shown, "import", done++, total);
		code = give(import, &plan->steps[i]);
	}
	progress_end(&import->shown);
	return code;
}

/* What the broker would say. What builds on an act of the same import cannot be tried before that is done: then the first alone is, and what
 * stands behind it was looked at here. */
static int try_first(struct import *import)
{
	const struct set_plan *plan = &import->sides.plan;
	int code = give_directory(import);
	for (size_t i = 0; i < plan->count && code == EX_OK && import->acts == 0; i++) {
		if (!gives(&plan->steps[i]) || of_directory(&plan->steps[i]))
			continue;
		code = give(import, &plan->steps[i]);
		import->acts++;
	}
	return code;
}

int cmd_definitions_import(struct cli *cli)
{
	struct import import = { .cli = cli, .list = json_array(), .shown = output_progress(cli, "definitions") };
	const struct set_plan *plan = &import.sides.plan;
	int code = sides_open(cli, &import.sides);
	bool ready = code == EX_OK;
	if (ready)
		code = cli->dry_run ? try_first(&import) : import_all(&import);
	ready = ready && (code == EX_OK || !cli->dry_run);
	for (size_t i = 0; ready && i < plan->count; i++) {
		if (plan->steps[i].change == SET_LEFT || (cli->dry_run && gives(&plan->steps[i])))
			tell_step(&import, &plan->steps[i], NULL);
	}
	if (ready && cli->json)
		output_json(json_incref(import.list));
	else if (ready && set_plan_acts(plan) == 0)
		puts("no difference");
	else if (ready && cli->dry_run)
		puts("it would be done; nothing was changed");
	json_decref(import.list);
	sides_close(&import.sides);
	return code;
}
