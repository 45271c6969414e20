/* cmd_sandbox_clock.c: `lienthong sandbox clock`: the legal time of a sandbox goes forward, one due time after the other. The broker goes no
 * further than the first due time; what is due happens; then it is asked again. */
#include "command/commands.h"

#include "command/calendar_folder.h"
#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "law/worktime.h"

#include <ctype.h>
#include <lienthong/time.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 20u /* between two looks at what is due */

struct clock_walk {
	struct cli *cli;
	struct control_client *control;
	struct lt_time_view now;
	json_t *passed; /* due times behind which it went */
};

static int ask(struct clock_walk *walk)
{
	struct lt_control_request request = { .type = LT_CONTROL_TIME };
	struct lt_control_answer answer;
	control_forget(walk->control);
	int code = control_call(walk->control, &request, &answer);
	if (code == EX_OK)
		walk->now = answer.time;
	return code;
}

/* Until nothing is due any more. */
static int wait_idle(struct clock_walk *walk)
{
	const struct timespec look = { .tv_nsec = LOOK_MS * 1000000L };
	for (uint64_t i = 0; i < walk->cli->timeout * 1000 / LOOK_MS; i++) {
		int code = ask(walk);
		if (code != EX_OK)
			return code;
		if (walk->now.unconfirmed)
			return say_fail(EX_TEMPFAIL,
					"the broker's time is not confirmed, so nothing happens by itself; "
					"see `lienthong time show`");
		if (walk->now.due == 0 || walk->now.due >= walk->now.legal)
			return EX_OK;
		nanosleep(&look, NULL);
	}
	return say_fail(EX_TEMPFAIL, "what was due at %s has not happened within %u seconds",
			output_time(walk->now.due), (unsigned)walk->cli->timeout);
}

static int step(struct clock_walk *walk, int64_t to)
{
	struct lt_control_request request = { .type = LT_CONTROL_ADMIN };
	struct lt_control_answer answer;
	const struct cli *cli = walk->cli;
	request.admin = (struct lt_admin_command){ .act = LT_ADMIN_SANDBOX_CLOCK,
						   .subject = "",
						   .operator_name = cli_who(cli),
						   .reason = cli->reason ? cli->reason : "sandbox clock",
						   .time = to };
	return control_call(walk->control, &request, &answer);
}

static int go(struct clock_walk *walk, int64_t to)
{
	int code = EX_OK;
	if (walk->cli->dry_run)
		return step(walk, to);
	while (code == EX_OK && walk->now.legal < to) {
		int64_t due = walk->now.due;
		code = step(walk, to);
		if (code == EX_OK)
			code = wait_idle(walk);
		if (code == EX_OK && due != 0 && due < walk->now.legal) {
			json_array_append_new(walk->passed, output_json_time(due));
			if (!walk->cli->json)
				output_line("due", output_time(due));
		}
	}
	return code;
}

/* "+5working_days", as a limit with its blank. */
static bool spell_limit(const char *span, char out[64])
{
	size_t number = strspn(span, "0123456789.");
	const char *unit = span + number + strspn(span + number, " ");
	int len = snprintf(out, 64, "%.*s %s", (int)(number < 16 ? number : 16), span, unit);
	return number > 0 && len > 0 && len < 64;
}

/* A span is counted as a limit is: by the sandbox's own calendars, with the office hours of who has none of its own. */
static int read_target(const struct clock_walk *walk, const char *text, int64_t *to)
{
	char folder[CLI_PATH_MAX], limit_text[64];
	const struct worktime_office office = WORKTIME_OFFICE_DEFAULT;
	struct worktime_limit limit;
	struct worktime_due due;
	struct calendar *calendar = NULL;
	if (text[0] != '+') {
		if (lt_time_parse(text, to) == LT_OK)
			return EX_OK;
		return say_fail(EX_USAGE,
				"\"%s\" is neither a span as +5working_days nor a time as "
				"2026-02-13T10:00:00+07:00",
				text);
	}
	if (!spell_limit(text + 1, limit_text) || worktime_limit_parse(limit_text, &limit) != LT_OK)
		return say_fail(EX_USAGE, "\"%s\": after + stands " WORKTIME_LIMIT_FORMS, text);
	int code = calendar_load_folder(cli_path(folder, walk->cli->sandbox, "genesis/calendars"), "", &calendar);
	if (code != EX_OK)
		return code;
	enum lt_err err = worktime_due(calendar, &office, &limit, walk->now.legal, &due);
	if (err == LT_ENOENT)
		code = say_fail(EX_DATAERR, "%s has no calendar of %d, which that reaches into", folder,
				due.missing_year);
	else if (err != LT_OK)
		code = say_fail_err(err, "count from %s", output_time(walk->now.legal));
	*to = due.due;
	calendar_free(calendar);
	return code;
}

static int show(const struct clock_walk *walk)
{
	const struct lt_time_view *now = &walk->now;
	if (walk->cli->json)
		return output_json(json_pack("{s:b, s:o, s:o, s:I, s:o, s:O}", "sandbox", (int)now->sandbox, "time",
					     output_json_time(now->time), "legal", output_json_time(now->legal),
					     "ahead_ms", (json_int_t)((now->legal - now->time) / 1000), "next_due",
					     output_json_time(now->due), "passed", walk->passed));
	output_line("legal time", output_time(now->legal));
	output_line("ahead by", output_span(now->legal - now->time));
	output_line("next due", output_time(now->due));
	return EX_OK;
}

int cmd_sandbox_clock(struct cli *cli)
{
	int64_t to;
	struct clock_walk walk = { .cli = cli, .passed = json_array() };
	cli->sandbox = cli->args[0];
	int code = control_open(cli, &walk.control);
	if (code == EX_OK)
		code = ask(&walk);
	if (code == EX_OK && cli->arg_count == 2) {
		code = read_target(&walk, cli->args[1], &to);
		if (code == EX_OK && to <= walk.now.legal)
			code = say_fail(EX_USAGE, "the legal time is %s and only goes forward",
					output_time(walk.now.legal));
		if (code == EX_OK)
			code = go(&walk, to);
	}
	if (code == EX_OK && cli->dry_run)
		code = control_show_act(cli, walk.control, &(struct lt_control_answer){ 0 });
	else if (code == EX_OK)
		code = show(&walk);
	control_close(walk.control);
	json_decref(walk.passed);
	return code;
}
