/* journal.c: open, write and sync, publish.
 *
 * Two sides share the object. The journal thread appends a frame at its cursor and syncs; it touches the writer and
 * nothing else. The engine thread publishes a batch after its sync: only then do head, index and cache know of it, and
 * readers find it. A segment is full when the next batch would pass its size; the next one begins with that batch, is
 * named by its first sequence, and the old one gets its index beside it. */
#include "journal_internal.h"

#include "base/checksum.h"
#include "program/log.h"

#include <stdlib.h>
#include <string.h>

enum lt_err journal_open(const struct disk *disk, const struct journal_options *options, uint64_t check_from,
			 struct journal_report *report, struct journal **out)
{
	struct journal *journal = calloc(1, sizeof *journal);
	if (!journal)
		return LT_ENOMEM;
	journal->disk = disk;
	journal->options = *options;
	journal->scratch.leaf = options->leaf;
	journal->secret = options->secret;
	if (journal->options.segment_bytes == 0)
		journal->options.segment_bytes = JOURNAL_SEGMENT_BYTES;
	journal->writer.file = -1;
	pthread_mutex_init(&journal->published, NULL);
	enum lt_err err = journal_recover(journal, check_from, report);
	if (err) {
		journal_close(journal);
		return err;
	}
	*out = journal;
	return LT_OK;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	for (size_t i = 0; i < journal->segment_count; i++)
		segment_release(journal, &journal->segments[i]);
	if (journal->writer.file >= 0)
		journal->disk->close(journal->disk->ctx, journal->writer.file);
	index_fini(&journal->writer.index);
	lt_buf_fini(&journal->writer.frame);
	frame_buf_fini(&journal->scratch);
	cache_fini(&journal->cache);
	free(journal->segments);
	pthread_mutex_destroy(&journal->published);
	free(journal);
}

uint64_t journal_head(const struct journal *journal)
{
	return journal->head;
}

uint64_t journal_first(const struct journal *journal)
{
	return journal->segment_count > 0 ? journal->segments[journal->chain].first : 1;
}

uint64_t journal_bytes(const struct journal *journal)
{
	uint64_t bytes = 0;
	for (size_t i = 0; i < journal->segment_count; i++)
		bytes += journal->segments[i].bytes;
	return bytes;
}

enum lt_err journal_add_segment(struct journal *journal, uint64_t first)
{
	if (journal->segment_count == journal->segment_cap) {
		size_t cap = journal->segment_cap ? journal->segment_cap * 2 : 16;
		struct segment *segments = realloc(journal->segments, cap * sizeof *segments);
		if (!segments)
			return LT_ENOMEM;
		journal->segments = segments;
		journal->segment_cap = cap;
	}
	journal->segments[journal->segment_count++] = (struct segment){ .first = first, .last = first - 1, .file = -1 };
	return LT_OK;
}

/* Records as they stand on the disk: without what they share. */
static void append_records(struct lt_buf *buf, const struct journal_batch *batch)
{
	struct table_walk walk;
	table_begin(&walk, lt_buf_bytes(&batch->table), false);
	while (table_next(&walk))
		table_split(&walk, batch->records.data + walk.record_offset, buf);
}

/* What frame_size says of the batch. */
static struct frame measure(const struct journal_batch *batch)
{
	return (struct frame){
		.table_len = (uint32_t)batch->table.len,
		.shared_len = (uint32_t)batch->shared.len,
		.records_len = (uint32_t)(batch->records.len - batch->shared_spared),
		.parts_len = batch->parts.len,
	};
}

/* Lays the batch out as it stands on the disk. */
static enum lt_err build_frame(struct journal *journal, const struct journal_batch *batch, struct frame *frame)
{
	struct writer *writer = &journal->writer;
	*frame = measure(batch);
	frame->segment = writer->segment;
	frame->first = batch->first;
	frame->term = batch->term;
	frame->secret = journal->secret;
	frame->count = batch->count;
	frame->parts_sum = checksum64(batch->first, batch->parts.data, batch->parts.len);
	memcpy(frame->before, writer->before, 32);
	size_t size = (size_t)frame_size(frame);
	LT_ASSERT(size <= FRAME_BYTES_MAX);
	struct lt_buf *buf = &writer->frame;
	lt_buf_clear(buf);
	enum lt_err err = lt_buf_reserve(buf, size + batch->leaves.len + SEGMENT_AHEAD);
	if (err)
		return err;
	buf->len = FRAME_HEADER;
	frame_encode(frame, buf->data);
	lt_buf_append(buf, batch->table.data, batch->table.len);
	lt_buf_append(buf, batch->shared.data, batch->shared.len);
	size_t head = buf->len;
	lt_buf_append(buf, batch->leaves.data, batch->leaves.len); /* for the hash alone */
	lt_sha256(lt_buf_bytes(buf), frame->hash);
	memcpy(buf->data + 96, frame->hash, 32);
	buf->len = head;
	append_records(buf, batch);
	lt_buf_append(buf, batch->parts.data, batch->parts.len);
	memset(buf->data + buf->len, 0, size - buf->len);
	buf->len = size;
	return LT_OK;
}

/* The full segment gives back what was zeroed ahead and gets its sidecar; only then the next one is made, so that its name
 * proves that everything before it was synced. */
static enum lt_err seal(struct journal *journal)
{
	struct writer *writer = &journal->writer;
	const struct disk *disk = journal->disk;
	enum lt_err err = disk->truncate(disk->ctx, writer->file, writer->offset);
	if (!err)
		err = disk->sync(disk->ctx, writer->file);
	disk->close(disk->ctx, writer->file);
	writer->file = -1;
	if (!err)
		err = index_save(disk, writer->segment, &writer->index);
	writer->index.count = 0;
	return err;
}

static enum lt_err begin_segment(struct journal *journal)
{
	struct writer *writer = &journal->writer;
	const struct disk *disk = journal->disk;
	char name[SEGMENT_NAME];
	segment_name(writer->next, "ltj", name);
	enum lt_err err = disk->open(disk->ctx, name, true, &writer->file);
	if (!err)
		err = disk->sync_folder(disk->ctx);
	writer->segment = writer->next;
	writer->offset = writer->zeroed = 0;
	return err;
}

static enum lt_err write_frame(struct journal *journal)
{
	struct writer *writer = &journal->writer;
	struct lt_buf *buf = &writer->frame;
	const struct disk *disk = journal->disk;
	size_t len = buf->len;
	uint64_t end = writer->offset + len;
	if (journal->options.preallocate && end > writer->zeroed) {
		/* A batch that only overwrites needs no new metadata on its sync. */
		memset(buf->data + len, 0, SEGMENT_AHEAD);
		len += SEGMENT_AHEAD;
	}
	enum lt_err err = disk->write(disk->ctx, writer->file, writer->offset, buf->data, len);
	if (!err)
		err = disk->sync(disk->ctx, writer->file);
	if (writer->offset + len > writer->zeroed)
		writer->zeroed = writer->offset + len;
	return err;
}

static enum lt_err index_batch(struct writer *writer, const struct journal_batch *batch)
{
	for (uint32_t i = 0; i < batch->count; i++) {
		enum lt_err err = index_add(&writer->index, writer->offset, batch->leaves.data + (size_t)32 * i);
		if (err)
			return err;
	}
	return LT_OK;
}

static enum lt_err write_batch(struct journal *journal, const struct journal_batch *batch, struct frame *frame)
{
	struct writer *writer = &journal->writer;
	struct frame sizes = measure(batch);
	enum lt_err err = LT_OK;
	if (writer->file >= 0 && writer->offset > 0 &&
	    writer->offset + frame_size(&sizes) > journal->options.segment_bytes)
		err = seal(journal);
	if (!err && writer->file < 0)
		err = begin_segment(journal);
	if (!err)
		err = build_frame(journal, batch, frame);
	if (!err)
		err = write_frame(journal);
	return err ? err : index_batch(writer, batch);
}

enum lt_err journal_write(struct journal *journal, const struct journal_batch *batch, struct commit *out)
{
	struct writer *writer = &journal->writer;
	*out = (struct commit){ 0 };
	if (batch->count == 0)
		return LT_OK;
	LT_ASSERT(batch->first == writer->next && !journal->options.read_only);
	if (writer->failed)
		return LT_EIO;
	struct frame frame;
	enum lt_err err = write_batch(journal, batch, &frame);
	if (err) {
		writer->failed = true;
		return err;
	}
	*out = (struct commit){ .first = batch->first,
				.last = batch->first + batch->count - 1,
				.segment = writer->segment,
				.offset = writer->offset };
	memcpy(writer->before, frame.hash, 32);
	writer->offset += frame_size(&frame);
	writer->next += batch->count;
	return LT_OK;
}

void journal_publish(struct journal *journal, const struct commit *commit, const struct journal_batch *batch)
{
	if (commit->first == 0)
		return;
	LT_ASSERT(commit->first == journal->head + 1 && batch->first == commit->first);
	pthread_mutex_lock(&journal->published);
	size_t count = journal->segment_count;
	if (count == 0 || journal->segments[count - 1].first != commit->segment) {
		if (journal_add_segment(journal, commit->segment))
			lt_fatal("out of memory for a segment");
		journal->segments[count].indexed = true;
		if (count > 0 &&
		    journal->segments[count - 1].indexed) /* sealed by this: its index is not kept for ever */
			segment_note_open(journal, &journal->segments[count - 1]);
	}
	struct segment *segment = &journal->segments[journal->segment_count - 1];
	for (uint32_t i = 0; i < batch->count; i++)
		if (index_add(&segment->index, commit->offset, batch->leaves.data + (size_t)32 * i))
			lt_fatal("out of memory for the journal's index");
	segment->last = commit->last;
	struct frame sizes = measure(batch);
	segment->bytes = commit->offset + frame_size(&sizes);
	journal->head = commit->last;
	pthread_mutex_unlock(&journal->published);
	cache_add(&journal->cache, batch);
}
