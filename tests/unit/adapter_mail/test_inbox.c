/* test_inbox.c: stored once, gaps not taken, quarantine signs nothing, answers idempotent. */
#include "test.h"

#include "testadapter.h"

#include "mail/held.h"
#include "mail/quarantine.h"
#include "mail/parts.h"

#include <stdlib.h>
#include <string.h>

#define DOSSIER "H37.24-20261124-0000001"

struct add {
	struct test_office *test;
	struct inbox_delivery delivery;
	struct lt_buf header, signature;
	struct lt_bytes part;
	enum inbox_outcome outcome;
	uint64_t item;
};

static enum lt_err run_add(void *ctx, struct vault_tx *tx)
{
	struct add *add = ctx;
	return inbox_add(tx, &add->test->speaker, &add->delivery, &add->outcome, &add->item);
}

static struct add *make(struct test_office *test, enum lt_kind kind, uint64_t number)
{
	struct add *add = calloc(1, sizeof(*add));
	add->test = test;
	add->part = lt_bytes("phần", 5);
	test_office_envelope(test, kind, DOSSIER, &add->part, &add->header, &add->signature);
	add->delivery = (struct inbox_delivery){ .agency = TEST_US,
						 .number = number,
						 .previous = number - 1,
						 .sequence = 100 + number,
						 .time = test_office_clock,
						 .branch = 1,
						 .branch_version = 4,
						 .readable = true };
	add->delivery.part_views[0] = add->part;
	add->delivery.envelope = (struct lt_envelope){ .header = lt_buf_bytes(&add->header),
						       .signature = lt_buf_bytes(&add->signature),
						       .part_count = 1 };
	add->delivery.envelope.parts = add->delivery.part_views;
	return add;
}

static void drop(struct add *add)
{
	lt_buf_fini(&add->header);
	lt_buf_fini(&add->signature);
	free(add);
}

static uint64_t received(struct test_office *test)
{
	struct vault_tx *tx;
	uint64_t number = 0;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(inbox_received(tx, TEST_US, &number), LT_OK);
	vault_read_end(tx);
	return number;
}

static struct inbox_state state_of(struct test_office *test, uint64_t item)
{
	struct vault_tx *tx;
	struct inbox_state state;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(inbox_get_state(tx, item, &state), LT_OK);
	vault_read_end(tx);
	return state;
}

static uint64_t count(struct test_office *test, enum vault_table table)
{
	struct vault_tx *tx;
	uint64_t out = 0;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(vault_count(tx, table, &out), LT_OK);
	vault_read_end(tx);
	return out;
}

struct settle {
	struct test_office *test;
	struct held_key key;
	struct inbox_delivery *delivery;
	enum inbox_outcome outcome;
	uint64_t item, items[8];
};

static enum lt_err run_settle(void *ctx, struct vault_tx *tx)
{
	struct settle *settle = ctx;
	return held_settle(tx, &settle->test->speaker, &settle->key, settle->delivery, &settle->outcome, &settle->item);
}

/* One round over what is held, with this verdict for each, as our own trouble; how many came into the inbox. */
static size_t settle_all(struct settle *settle, enum lt_reason verdict)
{
	struct vault_tx *tx;
	size_t stored = 0;
	settle->key.len = 0;
	for (;;) {
		assert_int_equal(vault_read_begin(settle->test->vault, &tx), LT_OK);
		enum lt_err err = held_next(tx, &settle->key, &settle->delivery);
		vault_read_end(tx);
		if (err)
			break;
		settle->delivery->readable = true;
		settle->delivery->ours = verdict != LT_REASON_NONE;
		if (verdict)
			lt_refuse(&settle->delivery->fault, verdict, "as before");
		test_office_run(settle->test, run_settle, settle);
		if (settle->outcome == INBOX_STORED)
			settle->items[stored++] = settle->item;
		inbox_delivery_free(settle->delivery);
	}
	return stored;
}

static void test_stored_with_its_part(void **state)
{
	struct test_office *test = *state;
	struct vault_tx *tx;
	struct inbox_item item;
	struct lt_bytes data;
	struct add *add = make(test, LT_KIND_FORWARD, 1);
	test_office_run(test, run_add, add);
	assert_int_equal(add->outcome, INBOX_STORED);
	test_office_reopen(test);
	assert_int_equal(received(test), 1);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(inbox_get(tx, add->item, &item), LT_OK);
	assert_true(lt_bytes_equal(item.header, lt_buf_bytes(&add->header)));
	assert_true(lt_bytes_equal(item.signature, lt_buf_bytes(&add->signature)));
	assert_int_equal(parts_read(tx, item.parts[0], &data), LT_OK);
	assert_true(lt_bytes_equal(data, add->part));
	vault_read_end(tx);
	assert_int_equal(state_of(test, add->item).status, INBOX_NEW);
	drop(add);
}

static void test_a_repeat_is_acknowledged_and_not_stored(void **state)
{
	struct test_office *test = *state;
	struct add *add = make(test, LT_KIND_FORWARD, 1);
	test_office_run(test, run_add, add);
	uint64_t first = add->item;
	add->delivery.number = 2;
	test_office_run(test, run_add, add);
	assert_int_equal(add->outcome, INBOX_SEEN);
	assert_int_equal(add->item, first);
	assert_int_equal(received(test), 2);
	assert_int_equal(count(test, VAULT_INBOX), 1);
	drop(add);
}

static void test_a_gap_is_not_taken(void **state)
{
	struct test_office *test = *state;
	struct add *add = make(test, LT_KIND_FORWARD, 2);
	test_office_run(test, run_add, add);
	assert_int_equal(add->outcome, INBOX_GAP);
	assert_int_equal(received(test), 0);
	assert_int_equal(count(test, VAULT_INBOX), 0);
	drop(add);
}

static void test_numbers_that_were_never_given_are_passed_over(void **state)
{
	struct test_office *test = *state;
	struct add *add = make(test, LT_KIND_FORWARD, 5001);
	add->delivery.previous = 0;
	test_office_run(test, run_add, add);
	assert_int_equal(add->outcome, INBOX_STORED);
	assert_int_equal(received(test), 5001);
	drop(add);
}

static void test_a_new_one_under_an_old_number_is_kept(void **state)
{
	struct test_office *test = *state;
	struct add *first = make(test, LT_KIND_FORWARD, 1), *other = make(test, LT_KIND_FORWARD, 1);
	test_office_run(test, run_add, first);
	test_office_run(test, run_add, other);
	assert_int_equal(other->outcome, INBOX_STORED);
	assert_int_equal(count(test, VAULT_INBOX), 2);
	assert_int_equal(received(test), 1);
	drop(first);
	drop(other);
}

static size_t untold(struct test_office *test, struct quarantine_exception out[QUARANTINE_LIST_MAX])
{
	struct vault_tx *tx;
	size_t n = 0;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(quarantine_untold(tx, TEST_US, 0, out, &n), LT_OK);
	vault_read_end(tx);
	return n;
}

/* Nobody decided it, so nothing is signed: the broker is told, once for all its copies. */
static void test_quarantine_signs_nothing(void **state)
{
	static const enum lt_reason reasons[] = { LT_PART_DIGEST_WRONG, LT_SIGNATURE_WRONG, LT_DOMAIN_WRONG,
						  LT_NOT_ADDRESSED_TO_US, LT_CERTIFICATE_REVOKED };
	struct test_office *test = *state;
	struct quarantine_exception exceptions[QUARANTINE_LIST_MAX];
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		struct add *add = make(test, LT_KIND_FORWARD, i + 1);
		lt_refuse(&add->delivery.fault, reasons[i], "what it is");
		test_office_run(test, run_add, add);
		assert_int_equal(add->outcome, INBOX_STORED);
		assert_int_equal(state_of(test, add->item).status, INBOX_STUCK);
		assert_int_equal(state_of(test, add->item).answer, 0);
		test_office_run(test, run_add, add);
		assert_int_equal(add->outcome, INBOX_SEEN);
		assert_int_equal(received(test), i + 1);
		assert_int_equal(count(test, VAULT_QUEUE), 0);
		assert_int_equal(count(test, VAULT_ENVELOPE), 0);
		assert_int_equal(untold(test, exceptions), i + 1);
		assert_int_equal(exceptions[i].number, i + 1);
		assert_int_equal(exceptions[i].reason, reasons[i]);
		drop(add);
	}
}

static void check_answer(struct test_office *test, uint64_t item, enum lt_reason reason);

/* An item of the dossier behind a broken one comes when that was sent anew, and not before; other dossiers do not wait. */
static void test_later_items_wait_for_the_broken_one(void **state)
{
	struct test_office *test = *state;
	struct add *good = make(test, LT_KIND_FORWARD, 1), *later = make(test, LT_KIND_FORWARD, 2),
		   *last = make(test, LT_KIND_FORWARD, 3);
	lt_refuse(&good->delivery.fault, LT_SIGNATURE_WRONG, "signature");
	test_office_run(test, run_add, good);
	check_answer(test, good->item, LT_QUARANTINED);
	test_office_run(test, run_add, later);
	assert_int_equal(later->outcome, INBOX_HELD);
	test_office_run(test, run_add, last);
	assert_int_equal(last->outcome, INBOX_HELD);
	assert_int_equal(received(test), 3);
	test_office_run(test, run_add, later);
	assert_int_equal(count(test, VAULT_HELD), 2);
	struct settle settle = { .test = test };
	assert_int_equal(settle_all(&settle, LT_REASON_NONE), 0); /* still behind it */
	good->delivery.fault = (struct lt_refusal){ 0 };
	good->delivery.number = 4; /* sent anew; the record is the same */
	test_office_run(test, run_add, good);
	assert_int_equal(good->outcome, INBOX_STORED);
	assert_int_equal(settle_all(&settle, LT_REASON_NONE), 2);
	assert_true(settle.items[0] > good->item && settle.items[1] > settle.items[0]);
	assert_int_equal(count(test, VAULT_HELD), 0);
	assert_int_equal(count(test, VAULT_WAIT), 0);
	drop(good);
	drop(later);
	drop(last);
}

/* Our own trouble: not in the inbox, not refused, and there when the trouble is over; later items of the dossier stay behind. */
static void test_held_until_it_holds(void **state)
{
	struct test_office *test = *state;
	struct quarantine_exception exceptions[QUARANTINE_LIST_MAX];
	struct add *add = make(test, LT_KIND_FORWARD, 1), *later = make(test, LT_KIND_FORWARD, 2);
	struct held_figures figures;
	struct vault_tx *tx;
	lt_refuse(&add->delivery.fault, LT_CERTIFICATE_UNTRUSTED, "CRL has expired");
	add->delivery.ours = true;
	test_office_run(test, run_add, add);
	assert_int_equal(add->outcome, INBOX_HELD);
	test_office_run(test, run_add, later);
	assert_int_equal(later->outcome, INBOX_HELD);
	test_office_reopen(test);
	assert_int_equal(received(test), 2);
	assert_int_equal(count(test, VAULT_INBOX), 0);
	assert_int_equal(count(test, VAULT_QUEUE), 0);
	assert_int_equal(untold(test, exceptions), 0);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(held_figures(tx, &figures), LT_OK);
	vault_read_end(tx);
	assert_int_equal(figures.count, 2);
	assert_int_equal(figures.cause.reason, LT_CERTIFICATE_UNTRUSTED);
	struct settle settle = { .test = test };
	assert_int_equal(settle_all(&settle, LT_CERTIFICATE_UNTRUSTED), 0);
	assert_int_equal(settle_all(&settle, LT_REASON_NONE), 2);
	assert_int_equal(settle.items[0], 1);
	assert_int_equal(count(test, VAULT_HELD), 0);
	assert_int_equal(count(test, VAULT_WAIT), 0);
	assert_int_equal(state_of(test, 1).status, INBOX_NEW);
	drop(add);
	drop(later);
}

/* A copy with other bytes under the id of an item that is here: evidence, and nobody waits for it. */
static void test_a_bad_copy_of_a_known_one_blocks_nothing(void **state)
{
	struct test_office *test = *state;
	struct add *add = make(test, LT_KIND_FORWARD, 1), *later = make(test, LT_KIND_FORWARD, 3);
	test_office_run(test, run_add, add);
	lt_refuse(&add->delivery.fault, LT_PART_DIGEST_WRONG, "parts[0]");
	add->delivery.number = 2;
	test_office_run(test, run_add, add);
	assert_int_equal(add->outcome, INBOX_STORED);
	test_office_run(test, run_add, later);
	assert_int_equal(later->outcome, INBOX_STORED);
	assert_int_equal(state_of(test, later->item).status, INBOX_NEW);
	assert_int_equal(count(test, VAULT_QUEUE), 0);
	drop(add);
	drop(later);
}

static void test_a_bad_copy_does_not_hide_the_good_one(void **state)
{
	struct test_office *test = *state;
	struct add *add = make(test, LT_KIND_FORWARD, 1);
	lt_refuse(&add->delivery.fault, LT_SIGNATURE_WRONG, "signature");
	test_office_run(test, run_add, add);
	add->delivery.fault = (struct lt_refusal){ 0 };
	add->delivery.number = 2;
	test_office_run(test, run_add, add);
	assert_int_equal(add->outcome, INBOX_STORED);
	assert_int_equal(state_of(test, add->item).status, INBOX_NEW);
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	struct lt_arena *arena;
	struct vault_tx *tx;
	uint64_t found = 0;
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	assert_int_equal(lt_header_parse(lt_buf_bytes(&add->header), arena, &header, &refusal), 0);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(inbox_find(tx, header.id, &found), LT_OK);
	assert_int_equal(found, add->item);
	header.id[15] ^= 1;
	assert_int_equal(inbox_find(tx, header.id, &found), LT_ENOENT);
	vault_read_end(tx);
	lt_arena_free(arena);
	drop(add);
}

static void test_what_cannot_be_read_is_kept_and_not_answered(void **state)
{
	struct test_office *test = *state;
	struct add *add = make(test, LT_KIND_FORWARD, 1);
	add->delivery.envelope.header = lt_bytes("rubbish", 7);
	add->delivery.readable = false;
	lt_refuse(&add->delivery.fault, LT_HEADER_MALFORMED, "not a header");
	test_office_run(test, run_add, add);
	assert_int_equal(add->outcome, INBOX_STORED);
	assert_int_equal(count(test, VAULT_QUEUE), 0);
	assert_int_equal(received(test), 1);
	drop(add);
}

struct answer {
	struct test_office *test;
	uint64_t item;
	bool accept;
	struct outbox_receipt receipt;
};

static enum lt_err run_answer(void *ctx, struct vault_tx *tx)
{
	struct answer *answer = ctx;
	struct outbox_request request = { .header = { .kind = answer->accept ? LT_KIND_ACCEPT : LT_KIND_REFUSE,
						      .reason = answer->accept ? "" : "thiếu giấy tờ" } };
	return inbox_answer(tx, &answer->test->speaker, answer->item, &request, &answer->receipt);
}

static void check_answer(struct test_office *test, uint64_t item, enum lt_reason reason)
{
	for (int i = 0; i < 2; i++) {
		struct answer answer = { .test = test, .item = item, .accept = i == 0 };
		test_office_run(test, run_answer, &answer);
		assert_int_equal(answer.receipt.refusal.reason, reason);
	}
	assert_int_equal(count(test, VAULT_QUEUE), 0);
}

static void test_answer_once(void **state)
{
	struct test_office *test = *state;
	struct add *add = make(test, LT_KIND_FORWARD, 1);
	test_office_run(test, run_add, add);
	struct answer accept = { .test = test, .item = add->item, .accept = true };
	test_office_run(test, run_answer, &accept);
	assert_int_equal(accept.receipt.refusal.reason, 0);
	struct answer again = { .test = test, .item = add->item, .accept = true };
	test_office_run(test, run_answer, &again);
	assert_int_equal(again.receipt.refusal.reason, 0);
	assert_memory_equal(again.receipt.id, accept.receipt.id, 16);
	assert_int_equal(count(test, VAULT_QUEUE), 1);
	struct answer refuse = { .test = test, .item = add->item };
	test_office_run(test, run_answer, &refuse);
	assert_int_equal(refuse.receipt.refusal.reason, LT_ANSWERED_OTHERWISE);
	assert_int_equal(vault_run(test->vault, run_answer, &(struct answer){ .test = test, .item = 99 }), LT_ENOENT);
	drop(add);
}

static void test_what_offers_nothing_cannot_be_accepted(void **state)
{
	struct test_office *test = *state;
	struct add *add = make(test, LT_KIND_HANDED_OVER, 1);
	test_office_run(test, run_add, add);
	struct answer accept = { .test = test, .item = add->item, .accept = true };
	test_office_run(test, run_answer, &accept);
	assert_int_equal(accept.receipt.refusal.reason, LT_NOT_AN_OFFER);
	drop(add);
}

struct purge {
	int64_t now;
	uint64_t from;
};

static enum lt_err run_purge(void *ctx, struct vault_tx *tx)
{
	struct purge *purge = ctx;
	return inbox_purge(tx, purge->now, INBOX_KEEP_US, 2, &purge->from);
}

static bool is_here(struct test_office *test, uint64_t item)
{
	struct vault_tx *tx;
	struct inbox_item found;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	enum lt_err err = inbox_get(tx, item, &found);
	vault_read_end(tx);
	return err == LT_OK;
}

/* Notices go with their parts; an open offer and the newest item stay; what was seen is not taken again. */
static void test_what_is_dealt_with_goes(void **state)
{
	static const enum lt_kind kinds[] = { LT_KIND_HANDED_OVER, LT_KIND_FORWARD, LT_KIND_HANDED_OVER,
					      LT_KIND_HANDED_OVER };
	struct test_office *test = *state;
	struct add *adds[4];
	uint64_t left = 0;
	struct vault_tx *tx;
	for (size_t i = 0; i < 4; i++) {
		adds[i] = make(test, kinds[i], i + 1);
		test_office_run(test, run_add, adds[i]);
		assert_int_equal(adds[i]->outcome, INBOX_STORED);
	}
	struct purge purge = { .now = test_office_clock + INBOX_KEEP_US - 1 };
	test_office_run(test, run_purge, &purge);
	assert_true(is_here(test, adds[0]->item));
	purge = (struct purge){ .now = test_office_clock + INBOX_KEEP_US + 1000000 };
	do /* two at a time */
		test_office_run(test, run_purge, &purge);
	while (purge.from);
	assert_false(is_here(test, adds[0]->item) || is_here(test, adds[2]->item));
	assert_true(is_here(test, adds[1]->item) && is_here(test, adds[3]->item));
	adds[0]->delivery.number = 5;
	adds[0]->delivery.previous = 4;
	test_office_run(test, run_add, adds[0]);
	assert_int_equal(adds[0]->outcome, INBOX_SEEN);
	struct answer accept = { .test = test, .item = adds[1]->item, .accept = true };
	test_office_run(test, run_answer, &accept);
	assert_int_equal(accept.receipt.refusal.reason, LT_REASON_NONE);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(vault_count(tx, VAULT_INBOX, &left), LT_OK);
	assert_int_equal(left, 2);
	vault_read_end(tx);
	for (size_t i = 0; i < 4; i++)
		drop(adds[i]);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_stored_with_its_part, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_repeat_is_acknowledged_and_not_stored, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_gap_is_not_taken, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_numbers_that_were_never_given_are_passed_over, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_new_one_under_an_old_number_is_kept, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_quarantine_signs_nothing, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_later_items_wait_for_the_broken_one, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_held_until_it_holds, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_bad_copy_of_a_known_one_blocks_nothing, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_bad_copy_does_not_hide_the_good_one, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_what_cannot_be_read_is_kept_and_not_answered, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_what_is_dealt_with_goes, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_answer_once, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_what_offers_nothing_cannot_be_accepted, test_office_set_up,
					  test_office_tear_down))
