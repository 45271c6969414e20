/* test_outbox.c: Idempotency-Key, signing, versions ahead of the broker, answers, a restored broker, old age. */
#include "test.h"

#include "testadapter.h"

#include "mail/dossiers.h"
#include "mail/parts.h"

#include <stdlib.h>
#include <string.h>

#define DOSSIER "H37.24-20261124-0000001"

static struct test_office_add request(struct test_office *test, enum lt_kind kind, const char *to, const char *key)
{
	struct test_office_add add = { .test = test,
				       .request = { .key = key,
						    .header = { .kind = kind,
								.dossier = DOSSIER,
								.procedure_version = kind == LT_KIND_OPEN,
								.reason = kind == LT_KIND_RECALL ? "gửi nhầm" : "",
								.to_count = 1 } } };
	strcpy(add.request.header.procedure, kind == LT_KIND_OPEN ? "1.010828" : "");
	strcpy(add.to.agency, to);
	return add;
}

static struct outbox_receipt add_ok(struct test_office *test, enum lt_kind kind, const char *to, const char *key)
{
	struct test_office_add add = request(test, kind, to, key);
	test_office_run(test, test_office_run_add, &add);
	if (add.receipt.refusal.reason)
		fail_msg("%s: %s", lt_reason_name(add.receipt.refusal.reason), add.receipt.refusal.detail);
	return add.receipt;
}

static struct outbox_state state_of(struct test_office *test, const uint8_t id[16])
{
	struct vault_tx *tx;
	struct outbox_state state;
	uint64_t number;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(outbox_find(tx, id, &number), LT_OK);
	assert_int_equal(outbox_get_state(tx, number, &state), LT_OK);
	vault_read_end(tx);
	return state;
}

static void header_of(struct test_office *test, uint64_t number, struct lt_arena *arena, struct lt_header *out,
		      bool verify)
{
	struct vault_tx *tx;
	struct lt_bytes header, signature, copy;
	struct lt_refusal refusal = { 0 };
	struct lt_cert *cert = testpki_cert(test->us);
	const struct lt_cert *used, *certs[1] = { cert };
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(outbox_envelope(tx, number, &header, &signature), LT_OK);
	if (verify)
		assert_int_equal(lt_signature_verify(signature, header, certs, 1, &used, &refusal), 0);
	void *kept = lt_arena_alloc(arena, header.len);
	memcpy(kept, header.data, header.len);
	copy = lt_bytes(kept, header.len);
	assert_int_equal(lt_header_parse(copy, arena, out, &refusal), 0);
	vault_read_end(tx);
	lt_cert_free(cert);
}

static void test_same_key_same_answer(void **state)
{
	struct test_office *test = *state;
	struct outbox_receipt first = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	test_office_reopen(test);
	struct outbox_receipt again = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	assert_true(again.repeated);
	assert_memory_equal(first.id, again.id, 16);
	struct test_office_add other = request(test, LT_KIND_OPEN, TEST_US, "k1");
	other.request.body_digest[0] = 1;
	test_office_run(test, test_office_run_add, &other);
	assert_int_equal(other.receipt.refusal.reason, LT_IDEMPOTENCY_KEY_REUSED);
}

enum { MANY = 40 };

static enum lt_err run_many(void *ctx, struct vault_tx *tx)
{
	struct test_office_add *adds = ctx;
	enum lt_err err = LT_OK;
	for (int i = 0; i < MANY && !err; i++) {
		adds[i].request.header.to = &adds[i].to;
		if (adds[i].request.header.dossier[0])
			err = outbox_add(tx, &adds[i].test->speaker, &adds[i].request, &adds[i].receipt);
	}
	return err;
}

/* Adds so many in one transaction; how many different CMS signed them, each one checked. */
static size_t signatures_of(struct test_office *test, int count)
{
	struct test_office_add adds[MANY] = { 0 };
	char keys[MANY][8], codes[MANY][LT_DOSSIER_MAX];
	static int begun;
	for (int i = 0; i < count; i++, begun++) {
		snprintf(keys[i], sizeof keys[i], "m%d", begun);
		snprintf(codes[i], sizeof codes[i], "H37.24-20261124-%07d", begun + 100);
		adds[i] = request(test, LT_KIND_OPEN, TEST_US, keys[i]);
		memcpy(adds[i].request.header.dossier, codes[i], sizeof codes[i]);
	}
	test_office_run(test, run_many, adds);
	struct lt_cert *cert = testpki_cert(test->us);
	const struct lt_cert *used, *certs[1] = { cert };
	struct vault_tx *tx;
	struct lt_roots *roots;
	assert_int_equal(lt_roots_new(&roots), LT_OK);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	for (int i = 0; i < count; i++) {
		struct lt_bytes header, signature;
		assert_int_equal(adds[i].receipt.refusal.reason, LT_REASON_NONE);
		assert_int_equal(outbox_envelope(tx, adds[i].receipt.number, &header, &signature), LT_OK);
		assert_int_equal(lt_signature_verify_with(roots, signature, header, certs, 1, &used, NULL),
				 LT_REASON_NONE);
	}
	size_t checks = (size_t)lt_roots_checks(roots);
	vault_read_end(tx);
	lt_roots_free(roots);
	lt_cert_free(cert);
	return checks;
}

static void test_what_waits_is_signed_together(void **state)
{
	struct test_office *test = *state;
	assert_int_equal(signatures_of(test, MANY), 1);
	assert_int_equal(signatures_of(test, OUTBOX_TOGETHER_MIN), 1);
	assert_int_equal(signatures_of(test, OUTBOX_TOGETHER_MIN - 1), OUTBOX_TOGETHER_MIN - 1);
	test->agency.sign_each = true;
	assert_int_equal(signatures_of(test, MANY), MANY);
}

static void test_header_is_signed_and_canonical(void **state)
{
	struct test_office *test = *state;
	struct lt_arena *arena;
	struct lt_header header;
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	struct outbox_receipt receipt = add_ok(test, LT_KIND_OPEN, "000.00.11.H37", "k1");
	header_of(test, receipt.number, arena, &header, true);
	assert_string_equal(header.to[0].agency, TEST_PEER);
	assert_string_equal(header.sender, TEST_US);
	assert_string_equal(header.domain, TEST_DOMAIN);
	assert_memory_equal(header.id, receipt.id, 16);
	lt_arena_free(arena);
}

static void test_refusals_store_nothing(void **state)
{
	struct test_office *test = *state;
	struct test_office_add unknown = request(test, LT_KIND_OPEN, "H99", "k1");
	test_office_run(test, test_office_run_add, &unknown);
	assert_int_equal(unknown.receipt.refusal.reason, LT_RECIPIENT_UNKNOWN);
	struct test_office_add lost = request(test, LT_KIND_FORWARD, TEST_PEER, "k2");
	test_office_run(test, test_office_run_add, &lost);
	assert_int_equal(lost.receipt.refusal.reason, LT_DOSSIER_UNKNOWN);
	struct test_office_add part = request(test, LT_KIND_OPEN, TEST_PEER, "k3");
	struct lt_part_info info = { .name = "a.txt", .media_type = "text/plain" };
	part.request.header.part_count = 1;
	part.request.header.parts = &info;
	test_office_run(test, test_office_run_add, &part);
	assert_int_equal(part.receipt.refusal.reason, LT_PART_MISSING);
	struct test_office_add stranger = request(test, LT_KIND_OPEN, TEST_PEER, "k4");
	strcpy(stranger.request.header.sender, TEST_PEER);
	test_office_run(test, test_office_run_add, &stranger);
	assert_int_equal(stranger.receipt.refusal.reason, LT_SENDER_NOT_SESSION);
	assert_false(add_ok(test, LT_KIND_OPEN, TEST_PEER, "k1").repeated);
}

static void test_versions_run_ahead(void **state)
{
	struct test_office *test = *state;
	struct lt_arena *arena;
	struct lt_header header;
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	struct outbox_receipt forward = add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k2");
	header_of(test, forward.number, arena, &header, false);
	assert_int_equal(header.branch, 1);
	assert_int_equal(header.branch_version, 1);
	struct outbox_receipt recall = add_ok(test, LT_KIND_RECALL, TEST_PEER, "k3");
	header_of(test, recall.number, arena, &header, false);
	assert_int_equal(header.branch_version, 2);
	assert_memory_equal(header.in_reply_to, forward.id, 16);
	lt_arena_free(arena);
}

static void test_open_to_other_is_an_offer(void **state)
{
	struct test_office *test = *state;
	struct lt_arena *arena;
	struct lt_header header;
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	add_ok(test, LT_KIND_OPEN, TEST_PEER, "k1");
	struct outbox_receipt recall = add_ok(test, LT_KIND_RECALL, TEST_PEER, "k2");
	header_of(test, recall.number, arena, &header, false);
	assert_int_equal(header.branch_version, 2);
	lt_arena_free(arena);
}

struct answer {
	struct test_office *test;
	struct outbox_answer answer;
};

static enum lt_err run_answer(void *ctx, struct vault_tx *tx)
{
	struct answer *answer = ctx;
	return outbox_answered(tx, &answer->test->speaker, &answer->answer);
}

static void answer(struct test_office *test, const uint8_t id[16], enum lt_reason reason, uint64_t sequence,
		   uint64_t version)
{
	struct answer job = { .test = test,
			      .answer = { .reason = reason,
					  .sequence = sequence,
					  .time = test_office_clock,
					  .branch = 1,
					  .branch_version = version,
					  .detail = "vì sao" } };
	memcpy(job.answer.id, id, 16);
	if (!reason)
		test_office_receipt(&job.answer);
	test_office_run(test, run_answer, &job);
}

static uint64_t queued(struct test_office *test)
{
	struct vault_tx *tx;
	uint64_t count = 0;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(vault_count(tx, VAULT_QUEUE, &count), LT_OK);
	vault_read_end(tx);
	return count;
}

static void test_answers_end_the_waiting(void **state)
{
	struct test_office *test = *state;
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	struct outbox_receipt forward = add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k2");
	assert_int_equal(queued(test), 2);
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	answer(test, forward.id, LT_STALE_VERSION, 0, 0);
	assert_int_equal(queued(test), 0);
	struct outbox_state first = state_of(test, opened.id), second = state_of(test, forward.id);
	assert_int_equal(first.status, OUTBOX_ADMITTED);
	assert_int_equal(first.sequence, 10);
	assert_int_equal(second.status, OUTBOX_REJECTED);
	assert_int_equal(second.rejection.reason, LT_STALE_VERSION);
	assert_string_equal(second.rejection.detail, "vì sao");
}

/* A head that names another record is no receipt: it changes nothing. */
static void test_admitted_without_a_receipt(void **state)
{
	struct test_office *test = *state;
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	struct answer job = {
		.test = test, .answer = { .sequence = 10, .time = test_office_clock, .branch = 1, .branch_version = 1 }
	};
	memcpy(job.answer.id, opened.id, 16);
	test_office_run(test, run_answer, &job);
	assert_int_equal(state_of(test, opened.id).status, OUTBOX_QUEUED);
	assert_int_equal(queued(test), 1);
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	assert_int_equal(state_of(test, opened.id).status, OUTBOX_ADMITTED);
}

static void test_rejection_takes_the_prediction_back(void **state)
{
	struct test_office *test = *state;
	struct lt_arena *arena;
	struct lt_header header;
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	struct outbox_receipt forward = add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k2");
	answer(test, forward.id, LT_RECIPIENT_SUSPENDED, 0, 0);
	struct outbox_receipt again = add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k3");
	header_of(test, again.number, arena, &header, false);
	assert_int_equal(header.branch_version, 1);
	lt_arena_free(arena);
}

/* What the next act of ours says of where the dossier is. */
static void expect_leg(struct test_office *test, const char *key, uint32_t leg, uint64_t version)
{
	struct lt_arena *arena;
	struct lt_header header;
	assert_int_equal(lt_arena_new(1 << 20, &arena), LT_OK);
	struct outbox_receipt receipt = add_ok(test, LT_KIND_FORWARD, TEST_PEER, key);
	header_of(test, receipt.number, arena, &header, false);
	assert_int_equal(header.branch, leg);
	assert_int_equal(header.branch_version, version);
	lt_arena_free(arena);
}

/* A RECALL that only asks, or that takes a result back, is admitted and moves nothing. */
static void test_admitted_without_a_move(void **state)
{
	struct test_office *test = *state;
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	struct outbox_receipt recall = add_ok(test, LT_KIND_RECALL, TEST_PEER, "k2");
	answer(test, recall.id, LT_REASON_NONE, 11, 1);
	expect_leg(test, "k3", 1, 1);
}

/* Another act waits: the answer to the first says nothing of it. */
static void test_admitted_while_another_waits(void **state)
{
	struct test_office *test = *state;
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k2");
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	expect_leg(test, "k3", 1, 2);
}

/* ctx: the sequence at which it is true. */
static enum lt_err run_see(void *ctx, struct vault_tx *tx)
{
	const uint64_t *sequence = ctx;
	const struct dossier_branch branches[] = { { 1, 2, false, false, false },
						   { 2, 5, true, true, false },
						   { 3, 4, false, false, false } };
	return dossiers_see(tx, DOSSIER, branches, 3, *sequence);
}

/* After a fork and a join the branch that we hold is not the last of the list. */
static void test_query_names_our_branch(void **state)
{
	struct test_office *test = *state;
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	test_office_run(test, run_see, &(uint64_t){ 10 });
	expect_leg(test, "k2", 2, 5);
}

/* An answer that an act has overtaken says nothing of what is so now; after a rejection any answer is taken. */
static void test_query_of_before_says_nothing(void **state)
{
	struct test_office *test = *state;
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	test_office_run(test, run_see, &(uint64_t){ 9 });
	struct outbox_receipt sent = add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k2");
	expect_leg(test, "k3", 1, 2);
	answer(test, sent.id, LT_STALE_VERSION, 0, 0);
	test_office_run(test, run_see, &(uint64_t){ 9 });
	expect_leg(test, "k4", 2, 5);
}

static void test_query_leaves_waiting_acts(void **state)
{
	struct test_office *test = *state;
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k2");
	test_office_run(test, run_see, &(uint64_t){ 10 });
	expect_leg(test, "k3", 1, 2);
}

struct meet {
	struct test_office *test;
	uint8_t incarnation[16];
	uint64_t head;
	bool again;
};

static enum lt_err run_meet(void *ctx, struct vault_tx *tx)
{
	struct meet *meet = ctx;
	return outbox_meet(tx, &meet->test->speaker, meet->incarnation, meet->head, &meet->again);
}

static void test_restored_broker_is_offered_everything_again(void **state)
{
	struct test_office *test = *state;
	struct meet meet = { .test = test, .incarnation = { 1 }, .head = 20 };
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	test_office_run(test, run_meet, &meet);
	assert_false(meet.again);
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	test_office_run(test, run_meet, &meet);
	assert_false(meet.again);
	meet.head = 9;
	test_office_run(test, run_meet, &meet);
	assert_true(meet.again);
	assert_int_equal(queued(test), 1);
	answer(test, opened.id, LT_DOSSIER_UNKNOWN, 0, 0);
	assert_int_equal(state_of(test, opened.id).status, OUTBOX_ADMITTED);
	assert_int_equal(queued(test), 0);
	meet.incarnation[0] = 2;
	test_office_run(test, run_meet, &meet);
	assert_true(meet.again);
	test_office_run(test, run_meet, &meet);
	assert_false(meet.again);
}

struct purge {
	uint64_t from;
	int64_t now;
};

static enum lt_err run_purge(void *ctx, struct vault_tx *tx)
{
	struct purge *purge = ctx;
	return outbox_purge(tx, purge->now, OUTBOX_KEEP_US, 2, &purge->from);
}

static void test_old_answered_ones_go_and_waiting_ones_stay(void **state)
{
	struct test_office *test = *state;
	struct vault_tx *tx;
	uint64_t number;
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1");
	struct outbox_receipt forward = add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k2");
	answer(test, opened.id, LT_REASON_NONE, 10, 1);
	struct purge purge = { .now = test_office_clock + OUTBOX_KEEP_US - 1 };
	test_office_run(test, run_purge, &purge);
	state_of(test, opened.id);
	purge.now += 2;
	test_office_run(test, run_purge, &purge);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(outbox_find(tx, opened.id, &number), LT_ENOENT);
	assert_int_equal(outbox_find(tx, forward.id, &number), LT_OK);
	vault_read_end(tx);
}

static enum lt_err run_spoil(void *ctx, struct vault_tx *tx)
{
	return vault_put_u64(tx, VAULT_STATE, *(uint64_t *)ctx, lt_bytes("?", 1));
}

/* What waits, what is damaged and what was made while the clock was ahead are more than one walk looks at: what lies behind goes. */
static void test_no_walk_stops_at_what_stays(void **state)
{
	struct test_office *test = *state;
	struct vault_tx *tx;
	uint64_t number;
	int64_t today = test_office_clock;
	struct outbox_receipt opened = add_ok(test, LT_KIND_OPEN, TEST_US, "k1"), waits[3];
	waits[0] = add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k2");
	waits[1] = add_ok(test, LT_KIND_RECALL, TEST_PEER, "k3");
	test_office_clock = today + 3 * OUTBOX_KEEP_US;
	waits[2] = add_ok(test, LT_KIND_FORWARD, TEST_PEER, "k4");
	test_office_clock = today;
	struct outbox_receipt last = add_ok(test, LT_KIND_RECALL, TEST_PEER, "k5");
	answer(test, waits[2].id, LT_REASON_NONE, 10, 1);
	answer(test, last.id, LT_REASON_NONE, 11, 1);
	test_office_run(test, run_spoil, &opened.number);
	struct purge purge = { .now = today + OUTBOX_KEEP_US + 1 };
	do
		test_office_run(test, run_purge, &purge);
	while (purge.from);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(outbox_find(tx, last.id, &number), LT_ENOENT);
	assert_int_equal(outbox_find(tx, opened.id, &number), LT_OK);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(outbox_find(tx, waits[i].id, &number), LT_OK);
	vault_read_end(tx);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_same_key_same_answer, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_what_waits_is_signed_together, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_header_is_signed_and_canonical, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_refusals_store_nothing, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_versions_run_ahead, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_open_to_other_is_an_offer, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_answers_end_the_waiting, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_admitted_without_a_receipt, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_rejection_takes_the_prediction_back, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_admitted_without_a_move, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_admitted_while_another_waits, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_query_names_our_branch, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_query_of_before_says_nothing, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_query_leaves_waiting_acts, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_restored_broker_is_offered_everything_again, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_old_answered_ones_go_and_waiting_ones_stay, test_office_set_up,
					  test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_no_walk_stops_at_what_stays, test_office_set_up, test_office_tear_down))
