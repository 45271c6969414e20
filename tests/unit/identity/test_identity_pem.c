/* Certificates and CRLs as people keep them: PEM with text around it, several in one file, a key beside it, DER; and what is
 * refused. The forms that we write ourselves are those that OpenSSL and libzmq read. */
#include "test.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "identity/pem.h"
#include "testpki.h"

#define NOW INT64_C(1795507200000000)

struct fixture {
	struct testpki *pki;
	const struct testpki_id *one, *two;
	struct lt_buf first, second, key, crl; /* PEM texts */
	struct lt_buf crl_der;
};
/* What `each` has seen. */
struct seen {
	size_t count;
	struct lt_buf last;
	enum lt_err answer;
};

static enum lt_err note(void *ctx, struct lt_bytes der)
{
	struct seen *seen = ctx;
	seen->count++;
	lt_buf_clear(&seen->last);
	assert_int_equal(lt_buf_append(&seen->last, der.data, der.len), LT_OK);
	return seen->answer;
}

static struct lt_buf join(const char *a, const struct lt_buf *b, const char *c, const struct lt_buf *d)
{
	struct lt_buf out = { 0 };
	assert_int_equal(lt_buf_append(&out, a, strlen(a)), LT_OK);
	assert_int_equal(lt_buf_append(&out, b->data, b->len), LT_OK);
	assert_int_equal(lt_buf_append(&out, c, strlen(c)), LT_OK);
	if (d)
		assert_int_equal(lt_buf_append(&out, d->data, d->len), LT_OK);
	return out;
}

static void expect_cert(struct lt_buf text, const struct testpki_id *id)
{
	struct lt_cert *cert = NULL;
	enum lt_err err = lt_cert_decode(lt_buf_bytes(&text), &cert);
	assert_int_equal(err, id ? LT_OK : LT_EPARSE);
	assert_int_equal(ERR_peek_error(), 0);
	if (id)
		assert_true(lt_bytes_equal(lt_cert_der(cert), id->der));
	else
		assert_null(cert);
	lt_cert_free(cert);
	lt_buf_fini(&text);
}

static void the_first_certificate(void **state)
{
	struct fixture *f = *state;
	const struct lt_buf nothing = { 0 },
			    der = { .data = (uint8_t *)(uintptr_t)f->one->der.data, .len = f->one->der.len };
	expect_cert(join("", &f->first, "", NULL), f->one);
	expect_cert(join("", &der, "", NULL), f->one);
	expect_cert(join("0 s:CN = one\n   i:CN = ca\n", &f->first, "\nthe end\n", NULL), f->one);
	expect_cert(join("", &f->second, "", &f->first), f->two);
	expect_cert(join("", &f->key, "", &f->first), f->one);
	expect_cert(join("", &f->crl, "", &f->first), f->one);
	expect_cert(join("", &nothing, "", NULL), NULL);
	expect_cert(join("nothing here\n", &nothing, "", NULL), NULL);
	expect_cert(join("", &f->key, "", NULL), NULL);
	expect_cert(join("", &f->crl, "", NULL), NULL);
	expect_cert(join("", &der, "x", NULL), NULL);
}

static void broken_blocks(void **state)
{
	struct fixture *f = *state;
	for (size_t cut = 1; cut < f->first.len - 1; cut += 7) {
		struct lt_buf text = { 0 };
		assert_int_equal(lt_buf_append(&text, f->first.data, f->first.len - 1 - cut), LT_OK);
		expect_cert(text, NULL);
	}
	struct lt_buf text = join("", &f->first, "", NULL);
	text.data[100] = '~';
	expect_cert(text, NULL);
	text = join("", &f->first, "", NULL);
	text.data[100] = 0;
	expect_cert(text, NULL);
	const struct lt_buf nothing = { 0 };
	expect_cert(join("-----BEGIN CERTIFICATE-----\n", &nothing, "MAA=\n-----END CERTIFICATE-----\n", NULL), NULL);
	expect_cert(join("-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", &nothing,
			 "MAAA\n-----END CERTIFICATE-----\n", NULL),
		    NULL);
}

static void every_certificate(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { 0 };
	struct lt_buf both = join("# the CAs\n", &f->first, "# and\n", &f->second),
		      odd = join("", &f->first, "", &f->crl);
	assert_int_equal(lt_certs_decode(lt_buf_bytes(&both), note, &seen), LT_OK);
	assert_int_equal(seen.count, 2);
	assert_true(lt_bytes_equal(lt_buf_bytes(&seen.last), f->two->der));
	assert_int_equal(lt_certs_decode(lt_buf_bytes(&odd), note, &seen), LT_EPARSE);
	assert_int_equal(seen.count, 3);
	assert_int_equal(lt_certs_decode(lt_bytes("", 0), note, &seen), LT_EPARSE);
	assert_int_equal(lt_certs_decode(f->one->der, note, &seen), LT_OK);
	assert_int_equal(seen.count, 4);
	seen.answer = LT_EFULL;
	assert_int_equal(lt_certs_decode(lt_buf_bytes(&both), note, &seen), LT_EFULL);
	assert_int_equal(seen.count, 5);
	assert_int_equal(ERR_peek_error(), 0);
	lt_buf_fini(&both);
	lt_buf_fini(&odd);
	lt_buf_fini(&seen.last);
}

static void crls(void **state)
{
	struct fixture *f = *state;
	struct seen seen = { 0 };
	struct lt_buf two = join("", &f->crl, "\n", &f->crl);
	assert_int_equal(lt_crls_decode(lt_buf_bytes(&two), note, &seen), LT_OK);
	assert_int_equal(seen.count, 2);
	assert_true(lt_bytes_equal(lt_buf_bytes(&seen.last), lt_buf_bytes(&f->crl_der)));
	assert_int_equal(lt_crls_decode(lt_buf_bytes(&f->crl_der), note, &seen), LT_OK);
	assert_int_equal(lt_crls_decode(lt_buf_bytes(&f->first), note, &seen), LT_EPARSE);
	lt_buf_fini(&two);
	lt_buf_fini(&seen.last);
}

static void files(void **state)
{
	struct fixture *f = *state;
	struct lt_cert *cert;
	struct seen seen = { 0 };
	char path[200];
	assert_int_equal(lt_cert_read(f->one->cert_path, &cert), LT_OK);
	assert_true(lt_bytes_equal(lt_cert_der(cert), f->one->der));
	lt_cert_free(cert);
	snprintf(path, sizeof path, "%s/none", f->pki->dir);
	errno = 0;
	assert_int_equal(lt_cert_read(path, &cert), LT_EIO);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(lt_certs_read(path, note, &seen), LT_EIO);
	snprintf(path, sizeof path, "%s/list.pem", f->pki->dir);
	assert_int_equal(lt_file_write(path, lt_buf_bytes(&f->crl), 0600), LT_OK);
	assert_int_equal(lt_crls_read(path, note, &seen), LT_OK);
	assert_int_equal(lt_certs_read(path, note, &seen), LT_EPARSE);
	assert_int_equal(seen.count, 1);
	lt_buf_fini(&seen.last);
}

static void pem_that_we_write_is_read(void **state)
{
	struct fixture *f = *state;
	struct lt_buf text = { 0 };
	assert_int_equal(pem_encode(f->one->der, "CERTIFICATE", &text), LT_OK);
	assert_true(lt_bytes_equal(lt_buf_bytes(&text), lt_buf_bytes(&f->first)));
	lt_buf_fini(&text);
}

static void z85_is_that_of_the_key_files(void **state)
{
	(void)state;
	/* The key of ZeroMQ RFC 32's reference. */
	static const uint8_t key[32] = { 0xbb, 0x88, 0x47, 0x1d, 0x65, 0xe2, 0x65, 0x9b, 0x30, 0xc5, 0x5a,
					 0x53, 0x21, 0xce, 0xbb, 0x5a, 0xab, 0x2b, 0x70, 0xa3, 0x98, 0x64,
					 0x5c, 0x26, 0xdc, 0xa2, 0xb2, 0xfc, 0xb4, 0x3f, 0xc5, 0x18 };
	char text[41], theirs[41];
	uint8_t back[32];
	z85_encode_key(key, text);
	assert_string_equal(text, zmq_z85_encode(theirs, key, 32));
	assert_string_equal(text, "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID");
	assert_true(z85_decode_key(text, back));
	assert_memory_equal(back, key, 32);
	assert_false(z85_decode_key("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI", back));
	assert_false(z85_decode_key("Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hI~", back));
	assert_false(z85_decode_key("#####w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID", back));
}

static int set_up(void **state)
{
	static struct fixture f;
	f = (struct fixture){ .pki = testpki_new(NOW) };
	f.one = testpki_issue(f.pki, "one", NULL);
	f.two = testpki_issue(f.pki, "two", NULL);
	testpki_crl(f.pki, NOW, NOW + TESTPKI_DAY, &f.crl_der);
	assert_int_equal(lt_file_read(f.one->cert_path, 1 << 16, &f.first), LT_OK);
	assert_int_equal(lt_file_read(f.two->cert_path, 1 << 16, &f.second), LT_OK);
	assert_int_equal(lt_file_read(f.one->key_path, 1 << 16, &f.key), LT_OK);
	assert_int_equal(pem_encode(lt_buf_bytes(&f.crl_der), "X509 CRL", &f.crl), LT_OK);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	testpki_free(f->pki);
	lt_buf_fini(&f->first);
	lt_buf_fini(&f->second);
	lt_buf_fini(&f->key);
	lt_buf_fini(&f->crl);
	lt_buf_fini(&f->crl_der);
	return 0;
}

TEST_MAIN_AROUND(set_up, tear_down, cmocka_unit_test(the_first_certificate), cmocka_unit_test(broken_blocks),
		 cmocka_unit_test(every_certificate), cmocka_unit_test(crls), cmocka_unit_test(files),
		 cmocka_unit_test(pem_that_we_write_is_read), cmocka_unit_test(z85_is_that_of_the_key_files))
