/* test_outbox_sign.c: our key is refused, and changes: what waits stays, and is signed anew. */
#include "test.h"

#include "testadapter.h"

#include <string.h>

static struct outbox_receipt send(struct test_office *test, enum lt_kind kind, const char *to)
{
	struct test_office_add sending = { .test = test,
					   .request = { .header = { .kind = kind,
								    .dossier = "H37.24-20261124-0000001",
								    .procedure_version = kind == LT_KIND_OPEN,
								    .reason = kind == LT_KIND_RECALL ? "gửi nhầm" : "",
								    .to_count = 1 } } };
	strcpy(sending.request.header.procedure, kind == LT_KIND_OPEN ? "1.010828" : "");
	strcpy(sending.to.agency, to);
	test_office_run(test, test_office_run_add, &sending);
	assert_int_equal(sending.receipt.refusal.reason, LT_REASON_NONE);
	return sending.receipt;
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

/* Of record 10, or refused. */
static void answer(struct test_office *test, const uint8_t id[16], enum lt_reason reason)
{
	struct answer job = { .test = test,
			      .answer = { .reason = reason, .sequence = reason ? 0 : 10, .time = test_office_clock } };
	if (!reason)
		test_office_receipt(&job.answer);
	memcpy(job.answer.id, id, 16);
	test_office_run(test, run_answer, &job);
}

struct find {
	const uint8_t *id;
	struct outbox_state state;
	uint64_t waiting;
};

static enum lt_err run_find(void *ctx, struct vault_tx *tx)
{
	struct find *find = ctx;
	uint64_t number;
	enum lt_err err = outbox_find(tx, find->id, &number);
	if (!err)
		err = outbox_get_state(tx, number, &find->state);
	return err ? err : vault_count(tx, VAULT_QUEUE, &find->waiting);
}

static struct outbox_state state_of(struct test_office *test, const uint8_t id[16])
{
	struct find find = { .id = id };
	test_office_run(test, run_find, &find);
	return find.state;
}

static uint64_t queued(struct test_office *test, const uint8_t id[16])
{
	struct find find = { .id = id };
	test_office_run(test, run_find, &find);
	return find.waiting;
}

struct stale {
	struct test_office *test;
	uint64_t from, count, number;
	struct outbox_state state;
	uint8_t leaves[OUTBOX_SIGNATURES_MAX][32];
	size_t leaf_count;
	bool was;
};

static enum lt_err run_stale(void *ctx, struct vault_tx *tx)
{
	struct stale *stale = ctx;
	return outbox_sign_stale(tx, &stale->test->speaker, 2, &stale->from, &stale->count);
}

/* The leaves, and then that the ledger holds the second one. */
static enum lt_err run_leaves(void *ctx, struct vault_tx *tx)
{
	struct stale *stale = ctx;
	enum lt_err err = outbox_get_state(tx, stale->number, &stale->state);
	if (!err)
		err = outbox_leaves(tx, stale->number, &stale->state.receipt, stale->leaves, &stale->leaf_count);
	return err || !stale->was ? err : outbox_signature_was(tx, stale->number, &stale->state, 1);
}

static bool signed_by(struct test_office *test, uint64_t number, const struct testpki_id *id)
{
	struct vault_tx *tx;
	struct lt_bytes header, signature;
	struct lt_refusal refusal = { 0 };
	struct lt_cert *cert = testpki_cert(id);
	const struct lt_cert *used, *certs[1] = { cert };
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(outbox_envelope(tx, number, &header, &signature), LT_OK);
	bool holds = lt_signature_verify(signature, header, certs, 1, &used, &refusal) == LT_REASON_NONE;
	vault_read_end(tx);
	lt_cert_free(cert);
	return holds;
}

/* What the broker refuses for our certificate waits, under its id, and is signed anew with the next key: once. */
static void test_a_refused_key_refuses_no_act(void **state)
{
	struct test_office *test = *state;
	const struct testpki_id *next = testpki_issue(test->pki, "us again", NULL);
	struct outbox_receipt sent[3] = { send(test, LT_KIND_OPEN, TEST_US), send(test, LT_KIND_FORWARD, TEST_PEER),
					  send(test, LT_KIND_RECALL, TEST_PEER) };
	answer(test, sent[0].id, LT_CERTIFICATE_REVOKED);
	answer(test, sent[1].id, LT_CERTIFICATE_EXPIRED);
	assert_int_equal(queued(test, sent[0].id), 3);
	struct outbox_state now = state_of(test, sent[0].id);
	assert_int_equal(now.status, OUTBOX_QUEUED);
	assert_int_equal(now.rejection.reason, LT_CERTIFICATE_REVOKED);
	struct stale stale = { .test = test, .number = sent[0].number };
	test_office_run(test, run_stale, &stale);
	assert_int_equal(stale.count, 0); /* the same key still */
	test_office_reopen(test);
	speaker_take_signer(&test->agency, testpki_signer(next, false));
	stale.from = 0;
	do
		test_office_run(test, run_stale, &stale);
	while (stale.from);
	assert_int_equal(stale.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(signed_by(test, sent[i].number, next));
		assert_false(signed_by(test, sent[i].number, test->us));
	}
	test_office_run(test, run_stale, &stale);
	assert_int_equal(stale.count, 3);
	answer(test, sent[0].id, LT_REASON_NONE);
	now = state_of(test, sent[0].id);
	assert_int_equal(now.status, OUTBOX_ADMITTED);
	assert_int_equal(now.rejection.reason, LT_REASON_NONE);
	assert_int_equal(queued(test, sent[0].id), 2);
}

/* It was admitted before, and the receipt lost: the ledger shows which signature its record has. */
static void test_the_ledger_says_which_signature_it_was(void **state)
{
	struct test_office *test = *state;
	const struct testpki_id *next = testpki_issue(test->pki, "us again", NULL);
	struct outbox_receipt sent = send(test, LT_KIND_OPEN, TEST_US);
	struct stale stale = { .test = test, .number = sent.number };
	speaker_take_signer(&test->agency, testpki_signer(next, false));
	test_office_run(test, run_stale, &stale);
	answer(test, sent.id, LT_REASON_NONE);
	test_office_run(test, run_leaves, &stale);
	assert_int_equal(stale.leaf_count, 2);
	assert_memory_not_equal(stale.leaves[0], stale.leaves[1], 32);
	stale.was = true;
	test_office_run(test, run_leaves, &stale);
	assert_memory_equal(state_of(test, sent.id).leaf_hash, stale.leaves[1], 32);
	assert_true(signed_by(test, sent.number, test->us));
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_a_refused_key_refuses_no_act, test_office_set_up, test_office_tear_down),
	  cmocka_unit_test_setup_teardown(test_the_ledger_says_which_signature_it_was, test_office_set_up,
					  test_office_tear_down))
