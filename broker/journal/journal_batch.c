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

/* From where the piece begins. */
static size_t end_of(struct journal_shared shared)
{
	return shared.len + (shared.steps > 0 ? shared.gap + shared.steps * JOURNAL_STEP : 0u);
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
		err = lt_buf_reserve(&batch->table, LINE_FIXED + LINE_SHARED + LINE_PATH + 4 * part_count);
	if (!err)
		err = lt_buf_reserve(&batch->shared, shared.len + shared.steps * (STEP_NEXT + JOURNAL_STEP));
	if (!err)
		err = lt_buf_reserve(&batch->leaves, 32);
	return err;
}

/* Which of the recent ones the piece is; it is added when it is none. The last one first: the envelopes of a signed root follow
 * each other. */
static uint32_t share(struct journal_batch *batch, struct lt_bytes piece)
{
	uint32_t count = batch->recent_count, known = count < JOURNAL_SHARED_RECENT ? count : JOURNAL_SHARED_RECENT;
	for (uint32_t i = 1; i <= known; i++) {
		uint32_t slot = (count - i) % JOURNAL_SHARED_RECENT;
		uint32_t from = batch->recent[slot].from;
		if (batch->recent[slot].len == piece.len &&
		    memcmp(batch->shared.data + from, piece.data, piece.len) == 0)
			return slot;
	}
	uint32_t slot = count % JOURNAL_SHARED_RECENT;
	batch->recent[slot].from = (uint32_t)batch->shared.len;
	batch->recent[slot].len = (uint16_t)piece.len;
	batch->recent[slot].steps = 0;
	batch->recent_count++;
	lt_buf_append(&batch->shared, piece.data, piece.len);
	return slot;
}

/* Where the first step of a path stands in `shared`. From its end on a path is mostly that of the record before: neighbours in
 * a tree part near the leaves. */
static uint32_t share_path(struct journal_batch *batch, uint32_t slot, const uint8_t *steps, uint32_t count)
{
	uint32_t *path = batch->recent[slot].path, next = 0;
	bool known = true;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *step = steps + (size_t)JOURNAL_STEP * (count - 1 - i);
		known = known && i < batch->recent[slot].steps &&
			memcmp(batch->shared.data + path[i] + STEP_NEXT, step, JOURNAL_STEP) == 0;
		if (!known) {
			uint8_t place[STEP_NEXT];
			path[i] = (uint32_t)batch->shared.len;
			fields_raw_put32(place, next);
			lt_buf_append(&batch->shared, place, STEP_NEXT);
			lt_buf_append(&batch->shared, step, JOURNAL_STEP);
		}
		next = path[i];
	}
	batch->recent[slot].steps = (uint8_t)count;
	return next;
}

/* Returns its length. */
static size_t put_line(struct journal_batch *batch, struct lt_bytes record, struct journal_shared shared,
		       size_t part_count)
{
	uint8_t *line = batch->table.data + batch->table.len;
	fields_raw_put32(line, (uint32_t)record.len);
	line[4] = (uint8_t)part_count;
	line[5] = (uint8_t)(shared.len == 0 ? LINE_WHOLE : shared.steps == 0 ? LINE_PIECE : LINE_PIECE_AND_PATH);
	if (shared.len == 0)
		return LINE_FIXED;
	const uint8_t *piece = record.data + shared.at, *steps = piece + shared.len + shared.gap;
	uint32_t slot = share(batch, lt_bytes(piece, shared.len));
	fields_raw_put32(line + LINE_FIXED, shared.at);
	fields_raw_put32(line + LINE_FIXED + 4, batch->recent[slot].from);
	fields_raw_put16(line + LINE_FIXED + 8, shared.len);
	batch->shared_spared += shared.len - 1u;
	if (shared.steps == 0)
		return LINE_FIXED + LINE_SHARED;
	uint8_t *path = line + LINE_FIXED + LINE_SHARED;
	path[0] = shared.gap;
	path[1] = shared.steps;
	fields_raw_put32(path + 2, share_path(batch, slot, steps, shared.steps));
	batch->shared_spared += shared.steps * JOURNAL_STEP;
	return LINE_FIXED + LINE_SHARED + LINE_PATH;
}

/* All memory is there before the first byte is added: on failure the batch is as it was. */
enum lt_err journal_batch_add(struct journal_batch *batch, struct lt_bytes record, struct journal_shared shared,
			      const uint8_t leaf[32], const struct lt_bytes *parts, size_t part_count)
{
	LT_ASSERT(part_count <= 32 && shared.steps <= JOURNAL_STEPS_MAX && shared.at <= record.len);
	LT_ASSERT(end_of(shared) <= record.len - shared.at);
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

/* What the line says of shared bytes, `left` of the table behind its fixed ones. Returns the length of it; 0: it does not hold. */
static size_t read_shared(struct table_walk *walk, uint8_t kind, const uint8_t *line, size_t left)
{
	size_t len = kind == LINE_PIECE ? LINE_SHARED : LINE_SHARED + LINE_PATH;
	if (left < len)
		return 0;
	struct journal_shared shared = { .at = fields_raw_get32(line), .len = fields_raw_get16(line + 8) };
	walk->shared_at = shared.at;
	walk->shared_from = fields_raw_get32(line + 4);
	walk->shared_len = shared.len;
	if (kind == LINE_PIECE_AND_PATH) {
		walk->path_gap = shared.gap = line[LINE_SHARED];
		walk->steps = shared.steps = line[LINE_SHARED + 1];
		walk->path_from = fields_raw_get32(line + LINE_SHARED + 2);
	}
	bool holds = shared.len > 0 && (kind == LINE_PIECE) == (shared.steps == 0) && shared.at <= walk->record_len &&
		     end_of(shared) <= walk->record_len - shared.at;
	return holds ? len : 0;
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
	walk->shared_len = walk->steps = 0;
	if (line[5] > LINE_PIECE_AND_PATH || walk->part_count > 32)
		return false;
	if (line[5] != LINE_WHOLE) {
		size_t len = read_shared(walk, line[5], line + LINE_FIXED, left - LINE_FIXED);
		if (len == 0)
			return false;
		fixed += len;
		walk->disk_len = walk->record_len - walk->shared_len - walk->steps * JOURNAL_STEP + 1;
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

void table_split(const struct table_walk *walk, const uint8_t *record, struct lt_buf *out)
{
	static const uint8_t mark = FRAME_SHARED_MARK;
	if (walk->shared_len == 0) {
		lt_buf_append(out, record, walk->record_len);
		return;
	}
	const uint8_t *behind = record + walk->shared_at + walk->shared_len;
	size_t gap = walk->steps > 0 ? walk->path_gap : 0;
	const uint8_t *rest = behind + gap + (size_t)walk->steps * JOURNAL_STEP;
	lt_buf_append(out, &mark, 1);
	lt_buf_append(out, record, walk->shared_at);
	lt_buf_append(out, behind, gap);
	lt_buf_append(out, rest, (size_t)(record + walk->record_len - rest));
}

static enum lt_err join_path(const struct table_walk *walk, struct lt_bytes shared, struct lt_buf *out)
{
	uint32_t from = walk->path_from;
	for (uint32_t i = 0; i < walk->steps; i++) {
		if (shared.len < STEP_NEXT + JOURNAL_STEP || from > shared.len - STEP_NEXT - JOURNAL_STEP)
			return LT_ECORRUPT;
		lt_buf_append(out, shared.data + from + STEP_NEXT, JOURNAL_STEP);
		from = fields_raw_get32(shared.data + from);
	}
	return LT_OK;
}

enum lt_err table_join(const struct table_walk *walk, const uint8_t *record, struct lt_bytes shared, struct lt_buf *out)
{
	if (walk->shared_len == 0)
		return lt_buf_append(out, record, walk->record_len);
	enum lt_err err = lt_buf_reserve(out, walk->record_len);
	if (err)
		return err;
	if ((uint64_t)walk->shared_from + walk->shared_len > shared.len)
		return LT_ECORRUPT;
	size_t gap = walk->steps > 0 ? walk->path_gap : 0, before = walk->shared_at + gap;
	if (record[0] == FRAME_ALONE_MARK)
		return lt_buf_append(out, record + 1, walk->disk_len - 1);
	if (record[0] != FRAME_SHARED_MARK)
		return LT_ECORRUPT;
	lt_buf_append(out, record + 1, walk->shared_at);
	lt_buf_append(out, shared.data + walk->shared_from, walk->shared_len);
	lt_buf_append(out, record + 1 + walk->shared_at, gap);
	err = join_path(walk, shared, out);
	return err ? err : lt_buf_append(out, record + 1 + before, walk->disk_len - 1 - before);
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
