/* cmd_erase.c: `lienthong erase SEQUENCE...|CODE`: what stood in records goes for good, and every proof stays.
 *
 * Of a dossier all its envelopes are erased, those that took effect and those that were refused: two chains of records, walked back from
 * the newest of each. First the broker is asked for all of them whether they may go; only then the first act is made. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS_MAX 65536u /* of one dossier: above any; bounds a broken broker */

struct erase {
	struct cli *cli;
	struct control_client *control;
	struct lt_arena *arena;
	uint64_t *sequences;
	size_t count;
	struct output_table *table; /* dry run */
	json_t *list;
	json_t *acts;
};

static int fail_record(uint64_t sequence, const struct lt_refusal *refusal)
{
	return say_fail(EX_PROTOCOL, "record %llu cannot be read: %s", (unsigned long long)sequence, refusal->detail);
}

/* ---- which records ---- */

static int add(struct erase *erase, uint64_t sequence)
{
	if (erase->count == RECORDS_MAX)
		return say_fail(EX_DATAERR, "the dossier has more than %u records", RECORDS_MAX);
	erase->sequences[erase->count++] = sequence;
	return EX_OK;
}

/* Envelopes that are there; a notice's header says nothing of a person. */
static int walk_back(struct erase *erase, uint64_t from)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = from };
	int code = EX_OK;
	while (code == EX_OK && request.sequence != 0) {
		struct lt_control_answer answer;
		struct lt_record record;
		struct lt_refusal refusal = { 0 };
		control_forget(erase->control);
		code = control_call(erase->control, &request, &answer);
		if (code != EX_OK)
			break;
		if (lt_record_decode(answer.record.record, &record, &refusal) != LT_REASON_NONE ||
		    record.previous >= request.sequence)
			return fail_record(request.sequence, &refusal);
		if (record.submit && !record.erased_by)
			code = add(erase, request.sequence);
		request.sequence = record.previous;
	}
	return code;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static int list_dossier(struct erase *erase, const char *code_of)
{
	struct lt_control_request request = { .type = LT_CONTROL_DOSSIER, .code = code_of };
	struct lt_control_answer answer;
	uint64_t done = 0, refused = 0;
	int code = control_call(erase->control, &request, &answer);
	for (size_t i = 0; code == EX_OK && answer.dossier && i < answer.dossier->hop_count; i++) {
		const struct lt_hop *hop = &answer.dossier->hops[i];
		if (hop->outcome == LT_POISONED && !hop->erased_by) /* no chain leads to it */
			code = add(erase, hop->sequence);
		else if (hop->outcome == 0)
			done = hop->sequence;
		else
			refused = hop->sequence;
	}
	if (code == EX_OK)
		code = walk_back(erase, done);
	if (code == EX_OK)
		code = walk_back(erase, refused);
	if (code == EX_OK && erase->count == 0)
		return say_fail(EX_NOINPUT, "all that stood in the envelopes of %s is erased already", code_of);
	return code;
}

static int list_records(struct erase *erase)
{
	const struct cli *cli = erase->cli;
	uint64_t sequence;
	if (cli->arg_count == 1 && !cli_number(cli->args[0], 1, UINT64_MAX / 2, &sequence))
		return list_dossier(erase, cli->args[0]);
	for (int i = 0; i < cli->arg_count; i++) {
		if (!cli_number(cli->args[i], 1, UINT64_MAX / 2, &sequence))
			return say_fail(EX_USAGE, "\"%s\" is not a sequence; `lienthong trace CODE` shows them",
					cli->args[i]);
		int code = add(erase, sequence);
		if (code != EX_OK)
			return code;
	}
	return EX_OK;
}

/* In order, each once. */
static void put_in_order(struct erase *erase)
{
	size_t kept = 0;
	qsort(erase->sequences, erase->count, sizeof(*erase->sequences), by_number);
	for (size_t i = 0; i < erase->count; i++) {
		if (kept == 0 || erase->sequences[kept - 1] != erase->sequences[i])
			erase->sequences[kept++] = erase->sequences[i];
	}
	erase->count = kept;
}

/* ---- the acts ---- */

static int ask(struct erase *erase, bool dry_run)
{
	const struct cli *cli = erase->cli;
	int code = EX_OK;
	for (size_t at = 0; at < erase->count && code == EX_OK; at += LT_ERASE_MAX) {
		struct lt_control_answer answer;
		struct lt_control_request request = { .type = LT_CONTROL_ERASE, .dry_run = dry_run };
		request.erase = (struct lt_erase_command){
			.count = erase->count - at < LT_ERASE_MAX ? erase->count - at : LT_ERASE_MAX,
			.sequences = erase->sequences + at,
			.operator_name = cli_who(cli),
			.reason = cli_reason(cli),
		};
		control_forget(erase->control);
		code = control_call(erase->control, &request, &answer);
		if (code != EX_OK || dry_run)
			continue;
		if (answer.reason != LT_REASON_NONE)
			return EX_DATAERR;
		if (!cli->json)
			printf("done: record %s of %s, %zu erased\n", output_u64(answer.act.sequence),
			       output_time(answer.act.time), request.erase.count);
		json_array_append_new(erase->acts, json_integer((json_int_t)answer.act.sequence));
	}
	return code;
}

/* ---- a dry run ---- */

static int show_record(struct erase *erase, uint64_t sequence)
{
	struct lt_control_request request = { .type = LT_CONTROL_RECORD, .sequence = sequence };
	struct lt_control_answer answer;
	struct lt_record record;
	struct lt_header header = { .sender = "" };
	struct lt_refusal refusal = { 0 };
	char bytes[24];
	control_forget(erase->control);
	int code = control_call(erase->control, &request, &answer);
	if (code != EX_OK)
		return code;
	if (lt_record_decode(answer.record.record, &record, &refusal) != LT_REASON_NONE)
		return fail_record(sequence, &refusal);
	lt_arena_reset(erase->arena);
	bool read = record.submit && lt_header_parse(record.header, erase->arena, &header, &refusal) == LT_REASON_NONE;
	const char *kind = read ? lt_kind_name(header.kind) : record.submit ? "an envelope" : "an operator's act";
	size_t len = record.header.len + record.signature.len + record.command.len;
	snprintf(bytes, sizeof(bytes), "%zu", len);
	const char *row[] = { output_u64(sequence), output_time(record.time), kind, header.sender, bytes };
	if (erase->table)
		output_table_row(erase->table, row);
	else
		json_array_append_new(erase->list,
				      json_pack("{s:I, s:o, s:s, s:s, s:I}", "sequence", (json_int_t)sequence, "time",
						output_json_time(record.time), "kind", kind, "sender", header.sender,
						"bytes", (json_int_t)len));
	return EX_OK;
}

static int show_all(struct erase *erase)
{
	static const char *const heads[] = { "RECORD", "TIME", "WHAT", "SENDER", "BYTES" };
	int code = EX_OK;
	erase->list = json_array();
	if (!erase->cli->json)
		erase->table = output_table_new(heads, 5);
	for (size_t i = 0; i < erase->count && code == EX_OK; i++)
		code = show_record(erase, erase->sequences[i]);
	if (erase->table)
		output_table_print(erase->table);
	if (code == EX_OK && erase->cli->json)
		code = output_json(json_pack("{s:b, s:O}", "dry_run", 1, "records", erase->list));
	json_decref(erase->list);
	return code;
}

int cmd_erase(struct cli *cli)
{
	struct erase erase = { .cli = cli, .acts = json_array() };
	erase.sequences = malloc(RECORDS_MAX * sizeof(*erase.sequences));
	if (!erase.sequences || lt_arena_new(1u << 20, &erase.arena) != LT_OK) {
		free(erase.sequences);
		json_decref(erase.acts);
		return say_fail_err(LT_ENOMEM, "list the records");
	}
	int code = control_open(cli, &erase.control);
	if (code == EX_OK)
		code = list_records(&erase);
	put_in_order(&erase);
	if (code == EX_OK)
		code = ask(&erase, true);
	if (code == EX_OK && cli->dry_run)
		code = show_all(&erase);
	else if (code == EX_OK)
		code = ask(&erase, false);
	if (code == EX_OK && !cli->dry_run && cli->json)
		code = output_json(json_pack("{s:I, s:O}", "records", (json_int_t)erase.count, "acts", erase.acts));
	json_decref(erase.acts);
	free(erase.sequences);
	lt_arena_free(erase.arena);
	control_close(erase.control);
	return code;
}
