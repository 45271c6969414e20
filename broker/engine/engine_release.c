/* engine_release.c: a batch is on disk: now, and only now, its effects go out.
 *
 * A batch carries a list of effects in the order in which they were made. Release walks it once: answers to one
 * session are chained and go out together; mail wakes the courier; a rulebook is published; part bytes are punched out
 * of the journal; what a query or an operator was answered is sent. The struct commit that is asked for can only be
 * made by journal_write, so no path leads here without a sync. A batch without records has an empty commit and is
 * still released in its turn: its answers were true at a sequence that is now on disk. */
#include <string.h>

#include "engine_internal.h"
#include "program/log.h"

static const char *say(struct engine *engine, struct lt_bytes sentence, enum lt_language language)
{
	char said[LT_SENTENCE_TEXT];
	size_t len = strlen(lt_sentence_say(sentence, language, said, sizeof(said)));
	char *text = lt_arena_alloc(engine->pump_arena, len + 1);
	LT_ASSERT(text);
	return memcpy(text, said, len + 1);
}

static void fill_answer(struct engine *engine, const struct batch *batch, const struct effect *effect,
			struct lt_answer *out)
{
	*out = (struct lt_answer){
		.reason = effect->reason,
		.id = effect->has_id ? lt_bytes(effect->id, sizeof(effect->id)) : (struct lt_bytes){ 0 },
		.sender = effect->sender,
		.sequence = effect->sequence,
		.time = effect->time,
		.branch = effect->branch,
		.branch_version = effect->branch_version,
		.detail = "",
		.vietnamese = "",
		.retry = effect->retry,
		.index = effect->index,
	};
	if (effect->reason) {
		out->sentence = lt_bytes(batch->data.data + effect->data_at, effect->data_len);
		out->detail = say(engine, out->sentence, LT_ENGLISH);
		out->vietnamese = say(engine, out->sentence, LT_VIETNAMESE);
		return;
	}
	out->head = lt_bytes(effect->receipt.head, sizeof(effect->receipt.head));
	out->verdict_digest = lt_bytes(effect->receipt.verdict, sizeof(effect->receipt.verdict));
	out->outcome_digest = lt_bytes(effect->receipt.outcome, sizeof(effect->receipt.outcome));
}

static void put_answers(struct engine *engine, struct session_ref session, const struct lt_answer *answers,
			size_t count, uint32_t bytes, struct lt_buf *outputs)
{
	struct lt_link link = { .type = LT_LINK_ANSWERS };
	link.u.answers.count = count;
	memcpy(&link.u.answers.answers, &answers, sizeof(answers));
	engine_put_link(engine, &link);
	struct output out = {
		.type = OUTPUT_SEND,
		.session = session,
		.answered = (uint32_t)count,
		.answered_bytes = bytes,
		.data = lt_buf_bytes(&engine->message),
	};
	LT_ASSERT(output_encode(&out, outputs) == LT_OK);
	lt_arena_reset(engine->pump_arena);
}

/* All answers of the batch to one session, up to LT_LINK_BATCH_MAX in one message. */
static void release_answers(struct engine *engine, const struct batch *batch, const struct effect *first,
			    struct lt_buf *outputs)
{
	struct lt_answer answers[LT_LINK_BATCH_MAX];
	size_t count = 0;
	uint32_t bytes = 0;
	const struct effect *effect = first;
	lt_arena_reset(engine->pump_arena);
	for (;;) {
		fill_answer(engine, batch, effect, &answers[count++]);
		bytes += effect->bytes;
		bool last = effect->next == UINT32_MAX;
		if (count == LT_LINK_BATCH_MAX || last) {
			put_answers(engine, first->session, answers, count, bytes, outputs);
			count = 0;
			bytes = 0;
		}
		if (last)
			return;
		effect = &batch->effects[effect->next];
	}
}

static void release_bye(struct engine *engine, const struct batch *batch, const struct effect *effect,
			struct lt_buf *outputs)
{
	struct lt_link link = { .type = LT_LINK_BYE };
	char room[LT_SENTENCE_TEXT];
	struct lt_refusal why;
	lt_refuse_again(&why, effect->reason, lt_bytes(batch->data.data + effect->data_at, effect->data_len));
	link.u.bye = (struct lt_bye){ .reason = effect->reason, .said = lt_link_said(&why, room) };
	engine_put_link(engine, &link);
	struct output out = { .type = OUTPUT_BYE, .session = effect->session, .data = lt_buf_bytes(&engine->message) };
	LT_ASSERT(output_encode(&out, outputs) == LT_OK);
}

static void release_data(const struct batch *batch, const struct effect *effect, enum output_type type,
			 struct lt_buf *outputs)
{
	struct output out = {
		.type = type,
		.session = effect->session,
		.client = effect->client,
		.data = lt_bytes(batch->data.data + effect->data_at, effect->data_len),
	};
	LT_ASSERT(output_encode(&out, outputs) == LT_OK);
}

/* ---- part bytes ---- */

/* False: the journal still tells its last batch from a torn one by them. */
static bool punch(struct engine *engine, uint64_t sequence)
{
	enum lt_err err = journal_elide(engine->journal, sequence);
	if (err && err != LT_ENOENT && err != LT_EAGAIN) /* they stay on the disk, which costs only space */
		lt_log(LT_LOG_ERROR, "part bytes of a record cannot be removed", "sequence", lt_log_u64(sequence),
		       "error", lt_err_text(err), NULL);
	return err != LT_EAGAIN;
}

void engine_punch(struct engine *engine, uint64_t sequence)
{
	if (!punch(engine, sequence))
		LT_ASSERT(lt_buf_append(&engine->punches, &sequence, sizeof(sequence)) == LT_OK);
}

/* Those that had to wait. */
static void punch_again(struct engine *engine)
{
	size_t kept = 0;
	for (size_t at = 0; at < engine->punches.len; at += sizeof(uint64_t)) {
		uint64_t sequence;
		memcpy(&sequence, engine->punches.data + at, sizeof(sequence));
		if (punch(engine, sequence))
			continue;
		memcpy(engine->punches.data + kept, &sequence, sizeof(sequence));
		kept += sizeof(sequence);
	}
	engine->punches.len = kept;
}

static void release_elide(struct engine *engine, const struct batch *batch, const struct effect *effect)
{
	for (size_t i = 0; i < effect->data_len; i += sizeof(uint64_t)) {
		uint64_t sequence;
		memcpy(&sequence, batch->data.data + effect->data_at + i, sizeof(sequence));
		engine_punch(engine, sequence);
	}
}

static void release_erase(struct engine *engine, const struct batch *batch, const struct effect *effect)
{
	uint64_t sequences[LT_ERASE_MAX];
	LT_ASSERT(effect->data_len <= sizeof(sequences));
	memcpy(sequences, batch->data.data + effect->data_at, effect->data_len);
	engine_erase(engine, sequences, effect->data_len / sizeof(sequences[0]), effect->sequence);
}

/* ---- all of it ---- */

static void release_effect(struct engine *engine, struct batch *batch, struct effect *effect, struct lt_buf *outputs)
{
	switch (effect->type) {
	case EFFECT_ANSWER:
		if (!effect->chained)
			release_answers(engine, batch, effect, outputs);
		return;
	case EFFECT_SEND:
		release_data(batch, effect, OUTPUT_SEND, outputs);
		return;
	case EFFECT_BYE:
		release_bye(engine, batch, effect, outputs);
		return;
	case EFFECT_SESSION:
		engine_session_released(engine, batch, effect, outputs);
		return;
	case EFFECT_CONTROL:
		release_data(batch, effect, OUTPUT_CONTROL, outputs);
		return;
	case EFFECT_ASK:
		engine_ask_released(engine, effect, outputs);
		return;
	case EFFECT_MAIL:
		courier_posted(&engine->courier, effect->mailbox, effect->number);
		return;
	case EFFECT_RULEBOOK:
		if (engine->hooks.publish)
			engine->hooks.publish(engine->hooks.ctx, effect->rulebook);
		return;
	case EFFECT_ELIDE:
		release_elide(engine, batch, effect);
		return;
	case EFFECT_ERASE:
		release_erase(engine, batch, effect);
		return;
	case EFFECT_LARGE:
	case EFFECT_LARGE_GONE:
		engine_large_released(engine, batch, effect);
		return;
	case EFFECT_CLOSED:
		engine_closed_released(engine, effect->mailbox, outputs);
		return;
	}
	lt_fatal("effect %d", (int)effect->type);
}

void engine_release(struct engine *engine, struct batch *batch, const struct commit *commit, struct lt_buf *outputs)
{
	const struct journal_batch *journal = &batch->journal;
	LT_ASSERT(batch->sealed && engine->sealed_first == batch);
	if (journal->count > 0) {
		LT_ASSERT(commit->first == journal->first && commit->last == journal->first + journal->count - 1);
		journal_publish(engine->journal, commit, journal);
		store_committed(engine->store, commit->last);
	}
	punch_again(engine);
	engine->sealed_first = batch->next;
	if (!engine->sealed_first)
		engine->sealed_last = NULL;
	for (uint32_t i = 0; i < batch->count; i++)
		release_effect(engine, batch, &batch->effects[i], outputs);
	batch_release_effects(batch);
	journal_batch_clear(&batch->journal, 0);
	batch->sealed = false;
	batch->next = NULL;
}
