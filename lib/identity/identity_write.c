/* identity_write.c: a CMS of the form that identity_direct.c walks, made without OpenSSL's tree of objects: of the 36 us that it took
 * for one, 14 were the signature. */
#include "identity_form.h"

#include <string.h>

enum lt_err identity_put_head(struct lt_buf *out, uint8_t tag, size_t len)
{
	uint8_t head[4] = { tag, (uint8_t)len };
	size_t size = 2;
	if (len > UINT16_MAX)
		return LT_EFULL;
	if (len >= 0x100) {
		head[1] = 0x82, head[2] = (uint8_t)(len >> 8), head[3] = (uint8_t)len, size = 4;
	} else if (len >= 0x80) {
		head[1] = 0x81, head[2] = (uint8_t)len, size = 3;
	}
	return lt_buf_append(out, head, size);
}

size_t identity_head_len(size_t len)
{
	return len >= 0x100 ? 4 : len >= 0x80 ? 3 : 2;
}

static enum lt_err put(struct lt_buf *out, struct lt_bytes bytes)
{
	return lt_buf_append(out, bytes.data, bytes.len);
}

/* signing-certificate-v2: lengths from within, then heads from without. */
static enum lt_err put_certificate(const struct identity_direct *direct, struct lt_buf *out)
{
	static const uint8_t hash_head[] = { TAG_OCTETS, SHA256_LEN };
	size_t id = sizeof hash_head + SHA256_LEN + direct->ess.len, list = identity_head_len(id) + id;
	size_t outer = identity_head_len(list) + list, set = identity_head_len(outer) + outer;
	enum lt_err err = identity_put_head(out, TAG_SEQUENCE, sizeof oid_certificate + identity_head_len(set) + set);
	err = err ? err : put(out, CONST(oid_certificate));
	err = err ? err : identity_put_head(out, TAG_SET, set);
	err = err ? err : identity_put_head(out, TAG_SEQUENCE, outer);
	err = err ? err : identity_put_head(out, TAG_SEQUENCE, list);
	err = err ? err : identity_put_head(out, TAG_SEQUENCE, id);
	err = err ? err : put(out, CONST(hash_head));
	err = err ? err : put(out, lt_bytes(direct->hash, SHA256_LEN));
	return err ? err : put(out, lt_buf_bytes(&direct->ess));
}

/* In the order of a DER set, as their lengths stand. */
static enum lt_err put_attributes(const struct identity_direct *direct, struct lt_bytes time, struct lt_bytes data,
				  struct lt_buf *out)
{
	static const uint8_t type_head[] = { TAG_SEQUENCE, 24 }, type_set[] = { TAG_SET, sizeof id_data };
	static const uint8_t time_head[] = { TAG_SEQUENCE, 28 },
			     time_set[] = { TAG_SET, 15, TAG_UTC_TIME, UTC_TIME_LEN };
	static const uint8_t digest_head[] = { TAG_SEQUENCE, 47 },
			     digest_set[] = { TAG_SET, 34, TAG_OCTETS, SHA256_LEN };
	uint8_t digest[SHA256_LEN];
	lt_sha256(data, digest);
	const struct lt_bytes pieces[] = {
		CONST(type_head),   CONST(oid_content_type),   CONST(type_set),   CONST(id_data),
		CONST(time_head),   CONST(oid_signing_time),   CONST(time_set),   time,
		CONST(digest_head), CONST(oid_message_digest), CONST(digest_set), CONST(digest),
	};
	enum lt_err err = LT_OK;
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0] && !err; i++)
		err = put(out, pieces[i]);
	return err ? err : put_certificate(direct, out);
}

/* As time goes on in the certificate's own terms; false: not in the years that two digits tell. */
static bool take_time(uint8_t out[UTC_TIME_LEN])
{
	ASN1_TIME *now = X509_gmtime_adj(NULL, 0);
	bool told = now && ASN1_STRING_type(now) == V_ASN1_UTCTIME && ASN1_STRING_length(now) == UTC_TIME_LEN;
	if (told)
		memcpy(out, ASN1_STRING_get0_data(now), UTC_TIME_LEN);
	ASN1_TIME_free(now);
	return told;
}

static bool sign_set(EVP_PKEY_CTX *key, const struct lt_buf *attributes, uint8_t signature[SIGNATURE_MAX], size_t *len)
{
	uint8_t head[4], digest[SHA256_LEN];
	struct lt_buf set = { .data = head, .cap = sizeof head };
	if (identity_put_head(&set, TAG_SET, attributes->len))
		return false;
	lt_sha256_two(lt_buf_bytes(&set), lt_buf_bytes(attributes), digest);
	*len = SIGNATURE_MAX;
	return EVP_PKEY_sign(key, signature, len, digest, sizeof digest) == 1;
}

static enum lt_err put_cms(const struct identity_direct *direct, const struct lt_buf *attributes,
			   struct lt_bytes signature, struct lt_buf *out)
{
	static const uint8_t version[] = { TAG_INTEGER, 1, 1 };
	size_t signer = sizeof version + direct->sid.len + sizeof sha256 + identity_head_len(attributes->len) +
			attributes->len + sizeof ecdsa_sha256 + identity_head_len(signature.len) + signature.len;
	size_t signers = identity_head_len(signer) + signer;
	size_t data = sizeof version + 2 + sizeof sha256 + sizeof plain_data + identity_head_len(signers) + signers;
	size_t wrapped = identity_head_len(data) + data;
	enum lt_err err =
		identity_put_head(out, TAG_SEQUENCE, sizeof oid_signed_data + identity_head_len(wrapped) + wrapped);
	err = err ? err : put(out, CONST(oid_signed_data));
	err = err ? err : identity_put_head(out, TAG_CONTEXT_0, wrapped);
	err = err ? err : identity_put_head(out, TAG_SEQUENCE, data);
	err = err ? err : put(out, CONST(version));
	err = err ? err : identity_put_head(out, TAG_SET, sizeof sha256);
	err = err ? err : put(out, CONST(sha256));
	err = err ? err : put(out, CONST(plain_data));
	err = err ? err : identity_put_head(out, TAG_SET, signers);
	err = err ? err : identity_put_head(out, TAG_SEQUENCE, signer);
	err = err ? err : put(out, CONST(version));
	err = err ? err : put(out, lt_buf_bytes(&direct->sid));
	err = err ? err : put(out, CONST(sha256));
	err = err ? err : identity_put_head(out, TAG_CONTEXT_0, attributes->len);
	err = err ? err : put(out, lt_buf_bytes(attributes));
	err = err ? err : put(out, CONST(ecdsa_sha256));
	err = err ? err : identity_put_head(out, TAG_OCTETS, signature.len);
	return err ? err : put(out, signature);
}

EVP_PKEY_CTX *identity_direct_signer(const struct lt_cert *cert, EVP_PKEY *key)
{
	if (cert->key != IDENTITY_KEY_P256 || !cert->direct)
		return NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	if (ctx && EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

bool identity_direct_sign(const struct lt_cert *cert, EVP_PKEY_CTX *key, struct lt_bytes data, struct lt_buf *out)
{
	uint8_t time[UTC_TIME_LEN], signature[SIGNATURE_MAX];
	size_t len, before = out->len;
	struct lt_buf attributes = { 0 };
	bool made = take_time(time) && !put_attributes(cert->direct, CONST(time), data, &attributes) &&
		    sign_set(key, &attributes, signature, &len) &&
		    !put_cms(cert->direct, &attributes, lt_bytes(signature, len), out);
	lt_buf_fini(&attributes);
	if (!made)
		out->len = before;
	return made;
}
