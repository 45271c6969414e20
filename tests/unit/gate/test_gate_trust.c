/* Open sessions when trust changes: who is revoked goes, the others of the session stay; and what ends by itself is found within the hour. */
#include "test.h"

#include <string.h>
#include <unistd.h>

#include "simgate.h"

#define DAY_US (86400 * INT64_C(1000000))

/* H01 and H03 of one data centre: one key, one session, a proof of each. */
static void enter_both(struct simpeer *peer)
{
	const char *agencies[] = { simbook_codes[0], simbook_codes[2] };
	struct lt_agency_proof proofs[2];
	struct lt_buf texts[2] = { 0 }, cms[2] = { 0 };
	struct lt_link hello = { .type = LT_LINK_HELLO,
				 .u.hello = { .version_min = 1,
					      .version_max = 1,
					      .nonce = lt_bytes(peer->nonce, 32),
					      .agency_count = 2,
					      .agencies = agencies,
					      .software = "test/1" } };
	simpeer_send(peer, &hello);
	simpeer_expect(peer, LT_LINK_CHALLENGE);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(lt_proof_text(SIMBOOK_DOMAIN, agencies[i], peer->link.u.challenge.nonce,
					       lt_bytes(peer->nonce, 32), lt_bytes(simgate_key.public_key, 32),
					       lt_bytes(peer->key->public_key, 32), 0, &texts[i]),
				 LT_OK);
		assert_int_equal(lt_signer_cms(simgate_book->signers[i * 2], lt_buf_bytes(&texts[i]), &cms[i]), LT_OK);
		proofs[i] = (struct lt_agency_proof){ .agency = agencies[i], .cms = lt_buf_bytes(&cms[i]) };
	}
	struct lt_link proof = { .type = LT_LINK_PROOF, .u.proof = { .count = 2, .agencies = proofs } };
	simpeer_send(peer, &proof);
	simpeer_expect(peer, LT_LINK_WELCOME);
	for (size_t i = 0; i < 2; i++) {
		lt_buf_fini(&texts[i]);
		lt_buf_fini(&cms[i]);
	}
}

static void put_list(struct simgate *site, uint64_t version)
{
	struct lt_buf crl = { 0 };
	int64_t now = simgate_book->pki->now;
	testpki_crl(simgate_book->pki, now - DAY_US, now + DAY_US, &crl);
	struct lt_bytes der = lt_buf_bytes(&crl);
	struct rulebook *rulebook = simbook_rulebook(simgate_book, NULL, &der, version);
	uint64_t one = 1;
	rulebook_current_put(&site->current, rulebook);
	rulebook_unref(rulebook);
	assert_int_equal(write(site->event, &one, sizeof one), sizeof one);
	lt_buf_fini(&crl);
}

static void one_agency_goes_and_the_others_stay(void **state)
{
	(void)state;
	struct testpki *pki = simgate_book->pki;
	struct simgate *site = simgate_open(false, false, 0);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	enter_both(peer);
	testpki_revoke(pki, simgate_book->ids[2]);
	put_list(site, 2);
	simpeer_expect(peer, LT_LINK_PONG); /* the list that is in force now */
	assert_int_equal(peer->link.u.pong.list_count, 1);
	simpeer_expect_bye(peer, LT_CERTIFICATE_REVOKED);
	assert_int_equal(peer->link.u.bye.agency_count, 1);
	assert_string_equal(peer->link.u.bye.agencies[0], simbook_codes[2]);
	assert_string_equal(peer->link.u.bye.said.detail, "certificate revoked"); /* in both languages, and by number */
	assert_string_equal(peer->link.u.bye.said.vietnamese, "chứng thư đã bị thu hồi");
	assert_true(lt_sentence_read(peer->link.u.bye.said.sentence, &(uint32_t){ 0 }, NULL, NULL));
	simgate_wait(&site->lost, 1);
	simpeer_ping(peer);
	simpeer_expect(peer, LT_LINK_PONG);
	simpeer_received(peer, simbook_codes[0], 3);
	simgate_wait(&site->acks, 3);
	testpki_revoke(pki, simgate_book->ids[0]);
	put_list(site, 3);
	simpeer_expect(peer, LT_LINK_PONG);
	simpeer_expect_bye(peer, LT_CERTIFICATE_REVOKED);
	assert_int_equal(peer->link.u.bye.agency_count, 0); /* the last one: the session is over */
	simpeer_ping(peer);
	simpeer_expect_bye(peer, LT_SESSION_UNKNOWN);
	memset(pki->revoked, 0, sizeof pki->revoked);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

/* A certificate ends and nothing else happens: its session ends with the next look, an hour later at most. */
static void what_ends_by_itself_is_found(void **state)
{
	(void)state;
	struct simgate *site = simgate_open(false, false, UINT32_MAX); /* nobody is idle */
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[0]);
	simpeer_enter(peer, 0);
	simpeer_ping(peer);
	simpeer_expect(peer, LT_LINK_PONG);
	struct lt_cert *cert = testpki_cert(simgate_book->ids[0]);
	int64_t from, to;
	lt_cert_valid(cert, &from, &to);
	lt_cert_free(cert);
	atomic_store(&simgate_ahead, to - simgate_book->pki->now + DAY_US);
	simpeer_expect_bye(peer, LT_CERTIFICATE_EXPIRED);
	atomic_store(&simgate_ahead, 0);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

/* A key that was replaced connects until its end, and then at once no more: not at the next look, an hour later. */
static void a_key_ends(void **state)
{
	(void)state;
	int64_t now = simgate_book->pki->now;
	struct simgate *site = simgate_open(false, false, UINT32_MAX);
	struct simpeer *peer = simpeer_connect(site, &simgate_book->keys[1]);
	simpeer_enter(peer, 1);
	simbook_end_key(simgate_book, 1, now + DAY_US / 72); /* in 20 minutes */
	put_list(site, 4);
	simpeer_expect(peer, LT_LINK_PONG);
	simpeer_ping(peer);
	simpeer_expect(peer, LT_LINK_PONG);
	atomic_store(&simgate_ahead, DAY_US / 48); /* in half an hour */
	simpeer_expect_bye(peer, LT_KEY_NOT_ENROLLED);
	struct simpeer *late = simpeer_connect(site, &simgate_book->keys[1]);
	while (stats_get(&site->stats, STATS_NOT_ENROLLED) == 0)
		usleep(10000);
	atomic_store(&simgate_ahead, 0);
	simbook_end_key(simgate_book, 1, 0);
	simpeer_close(late);
	simpeer_close(peer);
	simgate_stop(site);
	simgate_close(site);
}

TEST_MAIN_AROUND(simgate_setup, simgate_teardown, cmocka_unit_test(one_agency_goes_and_the_others_stay),
		 cmocka_unit_test(what_ends_by_itself_is_found), cmocka_unit_test(a_key_ends))
