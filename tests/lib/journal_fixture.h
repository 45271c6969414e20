/* journal_fixture.h: a journal on a simulated disk with records that can be told apart; for the journal's tests. */
#ifndef TESTS_JOURNAL_FIXTURE_H
#define TESTS_JOURNAL_FIXTURE_H

#include "test.h"

#include <lienthong/envelope.h>
#include <lienthong/merkle.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/journal.h"
#include "simdisk.h"

struct fixture {
	struct simdisk *sim;
	struct disk disk;
	struct journal *journal;
	struct journal_report report;
	struct journal_batch batch;
	struct journal_options options;
};

static inline bool text_leaf(struct lt_bytes record, uint8_t leaf[32])
{
	lt_leaf_hash(record, leaf);
	return true;
}

static inline int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	f->sim = simdisk_new();
	f->disk = simdisk_disk(f->sim);
	f->options.leaf = text_leaf;
	f->options.secret = 0x5ec2e7;
	f->options.segment_bytes = 48 << 10;
	f->options.preallocate = true;
	*state = f;
	return 0;
}

static inline void shut(struct fixture *f)
{
	journal_close(f->journal);
	f->journal = NULL;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	shut(f);
	journal_batch_fini(&f->batch);
	simdisk_free(f->sim);
	free(f);
	return 0;
}

static inline enum lt_err open_from(struct fixture *f, uint64_t check_from)
{
	return journal_open(&f->disk, &f->options, check_from, &f->report, &f->journal);
}

static inline size_t record_text(uint64_t sequence, char out[512])
{
	int len = snprintf(out, 512, "record %llu ", (unsigned long long)sequence);
	size_t size = (size_t)len + (size_t)(sequence * 37 % 300);
	memset(out + len, 'a' + (int)(sequence / 5 % 26), size - (size_t)len);
	return size;
}

/* What neighbours may have in common: 60 bytes behind "record N ", where there are so many, and 5 behind them the steps of a path. */
static inline struct journal_shared text_shared(struct lt_bytes record)
{
	size_t at = 0, blanks = 0;
	while (at < record.len && blanks < 2)
		blanks += record.data[at++] == ' ';
	struct journal_shared shared = { .at = (uint32_t)at, .len = record.len - at >= 60 ? 60 : 0 };
	if (record.len - at >= 60 + 5 + JOURNAL_STEP) {
		size_t steps = (record.len - at - 60 - 5) / JOURNAL_STEP;
		shared.gap = 5;
		shared.steps = (uint8_t)(steps < JOURNAL_STEPS_MAX ? steps : JOURNAL_STEPS_MAX);
	}
	return shared;
}

static inline enum lt_err add_text(struct journal_batch *batch, struct lt_bytes record, const struct lt_bytes *parts,
				   size_t part_count)
{
	uint8_t leaf[32];
	lt_leaf_hash(record, leaf);
	return journal_batch_add(batch, record, text_shared(record), leaf, parts, part_count);
}

/* Record n has n % 3 parts, of 100 * n % 700 bytes each. */
static inline void fill(struct journal_batch *batch, uint64_t first, uint32_t count)
{
	journal_batch_clear(batch, first);
	for (uint64_t n = first; n < first + count; n++) {
		char text[512];
		uint8_t part[700];
		memset(part, (int)(n % 251), sizeof part);
		struct lt_bytes parts[2] = { lt_bytes(part, n * 100 % 700), lt_bytes(part, n * 100 % 700) };
		size_t len = record_text(n, text);
		assert_int_equal(add_text(batch, lt_bytes(text, len), parts, n % 3), LT_OK);
	}
}

static inline enum lt_err add(struct fixture *f, uint32_t count)
{
	struct commit commit;
	fill(&f->batch, journal_head(f->journal) + 1, count);
	enum lt_err err = journal_write(f->journal, &f->batch, &commit);
	if (err)
		return err;
	assert_int_equal(commit.first, f->batch.first);
	assert_int_equal(commit.last, f->batch.first + count - 1);
	journal_publish(f->journal, &commit, &f->batch);
	return LT_OK;
}

static inline void expect_entry(const struct journal_entry *entry, uint64_t sequence, bool elided)
{
	char text[512];
	uint8_t leaf[32];
	size_t len = record_text(sequence, text);
	assert_int_equal(entry->sequence, sequence);
	assert_int_equal(entry->record.len, len);
	assert_memory_equal(entry->record.data, text, len);
	lt_leaf_hash(lt_bytes(text, len), leaf);
	assert_memory_equal(entry->leaf_hash, leaf, 32);
	assert_int_equal(entry->part_count, sequence % 3);
	assert_int_equal(entry->parts_elided, elided && sequence % 3 > 0);
	for (size_t i = 0; i < entry->part_count; i++) {
		assert_int_equal(entry->parts[i].len, sequence * 100 % 700);
		for (size_t j = 0; j < entry->parts[i].len && !entry->parts_elided; j++)
			assert_int_equal(entry->parts[i].data[j], sequence % 251);
	}
}

static inline enum lt_err each(void *ctx, const struct journal_entry *entry)
{
	uint64_t *next = ctx;
	expect_entry(entry, (*next)++, false);
	return LT_OK;
}

static inline void expect_all(struct fixture *f, uint64_t first, uint64_t last)
{
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	assert_int_equal(journal_head(f->journal), last);
	for (uint64_t n = first; n <= last; n++) {
		assert_int_equal(journal_read(f->journal, n, &buf, &entry), LT_OK);
		expect_entry(&entry, n, false);
	}
	assert_int_equal(journal_read(f->journal, last + 1, &buf, &entry), LT_ENOENT);
	uint64_t next = first;
	assert_int_equal(journal_scan(f->journal, first, UINT64_MAX, each, &next), LT_OK);
	assert_int_equal(next, last + 1);
	lt_buf_fini(&buf);
}

static inline void fill_journal(struct fixture *f, int batches, uint32_t count)
{
	assert_int_equal(open_from(f, 1), LT_OK);
	for (int i = 0; i < batches; i++)
		assert_int_equal(add(f, count), LT_OK);
}

struct names {
	char name[64][64];
	size_t count;
};

static inline void segment_name(void *arg, const char *name)
{
	struct names *names = arg;
	if (strstr(name, ".ltj"))
		strcpy(names->name[names->count++], name);
}

static inline int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static inline struct names segments(struct fixture *f)
{
	struct names names = { .count = 0 };
	f->disk.list(f->disk.ctx, segment_name, &names);
	qsort(names.name, names.count, sizeof names.name[0], by_name);
	return names;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
