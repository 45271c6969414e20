/* Certificates and the verdict on them: chain, time, revocation, key usage. */
#include "test.h"

#include <lienthong/envelope.h>
#include <lienthong/identity.h>
#include <lienthong/time.h>

#include "testpki.h"

#include <openssl/err.h>
#include <string.h>

static struct testpki *pki, *other;
static const struct testpki_id *good, *gone, *expired, *future, *encipher, *short_rsa, *below, *middle, *stranger,
	*other_day;
static int64_t now;

static int setup(void **state)
{
	(void)state;
	now = lt_time_now();
	pki = testpki_new(now);
	other = testpki_new(now);
	good = testpki_issue(pki, "Sở Tư pháp Lạng Sơn", NULL);
	gone = testpki_issue(pki, "revoked", NULL);
	expired = testpki_issue(pki, "expired",
				&(struct testpki_options){ .from = now - 9 * TESTPKI_DAY, .to = now - TESTPKI_DAY });
	future = testpki_issue(pki, "future", &(struct testpki_options){ .from = now + TESTPKI_DAY });
	encipher = testpki_issue(pki, "encipher", &(struct testpki_options){ .usage = "keyEncipherment" });
	short_rsa = testpki_issue(pki, "short", &(struct testpki_options){ .key = TESTPKI_RSA_1024 });
	middle = testpki_issue(pki, "middle", &(struct testpki_options){ .ca = true });
	below = testpki_issue(pki, "below", &(struct testpki_options){ .issuer = middle });
	other_day = testpki_issue(pki, "other day", &(struct testpki_options){ .from = now - 30 * TESTPKI_DAY });
	testpki_revoke(pki, other_day);
	stranger = testpki_issue(other, "stranger", NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	testpki_free(pki);
	testpki_free(other);
	return 0;
}

static void expect_at(struct lt_trust *trust, const struct testpki_id *id, int64_t at, bool require_crl,
		      enum lt_reason wanted)
{
	struct lt_cert *cert = testpki_cert(id);
	struct lt_refusal refusal = { 0 };
	enum lt_reason got = lt_trust_check(trust, cert, at, require_crl, &refusal);
	if (got != wanted)
		fail_msg("%s: %s (%s), not %s", id->name, lt_reason_name(got), refusal.detail, lt_reason_name(wanted));
	assert_int_equal(refusal.reason, wanted);
	assert_int_equal(ERR_peek_error(), 0);
	lt_cert_free(cert);
}

static struct lt_trust *trust_without_crl(void)
{
	struct lt_trust *trust = NULL;
	assert_int_equal(lt_trust_new(&trust), LT_OK);
	assert_int_equal(lt_trust_add_ca(trust, pki->ca->der), LT_OK);
	return trust;
}

static enum lt_err add_crl(struct lt_trust *trust, struct testpki *from, int64_t this_update, int64_t next_update)
{
	struct lt_buf crl = { 0 };
	testpki_crl(from, this_update, next_update, &crl);
	enum lt_err err = lt_trust_add_crl(trust, lt_buf_bytes(&crl));
	lt_buf_fini(&crl);
	return err;
}

static void judges_chain_and_time(void **state)
{
	(void)state;
	struct lt_trust *trust = testpki_trust(pki);
	expect_at(trust, good, now, true, LT_REASON_NONE);
	expect_at(trust, expired, now, true, LT_CERTIFICATE_EXPIRED);
	expect_at(trust, expired, now - 2 * TESTPKI_DAY, true, LT_REASON_NONE);
	expect_at(trust, future, now, true, LT_CERTIFICATE_EXPIRED);
	expect_at(trust, good, now + 400 * TESTPKI_DAY, false, LT_CERTIFICATE_EXPIRED);
	expect_at(trust, stranger, now, true, LT_CERTIFICATE_UNTRUSTED);
	expect_at(trust, other->ca, now, true, LT_CERTIFICATE_UNTRUSTED);
	expect_at(trust, below, now, true, LT_CERTIFICATE_UNTRUSTED);
	lt_trust_free(trust);
}

static void judges_key_and_usage(void **state)
{
	(void)state;
	struct lt_trust *trust = testpki_trust(pki);
	expect_at(trust, encipher, now, true, LT_CERTIFICATE_KEY_USAGE);
	expect_at(trust, middle, now, true, LT_CERTIFICATE_KEY_USAGE);
	expect_at(trust, short_rsa, now, true, LT_KEY_TOO_SHORT);
	lt_trust_free(trust);
}

static void knows_a_ca_below_the_root(void **state)
{
	(void)state;
	struct lt_trust *trust = testpki_trust(pki);
	assert_int_equal(lt_trust_add_ca(trust, middle->der), LT_OK);
	expect_at(trust, below, now, false, LT_REASON_NONE);
	expect_at(trust, below, now, true, LT_TRUST_STALE); /* no CRL of that CA */
	expect_at(trust, good, now, true, LT_REASON_NONE);
	lt_trust_free(trust);
	/* Every CA that was added is an anchor, also without the root. */
	assert_int_equal(lt_trust_new(&trust), LT_OK);
	assert_int_equal(lt_trust_add_ca(trust, middle->der), LT_OK);
	expect_at(trust, below, now, false, LT_REASON_NONE);
	expect_at(trust, good, now, false, LT_CERTIFICATE_UNTRUSTED);
	lt_trust_free(trust);
}

static void judges_revocation(void **state)
{
	(void)state;
	struct lt_trust *trust = trust_without_crl();
	expect_at(trust, gone, now, false, LT_REASON_NONE);
	expect_at(trust, gone, now, true, LT_TRUST_STALE);
	assert_int_equal(add_crl(trust, pki, now - 3 * TESTPKI_DAY, now + TESTPKI_DAY), LT_OK);
	expect_at(trust, gone, now, true, LT_REASON_NONE);

	testpki_revoke(pki, gone);
	assert_int_equal(add_crl(trust, pki, now - TESTPKI_DAY, now + TESTPKI_DAY), LT_OK);
	expect_at(trust, gone, now, true, LT_CERTIFICATE_REVOKED);
	expect_at(trust, gone, now, false, LT_CERTIFICATE_REVOKED);
	expect_at(trust, good, now, true, LT_REASON_NONE);
	/* Past nextUpdate it no longer clears anybody, and still condemns. */
	expect_at(trust, good, now + 2 * TESTPKI_DAY, true, LT_TRUST_STALE);
	expect_at(trust, good, now + 2 * TESTPKI_DAY, false, LT_REASON_NONE);
	expect_at(trust, gone, now + 2 * TESTPKI_DAY, false, LT_CERTIFICATE_REVOKED);
	/* Dated after the time in question, it counts. */
	expect_at(trust, good, now - TESTPKI_DAY / 2 * 3, true, LT_CERTIFICATE_EXPIRED);
	expect_at(trust, gone, now - TESTPKI_DAY + 60000000, true, LT_CERTIFICATE_REVOKED);
	lt_trust_free(trust);
}

static enum lt_reason ask(struct lt_trust *trust, const struct testpki_id *id, struct lt_trust_question question,
			  bool *stale)
{
	struct lt_cert *cert = testpki_cert(id);
	struct lt_refusal refusal = { 0 };
	question.require_crl = true;
	enum lt_reason reason = lt_trust_ask(trust, cert, &question, stale, &refusal);
	lt_cert_free(cert);
	return reason;
}

/* Past nextUpdate: a fault of ours, by its own name; within the grace it goes on and says so, and whom the list revokes stays out. */
static void a_stale_list_is_our_trouble(void **state)
{
	(void)state;
	struct lt_trust *trust = trust_without_crl();
	bool stale;
	testpki_revoke(pki, gone);
	assert_int_equal(add_crl(trust, pki, now - TESTPKI_DAY, now + TESTPKI_DAY), LT_OK);
	struct lt_trust_question question = { .at = now + TESTPKI_DAY / 2, .grace = TESTPKI_DAY };
	assert_int_equal(ask(trust, good, question, &stale), LT_REASON_NONE);
	assert_false(stale);
	question.at = now + TESTPKI_DAY + 3600000000;
	assert_int_equal(ask(trust, good, question, &stale), LT_REASON_NONE);
	assert_true(stale);
	assert_int_equal(ask(trust, gone, question, &stale), LT_CERTIFICATE_REVOKED);
	question.grace = 0;
	assert_int_equal(ask(trust, good, question, &stale), LT_TRUST_STALE);
	question = (struct lt_trust_question){ .at = now + 2 * TESTPKI_DAY + 3600000000, .grace = TESTPKI_DAY };
	assert_int_equal(ask(trust, good, question, &stale), LT_TRUST_STALE);
	assert_true(lt_reason_retry(LT_TRUST_STALE));
	/* What was recorded before the day of revocation was good. */
	question = (struct lt_trust_question){ .at = now - TESTPKI_DAY - 60000000 * 5, .past = true };
	assert_int_equal(
		ask(trust, gone, (struct lt_trust_question){ .at = now - TESTPKI_DAY + 60000000, .past = true }, NULL),
		LT_CERTIFICATE_REVOKED);
	assert_int_equal(ask(trust, other_day, question, NULL), LT_REASON_NONE);
	question.past = false;
	assert_int_equal(ask(trust, other_day, question, NULL), LT_CERTIFICATE_REVOKED);
	lt_trust_free(trust);
}

/* From its end on nothing that it issued may sign, also below a CA of its; for the time before all is as it was. */
static void a_withdrawn_ca_is_good_for_the_past(void **state)
{
	(void)state;
	struct lt_trust *trust = testpki_trust(pki);
	assert_int_equal(lt_trust_end_ca(trust, middle->der, now), LT_OK);
	expect_at(trust, below, now, false, LT_CERTIFICATE_UNTRUSTED);
	expect_at(trust, below, now - 1000000, false, LT_REASON_NONE);
	expect_at(trust, good, now, true, LT_REASON_NONE);
	assert_int_equal(lt_trust_end_ca(trust, pki->ca->der, now + 1000000), LT_OK);
	expect_at(trust, good, now, true, LT_REASON_NONE);
	expect_at(trust, good, now + 1000000, true, LT_CERTIFICATE_UNTRUSTED);
	expect_at(trust, below, now - 1000000, false, LT_REASON_NONE);
	assert_int_equal(lt_trust_end_ca(trust, good->der, now), LT_ECRYPTO);
	lt_trust_free(trust);
}
/* A CA below the root is asked about as well. */
static void a_revoked_ca_is_no_ca(void **state)
{
	(void)state;
	struct lt_trust *trust = testpki_trust(pki);
	assert_int_equal(lt_trust_add_ca(trust, middle->der), LT_OK);
	expect_at(trust, below, now, false, LT_REASON_NONE);
	testpki_revoke(pki, middle);
	assert_int_equal(add_crl(trust, pki, now - 60000000, now + TESTPKI_DAY), LT_OK);
	pki->revoked[middle - pki->ids] = false;
	expect_at(trust, below, now, false, LT_CERTIFICATE_REVOKED);
	lt_trust_free(trust);
	/* In whichever order they were listed. */
	assert_int_equal(lt_trust_new(&trust), LT_OK);
	assert_int_equal(lt_trust_add_ca(trust, middle->der), LT_OK);
	assert_int_equal(lt_trust_add_ca(trust, pki->ca->der), LT_OK);
	testpki_revoke(pki, middle);
	assert_int_equal(add_crl(trust, pki, now - 60000000, now + TESTPKI_DAY), LT_OK);
	pki->revoked[middle - pki->ids] = false;
	expect_at(trust, below, now, false, LT_CERTIFICATE_REVOKED);
	lt_trust_free(trust);
}

static void keeps_the_newer_crl(void **state)
{
	(void)state;
	struct lt_trust *trust = trust_without_crl();
	struct lt_buf old = { 0 };
	pki->revoked[good - pki->ids] = false;
	bool was = pki->revoked[gone - pki->ids];
	pki->revoked[gone - pki->ids] = false;
	testpki_crl(pki, now - 5 * TESTPKI_DAY, now + TESTPKI_DAY, &old);
	testpki_revoke(pki, gone);
	assert_int_equal(add_crl(trust, pki, now - 4 * TESTPKI_DAY, now + TESTPKI_DAY), LT_OK);
	assert_int_equal(lt_trust_add_crl(trust, lt_buf_bytes(&old)), LT_OK);
	expect_at(trust, gone, now, true, LT_CERTIFICATE_REVOKED);
	lt_buf_fini(&old);
	/* Of the same second, the higher number wins. */
	pki->revoked[gone - pki->ids] = false;
	assert_int_equal(add_crl(trust, pki, now - 4 * TESTPKI_DAY, now + TESTPKI_DAY), LT_OK);
	expect_at(trust, gone, now, true, LT_REASON_NONE);
	pki->revoked[gone - pki->ids] = was;
	lt_trust_free(trust);
}

static void refuses_what_is_no_trust(void **state)
{
	(void)state;
	struct lt_trust *trust = trust_without_crl();
	assert_int_equal(lt_trust_add_ca(trust, good->der), LT_ECRYPTO);
	assert_int_equal(lt_trust_add_ca(trust, lt_bytes("rubbish", 7)), LT_EPARSE);
	assert_int_equal(lt_trust_add_ca(trust, pki->ca->der), LT_OK);               /* again: no change */
	assert_int_equal(add_crl(trust, other, now, now + TESTPKI_DAY), LT_ECRYPTO); /* the same name, another key */
	assert_int_equal(lt_trust_add_crl(trust, lt_bytes("rubbish", 7)), LT_EPARSE);
	struct lt_buf crl = { 0 };
	testpki_crl(pki, now, now + TESTPKI_DAY, &crl);
	assert_int_equal(lt_buf_append(&crl, "", 1), LT_OK);
	assert_int_equal(lt_trust_add_crl(trust, lt_buf_bytes(&crl)), LT_EPARSE);
	crl.len--;
	crl.data[crl.len - 1] ^= 1;
	assert_int_equal(lt_trust_add_crl(trust, lt_buf_bytes(&crl)), LT_ECRYPTO);
	lt_buf_fini(&crl);
	assert_int_equal(ERR_peek_error(), 0);
	lt_trust_free(trust);
}

/* A CA and its successor of the same name: each has its own CRL. */
static void keeps_a_crl_for_each_key(void **state)
{
	(void)state;
	struct lt_trust *trust = testpki_trust(pki);
	assert_int_equal(lt_trust_add_ca(trust, other->ca->der), LT_OK);
	expect_at(trust, stranger, now, true, LT_TRUST_STALE);
	expect_at(trust, stranger, now, false, LT_REASON_NONE);
	assert_int_equal(add_crl(trust, other, now, now + TESTPKI_DAY), LT_OK);
	expect_at(trust, stranger, now, true, LT_REASON_NONE);
	expect_at(trust, good, now, true, LT_REASON_NONE);
	lt_trust_free(trust);
}

static void reads_certificates(void **state)
{
	(void)state;
	struct lt_cert *cert = testpki_cert(good), *bad = NULL;
	uint8_t digest[32];
	int64_t from, to;
	char subject[128], cut[10];
	lt_sha256(good->der, digest);
	assert_memory_equal(lt_cert_sha256(cert), digest, 32);
	assert_true(lt_bytes_equal(lt_cert_der(cert), good->der));
	lt_cert_valid(cert, &from, &to);
	assert_int_equal(from, (now - TESTPKI_DAY) / 1000000 * 1000000);
	assert_int_equal(to, (now + 365 * TESTPKI_DAY) / 1000000 * 1000000);
	lt_cert_subject(cert, subject, sizeof subject);
	assert_string_equal(subject, "CN=Sở Tư pháp Lạng Sơn,C=VN");
	lt_cert_subject(cert, cut, 7); /* not in the middle of a letter */
	assert_string_equal(cut, "CN=S");
	lt_cert_free(cert);

	struct lt_buf long_der = { 0 };
	assert_int_equal(lt_buf_append(&long_der, good->der.data, good->der.len), LT_OK);
	assert_int_equal(lt_buf_append(&long_der, "", 1), LT_OK);
	assert_int_equal(lt_cert_new(lt_buf_bytes(&long_der), &bad), LT_EPARSE);
	lt_buf_fini(&long_der);
	for (size_t len = 0; len < good->der.len; len++)
		assert_int_equal(lt_cert_new(lt_bytes(good->der.data, len), &bad), LT_EPARSE);
	assert_int_equal(ERR_peek_error(), 0);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(judges_chain_and_time), cmocka_unit_test(judges_key_and_usage),
		 cmocka_unit_test(knows_a_ca_below_the_root), cmocka_unit_test(judges_revocation),
		 cmocka_unit_test(a_stale_list_is_our_trouble), cmocka_unit_test(a_withdrawn_ca_is_good_for_the_past),
		 cmocka_unit_test(a_revoked_ca_is_no_ca), cmocka_unit_test(keeps_the_newer_crl),
		 cmocka_unit_test(refuses_what_is_no_trust), cmocka_unit_test(keeps_a_crl_for_each_key),
		 cmocka_unit_test(reads_certificates))
