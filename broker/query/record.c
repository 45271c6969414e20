/* record.c: one record, or the published ones from a sequence on. */
#include "query_internal.h"

#include "state/notices.h"

enum {
	JOURNAL_LIMIT = 1024,          /* records of one answer */
	JOURNAL_ANSWER_BYTES = 8 << 20 /* and their bytes */
};

/* Those of its notices that are signed. */
static void add_notices(struct query *query, struct lt_control_answer *out, uint64_t sequence)
{
	struct lt_record record;
	struct lt_outcome outcome;
	struct lt_refusal refusal = { 0 };
	if (lt_record_decode(out->record.record, &record, &refusal) ||
	    lt_outcome_decode(record.outcome, query->arena, &outcome, &refusal) || outcome.notice_count == 0)
		return;
	out->record.notices = query_alloc(query, outcome.notice_count * sizeof(*out->record.notices));
	for (uint32_t i = 0; i < outcome.notice_count && i < LT_RECORD_NOTICES; i++) {
		struct notice_place place;
		if (notices_get_signed(query->state->store, sequence, i, &place) == LT_OK)
			out->record.notices[out->record.notice_count++] =
				(struct lt_signed_notice){ i, place.sequence, place.at };
	}
}

void query_record(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out)
{
	struct journal_entry entry;
	enum lt_err err = query_entry(query, request->sequence, &entry);
	if (err == LT_ENOENT && request->sequence != 0 && request->sequence <= journal_head(query->journal)) {
		out->reason = LT_RECORD_ARCHIVED;
		out->detail =
			"the folder `archive` of the broker's data; start the broker again when the file is there";
		return;
	}
	if (err) {
		out->reason = LT_RECORD_UNKNOWN;
		out->detail = lt_err_text(err);
		return;
	}
	out->record.record = query_keep(query, entry.record);
	out->record.leaf_hash = query_keep(query, lt_bytes(entry.leaf_hash, sizeof(entry.leaf_hash)));
	out->record.parts_elided = entry.parts_elided;
	add_notices(query, out, request->sequence);
	if (!request->parts || entry.parts_elided || entry.part_count == 0)
		return;
	out->record.parts = query_alloc(query, entry.part_count * sizeof(*out->record.parts));
	out->record.part_count = entry.part_count;
	for (size_t i = 0; i < entry.part_count; i++)
		out->record.parts[i] = query_keep(query, entry.parts[i]);
}

void query_journal(struct query *query, const struct lt_control_request *request, struct lt_control_answer *out)
{
	uint64_t head = journal_head(query->journal), first = journal_first(query->journal);
	uint64_t from = request->sequence < first ? first : request->sequence;
	size_t limit = request->limit == 0 || request->limit > JOURNAL_LIMIT ? JOURNAL_LIMIT : request->limit;
	size_t bytes = 0;
	out->journal.head = head;
	out->journal.records = query_alloc(query, limit * sizeof(*out->journal.records));
	for (uint64_t sequence = from; sequence != 0 && sequence <= head && out->journal.count < limit; sequence++) {
		struct journal_entry entry;
		if (journal_read(query->journal, sequence, &query->buf, &entry) ||
		    (bytes > 0 && bytes + entry.record.len > JOURNAL_ANSWER_BYTES))
			return;
		bytes += entry.record.len;
		out->journal.records[out->journal.count++] = query_keep(query, entry.record);
	}
}
