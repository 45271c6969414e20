/* testadapter.c: an adapter's insides for tests. */
#include "test.h"

#include "testadapter.h"

#include "mail/history/comeback.h"

#include <lienthong/directory.h>
#include <lienthong/time.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAP_BYTES (256ull << 20)

int64_t test_office_clock;

static int64_t office_now(void)
{
	return test_office_clock;
}

static void fill_agency(struct lt_agency *agency, const char *code, const char *name, struct lt_cert **cert)
{
	*agency = (struct lt_agency){ .name = (char *)(uintptr_t)name,
				      .name_en = (char *)(uintptr_t) "",
				      .level = LT_LEVEL_DEPARTMENT,
				      .cert_count = 1,
				      .certs = cert };
	memcpy(agency->code, code, strlen(code) + 1);
}

void test_office_directory(struct test_office *test, uint64_t version, const struct testpki_id *signer,
			   struct lt_buf *out)
{
	char alias[1][LT_AGENCY_MAX] = { "000.00.11.H37" };
	struct lt_cert *certs[2] = { testpki_cert(test->peer), testpki_cert(test->us) };
	struct lt_agency agencies[2];
	struct lt_refusal refusal = { 0 };
	struct lt_bytes ca = test->pki->ca->der;
	struct lt_signer *with = testpki_signer(signer ? signer : test->registrar, false);
	fill_agency(&agencies[0], TEST_PEER, "Sở Y tế", &certs[0]);
	agencies[0].alias_count = 1;
	agencies[0].aliases = alias;
	fill_agency(&agencies[1], TEST_US, "Huyện", &certs[1]);
	enum lt_err err =
		lt_directory_encode(TEST_DOMAIN, version, test_office_clock, agencies, 2, &ca, 1, with, out, &refusal);
	if (err)
		print_error("directory: %s %s\n", lt_reason_name(refusal.reason), refusal.detail);
	assert_int_equal(err, LT_OK);
	lt_signer_free(with);
	lt_cert_free(certs[0]);
	lt_cert_free(certs[1]);
}

static void open_store(struct test_office *test)
{
	struct vault_limits limits = { .map_bytes = MAP_BYTES, .disk_reserve = 1u << 20 };
	assert_int_equal(vault_open(test->dir, &limits, &test->vault), LT_OK);
	assert_int_equal(vault_start(test->vault), LT_OK);
}

struct test_office *test_office_new(void)
{
	struct test_office *test = calloc(1, sizeof(*test));
	struct lt_refusal refusal = { 0 };
	assert_non_null(test);
	test_office_clock = lt_time_now();
	test->pki = testpki_new(test_office_clock);
	test->registrar = testpki_issue(test->pki, "registrar", NULL);
	test->us = testpki_issue(test->pki, "us", NULL);
	test->peer = testpki_issue(test->pki, "peer", NULL);
	test->us_signer = testpki_signer(test->us, false);
	test->peer_signer = testpki_signer(test->peer, false);
	test->trust = testpki_trust(test->pki);
	test_office_directory(test, 1, NULL, &test->directory);
	memcpy(test->agency.code, TEST_US, sizeof(TEST_US));
	speaker_take_signer(&test->agency, test->us_signer);
	test->speaker = (struct speaker){
		.domain = TEST_DOMAIN, .now = office_now, .agency_count = 1, .agencies = &test->agency
	};
	assert_int_equal(directory_current_new(test->registrar->der, TEST_DOMAIN, &test->speaker.book), LT_OK);
	if (directory_current_take(test->speaker.book, lt_buf_bytes(&test->directory), test->trust, test_office_clock,
				   &refusal))
		print_error("directory: %s\n", refusal.detail);
	assert_int_equal(directory_current_version(test->speaker.book), 1);
	snprintf(test->dir, sizeof(test->dir), "/tmp/lt-adapter-XXXXXX");
	assert_non_null(mkdtemp(test->dir));
	open_store(test);
	return test;
}

void test_office_reopen(struct test_office *test)
{
	vault_close(test->vault);
	open_store(test);
}

void test_office_free(struct test_office *test)
{
	static const char *const files[] = { "store.mdb", "store.mdb-lock" };
	char path[160];
	vault_close(test->vault);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", test->dir, files[i]);
		unlink(path);
	}
	rmdir(test->dir);
	directory_current_free(test->speaker.book);
	lt_trust_free(test->trust);
	lt_signer_free(test->agency.signer);
	lt_signer_free(test->peer_signer);
	lt_buf_fini(&test->directory);
	testpki_free(test->pki);
	free(test);
}

int test_office_set_up(void **state)
{
	*state = test_office_new();
	return 0;
}

int test_office_tear_down(void **state)
{
	test_office_free(*state);
	return 0;
}

void test_office_sign(struct test_office *test, const struct lt_header *plain, struct lt_buf *header,
		      struct lt_buf *signature)
{
	struct lt_refusal refusal = { 0 };
	if (lt_header_encode(plain, header, &refusal))
		fail_msg("header: %s %s", lt_reason_name(refusal.reason), refusal.detail);
	assert_int_equal(lt_signer_header(test->peer_signer, lt_buf_bytes(header), signature), LT_OK);
}

void test_office_envelope(struct test_office *test, enum lt_kind kind, const char *dossier, const struct lt_bytes *part,
			  struct lt_buf *header, struct lt_buf *signature)
{
	struct lt_recipient to = { .agency = TEST_US };
	struct lt_part_info info = { .name = "a.txt", .media_type = "text/plain" };
	struct lt_header plain = { .domain = TEST_DOMAIN,
				   .kind = kind,
				   .sender = TEST_PEER,
				   .to_count = 1,
				   .to = &to,
				   .branch = 1,
				   .branch_version = 3,
				   .sent_at = test_office_clock,
				   .reason = kind == LT_KIND_RETURN || kind == LT_KIND_REFUSE ? "vì" : "",
				   .subject = "" };
	memcpy(plain.dossier, dossier, strlen(dossier) + 1);
	lt_uuid_new(plain.id);
	if (part) {
		info.size = part->len;
		lt_sha256(*part, info.sha256);
		plain.part_count = 1;
		plain.parts = &info;
	}
	test_office_sign(test, &plain, header, signature);
}

void test_office_receipt(struct outbox_answer *answer)
{
	struct lt_record_head head = { .form = LT_RECORD_SUBMIT, .sequence = answer->sequence, .time = answer->time };
	lt_record_head_put(&head, answer->receipt.head);
	answer->has_receipt = true;
}

void test_office_run(struct test_office *test, enum lt_err (*run)(void *ctx, struct vault_tx *tx), void *ctx)
{
	assert_int_equal(vault_run(test->vault, run, ctx), LT_OK);
}

enum lt_err test_office_run_add(void *ctx, struct vault_tx *tx)
{
	struct test_office_add *add = ctx;
	add->request.header.to = &add->to;
	return outbox_add(tx, &add->test->speaker, &add->request, &add->receipt);
}

static enum lt_err run_met(void *ctx, struct vault_tx *tx)
{
	enum lt_err err = comeback_begin(tx, 1, vault_mark(ctx), false);
	return err ? err : comeback_met(tx, 1, TEST_US, 0, 0);
}

void test_office_make_store(const char *data)
{
	struct vault *vault;
	struct vault_limits limits = { .map_bytes = 64u << 20 };
	assert_int_equal(mkdir(data, 0700), 0);
	assert_int_equal(vault_open(data, &limits, &vault), LT_OK);
	assert_int_equal(vault_start(vault), LT_OK);
	assert_int_equal(vault_run(vault, run_met, vault), LT_OK);
	vault_close(vault);
}
