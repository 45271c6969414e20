/* cmd_status.c: `lienthong status`, `lienthong mailbox list|redeliver`. */
#include "commands.h"
#include "command/watch/verdict_print.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "cli/view_dossier.h"

#include <stdio.h>
#include <string.h>

static json_t *session_json(const struct lt_session_view *session)
{
	json_t *agencies = json_array();
	for (size_t i = 0; i < session->agency_count; i++)
		json_array_append_new(agencies, json_string(session->agencies[i]));
	return json_pack("{s:s, s:I, s:s, s:o, s:o, s:o}", "curve_key", session->curve_key, "epoch",
			 (json_int_t)session->epoch, "software", session->software, "since",
			 output_json_time(session->since), "last_seen", output_json_time(session->last_seen),
			 "agencies", agencies);
}

static json_t *works_json(const struct lt_status_view *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->work_count; i++) {
		const struct lt_work_view *work = &s->works[i];
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:I, s:I, s:f}", "name", work->name, "unit", work->unit,
						"done", (json_int_t)work->done, "total", (json_int_t)work->total,
						"elapsed_seconds", (double)work->elapsed / 1e6));
	}
	return list;
}

static json_t *trust_json(const struct lt_trust_view *item)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:s, s:o}", "what", cli_trust_type(item->type), "name", item->name,
			 "from", output_json_time(item->from), "ends", output_json_time(item->ends), "state",
			 cli_trust_state(item->state), "sha256", output_json_hex(item->sha256));
}

static json_t *trust_list(const struct lt_status_view *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->trust_count; i++)
		json_array_append_new(list, trust_json(&s->trust[i]));
	return list;
}

static json_t *status_json(const struct lt_status_view *s)
{
	json_t *sessions = json_array(), *counters = json_object();
	for (size_t i = 0; i < s->session_count; i++)
		json_array_append_new(sessions, session_json(&s->sessions[i]));
	for (size_t i = 0; i < s->counter_count; i++)
		json_object_set_new(counters, s->counters[i].name, json_integer((json_int_t)s->counters[i].value));
	json_t *json = json_pack("{s:s, s:s, s:I, s:o, s:o, s:I, s:I, s:I}", "version", s->version, "domain", s->domain,
				 "head", (json_int_t)s->head, "time", output_json_time(s->time), "started",
				 output_json_time(s->started), "directory_version", (json_int_t)s->directory_version,
				 "dossiers", (json_int_t)s->dossiers, "agencies", (json_int_t)s->agencies);
	json_t *rest = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:o, s:o}", "admitted",
				 (json_int_t)s->admitted, "rejected", (json_int_t)s->rejected, "delivered",
				 (json_int_t)s->delivered, "flushed", (json_int_t)s->flushed, "journal_bytes",
				 (json_int_t)s->journal_bytes, "disk_free", (json_int_t)s->disk_free, "resident",
				 (json_int_t)s->resident, "store_full", (int)s->store_full, "time_unconfirmed",
				 (int)s->time_unconfirmed, "sessions", sessions, "counters", counters);
	if (rest) {
		json_object_set_new(rest, "works", works_json(s));
		json_t *damaged = json_array();
		for (size_t i = 0; i < s->damaged_count; i++)
			json_array_append_new(damaged, json_string(s->damaged[i]));
		json_object_set_new(rest, "damaged", damaged);
		json_t *frozen = json_array();
		for (size_t i = 0; i < s->frozen_count; i++)
			json_array_append_new(frozen, json_string(s->frozen[i]));
		json_object_set_new(rest, "frozen", frozen);
		json_object_set_new(rest, "trust", trust_list(s));
		json_object_set_new(rest, "restored", json_string(cli_restored_name(s->restored)));
		json_object_set_new(rest, "trust_grace_hours", json_integer((json_int_t)s->trust_grace));
	}
	if (json && rest)
		json_object_update(json, rest);
	json_decref(rest);
	return json;
}

/* The agencies of a session, as far as they fit. */
static void join_agencies(const struct lt_session_view *session, char *out, size_t size)
{
	size_t used = 0;
	out[0] = '\0';
	for (size_t i = 0; i < session->agency_count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s%s", i ? " " : "", session->agencies[i]);
}

static void print_sessions(const struct lt_status_view *s)
{
	static const char *const heads[] = { "~AGENCIES", "~SOFTWARE", "EPOCH", "SINCE", "LAST SEEN" };
	struct output_table *table = output_table_new(heads, 5);
	for (size_t i = 0; i < s->session_count; i++) {
		char agencies[CLI_TEXT_MAX];
		const struct lt_session_view *session = &s->sessions[i];
		join_agencies(session, agencies, sizeof(agencies));
		const char *row[] = { agencies, session->software, output_u64(session->epoch),
				      output_time(session->since), output_time(session->last_seen) };
		output_table_row(table, row);
	}
	printf("\n%zu session%s\n", s->session_count, s->session_count == 1 ? "" : "s");
	output_table_print(table);
}

static void print_counters(const struct lt_status_view *s)
{
	output_line("flushed to store", output_u64(s->flushed));
	output_line("admitted", output_u64(s->admitted));
	output_line("rejected", output_u64(s->rejected));
	output_line("delivered", output_u64(s->delivered));
	output_line("journal", output_size(s->journal_bytes));
	output_line("resident memory", output_size(s->resident));
	for (size_t i = 0; i < s->counter_count; i++)
		output_line(s->counters[i].name, output_u64(s->counters[i].value));
	for (size_t i = 0; i < s->trust_count; i++)
		output_line(cli_trust_type(s->trust[i].type), output_time(s->trust[i].ends));
}

static void print_works(const struct lt_status_view *s)
{
	for (size_t i = 0; i < s->work_count; i++) {
		const struct lt_work_view *work = &s->works[i];
		char text[PROGRESS_TEXT];
		progress_text(work->name, strcmp(work->unit, "bytes") == 0 ? NULL : work->unit, 0, work->done,
			      work->total, work->elapsed, text);
		output_line("under way", text);
	}
}

static void print_status(const struct cli *cli, const struct lt_status_view *s)
{
	printf("\n");
	output_line("broker", s->version);
	output_line("domain", s->domain);
	output_line("started", output_time(s->started));
	output_line("record time", output_time(s->time));
	output_line("head", output_u64(s->head));
	output_line("directory version", output_u64(s->directory_version));
	output_line("agencies", output_u64(s->agencies));
	output_line("dossiers", output_u64(s->dossiers));
	output_line("disk free", output_size(s->disk_free));
	if (s->restored != LT_RESTORED_NOT)
		output_line("restored", cli_restored(s->restored));
	print_works(s);
	if (cli->counters)
		print_counters(s);
	print_sessions(s);
}

static int exit_of(const struct verdict *verdict)
{
	return verdict->level == VERDICT_CRITICAL  ? SAY_UNWELL
	       : verdict->level == VERDICT_WARNING ? SAY_ATTENTION
						   : EX_OK;
}

static int print_verdict_json(const struct verdict *verdict, json_t *rest)
{
	json_t *json = verdict_json(verdict);
	json_object_update(json, rest);
	json_decref(rest);
	int code = output_json(json);
	return code == EX_OK ? exit_of(verdict) : code;
}

static int show_status(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	struct verdict verdict;
	(void)control;
	verdict_make(&answer->status, cli->language, &verdict);
	if (cli->json)
		return print_verdict_json(&verdict, status_json(&answer->status));
	verdict_print(cli, &verdict);
	print_status(cli, &answer->status);
	return exit_of(&verdict);
}

/* What is said on standard error tells why; the verdict stands on standard output all the same. */
static int show_silent(struct cli *cli, int code)
{
	struct verdict verdict;
	if (code != EX_UNAVAILABLE)
		return code;
	verdict_make_silent(control_where(cli), cli->language, &verdict);
	if (cli->json)
		return print_verdict_json(&verdict, NULL);
	verdict_print(cli, &verdict);
	return exit_of(&verdict);
}

int cmd_status(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	return show_silent(cli, control_ask(cli, &request, show_status));
}

enum { STOPPED_TEXT = 100 };

/* Why a mailbox does not go on although somebody takes its mail. */
static const char *stopped_by(const struct lt_mailbox_view *box, char text[STOPPED_TEXT])
{
	text[0] = '\0';
	if (box->unreadable)
		snprintf(text, STOPPED_TEXT, "record %llu cannot be read, since %.40s",
			 (unsigned long long)box->unreadable, output_time(box->unreadable_since));
	else if (box->unanswered_since)
		snprintf(text, STOPPED_TEXT, "no RECEIVED since %.40s", output_time(box->unanswered_since));
	return text;
}

static int show_mailboxes(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	static const char *const heads[] = { "AGENCY",        "~NAME",  "ONLINE", "WAITING",     "?HEAD",
					     "?ACKNOWLEDGED", "OLDEST", "STUCK",  "~STOPPED BY", "~NOW HANDLED BY" };
	json_t *list = json_array();
	struct output_table *table = output_table_new(heads, 10);
	(void)control;
	for (size_t i = 0; i < answer->mailboxes.count; i++) {
		const struct lt_mailbox_view *box = &answer->mailboxes.mailboxes[i];
		char stopped[STOPPED_TEXT];
		const char *row[] = { box->agency,
				      box->name,
				      box->online ? "yes" : "no",
				      output_u64(box->waiting),
				      output_u64(box->head),
				      output_u64(box->acknowledged),
				      output_time(box->oldest),
				      output_u64(box->stuck_count),
				      stopped_by(box, stopped),
				      box->handled_by };
		output_table_row(table, row);
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:b, s:I, s:I, s:I, s:o, s:o, s:s, s:o, s:I, s:o}", "agency",
					box->agency, "name", box->name, "online", (int)box->online, "waiting",
					(json_int_t)box->waiting, "head", (json_int_t)box->head, "acknowledged",
					(json_int_t)box->acknowledged, "oldest", output_json_time(box->oldest), "stuck",
					view_stuck_json(box->stuck, box->stuck_count), "handled_by", box->handled_by,
					"unanswered_since", output_json_time(box->unanswered_since), "unreadable",
					(json_int_t)box->unreadable, "unreadable_since",
					output_json_time(box->unreadable_since)));
	}
	if (cli->json) {
		output_table_free(table);
		return output_json(json_pack("{s:o}", "mailboxes", list));
	}
	json_decref(list);
	output_table_print(table);
	for (size_t i = 0; i < answer->mailboxes.count && !output_is_csv(); i++)
		view_print_stuck(cli, answer->mailboxes.mailboxes[i].stuck, answer->mailboxes.mailboxes[i].stuck_count);
	return EX_OK;
}

int cmd_mailbox_redeliver(struct cli *cli)
{
	struct control_client *control = NULL;
	struct lt_control_answer answer;
	const char *text = cli->from ? cli->from : cli->arg_count > 1 ? cli->args[1] : "";
	uint64_t number = 0;
	if (cli->from && cli->arg_count > 1)
		return say_fail(EX_USAGE, "either NUMBER, or --from");
	if (!cli_number(text, 1, UINT64_MAX / 2, &number))
		return say_fail(EX_USAGE, "\"%s\" is not a number of a mailbox; `lienthong mailbox list` shows them",
				text);
	int code = control_open(cli, &control);
	if (code == EX_OK)
		code = control_admin_number(cli, control, cli->from ? LT_ADMIN_MAILBOX_BEGIN : LT_ADMIN_REDELIVER,
					    cli->args[0], number, &answer);
	if (code == EX_OK)
		code = control_show_act(cli, control, &answer);
	control_close(control);
	return code;
}

int cmd_mailbox_list(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_MAILBOXES };
	request.code = cli->arg_count > 0 ? cli->args[0] : "";
	return control_ask(cli, &request, show_mailboxes);
}
