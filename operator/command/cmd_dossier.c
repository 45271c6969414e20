/* cmd_dossier.c: `lienthong dossier show CODE` and `lienthong trace CODE`. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "cli/view_dossier.h"
#include "law/status.h"

#include <string.h>

static void print_head(const struct lt_dossier_view *d, const struct lt_directory *directory)
{
	char text[CLI_TEXT_MAX];
	output_line("dossier", d->code);
	snprintf(text, sizeof(text), "%s version %u", d->procedure, d->procedure_version);
	output_line("procedure", text);
	snprintf(text, sizeof(text), "%u %s", d->status, status_vietnamese(d->status));
	output_line("status", text);
	snprintf(text, sizeof(text), "%s %s", d->origin, view_agency_name(directory, d->origin));
	output_line("origin", text);
	snprintf(text, sizeof(text), "%s %s", d->lead, d->lead[0] ? view_agency_name(directory, d->lead) : "-");
	output_line("lead", text);
	output_line("opened", output_time(d->opened_at));
	view_clock_line(d->clock, text, sizeof(text));
	output_line("due", text);
}

static void print_branches(const struct lt_dossier_view *d, const struct lt_directory *directory)
{
	static const char *const heads[] = { "BRANCH", "LEG",        "CUSTODY", "HOLDER",
					     "NAME",   "OFFERED TO", "SINCE",   "VERSION" };
	struct output_table *table = output_table_new(heads, 8);
	for (size_t i = 0; i < d->branch_count; i++) {
		const struct lt_branch_view *branch = &d->branches[i];
		const char *row[] = { output_u64(branch->branch),
				      branch->leg,
				      view_custody_name(branch->custody),
				      branch->holder,
				      view_agency_name(directory, branch->holder),
				      branch->offered_to,
				      output_time(branch->since),
				      output_u64(branch->version) };
		output_table_row(table, row);
	}
	output_table_print(table);
	for (size_t i = 0; i < d->branch_count; i++) {
		const struct lt_branch_view *branch = &d->branches[i];
		char text[CLI_TEXT_MAX];
		char head[40];
		snprintf(head, sizeof(head), "branch %u due", branch->branch);
		view_clock_line(branch->clock, text, sizeof(text));
		if (branch->clock)
			output_line(head, text);
		view_route_line(branch, text, sizeof(text));
		snprintf(head, sizeof(head), "branch %u leg", branch->branch);
		if (branch->leg[0])
			output_line(head, text);
		snprintf(text, sizeof(text), "%s: %s %s", branch->holder, branch->acting,
			 view_agency_name(directory, branch->acting));
		if (branch->acting[0])
			output_line("now handled by", text);
		snprintf(text, sizeof(text), "%s: %s %s", branch->offered_to, branch->acting_offered,
			 view_agency_name(directory, branch->acting_offered));
		if (branch->acting_offered[0])
			output_line("now answered by", text);
	}
	view_consults_print(d);
	view_print_stuck(d->stuck, d->stuck_count);
}

/* What its header says beside the act itself. */
static void print_more(const struct lt_hop *hop)
{
	char text[CLI_TEXT_MAX];
	if (hop->actor) {
		const struct lt_actor *actor = hop->actor;
		snprintf(text, sizeof(text), "%s%s%s%s%s", actor->officer,
			 actor->officer[0] && actor->title[0] ? ", " : "", actor->title,
			 (actor->officer[0] || actor->title[0]) && actor->unit[0] ? ", " : "", actor->unit);
		output_line("   acted", text);
	}
	if (view_channel_name(hop->channel))
		output_line("   channel", view_channel_name(hop->channel));
	if (hop->ground[0])
		output_line("   ground", hop->ground);
	if (hop->late_reason) {
		snprintf(text, sizeof(text), "%s%s%s", hop->late_reason->code, hop->late_reason->words[0] ? ": " : "",
			 hop->late_reason->words);
		output_line("   why late", text);
	}
	for (size_t i = 0; i < hop->foreign_count; i++)
		output_line("   other code", hop->foreign_codes[i]);
}

static void print_hop(const struct lt_dossier_view *d, size_t index, const struct lt_directory *directory)
{
	const struct lt_hop *hop = &d->hops[index];
	struct view_signer signer;
	char to[512], text[CLI_TEXT_MAX];
	int64_t spent = view_spent(d, index);
	view_recipients(hop, to, sizeof(to));
	view_find_signer(directory, hop->certificate_sha256, &signer);
	printf("\n%s  %s  %s %s%s%s%s\n", output_u64(hop->sequence), output_time(hop->time), lt_kind_name(hop->kind),
	       hop->sender, to[0] ? " -> " : "", to, hop->outcome == 0 ? "" : "   REFUSED");
	output_line("   by", view_agency_name(directory, hop->sender));
	if (hop->outcome != 0) {
		enum lt_reason reason = (enum lt_reason)hop->outcome;
		snprintf(text, sizeof(text), "%s: %s", lt_reason_name(reason), lt_reason_text(reason));
		output_line("   refused with", text);
	} else {
		snprintf(text, sizeof(text), "%u %s, branch %u version %s", hop->status, status_vietnamese(hop->status),
			 hop->branch, output_u64(hop->branch_version));
		output_line("   after it", text);
	}
	if (hop->reason && hop->reason[0])
		output_line("   reason", hop->reason);
	print_more(hop);
	if (signer.agency)
		snprintf(text, sizeof(text), "%s, %s", signer.agency->code, signer.subject);
	else
		snprintf(text, sizeof(text), "%s",
			 hop->certificate_sha256.len ? "a certificate that is not in the directory in force"
						     : "nobody: no enrolled certificate fits the signature");
	output_line("   signed by", text);
	if (hop->trust_stale)
		output_line("   note", "admitted on a revocation list past its nextUpdate, within the grace");
	if (hop->certificate_sha256.len == 32)
		output_line("   certificate", output_hex(hop->certificate_sha256));
	if (hop->leaf_hash.len == 32) {
		snprintf(text, sizeof(text), "%s %s", output_u64(hop->sequence), output_hex(hop->leaf_hash));
		output_line("   receipt", text);
	}
	output_line("   time spent", spent < 0 ? "-" : output_span(spent));
}

static void print_trace(const struct lt_dossier_view *d, const struct lt_directory *directory)
{
	print_head(d, directory);
	if (d->hops_total > d->hop_count)
		printf("(the newest %zu of %s hops)\n", d->hop_count, output_u64(d->hops_total));
	for (size_t i = 0; i < d->hop_count; i++)
		print_hop(d, i, directory);
	view_print_stuck(d->stuck, d->stuck_count);
}

static void print_dossier(const struct lt_dossier_view *d, const struct lt_directory *directory)
{
	const struct lt_hop *opening = view_opening(d);
	print_head(d, directory);
	for (size_t i = 0; opening && i < opening->foreign_count; i++)
		output_line("other code", opening->foreign_codes[i]);
	output_line("hops", output_u64(d->hops_total));
	printf("\n");
	print_branches(d, directory);
}

static int show(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer, bool trace)
{
	struct lt_directory *directory = NULL;
	if (!answer->dossier)
		return say_fail(EX_PROTOCOL, "the broker's answer holds no dossier");
	int code = control_directory(control, &directory);
	if (code == EX_OK && cli->json)
		code = output_json(view_dossier_json(answer->dossier, directory, trace));
	else if (code == EX_OK)
		(trace ? print_trace : print_dossier)(answer->dossier, directory);
	lt_directory_free(directory);
	return code;
}

static int show_dossier(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return show(cli, control, answer, false);
}

int cmd_dossier_show(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIER, .code = cli->args[0] };
	return control_ask(cli, &request, show_dossier);
}

static int show_trace(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return show(cli, control, answer, true);
}

int cmd_trace(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIER, .code = cli->args[0] };
	return control_ask(cli, &request, show_trace);
}
