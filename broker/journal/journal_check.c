/* journal_check.c: every batch of the segments against its hash, the chain and its part bytes. */
#include "journal_internal.h"

#include "base/checksum.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Part bytes against their checksum, when none of them were punched out. */
static bool parts_hold(const struct frame *frame, const struct frame_buf *buf)
{
	struct table_walk walk;
	table_begin(&walk, frame_table(frame, buf), true);
	while (table_next(&walk))
		if (walk.part_count > 0 && frame_parts(frame, buf)[walk.parts_offset] == 0)
			return true;
	return checksum64(frame->first, frame_parts(frame, buf), (size_t)frame->parts_len) == frame->parts_sum;
}

struct checker {
	const struct disk *disk;
	struct frame_buf *buf;
	struct journal_report *report;
	bool chained;
	uint8_t before[32];
	bool (*goes_on)(void *ctx, uint64_t sequence, size_t bytes); /* NULL: always */
	void *ctx;
};

static enum lt_err report_damage(const struct checker *checker, const struct segment *segment, uint64_t offset,
				 uint64_t sequence, const char *what)
{
	snprintf(checker->report->damage, sizeof checker->report->damage,
		 "sequence %llu, segment seg-%020llu.ltj at byte %llu: %s", (unsigned long long)sequence,
		 (unsigned long long)segment->first, (unsigned long long)offset, what);
	return LT_ECORRUPT;
}

static enum lt_err check_frame(struct checker *checker, const struct segment *segment, int file, uint64_t offset,
			       uint64_t next, struct frame *frame)
{
	struct frame_buf *buf = checker->buf;
	enum lt_err err = frame_load(checker->disk, file, offset, segment->first, buf, frame);
	if (err == LT_ENOENT || (!err && frame->first != next))
		return report_damage(checker, segment, offset, next, "the batch does not hold");
	if (!err && checker->chained && memcmp(checker->before, frame->before, 32) != 0)
		return report_damage(checker, segment, offset, next, "the hash of the batch before does not match");
	if (!err)
		err = frame_load_parts(checker->disk, file, offset, frame, buf);
	if (!err && !parts_hold(frame, buf))
		return report_damage(checker, segment, offset, next, "part bytes do not match their checksum");
	memcpy(checker->before, frame->hash, 32);
	checker->chained = true;
	return err;
}

static enum lt_err check_segment(struct checker *checker, const struct segment *segment)
{
	const struct disk *disk = checker->disk;
	char name[SEGMENT_NAME];
	int file = -1;
	segment_name(segment->first, "ltj", name);
	enum lt_err err = disk->open(disk->ctx, name, false, &file);
	if (err)
		return report_damage(checker, segment, 0, segment->first, "the segment cannot be opened");
	uint64_t offset = 0;
	for (uint64_t next = segment->first; !err && next <= segment->last;) {
		struct frame frame;
		err = check_frame(checker, segment, file, offset, next, &frame);
		if (err)
			break;
		next = frame.first + frame.count;
		offset += frame_size(&frame);
		if (checker->goes_on && !checker->goes_on(checker->ctx, next - 1, (size_t)frame_size(&frame)))
			err = LT_ECLOSED;
	}
	disk->close(disk->ctx, file);
	return err;
}

struct telling {
	void (*progress)(void *ctx, uint64_t sequence);
	void *ctx;
};

static bool tell(void *ctx, uint64_t sequence, size_t bytes)
{
	struct telling *telling = ctx;
	(void)bytes;
	telling->progress(telling->ctx, sequence);
	return true;
}

enum lt_err journal_check(struct journal *journal, void (*progress)(void *ctx, uint64_t sequence), void *ctx,
			  struct journal_report *report)
{
	*report = (struct journal_report){ .first = journal->head > 0 ? journal_first(journal) : 0,
					   .last = journal->head };
	struct telling telling = { .progress = progress, .ctx = ctx };
	struct checker checker = { .disk = journal->disk,
				   .buf = &journal->scratch,
				   .report = report,
				   .chained = journal->segment_count > 0 && journal->segments[0].first == 1,
				   .goes_on = progress ? tell : NULL,
				   .ctx = &telling };
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < journal->segment_count && !err; i++) {
		const struct segment *segment = &journal->segments[i];
		if (i > 0 && segment->first != segment[-1].last + 1) /* a file of the archive is elsewhere */
			checker.chained = false;
		err = check_segment(&checker, segment);
	}
	return err;
}

enum lt_err journal_check_copy(const struct disk *disk, journal_leaf *leaf, uint64_t first, uint64_t last,
			       struct journal_report *report)
{
	struct frame_buf buf = { .leaf = leaf };
	struct segment segment = { .first = first, .last = last };
	*report = (struct journal_report){ .first = first, .last = last };
	struct checker checker = { .disk = disk, .buf = &buf, .report = report };
	enum lt_err err = check_segment(&checker, &segment);
	frame_buf_fini(&buf);
	return err;
}

struct found_segments {
	uint64_t *firsts;
	size_t count, cap;
	enum lt_err err;
};

static void add_segment(void *arg, const char *name)
{
	struct found_segments *found = arg;
	uint64_t first;
	if (found->err || !segment_parse_name(name, &first))
		return;
	if (found->count == found->cap) {
		size_t cap = found->cap ? found->cap * 2 : 64;
		uint64_t *firsts = realloc(found->firsts, cap * sizeof *firsts);
		if (!firsts) {
			found->err = LT_ENOMEM;
			return;
		}
		found->firsts = firsts;
		found->cap = cap;
	}
	found->firsts[found->count++] = first;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* Part bytes may be punched out while they are read: what does not hold is looked at once more. */
static enum lt_err scrub_segment(struct checker *checker, const struct segment *segment)
{
	struct checker before = *checker;
	enum lt_err err = check_segment(checker, segment);
	if (err != LT_ECORRUPT)
		return err;
	*checker = before;
	err = check_segment(checker, segment);
	if (!err)
		checker->report->damage[0] = '\0';
	return err;
}

enum lt_err journal_scrub(const struct disk *disk, journal_leaf *leaf,
			  bool (*goes_on)(void *ctx, uint64_t sequence, size_t bytes), void *ctx,
			  struct journal_report *report)
{
	struct found_segments found = { 0 };
	struct frame_buf buf = { .leaf = leaf };
	*report = (struct journal_report){ 0 };
	enum lt_err err = disk->list(disk->ctx, add_segment, &found);
	if (!err)
		err = found.err;
	if (!err && found.count > 1)
		qsort(found.firsts, found.count, sizeof *found.firsts, by_number);
	struct checker checker = { .disk = disk,
				   .buf = &buf,
				   .report = report,
				   .chained = found.count > 0 && found.firsts[0] == 1,
				   .goes_on = goes_on,
				   .ctx = ctx };
	for (size_t i = 0; i + 1 < found.count && !err; i++) {
		struct segment segment = { .first = found.firsts[i], .last = found.firsts[i + 1] - 1 };
		err = scrub_segment(&checker, &segment);
		report->first = found.firsts[0];
		if (!err)
			report->last = segment.last;
	}
	free(found.firsts);
	frame_buf_fini(&buf);
	return err;
}
