/* cmd_watch.c: `lienthong watch`: the verdict and what moves, again and again. */
#include "command/commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "verdict_print.h"

#include <time.h>
#include <unistd.h>

enum { PAUSE_S = 2 }; /* a look costs the broker some milliseconds of its reader */

/* What was counted at the look before; head 0: there was none. */
struct watch_counts {
	uint64_t head, admitted, rejected, delivered;
	int64_t time;
};

/* Events a second between two looks; 0 at the first, and after a new start of the broker. */
static double rate(uint64_t before, uint64_t now, const struct watch_counts *last, int64_t time)
{
	if (last->head == 0 || now < before || time <= last->time)
		return 0;
	return (double)(now - before) * 1e6 / (double)(time - last->time);
}

struct watch_line {
	const struct lt_status_view *status;
	double admitted, rejected, delivered;
};

static void take(const struct lt_status_view *s, struct watch_counts *last, struct watch_line *out)
{
	*out = (struct watch_line){ .status = s,
				    .admitted = rate(last->admitted, s->admitted, last, s->time),
				    .rejected = rate(last->rejected, s->rejected, last, s->time),
				    .delivered = rate(last->delivered, s->delivered, last, s->time) };
	*last = (struct watch_counts){ s->head, s->admitted, s->rejected, s->delivered, s->time };
}

/* One line of JSON a look; line NULL: the broker does not answer. */
static int print_json(const struct verdict *verdict, const struct watch_line *line)
{
	json_t *json = verdict_json(verdict);
	if (line)
		json_object_update_new(json, json_pack("{s:o, s:I, s:I, s:I, s:I, s:f, s:f, s:f}", "time",
						       output_json_time(line->status->time), "head",
						       (json_int_t)line->status->head, "dossiers",
						       (json_int_t)line->status->dossiers, "sessions",
						       (json_int_t)line->status->session_count, "disk_free",
						       (json_int_t)line->status->disk_free, "admitted_per_second",
						       line->admitted, "rejected_per_second", line->rejected,
						       "delivered_per_second", line->delivered));
	bool good = json_dumpf(json, stdout, JSON_COMPACT) == 0 && fputc('\n', stdout) != EOF;
	json_decref(json);
	return good ? say_ended(EX_OK) : say_fail(EX_IOERR, "cannot write the output");
}

static int print_text(const struct cli *cli, const struct verdict *verdict, const struct watch_line *line)
{
	if (isatty(STDOUT_FILENO))
		printf("\x1b[H\x1b[2J"); /* home, clear */
	verdict_print(cli, verdict);
	if (line) {
		output_line("record time", output_time(line->status->time));
		output_line("head", output_u64(line->status->head));
		output_line("sessions", output_u64(line->status->session_count));
		output_line("disk free", output_size(line->status->disk_free));
		printf("%-20s admitted %.1f, refused %.1f, delivered %.1f\n", "each second", line->admitted,
		       line->rejected, line->delivered);
	}
	printf("\n");
	return say_ended(EX_OK);
}

static int look(struct cli *cli, struct control_client **control, struct watch_counts *last)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	struct lt_control_answer answer;
	struct verdict verdict;
	struct watch_line line;
	int code = *control ? EX_OK : control_open(cli, control);
	if (code == EX_OK)
		code = control_call(*control, &request, &answer);
	if (code != EX_OK && code != EX_UNAVAILABLE)
		return code;
	if (code == EX_OK) {
		verdict_make(&answer.status, cli->language, &verdict);
		take(&answer.status, last, &line);
	} else {
		verdict_make_silent(control_where(cli), cli->language, &verdict);
	}
	const struct watch_line *shown = code == EX_OK ? &line : NULL;
	code = cli->json ? print_json(&verdict, shown) : print_text(cli, &verdict, shown);
	if (shown) {
		control_forget(*control);
	} else {
		control_close(*control);
		*control = NULL;
	}
	return code;
}

int cmd_watch(struct cli *cli)
{
	struct control_client *control = NULL;
	struct watch_counts last = { 0 };
	const struct timespec pause = { .tv_sec = PAUSE_S };
	int code;
	while ((code = look(cli, &control, &last)) == EX_OK) /* until a signal ends it */
		nanosleep(&pause, NULL);
	control_close(control);
	return code;
}
