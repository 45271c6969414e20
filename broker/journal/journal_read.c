/* journal_read.c: records back from memory or disk, part bytes punched out, all of it checked. */
#include "journal_internal.h"

#include "base/fields.h"

#include <stdio.h>
#include <string.h>

static enum lt_err read_all(const struct disk *disk, int file, uint64_t offset, size_t len, struct lt_buf *buf)
{
	enum lt_err err = lt_buf_reserve(buf, len);
	size_t got = 0;
	if (!err)
		err = disk->read(disk->ctx, file, offset, buf->data + buf->len, len, &got);
	if (err)
		return err;
	buf->len += got;
	return got == len ? LT_OK : LT_ECORRUPT;
}

enum lt_err journal_find(struct journal *journal, uint64_t sequence, struct segment **out, uint64_t *offset,
			 struct frame *frame, struct table_walk *walk)
{
	struct segment *segment = segment_of(journal, sequence);
	if (!segment || sequence > journal->head)
		return LT_ENOENT;
	enum lt_err err = segment_ready(journal, segment);
	if (err)
		return err;
	struct lt_buf *buf = &journal->scratch.bytes;
	*out = segment;
	*offset = segment->index.entries[sequence - segment->first].offset;
	if (*offset == INDEX_UNREADABLE) {
		segment_release(journal, segment); /* a rebuilt one: perhaps the disk gives it next time */
		return LT_ECORRUPT;
	}
	lt_buf_clear(buf);
	err = read_all(journal->disk, segment->file, *offset, FRAME_HEADER, buf);
	if (err)
		return err;
	if (!frame_decode(buf->data, frame) || frame->segment != segment->first || frame->first > sequence ||
	    sequence - frame->first >= frame->count)
		return LT_ECORRUPT;
	err = read_all(journal->disk, segment->file, *offset + FRAME_HEADER, frame->table_len, buf);
	if (err)
		return err;
	table_begin(walk, frame_table(frame, &journal->scratch), true);
	if (!table_to(walk, sequence - frame->first) || walk->record_offset + walk->disk_len > frame->records_len ||
	    walk->parts_offset + walk->parts_len > frame->parts_len)
		return LT_ECORRUPT;
	return LT_OK;
}

/* The whole record at which the walk stands, appended. */
static enum lt_err read_record(struct journal *journal, const struct segment *segment, uint64_t offset,
			       const struct frame *frame, const struct table_walk *walk, struct lt_buf *buf)
{
	const struct disk *disk = journal->disk;
	uint64_t shared = offset + FRAME_HEADER + frame->table_len;
	uint64_t record = shared + frame->shared_len + walk->record_offset;
	if (walk->shared_len == 0)
		return read_all(disk, segment->file, record, walk->record_len, buf);
	struct lt_buf *pieces = &journal->scratch.record;
	lt_buf_clear(pieces);
	enum lt_err err = read_all(disk, segment->file, record, walk->disk_len, pieces);
	if (!err) /* all of it: the steps of a path stand here and there */
		err = read_all(disk, segment->file, shared, frame->shared_len, pieces);
	if (err)
		return err;
	return table_join(walk, pieces->data, lt_bytes(pieces->data + walk->disk_len, frame->shared_len), buf);
}

enum lt_err journal_read_disk(struct journal *journal, uint64_t sequence, struct lt_buf *buf, struct journal_entry *out)
{
	struct segment *segment;
	uint64_t offset;
	struct frame frame;
	struct table_walk walk;
	enum lt_err err = journal_find(journal, sequence, &segment, &offset, &frame, &walk);
	if (err)
		return err;
	lt_buf_clear(buf);
	err = lt_buf_reserve(buf, walk.record_len + (size_t)walk.parts_len);
	if (!err)
		err = read_record(journal, segment, offset, &frame, &walk, buf);
	size_t record_len = buf->len;
	if (!err)
		err = read_all(journal->disk, segment->file, offset + frame_parts_offset(&frame) + walk.parts_offset,
			       (size_t)walk.parts_len, buf);
	if (err)
		return err;
	out->sequence = sequence;
	table_entry(&walk, lt_bytes(buf->data, record_len), buf->data + record_len, out);
	out->in_memory = false;
	bool holds = journal->options.leaf(out->record, out->leaf_hash) &&
		     fields_raw_get64(out->leaf_hash) == segment->index.entries[sequence - segment->first].leaf;
	return holds ? LT_OK : LT_ECORRUPT;
}

enum lt_err journal_read(struct journal *journal, uint64_t sequence, struct lt_buf *buf, struct journal_entry *out)
{
	if (cache_read(&journal->cache, sequence, buf, out))
		return LT_OK;
	return journal_read_disk(journal, sequence, buf, out);
}

enum lt_err journal_read_recent(struct journal *journal, uint64_t sequence, struct lt_buf *buf,
				struct journal_entry *out)
{
	(void)buf;
	return cache_view(&journal->cache, sequence, out) ? LT_OK : LT_EAGAIN;
}

struct range {
	uint64_t from, to;
	enum lt_err (*each)(void *ctx, const struct journal_entry *entry);
	void *ctx;
};

static enum lt_err scan_frame(const struct frame *frame, struct frame_buf *buf, const struct range *range)
{
	struct table_walk walk;
	table_begin(&walk, frame_table(frame, buf), true);
	enum lt_err err = LT_OK;
	for (uint64_t sequence = frame->first; !err && table_next(&walk); sequence++) {
		if (sequence < range->from || sequence > range->to)
			continue;
		struct journal_entry entry = { .sequence = sequence };
		struct lt_bytes record;
		err = frame_record(frame, buf, &walk, &record);
		if (err)
			break;
		table_entry(&walk, record, frame_parts(frame, buf) + walk.parts_offset, &entry);
		memcpy(entry.leaf_hash, buf->leaves.data + (sequence - frame->first) * 32, 32);
		err = range->each(range->ctx, &entry);
	}
	return err;
}

enum lt_err journal_scan(struct journal *journal, uint64_t from, uint64_t to,
			 enum lt_err (*each)(void *ctx, const struct journal_entry *entry), void *ctx)
{
	struct range range = { .from = from, .to = to < journal->head ? to : journal->head, .each = each, .ctx = ctx };
	/* The callback may read other records, which use the scratch buffer. */
	struct frame_buf buf = { .leaf = journal->options.leaf };
	enum lt_err err = from < journal_first(journal) && from <= range.to ? LT_ENOENT : LT_OK;
	for (uint64_t next = from; !err && next <= range.to;) {
		struct segment *segment = segment_of(journal, next);
		err = segment ? segment_ready(journal, segment) : LT_ECORRUPT;
		if (err)
			break;
		uint64_t offset = segment->index.entries[next - segment->first].offset;
		struct frame frame;
		if (offset == INDEX_UNREADABLE) {
			segment_release(journal, segment);
			err = LT_ECORRUPT;
			break;
		}
		err = frame_load(journal->disk, segment->file, offset, segment->first, &buf, &frame);
		if (!err)
			err = frame_load_parts(journal->disk, segment->file, offset, &frame, &buf);
		if (err == LT_ENOENT || (!err && (frame.first > next || next - frame.first >= frame.count)))
			err = LT_ECORRUPT;
		if (err)
			break;
		next = frame.first + frame.count;
		err = scan_frame(&frame, &buf, &range);
	}
	frame_buf_fini(&buf);
	return err;
}

enum lt_err journal_elide(struct journal *journal, uint64_t sequence)
{
	struct segment *segment;
	uint64_t offset;
	struct frame frame;
	struct table_walk walk;
	enum lt_err err = journal_find(journal, sequence, &segment, &offset, &frame, &walk);
	if (err)
		return err;
	/* The last batch is told from a torn one by its part bytes: they stay until another stands behind it. */
	if (frame.first + frame.count > journal->head)
		return LT_EAGAIN;
	cache_elide(&journal->cache, sequence);
	segment->changes++;
	return journal->disk->punch(journal->disk->ctx, segment->file,
				    offset + frame_parts_offset(&frame) + walk.parts_offset, walk.parts_len);
}
