/* test_inbox.c: stored once, gaps not taken, quarantine refuses once, answers idempotent. */
#include "test.h"

#include "testadapter.h"

#include "mail/inbox.h"
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
						 .sequence = 100 + number,
						 .time = test_office_clock,
						 .leg = 1,
						 .leg_version = 4,
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

static void test_quarantine_refuses_once(void **state)
{
	struct test_office *test = *state;
	struct vault_tx *tx;
	struct lt_bytes bytes, signature;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	struct lt_arena *arena;
	struct add *add = make(test, LT_KIND_FORWARD, 1);
	lt_refuse(&add->delivery.fault, LT_PART_DIGEST_WRONG, "parts[0]: another SHA-256");
	test_office_run(test, run_add, add);
	test_office_run(test, run_add, add);
	assert_int_equal(count(test, VAULT_QUEUE), 1);
	assert_int_equal(received(test), 1);
	struct inbox_state quarantined = state_of(test, add->item);
	assert_int_equal(quarantined.status, INBOX_QUARANTINED);
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(outbox_envelope(tx, quarantined.answer, &bytes, &signature), LT_OK);
	assert_int_equal(lt_header_parse(bytes, arena, &header, &refusal), 0);
	assert_int_equal(header.kind, LT_KIND_REFUSE);
	assert_string_equal(header.to[0].agency, TEST_PEER);
	assert_int_equal(header.leg_version, 4);
	assert_non_null(strstr(header.reason, "PART_DIGEST_WRONG"));
	assert_non_null(strstr(header.reason, "could not verify"));
	vault_read_end(tx);
	lt_arena_free(arena);
	drop(add);
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
	return inbox_answer(tx, &answer->test->speaker, answer->item, answer->accept, "thiếu giấy tờ",
			    &answer->receipt);
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

TEST_MAIN(cmocka_unit_test_setup_teardown(test_stored_with_its_part, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_repeat_is_acknowledged_and_not_stored, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_gap_is_not_taken, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_new_one_under_an_old_number_is_kept, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_quarantine_refuses_once, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_bad_copy_does_not_hide_the_good_one, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_what_cannot_be_read_is_kept_and_not_answered, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_answer_once, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_what_offers_nothing_cannot_be_accepted, test_office_set_up,
					  test_office_tear_down))
