/* What the signer makes: accepted by our check and by OpenSSL's own; its files; CURVE keys; the batch form. */
#include "test.h"

#include <lienthong/envelope.h>
#include <lienthong/identity.h>
#include <lienthong/time.h>

#include "wire/signature.h"
#include "testcms.h"
#include "testpki.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct testpki *pki;
static const struct testpki_id *p256, *p384, *rsa, *short_rsa;

static int setup(void **state)
{
	(void)state;
	pki = testpki_new(lt_time_now());
	p256 = testpki_issue(pki, "Sở Tư pháp", NULL);
	p384 = testpki_issue(pki, "P-384", &(struct testpki_options){ .key = TESTPKI_P384 });
	rsa = testpki_issue(pki, "RSA", &(struct testpki_options){ .key = TESTPKI_RSA_2048 });
	short_rsa = testpki_issue(pki, "short", &(struct testpki_options){ .key = TESTPKI_RSA_1024 });
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	testpki_free(pki);
	return 0;
}

static void write_file(const char *name, struct lt_bytes bytes, char path[200])
{
	snprintf(path, 200, "%s/%s", pki->dir, name);
	assert_int_equal(lt_file_write(path, bytes, 0644), LT_OK);
}

/* The command of the documentation, on our output. */
static int run_openssl(struct lt_bytes cms, struct lt_bytes header, const struct testpki_id *id)
{
	char sig[200], content[200], command[1200];
	write_file("sig.p7s", cms, sig);
	write_file("header.bin", header, content);
	snprintf(command, sizeof command,
		 "openssl cms -verify -cades -binary -purpose any -inform DER -in %s -content %s -certfile %s "
		 "-CAfile %s -out /dev/null 2>%s/openssl.log",
		 sig, content, id->cert_path, pki->ca->cert_path, pki->dir);
	return system(command);
}

static void check_kind(const struct testpki_id *id, bool pss)
{
	static const char header[] = "exact bytes\r\nof a header\n";
	struct lt_bytes data = lt_bytes(header, sizeof header);
	struct lt_signer *signer = testpki_signer(id, pss);
	struct lt_cert *cert = testpki_cert(id);
	struct lt_refusal refusal = { 0 };
	struct lt_buf cms = { 0 };
	assert_int_equal(lt_signer_cms(signer, data, &cms), LT_OK);
	assert_true(cms.len < LT_SIGNATURE_MAX);
	assert_int_equal(lt_cms_verify(lt_buf_bytes(&cms), data, cert, &refusal), LT_REASON_NONE);
	assert_int_equal(lt_cms_verify(lt_buf_bytes(&cms), lt_bytes(header, sizeof header - 1), cert, &refusal),
			 LT_SIGNATURE_WRONG);
	assert_int_equal(run_openssl(lt_buf_bytes(&cms), data, id), 0);
	assert_int_not_equal(run_openssl(lt_buf_bytes(&cms), lt_bytes("other", 5), id), 0);
	assert_true(lt_bytes_equal(lt_signer_certificate(signer), id->der));
	assert_int_equal(ERR_peek_error(), 0);
	lt_buf_fini(&cms);
	lt_cert_free(cert);
	lt_signer_free(signer);
}

static void signs_with_each_kind_of_key(void **state)
{
	(void)state;
	check_kind(p256, false);
	check_kind(p384, false);
	check_kind(rsa, false);
	check_kind(rsa, true);
}

/* Where the UTCTime's digits stand. */
static uint8_t *time_in(const struct lt_buf *cms)
{
	static const uint8_t head[] = { 0x31, 0x0f, 0x17, 0x0d };
	return testcms_find(cms, head, sizeof head) + sizeof head;
}

/* In its length a signature differs by chance: as often as it takes. */
static void signs_byte_for_byte_as_openssl_does(void **state)
{
	(void)state;
	enum { TRIES = 200, UTC_TIME = 13 };
	struct lt_signer *signer = testpki_signer(p256, false);
	bool same = false;
	for (int i = 0; i < TRIES && !same; i++) {
		struct lt_buf theirs = testcms_make_good(p256), ours = { 0 };
		assert_int_equal(lt_signer_cms(signer, testcms_content, &ours), LT_OK);
		same = theirs.len == ours.len;
		if (same) {
			static const uint8_t octets[] = { 0x3d, 0x04, 0x03, 0x02, 0x04 };
			size_t from = (size_t)(testcms_find(&ours, octets, sizeof octets) - ours.data) + sizeof octets;
			assert_in_range(ours.len - from, 68, 73); /* the length, and the signature */
			memcpy(time_in(&ours), time_in(&theirs), UTC_TIME);
			assert_memory_equal(ours.data, theirs.data, from + 1);
		}
		lt_buf_fini(&theirs);
		lt_buf_fini(&ours);
	}
	assert_true(same);
	lt_signer_free(signer);
}

static void signs_nothing_at_all(void **state)
{
	(void)state;
	struct lt_signer *signer = testpki_signer(p256, false);
	struct lt_cert *cert = testpki_cert(p256);
	struct lt_buf cms = { 0 };
	assert_int_equal(lt_signer_cms(signer, lt_bytes(NULL, 0), &cms), LT_OK);
	assert_int_equal(lt_cms_verify(lt_buf_bytes(&cms), lt_bytes(NULL, 0), cert, NULL), LT_REASON_NONE);
	lt_buf_fini(&cms);
	lt_cert_free(cert);
	lt_signer_free(signer);
}

static void refuses_files(void **state)
{
	(void)state;
	struct lt_signer *signer = NULL;
	char path[200];
	assert_int_equal(lt_signer_open(p256->key_path, rsa->cert_path, false, &signer), LT_ECRYPTO);
	assert_int_equal(lt_signer_open(short_rsa->key_path, short_rsa->cert_path, false, &signer), LT_ECRYPTO);
	assert_int_equal(lt_signer_open(p256->key_path, p256->cert_path, true, &signer), LT_EINVAL);
	assert_int_equal(lt_signer_open("/nonexistent", p256->cert_path, false, &signer), LT_EIO);
	assert_int_equal(lt_signer_open(pki->dir, p256->cert_path, false, &signer), LT_EIO);
	assert_int_equal(chmod(p256->key_path, 0640), 0);
	assert_int_equal(lt_signer_open(p256->key_path, p256->cert_path, false, &signer), LT_EDENIED);
	assert_int_equal(chmod(p256->key_path, 0400), 0);
	assert_int_equal(lt_signer_open(p256->key_path, p256->cert_path, false, &signer), LT_OK);
	lt_signer_free(signer);
	write_file("rubbish.pem", lt_bytes("-----BEGIN nothing", 18), path);
	assert_int_equal(lt_signer_open(p256->key_path, path, false, &signer), LT_EPARSE);
	assert_int_equal(ERR_peek_error(), 0);
}

static void batch_of(size_t count)
{
	struct lt_signer *signer = testpki_signer(p256, false);
	struct lt_cert *cert = testpki_cert(p256);
	const struct lt_cert *certs[] = { cert }, *used = NULL;
	struct lt_bytes headers[256];
	struct lt_buf out[256] = { 0 };
	char text[256][16];
	for (size_t i = 0; i < count; i++)
		headers[i] = lt_bytes(text[i], (size_t)snprintf(text[i], sizeof text[i], "header %zu", i));
	assert_int_equal(lt_signer_batch(signer, headers, count, out), LT_OK);
	for (size_t i = 0; i < count; i++) {
		struct lt_bytes signature = lt_buf_bytes(&out[i]);
		assert_int_equal(lt_signature_verify(signature, headers[i], certs, 1, &used, NULL), LT_REASON_NONE);
		assert_ptr_equal(used, cert);
		if (i > 0)
			assert_int_equal(lt_signature_verify(signature, headers[i - 1], certs, 1, &used, NULL),
					 LT_SIGNATURE_WRONG);
	}
	for (size_t i = 0; i < count; i++)
		lt_buf_fini(&out[i]);
	lt_cert_free(cert);
	lt_signer_free(signer);
}

static void signs_batches(void **state)
{
	(void)state;
	static const size_t counts[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 255, 256 };
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		batch_of(counts[i]);
	struct lt_signer *signer = testpki_signer(p256, false);
	struct lt_bytes none = lt_bytes(NULL, 0);
	struct lt_buf out = { 0 };
	assert_int_equal(lt_signer_batch(signer, &none, 0, &out), LT_EINVAL);
	assert_int_equal(lt_signer_batch(signer, &none, 257, &out), LT_EINVAL);
	lt_signer_free(signer);
}

static enum lt_reason verify_record(const struct lt_signature *record, struct lt_bytes header)
{
	struct lt_cert *cert = testpki_cert(p256);
	const struct lt_cert *certs[] = { cert }, *used = NULL;
	struct lt_buf bytes = { 0 };
	assert_int_equal(lt_signature_encode(record, &bytes), LT_OK);
	enum lt_reason reason = lt_signature_verify(lt_buf_bytes(&bytes), header, certs, 1, &used, NULL);
	lt_buf_fini(&bytes);
	lt_cert_free(cert);
	return reason;
}

static void refuses_batch_paths(void **state)
{
	(void)state;
	struct lt_signer *signer = testpki_signer(p256, false);
	struct lt_bytes headers[] = { lt_bytes("a", 1), lt_bytes("b", 1), lt_bytes("c", 1) };
	struct lt_buf out[3] = { 0 };
	struct lt_arena *arena = NULL;
	struct lt_signature record;
	assert_int_equal(lt_signer_batch(signer, headers, 3, out), LT_OK);
	assert_int_equal(lt_arena_new(65536, &arena), LT_OK);
	assert_int_equal(lt_signature_decode(lt_buf_bytes(&out[0]), arena, &record, NULL), LT_REASON_NONE);
	assert_true(record.batch);
	assert_int_equal(record.tree.path_count, 2);
	assert_int_equal(verify_record(&record, headers[0]), LT_REASON_NONE);
	struct lt_signature bad = record;
	bad.tree.path_count = 1;
	assert_int_equal(verify_record(&bad, headers[0]), LT_BATCH_PATH_WRONG);
	bad = record;
	bad.tree.count = 0;
	assert_int_equal(verify_record(&bad, headers[0]), LT_BATCH_PATH_WRONG);
	bad.tree.count = 257;
	assert_int_equal(verify_record(&bad, headers[0]), LT_BATCH_PATH_WRONG);
	bad.tree.count = 3;
	bad.tree.index = 3;
	assert_int_equal(verify_record(&bad, headers[0]), LT_BATCH_PATH_WRONG);
	bad.tree.index = 1; /* a path of the right length, to another root */
	assert_int_equal(verify_record(&bad, headers[0]), LT_SIGNATURE_WRONG);
	struct lt_bytes cut[2] = { record.tree.path[0], lt_bytes(record.tree.path[1].data, 31) };
	bad = record;
	bad.tree.path = cut;
	assert_int_equal(verify_record(&bad, headers[0]), LT_BATCH_PATH_WRONG);
	bad = record; /* the CMS of a batch is none over a header */
	bad.batch = false;
	bad.cms = record.tree.cms;
	assert_int_equal(verify_record(&bad, headers[0]), LT_SIGNATURE_WRONG);
	lt_arena_free(arena);
	for (size_t i = 0; i < 3; i++)
		lt_buf_fini(&out[i]);
	lt_signer_free(signer);
}

static void refuses_signature_messages(void **state)
{
	(void)state;
	static const uint8_t unknown[] = { 0x1a, 0x00 }, cut[] = { 0x0a, 0x05, 0x30 };
	static uint8_t large[LT_SIGNATURE_MAX + 1];
	assert_int_equal(lt_signature_verify(lt_bytes(NULL, 0), lt_bytes("h", 1), NULL, 0, NULL, NULL),
			 LT_SIGNATURE_MALFORMED);
	assert_int_equal(lt_signature_verify(lt_bytes(cut, 3), lt_bytes("h", 1), NULL, 0, NULL, NULL),
			 LT_SIGNATURE_MALFORMED);
	assert_int_equal(lt_signature_verify(lt_bytes(unknown, 2), lt_bytes("h", 1), NULL, 0, NULL, NULL),
			 LT_FIELD_UNKNOWN);
	assert_int_equal(lt_signature_verify(lt_bytes(large, sizeof large), lt_bytes("h", 1), NULL, 0, NULL, NULL),
			 LT_SIGNATURE_MALFORMED);
}

static void signs_a_header(void **state)
{
	(void)state;
	struct lt_signer *signer = testpki_signer(rsa, true);
	struct lt_cert *first = testpki_cert(p256), *second = testpki_cert(rsa);
	const struct lt_cert *certs[] = { first, second }, *used = NULL;
	struct lt_buf out = { 0 };
	assert_int_equal(lt_signer_header(signer, lt_bytes("header", 6), &out), LT_OK);
	assert_int_equal(lt_signature_verify(lt_buf_bytes(&out), lt_bytes("header", 6), certs, 2, &used, NULL),
			 LT_REASON_NONE);
	assert_ptr_equal(used, second);
	assert_int_equal(lt_signature_verify(lt_buf_bytes(&out), lt_bytes("header", 6), certs, 1, &used, NULL),
			 LT_CERTIFICATE_NOT_ENROLLED);
	assert_int_equal(lt_signature_verify(lt_buf_bytes(&out), lt_bytes("headex", 6), certs, 2, &used, NULL),
			 LT_SIGNATURE_WRONG);
	lt_buf_fini(&out);
	lt_cert_free(first);
	lt_cert_free(second);
	lt_signer_free(signer);
}

static void curve_keys_go_through_files(void **state)
{
	(void)state;
	struct lt_curve_key key, again;
	uint8_t public_key[32];
	char secret[200], open[200], bad[200];
	struct stat st;
	snprintf(secret, sizeof secret, "%s/curve.secret", pki->dir);
	snprintf(open, sizeof open, "%s/curve.public", pki->dir);
	assert_int_equal(lt_curve_new(&key), LT_OK);
	assert_int_equal(lt_curve_save(secret, open, &key), LT_OK);
	assert_int_equal(stat(secret, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(lt_curve_load(secret, &again), LT_OK);
	assert_memory_equal(&key, &again, sizeof key);
	assert_int_equal(lt_curve_load_public(open, public_key), LT_OK);
	assert_memory_equal(public_key, key.public_key, 32);
	assert_int_equal(lt_curve_load(open, &again), LT_EDENIED);
	write_file("curve.bad", lt_bytes("0123456789", 10), bad);
	assert_int_equal(lt_curve_load_public(bad, public_key), LT_EPARSE);
	write_file("curve.bad", lt_bytes("012345678901234567890123456789012345678\"", 40), bad);
	assert_int_equal(lt_curve_load_public(bad, public_key), LT_EPARSE);
}

TEST_MAIN_AROUND(setup, teardown, cmocka_unit_test(signs_with_each_kind_of_key),
		 cmocka_unit_test(signs_byte_for_byte_as_openssl_does), cmocka_unit_test(signs_nothing_at_all),
		 cmocka_unit_test(refuses_files), cmocka_unit_test(signs_batches),
		 cmocka_unit_test(refuses_batch_paths), cmocka_unit_test(refuses_signature_messages),
		 cmocka_unit_test(signs_a_header), cmocka_unit_test(curve_keys_go_through_files))
