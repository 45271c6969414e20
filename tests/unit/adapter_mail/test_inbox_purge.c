/* test_inbox_purge.c: a damaged row stays where it is: the walks of inbox, feed and parts go on behind it. */
#include "test.h"

#include "testadapter.h"

#include "mail/history/feed.h"
#include "mail/inbox.h"
#include "mail/parts.h"

#include <stdlib.h>
#include <string.h>

#define DOSSIER "H37.24-20261124-0000001"
#define ROWS 4 /* the second is damaged; of inbox and feed the newest always stays */
#define LATER_US (2 * INBOX_KEEP_US)

static const uint8_t digests[ROWS][32] = { { 1 }, { 2 }, { 3 }, { 4 } };

static enum lt_err fill_feed(struct vault_tx *tx)
{
	enum lt_err err = LT_OK;
	for (int i = 0; i < ROWS && !err; i++)
		err = feed_tell(tx, &(struct feed_event){ .event = LT_EVENT_LINK_LOST, .time = test_office_clock });
	return err;
}

static enum lt_err fill_inbox(struct vault_tx *tx, struct test_office *test)
{
	struct lt_bytes part = lt_bytes("phần", 5);
	enum lt_err err = LT_OK;
	for (uint64_t number = 1; number <= ROWS && !err; number++) {
		struct lt_buf header = { 0 }, signature = { 0 };
		enum inbox_outcome outcome;
		uint64_t item;
		test_office_envelope(test, LT_KIND_HANDED_OVER, DOSSIER, &part, &header, &signature);
		struct inbox_delivery delivery = { .agency = TEST_US,
						   .number = number,
						   .previous = number - 1,
						   .sequence = number,
						   .time = test_office_clock,
						   .branch = 1,
						   .branch_version = 4,
						   .readable = true,
						   .part_views = { part } };
		delivery.envelope = (struct lt_envelope){ .header = lt_buf_bytes(&header),
							  .signature = lt_buf_bytes(&signature),
							  .parts = delivery.part_views,
							  .part_count = 1 };
		err = inbox_add(tx, &test->speaker, &delivery, &outcome, &item);
		lt_buf_fini(&header);
		lt_buf_fini(&signature);
	}
	return err;
}

static enum lt_err fill(void *ctx, struct vault_tx *tx)
{
	struct test_office *test = ctx;
	struct lt_bytes bad = lt_bytes("?", 1);
	enum lt_err err = fill_inbox(tx, test);
	if (!err)
		err = fill_feed(tx);
	for (int i = 0; i < ROWS && !err; i++)
		err = parts_put(tx, digests[i], bad, test_office_clock);
	if (!err)
		err = vault_put_u64(tx, VAULT_INBOX, 2, bad);
	if (!err)
		err = vault_put_u64(tx, VAULT_EVENT, 2, bad);
	return err ? err : vault_put(tx, VAULT_PART, lt_bytes(digests[1], 32), bad);
}

static enum lt_err tidy(void *ctx, struct vault_tx *tx)
{
	int64_t now = *(const int64_t *)ctx;
	uint64_t inbox = 0, feed = 0;
	struct parts_cursor parts = { .set = false };
	enum lt_err err = feed_purge(tx, now, 100, &feed);
	if (!err)
		err = inbox_purge(tx, now, INBOX_KEEP_US, 100, &inbox);
	return err ? err : parts_sweep(tx, now, 100, &parts);
}

static void test_what_lies_behind_it_goes(void **state)
{
	struct test_office *test = *state;
	struct vault_tx *tx;
	struct lt_bytes value;
	int64_t later = test_office_clock + LATER_US;
	test_office_run(test, fill, test);
	test_office_run(test, tidy, &later);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	for (uint64_t i = 1; i <= ROWS; i++) {
		bool stays = i == 2 || i == ROWS;
		assert_int_equal(vault_get_u64(tx, VAULT_INBOX, i, &value), stays ? LT_OK : LT_ENOENT);
		assert_int_equal(parts_read(tx, digests[i - 1], &value), i == 2 ? LT_OK : LT_ENOENT);
	}
	/* Of the feed: the inbox told its arrivals first. */
	assert_int_equal(vault_get_u64(tx, VAULT_EVENT, 1, &value), LT_ENOENT);
	assert_int_equal(vault_get_u64(tx, VAULT_EVENT, 2, &value), LT_OK);
	assert_int_equal(vault_get_u64(tx, VAULT_EVENT, 3, &value), LT_ENOENT);
	vault_read_end(tx);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_what_lies_behind_it_goes, test_office_set_up, test_office_tear_down))
