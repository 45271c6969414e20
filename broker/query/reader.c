/* reader.c: from a question to its answer: a state made of what the question brought and of the store, and the one file that knows. */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include "program/log.h"
#include "query_internal.h"
#include "wire/link.h"

enum { READER_ARENA = 160 << 20 }; /* a control request and its answer: a directory of 32 MiB, twice */

struct reader {
	struct reader_options options;
	struct query query;
	struct state state; /* of the question that is answered */
	struct lt_arena *arena;
	struct lt_buf message;
};

enum lt_err reader_new(const struct reader_options *options, struct reader **out)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	if (!reader)
		return LT_ENOMEM;
	reader->options = *options;
	enum lt_err err = lt_arena_new(READER_ARENA, &reader->arena);
	if (err) {
		reader_free(reader);
		return err;
	}
	reader->query = (struct query){
		.state = &reader->state,
		.journal = options->journal,
		.arena = reader->arena,
	};
	*out = reader;
	return LT_OK;
}

void reader_free(struct reader *reader)
{
	if (!reader)
		return;
	query_fini(&reader->query);
	lt_buf_fini(&reader->message);
	lt_arena_free(reader->arena);
	free(reader);
}

static void begin(struct reader *reader, const struct inquiry *question)
{
	struct query *query = &reader->query;
	lt_arena_reset(reader->arena);
	journal_follow(reader->options.journal);
	reader->state = question->state;
	reader->state.store = reader->options.store;
	query->now = question->now;
	query->legal = state_legal(&question->state, question->now);
	query->procedure = lt_buf_bytes(&question->procedure);
	query->stay_count = question->stay_count;
	query->stays = question->stays;
	query->ledger = question->ledger;
	query->checkpoint = lt_buf_bytes(&question->checkpoint);
	query->checkpoint_size = question->checkpoint_size;
	query->incarnations = lt_buf_bytes(&question->incarnations);
	if (question->dossier.len > 0)
		dossier_decode(lt_buf_bytes(&question->dossier), question->number, &query->dossier);
}

static void put(struct reader *reader, const struct inquiry *question, struct lt_buf *outputs)
{
	struct output out = {
		.type = question->operators ? OUTPUT_CONTROL : OUTPUT_SEND,
		.session = question->session,
		.client = question->client,
		.data = lt_buf_bytes(&reader->message),
	};
	LT_ASSERT(output_encode(&out, outputs) == LT_OK);
}

static void put_adapter(struct reader *reader, const struct inquiry *question, const struct lt_query_answer *answer,
			struct lt_buf *outputs)
{
	struct lt_link link = { .type = LT_LINK_QUERY_ANSWER, .u.query_answer = *answer };
	lt_buf_clear(&reader->message);
	LT_ASSERT(lt_link_encode(&link, &reader->message) == LT_OK);
	put(reader, question, outputs);
}

static void put_operator(struct reader *reader, const struct inquiry *question, struct lt_control_answer *answer,
			 struct lt_buf *outputs)
{
	if (answer->reason)
		answer->type = 0;
	lt_buf_clear(&reader->message);
	LT_ASSERT(lt_control_answer_encode(answer, &reader->message) == LT_OK);
	put(reader, question, outputs);
}

/* The list's own sequence is the store's. */
static enum lt_reason list_dossiers(struct reader *reader, const struct inquiry *question, struct lt_dossiers_view *out,
				    struct lt_refusal *refusal)
{
	struct lt_dossiers_request request;
	if (lt_dossiers_request_decode(lt_buf_bytes(&question->dossiers), reader->arena, &request, refusal))
		lt_fatal("a list that the gate let pass does not hold: %s", refusal->detail);
	store_begin_read(reader->options.store);
	enum lt_reason reason = query_dossiers(&reader->query, &request, out, refusal);
	store_end_read(reader->options.store);
	return reason;
}

/* LT_OVERLOADED: this once it could not sign. */
static enum lt_reason sign(struct reader *reader, struct lt_bytes text, struct lt_bytes *out,
			   struct lt_refusal *refusal)
{
	struct lt_buf cms = { 0 };
	enum lt_err err = reader->options.sign(reader->options.sign_ctx, text, &cms);
	*out = query_keep(&reader->query, lt_buf_bytes(&cms));
	lt_buf_fini(&cms);
	return err ? lt_refuse(refusal, LT_OVERLOADED, "the answer could not be signed") : LT_REASON_NONE;
}

/* LT_REQUEST_UNKNOWN: the broker has no key for it. */
static enum lt_reason answer_applicant(struct reader *reader, const struct inquiry *question,
				       struct lt_applicant_answer *out, struct lt_refusal *refusal)
{
	const struct reader_options *options = &reader->options;
	if (!options->sign)
		return lt_refuse(refusal, LT_REQUEST_UNKNOWN, "applicant: this broker has no [signer]");
	store_begin_read(options->store);
	out->text = query_applicant(&reader->query, question->state.sequence);
	store_end_read(options->store);
	out->certificate = options->certificate;
	return sign(reader, out->text, &out->signature, refusal);
}

/* Likewise. */
static void answer_delays(struct reader *reader, const struct lt_delays_request *request,
			  struct lt_control_answer *answer, struct lt_refusal *refusal)
{
	struct lt_signed_text *out = &answer->delays;
	answer->reason = reader->options.sign
				 ? query_delays(&reader->query, request, &out->text, refusal)
				 : lt_refuse(refusal, LT_REQUEST_UNKNOWN, "delays: this broker has no [signer]");
	if (!answer->reason)
		answer->reason = sign(reader, out->text, &out->signature, refusal);
	out->certificate = reader->options.certificate;
	if (answer->reason)
		lt_control_refuse(answer, refusal);
}

static void answer_adapter(struct reader *reader, const struct inquiry *question, struct lt_buf *outputs)
{
	char room[LT_SENTENCE_TEXT];
	struct lt_refusal refusal = { 0 };
	struct lt_ledger_view view;
	struct lt_dossiers_view list;
	struct lt_applicant_answer applicant;
	struct lt_query_answer answer = { .token = question->token, .sequence = question->state.sequence };
	if (question->dossiers.len > 0) {
		answer.reason = list_dossiers(reader, question, &list, &refusal);
		answer.dossiers = answer.reason ? NULL : &list;
	} else if (question->procedures) {
		store_begin_read(reader->options.store);
		answer.reason = query_procedures_linked(&reader->query, question->procedures == LT_LINK_PROCEDURES_ONE,
							question->code, question->version, &answer, &refusal);
		store_end_read(reader->options.store);
	} else if (question->applicant) {
		answer.reason = answer_applicant(reader, question, &applicant, &refusal);
		answer.applicant = answer.reason ? NULL : &applicant;
	} else if (!question->proof) {
		store_begin_read(reader->options.store);
		answer.dossier = query_view(&reader->query);
		store_end_read(reader->options.store);
	} else {
		answer.reason = query_ledger(&reader->query, question->sequences, question->sequence_count,
					     question->old_size, &view, &refusal);
		answer.ledger = answer.reason ? NULL : &view;
	}
	answer.said = lt_link_said(&refusal, room);
	put_adapter(reader, question, &answer, outputs);
}

/* Which file knows. What is not here the engine has answered. */
static void ask(struct query *query, const struct inquiry *question, const struct lt_control_request *request,
		struct lt_control_answer *answer, struct lt_refusal *refusal)
{
	switch (request->type) {
	case LT_CONTROL_STATUS:
		query_status(query, question->figures, &request->asker, answer);
		return;
	case LT_CONTROL_AGENCIES:
		query_agencies(query, question->figures, request->code, answer);
		return;
	case LT_CONTROL_DOSSIER:
		answer->dossier = query_view(query);
		return;
	case LT_CONTROL_MAILBOXES:
		query_mailboxes(query, question->figures, request->code, answer);
		return;
	case LT_CONTROL_RECORD:
		query_record(query, request, answer);
		return;
	case LT_CONTROL_DIRECTORY:
		query_directory(query, request->sequence, answer);
		return;
	case LT_CONTROL_JOURNAL:
		query_journal(query, request, answer);
		return;
	case LT_CONTROL_PROCEDURES:
		query_procedures(query, request->code, answer);
		return;
	case LT_CONTROL_CARRIES:
		query_carries(query, answer);
		return;
	case LT_CONTROL_DEFINITIONS:
		query_definitions(query, request, answer);
		return;
	case LT_CONTROL_CHANGES:
		query_changes(query, request, answer);
		return;
	case LT_CONTROL_COPY:
		query_copy(query, request, answer);
		return;
	case LT_CONTROL_REORGANISATION:
		query_reorganisation(query, request, answer);
		return;
	case LT_CONTROL_FIND:
		query_find(query, request, answer, refusal);
		return;
	case LT_CONTROL_DOSSIERS:
		answer->reason = query_dossiers(query, &request->dossiers, &answer->dossiers, refusal);
		answer->detail = answer->reason ? refusal->detail : "";
		return;
	case LT_CONTROL_TIME:
		answer->time = question->time;
		query_time(query, request, answer);
		return;
	case LT_CONTROL_LEDGER:
		answer->reason = query_ledger(query, &request->sequence, request->sequence > 0, request->old_size,
					      &answer->ledger, refusal);
		if (answer->reason)
			lt_control_refuse(answer, refusal);
		return;
	case LT_CONTROL_DELAYS: /* it is signed: answer_operator */
	case LT_CONTROL_DEFINE:
	case LT_CONTROL_ADMIN:
	case LT_CONTROL_OUTAGE:
	case LT_CONTROL_ACTIVATE:
	case LT_CONTROL_ERASE:
	case LT_CONTROL_RULES:
	case LT_CONTROL_BACKUP:
		break;
	}
	lt_fatal("question %d", (int)request->type);
}

static void answer_operator(struct reader *reader, const struct inquiry *question, struct lt_buf *outputs)
{
	struct lt_control_request request;
	struct lt_refusal refusal = { 0 };
	struct lt_control_answer answer = { .detail = "" };
	if (lt_control_request_decode(lt_buf_bytes(&question->request), reader->arena, &request, &refusal))
		lt_fatal("a question from the engine does not hold: %s", refusal.detail);
	answer.type = request.type;
	store_begin_read(reader->options.store);
	if (request.type == LT_CONTROL_DELAYS)
		answer_delays(reader, &request.delays, &answer, &refusal);
	else
		ask(&reader->query, question, &request, &answer, &refusal);
	put_operator(reader, question, &answer, outputs);
	store_end_read(reader->options.store);
}

void reader_answer(struct reader *reader, const struct inquiry *question, struct lt_buf *outputs)
{
	begin(reader, question);
	if (question->operators)
		answer_operator(reader, question, outputs);
	else
		answer_adapter(reader, question, outputs);
}

void reader_refuse(struct reader *reader, const struct inquiry *question, enum lt_reason reason, struct lt_buf *outputs)
{
	struct lt_query_answer adapter = { .token = question->token,
					   .sequence = question->state.sequence,
					   .reason = reason };
	struct lt_control_answer operator= { .reason = reason, .detail = "" };
	if (question->operators)
		put_operator(reader, question, &operator, outputs);
	else
		put_adapter(reader, question, &adapter, outputs);
}
