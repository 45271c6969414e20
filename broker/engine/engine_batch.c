/* engine_batch.c: a batch: its records, and what follows when they are on disk.
 *
 * Records go into the journal's batch as bytes. Effects stand beside them in one list, with their data in one buffer,
 * so that a batch of hundreds of envelopes allocates nothing once its buffers have grown. A batch is full by records
 * or by bytes: both bound how long the first of them waits for the sync. */
#include <stdlib.h>
#include <string.h>

#include "engine_internal.h"
#include "base/fields.h"
#include "program/log.h"

struct batch *batch_new(void)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	LT_ASSERT(batch);
	journal_batch_clear(&batch->journal, 0);
	return batch;
}

void batch_release_effects(struct batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		rulebook_unref(batch->effects[i].rulebook);
		inquiry_free(batch->effects[i].question);
	}
	batch->count = 0;
	lt_buf_clear(&batch->data);
}

void batch_free(struct batch *batch)
{
	if (!batch)
		return;
	batch_release_effects(batch);
	journal_batch_fini(&batch->journal);
	lt_buf_fini(&batch->data);
	free(batch->effects);
	free(batch);
}

bool batch_empty(const struct batch *batch)
{
	return batch->journal.count == 0 && batch->count == 0;
}

bool batch_full(const struct batch *batch)
{
	return batch->journal.count >= BROKER_BATCH_RECORDS || batch->count >= BATCH_EFFECTS_MAX ||
	       batch->journal.records.len + batch->journal.parts.len + batch->data.len >= BROKER_BATCH_BYTES;
}

const struct journal_batch *batch_journal(const struct batch *batch)
{
	return &batch->journal;
}

uint64_t batch_definitions(const struct batch *batch)
{
	return batch->definitions;
}

struct effect *batch_add(struct batch *batch, enum effect_type type)
{
	if (batch->count == batch->cap) {
		batch->cap = batch->cap == 0 ? 256 : batch->cap * 2;
		batch->effects = realloc(batch->effects, batch->cap * sizeof(*batch->effects));
		LT_ASSERT(batch->effects);
	}
	struct effect *effect = &batch->effects[batch->count++];
	*effect = (struct effect){ .type = type, .next = UINT32_MAX };
	return effect;
}

void batch_set_data(struct batch *batch, struct effect *effect, struct lt_bytes data)
{
	effect->data_at = batch->data.len;
	effect->data_len = data.len;
	LT_ASSERT(lt_buf_append(&batch->data, data.data, data.len) == LT_OK);
}

struct effect *batch_answer(struct engine *engine, struct batch *batch, const struct input *input)
{
	struct effect *effect = batch_add(batch, EFFECT_ANSWER);
	uint32_t at = batch->count - 1;
	struct courier_session *session = courier_session(&engine->courier, input->session);
	effect->session = input->session;
	effect->bytes = input->u.submit.bytes;
	effect->index = input->u.submit.index;
	if (input->u.submit.id.len == sizeof(effect->id)) {
		effect->has_id = true;
		memcpy(effect->id, input->u.submit.id.data, sizeof(effect->id));
	}
	if (!session)
		return effect;
	if (session->chain_round == batch->round) {
		batch->effects[session->chain_last].next = at;
		effect->chained = true;
	}
	session->chain_round = batch->round;
	session->chain_last = at;
	return effect;
}
