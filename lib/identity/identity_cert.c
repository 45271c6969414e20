/* identity_cert.c: an X.509 certificate, parsed once with everything that is asked of it later. */
#include "identity_internal.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool read_time(const ASN1_TIME *time, int64_t *out)
{
	struct tm tm;
	if (!ASN1_TIME_to_tm(time, &tm))
		return false;
	*out = (int64_t)timegm(&tm) * 1000000;
	return true;
}

/* Fills what depends on the parsed certificate. X509_check_purpose makes OpenSSL read and keep the extensions now:
 * later the object is shared by threads. */
static bool read_x509(struct lt_cert *cert)
{
	X509_check_purpose(cert->x509, -1, 0);
	uint32_t flags = X509_get_extension_flags(cert->x509);
	uint32_t usage = X509_get_key_usage(cert->x509); /* all ones when the extension is absent */
	EVP_PKEY *key = X509_get0_pubkey(cert->x509);
	if ((flags & EXFLAG_INVALID) != 0 || !key)
		return false;
	cert->key = identity_key_of(key);
	cert->key_bits = EVP_PKEY_get_bits(key);
	cert->may_sign = (flags & EXFLAG_CA) == 0 && (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
	return read_time(X509_get0_notBefore(cert->x509), &cert->from) &&
	       read_time(X509_get0_notAfter(cert->x509), &cert->to);
}

static enum lt_err parse(struct lt_cert *cert, struct lt_bytes der)
{
	const unsigned char *p = der.data;
	if (der.len == 0 || der.len > IDENTITY_CERT_MAX || !identity_der_strict(der))
		return LT_EPARSE;
	cert->x509 = d2i_X509(NULL, &p, (long)der.len);
	if (!cert->x509 || p != der.data + der.len || !read_x509(cert))
		return LT_EPARSE;
	cert->der = malloc(der.len);
	cert->alone = sk_X509_new_null();
	if (!cert->der || !cert->alone || !sk_X509_push(cert->alone, cert->x509))
		return LT_ENOMEM;
	memcpy(cert->der, der.data, der.len);
	cert->der_len = der.len;
	unsigned size = sizeof cert->sha256;
	if (!EVP_Digest(der.data, der.len, cert->sha256, &size, EVP_sha256(), NULL))
		return LT_ECRYPTO;
	return identity_direct_new(cert, &cert->direct);
}

enum lt_err lt_cert_new(struct lt_bytes der, struct lt_cert **out)
{
	struct lt_cert *cert = calloc(1, sizeof *cert);
	if (!cert)
		return LT_ENOMEM;
	enum lt_err err = parse(cert, der);
	ERR_clear_error();
	if (err != LT_OK) {
		lt_cert_free(cert);
		return err;
	}
	*out = cert;
	return LT_OK;
}

void lt_cert_free(struct lt_cert *cert)
{
	if (!cert)
		return;
	identity_direct_free(cert->direct);
	sk_X509_free(cert->alone);
	X509_free(cert->x509);
	free(cert->der);
	free(cert);
}

const uint8_t *lt_cert_sha256(const struct lt_cert *cert)
{
	return cert->sha256;
}

struct lt_bytes lt_cert_der(const struct lt_cert *cert)
{
	return lt_bytes(cert->der, cert->der_len);
}

void lt_cert_valid(const struct lt_cert *cert, int64_t *from, int64_t *to)
{
	*from = cert->from;
	*to = cert->to;
}

void lt_cert_subject(const struct lt_cert *cert, char *out, size_t size)
{
	if (size == 0)
		return;
	out[0] = 0;
	BIO *bio = BIO_new(BIO_s_mem());
	if (bio && X509_NAME_print_ex(bio, X509_get_subject_name(cert->x509), 0,
				      XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) > 0) {
		char *text;
		size_t len = (size_t)BIO_get_mem_data(bio, &text);
		size_t cut = len < size - 1 ? len : size - 1;
		while (cut < len && cut > 0 && ((unsigned char)text[cut] & 0xc0) == 0x80)
			cut--;
		memcpy(out, text, cut);
		out[cut] = 0;
	}
	BIO_free(bio);
	ERR_clear_error();
}
