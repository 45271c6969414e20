/* testadapter.h: an adapter's insides for tests: agencies with keys, a signed directory, a store in a temporary folder.
 * Everything here ends the test on failure. The clock is test_office_now. One thread. */
#ifndef LIENTHONG_TEST_ADAPTER_H
#define LIENTHONG_TEST_ADAPTER_H

#include "mail/speaker.h"
#include "mail/outbox.h"
#include "store/vault.h"
#include "testpki.h"

#define TEST_DOMAIN "lienthong.test.vn"
#define TEST_US "H37.24"
#define TEST_PEER "H37.11"

struct test_office {
	struct testpki *pki;
	const struct testpki_id *registrar, *us, *peer;
	struct lt_signer *us_signer, *peer_signer;
	struct lt_buf directory; /* SignedDirectory, version 1 */
	struct lt_trust *trust;
	struct speaker speaker;
	struct speaker_agency agency; /* TEST_US */
	char dir[96];
	struct vault *vault;
};
extern int64_t test_office_clock; /* microseconds; what office.now says */
struct test_office *test_office_new(void);
void test_office_free(struct test_office *test);
/* The same around a cmocka test: *state is the office. */
int test_office_set_up(void **state);
int test_office_tear_down(void **state);
void test_office_reopen(struct test_office *test); /* closes the store and opens it again */
/* A SignedDirectory of both agencies, the peer with an alias "000.00.11.H37". signer NULL: the registrar. */
void test_office_directory(struct test_office *test, uint64_t version, const struct testpki_id *signer,
			   struct lt_buf *out);
/* A header and signature by the peer to us: kind, dossier. */
void test_office_envelope(struct test_office *test, enum lt_kind kind, const char *dossier, const struct lt_bytes *part,
			  struct lt_buf *header, struct lt_buf *signature);
/* The same of any header. */
void test_office_sign(struct test_office *test, const struct lt_header *plain, struct lt_buf *header,
		      struct lt_buf *signature);
/* Runs one job and expects LT_OK. */
void test_office_run(struct test_office *test, enum lt_err (*run)(void *ctx, struct vault_tx *tx), void *ctx);
/* Of an answer that admits: the receipt of the record that it names. */
void test_office_receipt(struct outbox_answer *answer);
/* A job for it, `ctx` is this: one envelope to one recipient goes into the outbox. */
struct test_office_add {
	struct test_office *test;
	struct outbox_request request;
	struct lt_recipient to;
	struct outbox_receipt receipt;
};
enum lt_err test_office_run_add(void *ctx, struct vault_tx *tx);

/* Makes the folder, and in it the store of an adapter that has seen a session. */
void test_office_make_store(const char *data);

#endif
