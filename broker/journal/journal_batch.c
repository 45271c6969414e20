/* journal_batch.c: a batch while it is built, and the walk over its table of lengths.
 *
 * Records, part bytes and a table of lengths grow in three buffers and are put into one frame when it is written.
 * Parts stand apart from records so that they can be punched out of the file later and every hash stays: what binds
 * them is the signed header in the record. */
#include "journal_internal.h"

#include "base/fields.h"
#include "program/log.h"

#include <string.h>

void journal_batch_clear(struct journal_batch *batch, uint64_t first)
{
	batch->first = first;
	batch->count = 0;
	lt_buf_clear(&batch->records);
	lt_buf_clear(&batch->parts);
	lt_buf_clear(&batch->table);
	lt_buf_clear(&batch->leaves);
}

void journal_batch_fini(struct journal_batch *batch)
{
	if (!batch)
		return;
	lt_buf_fini(&batch->records);
	lt_buf_fini(&batch->parts);
	lt_buf_fini(&batch->table);
	lt_buf_fini(&batch->leaves);
}

static enum lt_err reserve(struct journal_batch *batch, struct lt_bytes record, const struct lt_bytes *parts,
			   size_t part_count)
{
	size_t parts_len = part_count > 0 ? 1 : 0;
	for (size_t i = 0; i < part_count; i++)
		parts_len += parts[i].len;
	enum lt_err err = lt_buf_reserve(&batch->records, record.len);
	if (!err)
		err = lt_buf_reserve(&batch->parts, parts_len);
	if (!err)
		err = lt_buf_reserve(&batch->table, 6 + 4 * part_count);
	if (!err)
		err = lt_buf_reserve(&batch->leaves, 32);
	return err;
}

/* All memory is there before the first byte is added: on failure the batch is as it was. */
enum lt_err journal_batch_add(struct journal_batch *batch, struct lt_bytes record, const uint8_t leaf[32],
			      const struct lt_bytes *parts, size_t part_count)
{
	LT_ASSERT(part_count <= 32);
	LT_ASSERT(record.len > 0 && record.len <= UINT32_MAX - batch->records.len && batch->count < FRAME_RECORDS_MAX);
	enum lt_err err = reserve(batch, record, parts, part_count);
	if (err)
		return err;
	uint8_t *line = batch->table.data + batch->table.len;
	fields_raw_put32(line, (uint32_t)record.len);
	fields_raw_put16(line + 4, (uint16_t)part_count);
	lt_buf_append(&batch->records, record.data, record.len);
	if (part_count > 0) {
		static const uint8_t mark = FRAME_PART_MARK;
		lt_buf_append(&batch->parts, &mark, 1);
	}
	for (size_t i = 0; i < part_count; i++) {
		LT_ASSERT(parts[i].len <= UINT32_MAX);
		fields_raw_put32(line + 6 + 4 * i, (uint32_t)parts[i].len);
		lt_buf_append(&batch->parts, parts[i].data, parts[i].len);
	}
	batch->table.len += 6 + 4 * part_count;
	lt_buf_append(&batch->leaves, leaf, 32);
	batch->count++;
	return LT_OK;
}

void table_begin(struct table_walk *walk, struct lt_bytes table)
{
	*walk = (struct table_walk){ .table = table };
}

bool table_next(struct table_walk *walk)
{
	walk->record_offset += walk->record_len;
	walk->parts_offset += walk->parts_len;
	size_t left = walk->table.len - walk->at;
	if (left < 6)
		return false;
	const uint8_t *line = walk->table.data + walk->at;
	walk->record_len = fields_raw_get32(line);
	walk->part_count = fields_raw_get16(line + 4);
	if (walk->part_count > 32 || (left - 6) / 4 < walk->part_count)
		return false;
	walk->part_lens = line + 6;
	walk->parts_len = walk->part_count > 0 ? 1 : 0;
	for (uint32_t i = 0; i < walk->part_count; i++)
		walk->parts_len += fields_raw_get32(walk->part_lens + (size_t)4 * i);
	walk->at += 6 + (size_t)4 * walk->part_count;
	return true;
}

bool table_to(struct table_walk *walk, uint64_t index)
{
	for (uint64_t i = 0; i <= index; i++)
		if (!table_next(walk))
			return false;
	return true;
}

void table_entry(const struct table_walk *walk, const uint8_t *record, const uint8_t *parts, struct journal_entry *out)
{
	out->record = lt_bytes(record, walk->record_len);
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
	table_begin(&walk, lt_buf_bytes(&batch->table));
	LT_ASSERT(table_to(&walk, sequence - batch->first));
	out->sequence = sequence;
	const uint8_t *parts = batch->parts.data ? batch->parts.data + walk.parts_offset : NULL;
	table_entry(&walk, batch->records.data + walk.record_offset, parts, out);
	memcpy(out->leaf_hash, batch->leaves.data + (sequence - batch->first) * 32, 32);
}
