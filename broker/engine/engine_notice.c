/* engine_notice.c: notices on their way out to be signed. */
#include "engine_internal.h"

#include <string.h>

#include "base/fields.h"
#include "program/log.h"
#include "state/notices.h"

/* Header of a notice, as its record made it; lives until the arena is reset. False: it cannot be read. */
static bool read_header(struct engine *engine, uint64_t sequence, uint32_t index, struct lt_arena *arena,
			struct lt_record *record, struct lt_outcome *outcome, struct lt_bytes *out)
{
	struct journal_entry entry;
	struct lt_refusal refusal;
	struct lt_buf *buf = &engine->made;
	if (journal_read(engine->journal, sequence, buf, &entry) || lt_record_decode(entry.record, record, &refusal))
		return false;
	uint8_t *copy = lt_arena_alloc(arena, record->outcome.len);
	LT_ASSERT(copy);
	memcpy(copy, record->outcome.data, record->outcome.len);
	if (lt_outcome_decode(lt_bytes(copy, record->outcome.len), arena, outcome, &refusal) ||
	    index >= outcome->notice_count)
		return false;
	*out = outcome->notices[index];
	return true;
}

static bool next_unsigned(struct engine *engine, uint64_t *sequence, uint32_t *index, uint32_t *recipients,
			  uint64_t *dossier)
{
	*sequence = engine->signing_sequence;
	*index = engine->signing_index;
	return engine->state.unsigned_notices > 0 &&
	       notices_next(engine->store, sequence, index, recipients, dossier) == LT_OK &&
	       *sequence <= journal_head(engine->journal);
}

bool engine_unsigned(struct engine *engine, struct lt_buf *out)
{
	uint64_t sequence, dossier;
	uint32_t index, recipients, count = 0, mail = 0;
	struct fields_writer writer = { .buf = out };
	struct lt_record record;
	struct lt_outcome outcome;
	while (count < BROKER_SIGN_NOTICES && next_unsigned(engine, &sequence, &index, &recipients, &dossier) &&
	       mail + recipients <= APPLY_MAIL_MAX) {
		lt_arena_reset(engine->pump_arena);
		struct lt_bytes header;
		engine->signing_sequence = sequence;
		engine->signing_index = index + 1;
		if (!read_header(engine, sequence, index, engine->pump_arena, &record, &outcome, &header) ||
		    (dossier != 0 && dossier_load_known(engine->store, dossier, &engine->dossier))) {
			/* It stays unsigned, and is looked at again at the next start. The others go on. */
			lt_log(LT_LOG_ERROR, "a notice cannot be signed: its record or its dossier cannot be read",
			       "sequence", lt_log_u64(sequence), NULL);
			continue;
		}
		fields_put_u64(&writer, sequence);
		fields_put_u32(&writer, index);
		fields_put_bytes(&writer, header);
		mail += recipients;
		count++;
	}
	LT_ASSERT(!writer.failed);
	return count > 0;
}

void engine_sign_again(struct engine *engine)
{
	engine->signing_sequence = 0;
	engine->signing_index = 0;
}
