/* The head of a CRL: read through OpenSSL it is what a plain walk over the bytes finds, on good lists, on every cut of one and on
 * every byte of its head turned to every value: apply() compares and keeps it. */
#include "test.h"

#include <openssl/err.h>
#include <string.h>

#include "identity/crl.h"
#include "testpki.h"

#define NOW INT64_C(1795507200000000)
#define HEAD 160u /* bytes: lengths, version, algorithm, issuer and thisUpdate stand before */

static bool naive_element(struct lt_bytes *in, uint8_t *tag, struct lt_bytes *whole, struct lt_bytes *content)
{
	if (in->len < 2)
		return false;
	size_t head = 2, len = in->data[1];
	if (len >= 0x80) {
		size_t count = len & 0x7f;
		if (count == 0 || count > 4 || in->len < 2 + count)
			return false;
		len = 0;
		for (size_t i = 0; i < count; i++)
			len = len << 8 | in->data[2 + i];
		head += count;
	}
	if (len > in->len - head)
		return false;
	*tag = in->data[0];
	*whole = lt_bytes(in->data, head + len);
	*content = lt_bytes(in->data + head, len);
	*in = lt_bytes(in->data + head + len, in->len - head - len);
	return true;
}

static bool naive_read(struct lt_bytes der, struct crl_info *out)
{
	uint8_t tag;
	struct lt_bytes whole, list, in;
	if (!naive_element(&der, &tag, &whole, &list) || tag != 0x30 || der.len != 0)
		return false;
	if (!naive_element(&list, &tag, &whole, &in) || tag != 0x30)
		return false;
	struct lt_bytes body;
	if (!naive_element(&in, &tag, &whole, &body) || (tag == 0x02 && !naive_element(&in, &tag, &whole, &body)))
		return false;
	if (tag != 0x30 || !naive_element(&in, &tag, &out->issuer, &body) || tag != 0x30)
		return false;
	if (!naive_element(&in, &tag, &whole, &body))
		return false;
	bool utc = tag == 0x17 && body.len == 13;
	if (!utc && (tag != 0x18 || body.len != 15))
		return false;
	memcpy(out->this_update, utc ? (char)body.data[0] >= '5' ? "19" : "20" : "", utc ? 2 : 0);
	memcpy(out->this_update + (utc ? 2 : 0), body.data, body.len);
	out->this_update[15] = '\0';
	return true;
}

static void compare(struct lt_bytes der)
{
	struct crl_info info = { 0 }, naive = { 0 };
	bool good = naive_read(der, &naive);
	assert_int_equal(crl_read(der, &info), good ? LT_OK : LT_EPARSE);
	assert_int_equal(ERR_peek_error(), 0);
	if (!good)
		return;
	assert_ptr_equal(info.issuer.data, naive.issuer.data);
	assert_int_equal(info.issuer.len, naive.issuer.len);
	assert_string_equal(info.this_update, naive.this_update);
}

static void a_good_list_says_whose_and_when(void **state)
{
	struct testpki *pki = *state;
	struct lt_buf crl = { 0 };
	struct crl_info info;
	unsigned char *name = NULL;
	testpki_crl(pki, NOW, NOW + TESTPKI_DAY, &crl);
	assert_int_equal(crl_read(lt_buf_bytes(&crl), &info), LT_OK);
	assert_string_equal(info.this_update, "20261124080000Z");
	int len = i2d_X509_NAME(X509_get_subject_name(pki->ca->x509), &name);
	assert_true(lt_bytes_equal(info.issuer, lt_bytes(name, (size_t)len)));
	OPENSSL_free(name);
	lt_buf_fini(&crl);
}

static void generalized_time_and_1999(void **state)
{
	struct testpki *pki = *state;
	static const struct {
		int64_t at;
		const char *text;
	} cases[] = { { INT64_C(2524608000000000), "20500101000000Z" }, /* GeneralizedTime from 2050 on */
		      { INT64_C(946684799000000), "19991231235959Z" } };
	for (size_t i = 0; i < 2; i++) {
		struct lt_buf crl = { 0 };
		struct crl_info info;
		testpki_crl(pki, cases[i].at, cases[i].at + TESTPKI_DAY, &crl);
		assert_int_equal(crl_read(lt_buf_bytes(&crl), &info), LT_OK);
		assert_string_equal(info.this_update, cases[i].text);
		compare(lt_buf_bytes(&crl));
		lt_buf_fini(&crl);
	}
}

static void every_cut_and_every_turned_byte(void **state)
{
	struct testpki *pki = *state;
	struct lt_buf crl = { 0 };
	testpki_revoke(pki, testpki_issue(pki, "revoked", NULL));
	testpki_crl(pki, NOW, NOW + TESTPKI_DAY, &crl);
	for (size_t cut = 0; cut <= crl.len; cut++)
		compare(lt_bytes(crl.data, cut));
	for (size_t i = 0; i < crl.len && i < HEAD; i++) {
		uint8_t was = crl.data[i];
		for (unsigned value = 0; value < 256; value++) {
			crl.data[i] = (uint8_t)value;
			compare(lt_buf_bytes(&crl));
		}
		crl.data[i] = was;
	}
	compare(lt_bytes(NULL, 0));
	compare(lt_bytes("0", 1));
	compare(lt_bytes("\x30\x80\x00\x00", 4));
	lt_buf_fini(&crl);
}

static void noise_around_real_tags(void **state)
{
	static const uint8_t likely[] = {
		0x30, 0x02, 0x17, 0x18, 0x0d, 0x0f, 0x00, 0x03, 0x0b, 0x11, 0x81, 0x82, 0x84
	};
	uint8_t bytes[48];
	uint32_t seed = 12345;
	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		for (size_t i = 0; i < sizeof bytes; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[i] = likely[(seed >> 16) % sizeof likely];
		}
		bytes[0] = 0x30;
		bytes[1] = sizeof bytes - 2;
		compare(lt_bytes(bytes, sizeof bytes));
	}
}

static int set_up(void **state)
{
	*state = testpki_new(NOW);
	return 0;
}

static int tear_down(void **state)
{
	testpki_free(*state);
	return 0;
}

TEST_MAIN(cmocka_unit_test_setup_teardown(a_good_list_says_whose_and_when, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(generalized_time_and_1999, set_up, tear_down),
	  cmocka_unit_test_setup_teardown(every_cut_and_every_turned_byte, set_up, tear_down),
	  cmocka_unit_test(noise_around_real_tags))
