/* identity_direct.c: the form of a CMS that signers make, walked in place.
 *
 * Nearly everything that is checked was made by OpenSSL's own CMS_CADES with the default algorithms and has one form, byte for byte
 * but for its values. This file knows that form: it walks it without a copy, compares identifier and signing-certificate-v2
 * with what was encoded once for each certificate, and asks OpenSSL for nothing but the arithmetic, with a key that was
 * prepared once. In identity_cms.c OpenSSL builds a tree of objects, writes it again, and looks its algorithms up.
 *
 * It only ever says yes, and only where identity_cms.c would: everything that it does not know by heart, good or bad, is left to
 * that, which also finds the reason of a refusal. So each test here may be stricter than the rule, and never laxer. */
#include "identity_internal.h"

#include <lienthong/envelope.h>

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "cms.h"
#include "identity_form.h"

/* What a kind of key signs with here; the other pairs of identity_algorithm.c go the long way. */
static const struct identity_pair pairs[] = {
	{ IDENTITY_KEY_P256, 32, { CONST(sha256), CONST(sha256_null) }, { CONST(ecdsa_sha256), CONST(ecdsa_sha256) } },
	{ IDENTITY_KEY_P384, 48, { CONST(sha384), CONST(sha384_null) }, { CONST(ecdsa_sha384), CONST(ecdsa_sha384) } },
	{ IDENTITY_KEY_RSA, 32, { CONST(sha256), CONST(sha256_null) }, { CONST(rsa), CONST(rsa_sha256) } },
};

static const struct identity_pair *pair_of(enum identity_key key)
{
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		if (pairs[i].key == key)
			return &pairs[i];
	}
	return NULL;
}

/* ---- what is prepared with a certificate ---- */

static bool digest_of(const struct identity_pair *pair, struct lt_bytes data, uint8_t *out)
{
	unsigned size;
	if (pair->digest_len != 32)
		return EVP_Digest(data.data, data.len, out, &size, EVP_sha384(), NULL) == 1;
	lt_sha256(data, out);
	return true;
}

/* SEQUENCE { Name, serial }, or SEQUENCE { SEQUENCE { [4] { Name } }, serial } with `general`. */
static enum lt_err put_issuer_serial(X509 *x509, bool general, struct lt_buf *out)
{
	const unsigned char *name;
	unsigned char *serial = NULL;
	size_t name_len;
	int serial_len = i2d_ASN1_INTEGER(X509_get0_serialNumber(x509), &serial);
	if (serial_len <= 0 || !X509_NAME_get0_der(X509_get_issuer_name(x509), &name, &name_len)) {
		OPENSSL_free(serial);
		return LT_ECRYPTO;
	}
	size_t one = identity_head_len(name_len) + name_len;
	size_t names = general ? identity_head_len(one) + one : name_len;
	enum lt_err err = identity_put_head(out, TAG_SEQUENCE, names + (size_t)serial_len);
	if (!err && general)
		err = identity_put_head(out, TAG_SEQUENCE, one);
	if (!err && general)
		err = identity_put_head(out, TAG_DIRECTORY_NAME, name_len);
	if (!err)
		err = lt_buf_append(out, name, name_len);
	if (!err)
		err = lt_buf_append(out, serial, (size_t)serial_len);
	OPENSSL_free(serial);
	return err;
}

static EVP_PKEY_CTX *prepare_key(const struct lt_cert *cert, const struct identity_pair *pair)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(X509_get0_pubkey(cert->x509), NULL);
	const EVP_MD *md = pair->digest_len == 32 ? EVP_sha256() : EVP_sha384();
	if (ctx && EVP_PKEY_verify_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
	    (pair->key != IDENTITY_KEY_RSA || EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1))
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

enum lt_err identity_direct_new(const struct lt_cert *cert, struct identity_direct **out)
{
	const struct identity_pair *pair = pair_of(cert->key);
	*out = NULL;
	if (!pair || !cert->may_sign || (cert->key == IDENTITY_KEY_RSA && cert->key_bits < IDENTITY_RSA_BITS_MIN))
		return LT_OK; /* never the short way */
	struct identity_direct *direct = calloc(1, sizeof *direct);
	if (!direct)
		return LT_ENOMEM;
	direct->pair = pair;
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(cert->x509);
	if (id)
		direct->key_id = lt_bytes(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id));
	enum lt_err err = digest_of(pair, lt_bytes(cert->der, cert->der_len), direct->hash) ? LT_OK : LT_ECRYPTO;
	if (!err)
		err = put_issuer_serial(cert->x509, false, &direct->sid);
	if (!err)
		err = put_issuer_serial(cert->x509, true, &direct->ess);
	direct->key = err ? NULL : prepare_key(cert, pair);
	if (!direct->key) {
		identity_direct_free(direct);
		ERR_clear_error();
		return err == LT_ENOMEM ? err : LT_OK;
	}
	*out = direct;
	return LT_OK;
}

void identity_direct_free(struct identity_direct *direct)
{
	if (!direct)
		return;
	EVP_PKEY_CTX_free(direct->key);
	lt_buf_fini(&direct->sid);
	lt_buf_fini(&direct->ess);
	free(direct);
}

/* ---- the walk ---- */

struct walk {
	struct lt_bytes sid, key_id; /* whole IssuerAndSerialNumber, or the body of the key identifier */
	struct lt_bytes digest_algorithm, signature_algorithm; /* whole */
	struct lt_bytes attributes;                            /* whole, under their tag [0] */
	struct lt_bytes signature;
	struct lt_bytes digest;      /* message-digest */
	struct lt_bytes certificate; /* signing-certificate-v2, whole */
	bool typed, timed;           /* content-type and signing-time were there */
};

static bool take(struct lt_bytes *rest, uint8_t wanted, struct lt_bytes *body)
{
	uint8_t tag;
	return identity_der_next(rest, &tag, body) && tag == wanted;
}

/* One value with its tag and length. */
static bool take_whole(struct lt_bytes *rest, uint8_t wanted, struct lt_bytes *whole)
{
	struct lt_bytes body;
	const uint8_t *from = rest->data;
	if (!take(rest, wanted, &body))
		return false;
	*whole = lt_bytes(from, (size_t)(rest->data - from));
	return true;
}

static bool take_bytes(struct lt_bytes *rest, struct lt_bytes wanted)
{
	if (rest->len < wanted.len || memcmp(rest->data, wanted.data, wanted.len) != 0)
		return false;
	*rest = lt_bytes(rest->data + wanted.len, rest->len - wanted.len);
	return true;
}

static bool take_version(struct lt_bytes *rest, uint8_t version)
{
	const uint8_t wanted[] = { TAG_INTEGER, 1, version };
	return take_bytes(rest, CONST(wanted));
}

/* Down to the one SignerInfo; `digests` is the body of digestAlgorithms, `version` the one of SignedData. */
static bool walk_frame(struct lt_bytes cms, struct lt_bytes *signer, struct lt_bytes *digests, uint8_t *version)
{
	struct lt_bytes info, wrapped, data, signers;
	if (!take(&cms, TAG_SEQUENCE, &info) || cms.len != 0 || !take_bytes(&info, CONST(oid_signed_data)) ||
	    !take(&info, TAG_CONTEXT_0, &wrapped) || info.len != 0 || !take(&wrapped, TAG_SEQUENCE, &data) ||
	    wrapped.len != 0)
		return false;
	*version = data.len > 2 ? data.data[2] : 0;
	return take_version(&data, *version) && take(&data, TAG_SET, digests) && take_bytes(&data, CONST(plain_data)) &&
	       take(&data, TAG_SET, &signers) && data.len == 0 && take(&signers, TAG_SEQUENCE, signer) &&
	       signers.len == 0;
}

/* SignerInfo { version, sid, digestAlgorithm, [0] signedAttrs, signatureAlgorithm, signature } and nothing behind it. */
static bool walk_signer(struct lt_bytes signer, struct lt_bytes digests, uint8_t version, struct walk *walk)
{
	if (!take_version(&signer, version) || signer.len == 0)
		return false;
	bool by_key = signer.data[0] == TAG_KEY_ID;
	if (version != (by_key ? 3 : 1) ||
	    !(by_key ? take(&signer, TAG_KEY_ID, &walk->key_id) : take_whole(&signer, TAG_SEQUENCE, &walk->sid)))
		return false;
	return take_whole(&signer, TAG_SEQUENCE, &walk->digest_algorithm) &&
	       lt_bytes_equal(walk->digest_algorithm, digests) &&
	       take_whole(&signer, TAG_CONTEXT_0, &walk->attributes) &&
	       take_whole(&signer, TAG_SEQUENCE, &walk->signature_algorithm) &&
	       take(&signer, TAG_OCTETS, &walk->signature) && signer.len == 0;
}

static bool is_time(struct lt_bytes value)
{
	struct lt_bytes text;
	if (!take(&value, TAG_UTC_TIME, &text) || value.len != 0 || text.len != UTC_TIME_LEN ||
	    text.data[UTC_TIME_LEN - 1] != 'Z')
		return false;
	for (size_t i = 0; i < UTC_TIME_LEN - 1; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	}
	return true;
}

/* SEQUENCE { type, SET { value } } with one of four types, each once. */
static bool walk_attribute(struct lt_bytes attribute, struct walk *walk)
{
	struct lt_bytes rest, value;
	if (!take(&attribute, TAG_SEQUENCE, &rest))
		return false;
	struct lt_bytes type = rest;
	if (!take(&rest, TAG_OID, &value) || !take(&rest, TAG_SET, &value) || rest.len != 0)
		return false;
	if (take_bytes(&type, CONST(oid_message_digest)))
		return !walk->digest.data && take(&value, TAG_OCTETS, &walk->digest) && value.len == 0;
	if (take_bytes(&type, CONST(oid_certificate)))
		return !walk->certificate.data && take_whole(&value, TAG_SEQUENCE, &walk->certificate) &&
		       value.len == 0;
	if (take_bytes(&type, CONST(oid_content_type)))
		return !walk->typed && (walk->typed = lt_bytes_equal(value, CONST(id_data)));
	return take_bytes(&type, CONST(oid_signing_time)) && !walk->timed && (walk->timed = is_time(value));
}

/* X.690 section 11.6: ascending, a shorter one as if padded with zeros. Equal ones do not stand in a set of ours. */
static bool ascending(struct lt_bytes a, struct lt_bytes b)
{
	int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
	return order < 0 || (order == 0 && a.len < b.len);
}

static bool walk_attributes(struct walk *walk)
{
	struct lt_bytes whole = walk->attributes, rest, one, last = { 0 };
	if (!take(&whole, TAG_CONTEXT_0, &rest))
		return false;
	while (rest.len > 0) {
		if (!take_whole(&rest, TAG_SEQUENCE, &one) || (last.data && !ascending(last, one)) ||
		    !walk_attribute(one, walk))
			return false;
		last = one;
	}
	return walk->typed && walk->digest.data && walk->certificate.data;
}

static bool walk_cms(struct lt_bytes cms, struct walk *walk)
{
	struct lt_bytes signer, digests;
	uint8_t version;
	return cms.len <= LT_SIGNATURE_MAX && walk_frame(cms, &signer, &digests, &version) &&
	       walk_signer(signer, digests, version, walk) && walk_attributes(walk);
}

/* ---- the certificate ---- */

static bool one_of(struct lt_bytes value, const struct lt_bytes allowed[2])
{
	return lt_bytes_equal(value, allowed[0]) || lt_bytes_equal(value, allowed[1]);
}

/* SigningCertificateV2 { certs { ESSCertIDv2 { hashAlgorithm DEFAULT sha256, certHash, issuerSerial OPTIONAL } } } */
static bool names(const struct identity_direct *direct, struct lt_bytes value)
{
	struct lt_bytes outer, list, id, hash;
	if (!take(&value, TAG_SEQUENCE, &outer) || !take(&outer, TAG_SEQUENCE, &list) || outer.len != 0 ||
	    !take(&list, TAG_SEQUENCE, &id) || list.len != 0)
		return false;
	if (direct->pair->digest_len != 32 && !take_bytes(&id, direct->pair->digest[0]))
		return false;
	if (!take(&id, TAG_OCTETS, &hash) || !lt_bytes_equal(hash, lt_bytes(direct->hash, direct->pair->digest_len)))
		return false;
	return id.len == 0 || lt_bytes_equal(id, lt_buf_bytes(&direct->ess));
}

static bool identifies(const struct identity_direct *direct, const struct walk *walk)
{
	return walk->sid.data ? lt_bytes_equal(walk->sid, lt_buf_bytes(&direct->sid))
			      : direct->key_id.len > 0 && lt_bytes_equal(walk->key_id, direct->key_id);
}

static bool fits(const struct identity_direct *direct, const struct walk *walk)
{
	return identifies(direct, walk) && one_of(walk->digest_algorithm, direct->pair->digest) &&
	       one_of(walk->signature_algorithm, direct->pair->signature) && names(direct, walk->certificate);
}

/* The attributes are signed as a SET OF, whatever tag they travel under (RFC 5652 section 5.4). */
static bool holds(const struct lt_cert *cert, const struct walk *walk, struct lt_bytes data,
		  struct identity_tables *tables)
{
	const struct identity_direct *direct = cert->direct;
	uint8_t digest[DIGEST_MAX], attributes[LT_SIGNATURE_MAX];
	size_t len = direct->pair->digest_len;
	if (!digest_of(direct->pair, data, digest) || !lt_bytes_equal(walk->digest, lt_bytes(digest, len)))
		return false;
	memcpy(attributes, walk->attributes.data, walk->attributes.len);
	attributes[0] = TAG_SET;
	if (!digest_of(direct->pair, lt_bytes(attributes, walk->attributes.len), digest))
		return false;
	if (tables && identity_tables_verify(tables, cert, digest, walk->signature))
		return true;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_dup(direct->key);
	bool good = ctx && EVP_PKEY_verify(ctx, walk->signature.data, walk->signature.len, digest, len) == 1;
	EVP_PKEY_CTX_free(ctx);
	if (!good)
		ERR_clear_error();
	return good;
}

const struct lt_cert *cms_verify_direct(struct lt_bytes cms, struct lt_bytes data, const struct lt_cert *const *certs,
					size_t count, struct identity_tables *tables)
{
	struct walk walk = { 0 };
	if (!walk_cms(cms, &walk))
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (certs[i]->direct && fits(certs[i]->direct, &walk))
			return holds(certs[i], &walk, data, tables) ? certs[i] : NULL;
	}
	return NULL;
}
