/* test_inbox_offer.c: what becomes of an offer in the inbox: answered, given again, taken back, lapsed; and of ours, at each recipient. */
#include "test.h"

#include "testadapter.h"

#include "mail/dossiers.h"
#include "mail/inbox.h"

#include <lienthong/time.h>

#include <string.h>

#define DOSSIER "H37.24-20261124-0000001"
#define OTHER "H37.24-20261124-0000002"

struct arrival {
	struct test_office *test;
	struct inbox_delivery delivery;
	struct lt_buf header, signature;
	uint8_t id[16];
	uint64_t item;
	enum inbox_outcome outcome;
};

static enum lt_err run_add(void *ctx, struct vault_tx *tx)
{
	struct arrival *arrival = ctx;
	return inbox_add(tx, &arrival->test->speaker, &arrival->delivery, &arrival->outcome, &arrival->item);
}

/* An envelope of the peer to us comes in, the next of the mailbox; its branch is then at `version`. Its item. */
static struct arrival arrives(struct test_office *test, enum lt_kind kind, const char *dossier, const uint8_t *reply,
			      uint32_t branch, uint64_t version)
{
	static uint64_t number;
	struct vault_tx *tx;
	struct arrival out = { .test = test };
	struct lt_recipient to = { .agency = TEST_US };
	struct lt_header plain = { .domain = TEST_DOMAIN,
				   .kind = kind,
				   .sender = TEST_PEER,
				   .to = &to,
				   .to_count = 1,
				   .branch = branch,
				   .branch_version = version > 1 ? version - 1 : 1,
				   .sent_at = test_office_clock,
				   .agree = kind == LT_KIND_OPINION ? LT_AGREE_YES : LT_AGREE_NONE,
				   .reason = kind == LT_KIND_RECALL || kind == LT_KIND_REFUSE ? "gửi nhầm" : "",
				   .subject = "" };
	memcpy(plain.dossier, dossier, strlen(dossier) + 1);
	lt_uuid_new(plain.id);
	plain.has_reply = reply != NULL;
	if (reply)
		memcpy(plain.in_reply_to, reply, 16);
	memcpy(out.id, plain.id, 16);
	test_office_sign(test, &plain, &out.header, &out.signature);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(inbox_received(tx, TEST_US, &number), LT_OK);
	vault_read_end(tx);
	number++;
	out.delivery = (struct inbox_delivery){ .agency = TEST_US,
						.number = number,
						.previous = number - 1,
						.sequence = 100 + number,
						.time = test_office_clock,
						.branch = branch,
						.branch_version = version,
						.readable = true,
						.envelope = { .header = lt_buf_bytes(&out.header),
							      .signature = lt_buf_bytes(&out.signature) } };
	test_office_run(test, run_add, &out);
	assert_int_equal(out.outcome, INBOX_STORED);
	lt_buf_fini(&out.header);
	lt_buf_fini(&out.signature);
	return out;
}

/* One envelope to us for two legs of a fork: an item for each, and none for what comes again. */
static void test_two_legs(void **state)
{
	struct test_office *test = *state;
	struct lt_recipient to[] = { { TEST_US, "thuong-tru" }, { TEST_US, "can-cuoc" } };
	struct arrival out = { .test = test };
	struct vault_tx *tx;
	struct inbox_item items[2];
	struct inbox_state states[2];
	uint64_t numbers[2], last;
	struct lt_header plain = { .domain = TEST_DOMAIN,
				   .kind = LT_KIND_FORWARD,
				   .sender = TEST_PEER,
				   .to = to,
				   .to_count = 2,
				   .branch = 1,
				   .branch_version = 1,
				   .sent_at = test_office_clock,
				   .reason = "",
				   .subject = "" };
	memcpy(plain.dossier, DOSSIER, sizeof(DOSSIER));
	lt_uuid_new(plain.id);
	test_office_sign(test, &plain, &out.header, &out.signature);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(inbox_received(tx, TEST_US, &last), LT_OK);
	vault_read_end(tx);
	for (uint32_t i = 0; i < 3; i++) { /* the third is the second once more */
		uint32_t recipient = i < 2 ? i + 1 : 2;
		out.delivery = (struct inbox_delivery){ .agency = TEST_US,
							.number = last + 1 + i,
							.previous = last + i,
							.sequence = 900,
							.time = test_office_clock,
							.branch = 1 + recipient,
							.branch_version = 2,
							.recipient = recipient,
							.readable = true,
							.envelope = { .header = lt_buf_bytes(&out.header),
								      .signature = lt_buf_bytes(&out.signature) } };
		test_office_run(test, run_add, &out);
		assert_int_equal(out.outcome, i < 2 ? INBOX_STORED : INBOX_SEEN);
		if (i < 2)
			numbers[i] = out.item;
	}
	lt_buf_fini(&out.header);
	lt_buf_fini(&out.signature);
	arrives(test, LT_KIND_RECALL, DOSSIER, plain.id, 3, 3);
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	for (uint32_t i = 0; i < 2; i++) {
		assert_int_equal(inbox_get(tx, numbers[i], &items[i]), LT_OK);
		assert_int_equal(inbox_get_state(tx, numbers[i], &states[i]), LT_OK);
		assert_int_equal(items[i].branch, i + 2);
		assert_int_equal(items[i].recipient, i + 1);
	}
	vault_read_end(tx);
	assert_int_equal(states[0].status, INBOX_NEW);
	assert_int_equal(states[1].status, INBOX_RECALLED);
}

struct said {
	struct test_office *test;
	uint64_t item;
	bool accept;
	struct outbox_receipt receipt;
};

static enum lt_err run_say(void *ctx, struct vault_tx *tx)
{
	struct said *said = ctx;
	struct outbox_request request = { .header = { .kind = said->accept ? LT_KIND_ACCEPT : LT_KIND_REFUSE,
						      .reason = said->accept ? "" : "thiếu giấy tờ" } };
	return inbox_answer(tx, &said->test->speaker, said->item, &request, &said->receipt);
}

static struct outbox_receipt say(struct test_office *test, uint64_t item, bool accept)
{
	struct said said = { .test = test, .item = item, .accept = accept };
	test_office_run(test, run_say, &said);
	return said.receipt;
}

struct decided {
	struct test_office *test;
	struct outbox_answer answer;
};

static enum lt_err run_decide(void *ctx, struct vault_tx *tx)
{
	struct decided *decided = ctx;
	return outbox_answered(tx, &decided->test->speaker, &decided->answer);
}

static void decide(struct test_office *test, const struct outbox_receipt *receipt, enum lt_reason reason)
{
	static uint64_t sequence = 1000;
	struct decided decided = { .test = test,
				   .answer = { .reason = reason,
					       .sequence = reason ? 0 : ++sequence,
					       .time = test_office_clock,
					       .branch = reason ? 0 : 1,
					       .branch_version = reason ? 0 : 5,
					       .detail = "vì sao" } };
	memcpy(decided.answer.id, receipt->id, 16);
	if (!reason)
		test_office_receipt(&decided.answer);
	test_office_run(test, run_decide, &decided);
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

static void expect(struct test_office *test, uint64_t item, const char *status)
{
	assert_string_equal(inbox_status_name(state_of(test, item).status), status);
}

static void test_an_answer_is_true_when_it_is_admitted(void **state)
{
	struct test_office *test = *state;
	uint64_t item = arrives(test, LT_KIND_FORWARD, DOSSIER, NULL, 1, 4).item;
	expect(test, item, "new");
	struct outbox_receipt accept = say(test, item, true);
	expect(test, item, "answering");
	assert_int_equal(say(test, item, false).refusal.reason, LT_ANSWERED_OTHERWISE);
	decide(test, &accept, LT_REASON_NONE);
	expect(test, item, "accepted");
	assert_memory_equal(say(test, item, true).id, accept.id, 16);
	uint64_t other = arrives(test, LT_KIND_FORWARD, OTHER, NULL, 1, 4).item;
	struct outbox_receipt refuse = say(test, other, false);
	decide(test, &refuse, LT_REASON_NONE);
	expect(test, other, "refused");
}

static void test_a_rejected_answer_is_given_again(void **state)
{
	struct test_office *test = *state;
	uint64_t item = arrives(test, LT_KIND_FORWARD, DOSSIER, NULL, 1, 4).item;
	struct outbox_receipt accept = say(test, item, true);
	decide(test, &accept, LT_ID_TOO_OLD);
	expect(test, item, "new");
	struct inbox_state now = state_of(test, item);
	assert_int_equal(now.last.reason, LT_ID_TOO_OLD);
	assert_string_equal(now.last.detail, "vì sao");
	struct outbox_receipt refuse = say(test, item, false); /* also the other way: nothing stands */
	assert_int_equal(refuse.refusal.reason, LT_REASON_NONE);
	assert_memory_not_equal(refuse.id, accept.id, 16);
	decide(test, &accept, LT_STALE_VERSION); /* of the one before: decided once */
	expect(test, item, "answering");
	decide(test, &refuse, LT_REASON_NONE);
	expect(test, item, "refused");
	assert_int_equal(state_of(test, item).last.reason, LT_ID_TOO_OLD);
}

static void test_what_its_sender_takes_back(void **state)
{
	struct test_office *test = *state;
	struct arrival offer = arrives(test, LT_KIND_FORWARD, DOSSIER, NULL, 1, 4);
	uint64_t other = arrives(test, LT_KIND_FORWARD, OTHER, NULL, 1, 4).item;
	uint8_t stranger[16];
	lt_uuid_new(stranger);
	arrives(test, LT_KIND_RECALL, DOSSIER, stranger, 1, 4);
	expect(test, offer.item, "new");
	arrives(test, LT_KIND_RECALL, DOSSIER, offer.id, 1, 5);
	expect(test, offer.item, "recalled");
	expect(test, other, "new");
	assert_int_equal(say(test, offer.item, true).refusal.reason, LT_OFFER_GONE);
	assert_int_equal(say(test, offer.item, false).refusal.reason, LT_OFFER_GONE);
}

/* Both at once: the broker's word says which came first. */
static void test_a_recall_crosses_the_answer(void **state)
{
	struct test_office *test = *state;
	struct arrival offer = arrives(test, LT_KIND_FORWARD, DOSSIER, NULL, 1, 4);
	struct outbox_receipt accept = say(test, offer.item, true);
	arrives(test, LT_KIND_RECALL, DOSSIER, offer.id, 1, 5);
	expect(test, offer.item, "answering");
	decide(test, &accept, LT_STALE_VERSION);
	expect(test, offer.item, "recalled");
	offer = arrives(test, LT_KIND_FORWARD, OTHER, NULL, 1, 4);
	accept = say(test, offer.item, true);
	arrives(test, LT_KIND_RECALL, OTHER, offer.id, 1, 5); /* asks for it back */
	decide(test, &accept, LT_REASON_NONE);
	expect(test, offer.item, "accepted");
}

struct sight {
	struct test_office *test;
	uint32_t branch;
	uint64_t version;
	bool offered;
};

static enum lt_err run_sight(void *ctx, struct vault_tx *tx)
{
	const struct sight *sight = ctx;
	return inbox_branch_at(tx, &sight->test->speaker, DOSSIER, sight->branch, sight->version, sight->offered);
}

static void test_what_the_branch_has_left_behind(void **state)
{
	struct test_office *test = *state;
	uint64_t first = arrives(test, LT_KIND_FORWARD, DOSSIER, NULL, 1, 4).item;
	uint64_t fork = arrives(test, LT_KIND_FORWARD, DOSSIER, NULL, 2, 1).item;
	uint64_t second = arrives(test, LT_KIND_FORWARD, DOSSIER, NULL, 1, 6).item;
	expect(test, first, "lapsed");
	expect(test, fork, "new");
	test_office_run(test, run_sight, &(struct sight){ test, 1, 5, true }); /* older than what is known */
	test_office_run(test, run_sight, &(struct sight){ test, 1, 6, true });
	expect(test, second, "new");
	test_office_run(test, run_sight, &(struct sight){ test, 1, 6, false });
	expect(test, second, "lapsed");
	assert_int_equal(say(test, second, true).refusal.reason, LT_OFFER_GONE);
	struct outbox_receipt late = say(test, fork, true);
	decide(test, &late, LT_DOSSIER_CLOSED); /* nobody had told us */
	expect(test, fork, "lapsed");
	assert_int_equal(state_of(test, fork).last.reason, LT_DOSSIER_CLOSED);
}

/* ---- ours ---- */

struct sent {
	struct test_office *test;
	struct outbox_request request;
	struct outbox_receipt receipt;
};

static enum lt_err run_send(void *ctx, struct vault_tx *tx)
{
	struct sent *sent = ctx;
	return outbox_add(tx, &sent->test->speaker, &sent->request, &sent->receipt);
}

static struct outbox_receipt send(struct test_office *test, enum lt_kind kind, struct lt_recipient *to, size_t count)
{
	struct sent sent = { .test = test,
			     .request = { .has_leg = true,
					  .header = { .kind = kind,
						      .dossier = DOSSIER,
						      .branch = 1,
						      .branch_version = 1,
						      .reason = "",
						      .to = to,
						      .to_count = count } } };
	test_office_run(test, run_send, &sent);
	assert_int_equal(sent.receipt.refusal.reason, LT_REASON_NONE);
	return sent.receipt;
}

static struct outbox_reply reply_of(struct test_office *test, uint64_t number, size_t index)
{
	struct vault_tx *tx;
	struct outbox_reply reply;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(outbox_get_reply(tx, number, index, &reply), LT_OK);
	vault_read_end(tx);
	return reply;
}

static const char *sent_status(struct test_office *test, uint64_t number)
{
	struct vault_tx *tx;
	struct outbox_state state;
	assert_int_equal(vault_read_begin(test->vault, &tx), LT_OK);
	assert_int_equal(outbox_get_state(tx, number, &state), LT_OK);
	vault_read_end(tx);
	return outbox_status_name(state.status);
}

/* The first recipient of a fork has not answered, the second has refused: neither stands for the other. */
static void test_each_recipient_answers_for_itself(void **state)
{
	struct test_office *test = *state;
	struct lt_recipient to[2] = { { .agency = TEST_US, .leg = "a" }, { .agency = TEST_PEER, .leg = "b" } };
	struct outbox_receipt fork = send(test, LT_KIND_FORWARD, to, 2);
	decide(test, &fork, LT_REASON_NONE);
	struct arrival refusal = arrives(test, LT_KIND_REFUSE, DOSSIER, fork.id, 2, 2);
	assert_int_equal(reply_of(test, fork.number, 0).kind, 0);
	struct outbox_reply reply = reply_of(test, fork.number, 1);
	assert_int_equal(reply.kind, LT_KIND_REFUSE);
	assert_string_equal(reply.by, TEST_PEER);
	assert_string_equal(reply.words, "gửi nhầm");
	assert_memory_equal(reply.id, refusal.id, 16);
	assert_string_equal(sent_status(test, fork.number), "admitted");
	arrives(test, LT_KIND_ACCEPT, DOSSIER, fork.id, 2, 3);
	assert_int_equal(reply_of(test, fork.number, 1).kind, LT_KIND_REFUSE); /* the first stands */
}

/* Two legs at one agency: by its branch an answer is the one's or the other's. */
static void test_an_answer_for_one_of_two_legs(void **state)
{
	struct test_office *test = *state;
	struct lt_recipient to[2] = { { .agency = TEST_PEER, .leg = "a" }, { .agency = TEST_PEER, .leg = "b" } };
	struct outbox_receipt fork = send(test, LT_KIND_FORWARD, to, 2);
	decide(test, &fork, LT_REASON_NONE);
	arrives(test, LT_KIND_REFUSE, DOSSIER, fork.id, 2, 2);
	assert_int_equal(reply_of(test, fork.number, 0).kind, 0);
	assert_int_equal(reply_of(test, fork.number, 1).kind, LT_KIND_REFUSE);
	arrives(test, LT_KIND_ACCEPT, DOSSIER, fork.id, 1, 2);
	assert_int_equal(reply_of(test, fork.number, 0).kind, LT_KIND_ACCEPT);
}

static void test_an_opinion_answers_its_consult(void **state)
{
	struct test_office *test = *state;
	struct lt_recipient to[1] = { { .agency = TEST_PEER } };
	struct outbox_receipt consult = send(test, LT_KIND_CONSULT, to, 1);
	decide(test, &consult, LT_REASON_NONE);
	arrives(test, LT_KIND_ACCEPT, DOSSIER, consult.id, 1, 1); /* a CONSULT offers nothing */
	assert_int_equal(reply_of(test, consult.number, 0).kind, 0);
	arrives(test, LT_KIND_OPINION, DOSSIER, consult.id, 1, 1);
	struct outbox_reply reply = reply_of(test, consult.number, 0);
	assert_int_equal(reply.kind, LT_KIND_OPINION);
	assert_int_equal(reply.agree, LT_AGREE_YES);
	assert_string_equal(sent_status(test, consult.number), "delivered"); /* who answers has it */
}

static struct outbox_receipt reply_to(struct test_office *test, enum lt_kind kind, const uint8_t id[16])
{
	struct lt_recipient to = { .agency = TEST_PEER };
	struct sent sent = { .test = test,
			     .request = { .has_leg = true,
					  .header = { .kind = kind,
						      .dossier = DOSSIER,
						      .branch = 1,
						      .branch_version = 1,
						      .has_reply = true,
						      .agree = LT_AGREE_YES,
						      .reason = "",
						      .to = &to,
						      .to_count = 1 } } };
	memcpy(sent.request.header.in_reply_to, id, 16);
	test_office_run(test, run_send, &sent);
	assert_int_equal(sent.receipt.refusal.reason, LT_REASON_NONE);
	return sent.receipt;
}

/* What offers nothing is answered when the broker has our answer, by the first of them; what does not answer it changes nothing. */
static void test_what_was_asked_is_answered(void **state)
{
	struct test_office *test = *state;
	struct arrival consult = arrives(test, LT_KIND_CONSULT, DOSSIER, NULL, 1, 1);
	struct outbox_receipt no = say(test, consult.item, false); /* as who will not give an opinion may try first */
	assert_int_equal(no.refusal.reason, LT_NOT_AN_OFFER);
	assert_non_null(strstr(no.refusal.detail, "POST /v1/envelopes with OPINION"));
	struct outbox_receipt other = reply_to(test, LT_KIND_RECALL_ANSWER, consult.id);
	decide(test, &other, LT_REASON_NONE);
	expect(test, consult.item, "new");
	struct outbox_receipt rejected = reply_to(test, LT_KIND_OPINION, consult.id);
	expect(test, consult.item, "new");
	decide(test, &rejected, LT_STALE_VERSION);
	expect(test, consult.item, "new");
	struct outbox_receipt opinion = reply_to(test, LT_KIND_OPINION, consult.id);
	decide(test, &opinion, LT_REASON_NONE);
	expect(test, consult.item, "answered");
	struct outbox_receipt second = reply_to(test, LT_KIND_OPINION, consult.id);
	decide(test, &second, LT_REASON_NONE);
	assert_memory_equal(state_of(test, consult.item).answer_id, opinion.id, 16);
	assert_true(state_of(test, consult.item).answered_at != 0);
	assert_int_equal(say(test, consult.item, true).refusal.reason, LT_NOT_AN_OFFER);
}

/* What the broker has left out is no fault of who answers. */
static void test_an_offer_without_its_branch(void **state)
{
	struct test_office *test = *state;
	uint64_t item = arrives(test, LT_KIND_FORWARD, DOSSIER, NULL, 1, 0).item;
	assert_int_equal(say(test, item, true).refusal.reason, LT_BROKER_DOUBTFUL);
	expect(test, item, "new");
}

#define WITH_OFFICE(test) cmocka_unit_test_setup_teardown(test, test_office_set_up, test_office_tear_down)
TEST_MAIN(WITH_OFFICE(test_an_answer_is_true_when_it_is_admitted), WITH_OFFICE(test_a_rejected_answer_is_given_again),
	  WITH_OFFICE(test_what_its_sender_takes_back), WITH_OFFICE(test_a_recall_crosses_the_answer),
	  WITH_OFFICE(test_what_the_branch_has_left_behind), WITH_OFFICE(test_each_recipient_answers_for_itself),
	  WITH_OFFICE(test_an_opinion_answers_its_consult), WITH_OFFICE(test_what_was_asked_is_answered),
	  WITH_OFFICE(test_two_legs), WITH_OFFICE(test_an_answer_for_one_of_two_legs),
	  WITH_OFFICE(test_an_offer_without_its_branch))
