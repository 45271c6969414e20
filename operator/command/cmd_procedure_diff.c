/* cmd_procedure_diff.c: `lienthong procedure diff`: what two versions of a procedure have otherwise, leg by leg. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "procedure_files.h"

#define PLACE_MAX 200u

struct diff {
	size_t count;
	json_t *changes; /* NULL: print */
};

static char *text_of(const json_t *value)
{
	return value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS) : NULL;
}

static void tell(struct diff *diff, const char *place, const json_t *before, const json_t *after)
{
	char line[CLI_TEXT_MAX + PLACE_MAX], clean[CLI_TEXT_MAX + PLACE_MAX];
	diff->count++;
	if (diff->changes) {
		json_array_append_new(diff->changes,
				      json_pack("{s:s, s:O?, s:O?}", "place", place, "before", before, "after", after));
		return;
	}
	char *was = text_of(before), *is = text_of(after);
	snprintf(line, sizeof(line), "%s %s: %s%s%s",
		 !before  ? "+"
		 : !after ? "-"
			  : "~",
		 place, was ? was : "", was && is ? " -> " : "", is ? is : "");
	lt_text_clean(line, clean, sizeof(clean));
	puts(clean);
	free(was);
	free(is);
}

static void compare_members(struct diff *diff, const char *at, json_t *before, json_t *after)
{
	const char *key;
	json_t *value;
	char place[PLACE_MAX];
	json_object_foreach(before, key, value)
	{
		const json_t *other = json_object_get(after, key);
		snprintf(place, sizeof(place), "%s%s", at, key);
		if (strcmp(key, "legs") != 0 && !json_equal(value, (json_t *)(uintptr_t)other))
			tell(diff, place, value, other);
	}
	json_object_foreach(after, key, value)
	{
		snprintf(place, sizeof(place), "%s%s", at, key);
		if (strcmp(key, "legs") != 0 && !json_object_get(before, key))
			tell(diff, place, NULL, value);
	}
}

static json_t *find_leg(json_t *legs, const char *id)
{
	for (size_t i = 0; i < json_array_size(legs); i++) {
		json_t *leg = json_array_get(legs, i);
		if (strcmp(json_string_value(json_object_get(leg, "id")), id) == 0)
			return leg;
	}
	return NULL;
}

static void compare_legs(struct diff *diff, json_t *before, json_t *after)
{
	char place[PLACE_MAX];
	for (size_t i = 0; i < json_array_size(before); i++) {
		json_t *leg = json_array_get(before, i);
		const char *id = json_string_value(json_object_get(leg, "id"));
		json_t *other = find_leg(after, id);
		snprintf(place, sizeof(place), "leg %s%s", id, other ? ": " : "");
		if (other)
			compare_members(diff, place, leg, other);
		else
			tell(diff, place, leg, NULL);
	}
	for (size_t i = 0; i < json_array_size(after); i++) {
		json_t *leg = json_array_get(after, i);
		const char *id = json_string_value(json_object_get(leg, "id"));
		snprintf(place, sizeof(place), "leg %s", id);
		if (!find_leg(before, id))
			tell(diff, place, NULL, leg);
	}
}

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
	struct diff diff = { .changes = cli->json ? json_array() : NULL };
	int code = read_file(cli->args[cli->arg_count - 1], &after);
	if (code == EX_OK && cli->arg_count == 2)
		code = read_file(cli->args[0], &before);
	else if (code == EX_OK)
		code = read_broker(cli, json_string_value(json_object_get(after, "code")), &before);
	if (code == EX_OK) {
		compare_members(&diff, "", before, after);
		compare_legs(&diff, json_object_get(before, "legs"), json_object_get(after, "legs"));
	}
	if (code == EX_OK && cli->json)
		code = output_json(json_incref(diff.changes));
	else if (code == EX_OK && diff.count == 0)
		puts("no difference");
	json_decref(diff.changes);
	json_decref(before);
	json_decref(after);
	return code;
}
