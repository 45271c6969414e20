/* journal_index.c: sequence -> batch offset. In memory for the segment that is written, in a sidecar for sealed ones;
 * made again from the segment when the sidecar is missing or damaged. */
#include "journal_internal.h"

#include "base/checksum.h"
#include "base/fields.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER = 40, ENTRY = 16 };
static const uint8_t magic[8] = { 'L', 'T', 'J', 'I', 'N', 'D', 'E', 'X' };
#define FORMAT 1u

enum lt_err index_push(struct index *index, uint64_t offset, uint64_t leaf)
{
	if (index->count == index->cap) {
		size_t cap = index->cap ? index->cap * 2 : 1024;
		struct index_entry *entries = realloc(index->entries, cap * sizeof *entries);
		if (!entries)
			return LT_ENOMEM;
		index->entries = entries;
		index->cap = cap;
	}
	index->entries[index->count++] = (struct index_entry){ offset, leaf };
	return LT_OK;
}

enum lt_err index_add(struct index *index, uint64_t offset, const uint8_t leaf[32])
{
	return index_push(index, offset, fields_raw_get64(leaf));
}

enum lt_err index_add_frame(struct index *index, uint64_t offset, const struct frame *frame,
			    const struct frame_buf *buf)
{
	enum lt_err err = LT_OK;
	for (uint32_t i = 0; i < frame->count && !err; i++)
		err = index_add(index, offset, buf->leaves.data + (size_t)32 * i);
	return err;
}

void index_fini(struct index *index)
{
	free(index->entries);
	*index = (struct index){ 0 };
}

enum lt_err index_save(const struct disk *disk, uint64_t segment, const struct index *index)
{
	struct lt_buf buf = { 0 };
	char name[SEGMENT_NAME];
	int file = -1;
	size_t len = HEADER + index->count * ENTRY;
	enum lt_err err = lt_buf_reserve(&buf, len);
	if (err)
		return err;
	for (size_t i = 0; i < index->count; i++) {
		uint8_t *line = buf.data + HEADER + i * ENTRY;
		fields_raw_put64(line, index->entries[i].offset);
		fields_raw_put64(line + 8, index->entries[i].leaf);
	}
	memcpy(buf.data, magic, 8);
	fields_raw_put32(buf.data + 8, FORMAT);
	fields_raw_put32(buf.data + 12, ENTRY);
	fields_raw_put64(buf.data + 16, segment);
	fields_raw_put64(buf.data + 24, index->count);
	fields_raw_put64(buf.data + 32, checksum64(segment, buf.data + HEADER, index->count * ENTRY));
	segment_name(segment, "idx", name);
	err = disk->open(disk->ctx, name, true, &file);
	if (!err)
		err = disk->truncate(disk->ctx, file, 0);
	if (!err)
		err = disk->write(disk->ctx, file, 0, buf.data, len);
	if (file >= 0)
		disk->close(disk->ctx, file);
	lt_buf_fini(&buf);
	return err;
}

static enum lt_err parse_index(const uint8_t *data, uint64_t segment, uint64_t count, struct index *out)
{
	const uint8_t *entries = data + HEADER;
	if (memcmp(data, magic, 8) != 0 || fields_raw_get32(data + 8) != FORMAT ||
	    fields_raw_get32(data + 12) != ENTRY || fields_raw_get64(data + 16) != segment ||
	    fields_raw_get64(data + 24) != count ||
	    fields_raw_get64(data + 32) != checksum64(segment, entries, (size_t)count * ENTRY))
		return LT_ENOENT;
	enum lt_err err = LT_OK;
	for (uint64_t i = 0; i < count && !err; i++)
		err = index_push(out, fields_raw_get64(entries + i * ENTRY), fields_raw_get64(entries + i * ENTRY + 8));
	return err;
}

static enum lt_err index_load(const struct disk *disk, uint64_t segment, uint64_t count, struct index *out)
{
	char name[SEGMENT_NAME];
	int file = -1;
	struct lt_buf buf = { 0 };
	uint64_t size = 0;
	size_t got = 0;
	segment_name(segment, "idx", name);
	enum lt_err err = disk->open(disk->ctx, name, false, &file);
	if (err)
		return err;
	err = disk->size(disk->ctx, file, &size);
	if (!err && (size < HEADER || (size - HEADER) / ENTRY != count || (size - HEADER) % ENTRY != 0))
		err = LT_ENOENT;
	if (!err)
		err = lt_buf_reserve(&buf, (size_t)size);
	if (!err)
		err = disk->read(disk->ctx, file, 0, buf.data, (size_t)size, &got);
	if (!err)
		err = got == size ? parse_index(buf.data, segment, count, out) : LT_ENOENT;
	if (err)
		index_fini(out);
	disk->close(disk->ctx, file);
	lt_buf_fini(&buf);
	return err;
}

enum lt_err index_count(const struct disk *disk, uint64_t segment, uint64_t *count)
{
	char name[SEGMENT_NAME];
	uint8_t head[HEADER];
	size_t got = 0;
	int file;
	segment_name(segment, "idx", name);
	enum lt_err err = disk->open(disk->ctx, name, false, &file);
	if (err)
		return err;
	err = disk->read(disk->ctx, file, 0, head, sizeof(head), &got);
	disk->close(disk->ctx, file);
	if (err)
		return err;
	*count = fields_raw_get64(head + 24);
	return got == sizeof(head) && memcmp(head, magic, 8) == 0 && fields_raw_get64(head + 16) == segment &&
			       *count > 0 && *count <= UINT64_MAX - segment
		       ? LT_OK
		       : LT_ENOENT;
}

/* Behind a batch that does not hold: the next one of this journal that does. */
static bool follow(struct journal *journal, const struct segment *segment, uint64_t next, uint64_t *offset,
		   struct frame *frame)
{
	const struct disk *disk = journal->disk;
	uint64_t size = 0;
	if (disk->size(disk->ctx, segment->file, &size))
		return false;
	for (uint64_t at = *offset + FRAME_ALIGN; at + FRAME_HEADER <= size; at += FRAME_ALIGN) {
		if (frame_load(disk, segment->file, at, segment->first, &journal->scratch, frame) ||
		    frame->secret != journal->secret || frame->first <= next ||
		    frame->first + frame->count > segment->last + 1)
			continue;
		*offset = at;
		return true;
	}
	return false;
}

/* A batch that does not hold takes its own records with it, not the segment's: they stand in the index as unreadable. */
static enum lt_err pass_over(struct journal *journal, struct segment *segment, uint64_t *next, uint64_t *offset)
{
	struct frame frame;
	uint64_t to = follow(journal, segment, *next, offset, &frame) ? frame.first : segment->last + 1;
	enum lt_err err = LT_OK;
	for (; !err && *next < to; ++*next)
		err = index_push(&segment->index, INDEX_UNREADABLE, 0);
	segment->partial = true;
	return err;
}

static enum lt_err rebuild(struct journal *journal, struct segment *segment)
{
	const struct disk *disk = journal->disk;
	uint64_t offset = 0, next = segment->first;
	enum lt_err err = LT_OK;
	segment->partial = false;
	while (!err && next <= segment->last) {
		struct frame frame;
		err = frame_load(disk, segment->file, offset, segment->first, &journal->scratch, &frame);
		if (err == LT_ENOENT || (!err && frame.first != next)) {
			err = pass_over(journal, segment, &next, &offset);
			continue;
		}
		if (err)
			break;
		err = index_add_frame(&segment->index, offset, &frame, &journal->scratch);
		next += frame.count;
		offset += frame_size(&frame);
	}
	if (!err && next != segment->last + 1)
		err = LT_ECORRUPT;
	if (!err && !segment->partial && !journal->options.read_only)
		err = index_save(disk, segment->first, &segment->index);
	if (err)
		index_fini(&segment->index);
	return err;
}

void segment_release(struct journal *journal, struct segment *segment)
{
	if (segment->file >= 0)
		journal->disk->close(journal->disk->ctx, segment->file);
	segment->file = -1;
	segment->indexed = false;
	index_fini(&segment->index);
}

/* A place in the list whose segment is still there and open; NULL. */
static struct segment *listed(struct journal *journal, size_t i)
{
	struct segment *segment = segment_of(journal, journal->open[i]);
	return segment && segment->first == journal->open[i] && segment->indexed ? segment : NULL;
}

void segment_note_open(struct journal *journal, const struct segment *opened)
{
	size_t kept = 0, oldest = SIZE_MAX;
	uint64_t used = UINT64_MAX;
	for (size_t i = 0; i < journal->open_count; i++) {
		const struct segment *segment = listed(journal, i);
		if (!segment || segment == opened)
			continue;
		if (segment->used < used) {
			oldest = kept;
			used = segment->used;
		}
		journal->open[kept++] = journal->open[i];
	}
	if (kept == SEGMENTS_OPEN) {
		segment_release(journal, listed(journal, oldest));
		journal->open[oldest] = journal->open[--kept];
	}
	journal->open[kept++] = opened->first;
	journal->open_count = kept;
}

enum lt_err segment_ready(struct journal *journal, struct segment *segment)
{
	segment->used = ++journal->reads;
	if (segment->file < 0) {
		char name[SEGMENT_NAME];
		segment_name(segment->first, "ltj", name);
		enum lt_err err = journal->disk->open(journal->disk->ctx, name, false, &segment->file);
		if (err)
			return err == LT_ENOENT ? LT_ECORRUPT : err;
	}
	if (segment->indexed)
		return LT_OK;
	enum lt_err err =
		index_load(journal->disk, segment->first, segment->last + 1 - segment->first, &segment->index);
	if (err == LT_ENOENT)
		err = rebuild(journal, segment);
	if (err)
		return err;
	segment->indexed = true;
	if (segment != &journal->segments[journal->segment_count - 1])
		segment_note_open(journal, segment);
	return LT_OK;
}

struct segment *segment_of(struct journal *journal, uint64_t sequence)
{
	size_t low = 0, high = journal->segment_count;
	while (low < high) { /* first segment that begins above */
		size_t mid = low + (high - low) / 2;
		if (journal->segments[mid].first <= sequence)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == 0 || journal->segments[low - 1].last < sequence)
		return NULL;
	return &journal->segments[low - 1];
}
