/* test_outbox_reply.c: which of our offers somebody must ask about, to learn whether they have come to their receivers' disks. */
#include "test.h"

#include "testadapter.h"

#include <string.h>

#define DOSSIER "H37.24-20261124-0000001"

struct offer {
	struct test_office *test;
	struct outbox_request request;
	struct lt_recipient to;
	struct outbox_receipt receipt;
	uint64_t sequence; /* at which it is admitted */
};

static enum lt_err run_offer(void *ctx, struct vault_tx *tx)
{
	struct offer *offer = ctx;
	offer->request.header.to = &offer->to;
	return outbox_add(tx, &offer->test->speaker, &offer->request, &offer->receipt);
}

static enum lt_err run_admitted(void *ctx, struct vault_tx *tx)
{
	struct offer *offer = ctx;
	struct outbox_answer answer = {
		.sequence = offer->sequence, .time = test_office_clock, .branch = 1, .branch_version = offer->sequence
	};
	memcpy(answer.id, offer->receipt.id, sizeof(answer.id));
	test_office_receipt(&answer);
	return outbox_answered(tx, &offer->test->speaker, &answer);
}

/* Offered and admitted now; its number in the outbox. */
static uint64_t offer(struct test_office *test, enum lt_kind kind, uint64_t sequence)
{
	struct offer offer = { .test = test,
			       .request = { .header = { .kind = kind,
							.dossier = DOSSIER,
							.procedure_version = kind == LT_KIND_OPEN,
							.to_count = 1 } },
			       .sequence = sequence };
	strcpy(offer.request.header.procedure, kind == LT_KIND_OPEN ? "1.010828" : "");
	strcpy(offer.to.agency, TEST_PEER);
	test_office_run(test, run_offer, &offer);
	assert_int_equal(offer.receipt.refusal.reason, LT_REASON_NONE);
	test_office_run(test, run_admitted, &offer);
	return offer.receipt.number;
}

static uint64_t asked_after(struct test_office *test, uint64_t number, int64_t now)
{
	struct outbox_state state;
	struct vault_tx *tx;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	enum lt_err err = outbox_arriving_next(tx, now, &number, &state);
	vault_read_end(tx);
	assert_true(err == LT_OK || err == LT_ENOENT);
	return err ? 0 : number;
}

static enum lt_err run_spoil(void *ctx, struct vault_tx *tx)
{
	return vault_put_u64(tx, VAULT_STATE, *(uint64_t *)ctx, lt_bytes("?", 1));
}

/* Its receiver may have answered before anybody need ask; a clock that was set back makes nothing young. */
static void test_a_young_offer_is_not_asked_about(void **state)
{
	struct test_office *test = *state;
	int64_t then = test_office_clock;
	uint64_t first = offer(test, LT_KIND_OPEN, 10);
	assert_int_equal(asked_after(test, 0, then + OUTBOX_ARRIVING_US - 1), 0);
	assert_int_equal(asked_after(test, 0, then + OUTBOX_ARRIVING_US), first);
	assert_int_equal(asked_after(test, first, then + OUTBOX_ARRIVING_US), 0);
	assert_int_equal(asked_after(test, 0, then - 1), first);
}

static void test_a_damaged_one_hides_none_behind_it(void **state)
{
	struct test_office *test = *state;
	int64_t old = test_office_clock + OUTBOX_ARRIVING_US;
	uint64_t first = offer(test, LT_KIND_OPEN, 10), second = offer(test, LT_KIND_FORWARD, 11);
	test_office_run(test, run_spoil, &first);
	assert_int_equal(asked_after(test, 0, old), second);
	assert_int_equal(asked_after(test, second, old), 0);
}

struct learned {
	struct test_office *test;
	struct outbox_arrival arrivals[2];
};

static enum lt_err run_learned(void *ctx, struct vault_tx *tx)
{
	const struct learned *learned = ctx;
	return outbox_arrived(tx, &learned->test->speaker, DOSSIER, learned->arrivals, 2);
}

static void test_one_view_tells_of_all_offers(void **state)
{
	struct test_office *test = *state;
	struct outbox_state sent[2];
	struct vault_tx *tx;
	uint64_t numbers[2] = { offer(test, LT_KIND_OPEN, 10), offer(test, LT_KIND_FORWARD, 11) };
	struct learned learned = { .test = test,
				   .arrivals = { { .sequence = 11, .branch = 1, .agency = TEST_PEER, .at = 7 },
						 { .sequence = 12, .branch = 1, .agency = TEST_PEER, .at = 8 } } };
	test_office_run(test, run_learned, &learned);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(outbox_get_state(tx, numbers[i], &sent[i]), LT_OK);
	vault_read_end(tx);
	assert_int_equal(sent[0].status, OUTBOX_ADMITTED);
	assert_int_equal(sent[1].status, OUTBOX_DELIVERED);
	assert_int_equal(sent[1].delivered_at, 7);
	assert_int_equal(asked_after(test, 0, test_office_clock + OUTBOX_ARRIVING_US), numbers[0]);
	assert_int_equal(asked_after(test, numbers[0], test_office_clock + OUTBOX_ARRIVING_US), 0);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_a_young_offer_is_not_asked_about, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_a_damaged_one_hides_none_behind_it, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_one_view_tells_of_all_offers, test_office_set_up, test_office_tear_down))
