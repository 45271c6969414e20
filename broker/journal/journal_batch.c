/* journal_batch.c: a batch while it is built, and the walk over its table of lengths.
 *
 * Records, part bytes, what records share and a table of lengths grow in buffers and are put into one frame when it is written.
 * Records are whole in memory; a line of the table says which range of a record is not on the disk with it, and where it stands.
 * Parts stand apart from records so that they can be punched out of the file later and every hash stays: what binds
 * them is the signed header in the record. */
#include "journal_internal.h"

#include "base/fields.h"
#include "program/log.h"

#include <string.h>

void journal_batch_clear(struct journal_batch *batch, uint64_t first)
{
	batch->first = first;
	batch->count = batch->recent_count = 0;
	batch->shared_spared = 0;
	lt_buf_clear(&batch->records);
	lt_buf_clear(&batch->shared);
	lt_buf_clear(&batch->parts);
	lt_buf_clear(&batch->table);
	lt_buf_clear(&batch->leaves);
}

void journal_batch_fini(struct journal_batch *batch)
{
	if (!batch)
		return;
	lt_buf_fini(&batch->records);
	lt_buf_fini(&batch->shared);
	lt_buf_fini(&batch->parts);
	lt_buf_fini(&batch->table);
	lt_buf_fini(&batch->leaves);
}

static enum lt_err reserve(struct journal_batch *batch, struct lt_bytes record, struct journal_shared shared,
			   const struct lt_bytes *parts, size_t part_count)
{
	size_t parts_len = part_count > 0 ? 1 : 0;
	for (size_t i = 0; i < part_count; i++)
		parts_len += parts[i].len;
	enum lt_err err = lt_buf_reserve(&batch->records, record.len);
	if (!err)
		err = lt_buf_reserve(&batch->parts, parts_len);
	if (!err)
		err = lt_buf_reserve(&batch->table, LINE_FIXED + LINE_SHARED + 4 * part_count);
	if (!err)
		err = lt_buf_reserve(&batch->shared, shared.len);
	if (!err)
		err = lt_buf_reserve(&batch->leaves, 32);
	return err;
}

/* Where the piece stands in `shared`; it is added when it is not among the recent ones. The last one first: the envelopes of a
 * signed root follow each other. */
static uint32_t share(struct journal_batch *batch, struct lt_bytes piece)
{
	uint32_t count = batch->recent_count, known = count < JOURNAL_SHARED_RECENT ? count : JOURNAL_SHARED_RECENT;
	for (uint32_t i = 1; i <= known; i++) {
		uint32_t slot = (count - i) % JOURNAL_SHARED_RECENT;
		uint32_t from = batch->recent[slot].from;
		if (batch->recent[slot].len == piece.len &&
		    memcmp(batch->shared.data + from, piece.data, piece.len) == 0)
			return from;
	}
	uint32_t from = (uint32_t)batch->shared.len, slot = count % JOURNAL_SHARED_RECENT;
	batch->recent[slot].from = from;
	batch->recent[slot].len = (uint16_t)piece.len;
	batch->recent_count++;
	lt_buf_append(&batch->shared, piece.data, piece.len);
	return from;
}

/* Returns its length. */
static size_t put_line(struct journal_batch *batch, struct lt_bytes record, struct journal_shared shared,
		       size_t part_count)
{
	uint8_t *line = batch->table.data + batch->table.len;
	fields_raw_put32(line, (uint32_t)record.len);
	line[4] = (uint8_t)part_count;
	line[5] = shared.len > 0;
	if (shared.len == 0)
		return LINE_FIXED;
	fields_raw_put32(line + LINE_FIXED, shared.at);
	fields_raw_put32(line + LINE_FIXED + 4, share(batch, lt_bytes(record.data + shared.at, shared.len)));
	fields_raw_put16(line + LINE_FIXED + 8, shared.len);
	batch->shared_spared += shared.len - 1u;
	return LINE_FIXED + LINE_SHARED;
}

/* All memory is there before the first byte is added: on failure the batch is as it was. */
enum lt_err journal_batch_add(struct journal_batch *batch, struct lt_bytes record, struct journal_shared shared,
			      const uint8_t leaf[32], const struct lt_bytes *parts, size_t part_count)
{
	LT_ASSERT(part_count <= 32 && shared.at <= record.len && shared.len <= record.len - shared.at);
	LT_ASSERT(record.len > 0 && record.len <= UINT32_MAX - batch->records.len && batch->count < FRAME_RECORDS_MAX);
	enum lt_err err = reserve(batch, record, shared, parts, part_count);
	if (err)
		return err;
	batch->table.len += put_line(batch, record, shared, part_count);
	uint8_t *lens = batch->table.data + batch->table.len;
	lt_buf_append(&batch->records, record.data, record.len);
	if (part_count > 0) {
		static const uint8_t mark = FRAME_PART_MARK;
		lt_buf_append(&batch->parts, &mark, 1);
	}
	for (size_t i = 0; i < part_count; i++) {
		LT_ASSERT(parts[i].len <= UINT32_MAX);
		fields_raw_put32(lens + 4 * i, (uint32_t)parts[i].len);
		lt_buf_append(&batch->parts, parts[i].data, parts[i].len);
	}
	batch->table.len += 4 * part_count;
	lt_buf_append(&batch->leaves, leaf, 32);
	batch->count++;
	return LT_OK;
}

void table_begin(struct table_walk *walk, struct lt_bytes table, bool on_disk)
{
	*walk = (struct table_walk){ .table = table, .on_disk = on_disk };
}

/* False: there is none where the line says that there is one. */
static bool read_shared(struct table_walk *walk, const uint8_t *line)
{
	walk->shared_at = fields_raw_get32(line);
	walk->shared_from = fields_raw_get32(line + 4);
	walk->shared_len = fields_raw_get16(line + 8);
	return walk->shared_len > 0 && walk->shared_at <= walk->record_len &&
	       walk->shared_len <= walk->record_len - walk->shared_at;
}

bool table_next(struct table_walk *walk)
{
	walk->record_offset += walk->on_disk ? walk->disk_len : walk->record_len;
	walk->parts_offset += walk->parts_len;
	size_t left = walk->table.len - walk->at, fixed = LINE_FIXED;
	if (left < LINE_FIXED)
		return false;
	const uint8_t *line = walk->table.data + walk->at;
	walk->record_len = walk->disk_len = fields_raw_get32(line);
	walk->part_count = line[4];
	walk->shared_len = 0;
	if (line[5] > 1 || walk->part_count > 32)
		return false;
	if (line[5]) {
		fixed += LINE_SHARED;
		if (left < fixed || !read_shared(walk, line + LINE_FIXED))
			return false;
		walk->disk_len = walk->record_len - walk->shared_len + 1;
	}
	if ((left - fixed) / 4 < walk->part_count)
		return false;
	walk->part_lens = line + fixed;
	walk->parts_len = walk->part_count > 0 ? 1 : 0;
	for (uint32_t i = 0; i < walk->part_count; i++)
		walk->parts_len += fields_raw_get32(walk->part_lens + (size_t)4 * i);
	walk->at += fixed + (size_t)4 * walk->part_count;
	return true;
}

bool table_to(struct table_walk *walk, uint64_t index)
{
	for (uint64_t i = 0; i <= index; i++)
		if (!table_next(walk))
			return false;
	return true;
}

enum lt_err table_join(const struct table_walk *walk, const uint8_t *record, const uint8_t *shared, struct lt_buf *out)
{
	if (walk->shared_len == 0)
		return lt_buf_append(out, record, walk->record_len);
	size_t behind = walk->record_len - walk->shared_at - walk->shared_len;
	enum lt_err err = lt_buf_reserve(out, walk->record_len);
	if (err)
		return err;
	if (record[0] != FRAME_SHARED_MARK && record[0] != FRAME_ALONE_MARK)
		return LT_ECORRUPT;
	lt_buf_append(out, record + 1, walk->shared_at);
	if (record[0] == FRAME_SHARED_MARK)
		lt_buf_append(out, shared, walk->shared_len);
	return lt_buf_append(out, record + 1 + walk->shared_at, behind);
}

void table_entry(const struct table_walk *walk, struct lt_bytes record, const uint8_t *parts, struct journal_entry *out)
{
	out->record = record;
	out->part_count = walk->part_count;
	out->parts_elided = walk->part_count > 0 && parts[0] != FRAME_PART_MARK;
	const uint8_t *at = walk->part_count > 0 ? parts + 1 : NULL;
	for (uint32_t i = 0; i < walk->part_count; i++) {
		size_t len = fields_raw_get32(walk->part_lens + (size_t)4 * i);
		out->parts[i] = (struct lt_bytes){ .data = out->parts_elided ? NULL : at, .len = len };
		at += len;
	}
}

void journal_batch_entry(const struct journal_batch *batch, uint64_t sequence, struct journal_entry *out)
{
	LT_ASSERT(sequence >= batch->first && sequence - batch->first < batch->count);
	struct table_walk walk;
	table_begin(&walk, lt_buf_bytes(&batch->table), false);
	LT_ASSERT(table_to(&walk, sequence - batch->first));
	out->sequence = sequence;
	const uint8_t *parts = batch->parts.data ? batch->parts.data + walk.parts_offset : NULL;
	table_entry(&walk, lt_bytes(batch->records.data + walk.record_offset, walk.record_len), parts, out);
	memcpy(out->leaf_hash, batch->leaves.data + (sequence - batch->first) * 32, 32);
}
