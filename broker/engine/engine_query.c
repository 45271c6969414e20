/* engine_query.c: questions of adapters and of operators. Answers are made now, from the state with every command taken so far, and
 * go out when the batch is on disk: they are true at that sequence. */
#include "engine_internal.h"

#include <string.h>

#include "program/log.h"
#include "state/succession.h"

void *engine_query_alloc(struct engine *engine, size_t size)
{
	void *memory = lt_arena_alloc(engine->query_arena, size);
	LT_ASSERT(memory);
	return memory;
}

enum lt_reason engine_find_dossier(struct engine *engine, const char *code, struct lt_refusal *refusal)
{
	if (dossier_find(engine->store, code, &engine->dossier))
		return lt_refuse(refusal, LT_DOSSIER_UNKNOWN, "%.60s", code);
	return LT_REASON_NONE;
}

static enum lt_reason check_query(struct engine *engine, const struct job *job, struct lt_refusal *refusal)
{
	uint32_t index = mailboxes_find(&engine->state.mailboxes, job->agency);
	if (index == MAILBOX_NONE || !courier_speaks(&engine->courier, index, job->session))
		return lt_refuse(refusal, LT_SENDER_NOT_SESSION, "%s", job->agency);
	if (job->number > engine->state.sequence)
		return lt_refuse(refusal, LT_NOT_YET, "the state is at %llu",
				 (unsigned long long)engine->state.sequence);
	enum lt_reason reason = engine_find_dossier(engine, job->dossier, refusal);
	if (!reason && !succession_is_party(engine->state.rulebook, job->agency, &engine->dossier, engine_now(engine)))
		return lt_refuse(refusal, LT_NOT_PARTY, "%s in %s", job->agency, job->dossier);
	return reason;
}

void engine_query(struct engine *engine, struct batch *batch, const struct job *job)
{
	struct lt_refusal refusal = { 0 };
	struct lt_link link = { .type = LT_LINK_QUERY_ANSWER };
	struct lt_query_answer *answer = &link.u.query_answer;
	*answer = (struct lt_query_answer){ .token = job->token, .sequence = engine->state.sequence };
	lt_arena_reset(engine->query_arena);
	answer->reason = check_query(engine, job, &refusal);
	if (!answer->reason)
		answer->reason = engine_view_dossier(engine, &answer->dossier, &refusal);
	answer->detail = answer->reason ? refusal.detail : "";
	engine_put_link(engine, &link);
	struct effect *effect = batch_add(batch, EFFECT_SEND);
	effect->session = job->session;
	batch_set_data(batch, effect, lt_buf_bytes(&engine->message));
}

/* An act on the ledger: the answer names its record. */
static void act(struct engine *engine, struct batch *batch, const struct lt_command *command,
		struct lt_control_answer *answer)
{
	lt_buf_clear(&engine->command);
	LT_ASSERT(lt_command_encode(command, &engine->command) == LT_OK);
	engine_record(engine, batch, command, lt_buf_bytes(&engine->command), NULL, 0);
	const struct act *done = &engine->act;
	answer->reason = done->outcome.reason;
	answer->detail = done->refusal.detail;
	answer->act.sequence = done->sequence;
	answer->act.time = done->time;
	answer->act.version = done->outcome.version;
}

static void control_define(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
			   struct lt_control_answer *answer)
{
	struct lt_command command = { .type = LT_COMMAND_DEFINE };
	command.u.define = request->define;
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
	if (request->admin.act == LT_ADMIN_TIME_CONFIRMED && !engine->time_unconfirmed) {
		answer->reason = LT_ALREADY_SO; /* not part of the state: apply could not know */
		answer->detail = "the time is confirmed";
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

static void view_dossier(struct engine *engine, const char *code, struct lt_control_answer *answer)
{
	struct lt_refusal refusal = { 0 };
	answer->reason = engine_find_dossier(engine, code ? code : "", &refusal);
	if (!answer->reason)
		answer->reason = engine_view_dossier(engine, &answer->dossier, &refusal);
	if (answer->reason) {
		char *detail = engine_query_alloc(engine, sizeof(refusal.detail));
		memcpy(detail, refusal.detail, sizeof(refusal.detail));
		answer->detail = detail;
	}
}

static void view_directory(struct engine *engine, struct lt_control_answer *answer)
{
	answer->directory = rulebook_signed_directory(engine->state.rulebook);
}

static void control(struct engine *engine, struct batch *batch, const struct lt_control_request *request,
		    struct lt_control_answer *answer)
{
	switch (request->type) {
	case LT_CONTROL_STATUS:
		engine_view_status(engine, answer);
		return;
	case LT_CONTROL_AGENCIES:
		engine_view_agencies(engine, request->code, answer);
		return;
	case LT_CONTROL_DOSSIER:
		view_dossier(engine, request->code, answer);
		return;
	case LT_CONTROL_MAILBOXES:
		engine_view_mailboxes(engine, request->code, answer);
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
	case LT_CONTROL_RECORD:
		engine_view_record(engine, request, answer);
		return;
	case LT_CONTROL_DIRECTORY:
		view_directory(engine, answer);
		return;
	case LT_CONTROL_JOURNAL:
		engine_view_journal(engine, request, answer);
		return;
	case LT_CONTROL_PROCEDURES:
		engine_view_procedures(engine, request->code, answer);
		return;
	case LT_CONTROL_REORGANISATION:
		engine_view_reorganisation(engine, request, answer);
		return;
	case LT_CONTROL_BACKUP: /* answered before it comes here */
		break;
	}
	answer->reason = LT_REQUEST_UNKNOWN;
	answer->detail = "";
}

void engine_control(struct engine *engine, struct batch *batch, const struct job *job)
{
	struct lt_control_request request;
	struct lt_control_answer answer = { .detail = "" };
	struct lt_refusal refusal = { 0 };
	lt_arena_reset(engine->query_arena);
	answer.reason = lt_control_request_decode(job->data, engine->query_arena, &request, &refusal);
	if (answer.reason) {
		answer.detail = refusal.detail;
	} else {
		answer.type = request.type;
		control(engine, batch, &request, &answer);
	}
	if (answer.reason)
		answer.type = 0;
	lt_buf_clear(&engine->message);
	LT_ASSERT(lt_control_answer_encode(&answer, &engine->message) == LT_OK);
	struct effect *effect = batch_add(batch, EFFECT_CONTROL);
	effect->client = job->client;
	batch_set_data(batch, effect, lt_buf_bytes(&engine->message));
}
