/* Rulebooks: what is taken, what is refused, what is shared; what is made of them; what comes in at the door. */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "identity/crl.h"
#include "record/control.h"
#include "state/rulebook.h"
#include "trust/trust.h"
#include "testpki.h"

#define NOW INT64_C(1795000000000000)
#define DOMAIN "lienthong.test"

static struct testpki *pki;
static const struct testpki_id *registrar, *first, *second;

static int set_up(void **state)
{
	(void)state;
	pki = testpki_new(NOW);
	struct testpki_options short_lived = { .from = NOW - TESTPKI_DAY, .to = NOW + 100 * TESTPKI_DAY };
	registrar = testpki_issue(pki, "registrar", &short_lived);
	first = testpki_issue(pki, "H37.02", NULL);
	second = testpki_issue(pki, "H37.14", NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	testpki_free(pki);
	return 0;
}

static const struct testpki_id *ended_cert; /* of the first agency, until NOW */

static struct lt_ended_key *ended_key; /* of the first agency */
static uint8_t first_key = 1;          /* its key in force */

static void make_directory(const char *domain, uint64_t version, struct lt_buf *out)
{
	static uint8_t keys[2][1][32] = { { { 1 } }, { { 2 } } };
	static char name[] = "name";
	keys[0][0][0] = first_key;
	struct lt_cert *certs[2] = { testpki_cert(first), testpki_cert(second) };
	struct lt_agency agencies[2];
	struct lt_signer *signer = testpki_signer(registrar, false);
	struct lt_refusal refusal;
	memset(agencies, 0, sizeof(agencies));
	for (int i = 0; i < 2; i++) {
		strcpy(agencies[i].code, i == 0 ? "H37.02" : "H37.14");
		agencies[i].name = agencies[i].name_en = name;
		agencies[i].level = LT_LEVEL_DISTRICT;
		agencies[i].cert_count = agencies[i].curve_count = 1;
		agencies[i].certs = &certs[i];
		agencies[i].curve_keys = keys[i];
	}
	struct lt_cert *both[2] = { certs[0], ended_cert ? testpki_cert(ended_cert) : NULL };
	int64_t until = NOW;
	if (ended_cert) {
		agencies[0].certs = both;
		agencies[0].ended_count = 1;
		agencies[0].ended_until = &until;
	}
	agencies[0].ended_keys = ended_key;
	agencies[0].ended_key_count = ended_key != NULL;
	assert_int_equal(
		lt_directory_encode(domain, version, NOW, agencies, 2, &pki->ca->der, 1, signer, out, &refusal), LT_OK);
	lt_signer_free(signer);
	lt_cert_free(certs[0]);
	lt_cert_free(certs[1]);
	lt_cert_free(both[1]);
}

static struct rulebook_parts parts_of(const struct lt_buf *directory)
{
	return (struct rulebook_parts){
		.domain = DOMAIN,
		.registrar = registrar->der,
		.ca = pki->ca->der,
		.signed_directory = directory ? lt_buf_bytes(directory) : (struct lt_bytes){ 0 },
	};
}

static void test_before_the_first_directory(void **state)
{
	struct rulebook_parts parts = parts_of(NULL);
	struct rulebook *rulebook;
	struct lt_refusal refusal;
	(void)state;
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), 0);
	assert_string_equal(rulebook_domain(rulebook), DOMAIN);
	assert_null(rulebook_directory(rulebook));
	assert_null(rulebook_agency(rulebook, "H37.02"));
	assert_int_equal(rulebook_directory_version(rulebook), 0);
	assert_int_equal(rulebook_signed_directory(rulebook).len, 0);
	rulebook_unref(rulebook);
	parts.registrar = lt_bytes(NULL, 0);
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), LT_DEFINITION_INVALID);
	parts = parts_of(NULL);
	parts.domain = "";
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), LT_DEFINITION_INVALID);
}

static void test_directory(void **state)
{
	struct lt_buf one = { 0 }, foreign = { 0 };
	struct rulebook *rulebook, *next;
	struct lt_refusal refusal;
	const char *suspended[] = { "H37.14", "H37.01" };
	(void)state;
	make_directory(DOMAIN, 1, &one);
	make_directory("other.test", 1, &foreign);
	struct rulebook_parts parts = parts_of(&foreign);
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), LT_DIRECTORY_INVALID);
	parts = parts_of(&one);
	parts.directory_version = 2;
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), LT_DIRECTORY_INVALID);
	parts.directory_version = 1;
	parts.suspended = suspended;
	parts.suspended_count = 2;
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), 0);
	assert_int_equal(rulebook_directory_version(rulebook), 1);
	assert_non_null(rulebook_agency(rulebook, "H37.02"));
	assert_null(rulebook_agency(rulebook, "H37.03"));
	assert_true(rulebook_suspended(rulebook, "H37.14"));
	assert_true(rulebook_suspended(rulebook, "H37.01"));
	assert_false(rulebook_suspended(rulebook, "H37.02"));
	assert_true(lt_bytes_equal(rulebook_signed_directory(rulebook), lt_buf_bytes(&one)));
	/* shared, not parsed again; and it outlives the first */
	parts.suspended_count = 0;
	assert_int_equal(rulebook_new(&parts, rulebook, &next, &refusal), 0);
	assert_ptr_equal(rulebook_directory(next), rulebook_directory(rulebook));
	rulebook_unref(rulebook);
	assert_non_null(rulebook_agency(next, "H37.02"));
	assert_false(rulebook_suspended(next, "H37.14"));
	rulebook_unref(next);
	for (size_t cut = 0; cut < one.len; cut += 7) { /* cut short: refused, whatever is missing */
		parts.signed_directory.len = cut;
		if (cut > 0 && rulebook_new(&parts, NULL, &rulebook, &refusal) == 0)
			fail_msg("cut at %zu was taken", cut);
	}
	lt_buf_fini(&one);
	lt_buf_fini(&foreign);
}

static void test_check_directory(void **state)
{
	struct lt_buf one = { 0 }, two = { 0 }, three = { 0 }, foreign = { 0 };
	struct rulebook *rulebook;
	struct lt_refusal refusal;
	(void)state;
	make_directory(DOMAIN, 1, &one);
	make_directory(DOMAIN, 2, &two);
	make_directory(DOMAIN, 3, &three);
	make_directory("other.test", 2, &foreign);
	struct rulebook_parts parts = parts_of(&one);
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), 0);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&two), NOW, &refusal), 0);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&one), NOW, &refusal), LT_DIRECTORY_INVALID);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&three), NOW, &refusal), LT_DIRECTORY_INVALID);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&foreign), NOW, &refusal), LT_DIRECTORY_INVALID);
	two.data[40] ^= 1; /* not what the registrar signed */
	assert_int_not_equal(trust_check_directory(rulebook, lt_buf_bytes(&two), NOW, &refusal), 0);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&three), NOW + 200 * TESTPKI_DAY, &refusal),
			 LT_CERTIFICATE_EXPIRED);
	rulebook_unref(rulebook);
	lt_buf_fini(&one);
	lt_buf_fini(&two);
	lt_buf_fini(&three);
	lt_buf_fini(&foreign);
}

static struct lt_crl_verdict verdict;

static enum lt_reason check_crl(struct rulebook *rulebook, struct lt_bytes der)
{
	static uint8_t list[32];
	static struct lt_refusal refusal;
	return trust_check_crl(rulebook, der, NOW, list, &verdict, &refusal);
}

/* Useless definitions are found at the door, not by whoever they shut out. */
static void test_door(void **state)
{
	struct lt_buf one = { 0 }, two = { 0 }, ahead = { 0 }, ended = { 0 };
	struct testpki *other = testpki_new(NOW);
	const struct testpki_id *kept = first;
	struct rulebook *rulebook;
	struct lt_refusal refusal;
	(void)state;
	make_directory(DOMAIN, 1, &one);
	struct rulebook_parts parts = parts_of(&one);
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), 0);
	const struct {
		const struct testpki_id *id;
		const char *word;
	} useless[] = {
		{ testpki_issue(pki, "x", &(struct testpki_options){ .usage = "critical,keyEncipherment" }),
		  "H37.02: certificate 1: CERTIFICATE_KEY_USAGE" },
		{ testpki_issue(pki, "x", &(struct testpki_options){ .key = TESTPKI_RSA_1024 }), "KEY_TOO_SHORT" },
		{ testpki_issue(pki, "x", &(struct testpki_options){ .ca = true }), "CERTIFICATE_KEY_USAGE" },
		{ testpki_issue(other, "x", NULL), "CERTIFICATE_UNTRUSTED" },
	};
	for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
		first = useless[i].id;
		lt_buf_clear(&two);
		make_directory(DOMAIN, 2, &two);
		assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&two), NOW, &refusal),
				 LT_DIRECTORY_INVALID);
		if (!strstr(refusal.detail, useless[i].word))
			fail_msg("%zu: %s", i, refusal.detail);
	}
	/* One that works, but what it replaces is gone: what that signed could not be checked any more. */
	first = testpki_issue(pki, "renewed", NULL);
	lt_buf_clear(&two);
	make_directory(DOMAIN, 2, &two);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&two), NOW, &refusal), LT_DIRECTORY_INVALID);
	assert_non_null(strstr(refusal.detail, "keep it as an ended one"));
	ended_cert = kept;
	lt_buf_clear(&two);
	make_directory(DOMAIN, 2, &two);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&two), NOW, &refusal), 0);
	parts.signed_directory = lt_buf_bytes(&two);
	struct rulebook *next;
	assert_int_equal(rulebook_new(&parts, NULL, &next, &refusal), 0);
	const struct lt_agency *agency = trust_agency(next, "H37.02");
	assert_int_equal(agency->cert_count, 1);
	assert_int_equal(agency->ended_count, 1);
	assert_true(lt_bytes_equal(lt_cert_der(agency->certs[1]), kept->der));
	assert_true(lt_agency_cert_at(agency, agency->certs[1], NOW - 1));
	assert_false(lt_agency_cert_at(agency, agency->certs[1], NOW));
	assert_true(lt_agency_cert_at(agency, agency->certs[0], NOW + 1));
	rulebook_unref(next);
	ended_cert = NULL;
	first = kept;
	/* What stands there may end; the next version can still be made. */
	lt_buf_clear(&two);
	make_directory(DOMAIN, 2, &two);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&two), NOW + 50 * TESTPKI_DAY, &refusal), 0);
	testpki_crl(pki, NOW + TESTPKI_DAY, NOW + 9 * TESTPKI_DAY, &ahead);
	testpki_crl(pki, NOW - 9 * TESTPKI_DAY, NOW - TESTPKI_DAY, &ended);
	assert_int_equal(check_crl(rulebook, lt_buf_bytes(&ahead)), LT_DEFINITION_INVALID);
	assert_int_equal(check_crl(rulebook, lt_buf_bytes(&ended)), LT_DEFINITION_INVALID);
	rulebook_unref(rulebook);
	testpki_free(other);
	lt_buf_fini(&one);
	lt_buf_fini(&two);
	lt_buf_fini(&ahead);
	lt_buf_fini(&ended);
}

/* A key that is replaced stays with its end; it connects before and not after, and never comes back. */
static void test_keys(void **state)
{
	struct lt_buf one = { 0 }, two = { 0 }, three = { 0 };
	struct lt_ended_key old = { .key = { 1 }, .until = NOW };
	struct rulebook *rulebook, *next;
	struct lt_refusal refusal;
	const uint8_t other[32] = { 9 };
	(void)state;
	make_directory(DOMAIN, 1, &one);
	struct rulebook_parts parts = parts_of(&one);
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), 0);
	first_key = 9;
	make_directory(DOMAIN, 2, &two);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&two), NOW, &refusal), LT_DIRECTORY_INVALID);
	assert_non_null(strstr(refusal.detail, "CURVE key 1"));
	ended_key = &old;
	lt_buf_clear(&two);
	make_directory(DOMAIN, 2, &two);
	assert_int_equal(trust_check_directory(rulebook, lt_buf_bytes(&two), NOW, &refusal), 0);
	parts.signed_directory = lt_buf_bytes(&two);
	assert_int_equal(rulebook_new(&parts, NULL, &next, &refusal), 0);
	const struct lt_agency *agency = rulebook_agency(next, "H37.02");
	assert_true(lt_agency_has_key(agency, old.key, NOW - 1));
	assert_false(lt_agency_has_key(agency, old.key, NOW));
	assert_true(lt_agency_has_key(agency, other, NOW));
	assert_true(lt_directory_key_listed(rulebook_directory(next), old.key, NOW - 1));
	assert_false(lt_directory_key_listed(rulebook_directory(next), old.key, NOW));
	for (int i = 0; i < 3; i++) { /* later, gone, in force again */
		old.until = i == 0 ? NOW + 1 : NOW;
		ended_key = i == 0 ? &old : NULL;
		first_key = i == 2 ? 1 : 9;
		lt_buf_clear(&three);
		make_directory(DOMAIN, 3, &three);
		assert_int_equal(trust_check_directory(next, lt_buf_bytes(&three), NOW, &refusal),
				 LT_DIRECTORY_INVALID);
		assert_non_null(strstr(refusal.detail, "CURVE key 1"));
	}
	ended_key = NULL;
	first_key = 1;
	rulebook_unref(rulebook);
	rulebook_unref(next);
	lt_buf_fini(&one);
	lt_buf_fini(&two);
	lt_buf_fini(&three);
}

struct seen {
	uint32_t crl, agency, registrar; /* states */
};

static void see(void *ctx, const struct trust_end *end)
{
	struct seen *seen = ctx;
	if (end->type == LT_TRUST_CRL)
		seen->crl = end->state;
	else if (end->type == LT_TRUST_AGENCY)
		seen->agency = end->state;
	else if (end->type == LT_TRUST_REGISTRAR)
		seen->registrar = end->state;
}

static struct seen look(struct rulebook *rulebook, int64_t now)
{
	struct seen seen = { 0 };
	trust_each_end(rulebook, now, see, &seen);
	return seen;
}

/* Work goes on for the grace and is marked; then it waits, retryably. And it is told before. */
static void test_stale(void **state)
{
	struct lt_buf directory = { 0 }, list = { 0 };
	struct rulebook *rulebook;
	struct lt_refusal refusal;
	bool stale;
	(void)state;
	make_directory(DOMAIN, 1, &directory);
	testpki_crl(pki, NOW, NOW + 10 * TESTPKI_DAY, &list);
	struct lt_bytes crls[1] = { lt_buf_bytes(&list) };
	struct rulebook_parts parts = parts_of(&directory);
	parts.crls = crls;
	parts.crl_count = 1;
	parts.grace = TESTPKI_DAY;
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), 0);
	struct lt_cert *good = testpki_cert(first);
	assert_int_equal(trust_check_cert(rulebook, good, NOW + 9 * TESTPKI_DAY, &stale, &refusal), 0);
	assert_false(stale);
	assert_int_equal(trust_check_cert(rulebook, good, NOW + 10 * TESTPKI_DAY + 3600000000, &stale, &refusal), 0);
	assert_true(stale);
	assert_int_equal(trust_check_cert(rulebook, good, NOW + 11 * TESTPKI_DAY + 3600000000, &stale, &refusal),
			 LT_TRUST_STALE);
	assert_int_equal(look(rulebook, NOW + 7 * TESTPKI_DAY).crl, LT_TRUST_GOOD);
	assert_int_equal(look(rulebook, NOW + 8 * TESTPKI_DAY + 60000000).crl, LT_TRUST_SOON);
	assert_int_equal(look(rulebook, NOW + 10 * TESTPKI_DAY + 60000000).crl, LT_TRUST_GRACE);
	assert_int_equal(look(rulebook, NOW + 12 * TESTPKI_DAY).crl, LT_TRUST_OVER);
	assert_int_equal(look(rulebook, NOW + 60 * TESTPKI_DAY).registrar, LT_TRUST_GOOD);
	assert_int_equal(look(rulebook, NOW + 71 * TESTPKI_DAY).registrar, LT_TRUST_SOON);
	assert_int_equal(look(rulebook, NOW + 94 * TESTPKI_DAY).registrar, LT_TRUST_VERY_SOON);
	assert_int_equal(look(rulebook, NOW + 101 * TESTPKI_DAY).registrar, LT_TRUST_OVER);
	assert_int_equal(look(rulebook, NOW + 340 * TESTPKI_DAY).agency, LT_TRUST_SOON);
	rulebook_unref(rulebook);
	/* Withdrawn: nobody is cleared, and that is told. */
	parts.crl_count = 0;
	parts.crl_required = true;
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), 0);
	assert_int_equal(trust_check_cert(rulebook, good, NOW, &stale, &refusal), LT_TRUST_STALE);
	assert_int_equal(look(rulebook, NOW).crl, LT_TRUST_OVER);
	rulebook_unref(rulebook);
	lt_cert_free(good);
	lt_buf_fini(&directory);
	lt_buf_fini(&list);
}

static void test_crl(void **state)
{
	struct lt_buf directory = { 0 }, old = { 0 }, new = { 0 };
	struct rulebook *rulebook;
	struct lt_refusal refusal;
	struct crl_info info;
	(void)state;
	make_directory(DOMAIN, 1, &directory);
	testpki_crl(pki, NOW - 3600000000, NOW + TESTPKI_DAY, &old);
	testpki_revoke(pki, second);
	testpki_crl(pki, NOW, NOW + TESTPKI_DAY, &new);
	assert_int_equal(crl_read(lt_buf_bytes(&old), &info), LT_OK);
	assert_int_equal(strlen(info.this_update), 15);
	assert_int_equal(info.this_update[14], 'Z');
	for (size_t cut = 0; cut < 60; cut++)
		assert_int_equal(crl_read(lt_bytes(old.data, cut), &info), LT_EPARSE);
	struct lt_bytes crls[1] = { lt_buf_bytes(&new) };
	struct rulebook_parts parts = parts_of(&directory);
	parts.crls = crls;
	parts.crl_count = 1;
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), 0);
	struct lt_cert *good = testpki_cert(first), *revoked = testpki_cert(second);
	assert_int_equal(trust_check_cert(rulebook, good, NOW, NULL, &refusal), 0);
	assert_int_equal(trust_check_cert(rulebook, revoked, NOW, NULL, &refusal), LT_CERTIFICATE_REVOKED);
	assert_int_equal(trust_check_cert(rulebook, good, NOW + 3 * TESTPKI_DAY, NULL, &refusal),
			 LT_TRUST_STALE); /* the CRL is past its nextUpdate */
	assert_int_equal(check_crl(rulebook, lt_buf_bytes(&new)), 0);
	assert_int_equal(verdict.list.len, 32);
	assert_int_equal(verdict.made, NOW);
	assert_int_equal(verdict.ends, NOW + TESTPKI_DAY);
	assert_true(verdict.number.len > 0);
	assert_int_equal(check_crl(rulebook, lt_buf_bytes(&old)), LT_DEFINITION_INVALID);
	new.data[new.len - 3] ^= 1;
	assert_int_equal(check_crl(rulebook, lt_buf_bytes(&new)), LT_DEFINITION_INVALID);
	lt_cert_free(good);
	lt_cert_free(revoked);
	rulebook_unref(rulebook);
	lt_buf_fini(&directory);
	lt_buf_fini(&old);
	lt_buf_fini(&new);
}

/* What this library cannot read, taken over by another one once, is one agency's or one CA's misfortune. */
static void test_unreadable(void **state)
{
	struct lt_buf whole = { 0 };
	struct rulebook *rulebook;
	struct lt_refusal refusal;
	(void)state;
	make_directory(DOMAIN, 1, &whole);
	uint8_t *at = NULL; /* of the first agency's certificate in the signed bytes */
	for (size_t i = 0; i + first->der.len <= whole.len && !at; i++) {
		if (memcmp(whole.data + i, first->der.data, first->der.len) == 0)
			at = whole.data + i;
	}
	assert_non_null(at);
	at[0] = 0x31; /* a SET where a SEQUENCE has to be */
	struct lt_bytes crls[1] = { lt_bytes("no list", 7) };
	struct rulebook_parts parts = parts_of(&whole);
	parts.crls = crls;
	parts.crl_count = 1;
	assert_int_equal(rulebook_new(&parts, NULL, &rulebook, &refusal), 0);
	assert_int_equal(trust_agency(rulebook, "H37.02")->cert_count, 0);
	assert_int_equal(trust_agency(rulebook, "H37.14")->cert_count, 1);
	struct lt_cert *good = testpki_cert(second);
	assert_int_equal(trust_check_cert(rulebook, good, NOW, NULL, &refusal), LT_TRUST_STALE); /* its list is none */
	assert_int_equal(rulebook_agency(rulebook, "H37.02")->cert_count, 0); /* STATE reads none at all */
	lt_cert_free(good);
	rulebook_unref(rulebook);
	lt_buf_fini(&whole);
}

TEST_MAIN(cmocka_unit_test_setup_teardown(test_keys, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_before_the_first_directory, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_directory, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_check_directory, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_door, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_stale, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(test_crl, set_up, tear_down))
