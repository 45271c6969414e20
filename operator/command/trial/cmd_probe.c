/* cmd_probe.c: `lienthong probe A B`. */
#include "probe.h"

#include "cli/cli_output.h"
#include "command/commands.h"

#include <lienthong/time.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_MAX (64u << 20) /* bytes: the procedures of a province are about 20 MiB */

static void add(struct probe *probe, const char *result, const char *who, const char *step, const char *detail)
{
	char clean[PROBE_TEXT];
	lt_text_clean(detail, clean, sizeof(clean));
	json_array_append_new(probe->steps, json_pack("{s:s, s:s, s:s, s:s}", "who", who, "step", step, "result",
						      result, "detail", clean));
	if (!probe->cli->json)
		printf("%-9s %-18s %-12s %s\n", result, who, step, clean);
}

void probe_good(struct probe *probe, const char *who, const char *step, const char *format, ...)
{
	char text[PROBE_TEXT];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add(probe, "ok", who, step, text);
}

void probe_bad(struct probe *probe, const char *who, const char *step, const char *format, ...)
{
	char text[PROBE_TEXT];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	add(probe, "FAILED", who, step, text);
	probe->failed = true;
}

void probe_untried(struct probe *probe, const char *who, const char *step)
{
	add(probe, "not tried", who, step, "");
}

static int find_side(struct probe *probe, struct probe_side *side, const char *text)
{
	side->agency = lt_directory_resolve(probe->directory, text);
	if (!side->agency)
		return say_fail(EX_NOINPUT, "the directory has no agency %s", text);
	side->code = side->agency->code;
	return probe_read_conf(probe, side);
}

static int prepare(struct probe *probe)
{
	const char *base = probe->cli->sandbox;
	struct lt_control_request request = { .type = LT_CONTROL_TIME };
	if (base && !probe->cli->adapters)
		cli_path(probe->adapters, base, "adapters");
	else
		snprintf(probe->adapters, sizeof(probe->adapters), "%s",
			 probe->cli->adapters ? probe->cli->adapters : "/etc/lienthong/adapters");
	struct lt_control_answer answer;
	int code = control_open(probe->cli, &probe->control);
	if (code == EX_OK)
		code = control_directory(probe->control, &probe->directory);
	if (code == EX_OK)
		code = control_call(probe->control, &request, &answer);
	if (code == EX_OK) {
		probe->now = answer.time.time;
		probe->legal = answer.time.legal;
	}
	for (int i = 0; i < 2 && code == EX_OK; i++)
		code = find_side(probe, &probe->sides[i], probe->cli->args[i]);
	return code;
}

static int walk(struct probe *probe)
{
	int code = EX_OK;
	for (int i = 0; i < 2 && code == EX_OK; i++) {
		if (probe->sides[i].elsewhere)
			code = probe_elsewhere(probe, &probe->sides[i]);
		else
			probe_adapter(probe, &probe->sides[i]);
	}
	if (code == EX_OK)
		code = probe_handoff(probe);
	if (code == EX_OK && probe->cli->json)
		code = output_json(json_pack("{s:b, s:O}", "ok", (int)!probe->failed, "steps", probe->steps));
	return code == EX_OK && probe->failed ? SAY_UNWELL : code;
}

int cmd_probe(struct cli *cli)
{
	struct probe *probe = calloc(1, sizeof(*probe));
	if (!probe || lt_arena_new(ARENA_MAX, &probe->arena) != LT_OK) {
		free(probe);
		return say_fail_err(LT_ENOMEM, "probe");
	}
	probe->cli = cli;
	probe->steps = json_array();
	int code = prepare(probe);
	if (code == EX_OK)
		code = walk(probe);
	for (int i = 0; i < 2; i++) {
		json_decref(probe->sides[i].health);
		lt_signer_free(probe->sides[i].signer);
	}
	lt_directory_free(probe->directory);
	control_close(probe->control);
	json_decref(probe->steps);
	lt_arena_free(probe->arena);
	free(probe);
	return code;
}
