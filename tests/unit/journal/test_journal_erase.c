/* What stood in records goes from the disk, and every hash stays; a crash at any step of it changes nothing, or is made good. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/journal.h"
#include "journal/segment.h"
#include "record/record.h"
#include "simdisk.h"
#include "wire/signature.h"

#define NAME "Nguyen Van An"
enum { RECORDS = 12, ACT = 90 };

struct fixture {
	struct simdisk *sim;
	struct disk disk;
	struct journal *journal;
	struct journal_options options;
	struct journal_report report;
	uint8_t leaves[RECORDS + 1][32];
};

static void open_journal(struct fixture *f)
{
	if (journal_open(&f->disk, &f->options, 1, &f->report, &f->journal))
		fail_msg("%s", f->report.damage);
}

static void close_journal(struct fixture *f)
{
	journal_close(f->journal);
	f->journal = NULL;
}

/* Three envelopes of one batch signature, whose root and the end of whose paths stand once, and an operator's act. */
static void add_record(struct fixture *f, struct journal_batch *batch, uint64_t sequence)
{
	static const uint8_t salt[LT_RECORD_SALT], hash[32];
	struct lt_bytes path[3] = { lt_bytes(hash, 32), lt_bytes(hash, 32), lt_bytes(hash, 32) };
	struct lt_bytes part = lt_bytes("part", 4);
	struct lt_buf signature = { 0 }, bytes = { 0 };
	char text[128];
	struct lt_record_digests digests;
	snprintf(text, sizeof(text), "record %llu of " NAME, (unsigned long long)sequence);
	struct lt_signature batched = { .batch = true,
					.tree = { .cms = lt_bytes("the CMS of a root, which two have", 33),
						  .index = (uint32_t)(sequence % 8),
						  .count = 8,
						  .path_count = 3,
						  .path = path } };
	assert_int_equal(lt_signature_encode(&batched, &signature), LT_OK);
	struct lt_record record = { .sequence = sequence,
				    .time = 1,
				    .rules_version = 1,
				    .submit = sequence % 4 != 0,
				    .salts = { lt_bytes(salt, sizeof(salt)), lt_bytes(salt, sizeof(salt)) } };
	if (record.submit)
		record.header = lt_bytes(text, strlen(text));
	else
		record.command = lt_bytes(text, strlen(text));
	record.signature = record.submit ? lt_buf_bytes(&signature) : lt_bytes(NULL, 0);
	assert_int_equal(lt_record_encode(&record, NULL, &bytes, &digests), LT_OK);
	struct journal_shared root = { (uint32_t)digests.root_at, (uint16_t)digests.root_len, (uint8_t)digests.path_gap,
				       (uint8_t)digests.path_steps };
	assert_int_equal(digests.path_steps, record.submit ? 2 : 0);
	memcpy(f->leaves[sequence], digests.leaf, 32);
	assert_int_equal(journal_batch_add(batch, lt_buf_bytes(&bytes), root, digests.leaf, &part, 1), LT_OK);
	lt_buf_fini(&signature);
	lt_buf_fini(&bytes);
}

static void write_records(struct fixture *f)
{
	struct journal_batch batch = { 0 };
	struct commit commit;
	for (uint64_t first = 1; first <= RECORDS; first += 4) {
		journal_batch_clear(&batch, first);
		for (uint64_t i = 0; i < 4; i++)
			add_record(f, &batch, first + i);
		assert_int_equal(journal_write(f->journal, &batch, &commit), LT_OK);
		journal_publish(f->journal, &commit, &batch);
	}
	journal_batch_fini(&batch);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	assert_non_null(f);
	f->sim = simdisk_new();
	f->disk = simdisk_disk(f->sim);
	f->options =
		(struct journal_options){ .leaf = lt_record_leaf, .erase = lt_record_erase, .segment_bytes = 2048 };
	*state = f;
	open_journal(f);
	write_records(f);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	close_journal(f);
	simdisk_free(f->sim);
	free(f);
	return 0;
}

/* The act by which a record is gone, as a reader sees it; its leaf is what it was. */
static uint64_t gone_by(struct fixture *f, uint64_t sequence)
{
	struct lt_buf buf = { 0 };
	struct journal_entry entry;
	struct lt_record record;
	assert_int_equal(journal_read(f->journal, sequence, &buf, &entry), LT_OK);
	assert_memory_equal(entry.leaf_hash, f->leaves[sequence], 32);
	assert_int_equal(lt_record_decode(entry.record, &record, NULL), LT_REASON_NONE);
	bool named = memmem(entry.record.data, entry.record.len, NAME, strlen(NAME)) != NULL;
	assert_true(named == (record.erased_by == 0));
	lt_buf_fini(&buf);
	return record.erased_by;
}

static bool on_disk(struct fixture *f, uint64_t sequence)
{
	char text[128], name[SEGMENT_NAME];
	int len = snprintf(text, sizeof(text), "record %llu of " NAME, (unsigned long long)sequence);
	bool found = false;
	for (uint64_t first = 1; first <= RECORDS; first++) {
		struct lt_bytes file;
		segment_name(first, "ltj", name);
		if (simdisk_look(f->sim, name, &file) == LT_OK)
			found |= memmem(file.data, file.len, text, (size_t)len) != NULL;
	}
	return found;
}

static void check_all(struct fixture *f)
{
	struct journal_report report;
	if (journal_check(f->journal, NULL, NULL, &report))
		fail_msg("%s", report.damage);
}

static void from_disk_and_memory(void **state)
{
	struct fixture *f = *state;
	static const uint64_t sequences[] = { 1, 2, 4, 7 };
	uint64_t unread;
	assert_true(on_disk(f, 1) && on_disk(f, 4));
	assert_int_equal(journal_erase(f->journal, sequences, 4, ACT, &unread), LT_OK);
	assert_int_equal(unread, 0);
	for (int round = 0; round < 2; round++) { /* in memory, and after a start */
		for (uint64_t i = 1; i <= RECORDS; i++) {
			bool erased = i == 1 || i == 2 || i == 4 || i == 7;
			assert_int_equal(gone_by(f, i), erased ? ACT : 0);
			assert_true(on_disk(f, i) != erased);
		}
		check_all(f);
		close_journal(f);
		open_journal(f);
	}
	assert_int_equal(journal_erase(f->journal, sequences, 4, ACT + 1, &unread), LT_OK); /* gone is gone */
	assert_int_equal(gone_by(f, 7), ACT);
	check_all(f);
	struct lt_bytes file;
	assert_int_equal(simdisk_look(f->sim, "erasing", &file), LT_ENOENT);
}

static void what_is_not_there(void **state)
{
	struct fixture *f = *state;
	static const uint64_t sequences[] = { 3, 99 };
	uint64_t unread;
	assert_int_equal(journal_erase(f->journal, sequences, 2, 100, &unread), LT_OK);
	assert_int_equal(unread, 99);
	assert_int_equal(gone_by(f, 3), 100);
}

/* The machine dies at each write and each sync; what was not synced is lost, kept or torn. */
static void crash_at_each_step(void **state)
{
	struct fixture *f = *state;
	static const uint64_t sequences[] = { 1, 4, 9 };
	struct simdisk *whole = simdisk_clone(f->sim);
	uint64_t unread, crashes = 0;
	for (int syncs = 0; syncs < 2; syncs++) {
		enum lt_err err = LT_EIO;
		for (uint64_t n = 1; err; n++) {
			for (uint64_t seed = 0; seed < 6; seed++) {
				close_journal(f);
				simdisk_free(f->sim);
				f->sim = simdisk_clone(whole);
				f->disk = simdisk_disk(f->sim);
				open_journal(f);
				(syncs ? simdisk_fail_sync : simdisk_fail_write)(f->sim, n);
				err = journal_erase(f->journal, sequences, 3, ACT, &unread);
				close_journal(f);
				simdisk_fail_write(f->sim, 0);
				simdisk_fail_sync(f->sim, 0);
				simdisk_crash(f->sim, seed);
				open_journal(f);
				check_all(f);
				uint64_t first = gone_by(f, 1);
				assert_true(first == 0 || first == ACT);
				assert_int_equal(gone_by(f, 4), first); /* all of them, or none */
				assert_int_equal(gone_by(f, 9), first);
				assert_int_equal(journal_erase(f->journal, sequences, 3, ACT, &unread), LT_OK);
				assert_false(on_disk(f, 1) || on_disk(f, 4) || on_disk(f, 9));
				check_all(f);
				crashes++;
			}
		}
	}
	assert_true(crashes > 40);
	simdisk_free(whole);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(from_disk_and_memory, setup, teardown),
	  cmocka_unit_test_setup_teardown(what_is_not_there, setup, teardown),
	  cmocka_unit_test_setup_teardown(crash_at_each_step, setup, teardown))
