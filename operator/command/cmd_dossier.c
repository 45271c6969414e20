/* cmd_dossier.c: `lienthong dossier show CODE` and `lienthong trace CODE`: one answer, the second with the hops. */
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
	snprintf(text, sizeof(text), "%s version %u%s%s", d->procedure, d->procedure_version,
		 d->procedure_name[0] ? ", " : "", d->procedure_name);
	output_line("procedure", text);
	snprintf(text, sizeof(text), "%u %s", d->status, status_vietnamese(d->status));
	output_line("status", text);
	snprintf(text, sizeof(text), "%s %s", d->origin, view_agency_name(directory, d->origin));
	output_line("origin", text);
	snprintf(text, sizeof(text), "%s %s", d->lead, d->lead[0] ? view_agency_name(directory, d->lead) : "-");
	output_line("lead", text);
	output_line("opened", output_time(d->opened_at));
	output_line("received", output_time(d->received_at));
	if (d->carried_at)
		output_line("carried over", output_time(d->carried_at));
	if (d->place_of_help[0])
		output_line("place of help", d->place_of_help);
	if (view_channel_name(d->channel))
		output_line("channel", view_channel_name(d->channel));
	view_clock_line(d->clock, text, sizeof(text));
	output_line("due", text);
}

static void print_branches(const struct cli *cli, const struct lt_dossier_view *d, const struct lt_directory *directory)
{
	static const char *const heads[] = { "BRANCH", "LEG",        "CUSTODY", "HOLDER",
					     "~NAME",  "OFFERED TO", "SINCE",   "VERSION" };
	struct output_table *table = output_table_new(heads, 8);
	for (size_t i = 0; i < d->branch_count; i++) {
		const struct lt_branch_view *branch = &d->branches[i];
		char leg[CLI_TEXT_MAX];
		const char *row[] = { output_u64(branch->branch),
				      view_leg(branch->leg, branch->unit, leg),
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
	view_print_stuck(cli, d->stuck, d->stuck_count);
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
	for (size_t i = 0; i < hop->result_count; i++) {
		snprintf(text, sizeof(text), "%s, made at %s", hop->results[i].code, hop->results[i].leg);
		output_line("   result", text);
	}
	if (hop->late_reason) {
		snprintf(text, sizeof(text), "%s%s%s", hop->late_reason->code, hop->late_reason->words[0] ? ": " : "",
			 hop->late_reason->words);
		output_line("   why late", text);
	}
	for (size_t i = 0; i < hop->foreign_count; i++)
		output_line("   other code", hop->foreign_codes[i]);
}

/* A fork makes a branch for each recipient, numbers in a row. */
static void name_branches(const struct lt_hop *hop, char *out, size_t size)
{
	bool forks = hop->to_count > 1 && lt_kind_offers(hop->kind);
	if (hop->branch == 0)
		snprintf(out, size, "the whole dossier");
	else if (forks)
		snprintf(out, size, "branches %u to %zu", hop->branch, hop->branch + hop->to_count - 1);
	else
		snprintf(out, size, "branch %u version %s", hop->branch, output_u64(hop->branch_version));
}

static void print_receipt(const struct lt_hop *hop)
{
	char text[CLI_TEXT_MAX];
	if (hop->leaf_hash.len != 32)
		return;
	snprintf(text, sizeof(text), "%s %s", output_u64(hop->sequence), output_hex(hop->leaf_hash));
	output_line("   receipt", text);
}

/* What exactly; of a hop that does not say it, what its reason says. */
static const char *refused_text(const struct lt_hop *hop, enum lt_language language, char said[LT_SENTENCE_TEXT])
{
	enum lt_reason reason = (enum lt_reason)hop->outcome;
	if (hop->sentence.len > 0)
		return lt_sentence_say(hop->sentence, language, said, LT_SENTENCE_TEXT);
	return language == LT_ENGLISH ? lt_reason_text(reason) : lt_reason_vietnamese(reason);
}

static void print_outcome(const struct lt_hop *hop)
{
	char text[CLI_TEXT_MAX], branches[64], said[LT_SENTENCE_TEXT];
	enum lt_reason reason = (enum lt_reason)hop->outcome;
	name_branches(hop, branches, sizeof(branches));
	if (hop->outcome != 0)
		snprintf(text, sizeof(text), "%s: %s", lt_reason_name(reason), refused_text(hop, LT_ENGLISH, said));
	else
		snprintf(text, sizeof(text), "%u %s, %s", hop->status, status_vietnamese(hop->status), branches);
	output_line(hop->outcome != 0 ? "   refused with" : "   after it", text);
	if (hop->outcome != 0)
		output_line("", refused_text(hop, LT_VIETNAMESE, said));
}

static void print_erased_hop(const struct lt_hop *hop)
{
	printf("\n%s  %s  erased by record %llu: `lienthong audit %llu` shows who did it and why\n",
	       output_u64(hop->sequence), output_time(hop->time), (unsigned long long)hop->erased_by,
	       (unsigned long long)hop->erased_by);
	print_outcome(hop);
	print_receipt(hop);
}

static bool kind_of_broker(enum lt_kind kind)
{
	return kind >= LT_KIND_DUE_SOON;
}

static void print_proof(const struct lt_hop *hop, const struct lt_directory *directory)
{
	struct view_signer signer;
	char text[CLI_TEXT_MAX];
	view_find_signer(directory, hop->certificate_sha256, &signer);
	if (signer.agency)
		snprintf(text, sizeof(text), "%s, %s%s%s", signer.agency->code, signer.subject,
			 hop->signed_by ? ", by record " : "", hop->signed_by ? output_u64(hop->signed_by) : "");
	else
		snprintf(text, sizeof(text), "%s",
			 hop->certificate_sha256.len ? "a certificate that is not in the directory in force"
			 : kind_of_broker(hop->kind) ? "nobody yet: the broker's signature follows within seconds"
						     : "nobody: no enrolled certificate fits the signature");
	output_line("   signed by", text);
	if (hop->certificate_sha256.len == 32)
		output_line("   certificate", output_hex(hop->certificate_sha256));
	print_receipt(hop);
}

static void print_hop(const struct cli *cli, const struct lt_dossier_view *d, size_t index,
		      const struct lt_directory *directory)
{
	const struct lt_hop *hop = &d->hops[index];
	char to[512];
	int64_t spent = view_spent(d, index);
	if (hop->erased_by) {
		print_erased_hop(hop);
		return;
	}
	view_recipients(hop, to, sizeof(to));
	printf("\n%s  %s  %s %s%s%s%s\n", output_u64(hop->sequence), output_time(hop->time), lt_kind_name(hop->kind),
	       hop->sender, to[0] ? " -> " : "", to, hop->outcome == 0 ? "" : "   REFUSED");
	output_line("   by", view_agency_name(directory, hop->sender));
	print_outcome(hop);
	if (hop->reason && hop->reason[0])
		output_line("   reason", hop->reason);
	print_more(hop);
	if (hop->trust_stale)
		output_line("   note", "admitted on a revocation list past its nextUpdate, within the grace");
	if (cli->proof)
		print_proof(hop, directory);
	output_line("   time spent", spent < 0 ? "-" : output_span(spent));
}

static void print_hops(const struct cli *cli, const struct lt_dossier_view *d, const struct lt_directory *directory)
{
	if (d->hops_total > d->hop_count)
		printf("\n(the newest %zu of %s hops)\n", d->hop_count, output_u64(d->hops_total));
	for (size_t i = 0; i < d->hop_count; i++)
		print_hop(cli, d, i, directory);
}

static void print_dossier(const struct cli *cli, const struct lt_dossier_view *d, const struct lt_directory *directory,
			  bool hops)
{
	const struct lt_hop *opening = view_opening(d);
	view_print_now(d, directory);
	print_head(d, directory);
	for (size_t i = 0; opening && i < opening->foreign_count; i++)
		output_line("other code", opening->foreign_codes[i]);
	output_line("hops", output_u64(d->hops_total));
	printf("\n");
	print_branches(cli, d, directory);
	if (d->stays_total > LT_STAYS_MAX)
		printf("(the newest %u of %s stays and waits)\n", LT_STAYS_MAX, output_u64(d->stays_total));
	view_stays_print(d);
	if (hops)
		print_hops(cli, d, directory);
}

static int show(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer, bool hops)
{
	struct lt_directory *directory = NULL;
	if (!answer->dossier)
		return say_fail(EX_PROTOCOL, "the broker's answer holds no dossier");
	int code = control_directory(control, &directory);
	if (code == EX_OK && cli->json)
		code = output_json(view_dossier_json(answer->dossier, directory, hops));
	else if (code == EX_OK)
		print_dossier(cli, answer->dossier, directory, hops);
	lt_directory_free(directory);
	return code;
}

static int show_dossier(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	return show(cli, control, answer, cli->hops || cli->proof);
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
