/* cmd_dossier_list.c: `lienthong dossier list`: many dossiers, by what is asked of them. */
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#include <lienthong/directory.h>

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "cli/view_dossier.h"
#include "law/status.h"

enum { ROWS_DEFAULT = 1000 }; /* printed when --rows does not say otherwise: a table that can still be read */
#define HOUR_US (INT64_C(3600) * 1000000)

struct printing {
	struct cli *cli;
	const struct lt_directory *directory;
	struct output_table *table;
	json_t *rows;
	uint64_t most, count;
	uint64_t sequence;
	int64_t time;
	uint8_t place[LT_DOSSIERS_PLACE];
	size_t place_len;
};

/* "8h", "3d". */
static bool read_span(const char *text, int64_t *out)
{
	char *end;
	long number = strtol(text, &end, 10);
	if (end == text || number <= 0 || number > 3660 || end[0] == '\0' || end[1] != '\0')
		return false;
	*out = number * HOUR_US * (*end == 'd' ? 24 : 1);
	return *end == 'd' || *end == 'h';
}

static int read_options(struct cli *cli, struct lt_dossiers_request *out, struct printing *printing)
{
	uint64_t status = 0;
	printing->most = ROWS_DEFAULT;
	*out = (struct lt_dossiers_request){
		.owed_by = cli->owed_by,
		.holder = cli->holder,
		.lead = cli->lead,
		.procedure = cli->procedure,
		.late = cli->late,
		.unanswered = cli->unanswered,
		.silent = cli->silent,
	};
	if (cli->status && !cli_number(cli->status, 1, 10, &status))
		return say_fail(EX_USAGE, "--status takes a number of the national list, 1 to 10");
	if (cli->due_within && !read_span(cli->due_within, &out->due_within))
		return say_fail(EX_USAGE, "--due-within takes hours or days, as 8h or 3d");
	if (cli->rows && !cli_number(cli->rows, 1, UINT32_MAX, &printing->most))
		return say_fail(EX_USAGE, "--rows takes a number, from 1 on");
	out->status = (uint32_t)status;
	if (!cli->after)
		return EX_OK;
	if (lt_unhex(cli->after, printing->place, LT_DOSSIERS_PLACE) != LT_OK)
		return say_fail(EX_USAGE, "--after takes `next` of the page before");
	printing->place_len = LT_DOSSIERS_PLACE;
	return EX_OK;
}

static json_t *row_json(const struct printing *printing, const struct lt_dossiers_row *row)
{
	const struct lt_owed *owed = &row->owed;
	json_t *json = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "code", row->code, "procedure",
				 row->procedure, "procedure_name", row->procedure_name, "procedure_version",
				 (json_int_t)row->procedure_version, "status", (json_int_t)row->status, "status_name",
				 status_vietnamese(row->status), "origin", row->origin, "lead", row->lead, "holder",
				 row->holder, "leg", row->leg);
	const char *channel = view_channel_name(row->channel);
	json_object_set_new(json, "channel", channel ? json_string(channel) : json_null());
	json_object_set_new(json, "place_of_help", json_string(row->place_of_help));
	json_object_set_new(json, "carried_at", output_json_time(row->carried_at));
	json_object_set_new(json, "what", owed->what ? json_string(lt_owed_name(owed->what)) : json_null());
	json_object_set_new(json, "who", json_string(owed->who));
	json_object_set_new(json, "acting", json_string(owed->acting));
	json_object_set_new(json, "branch", json_integer((json_int_t)owed->branch));
	json_object_set_new(json, "since", output_json_time(owed->since));
	json_object_set_new(json, "until", output_json_time(owed->until));
	json_object_set_new(json, "late", json_boolean(owed->until != 0 && owed->until < printing->time));
	return json;
}

static void add_table_row(struct printing *printing, const struct lt_dossiers_row *row)
{
	const struct lt_owed *owed = &row->owed;
	const char *who = owed->acting[0] ? owed->acting : owed->who;
	char name[CLI_TEXT_MAX / 2], status[CLI_TEXT_MAX / 4];
	bool late = owed->until != 0 && owed->until < printing->time;
	snprintf(name, sizeof(name), "%s%s%s", who, who[0] ? " " : "",
		 who[0] ? view_agency_name(printing->directory, who) : "");
	snprintf(status, sizeof(status), "%u %s%s", row->status, status_vietnamese(row->status),
		 row->carried_at ? " (chuyển tiếp)" : "");
	const char *values[] = { row->code,
				 row->procedure,
				 status,
				 row->leg,
				 name,
				 owed->what    ? lt_owed_text(owed->what)
				 : owed->until ? "the whole dossier"
					       : "-",
				 output_time(owed->since),
				 output_time(owed->until),
				 late ? output_span(printing->time - owed->until) : "" };
	output_table_row(printing->table, values);
}

static void take_page(struct printing *printing, const struct lt_dossiers_view *page)
{
	printing->sequence = page->sequence;
	printing->time = page->time;
	for (size_t i = 0; i < page->count; i++) {
		if (printing->cli->json)
			json_array_append_new(printing->rows, row_json(printing, &page->rows[i]));
		else
			add_table_row(printing, &page->rows[i]);
	}
	printing->count += page->count;
	printing->place_len = page->next.len == LT_DOSSIERS_PLACE ? page->next.len : 0;
	if (printing->place_len > 0)
		memcpy(printing->place, page->next.data, page->next.len);
}

static int ask(struct printing *printing, struct control_client *control, struct lt_control_request *request)
{
	struct lt_control_answer answer;
	do {
		uint64_t left = printing->most - printing->count;
		request->dossiers.limit = left < LT_DOSSIERS_PAGE ? (uint32_t)left : LT_DOSSIERS_PAGE;
		request->dossiers.after = lt_bytes(printing->place, printing->place_len);
		int code = control_call(control, request, &answer);
		if (code != EX_OK)
			return code;
		take_page(printing, &answer.dossiers);
		control_forget(control);
	} while (printing->place_len > 0 && printing->count < printing->most);
	return EX_OK;
}

static int print(struct printing *printing)
{
	char next[2 * LT_DOSSIERS_PLACE + 1];
	lt_hex(lt_bytes(printing->place, printing->place_len), next);
	if (printing->cli->json) {
		json_t *json = json_pack("{s:I, s:o, s:O}", "sequence", (json_int_t)printing->sequence, "time",
					 output_json_time(printing->time), "rows", printing->rows);
		json_object_set_new(json, "next", printing->place_len ? json_string(next) : json_null());
		return output_json(json);
	}
	output_table_print(printing->table);
	printing->table = NULL;
	output_note("%s rows, true at record %s%s%s", output_u64(printing->count), output_u64(printing->sequence),
		    printing->place_len ? "; there are more: --rows, or --after " : "",
		    printing->place_len ? next : "");
	return EX_OK;
}

/* An alias is the agency's code. */
static int resolve(const struct lt_directory *directory, const char **code)
{
	if (!*code)
		return EX_OK;
	const struct lt_agency *agency = lt_directory_resolve(directory, *code);
	if (!agency)
		return say_fail(EX_NOINPUT, "the directory lists no agency %s", *code);
	*code = agency->code;
	return EX_OK;
}

int cmd_dossier_list(struct cli *cli)
{
	static const char *const heads[] = { "DOSSIER", "?PROCEDURE", "~STATUS", "?LEG",   "~OWED BY",
					     "~WHAT",   "?SINCE",     "UNTIL",   "LATE BY" };
	struct control_client *control = NULL;
	struct lt_directory *directory = NULL;
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIERS };
	struct printing printing = { .cli = cli };
	int code = read_options(cli, &request.dossiers, &printing);
	if (code == EX_OK)
		code = control_open(cli, &control);
	if (code != EX_OK)
		return code;
	code = control_directory(control, &directory);
	printing.directory = directory;
	const char **agencies[] = { &request.dossiers.owed_by, &request.dossiers.holder, &request.dossiers.lead };
	for (size_t i = 0; i < 3 && code == EX_OK; i++)
		code = resolve(directory, agencies[i]);
	printing.rows = json_array();
	printing.table = output_table_new(heads, 9);
	if (code == EX_OK)
		code = ask(&printing, control, &request);
	if (code == EX_OK)
		code = print(&printing);
	if (printing.table)
		output_table_free(printing.table);
	json_decref(printing.rows);
	lt_directory_free(directory);
	control_close(control);
	return code;
}
