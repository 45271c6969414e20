/* Each refusal of ADMIT with real keys and signatures, and what becomes of it: recorded or not. */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include <lienthong/time.h>

#include "admit/admit.h"
#include "queue/proof.h"
#include "start/env_real.h"
#include "simbook.h"

static struct fixture {
	struct simbook *book;
	struct env env;
	struct rulebook_current current;
	struct stats stats;
	struct admit *admit;
	struct lt_arena *arena;
	struct lt_curve_key broker;
	struct ring_slot slot;
} fixture;

/* ---- what is sent ---- */

struct sent {
	const char *domain, *sender; /* NULL: ours, H01 */
	size_t key;                  /* whose session */
	size_t signer;               /* who signs */
	bool alter_header, alter_signature, alter_part, lose_part, trailing, no_signature, batch, sliced;
};
static const struct sent good = { 0 };
static const char part_text[] = "a part";

static void build_header(const struct sent *sent, struct lt_buf *out)
{
	struct lt_recipient to = { .agency = "H02", .leg = "tham-dinh" };
	struct lt_part_info part = { .name = "a.txt", .media_type = "text/plain", .size = sizeof part_text };
	struct lt_header header = { .domain = sent->domain ? sent->domain : SIMBOOK_DOMAIN,
				    .kind = LT_KIND_OPEN,
				    .to_count = 1,
				    .to = &to,
				    .sent_at = lt_time_now(),
				    .procedure = "1.011442",
				    .procedure_version = 1,
				    .reason = "",
				    .subject = "",
				    .part_count = 1,
				    .parts = &part };
	struct lt_refusal refusal = { 0 };
	lt_uuid_new(header.id);
	strcpy(header.sender, sent->sender ? sent->sender : "H01");
	strcpy(header.dossier, "H01-20261124-0000001");
	lt_sha256(lt_bytes(part_text, sizeof part_text), part.sha256);
	assert_int_equal(lt_header_encode(&header, out, &refusal), LT_OK);
}

static void flip(struct lt_buf *buf, size_t at)
{
	buf->data[at] ^= 1;
}

/* Another dossier under the same signature. */
static void renumber(struct lt_buf *header)
{
	uint8_t *number = memmem(header->data, header->len, "-0000001", 8);
	assert_non_null(number);
	number[7] = '2';
}

static void sign_together(const struct sent *sent, const struct lt_buf *headers, struct lt_buf *signatures,
			  size_t count)
{
	struct lt_bytes views[4];
	for (size_t i = 0; i < count; i++)
		views[i] = lt_buf_bytes(&headers[i]);
	assert_int_equal(lt_signer_batch(fixture.book->signers[sent->signer], views, count, signatures), LT_OK);
}

/* The slot, empty, with this message, which is taken over. */
static struct ring_slot *begin(enum ring_work work, size_t key, struct lt_buf *message, uint32_t envelopes)
{
	struct ring_slot *slot = &fixture.slot;
	lt_buf_clear(&slot->jobs);
	lt_buf_clear(&slot->replies);
	free(slot->frame);
	slot->frame = ring_frame_new(lt_buf_bytes(message), envelopes, 1);
	lt_buf_fini(message);
	slot->work = work;
	slot->session = (struct session_ref){ .slot = 7, .serial = 9 };
	slot->slice = (struct ring_slice){ 0 };
	memcpy(slot->key, fixture.book->keys[key].public_key, 32);
	return slot;
}

/* Works one SUBMIT of `count` envelopes and gives the jobs back. */
static void submit(const struct sent *sent, size_t count)
{
	struct lt_buf headers[4] = { 0 }, signatures[4] = { 0 };
	struct lt_envelope envelopes[4];
	char altered[sizeof part_text];
	memcpy(altered, part_text, sizeof altered);
	altered[0] ^= (char)(sent->alter_part ? 1 : 0);
	struct lt_bytes part = lt_bytes(altered, sizeof altered);
	for (size_t i = 0; i < count; i++) {
		build_header(sent, &headers[i]);
		if (!sent->batch)
			assert_int_equal(lt_signer_header(fixture.book->signers[sent->signer],
							  lt_buf_bytes(&headers[i]), &signatures[i]),
					 LT_OK);
		if (sent->batch && i == count - 1)
			sign_together(sent, headers, signatures, count);
		if (sent->alter_header)
			renumber(&headers[i]);
		if (sent->alter_signature)
			flip(&signatures[i], signatures[i].len - 3);
		if (sent->no_signature)
			lt_buf_clear(&signatures[i]);
	}
	for (size_t i = 0; i < count; i++)
		envelopes[i] = (struct lt_envelope){ .header = lt_buf_bytes(&headers[i]),
						     .signature = lt_buf_bytes(&signatures[i]),
						     .part_count = sent->lose_part ? 0 : 1,
						     .parts = &part };
	struct lt_link link = { .type = LT_LINK_SUBMIT, .u.submit = { .count = count, .envelopes = envelopes } };
	struct lt_buf message = { 0 };
	assert_int_equal(lt_link_encode(&link, &message), LT_OK);
	if (sent->trailing)
		assert_int_equal(lt_buf_append(&message, "\xff", 1), LT_OK);
	struct ring_slot *slot = begin(RING_SUBMIT, sent->key, &message, (uint32_t)count);
	for (uint32_t step = sent->sliced ? 1 : (uint32_t)count; slot->slice.first < count; slot->slice.first += step) {
		slot->slice.count = step;
		admit_work(fixture.admit, slot);
	}
	assert_int_equal(slot->replies.len, 0);
	for (size_t i = 0; i < count; i++) {
		lt_buf_fini(&headers[i]);
		lt_buf_fini(&signatures[i]);
	}
}

static struct input first_job(void)
{
	struct input job;
	assert_true(input_decode(lt_buf_bytes(&fixture.slot.jobs), &job) > 0);
	assert_int_equal(job.type, INPUT_SUBMIT);
	assert_int_equal(job.session.slot, 7);
	assert_int_equal(job.session.serial, 9);
	return job;
}

/* Answered, never recorded. */
static void expect_refused(struct sent sent, enum lt_reason reason, bool has_id)
{
	submit(&sent, 1);
	struct input job = first_job();
	assert_string_equal(lt_reason_name(job.u.submit.refused.reason), lt_reason_name(reason));
	assert_int_equal(job.u.submit.command.len, 0);
	assert_int_equal(job.u.submit.id.len, has_id ? 16 : 0);
	assert_int_equal(job.u.submit.bytes, fixture.slot.frame->len);
}

/* A verdict, for the record. */
static void expect_verdict(struct sent sent, enum lt_reason reason)
{
	struct lt_command command;
	struct lt_refusal refusal;
	submit(&sent, 1);
	struct input job = first_job();
	assert_int_equal(job.u.submit.refused.reason, LT_REASON_NONE);
	lt_arena_reset(fixture.arena);
	assert_int_equal(lt_command_decode(job.u.submit.command, fixture.arena, &command, &refusal), LT_REASON_NONE);
	assert_int_equal(command.type, LT_COMMAND_SUBMIT);
	assert_string_equal(lt_reason_name(command.u.submit.verdict.reason), lt_reason_name(reason));
	assert_int_equal(command.u.submit.verdict.directory_version, 1);
	assert_int_equal(job.u.submit.part_count, reason ? 0 : 1);
	assert_int_equal(command.u.submit.verdict.parts, job.u.submit.part_count);
	if (reason)
		return;
	assert_true(lt_bytes_equal(job.u.submit.parts[0], lt_bytes(part_text, sizeof part_text)));
	assert_int_equal(command.u.submit.verdict.certificate_sha256.len, 32);
}

static void put_rulebook(const char *const *suspended, const struct lt_bytes *crl, uint64_t trust_version)
{
	struct rulebook *rulebook = simbook_rulebook(fixture.book, suspended, crl, trust_version);
	rulebook_current_put(&fixture.current, rulebook);
	rulebook_unref(rulebook);
}

#define WITH(...) ((struct sent){ __VA_ARGS__ })

/* ---- tests ---- */

static void good_is_admitted(void **state)
{
	(void)state;
	expect_verdict(good, LT_REASON_NONE);
	uint64_t chains = stats_get(&fixture.stats, STATS_CHAINS);
	expect_verdict(good, LT_REASON_NONE);
	assert_int_equal(stats_get(&fixture.stats, STATS_CHAINS), chains); /* from the cache */
	/* One data centre: H01's key speaks for H03 too, whose own certificate must sign. */
	expect_verdict(WITH(.sender = "H03", .signer = 2), LT_REASON_NONE);
}

static void credit_of(const struct sent *sent)
{
	submit(sent, 4);
	struct lt_bytes rest = lt_buf_bytes(&fixture.slot.jobs);
	struct input job;
	size_t bytes = 0, count = 0;
	for (size_t used; rest.len > 0 && (used = input_decode(rest, &job)) > 0; count++) {
		assert_int_equal(job.u.submit.index, count);
		assert_in_range(job.u.submit.bytes, 1,
				fixture.slot.frame->len / 2); /* none takes what is the others' */
		bytes += job.u.submit.bytes;
		rest = lt_bytes(rest.data + used, rest.len - used);
	}
	assert_int_equal(count, 4);
	assert_int_equal(bytes, fixture.slot.frame->len);
}

/* What the gate has charged for a frame comes back, also where its envelopes share a root. */
static void credit_adds_up(void **state)
{
	(void)state;
	credit_of(&good);
	credit_of(&WITH(.batch = true));
	credit_of(&WITH(.sliced = true));
	credit_of(&WITH(.batch = true, .sliced = true));
}

static void form_is_never_recorded(void **state)
{
	(void)state;
	expect_refused(WITH(.alter_part = true), LT_PART_DIGEST_WRONG, true);
	expect_refused(WITH(.lose_part = true), LT_PART_COUNT_WRONG, true);
	submit(&WITH(.trailing = true), 3);
	struct lt_bytes rest = lt_buf_bytes(&fixture.slot.jobs);
	struct input job;
	size_t count = 0;
	for (size_t used; rest.len > 0 && (used = input_decode(rest, &job)) > 0; count++) {
		assert_int_not_equal(job.u.submit.refused.reason, LT_REASON_NONE);
		assert_int_equal(job.u.submit.index, count);
		rest = lt_bytes(rest.data + used, rest.len - used);
	}
	assert_int_equal(count, 3);
}

static void sender_must_be_right(void **state)
{
	(void)state;
	static const char *const suspended[] = { "H01", NULL };
	expect_verdict(WITH(.domain = "other.vn"), LT_DOMAIN_WRONG);
	expect_verdict(WITH(.sender = "H99"), LT_SENDER_UNKNOWN);
	expect_verdict(WITH(.sender = "H04", .key = 3, .signer = 3), LT_SENDER_CLOSED);
	expect_verdict(WITH(.key = 1), LT_SENDER_NOT_SESSION);
	put_rulebook(suspended, NULL, 2);
	expect_verdict(good, LT_SENDER_SUSPENDED);
	expect_verdict(WITH(.sender = "H02", .key = 1, .signer = 1), LT_REASON_NONE);
	put_rulebook(NULL, NULL, 3);
	expect_verdict(good, LT_REASON_NONE);
}

static void signature_must_hold(void **state)
{
	(void)state;
	expect_verdict(WITH(.signer = 1), LT_CERTIFICATE_NOT_ENROLLED);
	expect_verdict(WITH(.alter_signature = true), LT_SIGNATURE_WRONG);
	expect_verdict(WITH(.alter_header = true), LT_SIGNATURE_WRONG);
	expect_verdict(WITH(.no_signature = true), LT_SIGNATURE_MALFORMED);
}

static void revocation_is_seen_at_once(void **state)
{
	(void)state;
	struct lt_buf crl = { 0 };
	expect_verdict(good, LT_REASON_NONE);
	testpki_revoke(fixture.book->pki, fixture.book->ids[0]);
	testpki_crl(fixture.book->pki, fixture.book->pki->now - 1000000, fixture.book->pki->now + TESTPKI_DAY, &crl);
	struct lt_bytes bytes = lt_buf_bytes(&crl);
	put_rulebook(NULL, &bytes, 4);
	expect_verdict(good, LT_CERTIFICATE_REVOKED);
	expect_verdict(WITH(.sender = "H02", .key = 1, .signer = 1), LT_REASON_NONE);
	put_rulebook(NULL, NULL, 5);
	lt_buf_fini(&crl);
}

/* ---- proofs ---- */

static const uint8_t nonces[2][32] = { { 1 }, { 2 } };

static void prove(size_t signer, size_t key, const char *domain, const char *const *agencies, size_t count)
{
	struct lt_buf hello = { 0 }, proof = { 0 }, text = { 0 }, cms[4] = { 0 };
	struct lt_agency_proof proofs[4];
	struct lt_link link = { .type = LT_LINK_HELLO,
				.u.hello = { .version_min = 1,
					     .version_max = 1,
					     .nonce = lt_bytes(nonces[1], 32),
					     .agency_count = count,
					     .agencies = (const char **)(uintptr_t)agencies,
					     .software = "test/1" } };
	assert_int_equal(lt_link_encode(&link, &hello), LT_OK);
	for (size_t i = 0; i < count; i++) {
		lt_buf_clear(&text);
		assert_int_equal(lt_proof_text(domain, agencies[i], lt_bytes(nonces[0], 32), lt_bytes(nonces[1], 32),
					       lt_bytes(fixture.broker.public_key, 32),
					       lt_bytes(fixture.book->keys[key].public_key, 32), 5, &text),
				 LT_OK);
		assert_int_equal(lt_signer_cms(fixture.book->signers[signer + i], lt_buf_bytes(&text), &cms[i]), LT_OK);
		proofs[i] =
			(struct lt_agency_proof){ .agency = agencies[i], .cms = lt_buf_bytes(&cms[i]), .resume = 5 };
	}
	link = (struct lt_link){ .type = LT_LINK_PROOF, .u.proof = { .count = count, .agencies = proofs } };
	assert_int_equal(lt_link_encode(&link, &proof), LT_OK);
	struct lt_buf message = { 0 };
	struct proof_context context = { .broker_nonce = lt_bytes(nonces[0], 32),
					 .adapter_nonce = lt_bytes(nonces[1], 32),
					 .hello = lt_buf_bytes(&hello),
					 .proof = lt_buf_bytes(&proof) };
	assert_int_equal(proof_context_encode(&context, &message), LT_OK);
	admit_work(fixture.admit, begin(RING_PROOF, key, &message, 0));
	for (size_t i = 0; i < count; i++)
		lt_buf_fini(&cms[i]);
	lt_buf_fini(&hello);
	lt_buf_fini(&proof);
	lt_buf_fini(&text);
}

/* without: the agency that it names; NULL: none, it is over */
static void expect_bye_without(enum lt_reason reason, const char *without)
{
	struct output out;
	struct lt_link link;
	struct lt_refusal refusal;
	assert_int_equal(fixture.slot.jobs.len, 0);
	assert_true(output_decode(lt_buf_bytes(&fixture.slot.replies), &out) > 0);
	assert_int_equal(out.type, OUTPUT_BYE);
	assert_int_equal(out.session.serial, 9);
	lt_arena_reset(fixture.arena);
	assert_int_equal(lt_link_decode(out.data, fixture.arena, &link, &refusal), LT_REASON_NONE);
	assert_int_equal(link.type, LT_LINK_BYE);
	assert_string_equal(lt_reason_name(link.u.bye.reason), lt_reason_name(reason));
	assert_int_equal(link.u.bye.agency_count, without ? 1 : 0);
	if (without)
		assert_string_equal(link.u.bye.agencies[0], without);
}

static void expect_bye(enum lt_reason reason)
{
	expect_bye_without(reason, NULL);
}

static void proofs_open_a_session(void **state)
{
	(void)state;
	static const char *const h01[] = { "H01" };
	struct input job;
	struct lt_command command;
	struct lt_refusal refusal;
	prove(0, 0, SIMBOOK_DOMAIN, h01, 1);
	struct output told; /* the gate: which certificate proved it */
	assert_true(output_decode(lt_buf_bytes(&fixture.slot.replies), &told) > 0);
	assert_int_equal(told.type, OUTPUT_PROOF);
	uint8_t sha256[32];
	lt_sha256(fixture.book->ids[0]->der, sha256);
	assert_int_equal(told.data.len, 32);
	assert_memory_equal(told.data.data, sha256, 32);
	assert_true(input_decode(lt_buf_bytes(&fixture.slot.jobs), &job) > 0);
	assert_int_equal(job.type, INPUT_SESSION);
	lt_arena_reset(fixture.arena);
	assert_int_equal(lt_command_decode(job.u.command, fixture.arena, &command, &refusal), LT_REASON_NONE);
	assert_int_equal(command.type, LT_COMMAND_SESSION);
	assert_string_equal(command.u.session.software, "test/1");
	assert_int_equal(command.u.session.count, 1);
	assert_string_equal(command.u.session.agencies[0].agency, "H01");
	assert_int_equal(command.u.session.agencies[0].number, 5);
	assert_memory_equal(command.u.session.curve_key.data, fixture.book->keys[0].public_key, 32);
}

static void wrong_proofs_do_not(void **state)
{
	(void)state;
	static const char *const h01[] = { "H01" }, *const h02[] = { "H02" }, *const both[] = { "H01", "H02" };
	prove(1, 0, SIMBOOK_DOMAIN, h01, 1); /* another's certificate */
	expect_bye(LT_PROOF_INVALID);
	prove(0, 0, "other.vn", h01, 1); /* made for another broker */
	expect_bye(LT_PROOF_INVALID);
	prove(1, 0, SIMBOOK_DOMAIN, h02, 1); /* right signature, but over another's connection */
	expect_bye(LT_KEY_NOT_ENROLLED);
	prove(0, 0, SIMBOOK_DOMAIN, both,
	      2); /* one of two does not hold: it is named, and HELLO comes again without it */
	expect_bye_without(LT_KEY_NOT_ENROLLED, "H02");
	prove(1, 1, SIMBOOK_DOMAIN, both, 2);
	expect_bye_without(LT_KEY_NOT_ENROLLED, "H01");
}

/* Judged by trusted time, not by the machine's clock; and what that alone refuses is not final while it is not confirmed. */
static void trusted_time_judges(void **state)
{
	(void)state;
	struct env_clock clock = { 0 };
	static const char *const h01[] = { "H01" };
	const int64_t years = INT64_C(10) * 365 * 86400 * 1000000;
	int64_t right = fixture.env.now(fixture.env.ctx) - fixture.env.boottime(fixture.env.ctx);
	fixture.env.clock = &clock;
	atomic_store(&clock.running, true);
	atomic_store(&clock.offset, right + years); /* its certificate has ended long ago */
	put_rulebook(NULL, NULL, 1);
	expect_verdict(WITH(.sender = "H01"), LT_CERTIFICATE_UNTRUSTED);
	prove(0, 0, SIMBOOK_DOMAIN, h01, 1);
	expect_bye(LT_PROOF_INVALID);
	atomic_store(&clock.unconfirmed, true);
	expect_verdict(WITH(.sender = "H01"), LT_CLOCK_WRONG);
	expect_verdict(WITH(.sender = "H04", .key = 3, .signer = 3), LT_CLOCK_WRONG); /* closed, it seems */
	prove(0, 0, SIMBOOK_DOMAIN, h01, 1);
	expect_bye(LT_CLOCK_WRONG);
	atomic_store(&clock.offset, right);
	expect_verdict(WITH(.sender = "H01"), LT_REASON_NONE);
	fixture.env.clock = NULL;
}

static int setup(void **state)
{
	(void)state;
	fixture.book = simbook_new();
	fixture.env = env_real();
	rulebook_current_init(&fixture.current);
	put_rulebook(NULL, NULL, 1);
	if (lt_curve_new(&fixture.broker) || lt_arena_new(1 << 20, &fixture.arena))
		return -1;
	struct admit_options options = { .env = &fixture.env, .current = &fixture.current, .stats = &fixture.stats };
	memcpy(options.broker_key, fixture.broker.public_key, 32);
	return admit_new(&options, &fixture.admit) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	admit_free(fixture.admit);
	rulebook_current_fini(&fixture.current);
	lt_arena_free(fixture.arena);
	free(fixture.slot.frame);
	lt_buf_fini(&fixture.slot.jobs);
	lt_buf_fini(&fixture.slot.replies);
	simbook_free(fixture.book);
	return 0;
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(good_is_admitted), cmocka_unit_test(credit_adds_up),
		 cmocka_unit_test(form_is_never_recorded), cmocka_unit_test(sender_must_be_right),
		 cmocka_unit_test(signature_must_hold), cmocka_unit_test(revocation_is_seen_at_once),
		 cmocka_unit_test(proofs_open_a_session), cmocka_unit_test(wrong_proofs_do_not),
		 cmocka_unit_test(trusted_time_judges))
