/* test_feed.c: events in one order, places that belong to one history, old age. */
#include "test.h"

#include "testadapter.h"

#include "mail/history/feed.h"

#include <string.h>

struct telling {
	enum lt_event event;
	int64_t time;
};

static enum lt_err run_tell(void *ctx, struct vault_tx *tx)
{
	const struct telling *telling = ctx;
	struct feed_event event = { .event = telling->event,
				    .time = telling->time,
				    .agency = TEST_US,
				    .dossier = "H37.24-20261124-0000001",
				    .kind = LT_KIND_FORWARD,
				    .id = { 1, 2, 3 },
				    .item = 7,
				    .reply = { 9 },
				    .by = TEST_PEER,
				    .reason = LT_STALE_VERSION };
	return feed_tell(tx, &event);
}

static void tell(struct test_office *test, enum lt_event event, int64_t time)
{
	struct telling telling = { event, time };
	test_office_run(test, run_tell, &telling);
}

/* What follows the place, which moves on: numbers of events; how many. */
static size_t read(struct test_office *test, struct feed_place *place, enum lt_event *out, size_t max)
{
	struct vault_tx *tx;
	struct feed_event event;
	size_t count = 0;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	while (count < max && feed_next(tx, place, &event) == LT_OK) {
		out[count++] = event.event;
		assert_string_equal(event.by, TEST_PEER);
		assert_int_equal(event.item, 7);
		assert_int_equal(event.reason, LT_STALE_VERSION);
	}
	vault_read_end(tx);
	return count;
}

static bool knows(struct test_office *test, const struct feed_place *place)
{
	struct vault_tx *tx;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	bool known = feed_knows(tx, place);
	vault_read_end(tx);
	return known;
}

static void test_in_order_over_a_restart(void **state)
{
	struct test_office *test = *state;
	struct feed_place place = { 0 };
	enum lt_event events[8];
	tell(test, LT_EVENT_ENVELOPE_QUEUED, 1);
	tell(test, LT_EVENT_ENVELOPE_ADMITTED, 2);
	assert_int_equal(read(test, &place, events, 8), 2);
	test_office_reopen(test);
	tell(test, LT_EVENT_LINK_LOST, 3);
	assert_true(knows(test, &place));
	assert_int_equal(read(test, &place, events, 8), 1);
	assert_int_equal(events[0], LT_EVENT_LINK_LOST);
	assert_int_equal(place.number, 3);
}

/* A store that was restored, or begun anew, gives the numbers again, and another tag with each. */
static void test_a_place_of_another_history_is_unknown(void **state)
{
	struct test_office *test = *state, *other = test_office_new();
	struct feed_place common = { 0 }, place, elsewhere = { 0 };
	enum lt_event events[8];
	tell(test, LT_EVENT_ENVELOPE_QUEUED, 1);
	tell(other, LT_EVENT_ENVELOPE_QUEUED, 1);
	assert_int_equal(read(test, &common, events, 8), 1);
	place = common;
	tell(test, LT_EVENT_ENVELOPE_ADMITTED, 2);
	tell(other, LT_EVENT_ENVELOPE_ADMITTED, 3);
	tell(test, LT_EVENT_ENVELOPE_DELIVERED, 4);
	tell(other, LT_EVENT_ENVELOPE_DELIVERED, 4);
	assert_int_equal(read(test, &place, events, 8), 2);
	assert_int_equal(read(other, &elsewhere, events, 8), 3);
	assert_int_equal(place.number, elsewhere.number);
	assert_true(knows(other, &common)); /* up to there both are one */
	assert_false(knows(other, &place));
	assert_false(knows(test, &elsewhere));
	elsewhere.number++;
	assert_false(knows(other, &elsewhere));
	test_office_free(other);
}

struct purge {
	int64_t now;
	uint64_t from;
};

static enum lt_err run_purge(void *ctx, struct vault_tx *tx)
{
	struct purge *purge = ctx;
	return feed_purge(tx, purge->now, 2, &purge->from);
}

static void test_old_ones_go_and_the_newest_stays(void **state)
{
	struct test_office *test = *state;
	struct feed_place first = { 0 }, last;
	enum lt_event events[8];
	for (int64_t i = 1; i <= 4; i++)
		tell(test, LT_EVENT_ITEM_ARRIVED, i);
	assert_int_equal(read(test, &first, events, 1), 1);
	last = first;
	assert_int_equal(read(test, &last, events, 8), 3);
	struct purge purge = { .now = 3 + FEED_KEEP_US };
	test_office_run(test, run_purge, &purge);
	assert_int_equal(purge.from, 3);
	assert_false(knows(test, &first)); /* what followed it is not all there any more */
	purge.now = 100 + FEED_KEEP_US;
	test_office_run(test, run_purge, &purge);
	assert_int_equal(purge.from, 0);
	assert_true(knows(test, &last));
	tell(test, LT_EVENT_ITEM_LAPSED, 9);
	assert_int_equal(read(test, &last, events, 8), 1);
	assert_int_equal(last.number, 5);
}

/* Told while the clock was ahead, more than one walk looks at: they stay, what came after it was set right goes. */
static void test_no_walk_stops_at_what_stays(void **state)
{
	struct test_office *test = *state;
	struct feed_place all = { 0 };
	enum lt_event events[8];
	for (int64_t i = 0; i < 3; i++)
		tell(test, LT_EVENT_ITEM_LAPSED, 2 * FEED_KEEP_US);
	for (int64_t i = 1; i <= 3; i++)
		tell(test, LT_EVENT_ITEM_ARRIVED, i);
	struct purge purge = { .now = 100 + FEED_KEEP_US };
	do
		test_office_run(test, run_purge, &purge);
	while (purge.from);
	assert_int_equal(read(test, &all, events, 8), 4);
	assert_int_equal(events[2], LT_EVENT_ITEM_LAPSED);
	assert_int_equal(events[3], LT_EVENT_ITEM_ARRIVED);
}

static void test_every_event_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(lt_event_name(LT_EVENT_ENVELOPE_REJECTED), "envelope.rejected");
	assert_null(lt_event_name(0));
}

#define WITH_OFFICE(test) cmocka_unit_test_setup_teardown(test, test_office_set_up, test_office_tear_down)
TEST_MAIN(WITH_OFFICE(test_in_order_over_a_restart), WITH_OFFICE(test_a_place_of_another_history_is_unknown),
	  WITH_OFFICE(test_old_ones_go_and_the_newest_stays), WITH_OFFICE(test_no_walk_stops_at_what_stays),
	  cmocka_unit_test(test_every_event_has_a_name))
