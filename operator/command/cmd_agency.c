/* cmd_agency.c: `lienthong agency list|show|suspend|drain|resume|closure|reopen`. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <lienthong/directory.h>
#include <lienthong/time.h>

static const char *level_name(uint32_t level)
{
	return level >= LT_LEVEL_COMMUNE && level <= LT_LEVEL_BROKER ? lt_level_name((enum lt_level)level) : "?";
}

static const char *closure_name(const struct lt_agency_view *agency)
{
	static char text[64];
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	bool begun = agency->closed_from / 1000000 <= now.tv_sec;
	snprintf(text, sizeof(text), "%s %s", begun ? "closed until" : "closes",
		 output_time(begun ? agency->closed_until : agency->closed_from));
	return text;
}

/* The weightiest of what is so. */
static const char *state_name(const struct lt_agency_view *agency)
{
	return agency->handled_by[0]  ? "closed"
	       : agency->suspended    ? "suspended"
	       : agency->drained_at   ? "drained"
	       : agency->closed_until ? closure_name(agency)
				      : "active";
}

/* "+1.204s", "-2m 5s"; "-" when it is not known. */
static const char *offset_text(const struct lt_adapter_view *adapter)
{
	static char text[40];
	if (!adapter || adapter->told_at == 0 || adapter->report.clock == 0)
		return "-";
	int64_t ahead = adapter->clock_ahead;
	snprintf(text, sizeof(text), "%c%s", ahead < 0 ? '-' : '+', output_span(ahead < 0 ? -ahead : ahead));
	return text;
}

/* By the broker's clock: what the adapter's says of it is as far off as that clock is. */
static int64_t unsent_since(const struct lt_adapter_view *adapter)
{
	return adapter->report.unsent_since ? adapter->report.unsent_since - adapter->clock_ahead : 0;
}

static int64_t restored_at(const struct lt_adapter_view *adapter)
{
	return adapter->report.restored_at ? adapter->report.restored_at - adapter->clock_ahead : 0;
}

static unsigned percent_free(const struct lt_adapter_report *report)
{
	return report->disk_size > 0 ? (unsigned)(100.0 * (double)report->disk_free / (double)report->disk_size) : 0;
}

static uint64_t count_refused(const struct lt_agency_view *agency)
{
	uint64_t sum = 0;
	for (size_t i = 0; i < agency->refused_count; i++)
		sum += agency->refused[i].count;
	return sum;
}

static json_t *adapter_json(const struct lt_adapter_view *adapter)
{
	const struct lt_adapter_report *told = &adapter->report;
	json_t *report = json_null();
	if (adapter->told_at != 0)
		report = json_pack("{s:o, s:f, s:I, s:I, s:I, s:I, s:b, s:I, s:o, s:o}", "at",
				   output_json_time(adapter->told_at), "clock_ahead_seconds",
				   (double)adapter->clock_ahead / 1e6, "disk_free_bytes", (json_int_t)told->disk_free,
				   "disk_size_bytes", (json_int_t)told->disk_size, "disk_reserve_bytes",
				   (json_int_t)told->disk_reserve, "store_bytes", (json_int_t)told->store_bytes, "full",
				   (int)told->full, "unsent", (json_int_t)told->unsent, "unsent_since",
				   output_json_time(unsent_since(adapter)), "restored_at",
				   output_json_time(restored_at(adapter)));
	return json_pack("{s:s, s:o, s:o}", "software", adapter->software, "since", output_json_time(adapter->since),
			 "report", report);
}

static json_t *refused_json(const struct lt_agency_view *agency)
{
	json_t *out = json_object();
	for (size_t i = 0; i < agency->refused_count; i++)
		json_object_set_new(out, lt_reason_name(agency->refused[i].reason),
				    json_integer((json_int_t)agency->refused[i].count));
	return out;
}

static json_t *agency_json(const struct lt_agency_view *agency)
{
	json_t *aliases = json_array();
	for (size_t i = 0; i < agency->alias_count; i++)
		json_array_append_new(aliases, json_string(agency->aliases[i]));
	json_t *out = json_pack("{s:s, s:o, s:s, s:s, s:s, s:s, s:b, s:b, s:i, s:o, s:o, s:s, s:o, s:o}", "code",
				agency->code, "aliases", aliases, "name", agency->name, "name_en", agency->name_en,
				"level", level_name(agency->level), "parent", agency->parent, "suspended",
				(int)agency->suspended, "online", (int)agency->online, "certificates",
				(int)agency->certificates, "valid_from", output_json_time(agency->valid_from),
				"valid_to", output_json_time(agency->valid_to), "handled_by", agency->handled_by,
				"adapter", agency->adapter ? adapter_json(agency->adapter) : json_null(), "refused",
				refused_json(agency));
	json_object_update_new(
		out, json_pack("{s:o, s:o, s:s, s:o, s:o, s:s}", "certificates_end",
			       output_json_time(agency->certificates_end), "drained_at",
			       output_json_time(agency->drained_at), "drain_reason", agency->drain_reason,
			       "closed_from", output_json_time(agency->closed_from), "closed_until",
			       output_json_time(agency->closed_until), "closure_reason", agency->closure_reason));
	return out;
}

static const struct lt_control_request list_agencies = { .type = LT_CONTROL_AGENCIES, .code = "" };

/* By code or alias; NULL when there is none, said. */
static const struct lt_agency_view *find_agency(const struct lt_control_answer *answer, const char *code)
{
	for (size_t i = 0; i < answer->agencies.count; i++) {
		const struct lt_agency_view *agency = &answer->agencies.agencies[i];
		if (strcmp(agency->code, code) == 0)
			return agency;
		for (size_t j = 0; j < agency->alias_count; j++)
			if (strcmp(agency->aliases[j], code) == 0)
				return agency;
	}
	say_fail(EX_NOINPUT, "the directory lists no agency %s; see `lienthong agency list`", code);
	return NULL;
}

static void print_list(const struct lt_control_answer *answer)
{
	enum { NARROW = 7 };
	static const char *const heads[] = { "CODE",          "LEVEL",  "~NAME",      "PARENT",   "ONLINE", "STATE",
					     "?CERTIFICATES", "UNTIL",  "SINCE",      "SOFTWARE", "CLOCK",  "FREE",
					     "STORE",         "UNSENT", "UNSENT FOR", "REFUSED" };
	struct output_table *table =
		output_table_new(heads, output_is_wide() ? sizeof(heads) / sizeof(heads[0]) : NARROW);
	for (size_t i = 0; i < answer->agencies.count; i++) {
		const struct lt_agency_view *a = &answer->agencies.agencies[i];
		const struct lt_adapter_view *d = a->adapter;
		bool told = d && d->told_at != 0;
		const char *row[] = { a->code,
				      level_name(a->level),
				      a->name,
				      a->parent,
				      a->online ? "yes" : "no",
				      state_name(a),
				      output_u64(a->certificates),
				      a->certificates_end ? output_time(a->certificates_end) : "-",
				      d ? output_time(d->since) : "-",
				      d ? d->software : "-",
				      offset_text(d),
				      told ? output_size(d->report.disk_free) : "-",
				      told ? output_size(d->report.store_bytes) : "-",
				      told ? output_u64(d->report.unsent) : "-",
				      told && d->report.unsent_since ? output_span(d->told_at - unsent_since(d)) : "-",
				      output_u64(count_refused(a)) };
		output_table_row(table, row);
	}
	output_table_print(table);
	output_note("directory version %s", output_u64(answer->agencies.directory_version));
}

static int show_list(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	(void)control;
	if (!cli->json) {
		print_list(answer);
		return EX_OK;
	}
	json_t *list = json_array();
	for (size_t i = 0; i < answer->agencies.count; i++)
		json_array_append_new(list, agency_json(&answer->agencies.agencies[i]));
	return output_json(json_pack("{s:I, s:o}", "directory_version", (json_int_t)answer->agencies.directory_version,
				     "agencies", list));
}

int cmd_agency_list(struct cli *cli)
{
	return control_ask(cli, &list_agencies, show_list);
}

static void print_adapter(const struct lt_adapter_view *adapter)
{
	const struct lt_adapter_report *told = &adapter->report;
	char text[160];
	if (adapter->since) {
		output_line("connected since", output_time(adapter->since));
		output_line("adapter", adapter->software);
	}
	if (adapter->told_at == 0)
		return;
	output_line("told at", output_time(adapter->told_at));
	output_line("  clock ahead", offset_text(adapter));
	snprintf(text, sizeof(text), "%s free (%u %%), below %s nothing new is taken%s", output_size(told->disk_free),
		 percent_free(told), output_size(told->disk_reserve), told->full ? ": FULL" : "");
	output_line("  disk", text);
	output_line("  store", output_size(told->store_bytes));
	snprintf(text, sizeof(text), "%s%s%s", output_u64(told->unsent), told->unsent_since ? ", since " : "",
		 told->unsent_since ? output_time(unsent_since(adapter)) : "");
	output_line("  unsent", text);
	if (told->restored_at) {
		snprintf(text, sizeof(text), "found empty or older than what it had confirmed: %s",
			 output_time(restored_at(adapter)));
		output_line("  restored", text);
	}
}

static void print_refused(const struct lt_agency_view *agency)
{
	for (size_t i = 0; i < agency->refused_count; i++) {
		char text[120];
		snprintf(text, sizeof(text), "%s %s", output_u64(agency->refused[i].count),
			 lt_reason_name(agency->refused[i].reason));
		output_line("refused", text);
	}
}

static void print_agency(const struct lt_agency_view *agency)
{
	output_line("code", agency->code);
	for (size_t i = 0; i < agency->alias_count; i++)
		output_line("alias", agency->aliases[i]);
	output_line("name", agency->name);
	output_line("name in English", agency->name_en);
	output_line("level", level_name(agency->level));
	output_line("parent", agency->parent);
	output_line("state", state_name(agency));
	output_line("online", agency->online ? "yes" : "no");
	output_line("certificates", output_u64(agency->certificates));
	if (agency->certificates_end)
		output_line("the last ends", output_time(agency->certificates_end));
	output_line("valid from", output_time(agency->valid_from));
	output_line("valid to", output_time(agency->valid_to));
	if (agency->handled_by[0])
		output_line("now handled by", agency->handled_by);
	if (agency->drained_at) {
		output_line("drained since", output_time(agency->drained_at));
		output_line("reason", agency->drain_reason);
	}
	if (agency->closed_until) {
		output_line("closed from", output_time(agency->closed_from));
		output_line("closed until", output_time(agency->closed_until));
		output_line("reason", agency->closure_reason);
	}
	if (agency->adapter)
		print_adapter(agency->adapter);
	print_refused(agency);
}

static int show_one(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	const struct lt_agency_view *agency = find_agency(answer, cli->args[0]);
	(void)control;
	if (!agency)
		return EX_NOINPUT;
	if (cli->json)
		return output_json(agency_json(agency));
	print_agency(agency);
	return EX_OK;
}

int cmd_agency_show(struct cli *cli)
{
	return control_ask(cli, &list_agencies, show_one);
}

/* On each agency that is named from args[first] on; the first that is refused is the last. */
static int act_on(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer,
		  struct lt_admin_command *admin, int first)
{
	int code = EX_OK;
	for (int i = first; i < cli->arg_count && code == EX_OK; i++) {
		const struct lt_agency_view *agency = find_agency(answer, cli->args[i]);
		struct lt_control_answer done;
		admin->subject = agency ? agency->code : NULL;
		code = agency ? control_admin_of(cli, control, admin, &done) : EX_NOINPUT;
		if (code == EX_OK)
			code = control_show_act(cli, control, &done);
	}
	return code;
}

static int suspend(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return act_on(cli, control, answer, &(struct lt_admin_command){ .act = LT_ADMIN_SUSPEND }, 0);
}

int cmd_agency_suspend(struct cli *cli)
{
	return control_ask(cli, &list_agencies, suspend);
}

static int resume(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return act_on(cli, control, answer, &(struct lt_admin_command){ .act = LT_ADMIN_RESUME }, 0);
}

int cmd_agency_resume(struct cli *cli)
{
	return control_ask(cli, &list_agencies, resume);
}

static int drain(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return act_on(cli, control, answer, &(struct lt_admin_command){ .act = LT_ADMIN_DRAIN }, 0);
}

int cmd_agency_drain(struct cli *cli)
{
	return control_ask(cli, &list_agencies, drain);
}

static int closure(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	struct lt_admin_command admin = { .act = LT_ADMIN_CLOSURE };
	if (lt_time_parse(cli->args[0], &admin.time) != LT_OK || lt_time_parse(cli->args[1], &admin.until) != LT_OK)
		return say_fail(EX_USAGE, "FROM and UNTIL are times as 2026-02-13T10:00:00+07:00");
	if (admin.until <= admin.time)
		return say_fail(EX_USAGE, "UNTIL must be after FROM");
	return act_on(cli, control, answer, &admin, 2);
}

int cmd_agency_closure(struct cli *cli)
{
	return control_ask(cli, &list_agencies, closure);
}

static int reopen(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return act_on(cli, control, answer, &(struct lt_admin_command){ .act = LT_ADMIN_REOPEN }, 0);
}

int cmd_agency_reopen(struct cli *cli)
{
	return control_ask(cli, &list_agencies, reopen);
}

static int remind(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return act_on(cli, control, answer, &(struct lt_admin_command){ .act = LT_ADMIN_AGENCY_REMIND }, 0);
}

int cmd_agency_remind(struct cli *cli)
{
	return control_ask(cli, &list_agencies, remind);
}
