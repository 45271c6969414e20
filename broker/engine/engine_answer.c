/* engine_answer.c: the answer to an envelope, read back from its record: who asks so late is rare, and one read is no burden. */
#include "engine_internal.h"

#include <string.h>

#include "state/dedup.h"

static enum lt_err read_answer(struct engine *engine, struct dedup_entry *entry)
{
	struct journal_entry found;
	struct lt_record record;
	struct lt_record_digests digests;
	struct lt_outcome outcome = { .reason = LT_REASON_NONE };
	struct lt_refusal refusal = { 0 };
	enum lt_err err = engine_read(engine, entry->sequence, &engine->read, &found);
	if (err)
		return err;
	if (lt_record_decode(found.record, &record, &refusal) || !record.submit ||
	    lt_outcome_decode(record.outcome, engine->control_arena, &outcome, &refusal))
		return LT_ECORRUPT;
	if (record.erased_by)
		memcpy(entry->header_sha256, record.digests[0].data, sizeof(entry->header_sha256));
	else
		lt_sha256(record.header, entry->header_sha256);
	lt_record_digest(&record, entry->header_sha256, &digests);
	entry->time = record.time;
	entry->reason = outcome.reason;
	entry->branch = outcome.branch;
	entry->branch_version = outcome.branch_version;
	entry->receipt = digests.receipt;
	entry->sentence_len = outcome.sentence.len <= sizeof(entry->sentence) ? (uint16_t)outcome.sentence.len : 0;
	if (entry->sentence_len > 0)
		memcpy(entry->sentence, outcome.sentence.data, entry->sentence_len);
	entry->whole = true;
	return LT_OK;
}

enum lt_err engine_answer_of(struct engine *engine, struct dedup_entry *entry)
{
	lt_arena_reset(engine->control_arena);
	enum lt_err err = read_answer(engine, entry);
	lt_arena_reset(engine->control_arena);
	return err;
}
