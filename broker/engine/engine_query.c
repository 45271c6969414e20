/* engine_query.c: who asks, and what is done about it. Questions are answered by QUERY, now, from the state with every command
 * taken so far, and the answer goes out when the batch is on disk: it is true at that sequence. An operator's acts are commands
 * like any other. */
#include "engine_internal.h"

#include <string.h>

#include "base/fields.h"
#include "program/log.h"
#include "rules/define_check.h"
#include "state/succession.h"

/* A question is asked of the state as it is now. */
static struct query *begin(struct engine *engine)
{
	lt_arena_reset(engine->query_arena);
	engine->query.now = engine_now(engine);
	return &engine->query;
}

static enum lt_reason check_query(struct engine *engine, const struct input *input, struct lt_refusal *refusal)
{
	uint32_t index = mailboxes_find(&engine->state.mailboxes, input->u.query.agency);
	if (index == MAILBOX_NONE || !courier_speaks(&engine->courier, index, input->session))
		return lt_refuse(refusal, LT_SENDER_NOT_SESSION, "%s", input->u.query.agency);
	if (input->u.query.min_seq > engine->state.sequence)
		return lt_refuse(refusal, LT_NOT_YET, "the state is at %llu",
				 (unsigned long long)engine->state.sequence);
	const struct query *query = &engine->query;
	if (input->u.query.ledger)
		return LT_REASON_NONE;
	enum lt_reason reason = query_find(&engine->query, input->u.query.dossier, refusal);
	if (!reason && !succession_is_party(engine->state.rulebook, input->u.query.agency, &query->dossier, query->now))
		return engine->state.law->access.unknown(input->u.query.dossier, refusal);
	return reason;
}

void engine_query(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct lt_refusal refusal = { 0 };
	struct lt_link link = { .type = LT_LINK_QUERY_ANSWER };
	struct lt_query_answer *answer = &link.u.query_answer;
	*answer = (struct lt_query_answer){ .token = input->u.query.token, .sequence = engine->state.sequence };
	struct query *query = begin(engine);
	answer->reason = check_query(engine, input, &refusal);
	struct lt_ledger_view view;
	if (!answer->reason && input->u.query.ledger) {
		uint64_t sequences[LT_LEDGER_PROOFS_MAX];
		size_t count = input->u.query.sequences.len / 8;
		LT_ASSERT(count <= LT_LEDGER_PROOFS_MAX);
		for (size_t i = 0; i < count; i++)
			sequences[i] = fields_raw_get64(input->u.query.sequences.data + 8 * i);
		answer->reason = query_ledger(query, sequences, count, input->u.query.old_size, &view, &refusal);
		answer->ledger = answer->reason ? NULL : &view;
	} else if (!answer->reason) {
		answer->dossier = query_view(query);
	}
	answer->detail = answer->reason ? refusal.detail : "";
	engine_put_link(engine, &link);
	struct effect *effect = batch_add(batch, EFFECT_SEND);
	effect->session = input->session;
	batch_set_data(batch, effect, lt_buf_bytes(&engine->message));
}

/* An act on the ledger: the answer names its record. */
static void act(struct engine *engine, struct batch *batch, const struct lt_command *command,
		struct lt_control_answer *answer)
{
	lt_buf_clear(&engine->command);
	LT_ASSERT(lt_command_encode(command, &engine->command) == LT_OK);
	if (!engine_can_act(engine, command)) {
		answer->reason = LT_STORE_DAMAGED;
		answer->detail = "table definition or meta";
		return;
	}
	engine_record(engine, batch, command, lt_buf_bytes(&engine->command), NULL, 0);
	const struct act *done = &engine->act;
	answer->reason = done->outcome.reason;
	answer->detail = done->refusal.detail;
	answer->act.sequence = done->sequence;
	answer->act.time = done->time;
	answer->act.version = done->outcome.version;
}

/* Lives as long as the answer. */
static struct lt_refusal *make_refusal(struct engine *engine)
{
	struct lt_refusal *refusal = lt_arena_alloc(engine->query_arena, sizeof(*refusal));
	LT_ASSERT(refusal);
	*refusal = (struct lt_refusal){ 0 };
	return refusal;
}

/* Refused before there is a record. */
static bool refuse_define(struct engine *engine, const struct lt_define_command *define,
			  struct lt_control_answer *answer)
{
	struct lt_refusal *refusal = make_refusal(engine);
	answer->reason = define_check(&engine->state, define, engine->query_arena, refusal);
	if (!answer->reason)
		return false;
	answer->detail = refusal->detail;
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
	act(engine, batch, &command, answer);
	lt_log(LT_LOG_NOTICE, "definition", "sequence", lt_log_u64(answer->act.sequence), "operator",
	       request->define.operator_name, "why", request->define.reason, "outcome",
	       answer->reason ? lt_reason_name(answer->reason) : "in force", "detail", answer->detail, NULL);
}

static void control_admin(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
			  struct lt_control_answer *answer)
{
	struct lt_command command = { .type = LT_COMMAND_ADMIN };
	command.u.admin = request->admin;
	answer->reason =
		engine_time_act(engine, &request->admin, &engine->act.refusal); /* no state: apply could not know */
	if (answer->reason) {
		answer->detail = engine->act.refusal.detail;
		return;
	}
	act(engine, batch, &command, answer);
	lt_log(LT_LOG_NOTICE, "operator's act", "sequence", lt_log_u64(answer->act.sequence), "subject",
	       request->admin.subject, "operator", request->admin.operator_name, "why", request->admin.reason,
	       "outcome", answer->reason ? lt_reason_name(answer->reason) : "done", "detail", answer->detail, NULL);
}

static void control_outage(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
			   struct lt_control_answer *answer)
{
	struct lt_command command = { .type = LT_COMMAND_OUTAGE };
	command.u.outage = request->outage;
	act(engine, batch, &command, answer);
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
	answer->detail = refusal->detail;
	if (!answer->reason)
		act(engine, batch, &command, answer);
	lt_log(LT_LOG_NOTICE, "rules", "sequence", lt_log_u64(answer->act.sequence), "version",
	       lt_log_u64(request->activate.rules_version), "operator", request->activate.operator_name, "why",
	       request->activate.reason, "outcome", answer->reason ? lt_reason_name(answer->reason) : "in force",
	       "detail", answer->detail, NULL);
}

static void control(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
		    struct lt_control_answer *answer, struct lt_refusal *refusal)
{
	struct query *query = &engine->query;
	switch (request->type) {
	case LT_CONTROL_STATUS:
		query_status(query, engine_figures(engine, true), answer);
		return;
	case LT_CONTROL_AGENCIES:
		query_agencies(query, engine_figures(engine, false), request->code, answer);
		return;
	case LT_CONTROL_DOSSIER:
		query_dossier(query, request->code, answer);
		return;
	case LT_CONTROL_MAILBOXES:
		query_mailboxes(query, engine_figures(engine, false), request->code, answer);
		return;
	case LT_CONTROL_DEFINE:
		control_define(engine, batch, request, answer);
		return;
	case LT_CONTROL_ADMIN:
		control_admin(engine, batch, request, answer);
		return;
	case LT_CONTROL_OUTAGE:
		control_outage(engine, batch, request, answer);
		return;
	case LT_CONTROL_ACTIVATE:
		control_activate(engine, batch, request, answer);
		return;
	case LT_CONTROL_RULES:
		engine_view_rules(engine, answer);
		return;
	case LT_CONTROL_RECORD:
		query_record(query, request, answer);
		return;
	case LT_CONTROL_DIRECTORY:
		query_directory(query, answer);
		return;
	case LT_CONTROL_JOURNAL:
		query_journal(query, request, answer);
		return;
	case LT_CONTROL_PROCEDURES:
		query_procedures(query, request->code, answer);
		return;
	case LT_CONTROL_REORGANISATION:
		query_reorganisation(query, request, answer);
		return;
	case LT_CONTROL_TIME:
		engine_time_view(engine, &answer->time);
		query_time(query, request, answer);
		return;
	case LT_CONTROL_LEDGER:
		answer->reason = query_ledger(query, &request->sequence, request->sequence > 0, request->old_size,
					      &answer->ledger, refusal);
		answer->detail = answer->reason ? refusal->detail : "";
		return;
	case LT_CONTROL_BACKUP: /* answered before it comes here */
		break;
	}
	answer->reason = LT_REQUEST_UNKNOWN;
	answer->detail = "";
}

void engine_control(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct lt_control_request request;
	struct lt_control_answer answer = { .detail = "" };
	struct lt_refusal refusal = { 0 };
	begin(engine);
	answer.reason = lt_control_request_decode(input->u.control.request, engine->query_arena, &request, &refusal);
	if (answer.reason) {
		answer.detail = refusal.detail;
	} else {
		answer.type = request.type;
		control(engine, batch, &request, &answer, &refusal);
	}
	if (answer.reason)
		answer.type = 0;
	lt_buf_clear(&engine->message);
	LT_ASSERT(lt_control_answer_encode(&answer, &engine->message) == LT_OK);
	struct effect *effect = batch_add(batch, EFFECT_CONTROL);
	effect->client = input->u.control.client;
	batch_set_data(batch, effect, lt_buf_bytes(&engine->message));
}
