/* identity_cms.c: the strict check of a signature. OpenSSL parses and does the arithmetic; the rules are here, in the
 * order in which they are checked (proto/SPEC.md). The chain is not built: that verdict is the caller's. The common good
 * case takes a short way before (identity_direct.c). */
#include "identity_internal.h"

#include <lienthong/envelope.h>

#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/objects.h>
#include <string.h>

#include "cms.h"

struct cms {
	CMS_ContentInfo *info;
	struct identity_frame frame;
	CMS_SignerInfo *signer;
	const ASN1_OCTET_STRING *digest;
	ESS_SIGNING_CERT_V2 *ess;
	struct identity_algorithm algorithm;
};

static enum lt_reason read_info(struct cms *cms, struct lt_bytes bytes, struct lt_refusal *refusal)
{
	const unsigned char *p = bytes.data;
	if (bytes.len == 0 || bytes.len > LT_SIGNATURE_MAX)
		return lt_refuse(refusal, LT_SIGNATURE_MALFORMED, "%zu bytes, allowed are 1 to %u", bytes.len,
				 LT_SIGNATURE_MAX);
	cms->info = d2i_CMS_ContentInfo(NULL, &p, (long)bytes.len);
	if (!cms->info)
		return lt_refuse(refusal, LT_SIGNATURE_MALFORMED, "not a CMS ContentInfo");
	if (OBJ_obj2nid(CMS_get0_type(cms->info)) != NID_pkcs7_signed)
		return lt_refuse(refusal, LT_SIGNATURE_MALFORMED, "the CMS is not SignedData");
	if (p != bytes.data + bytes.len)
		return lt_refuse(refusal, LT_SIGNATURE_TRAILING, "%zu bytes follow the CMS",
				 (size_t)(bytes.data + bytes.len - p));
	return LT_REASON_NONE;
}

static bool encodes_to(CMS_ContentInfo *info, struct lt_bytes bytes)
{
	unsigned char again[LT_SIGNATURE_MAX], *p = again;
	if (i2d_CMS_ContentInfo(info, NULL) != (int)bytes.len)
		return false;
	return i2d_CMS_ContentInfo(info, &p) == (int)bytes.len && memcmp(again, bytes.data, bytes.len) == 0;
}

static enum lt_reason check_form(struct cms *cms, struct lt_bytes bytes, struct lt_refusal *refusal)
{
	static const uint8_t id_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
	if (!identity_der_strict(bytes) || !encodes_to(cms->info, bytes))
		return lt_refuse(refusal, LT_SIGNATURE_NOT_DER, "the CMS is BER, or its sets are out of order");
	if (!identity_der_frame(bytes, &cms->frame))
		return lt_refuse(refusal, LT_SIGNATURE_MALFORMED, "the SignedData has not its form");
	if (cms->frame.has_content)
		return lt_refuse(refusal, LT_EMBEDDED_CONTENT, "the CMS holds its content");
	if (cms->frame.has_certificates || cms->frame.has_crls)
		return lt_refuse(refusal, LT_EMBEDDED_CONTENT, "the CMS holds certificates or CRLs");
	if (!lt_bytes_equal(cms->frame.content_type, lt_bytes(id_data, sizeof id_data)))
		return lt_refuse(refusal, LT_SIGNATURE_MALFORMED, "the CMS is not over plain data");
	return LT_REASON_NONE;
}

static enum lt_reason check_signer(struct cms *cms, struct lt_refusal *refusal)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms->info);
	int count = signers ? sk_CMS_SignerInfo_num(signers) : 0;
	if (count != 1)
		return lt_refuse(refusal, LT_SIGNER_COUNT_WRONG, "%d signers", count < 0 ? 0 : count);
	cms->signer = sk_CMS_SignerInfo_value(signers, 0);
	if (CMS_unsigned_get_attr_count(cms->signer) >= 0)
		return lt_refuse(refusal, LT_UNSIGNED_ATTRIBUTES, "%d unsigned attributes",
				 CMS_unsigned_get_attr_count(cms->signer));
	return LT_REASON_NONE;
}

/* The only value of an attribute that stands exactly once, or NULL. */
static const void *attribute(const struct cms *cms, int nid, int type)
{
	return CMS_signed_get0_data_by_OBJ(cms->signer, OBJ_nid2obj(nid), -3, type);
}

static enum lt_reason check_attributes(struct cms *cms, struct lt_refusal *refusal)
{
	if (CMS_signed_get_attr_count(cms->signer) <= 0)
		return lt_refuse(refusal, LT_SIGNED_ATTRIBUTES_MISSING, "no signed attributes");
	const ASN1_OBJECT *type = attribute(cms, NID_pkcs9_contentType, V_ASN1_OBJECT);
	if (!type || OBJ_obj2nid(type) != NID_pkcs7_data)
		return lt_refuse(refusal, LT_SIGNED_ATTRIBUTES_MISSING, "content-type must stand once and be id-data");
	cms->digest = attribute(cms, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING);
	if (!cms->digest)
		return lt_refuse(refusal, LT_SIGNED_ATTRIBUTES_MISSING, "message-digest must stand once");
	const ASN1_STRING *ess = attribute(cms, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
	const unsigned char *p = ess ? ASN1_STRING_get0_data(ess) : NULL;
	const unsigned char *end = ess ? p + ASN1_STRING_length(ess) : NULL;
	if (ess)
		cms->ess = d2i_ESS_SIGNING_CERT_V2(NULL, &p, ASN1_STRING_length(ess));
	if (!cms->ess || p != end)
		return lt_refuse(refusal, LT_SIGNED_ATTRIBUTES_MISSING, "signing-certificate-v2 must stand once");
	return LT_REASON_NONE;
}

/* Steps that need no certificate. */
static enum lt_reason open_cms(struct cms *cms, struct lt_bytes bytes, struct lt_refusal *refusal)
{
	enum lt_reason reason = read_info(cms, bytes, refusal);
	if (reason == LT_REASON_NONE)
		reason = check_form(cms, bytes, refusal);
	if (reason == LT_REASON_NONE)
		reason = check_signer(cms, refusal);
	if (reason == LT_REASON_NONE)
		reason = check_attributes(cms, refusal);
	if (reason == LT_REASON_NONE &&
	    !identity_algorithm_read(cms->signer, cms->frame.digest_algorithms, &cms->algorithm))
		reason = lt_refuse(refusal, LT_ALGORITHM_NOT_ALLOWED, "digest %s with signature %s%s",
				   OBJ_nid2sn(cms->algorithm.digest), OBJ_nid2sn(cms->algorithm.signature),
				   cms->algorithm.signature == NID_rsassaPss
					   ? ", whose mask's digest must be the same and whose salt as long as it"
					   : "");
	return reason;
}

/* The hash of a certificate in signing-certificate-v2 may not be weaker than what is signed: SHA-1 would let two
 * certificates be made for one signature. SigningCertificateV2 { certs { ESSCertIDv2 { hashAlgorithm DEFAULT SHA-256 } } } */
static bool ess_hash_allowed(const struct cms *cms)
{
	const ASN1_STRING *value = attribute(cms, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE);
	struct lt_bytes rest = lt_bytes(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
	struct lt_bytes outer, list, id, algorithm, oid;
	uint8_t tag;
	if (!identity_der_next(&rest, &tag, &outer) || !identity_der_next(&outer, &tag, &list) ||
	    !identity_der_next(&list, &tag, &id) || list.len != 0 || !identity_der_next(&id, &tag, &algorithm))
		return false;
	if (tag != 0x30)
		return true;
	static const uint8_t sha2[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02 };
	return identity_der_next(&algorithm, &tag, &oid) && oid.len == sizeof sha2 + 1 &&
	       memcmp(oid.data, sha2, sizeof sha2) == 0 && oid.data[sizeof sha2] >= 1 && oid.data[sizeof sha2] <= 3;
}

/* The attribute names exactly this certificate, by its hash: another with the same key does not do. */
static bool names_certificate(const struct cms *cms, const struct lt_cert *cert)
{
	bool v1 = CMS_signed_get_attr_by_NID(cms->signer, NID_id_smime_aa_signingCertificate, -1) >= 0;
	return !v1 && ess_hash_allowed(cms) && OSSL_ESS_check_signing_certs(NULL, cms->ess, cert->alone, 1) > 0;
}

/* OpenSSL compares names without regard to case and spaces. The identifier is not signed: only the issuer's own bytes do,
 * so that a signature has one form. */
static bool identifies(const struct cms *cms, const struct lt_cert *cert)
{
	X509_NAME *issuer = NULL;
	const unsigned char *a, *b;
	size_t a_len, b_len;
	if (CMS_SignerInfo_cert_cmp(cms->signer, cert->x509) != 0 ||
	    !CMS_SignerInfo_get0_signer_id(cms->signer, NULL, &issuer, NULL))
		return false;
	return !issuer || (X509_NAME_get0_der(issuer, &a, &a_len) &&
			   X509_NAME_get0_der(X509_get_issuer_name(cert->x509), &b, &b_len) &&
			   lt_bytes_equal(lt_bytes(a, a_len), lt_bytes(b, b_len)));
}

/* Which certificate the signer identifier means. When several fit (one key id, two certificates), the one that the
 * signed attribute names; *named says whether it does. */
static const struct lt_cert *find_signer(const struct cms *cms, const struct lt_cert *const *certs, size_t count,
					 bool *named)
{
	const struct lt_cert *first = NULL;
	*named = false;
	for (size_t i = 0; i < count && !*named; i++) {
		if (!identifies(cms, certs[i]))
			continue;
		*named = names_certificate(cms, certs[i]);
		if (*named || !first)
			first = certs[i];
	}
	return first;
}

static bool digest_fits(const struct cms *cms, struct lt_bytes data)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = 32;
	if (cms->algorithm.digest == NID_sha256) {
		lt_sha256(data, digest);
	} else {
		const EVP_MD *md = cms->algorithm.digest == NID_sha384 ? EVP_sha384() : EVP_sha512();
		if (!EVP_Digest(data.data, data.len, digest, &size, md, NULL))
			return false;
	}
	return lt_bytes_equal(lt_bytes(digest, size),
			      lt_bytes(ASN1_STRING_get0_data(cms->digest), (size_t)ASN1_STRING_length(cms->digest)));
}

static enum lt_reason check_with(const struct cms *cms, struct lt_bytes data, const struct lt_cert *cert, bool named,
				 struct lt_refusal *refusal)
{
	if (!identity_algorithm_fits(&cms->algorithm, cert->key))
		return lt_refuse(refusal, LT_ALGORITHM_NOT_ALLOWED, "digest %s with signature %s for this kind of key",
				 OBJ_nid2sn(cms->algorithm.digest), OBJ_nid2sn(cms->algorithm.signature));
	if (cert->key == IDENTITY_KEY_RSA && cert->key_bits < IDENTITY_RSA_BITS_MIN)
		return lt_refuse(refusal, LT_KEY_TOO_SHORT, "RSA with %d bits, at least %d are needed", cert->key_bits,
				 IDENTITY_RSA_BITS_MIN);
	if (!named)
		return lt_refuse(refusal, LT_SIGNING_CERTIFICATE_WRONG,
				 "signing-certificate-v2 does not name the enrolled certificate");
	if (!cert->may_sign)
		return lt_refuse(refusal, LT_CERTIFICATE_KEY_USAGE,
				 "neither digitalSignature nor nonRepudiation, or a CA");
	if (!digest_fits(cms, data))
		return lt_refuse(refusal, LT_SIGNATURE_WRONG, "message-digest is not that of the signed bytes");
	CMS_SignerInfo_set1_signer_cert(cms->signer, cert->x509);
	if (CMS_SignerInfo_verify(cms->signer) != 1)
		return lt_refuse(refusal, LT_SIGNATURE_WRONG, "the signature does not fit the signed attributes");
	return LT_REASON_NONE;
}

enum lt_reason cms_verify_whole(struct lt_bytes bytes, struct lt_bytes data, const struct lt_cert *const *certs,
				size_t count, const struct lt_cert **used, struct lt_refusal *refusal)
{
	struct cms cms = { 0 };
	bool named;
	const struct lt_cert *cert = NULL;
	enum lt_reason reason = open_cms(&cms, bytes, refusal);
	if (reason != LT_REASON_NONE)
		goto out;
	cert = find_signer(&cms, certs, count, &named);
	if (!cert) {
		reason = lt_refuse(refusal, LT_CERTIFICATE_NOT_ENROLLED, "the signer is none of %zu certificates",
				   count);
		goto out;
	}
	reason = check_with(&cms, data, cert, named, refusal);
	if (reason == LT_REASON_NONE && used)
		*used = cert;
out:
	ESS_SIGNING_CERT_V2_free(cms.ess);
	CMS_ContentInfo_free(cms.info);
	ERR_clear_error();
	return reason;
}

enum lt_reason cms_verify_with(struct lt_bytes cms, struct lt_bytes data, const struct lt_cert *const *certs,
			       size_t count, struct identity_tables *tables, const struct lt_cert **used,
			       struct lt_refusal *refusal)
{
	const struct lt_cert *cert = cms_verify_direct(cms, data, certs, count, tables);
	if (!cert)
		return cms_verify_whole(cms, data, certs, count, used, refusal);
	if (used)
		*used = cert;
	return LT_REASON_NONE;
}

enum lt_reason lt_cms_verify_any(struct lt_bytes cms, struct lt_bytes data, const struct lt_cert *const *certs,
				 size_t count, const struct lt_cert **used, struct lt_refusal *refusal)
{
	return cms_verify_with(cms, data, certs, count, NULL, used, refusal);
}

enum lt_reason lt_cms_verify(struct lt_bytes cms, struct lt_bytes data, const struct lt_cert *cert,
			     struct lt_refusal *refusal)
{
	return lt_cms_verify_any(cms, data, &cert, 1, NULL, refusal);
}
