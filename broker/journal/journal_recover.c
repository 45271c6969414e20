/* journal_recover.c: what a start finds. A bad last batch is a torn tail: its sync never returned, so nobody was told of it.
 * A bad batch with a valid one behind it is damage: batch k+1 is not written before k's sync has returned. */
#include "journal_internal.h"

#include "base/checksum.h"
#include "base/fields.h"
#include "program/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the walk over the batches stands. */
struct recovery {
	struct journal *journal;
	struct journal_report *report;
	uint64_t next; /* sequence */
	bool chained;  /* before is known */
	bool ours;     /* a batch was seen, and with it the journal's secret */
	uint8_t before[32];
	uint64_t last_offset; /* of the last good batch in this segment */
	bool any;             /* there is one */
	struct frame last;
};

static enum lt_err damaged(struct journal_report *report, const struct segment *segment, uint64_t offset,
			   const char *what)
{
	snprintf(report->damage, sizeof report->damage, "segment seg-%020llu.ltj at byte %llu: %s",
		 (unsigned long long)segment->first, (unsigned long long)offset, what);
	return LT_ECORRUPT;
}

struct names {
	struct journal *journal;
	enum lt_err err;
};

static void add_name(void *arg, const char *name)
{
	struct names *names = arg;
	size_t before = sizeof(DISK_ARCHIVED) - 1;
	bool archived = strncmp(name, DISK_ARCHIVED, before) == 0;
	uint64_t first;
	if (names->err || !segment_parse_name(archived ? name + before : name, &first))
		return;
	names->err = journal_add_segment(names->journal, first);
	if (!names->err)
		names->journal->segments[names->journal->segment_count - 1].archived = archived;
}

static int by_first(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

/* False: it reaches over `next`, as its index says. */
static bool ends_before(const struct journal *journal, const struct segment *segment, uint64_t next)
{
	uint64_t count;
	return index_count(journal->disk, segment->first, &count) || segment->first + count <= next;
}

/* A crash between the copy to the archive and the end of the original leaves both: one segment. And who restores a backup that is older than
 * the archive has segments there of the time that was lost. The one that is written is never archived, so they begin behind it; later, when
 * the journal has grown past them, within one of its own. */
static void drop_others(struct journal *journal)
{
	size_t kept = 0, lost = 0;
	uint64_t written = UINT64_MAX;
	for (size_t i = 0; i < journal->segment_count; i++)
		written = journal->segments[i].archived ? written : journal->segments[i].first;
	for (size_t i = 0; i < journal->segment_count; i++) {
		const struct segment segment = journal->segments[i];
		struct segment *before = kept > 0 ? &journal->segments[kept - 1] : NULL;
		bool same = before && before->first == segment.first;
		bool ours = !segment.archived ||
			    (segment.first < written && (!before || ends_before(journal, before, segment.first)));
		if (same)
			before->archived &= segment.archived;
		else if (ours)
			journal->segments[kept++] = segment;
		lost += !same && !ours;
	}
	journal->segment_count = kept;
	if (lost > 0)
		lt_log(LT_LOG_WARNING, "segments of the archive are of a time that a restore has lost: not read",
		       "segments", lt_log_u64(lost), NULL);
}

/* Up to the next one. An archived one may reach less far, when a file of the archive between them is not here: its index knows. */
static uint64_t last_of(struct journal *journal, size_t i)
{
	uint64_t first = journal->segments[i].first, count;
	if (i + 1 == journal->segment_count)
		return first - 1;
	uint64_t last = journal->segments[i + 1].first - 1;
	if (!journal->segments[i].archived || index_count(journal->disk, first, &count) || first + count - 1 >= last)
		return last;
	journal->chain = i + 1;
	return first + count - 1;
}

static enum lt_err list_segments(struct journal *journal)
{
	struct names names = { .journal = journal };
	enum lt_err err = journal->disk->list(journal->disk->ctx, add_name, &names);
	if (!err)
		err = names.err;
	if (err)
		return err;
	if (journal->segment_count > 1)
		qsort(journal->segments, journal->segment_count, sizeof *journal->segments, by_first);
	drop_others(journal);
	for (size_t i = 0; i < journal->segment_count; i++) {
		struct segment *segment = &journal->segments[i];
		char name[SEGMENT_NAME];
		segment_name(segment->first, "ltj", name);
		err = journal->disk->open(journal->disk->ctx, name, false, &segment->file);
		if (!err)
			err = journal->disk->size(journal->disk->ctx, segment->file, &segment->bytes);
		if (err)
			return err;
		segment->last = last_of(journal, i);
		journal->disk->close(journal->disk->ctx, segment->file);
		segment->file = -1;
	}
	return LT_OK;
}

static enum lt_err open_file(struct journal *journal, struct segment *segment)
{
	char name[SEGMENT_NAME];
	if (segment->file >= 0)
		return LT_OK;
	segment_name(segment->first, "ltj", name);
	return journal->disk->open(journal->disk->ctx, name, false, &segment->file);
}

/* Good batches from the start of the segment; leaves the offset behind them in segment->bytes. */
static enum lt_err walk_segment(struct recovery *walk, struct segment *segment, bool index)
{
	struct journal *journal = walk->journal;
	uint64_t offset = 0;
	walk->any = false;
	for (;;) {
		struct frame frame;
		enum lt_err err =
			frame_load(journal->disk, segment->file, offset, segment->first, &journal->scratch, &frame);
		if (err == LT_ENOENT)
			break;
		if (err)
			return err;
		if (frame.first != walk->next)
			return damaged(walk->report, segment, offset, "a batch is missing before this one");
		if (walk->chained && memcmp(frame.before, walk->before, 32) != 0)
			return damaged(walk->report, segment, offset, "the hash of the batch before does not match");
		if (index)
			err = index_add_frame(&segment->index, offset, &frame, &journal->scratch);
		if (err)
			return err;
		walk->chained = true;
		walk->ours = true;
		journal->secret = frame.secret;
		memcpy(walk->before, frame.hash, 32);
		walk->next += frame.count;
		walk->last = frame;
		walk->last_offset = offset;
		walk->any = true;
		offset += frame_size(&frame);
	}
	segment->bytes = offset;
	return LT_OK;
}

/* Looks at one chunk; `data` begins at file offset `at`. */
static enum lt_err search_chunk(const struct recovery *walk, const struct segment *segment, uint64_t at,
				const struct lt_buf *chunk, uint64_t *found, uint64_t *nonzero)
{
	struct journal *journal = walk->journal;
	static const uint8_t zeros[FRAME_ALIGN];
	for (size_t i = 0; i < chunk->len; i += FRAME_ALIGN) {
		size_t left = chunk->len - i < FRAME_ALIGN ? chunk->len - i : FRAME_ALIGN;
		if (memcmp(chunk->data + i, zeros, left) == 0)
			continue;
		*nonzero = at + i + left;
		struct frame frame;
		uint64_t offset = at + i;
		if (chunk->data[i] != 'L')
			continue;
		enum lt_err err =
			frame_load(journal->disk, segment->file, offset, segment->first, &journal->scratch, &frame);
		if (err == LT_ENOENT || (!err && walk->ours && frame.secret != journal->secret))
			continue;
		if (err)
			return err;
		*found = offset;
		return LT_OK;
	}
	return LT_OK;
}

/* Searches behind `from` for a valid batch; found is 0 when there is none. nonzero is the end of what is not zeros. */
static enum lt_err search(const struct recovery *walk, const struct segment *segment, uint64_t from, uint64_t *found,
			  uint64_t *nonzero)
{
	const struct disk *disk = walk->journal->disk;
	struct lt_buf chunk = { 0 };
	enum lt_err err = lt_buf_reserve(&chunk, SEARCH_BYTES);
	*found = 0;
	*nonzero = from;
	for (uint64_t at = from; !err && *found == 0; at += SEARCH_BYTES) {
		err = disk->read(disk->ctx, segment->file, at, chunk.data, SEARCH_BYTES, &chunk.len);
		if (err || chunk.len == 0)
			break;
		err = search_chunk(walk, segment, at, &chunk, found, nonzero);
	}
	lt_buf_fini(&chunk);
	return err;
}

/* True when the last batch's part bytes are those that were written. */
static enum lt_err tail_parts(struct recovery *walk, const struct segment *segment, bool *whole)
{
	struct journal *journal = walk->journal;
	struct frame frame;
	enum lt_err err =
		frame_load(journal->disk, segment->file, walk->last_offset, segment->first, &journal->scratch, &frame);
	if (!err)
		err = frame_load_parts(journal->disk, segment->file, walk->last_offset, &frame, &journal->scratch);
	*whole = !err && checksum64(frame.first, frame_parts(&frame, &journal->scratch), (size_t)frame.parts_len) ==
				 frame.parts_sum;
	return err == LT_ENOENT ? LT_OK : err;
}

/* "torn-" first lost sequence "-" number: a name that is free. */
static enum lt_err make_torn_file(struct journal *journal, uint64_t sequence, char name[64], int *file)
{
	const struct disk *disk = journal->disk;
	for (unsigned i = 0; i < TORN_FILES_MAX; i++) {
		snprintf(name, 64, "torn-%020llu-%u", (unsigned long long)sequence, i);
		enum lt_err err = disk->open(disk->ctx, name, false, file);
		if (err == LT_ENOENT)
			return disk->open(disk->ctx, name, true, file);
		if (err)
			return err;
		disk->close(disk->ctx, *file);
	}
	return LT_EFULL;
}

/* What is to be cut, to a file of its own and synced, before the first byte goes: the guess that nobody was told of it may be
 * wrong, and then these bytes are the evidence. */
static enum lt_err keep_aside(struct recovery *walk, const struct segment *segment)
{
	const struct disk *disk = walk->journal->disk;
	struct lt_buf *buf = &walk->journal->scratch.bytes;
	uint64_t left = walk->report->torn_bytes;
	int file;
	enum lt_err err = make_torn_file(walk->journal, walk->next, walk->report->torn_file, &file);
	if (err)
		return err;
	lt_buf_clear(buf);
	err = lt_buf_reserve(buf, SEARCH_BYTES);
	for (uint64_t at = 0; !err && at < left;) {
		size_t got = 0, want = left - at < SEARCH_BYTES ? (size_t)(left - at) : SEARCH_BYTES;
		err = disk->read(disk->ctx, segment->file, segment->bytes + at, buf->data, want, &got);
		if (!err && got == 0)
			break;
		if (!err)
			err = disk->write(disk->ctx, file, at, buf->data, got);
		at += got;
	}
	if (!err)
		err = disk->sync(disk->ctx, file);
	disk->close(disk->ctx, file);
	return err ? err : disk->sync_folder(disk->ctx);
}

static enum lt_err cut(struct recovery *walk, const struct segment *segment)
{
	const struct disk *disk = walk->journal->disk;
	if (walk->journal->options.read_only)
		return LT_OK;
	enum lt_err err = walk->report->torn_bytes > 0 ? keep_aside(walk, segment) : LT_OK;
	if (!err)
		err = disk->truncate(disk->ctx, segment->file, segment->bytes);
	return err ? err : disk->sync(disk->ctx, segment->file);
}

/* The journal ends before what a witness knows to have been committed. */
static enum lt_err lost(struct recovery *walk, const struct segment *segment)
{
	char what[160];
	snprintf(what, sizeof what,
		 "records %llu to %llu were committed (store or snapshot reach there) and do not hold here: damage, "
		 "nothing "
		 "was cut",
		 (unsigned long long)walk->next, (unsigned long long)walk->journal->options.proven);
	return damaged(walk->report, segment, segment->bytes, what);
}

/* The end of the last segment: torn tail or damage. */
static enum lt_err end_last(struct recovery *walk, struct segment *segment)
{
	uint64_t found, nonzero;
	enum lt_err err = search(walk, segment, segment->bytes, &found, &nonzero);
	if (err)
		return err;
	if (found)
		return damaged(walk->report, segment, segment->bytes,
			       "a batch does not hold, and a valid one follows it: damage, not a torn tail");
	bool whole = true;
	if (walk->any)
		err = tail_parts(walk, segment, &whole);
	if (err)
		return err;
	/* Of a batch that is known to have been committed only the parts are bad: found when they are read. */
	if (!whole && walk->last.first <= walk->journal->options.proven)
		whole = true;
	if (!whole) {
		/* A later batch had begun: this one's sync had returned, and what it lost since is damage. */
		if (nonzero > segment->bytes)
			return damaged(walk->report, segment, walk->last_offset,
				       "part bytes do not match their checksum, and another batch had begun");
		nonzero = segment->bytes;
		segment->bytes = walk->last_offset;
		walk->next = walk->last.first;
		memcpy(walk->before, walk->last.before, 32);
		segment->index.count -= walk->last.count;
	}
	if (walk->next <= walk->journal->options.proven)
		return lost(walk, segment);
	walk->report->torn_bytes = nonzero - segment->bytes;
	segment->last = walk->next - 1;
	return cut(walk, segment);
}

static enum lt_err end_sealed(struct recovery *walk, const struct segment *segment, uint64_t next_first)
{
	if (walk->next == next_first)
		return LT_OK;
	return damaged(walk->report, segment, segment->bytes,
		       "the segment ends before the sequence at which the next one begins");
}

/* Same bytes again, then a sync: after a failed sync the kernel may show pages that never reached the disk. What was punched
 * out stays so. */
static enum lt_err rewrite_segment(struct journal *journal, const struct segment *segment, uint64_t check_from)
{
	const struct disk *disk = journal->disk;
	struct frame_buf *buf = &journal->scratch;
	enum lt_err err = LT_OK;
	for (uint64_t offset = 0; !err && offset < segment->bytes;) {
		struct frame frame;
		uint8_t header[FRAME_HEADER];
		size_t got = 0;
		err = disk->read(disk->ctx, segment->file, offset, header, sizeof header, &got);
		if (err || got < sizeof header || !frame_decode(header, &frame))
			return err ? err : LT_ECORRUPT;
		if (frame.first + frame.count > check_from) {
			err = frame_load(disk, segment->file, offset, segment->first, buf, &frame);
			if (!err)
				err = frame_load_parts(disk, segment->file, offset, &frame, buf);
			bool whole = !err && checksum64(frame.first, frame_parts(&frame, buf),
							(size_t)frame.parts_len) == frame.parts_sum;
			if (!err)
				err = disk->write(disk->ctx, segment->file, offset, buf->bytes.data,
						  whole ? buf->bytes.len : (size_t)frame_parts_offset(&frame));
		}
		offset += frame_size(&frame);
	}
	return err ? err : disk->sync(disk->ctx, segment->file);
}

/* At most the last two segments: those before were synced again when they were sealed. */
static enum lt_err rewrite_tail(struct journal *journal, uint64_t check_from)
{
	size_t from = journal->segment_count > 2 ? journal->segment_count - 2 : 0;
	enum lt_err err = LT_OK;
	for (size_t i = from; i < journal->segment_count && !err; i++) {
		struct segment *segment = &journal->segments[i];
		if (segment->last < check_from && i + 1 < journal->segment_count)
			continue;
		err = open_file(journal, segment);
		if (!err)
			err = rewrite_segment(journal, segment, check_from);
	}
	return err ? err : journal->disk->sync_folder(journal->disk->ctx);
}

static size_t start_segment(struct journal *journal, uint64_t check_from)
{
	size_t start = journal->segment_count - 1;
	while (start > journal->chain && journal->segments[start].first > check_from)
		start--;
	if (start == journal->chain || start + 1 < journal->segment_count)
		return start;
	struct segment *last = &journal->segments[start]; /* empty: the chain goes on from the one before */
	struct frame frame;
	if (open_file(journal, last) == LT_OK &&
	    frame_load(journal->disk, last->file, 0, last->first, &journal->scratch, &frame) == LT_OK)
		return start;
	return start - 1;
}

static enum lt_err walk_all(struct recovery *walk, size_t start)
{
	struct journal *journal = walk->journal;
	enum lt_err err = LT_OK;
	for (size_t i = start; i < journal->segment_count && !err; i++) {
		struct segment *segment = &journal->segments[i];
		bool last = i + 1 == journal->segment_count;
		err = open_file(journal, segment);
		if (!err)
			err = walk_segment(walk, segment, last);
		if (err)
			break;
		if (last)
			err = end_last(walk, segment);
		else
			err = end_sealed(walk, segment, journal->segments[i + 1].first);
		if (!last)
			segment_release(journal, segment);
		segment->indexed = last;
	}
	return err;
}

static enum lt_err copy_to_writer(struct journal *journal, const struct recovery *walk)
{
	struct writer *writer = &journal->writer;
	const struct segment *last = &journal->segments[journal->segment_count - 1];
	char name[SEGMENT_NAME];
	segment_name(last->first, "ltj", name);
	memcpy(writer->before, walk->before, 32);
	writer->segment = last->first;
	writer->offset = last->bytes;
	writer->next = walk->next;
	for (size_t i = 0; i < last->index.count; i++) {
		uint8_t leaf[32];
		fields_raw_put64(leaf, last->index.entries[i].leaf);
		enum lt_err err = index_add(&writer->index, last->index.entries[i].offset, leaf);
		if (err)
			return err;
	}
	if (journal->options.read_only)
		return LT_OK;
	enum lt_err err = journal->disk->open(journal->disk->ctx, name, false, &writer->file);
	return err ? err : journal->disk->size(journal->disk->ctx, writer->file, &writer->zeroed);
}

enum lt_err journal_recover(struct journal *journal, uint64_t check_from, struct journal_report *report)
{
	*report = (struct journal_report){ 0 };
	journal->writer.next = 1;
	enum lt_err err = journal_end_erasing(journal->disk);
	if (err && !journal->options.read_only) /* read-only media: what was begun there shows as damage */
		return err;
	err = list_segments(journal);
	if (!err && journal->segment_count == 0 && journal->options.proven > 0) {
		snprintf(report->damage, sizeof report->damage,
			 "no segment is there, and store or snapshot reach record %llu: the journal's folder was lost "
			 "or is "
			 "another one",
			 (unsigned long long)journal->options.proven);
		return LT_ECORRUPT;
	}
	if (err || journal->segment_count == 0)
		return err;
	size_t start = start_segment(journal, check_from);
	struct recovery walk = { .journal = journal, .report = report, .next = journal->segments[start].first };
	walk.chained = walk.next == 1;
	err = walk_all(&walk, start);
	if (!err && !journal->options.read_only)
		err = rewrite_tail(journal, check_from);
	if (!err)
		err = copy_to_writer(journal, &walk);
	if (err)
		return err;
	journal->head = walk.next - 1;
	report->last = journal->head;
	report->first = journal->head >= journal_first(journal) ? journal_first(journal) : 0;
	return LT_OK;
}
