/* engine_control.c: an operator's request: an act is a command like any other, a question goes the way of questions. */
#include "engine_internal.h"

#include <string.h>

#include "program/log.h"
#include "rules/define_check.h"

/* An act on the ledger: the answer names its record; of one that is only tried there is none, and nobody is told. */
static void act(struct engine *engine, struct batch *batch, const struct lt_command *command, bool dry_run,
		struct lt_control_answer *answer)
{
	lt_buf_clear(&engine->command);
	LT_ASSERT(lt_command_encode(command, &engine->command) == LT_OK);
	if (!engine_can_act(engine, command)) {
		answer->reason = LT_STORE_DAMAGED;
		answer->detail = "table definition or meta";
		return;
	}
	const struct act *done = &engine->act;
	if (dry_run) {
		engine_try(engine, command);
		answer->reason = done->outcome.reason;
		lt_control_refuse(answer, &done->refusal);
		answer->act.time = done->time;
		return;
	}
	engine_record(engine, batch, command, lt_buf_bytes(&engine->command), NULL, 0);
	answer->reason = done->outcome.reason;
	lt_control_refuse(answer, &done->refusal);
	answer->act.sequence = done->sequence;
	answer->act.time = done->time;
	answer->act.version = done->outcome.version;
}

/* Lives as long as the answer. */
static struct lt_refusal *make_refusal(struct engine *engine)
{
	struct lt_refusal *refusal = lt_arena_alloc(engine->control_arena, sizeof(*refusal));
	LT_ASSERT(refusal);
	*refusal = (struct lt_refusal){ 0 };
	return refusal;
}

/* Refused before there is a record. */
static bool refuse_define(struct engine *engine, const struct lt_define_command *define,
			  struct lt_control_answer *answer)
{
	struct lt_refusal *refusal = make_refusal(engine);
	answer->reason = engine_restored_check(engine, define, refusal);
	if (!answer->reason)
		answer->reason = define_check(&engine->state, define, engine->control_arena, refusal);
	if (!answer->reason)
		return false;
	lt_control_refuse(answer, refusal);
	lt_log(LT_LOG_WARNING, "request refused", "reason", lt_reason_name(answer->reason), "detail", answer->detail,
	       NULL);
	return true;
}

static void control_define(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
			   struct lt_control_answer *answer)
{
	struct lt_command command = { .type = LT_COMMAND_DEFINE };
	command.u.define = request->define;
	if (refuse_define(engine, &request->define, answer))
		return;
	act(engine, batch, &command, request->dry_run, answer);
	if (request->dry_run)
		return;
	lt_log(LT_LOG_NOTICE, "definition", "sequence", lt_log_u64(answer->act.sequence), "operator",
	       request->define.operator_name, "why", request->define.reason, "outcome",
	       answer->reason ? lt_reason_name(answer->reason) : "in force", "detail", answer->detail, NULL);
}

static void control_admin(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
			  struct lt_control_answer *answer)
{
	struct lt_command command = { .type = LT_COMMAND_ADMIN };
	command.u.admin = request->admin;
	answer->reason = engine_time_act(engine, &request->admin, request->dry_run,
					 &engine->act.refusal); /* no state: apply could not know */
	if (answer->reason) {
		lt_control_refuse(answer, &engine->act.refusal);
		return;
	}
	act(engine, batch, &command, request->dry_run, answer);
	if (request->dry_run)
		return;
	if (command.u.admin.act == LT_ADMIN_SANDBOX_CLOCK)
		engine->tick_at = 0; /* what is due now need not wait for the second to end */
	lt_log(LT_LOG_NOTICE, "operator's act", "sequence", lt_log_u64(answer->act.sequence), "subject",
	       request->admin.subject, "operator", request->admin.operator_name, "why", request->admin.reason,
	       "outcome", answer->reason ? lt_reason_name(answer->reason) : "done", "detail", answer->detail, NULL);
}

static void control_outage(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
			   struct lt_control_answer *answer)
{
	struct lt_command command = { .type = LT_COMMAND_OUTAGE };
	command.u.outage = request->outage;
	act(engine, batch, &command, request->dry_run, answer);
	if (request->dry_run)
		return;
	lt_log(LT_LOG_NOTICE, "outage", "sequence", lt_log_u64(answer->act.sequence), "operator",
	       request->outage.operator_name, "why", request->outage.reason, "outcome",
	       answer->reason ? lt_reason_name(answer->reason) : "left out of counting", "detail", answer->detail,
	       NULL);
}

static void control_activate(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
			     struct lt_control_answer *answer)
{
	struct lt_command command = { .type = LT_COMMAND_ACTIVATE };
	struct lt_refusal *refusal = make_refusal(engine);
	command.u.activate = request->activate;
	answer->reason = engine_check_activate(engine, &request->activate, refusal);
	lt_control_refuse(answer, refusal);
	if (!answer->reason)
		act(engine, batch, &command, request->dry_run, answer);
	if (request->dry_run)
		return;
	lt_log(LT_LOG_NOTICE, "rules", "sequence", lt_log_u64(answer->act.sequence), "version",
	       lt_log_u64(request->activate.rules_version), "operator", request->activate.operator_name, "why",
	       request->activate.reason, "outcome", answer->reason ? lt_reason_name(answer->reason) : "in force",
	       "detail", answer->detail, NULL);
}

static void control_erase(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
			  struct lt_control_answer *answer)
{
	struct lt_command command = { .type = LT_COMMAND_ERASE };
	struct lt_refusal *refusal = make_refusal(engine);
	command.u.erase = request->erase;
	answer->reason = engine_check_erase(engine, &command.u.erase, refusal);
	lt_control_refuse(answer, refusal);
	if (!answer->reason)
		act(engine, batch, &command, request->dry_run, answer);
	if (request->dry_run)
		return;
	lt_log(LT_LOG_NOTICE, "erase", "sequence", lt_log_u64(answer->act.sequence), "first",
	       lt_log_u64(command.u.erase.sequences[0]), "records", lt_log_u64(command.u.erase.count), "operator",
	       request->erase.operator_name, "why", request->erase.reason, "outcome",
	       answer->reason ? lt_reason_name(answer->reason) : "done", "detail", answer->detail, NULL);
}

/* False: the question is on its way, and nothing is to be answered here. */
static bool control(struct engine *engine, struct batch *batch, const struct input *input,
		    const struct lt_control_request *request, struct lt_control_answer *answer,
		    struct lt_refusal *refusal)
{
	switch (request->type) {
	case LT_CONTROL_DEFINE:
		control_define(engine, batch, request, answer);
		return true;
	case LT_CONTROL_ADMIN:
		control_admin(engine, batch, request, answer);
		return true;
	case LT_CONTROL_OUTAGE:
		control_outage(engine, batch, request, answer);
		return true;
	case LT_CONTROL_ACTIVATE:
		control_activate(engine, batch, request, answer);
		return true;
	case LT_CONTROL_ERASE:
		control_erase(engine, batch, request, answer);
		return true;
	case LT_CONTROL_RULES:
		engine_view_rules(engine, answer);
		return true;
	case LT_CONTROL_STATUS:
	case LT_CONTROL_AGENCIES:
	case LT_CONTROL_DOSSIER:
	case LT_CONTROL_MAILBOXES:
	case LT_CONTROL_RECORD:
	case LT_CONTROL_DIRECTORY:
	case LT_CONTROL_JOURNAL:
	case LT_CONTROL_PROCEDURES:
	case LT_CONTROL_REORGANISATION:
	case LT_CONTROL_CARRIES:
	case LT_CONTROL_FIND:
	case LT_CONTROL_TIME:
	case LT_CONTROL_DOSSIERS:
	case LT_CONTROL_LEDGER:
	case LT_CONTROL_CHANGES:
	case LT_CONTROL_COPY:
	case LT_CONTROL_DEFINITIONS:
	case LT_CONTROL_DELAYS:
		answer->reason = engine_ask(engine, batch, input, request, refusal);
		if (answer->reason)
			lt_control_refuse(answer, refusal);
		return answer->reason != LT_REASON_NONE;
	case LT_CONTROL_BACKUP: /* answered before it comes here */
		break;
	}
	answer->reason = LT_REQUEST_UNKNOWN;
	answer->detail = "";
	return true;
}

void engine_control(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct lt_control_request request;
	struct lt_control_answer answer = { .detail = "" };
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(engine->control_arena);
	answer.reason = lt_control_request_decode(input->u.control.request, engine->control_arena, &request, &refusal);
	if (answer.reason) {
		lt_control_refuse(&answer, &refusal);
	} else {
		answer.type = request.type;
		if (!control(engine, batch, input, &request, &answer, &refusal))
			return;
	}
	if (answer.reason)
		answer.type = 0;
	lt_buf_clear(&engine->message);
	LT_ASSERT(lt_control_answer_encode(&answer, &engine->message) == LT_OK);
	struct effect *effect = batch_add(batch, EFFECT_CONTROL);
	effect->client = input->u.control.client;
	batch_set_data(batch, effect, lt_buf_bytes(&engine->message));
}
