/* test_verify.c: what arrives is believed only when everything holds. */
#include "test.h"

#include "testadapter.h"
#include "mail/verify.h"

#include <lienthong/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOSSIER "H37.24-20261124-0000001"

struct box {
	struct test_office *test;
	struct verifier *verifier;
	struct lt_arena *arena;
	struct lt_buf header, signature;
	struct lt_bytes part;
	struct lt_envelope envelope;
	char crl[128];
};

static void write_crl(struct box *box)
{
	struct lt_buf crl = { 0 };
	int64_t now = test_office_clock;
	testpki_crl(box->test->pki, now - TESTPKI_DAY, now + TESTPKI_DAY, &crl);
	assert_int_equal(lt_file_write(box->crl, lt_buf_bytes(&crl), 0600), LT_OK);
	lt_buf_fini(&crl);
}

static int set_up(void **state)
{
	struct box *box = calloc(1, sizeof(*box));
	char error[200] = "";
	box->test = test_office_new();
	box->part = lt_bytes("nội dung", strlen("nội dung"));
	snprintf(box->crl, sizeof(box->crl), "%s/crl.der", box->test->dir);
	write_crl(box);
	struct verify_files files = { .ca = box->test->pki->ca->cert_path, .crl = box->crl };
	if (verifier_new(TEST_DOMAIN, &files, &box->verifier, error, sizeof(error)))
		fail_msg("%s", error);
	assert_int_equal(lt_arena_new(1 << 20, &box->arena), LT_OK);
	test_office_envelope(box->test, LT_KIND_FORWARD, DOSSIER, &box->part, &box->header, &box->signature);
	box->envelope = (struct lt_envelope){ .header = lt_buf_bytes(&box->header),
					      .signature = lt_buf_bytes(&box->signature),
					      .part_count = 1,
					      .parts = &box->part };
	*state = box;
	return 0;
}

static int tear_down(void **state)
{
	struct box *box = *state;
	unlink(box->crl);
	verifier_free(box->verifier);
	lt_arena_free(box->arena);
	lt_buf_fini(&box->header);
	lt_buf_fini(&box->signature);
	test_office_free(box->test);
	free(box);
	return 0;
}

static enum lt_reason check(struct box *box, const char *agency, bool *readable)
{
	struct directory_page *page = directory_current_ref(box->test->speaker.book);
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	bool ignored;
	struct verify_case item = { .directory = directory_current_directory(page),
				    .agency = agency,
				    .envelope = &box->envelope,
				    .time = test_office_clock,
				    .now = test_office_clock };
	lt_arena_reset(box->arena);
	enum lt_reason reason =
		verifier_check(box->verifier, &item, box->arena, &header, readable ? readable : &ignored, &refusal);
	assert_int_equal(reason, refusal.reason);
	assert_true(!reason || refusal.detail[0]);
	directory_current_unref(page);
	return reason;
}

/* Newer, by one of our CAs, and not only dated so: then it is taken, outlives a restart, and revokes. */
static void test_lists_of_the_link(void **state)
{
	struct box *box = *state;
	struct lt_buf older = { 0 }, newer = { 0 }, ahead = { 0 }, foreign = { 0 };
	struct lt_refusal refusal = { 0 };
	struct testpki *other = testpki_new(test_office_clock);
	char folder[160], error[200] = "", name[300] = "";
	int64_t now = test_office_clock, hour = 3600 * INT64_C(1000000);
	snprintf(folder, sizeof(folder), "%s/lists", box->test->dir);
	struct verify_files files = { .ca = box->test->pki->ca->cert_path, .crl = box->crl, .lists = folder };
	verifier_free(box->verifier);
	assert_int_equal(verifier_new(TEST_DOMAIN, &files, &box->verifier, error, sizeof(error)), LT_OK);
	assert_int_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
	testpki_crl(box->test->pki, now - 2 * TESTPKI_DAY, now + TESTPKI_DAY, &older);
	testpki_revoke(box->test->pki, box->test->peer);
	testpki_crl(box->test->pki, now - hour, now + TESTPKI_DAY, &newer);
	testpki_crl(box->test->pki, now + TESTPKI_DAY, now + 2 * TESTPKI_DAY, &ahead);
	testpki_crl(other, now - hour, now + TESTPKI_DAY, &foreign);
	assert_int_equal(verifier_take_list(box->verifier, lt_buf_bytes(&older), now, &refusal), LT_ALREADY_SO);
	assert_int_equal(verifier_take_list(box->verifier, lt_buf_bytes(&ahead), now, &refusal), LT_DEFINITION_INVALID);
	assert_int_equal(verifier_take_list(box->verifier, lt_buf_bytes(&foreign), now, &refusal),
			 LT_DEFINITION_INVALID);
	assert_int_equal(verifier_take_list(box->verifier, lt_bytes("no list", 7), now, &refusal),
			 LT_DEFINITION_INVALID);
	assert_int_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
	assert_int_equal(verifier_take_list(box->verifier, lt_buf_bytes(&newer), now, &refusal), LT_REASON_NONE);
	assert_int_equal(check(box, TEST_US, NULL), LT_CERTIFICATE_REVOKED);
	assert_int_equal(verifier_reload(box->verifier, NULL, error, sizeof(error)),
			 LT_OK); /* the file of before is read again */
	assert_int_equal(check(box, TEST_US, NULL), LT_CERTIFICATE_REVOKED);
	snprintf(name, sizeof(name), "rm -r %s", folder);
	assert_int_equal(system(name), 0);
	testpki_free(other);
	lt_buf_fini(&older);
	lt_buf_fini(&newer);
	lt_buf_fini(&ahead);
	lt_buf_fini(&foreign);
}

/* A list past its nextUpdate: held when it is ours alone that is old; a day more when the broker has no newer one. */
static void test_the_newest_list_ends(void **state)
{
	struct box *box = *state;
	int64_t begin = test_office_clock;
	test_office_clock = begin + TESTPKI_DAY + 60 * INT64_C(1000000);
	assert_int_equal(check(box, TEST_US, NULL), LT_TRUST_STALE);
	verifier_list_newest(box->verifier, true);
	assert_int_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
	verifier_list_newest(box->verifier, false);
	assert_int_equal(check(box, TEST_US, NULL), LT_TRUST_STALE);
	verifier_list_newest(box->verifier, true);
	test_office_clock = begin + 2 * TESTPKI_DAY + 60 * INT64_C(1000000);
	assert_int_equal(check(box, TEST_US, NULL), LT_TRUST_STALE);
	test_office_clock = begin;
}

static void test_a_good_one_passes(void **state)
{
	bool readable;
	assert_int_equal(check(*state, TEST_US, &readable), LT_REASON_NONE);
	assert_true(readable);
}

static void test_addressed_to_another(void **state)
{
	assert_int_equal(check(*state, "H37.99", NULL), LT_NOT_ADDRESSED_TO_US);
}

/* What is addressed to our predecessor is ours from its end on, when the registrar's directory says so, and only then. */
static void test_addressed_to_our_predecessor(void **state)
{
	struct box *box = *state;
	struct directory_page *page = directory_current_ref(box->test->speaker.book);
	struct lt_signer *signer = testpki_signer(box->test->registrar, false);
	struct lt_buf bytes = { 0 };
	struct lt_refusal refusal = { 0 };
	struct lt_directory *directory = NULL;
	struct lt_cert *registrar = testpki_cert(box->test->registrar);
	struct lt_agency agencies[8] = { { .code = "H37.98" }, { .code = "H37.99" } };
	char name[] = "Xã mới", next[1][LT_AGENCY_MAX] = { "H37.99" };
	struct lt_header header;
	bool readable;
	int64_t end = test_office_clock + 3600 * INT64_C(1000000);
	size_t count = 2;
	agencies[0].name = agencies[0].name_en = agencies[1].name = agencies[1].name_en = name;
	agencies[0].level = agencies[1].level = LT_LEVEL_COMMUNE;
	for (size_t i = 0; i < lt_directory_count(directory_current_directory(page)); i++) {
		struct lt_agency *agency = &agencies[count++];
		*agency = *lt_directory_at(directory_current_directory(page), i);
		if (strcmp(agency->code, TEST_US) != 0)
			continue;
		agency->valid_to = end;
		agency->successor_count = 1;
		agency->successors = next;
	}
	assert_int_equal(lt_directory_encode(TEST_DOMAIN, 2, test_office_clock, agencies, count,
					     &box->test->pki->ca->der, 1, signer, &bytes, &refusal),
			 LT_OK);
	assert_int_equal(lt_directory_open(lt_buf_bytes(&bytes), registrar, &directory, &refusal), 0);
	struct verify_case item = {
		.directory = directory, .envelope = &box->envelope, .time = test_office_clock, .now = test_office_clock
	};
	const struct {
		const char *agency;
		int64_t now;
		enum lt_reason reason;
	} cases[] = {
		{ "H37.99", end, LT_REASON_NONE },
		{ "H37.99", end - 60 * INT64_C(1000000), LT_REASON_NONE }, /* our clock is behind the broker's */
		{ "H37.99", end - 3000 * INT64_C(1000000), LT_NOT_ADDRESSED_TO_US },
		{ "H37.98", end, LT_NOT_ADDRESSED_TO_US },
		{ TEST_US, end, LT_REASON_NONE },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&refusal, 0, sizeof(refusal));
		item.agency = cases[i].agency;
		item.now = cases[i].now;
		lt_arena_reset(box->arena);
		assert_int_equal(verifier_check(box->verifier, &item, box->arena, &header, &readable, &refusal),
				 cases[i].reason);
	}
	lt_cert_free(registrar);
	lt_directory_free(directory);
	lt_buf_fini(&bytes);
	directory_current_unref(page);
	lt_signer_free(signer);
}

/* The test's directory with the peer as the broker itself. */
static struct lt_directory *peer_is_broker(struct box *box)
{
	struct directory_page *page = directory_current_ref(box->test->speaker.book);
	struct lt_signer *signer = testpki_signer(box->test->registrar, false);
	struct lt_cert *registrar = testpki_cert(box->test->registrar);
	struct lt_agency agencies[8];
	struct lt_buf bytes = { 0 };
	struct lt_refusal refusal = { 0 };
	struct lt_directory *out = NULL;
	size_t count = lt_directory_count(directory_current_directory(page));
	for (size_t i = 0; i < count; i++) {
		agencies[i] = *lt_directory_at(directory_current_directory(page), i);
		if (strcmp(agencies[i].code, TEST_PEER) == 0)
			agencies[i].level = LT_LEVEL_BROKER;
	}
	assert_int_equal(lt_directory_encode(TEST_DOMAIN, 2, test_office_clock, agencies, count,
					     &box->test->pki->ca->der, 1, signer, &bytes, &refusal),
			 LT_OK);
	assert_int_equal(lt_directory_open(lt_buf_bytes(&bytes), registrar, &out, &refusal), 0);
	lt_buf_fini(&bytes);
	lt_cert_free(registrar);
	lt_signer_free(signer);
	directory_current_unref(page);
	return out;
}

static enum lt_reason check_in(struct box *box, const struct lt_directory *directory,
			       const struct lt_envelope *envelope)
{
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	bool readable;
	struct verify_case item = { .directory = directory,
				    .agency = TEST_US,
				    .envelope = envelope,
				    .time = test_office_clock,
				    .now = test_office_clock };
	lt_arena_reset(box->arena);
	return verifier_check(box->verifier, &item, box->arena, &header, &readable, &refusal);
}

/* A notice is believed from the directory's broker alone, with one signature over many; and that signs nothing else. */
static void test_notices_are_the_brokers(void **state)
{
	struct box *box = *state;
	struct lt_directory *directory = peer_is_broker(box);
	struct lt_buf header = { 0 }, single = { 0 }, batch[2] = { { 0 }, { 0 } };
	test_office_envelope(box->test, LT_KIND_REROUTED, DOSSIER, NULL, &header, &single);
	struct lt_bytes headers[2] = { lt_buf_bytes(&box->header), lt_buf_bytes(&header) };
	assert_int_equal(lt_signer_batch(box->test->peer_signer, headers, 2, batch), LT_OK);
	struct lt_envelope notice = { .header = headers[1], .signature = lt_buf_bytes(&batch[1]) };
	assert_int_equal(check_in(box, directory, &notice), LT_REASON_NONE);
	assert_int_equal(check_in(box, directory, &box->envelope), LT_KIND_NOT_SUPPORTED);
	struct directory_page *page = directory_current_ref(box->test->speaker.book);
	assert_int_equal(check_in(box, directory_current_directory(page), &notice), LT_KIND_NOT_SUPPORTED);
	assert_int_equal(check_in(box, directory_current_directory(page), &box->envelope), LT_REASON_NONE);
	directory_current_unref(page);
	notice.signature = lt_buf_bytes(&batch[0]); /* another leaf's */
	assert_int_not_equal(check_in(box, directory, &notice), LT_REASON_NONE);
	lt_directory_free(directory);
	lt_buf_fini(&header);
	lt_buf_fini(&single);
	lt_buf_fini(&batch[0]);
	lt_buf_fini(&batch[1]);
}

static void test_every_altered_header_byte_is_found(void **state)
{
	struct box *box = *state;
	for (size_t i = 0; i < box->header.len; i++) {
		box->header.data[i] ^= 1;
		assert_int_not_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
		box->header.data[i] ^= 1;
	}
	assert_int_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
}

static void test_altered_signature(void **state)
{
	struct box *box = *state;
	box->signature.data[box->signature.len - 1] ^= 1;
	assert_int_not_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
}

static void test_altered_part(void **state)
{
	struct box *box = *state;
	box->part = lt_bytes("nội dunG", strlen("nội dunG"));
	assert_int_equal(check(box, TEST_US, NULL), LT_PART_DIGEST_WRONG);
	box->envelope.part_count = 0;
	assert_int_equal(check(box, TEST_US, NULL), LT_PART_COUNT_WRONG);
}

static void test_no_directory_no_sender(void **state)
{
	struct box *box = *state;
	struct lt_header header;
	struct lt_refusal refusal = { 0 };
	bool readable;
	struct verify_case item = {
		.agency = TEST_US, .envelope = &box->envelope, .time = test_office_clock, .now = test_office_clock
	};
	assert_int_equal(verifier_check(box->verifier, &item, box->arena, &header, &readable, &refusal),
			 LT_SENDER_UNKNOWN);
	assert_true(readable);
}

static void test_revoked_after_reload(void **state)
{
	struct box *box = *state;
	char error[200] = "";
	assert_int_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
	testpki_revoke(box->test->pki, box->test->peer);
	write_crl(box);
	assert_int_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
	assert_int_equal(verifier_reload(box->verifier, NULL, error, sizeof(error)), LT_OK);
	assert_int_equal(check(box, TEST_US, NULL), LT_CERTIFICATE_REVOKED);
}

/* Its chain was looked at two seconds ago; its end lies in between. */
static void test_a_certificate_ends_at_its_end(void **state)
{
	struct box *box = *state;
	struct lt_cert *cert = testpki_cert(box->test->peer);
	char error[200] = "";
	int64_t from, to, now = test_office_clock;
	lt_cert_valid(cert, &from, &to);
	test_office_clock = to - 1000000;
	write_crl(box);
	assert_int_equal(verifier_reload(box->verifier, NULL, error, sizeof(error)), LT_OK);
	assert_int_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
	test_office_clock = to + 1000000;
	assert_int_equal(check(box, TEST_US, NULL), LT_CERTIFICATE_EXPIRED);
	test_office_clock = to - 1000000;
	assert_int_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
	test_office_clock = now;
	lt_cert_free(cert);
}

static void test_a_broken_crl_keeps_the_old(void **state)
{
	struct box *box = *state;
	char error[200] = "";
	assert_int_equal(lt_file_write(box->crl, lt_bytes("0nonsense", 9), 0600), LT_OK);
	assert_int_not_equal(verifier_reload(box->verifier, NULL, error, sizeof(error)), LT_OK);
	assert_non_null(strstr(error, "crl.der"));
	assert_int_equal(check(box, TEST_US, NULL), LT_REASON_NONE);
}

static void test_a_directory_of_another_registrar(void **state)
{
	struct box *box = *state;
	struct test_office *test = box->test;
	struct lt_buf forged = { 0 }, newer = { 0 };
	struct lt_refusal refusal = { 0 };
	test_office_directory(test, 2, test->peer, &forged);
	assert_int_equal(directory_current_take(test->speaker.book, lt_buf_bytes(&forged), test->trust,
						test_office_clock, &refusal),
			 LT_DIRECTORY_UNTRUSTED);
	assert_int_equal(directory_current_version(test->speaker.book), 1);
	test_office_directory(test, 2, NULL, &newer);
	assert_int_equal(directory_current_take(test->speaker.book, lt_buf_bytes(&newer), test->trust,
						test_office_clock, &refusal),
			 0);
	assert_int_equal(directory_current_version(test->speaker.book), 2);
	assert_int_equal(directory_current_take(test->speaker.book, lt_buf_bytes(&test->directory), test->trust,
						test_office_clock, &refusal),
			 0);
	assert_int_equal(directory_current_version(test->speaker.book), 2);
	lt_buf_fini(&forged);
	lt_buf_fini(&newer);
}

/* What a newer list, directory or clock of ours could change is ours; all else is wrong whoever looks. */
static void test_own_trouble(void **state)
{
	struct box *box = *state;
	struct lt_recipient to = { .agency = TEST_US };
	struct lt_header header = { .to_count = 1, .to = &to };
	struct directory_page *page = directory_current_ref(box->test->speaker.book);
	struct verify_case item = { .directory = directory_current_directory(page), .agency = TEST_US };
	static const enum lt_reason ours[] = { LT_SENDER_UNKNOWN, LT_CERTIFICATE_NOT_ENROLLED, LT_CERTIFICATE_UNTRUSTED,
					       LT_OVERLOADED };
	static const enum lt_reason not_ours[] = {
		LT_SIGNATURE_WRONG,    LT_SIGNATURE_NOT_DER,   LT_PART_DIGEST_WRONG,    LT_PART_COUNT_WRONG,
		LT_DOMAIN_WRONG,       LT_CERTIFICATE_REVOKED, LT_BATCH_PATH_WRONG,     LT_CERTIFICATE_EXPIRED,
		LT_KIND_NOT_SUPPORTED, LT_NOT_ADDRESSED_TO_US, LT_CERTIFICATE_KEY_USAGE
	};
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		assert_true(verify_is_ours(&item, &header, ours[i]));
		assert_false(verify_is_ours(&item, NULL, ours[i]));
	}
	for (size_t i = 0; i < sizeof(not_ours) / sizeof(not_ours[0]); i++)
		assert_false(verify_is_ours(&item, &header, not_ours[i]));
	item.time = 2;
	item.now = 1;
	assert_true(verify_is_ours(&item, &header, LT_CERTIFICATE_EXPIRED));
	item.directory_behind = true;
	assert_true(verify_is_ours(&item, &header, LT_NOT_ADDRESSED_TO_US));
	assert_true(verify_is_ours(&item, &header, LT_KIND_NOT_SUPPORTED));
	assert_false(verify_is_ours(&item, &header, LT_SIGNATURE_WRONG));
	directory_current_unref(page);
}

/* A list past its time is seen by our own certificate, before anything arrives. */
static void test_our_own_list_is_old(void **state)
{
	struct box *box = *state;
	struct lt_cert *own = testpki_cert(box->test->us);
	struct lt_refusal refusal = { 0 };
	assert_int_equal(verifier_check_own(box->verifier, own, test_office_clock, &refusal), LT_REASON_NONE);
	assert_int_not_equal(verifier_check_own(box->verifier, own, test_office_clock + 2 * TESTPKI_DAY, &refusal),
			     LT_REASON_NONE);
	assert_true(refusal.detail[0]);
	lt_cert_free(own);
}

/* The record's time counts within what cannot be: before its id, before earlier records, after our clock. */
static void test_whose_time_counts(void **state)
{
	struct lt_header header = { .kind = LT_KIND_OPEN };
	static const struct {
		int64_t id, time, not_before, now, counts;
		bool by_clock;
	} cases[] = {
		{ 100, 200, 0, 900, 200, false },   { 100, 200, 150, 900, 200, false },
		{ 100, 200, 300, 900, 300, false }, { 100, 1, 0, 900, 100, false },
		{ 100, 1, 50, 900, 100, false },    { 100, -5, 0, 900, 100, false },
		{ 100, 5000, 0, 900, 900, true },   { 950, 200, 0, 900, 900, true },
		{ 100, 900, 0, 900, 900, false },   { 100, INT64_MAX, 0, 900, 900, true },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t zero[32] = { 0 };
		bool by_clock;
		lt_uuid_make(cases[i].id * 1000000, zero, header.id);
		struct verify_case item = { .time = cases[i].time < 0 || cases[i].time > INT64_MAX / 1000000
							    ? cases[i].time
							    : cases[i].time * 1000000,
					    .not_before = cases[i].not_before * 1000000,
					    .now = cases[i].now * 1000000 };
		assert_int_equal(verify_time(&item, &header, &by_clock), cases[i].counts * 1000000);
		assert_int_equal(by_clock, cases[i].by_clock);
	}
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_a_good_one_passes, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_addressed_to_another, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_addressed_to_our_predecessor, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_notices_are_the_brokers, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_every_altered_header_byte_is_found, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_altered_signature, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_altered_part, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_no_directory_no_sender, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_revoked_after_reload, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_certificate_ends_at_its_end, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_broken_crl_keeps_the_old, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_own_trouble, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_lists_of_the_link, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_the_newest_list_ends, set_up, tear_down),
	  cmocka_unit_test(test_whose_time_counts),
	  cmocka_unit_test_setup_teardown(test_our_own_list_is_old, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_a_directory_of_another_registrar, set_up, tear_down))
