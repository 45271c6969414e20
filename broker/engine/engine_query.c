/* engine_query.c: questions on their way to who answers them (room QUERY). The engine does what it alone can: it looks who asks,
 * takes out of its state what the answer needs (one dossier's value, figures), and lets the question go with the batch that it was
 * taken with. The long part, records and lists, is read elsewhere: whoever asks much makes nobody wait but himself. */
#include "engine_internal.h"

#include <string.h>

#include "base/fields.h"
#include "program/log.h"
#include "state/succession.h"

static enum lt_reason find_dossier(struct engine *engine, const char *code, struct lt_refusal *refusal)
{
	enum lt_err err = state_find_dossier(&engine->state, engine->state.law, code, &engine->dossier);
	if (err == LT_ECORRUPT)
		return lt_refuse(refusal, LT_STORE_DAMAGED, "%s", code);
	if (err)
		return engine->state.law->access.unknown(code, refusal);
	return LT_REASON_NONE;
}

/* Who has received it, or may answer for that agency. A party learns who may; everybody else learns nothing. */
static enum lt_reason check_applicant(struct engine *engine, const char *agency, struct lt_refusal *refusal)
{
	const struct dossier *dossier = &engine->dossier;
	const struct rulebook *rulebook = engine->state.rulebook;
	int64_t now = engine_now(engine);
	if (succession_acts_for(rulebook, agency, dossier->origin, dossier, now) ||
	    engine->state.law->access.answers(rulebook_directory(rulebook), agency, dossier->origin))
		return LT_REASON_NONE;
	if (succession_is_party(rulebook, agency, dossier, now))
		return lt_refuse(refusal, LT_NOT_ORIGIN, "%s received %s and answers the applicant", dossier->origin,
				 dossier->code);
	return engine->state.law->access.unknown(dossier->code, refusal);
}

static enum lt_reason check_query(struct engine *engine, const struct input *input, struct lt_refusal *refusal)
{
	const char *agency = input->u.query.agency, *code = input->u.query.dossier;
	uint32_t index = mailboxes_find(&engine->state.mailboxes, agency);
	if (index == MAILBOX_NONE || !courier_speaks(&engine->courier, index, input->session))
		return lt_refuse(refusal, LT_SENDER_NOT_SESSION, "%s", agency);
	if (input->u.query.min_seq > engine->state.sequence)
		return lt_refuse(refusal, LT_NOT_YET, "the state is at %llu",
				 (unsigned long long)engine->state.sequence);
	if (input->u.query.ledger || input->u.query.dossiers.len > 0 || input->u.query.procedures)
		return LT_REASON_NONE;
	enum lt_reason reason = find_dossier(engine, code, refusal);
	if (!reason && input->u.query.applicant)
		return check_applicant(engine, agency, refusal);
	if (!reason && !succession_is_party(engine->state.rulebook, agency, &engine->dossier, engine_now(engine)))
		return engine->state.law->access.unknown(code, refusal);
	return reason;
}

static struct inquiry *make_question(struct engine *engine)
{
	struct inquiry *question = inquiry_new(&engine->state, engine_now(engine));
	struct lt_bytes note = lt_buf_bytes(&engine->checkpoint);
	question->ledger = engine->ledger;
	question->checkpoint_size = engine->checkpoint_size;
	LT_ASSERT(lt_buf_append(&question->checkpoint, note.data, note.len) == LT_OK);
	struct lt_bytes before = state_get_bytes(&engine->state, "incarnations");
	LT_ASSERT(lt_buf_append(&question->incarnations, before.data, before.len) == LT_OK);
	return question;
}

static void refuse_query(struct engine *engine, struct batch *batch, const struct input *input,
			 const struct lt_refusal *refusal)
{
	char room[LT_SENTENCE_TEXT];
	struct lt_link link = { .type = LT_LINK_QUERY_ANSWER };
	link.u.query_answer = (struct lt_query_answer){ .token = input->u.query.token,
							.sequence = engine->state.sequence,
							.reason = refusal->reason,
							.said = lt_link_said(refusal, room) };
	engine_put_link(engine, &link);
	struct effect *effect = batch_add(batch, EFFECT_SEND);
	effect->session = input->session;
	batch_set_data(batch, effect, lt_buf_bytes(&engine->message));
}

static void set_sequences(struct inquiry *question, struct lt_bytes sequences)
{
	question->sequence_count = sequences.len / 8;
	LT_ASSERT(question->sequence_count <= LT_LEDGER_PROOFS_MAX);
	for (size_t i = 0; i < question->sequence_count; i++)
		question->sequences[i] = fields_raw_get64(sequences.data + 8 * i);
}

void engine_query(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct lt_refusal refusal = { 0 };
	refusal.reason = check_query(engine, input, &refusal);
	if (refusal.reason) {
		refuse_query(engine, batch, input, &refusal);
		return;
	}
	struct inquiry *question = make_question(engine);
	question->session = input->session;
	question->token = input->u.query.token;
	question->proof = input->u.query.ledger;
	question->old_size = input->u.query.old_size;
	struct lt_bytes dossiers = input->u.query.dossiers;
	if (question->proof) {
		set_sequences(question, input->u.query.sequences);
	} else if (dossiers.len > 0) {
		LT_ASSERT(lt_buf_append(&question->dossiers, dossiers.data, dossiers.len) == LT_OK);
		/* Else as the store is: many ask often. */
		question->flushed = input->u.query.newest ? engine->state.sequence : input->u.query.min_seq;
	} else if (input->u.query.procedures) {
		question->procedures = input->u.query.procedures;
		question->version = input->u.query.version;
		memcpy(question->code, input->u.query.procedure, sizeof(question->code));
		question->flushed = input->u.query.min_seq;
	} else {
		question->applicant = input->u.query.applicant;
		inquiry_set_dossier(question, &engine->state, &engine->dossier);
	}
	batch_add(batch, EFFECT_ASK)->question = question;
}

/* What of an operator's question only the engine has. Lists are of the store, which must have come so far. */
static void fill_question(struct engine *engine, const struct lt_control_request *request, struct inquiry *question)
{
	switch (request->type) {
	case LT_CONTROL_STATUS:
		question->figures = engine_figures(engine, inquiry_arena(question), FIGURES_WHOLE);
		return;
	case LT_CONTROL_MAILBOXES:
		question->flushed = engine->state.sequence;
		question->figures = engine_figures(engine, inquiry_arena(question), FIGURES_MAIL);
		return;
	case LT_CONTROL_AGENCIES:
		question->figures = engine_figures(engine, inquiry_arena(question), FIGURES_AGENCIES);
		return;
	case LT_CONTROL_DOSSIER:
		inquiry_set_dossier(question, &engine->state, &engine->dossier);
		return;
	case LT_CONTROL_TIME:
		engine_time_view(engine, &question->time);
		question->flushed = engine->state.sequence;
		return;
	case LT_CONTROL_DOSSIERS: /* what an operator sees is as of now; the pages behind it go on there */
		question->flushed = request->dossiers.after.len == 0 ? engine->state.sequence : 0;
		return;
	case LT_CONTROL_CHANGES: /* likewise */
		question->flushed = request->after == 0 ? engine->state.sequence : 0;
		return;
	case LT_CONTROL_PROCEDURES:
	case LT_CONTROL_REORGANISATION:
	case LT_CONTROL_CARRIES:
	case LT_CONTROL_FIND:
	case LT_CONTROL_DEFINITIONS:
	case LT_CONTROL_DELAYS:
		question->flushed = engine->state.sequence;
		return;
	case LT_CONTROL_RECORD:
	case LT_CONTROL_DIRECTORY:
	case LT_CONTROL_JOURNAL:
	case LT_CONTROL_LEDGER:
	case LT_CONTROL_COPY: /* what it names is flushed */
	case LT_CONTROL_DEFINE:
	case LT_CONTROL_ADMIN:
	case LT_CONTROL_OUTAGE:
	case LT_CONTROL_ACTIVATE:
	case LT_CONTROL_ERASE:
	case LT_CONTROL_RULES:
	case LT_CONTROL_BACKUP:
		return;
	}
}

enum lt_reason engine_ask(struct engine *engine, struct batch *batch, const struct input *input,
			  const struct lt_control_request *request, struct lt_refusal *refusal)
{
	struct lt_bytes bytes = input->u.control.request;
	enum lt_reason reason = request->type == LT_CONTROL_DOSSIER
					? find_dossier(engine, request->code ? request->code : "", refusal)
					: LT_REASON_NONE;
	if (reason)
		return reason;
	struct inquiry *question = make_question(engine);
	question->operators = true;
	question->client = input->u.control.client;
	LT_ASSERT(lt_buf_append(&question->request, bytes.data, bytes.len) == LT_OK);
	fill_question(engine, request, question);
	batch_add(batch, EFFECT_ASK)->question = question;
	return LT_REASON_NONE;
}

void engine_ask_released(struct engine *engine, struct effect *effect, struct lt_buf *outputs)
{
	struct inquiry *question = effect->question;
	effect->question = NULL;
	if (engine->hooks.ask && engine->hooks.ask(engine->hooks.ctx, question))
		return;
	if (engine->hooks.ask) {
		reader_refuse(engine->reader, question, LT_OVERLOADED, outputs);
	} else {
		if (question->flushed != 0)
			store_flush_now(engine->store); /* who waits for no reader has no flush thread either */
		reader_answer(engine->reader, question, outputs);
	}
	inquiry_free(question);
}
