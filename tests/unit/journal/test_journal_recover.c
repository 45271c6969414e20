/* What a start makes of a journal: torn tails are cut, damage is told from them, nothing acknowledged is lost. */
#include "journal_fixture.h"

static void test_torn_at_every_byte(void **state)
{
	struct fixture *f = *state;
	f->options.preallocate = false;
	fill_journal(f, 4, 3);
	uint64_t before = journal_bytes(f->journal);
	assert_int_equal(add(f, 2), LT_OK);
	uint64_t after = journal_bytes(f->journal);
	shut(f);
	struct names names = segments(f);
	assert_int_equal(names.count, 1);
	struct simdisk *whole = f->sim;
	struct lt_bytes bytes;
	assert_int_equal(simdisk_look(whole, names.name[0], &bytes), LT_OK);
	uint64_t meant = after;
	while (bytes.data[meant - 1] == 0) /* padding is not missed */
		meant--;
	for (uint64_t size = before; size <= after; size++) {
		f->sim = simdisk_clone(whole);
		f->disk = simdisk_disk(f->sim);
		simdisk_cut(f->sim, names.name[0], size);
		if (size % 2) /* what was preallocated behind it */
			simdisk_cut(f->sim, names.name[0], after + 4096);
		assert_int_equal(open_from(f, 1), LT_OK);
		bool lost = size < (size % 2 ? meant : after);
		assert_int_equal(f->report.last, lost ? 12 : 14);
		assert_true(lost ? f->report.torn_bytes <= after - before : f->report.torn_bytes == 0);
		expect_all(f, 1, lost ? 12 : 14);
		assert_int_equal(add(f, 2), LT_OK);
		shut(f);
		assert_int_equal(open_from(f, 1), LT_OK);
		expect_all(f, 1, lost ? 14 : 16);
		shut(f);
		simdisk_free(f->sim);
	}
	f->sim = whole;
	f->disk = simdisk_disk(whole);
}

static void test_flip(void **state)
{
	struct fixture *f = *state;
	f->options.preallocate = false; /* a small file for many runs */
	fill_journal(f, 1, 3);
	uint64_t first_end = journal_bytes(f->journal);
	assert_int_equal(add(f, 3), LT_OK);
	uint64_t end = journal_bytes(f->journal);
	assert_int_equal(add(f, 1), LT_OK); /* sequence 7 has a part */
	uint64_t last_end = journal_bytes(f->journal);
	shut(f);
	struct names names = segments(f);
	struct simdisk *whole = f->sim;
	for (uint64_t at = 0; at < last_end; at++) {
		f->sim = simdisk_clone(whole);
		f->disk = simdisk_disk(f->sim);
		simdisk_flip(f->sim, names.name[0], at, (uint8_t)(1 << at % 8));
		enum lt_err err = open_from(f, 1);
		if (at >= end) {
			assert_int_equal(err, LT_OK);
			assert_true(f->report.last == 6 || f->report.last == 7); /* 7: padding */
		} else if (err) {
			assert_int_equal(err, LT_ECORRUPT);
			assert_non_null(strstr(f->report.damage, names.name[0]));
		} else { /* part bytes of older batches are the digests' affair, and the scrub's */
			struct lt_bytes bytes;
			assert_int_equal(f->report.last, 7);
			assert_int_equal(simdisk_look(f->sim, names.name[0], &bytes), LT_OK);
			struct journal_report report;
			err = journal_check(f->journal, NULL, NULL, &report);
			bool padding = (at >= first_end - 64 && at < first_end) || at >= end - 64;
			assert_true(err == LT_ECORRUPT || padding);
		}
		if (f->journal)
			shut(f);
		simdisk_free(f->sim);
	}
	f->sim = whole;
	f->disk = simdisk_disk(whole);
}

static void test_zeroed_middle_is_damage(void **state)
{
	struct fixture *f = *state;
	static const uint8_t zeros[4096];
	int file;
	fill_journal(f, 1, 3);
	uint64_t from = journal_bytes(f->journal);
	assert_int_equal(add(f, 5), LT_OK);
	uint64_t to = journal_bytes(f->journal);
	assert_int_equal(add(f, 5), LT_OK);
	shut(f);
	assert_true(to - from <= sizeof zeros);
	assert_int_equal(f->disk.open(f->disk.ctx, segments(f).name[0], false, &file), LT_OK);
	assert_int_equal(f->disk.write(f->disk.ctx, file, from, zeros, to - from), LT_OK);
	f->disk.close(f->disk.ctx, file);
	assert_int_equal(open_from(f, 1), LT_ECORRUPT);
	assert_non_null(strstr(f->report.damage, "valid one follows"));
}

static void test_damage_in_earlier_segment(void **state)
{
	struct fixture *f = *state;
	struct journal_report report;
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	fill_journal(f, 60, 7);
	shut(f);
	struct names names = segments(f);
	assert_true(names.count >= 4);
	assert_int_equal(simdisk_flip(f->sim, names.name[1], 700, 4), LT_OK); /* in a record */
	assert_int_equal(open_from(f, 1), LT_ECORRUPT);
	assert_non_null(strstr(f->report.damage, names.name[1]));
	/* Behind what the store holds it is found by the check and by reads, not by the start. */
	assert_int_equal(open_from(f, 420), LT_OK);
	assert_int_equal(journal_check(f->journal, NULL, NULL, &report), LT_ECORRUPT);
	assert_non_null(strstr(report.damage, names.name[1]));
	uint64_t bad = 0;
	for (uint64_t n = 1; n <= 420; n++)
		bad += journal_read(f->journal, n, &buf, &entry) == LT_ECORRUPT;
	assert_int_equal(bad, 1);
	lt_buf_fini(&buf);
}

static void look_aside(struct fixture *f, struct lt_bytes *out)
{
	assert_true(f->report.torn_file[0]);
	assert_int_equal(simdisk_look(f->sim, f->report.torn_file, out), LT_OK);
}

/* One flipped bit in the last batch, which the store is known to hold: it was acknowledged, and is not cut. */
static void test_proven_is_never_torn(void **state)
{
	struct fixture *f = *state;
	struct lt_bytes bytes, after;
	f->options.preallocate = false;
	fill_journal(f, 3, 3);
	uint64_t from = journal_bytes(f->journal);
	assert_int_equal(add(f, 2), LT_OK); /* 10 and 11 */
	shut(f);
	struct names names = segments(f);
	assert_int_equal(simdisk_flip(f->sim, names.name[0], from + 150, 1), LT_OK);
	assert_int_equal(simdisk_look(f->sim, names.name[0], &bytes), LT_OK);
	size_t size = bytes.len;
	for (uint64_t proven = 10; proven <= 11; proven++) {
		f->options.proven = proven;
		assert_int_equal(open_from(f, 12), LT_ECORRUPT);
		assert_non_null(strstr(f->report.damage, "were committed"));
		assert_int_equal(simdisk_look(f->sim, names.name[0], &after), LT_OK);
		assert_int_equal(after.len, size);
	}
	/* A file that ends too early, and one that is not there at all. */
	struct simdisk *whole = f->sim;
	f->sim = simdisk_clone(whole);
	f->disk = simdisk_disk(f->sim);
	assert_int_equal(simdisk_cut(f->sim, names.name[0], from), LT_OK);
	assert_int_equal(open_from(f, 12), LT_ECORRUPT);
	assert_int_equal(f->disk.remove(f->disk.ctx, names.name[0]), LT_OK);
	assert_int_equal(open_from(f, 12), LT_ECORRUPT);
	simdisk_free(f->sim);
	f->sim = whole;
	f->disk = simdisk_disk(whole);
	/* Nobody knows of the batch: it is torn, cut, and its bytes are kept. */
	f->options.proven = 9;
	assert_int_equal(open_from(f, 10), LT_OK);
	assert_int_equal(f->report.last, 9);
	look_aside(f, &bytes);
	assert_int_equal(bytes.len, f->report.torn_bytes);
	expect_all(f, 1, 9);
	assert_int_equal(add(f, 2), LT_OK);
	shut(f);
	assert_int_equal(open_from(f, 10), LT_OK);
	expect_all(f, 1, 11);
}

/* Rotten part bytes of the last batch are those parts' misfortune when the batch is known to have been committed. */
static void test_proven_parts_rot_alone(void **state)
{
	struct fixture *f = *state;
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	f->options.preallocate = false;
	fill_journal(f, 2, 3);
	assert_int_equal(add(f, 2), LT_OK); /* 8 has two parts of 100 bytes */
	uint64_t end = journal_bytes(f->journal);
	shut(f);
	assert_int_equal(simdisk_flip(f->sim, segments(f).name[0], end - 100, 1), LT_OK);
	f->options.proven = 8;
	assert_int_equal(open_from(f, 9), LT_OK);
	assert_int_equal(f->report.last, 8);
	assert_int_equal(journal_read(f->journal, 8, &buf, &entry), LT_OK);
	lt_buf_fini(&buf);
}

static void test_missing_segment(void **state)
{
	struct fixture *f = *state;
	fill_journal(f, 60, 7);
	shut(f);
	struct names names = segments(f);
	assert_int_equal(f->disk.remove(f->disk.ctx, names.name[names.count - 2]), LT_OK);
	assert_int_equal(open_from(f, 1), LT_ECORRUPT);
	assert_true(f->report.damage[0]);
}

static void test_disk_full(void **state)
{
	struct fixture *f = *state;
	f->options.preallocate = false;
	fill_journal(f, 5, 3);
	simdisk_set_capacity(f->sim, journal_bytes(f->journal) + 500);
	assert_int_equal(add(f, 3), LT_EFULL);
	assert_int_equal(add(f, 3), LT_EIO); /* final */
	shut(f);
	simdisk_set_capacity(f->sim, 0);
	assert_int_equal(open_from(f, 1), LT_OK);
	assert_int_equal(f->report.torn_bytes, 500);
	expect_all(f, 1, 15);
}

static void test_failed_sync(void **state)
{
	struct fixture *f = *state;
	fill_journal(f, 5, 3);
	simdisk_fail_sync(f->sim, 1);
	assert_int_equal(add(f, 3), LT_EIO);
	assert_int_equal(add(f, 3), LT_EIO);
	shut(f);
	simdisk_kill(f->sim);
	assert_int_equal(open_from(f, 1), LT_OK);
	uint64_t head = journal_head(f->journal);
	assert_int_equal(head, 18);
	shut(f);
	simdisk_crash(f->sim, 0);
	assert_int_equal(open_from(f, 1), LT_OK);
	expect_all(f, 1, head);
}

static void test_crashes(void **state)
{
	struct fixture *f = *state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		simdisk_free(f->sim);
		f->sim = simdisk_new();
		f->disk = simdisk_disk(f->sim);
		f->options.segment_bytes = 4096 + seed * 16;
		f->options.preallocate = seed % 10 == 1; /* each open then looks through a MiB */
		uint64_t acknowledged = 0;
		for (uint64_t round = 0; round < 4; round++) {
			assert_int_equal(open_from(f, acknowledged + 1), LT_OK);
			assert_true(journal_head(f->journal) >= acknowledged);
			if (seed % 3)
				simdisk_fail_sync(f->sim, 1 + (seed * 7 + round) % 13);
			else
				simdisk_fail_write(f->sim, 1 + (seed * 7 + round) % 13);
			for (uint32_t i = 0; i < 12 && add(f, 1 + i % 4) == LT_OK; i++)
				;
			acknowledged = journal_head(f->journal);
			shut(f);
			if (seed % 5 == 4)
				simdisk_kill(f->sim);
			else
				simdisk_crash(f->sim, seed ? seed * 11 + round : 0);
		}
		assert_int_equal(open_from(f, 1), LT_OK);
		assert_true(journal_head(f->journal) >= acknowledged);
		expect_all(f, 1, journal_head(f->journal));
		shut(f);
	}
}

/* Some records, and what a crash by this seed leaves of a batch whose write did not return. */
static struct simdisk *torn_image(struct fixture *f, uint64_t seed)
{
	simdisk_free(f->sim);
	f->sim = simdisk_new();
	f->disk = simdisk_disk(f->sim);
	f->options.segment_bytes = 4096;
	fill_journal(f, 4 + (int)(seed % 4), 3);
	simdisk_fail_write(f->sim, 1);
	assert_int_equal(add(f, 3), LT_EIO);
	shut(f);
	simdisk_crash(f->sim, seed);
	return simdisk_clone(f->sim);
}

static void last_torn(void *arg, const char *name)
{
	if (strncmp(name, "torn-", 5) == 0)
		strcpy(arg, name);
}

/* What was cut stands in a file of its own. */
static void expect_kept(struct fixture *f, const struct lt_buf *cut)
{
	char name[64] = "";
	struct lt_bytes kept;
	f->disk.list(f->disk.ctx, last_torn, name);
	assert_int_equal(simdisk_look(f->sim, name, &kept), LT_OK);
	assert_int_equal(kept.len, cut->len);
	assert_memory_equal(kept.data, cut->data, cut->len);
}

/* The start from this image dies at its n-th write or sync, and the machine with it; the next one finds what that one would have. False:
 * it had no n-th. */
static bool interrupt(struct fixture *f, const struct simdisk *image, bool sync, uint64_t n, uint64_t head,
		      const struct lt_buf *cut)
{
	simdisk_free(f->sim);
	f->sim = simdisk_clone(image);
	f->disk = simdisk_disk(f->sim);
	(sync ? simdisk_fail_sync : simdisk_fail_write)(f->sim, n);
	bool died = open_from(f, 1) != LT_OK;
	if (!died)
		shut(f);
	simdisk_crash(f->sim, 1 + n);
	assert_int_equal(open_from(f, 1), LT_OK);
	expect_all(f, 1, head);
	if (cut->len > 0)
		expect_kept(f, cut);
	assert_int_equal(add(f, 2), LT_OK);
	shut(f);
	assert_int_equal(open_from(f, 1), LT_OK);
	expect_all(f, 1, head + 2);
	shut(f);
	return died;
}

static void test_start_is_interrupted(void **state)
{
	struct fixture *f = *state;
	struct lt_buf cut = { 0 };
	unsigned died = 0, torn = 0;
	f->options.preallocate = false;
	for (uint64_t seed = 1; seed <= 8; seed++) {
		struct simdisk *image = torn_image(f, seed);
		struct lt_bytes kept;
		assert_int_equal(open_from(f, 1), LT_OK);
		uint64_t head = journal_head(f->journal);
		lt_buf_clear(&cut);
		if (f->report.torn_bytes > 0) {
			assert_int_equal(simdisk_look(f->sim, f->report.torn_file, &kept), LT_OK);
			lt_buf_append(&cut, kept.data, kept.len);
			torn++;
		}
		shut(f);
		for (int sync = 0; sync < 2; sync++) {
			for (uint64_t n = 1; interrupt(f, image, sync, n, head, &cut); n++)
				died++;
		}
		simdisk_free(image);
	}
	assert_true(torn > 2 && died > 30);
	lt_buf_fini(&cut);
}

static enum lt_err find_tail(void *ctx, const struct journal_entry *entry)
{
	*(uint64_t *)ctx = entry->sequence;
	return LT_OK;
}

/* What a peer can make: batches 4 and 5 of a journal like this one, each whole and the second chained to the first. All that it
 * cannot know is the secret. Returns their length. */
static size_t make_batches(struct fixture *f, uint8_t *out, size_t room)
{
	struct names names;
	struct lt_bytes bytes;
	f->options.secret ^= 1;
	fill_journal(f, 3, 1);
	size_t from = (size_t)journal_bytes(f->journal);
	assert_int_equal(add(f, 1), LT_OK);
	assert_int_equal(add(f, 1), LT_OK);
	names = segments(f);
	assert_int_equal(simdisk_look(f->sim, names.name[0], &bytes), LT_OK);
	size_t len = (size_t)journal_bytes(f->journal) - from;
	assert_true(len <= room);
	memcpy(out, bytes.data + from, len);
	shut(f);
	f->options.secret ^= 1;
	simdisk_free(f->sim);
	f->sim = simdisk_new();
	f->disk = simdisk_disk(f->sim);
	return len;
}

/* Batch 4 has a part with batches in it, where a reader looks for some. Returns where they stand in the segment. */
static uint64_t write_with_batches(struct fixture *f, struct lt_bytes batches)
{
	uint8_t fake[8192] = { 0 };
	struct commit commit;
	struct lt_bytes part = lt_bytes(fake, sizeof fake), bytes;
	uint64_t from = journal_bytes(f->journal);
	/* Header 136, table 10, record 25, mark 1: 20 bytes on, the part is aligned to 64. */
	const char record[] = "record with a batch in it";
	memcpy(fake + 20, batches.data, batches.len);
	journal_batch_clear(&f->batch, 4);
	assert_int_equal(add_text(&f->batch, lt_bytes(record, 25), &part, 1), LT_OK);
	assert_int_equal(journal_write(f->journal, &f->batch, &commit), LT_OK);
	journal_publish(f->journal, &commit, &f->batch);
	assert_int_equal(simdisk_look(f->sim, segments(f).name[0], &bytes), LT_OK);
	assert_memory_equal(bytes.data + from + 192, batches.data, batches.len);
	return from + 192;
}

static void blank(struct fixture *f, const char *name, uint64_t at, size_t len)
{
	static const uint8_t zeros[4096];
	int file;
	assert_int_equal(f->disk.open(f->disk.ctx, name, false, &file), LT_OK);
	assert_int_equal(f->disk.write(f->disk.ctx, file, at, zeros, len), LT_OK);
	assert_int_equal(f->disk.sync(f->disk.ctx, file), LT_OK);
	f->disk.close(f->disk.ctx, file);
}

/* A peer puts whole valid batches into its part bytes: a torn tail is still a torn tail, also when its head is what is lost. */
static void test_batch_inside_parts(void **state)
{
	struct fixture *f = *state;
	uint8_t made[4096];
	f->options.preallocate = false;
	size_t len = make_batches(f, made, sizeof made);
	for (int head = 0; head < 2; head++) {
		fill_journal(f, 3, 1);
		uint64_t at = write_with_batches(f, lt_bytes(made, len));
		struct names names = segments(f);
		shut(f);
		if (head)
			simdisk_cut(f->sim, names.name[0], at + 4096);
		else
			blank(f, names.name[0], at - 192, 192);
		assert_int_equal(open_from(f, 1), LT_OK);
		assert_int_equal(journal_head(f->journal), 3);
		assert_true(f->report.torn_bytes > len);
		uint64_t last = 0;
		assert_int_equal(journal_scan(f->journal, 1, UINT64_MAX, find_tail, &last), LT_OK);
		assert_int_equal(last, 3);
		shut(f);
		simdisk_free(f->sim);
		f->sim = simdisk_new();
		f->disk = simdisk_disk(f->sim);
	}
}

/* The same where a batch rots that others follow: they are found, and what stands in its parts is not. */
static void test_batch_inside_rotten(void **state)
{
	struct fixture *f = *state;
	uint8_t made[4096];
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	f->options.preallocate = false;
	size_t len = make_batches(f, made, sizeof made);
	fill_journal(f, 3, 1);
	uint64_t at = write_with_batches(f, lt_bytes(made, len));
	struct names names = segments(f);
	for (int i = 0; i < 200; i++) /* a sealed segment and another one */
		assert_int_equal(add(f, 1), LT_OK);
	assert_true(segments(f).count > 1);
	shut(f);
	blank(f, names.name[0], at - 192, 192);
	memcpy(strrchr(names.name[0], '.'), ".idx", 4);
	assert_int_equal(f->disk.remove(f->disk.ctx, names.name[0]), LT_OK);
	assert_int_equal(open_from(f, 200), LT_OK);
	assert_int_equal(journal_read(f->journal, 4, &buf, &entry), LT_ECORRUPT);
	for (uint64_t n = 5; n < 200; n++) {
		assert_int_equal(journal_read(f->journal, n, &buf, &entry), LT_OK);
		expect_entry(&entry, n, false);
	}
	lt_buf_fini(&buf);
}

TEST_MAIN(TEST(test_torn_at_every_byte), TEST(test_flip), TEST(test_zeroed_middle_is_damage),
	  TEST(test_damage_in_earlier_segment), TEST(test_proven_is_never_torn), TEST(test_proven_parts_rot_alone),
	  TEST(test_missing_segment), TEST(test_disk_full), TEST(test_failed_sync), TEST(test_crashes),
	  TEST(test_start_is_interrupted), TEST(test_batch_inside_parts), TEST(test_batch_inside_rotten))
