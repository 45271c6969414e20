/* cmd_audit.c: `lienthong audit`: what operators did, out of the journal: the user that the kernel named, and the name that they gave. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"
#include "record/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_BACK 100000u /* records, where no FROM is given: about a second of reading */
#define CHUNK 1024u       /* records a question */
#define ARENA_MAX ((size_t)64 << 20)

struct audit {
	struct lt_arena *arena;
	struct output_table *table;
	json_t *list;
	uint64_t next;
};

/* What it is about: a code; else a number, or a time. */
static const char *subject_of(const struct lt_act *act)
{
	if (act->subject[0] || (!act->number && !act->time))
		return act->subject;
	return act->number ? output_u64(act->number) : output_time(act->time);
}

static void show(struct audit *audit, const struct lt_record *record, const struct lt_outcome *outcome,
		 const struct lt_act *act)
{
	const char *result = outcome->reason ? lt_reason_name(outcome->reason) : "done";
	char user[96];
	snprintf(user, sizeof(user), "%u%s%s", (unsigned)act->uid, act->login[0] ? " " : "", act->login);
	if (audit->list) {
		json_array_append_new(audit->list,
				      json_pack("{s:I, s:o, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "sequence",
						(json_int_t)record->sequence, "time", output_json_time(record->time),
						"uid", (json_int_t)act->uid, "login", act->login, "operator",
						act->operator_name, "act", act->name, "subject", subject_of(act),
						"reason", act->reason, "outcome", result));
		return;
	}
	const char *values[] = { output_u64(record->sequence),
				 output_time(record->time),
				 user,
				 act->operator_name,
				 act->name,
				 subject_of(act),
				 result,
				 act->reason };
	output_table_row(audit->table, values);
}

/* Of an operator's act it stays that there was one. */
static int take_erased(struct audit *audit, const struct lt_record *record)
{
	static const struct lt_outcome nothing;
	char reason[48];
	snprintf(reason, sizeof(reason), "erased by record %llu", (unsigned long long)record->erased_by);
	struct lt_act act = { .name = "?", .subject = "", .operator_name = "?", .reason = reason, .login = "" };
	audit->next = record->sequence + 1;
	if (!record->submit)
		show(audit, record, &nothing, &act);
	return EX_OK;
}

static int take(struct audit *audit, struct lt_bytes bytes)
{
	struct lt_record record;
	struct lt_command command;
	struct lt_outcome outcome;
	struct lt_act act;
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(audit->arena);
	if (lt_record_decode(bytes, &record, &refusal) == LT_REASON_NONE && record.erased_by)
		return take_erased(audit, &record);
	if (lt_record_decode(bytes, &record, &refusal) != LT_REASON_NONE ||
	    lt_record_command(&record, audit->arena, &command, &refusal) != LT_REASON_NONE ||
	    lt_outcome_decode(record.outcome, audit->arena, &outcome, &refusal) != LT_REASON_NONE)
		return say_fail(EX_PROTOCOL, "a record of the journal cannot be read: %s", refusal.detail);
	audit->next = record.sequence + 1;
	if (lt_act_of(&command, &act))
		show(audit, &record, &outcome, &act);
	return EX_OK;
}

static int walk(struct audit *audit, struct control_client *control, uint64_t head)
{
	int code = EX_OK;
	while (code == EX_OK && audit->next <= head) {
		struct lt_control_request request = { .type = LT_CONTROL_JOURNAL,
						      .sequence = audit->next,
						      .limit = CHUNK };
		struct lt_control_answer answer;
		control_forget(control);
		code = control_call(control, &request, &answer);
		for (size_t i = 0; code == EX_OK && i < answer.journal.count; i++)
			code = take(audit, answer.journal.records[i]);
		if (code == EX_OK && answer.journal.count == 0)
			code = say_fail(EX_IOERR, "the broker cannot read its journal at record %llu",
					(unsigned long long)audit->next);
	}
	return code;
}

static int show_audit(struct cli *cli, struct control_client *control, const struct lt_control_answer *answer)
{
	static const char *const heads[] = { "RECORD", "TIME",    "USER",    "~SAYS TO BE",
					     "ACT",    "SUBJECT", "OUTCOME", "~REASON" };
	struct audit audit = { .next = 1 };
	uint64_t head = answer->status.head;
	if (cli->arg_count == 1 && !cli_number(cli->args[0], 1, UINT64_MAX, &audit.next))
		return say_fail(EX_USAGE, "\"%s\" is not the number of a record", cli->args[0]);
	if (cli->arg_count == 0 && head > LOOK_BACK)
		audit.next = head - LOOK_BACK + 1;
	if (lt_arena_new(ARENA_MAX, &audit.arena) != LT_OK)
		return say_fail_err(LT_ENOMEM, "read the journal");
	if (cli->json)
		audit.list = json_array();
	else
		audit.table = output_table_new(heads, sizeof(heads) / sizeof(heads[0]));
	uint64_t from = audit.next;
	int code = walk(&audit, control, head);
	if (audit.table) {
		output_table_print(audit.table);
		output_note("records %llu to %llu", (unsigned long long)from, (unsigned long long)head);
	} else if (code == EX_OK) {
		code = output_json(json_pack("{s:I, s:I, s:O}", "from", (json_int_t)from, "to", (json_int_t)head,
					     "acts", audit.list));
	}
	json_decref(audit.list);
	lt_arena_free(audit.arena);
	return code;
}

int cmd_audit(struct cli *cli)
{
	struct lt_control_request request = { .type = LT_CONTROL_STATUS };
	return control_ask(cli, &request, show_audit);
}
