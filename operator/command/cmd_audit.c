/* cmd_audit.c: `lienthong audit`: what operators did, out of the journal: the user that the kernel named, and the name that they gave. */
#include "commands.h"

#include "cli/cli_output.h"
#include "cli/control_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_BACK 100000u /* records, where no FROM is given: about a second of reading */
#define CHUNK 1024u       /* records a question */
#define ARENA_MAX ((size_t)64 << 20)

struct audit_act {
	const char *what, *subject, *operator_name, *reason, *login;
	uint32_t uid;
};
struct audit {
	struct lt_arena *arena;
	struct output_table *table;
	json_t *list;
	uint64_t next;
	char number[24];
};

static const char *define_name(enum lt_definition type)
{
	switch (type) {
	case LT_DEFINE_DIRECTORY:
		return "directory";
	case LT_DEFINE_CRL:
		return "revocation list";
	case LT_DEFINE_PROCEDURE:
		return "procedure";
	case LT_DEFINE_CALENDAR:
		return "calendar";
	case LT_DEFINE_OFFICE:
		return "office hours";
	}
	return "?";
}

static const char *admin_name(enum lt_admin_act act)
{
	switch (act) {
	case LT_ADMIN_SUSPEND:
		return "suspend";
	case LT_ADMIN_RESUME:
		return "resume";
	case LT_ADMIN_TIME_CONFIRMED:
		return "time confirm";
	case LT_ADMIN_SKIP:
		return "skip";
	case LT_ADMIN_TIME_SET:
		return "time set";
	case LT_ADMIN_REDELIVER:
		return "redeliver";
	case LT_ADMIN_MAILBOX_BEGIN:
		return "redeliver from";
	case LT_ADMIN_TRUST_GRACE:
		return "grace";
	case LT_ADMIN_CRL_WITHDRAW:
		return "withdraw list";
	case LT_ADMIN_RESTORE_CONFIRM:
		return "restore confirm";
	case LT_ADMIN_DOSSIER_REPAIR:
		return "dossier repair";
	case LT_ADMIN_DOSSIER_CLOSE:
		return "dossier close";
	case LT_ADMIN_DOSSIER_CONFIRM:
		return "dossier confirm";
	case LT_ADMIN_STAY_CORRECT:
		return "dossier correct";
	case LT_ADMIN_CARRY_OPEN:
		return "carry open";
	case LT_ADMIN_CARRY_CONFIRM:
		return "carry confirm";
	case LT_ADMIN_CARRY_CLOSE:
		return "carry close";
	case LT_ADMIN_REMIND:
		return "dossier remind";
	case LT_ADMIN_AGENCY_REMIND:
		return "agency remind";
	case LT_ADMIN_OFFER_BACK:
		return "dossier offer-back";
	case LT_ADMIN_SANDBOX_CLOCK:
		return "sandbox clock";
	case LT_ADMIN_DRAIN:
		return "drain";
	case LT_ADMIN_CLOSURE:
		return "closure";
	case LT_ADMIN_REOPEN:
		return "reopen";
	}
	return "?";
}

static const char *number_text(struct audit *audit, uint64_t number)
{
	snprintf(audit->number, sizeof(audit->number), "%llu", (unsigned long long)number);
	return audit->number;
}

/* Only some commands are operators'; false for the others. */
static bool act_of(struct audit *audit, const struct lt_command *command, struct audit_act *out)
{
	const struct lt_define_command *define = &command->u.define;
	const struct lt_admin_command *admin = &command->u.admin;
	const struct lt_outage_command *outage = &command->u.outage;
	const struct lt_activate_command *activate = &command->u.activate;
	if (command->type == LT_COMMAND_DEFINE)
		*out = (struct audit_act){
			define_name(define->type), "", define->operator_name, define->reason, define->login, define->uid
		};
	else if (command->type == LT_COMMAND_ADMIN)
		*out = (struct audit_act){ admin_name(admin->act),
					   admin->subject && admin->subject[0] ? admin->subject
					   : admin->number                     ? number_text(audit, admin->number)
									       : "",
					   admin->operator_name,
					   admin->reason,
					   admin->login,
					   admin->uid };
	else if (command->type == LT_COMMAND_OUTAGE)
		*out = (struct audit_act){
			"outage",   output_time(outage->from), outage->operator_name, outage->reason, outage->login,
			outage->uid
		};
	else if (command->type == LT_COMMAND_ACTIVATE)
		*out = (struct audit_act){ "rules",
					   number_text(audit, activate->rules_version),
					   activate->operator_name,
					   activate->reason,
					   activate->login,
					   activate->uid };
	else if (command->type == LT_COMMAND_ERASE)
		*out = (struct audit_act){ "erase",
					   number_text(audit, command->u.erase.sequences[0]),
					   command->u.erase.operator_name,
					   command->u.erase.reason,
					   command->u.erase.login,
					   command->u.erase.uid };
	else
		return false;
	return true;
}

static void show(struct audit *audit, const struct lt_record *record, const struct lt_outcome *outcome,
		 const struct audit_act *act)
{
	const char *result = outcome->reason ? lt_reason_name(outcome->reason) : "done";
	char user[96];
	snprintf(user, sizeof(user), "%u%s%s", (unsigned)act->uid, act->login && act->login[0] ? " " : "",
		 act->login ? act->login : "");
	if (audit->list) {
		json_array_append_new(audit->list,
				      json_pack("{s:I, s:o, s:I, s:s, s:s, s:s, s:s, s:s, s:s}", "sequence",
						(json_int_t)record->sequence, "time", output_json_time(record->time),
						"uid", (json_int_t)act->uid, "login", act->login ? act->login : "",
						"operator", act->operator_name, "act", act->what, "subject",
						act->subject, "reason", act->reason, "outcome", result));
		return;
	}
	const char *values[] = { output_u64(record->sequence),
				 output_time(record->time),
				 user,
				 act->operator_name,
				 act->what,
				 act->subject,
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
	struct audit_act act = { "?", "", "?", reason, "", 0 };
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
	struct audit_act act;
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(audit->arena);
	if (lt_record_decode(bytes, &record, &refusal) == LT_REASON_NONE && record.erased_by)
		return take_erased(audit, &record);
	if (lt_record_decode(bytes, &record, &refusal) != LT_REASON_NONE ||
	    lt_record_command(&record, audit->arena, &command, &refusal) != LT_REASON_NONE ||
	    lt_outcome_decode(record.outcome, audit->arena, &outcome, &refusal) != LT_REASON_NONE)
		return say_fail(EX_PROTOCOL, "a record of the journal cannot be read: %s", refusal.detail);
	audit->next = record.sequence + 1;
	if (act_of(audit, &command, &act))
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
