/* identity_der.c: a small reader of DER (X.690 section 10) for what OpenSSL's parser lets pass. OpenSSL keeps names and
 * values of type ANY as the bytes that it read, so that encoding again does not show BER inside them. */
#include "identity_internal.h"

#define TAG_INTEGER 0x02
#define TAG_OID 0x06
#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31
#define TAG_CONTEXT_0 0xa0
#define TAG_CONTEXT_1 0xa1
#define CONSTRUCTED 0x20
#define DEPTH_MAX 24 /* a CMS with its names and attributes is about 12 deep */

static bool read_length(struct lt_bytes *rest, size_t *out)
{
	if (rest->len == 0)
		return false;
	size_t first = rest->data[0];
	*rest = lt_bytes(rest->data + 1, rest->len - 1);
	if (first < 0x80) {
		*out = first;
		return true;
	}
	size_t count = first & 0x7f; /* 0 would be the indefinite form */
	if (count == 0 || count > 3 || count > rest->len || rest->data[0] == 0)
		return false;
	size_t length = 0;
	for (size_t i = 0; i < count; i++)
		length = length << 8 | rest->data[i];
	*rest = lt_bytes(rest->data + count, rest->len - count);
	*out = length;
	return length >= 0x80;
}

bool identity_der_next(struct lt_bytes *rest, uint8_t *tag, struct lt_bytes *body)
{
	struct lt_bytes r = *rest;
	size_t length;
	if (r.len == 0 || (r.data[0] & 0x1f) == 0x1f)
		return false;
	*tag = r.data[0];
	r = lt_bytes(r.data + 1, r.len - 1);
	if (!read_length(&r, &length) || length > r.len)
		return false;
	*body = lt_bytes(r.data, length);
	*rest = lt_bytes(r.data + length, r.len - length);
	return true;
}

static bool integer_shortest(struct lt_bytes body)
{
	if (body.len == 0)
		return false;
	if (body.len == 1)
		return true;
	bool high = (body.data[1] & 0x80) != 0;
	return !(body.data[0] == 0x00 && !high) && !(body.data[0] == 0xff && high);
}

static bool strict_at(struct lt_bytes rest, int depth)
{
	while (rest.len > 0) {
		uint8_t tag;
		struct lt_bytes body;
		if (depth > DEPTH_MAX || !identity_der_next(&rest, &tag, &body))
			return false;
		bool constructed = (tag & CONSTRUCTED) != 0;
		if ((tag & 0xc0) == 0 && constructed != (tag == TAG_SEQUENCE || tag == TAG_SET))
			return false;
		if (tag == TAG_INTEGER && !integer_shortest(body))
			return false;
		if (constructed && !strict_at(body, depth + 1))
			return false;
	}
	return true;
}

bool identity_der_strict(struct lt_bytes der)
{
	return strict_at(der, 0);
}

static bool expect(struct lt_bytes *rest, uint8_t wanted, struct lt_bytes *body)
{
	uint8_t tag;
	return identity_der_next(rest, &tag, body) && tag == wanted;
}

static bool skip_if(struct lt_bytes *rest, uint8_t wanted)
{
	uint8_t tag;
	struct lt_bytes r = *rest, body;
	if (!identity_der_next(&r, &tag, &body) || tag != wanted)
		return false;
	*rest = r;
	return true;
}

static bool version_is(struct lt_bytes body, uint8_t version)
{
	return body.len == 1 && body.data[0] == version;
}

/* SignerInfo { version, sid ... }: 1 with issuer and serial, 3 with a key identifier, and SignedData over plain data the
 * same (RFC 5652 sections 5.1 and 5.3). Versions are not signed and OpenSSL ignores them: a CMS has one form here. */
static bool versions_fit(struct lt_bytes signers, struct lt_bytes outer)
{
	struct lt_bytes signer, version, sid;
	uint8_t tag;
	if (signers.len == 0)
		return true;
	if (!expect(&signers, TAG_SEQUENCE, &signer) || !expect(&signer, TAG_INTEGER, &version) ||
	    !identity_der_next(&signer, &tag, &sid))
		return false;
	uint8_t wanted = tag == TAG_SEQUENCE ? 1 : 3;
	return version_is(version, wanted) && (signers.len != 0 || version_is(outer, wanted));
}

/* ContentInfo { contentType, [0] SignedData { version, digestAlgorithms, encapContentInfo, [0] certificates OPTIONAL,
 * [1] crls OPTIONAL, signerInfos } } (RFC 5652 sections 3 and 5.1). */
bool identity_der_frame(struct lt_bytes cms, struct identity_frame *out)
{
	struct lt_bytes info, wrapped, data, content, version, signers, ignored;
	if (!expect(&cms, TAG_SEQUENCE, &info) || cms.len != 0 || !expect(&info, TAG_OID, &ignored) ||
	    !expect(&info, TAG_CONTEXT_0, &wrapped) || info.len != 0 || !expect(&wrapped, TAG_SEQUENCE, &data) ||
	    wrapped.len != 0)
		return false;
	if (!expect(&data, TAG_INTEGER, &version) || !expect(&data, TAG_SET, &out->digest_algorithms) ||
	    !expect(&data, TAG_SEQUENCE, &content) || !expect(&content, TAG_OID, &out->content_type))
		return false;
	out->has_content = content.len != 0;
	out->has_certificates = skip_if(&data, TAG_CONTEXT_0);
	out->has_crls = skip_if(&data, TAG_CONTEXT_1);
	return expect(&data, TAG_SET, &signers) && data.len == 0 && versions_fit(signers, version);
}
