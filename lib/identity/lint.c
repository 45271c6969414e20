/* lint.c: certificates of agencies and of CAs. What both have in common stands first: the key, the number, the algorithm that
 * signed, and every extension: one that OpenSSL cannot read, that stands twice, or that is critical and unknown. */
#include "lint_internal.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#define RSA_BITS_MAX 8192 /* a signature of more costs milliseconds to check */
#define SERIAL_BYTES 20   /* RFC 5280 section 4.1.2.2 */
#define NAME_MAX_BYTES 64

/* ---- keys and algorithms ---- */

static enum lt_reason check_rsa(const EVP_PKEY *key, struct lt_refusal *refusal)
{
	int bits = EVP_PKEY_get_bits(key);
	BIGNUM *e = NULL;
	if (bits < IDENTITY_RSA_BITS_MIN)
		return lt_refuse(refusal, LT_KEY_TOO_SHORT, "RSA of %d bits, at least %d; get one with a longer key",
				 bits, IDENTITY_RSA_BITS_MIN);
	if (bits > RSA_BITS_MAX || bits % 8 != 0)
		return lt_refuse(refusal, LT_ALGORITHM_NOT_ALLOWED,
				 "RSA of %d bits, allowed are 2048 to %d in whole bytes; get one with another key",
				 bits, RSA_BITS_MAX);
	bool good = EVP_PKEY_get_bn_param(key, "e", &e) && BN_is_odd(e) && BN_num_bits(e) >= 17;
	BN_free(e);
	return good ? LT_REASON_NONE
		    : lt_refuse(refusal, LT_ALGORITHM_NOT_ALLOWED,
				"RSA with a public exponent below 65537; get one with another key");
}

static enum lt_reason check_key(const X509 *x509, struct lt_refusal *refusal)
{
	const EVP_PKEY *key = X509_get0_pubkey(x509);
	char group[48] = "";
	if (!key)
		return lt_refuse(refusal, LT_ALGORITHM_NOT_ALLOWED,
				 "its public key cannot be read; allowed are P-256, P-384 and RSA");
	switch (identity_key_of(key)) {
	case IDENTITY_KEY_P256:
	case IDENTITY_KEY_P384:
		return LT_REASON_NONE;
	case IDENTITY_KEY_RSA:
		return check_rsa(key, refusal);
	case IDENTITY_KEY_OTHER:
		break;
	}
	(void)EVP_PKEY_get_group_name(key, group, sizeof group, NULL);
	const char *name =
		EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS ? "RSASSA-PSS" : OBJ_nid2sn(EVP_PKEY_get_base_id(key));
	return lt_refuse(
		refusal, LT_ALGORITHM_NOT_ALLOWED,
		"a key of the type %s %s; allowed are P-256, P-384 and RSA (rsaEncryption); get one with such a key",
		name ? name : "unknown", group);
}

bool lint_digest_good(int signature_nid, const X509_ALGOR *algorithm)
{
	int digest = NID_undef;
	if (signature_nid == NID_rsassaPss) {
		/* The digest stands in the parameters; left out it is SHA-1. */
		const void *value = NULL;
		int type = V_ASN1_UNDEF;
		X509_ALGOR_get0(NULL, &type, &value, algorithm);
		const ASN1_STRING *sequence = type == V_ASN1_SEQUENCE ? value : NULL;
		const unsigned char *p = sequence ? ASN1_STRING_get0_data(sequence) : NULL;
		RSA_PSS_PARAMS *pss = p ? d2i_RSA_PSS_PARAMS(NULL, &p, ASN1_STRING_length(sequence)) : NULL;
		digest = pss && pss->hashAlgorithm ? OBJ_obj2nid(pss->hashAlgorithm->algorithm) : NID_sha1;
		RSA_PSS_PARAMS_free(pss);
	} else if (!OBJ_find_sigid_algs(signature_nid, &digest, NULL)) {
		return false;
	}
	return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
}

static enum lt_reason check_signature(const X509 *x509, struct lt_refusal *refusal)
{
	const X509_ALGOR *outer = NULL;
	X509_get0_signature(NULL, &outer, x509);
	const X509_ALGOR *inner = X509_get0_tbs_sigalg(x509);
	if (X509_ALGOR_cmp(outer, inner) != 0)
		return lt_refuse(refusal, LT_ALGORITHM_NOT_ALLOWED,
				 "it names one algorithm inside and signs by another; have it issued anew");
	if (!lint_digest_good(X509_get_signature_nid(x509), outer))
		return lt_refuse(
			refusal, LT_ALGORITHM_NOT_ALLOWED,
			"its CA signed it by %s; allowed are SHA-256, SHA-384 and SHA-512; have it issued anew",
			OBJ_nid2sn(X509_get_signature_nid(x509)));
	return LT_REASON_NONE;
}

/* ---- the body ---- */

static enum lt_reason check_body(const X509 *x509, struct lt_refusal *refusal)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
	const X509_NAME *issuer = X509_get_issuer_name(x509);
	if (X509_get_version(x509) != X509_VERSION_3)
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "X.509 version %ld, version 3 is needed",
				 X509_get_version(x509) + 1);
	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER || ASN1_STRING_length(serial) > SERIAL_BYTES ||
	    (ASN1_STRING_length(serial) == SERIAL_BYTES && ASN1_STRING_get0_data(serial)[0] >= 0x80))
		return lt_refuse(
			refusal, LT_CERTIFICATE_UNTRUSTED,
			"its serial number is negative or over %d bytes (RFC 5280, 4.1.2.2); have it issued anew",
			SERIAL_BYTES);
	if (X509_NAME_entry_count(issuer) == 0)
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "its issuer has no name; have it issued anew");
	return LT_REASON_NONE;
}

static enum lt_reason check_dates(const X509 *x509, int64_t now, struct lt_refusal *refusal)
{
	time_t at = (time_t)(now / 1000000), ahead = (time_t)((now + LINT_AHEAD_US) / 1000000);
	char from[32], to[32];
	lint_time(X509_get0_notBefore(x509), from, sizeof from);
	lint_time(X509_get0_notAfter(x509), to, sizeof to);
	if (X509_cmp_time(X509_get0_notAfter(x509), &at) <= 0)
		return lt_refuse(refusal, LT_CERTIFICATE_EXPIRED, "it ended %s; give one that is valid", to);
	if (X509_cmp_time(X509_get0_notBefore(x509), &ahead) >= 0)
		return lt_refuse(refusal, LT_CERTIFICATE_EXPIRED, "it is not valid before %s; give it then", from);
	if (ASN1_TIME_compare(X509_get0_notBefore(x509), X509_get0_notAfter(x509)) >= 0)
		return lt_refuse(refusal, LT_CERTIFICATE_EXPIRED, "it ends before it begins; have it issued anew");
	return LT_REASON_NONE;
}

/* ---- extensions ---- */

void lint_extension_name(const X509_EXTENSION *extension, char *out, size_t size)
{
	ASN1_OBJECT *object = X509_EXTENSION_get_object((X509_EXTENSION *)(uintptr_t)extension);
	int nid = OBJ_obj2nid(object);
	if (nid != NID_undef)
		snprintf(out, size, "%s", OBJ_nid2sn(nid));
	else if (OBJ_obj2txt(out, (int)size, object, 1) <= 0)
		snprintf(out, size, "?");
}

/* Three that RFC 5280 wants never critical. */
static bool must_not_be_critical(int nid)
{
	return nid == NID_authority_key_identifier || nid == NID_subject_key_identifier || nid == NID_info_access;
}

static enum lt_reason check_extension(const X509 *x509, int at, struct lt_refusal *refusal)
{
	X509_EXTENSION *extension = X509_get_ext(x509, at);
	ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);
	char name[NAME_MAX_BYTES];
	lint_extension_name(extension, name, sizeof name);
	if (X509_get_ext_by_OBJ(x509, object, -1) != at)
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED,
				 "the extension %s stands twice; have it issued anew", name);
	bool critical = X509_EXTENSION_get_critical(extension) != 0;
	if (critical && !X509_supported_extension(extension))
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED,
				 "the critical extension %s is not understood here; get one without it", name);
	if (critical && must_not_be_critical(OBJ_obj2nid(object)))
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED,
				 "the extension %s may not be critical (RFC 5280, 4.2); have it issued anew", name);
	const X509V3_EXT_METHOD *method = X509V3_EXT_get(extension);
	void *value = method ? X509V3_EXT_d2i(extension) : NULL;
	if (method && !value)
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED,
				 "the extension %s cannot be read; have it issued anew", name);
	if (value && method->it)
		ASN1_item_free(value, ASN1_ITEM_ptr(method->it));
	else if (value)
		method->ext_free(value);
	return LT_REASON_NONE;
}

static enum lt_reason check_extensions(const X509 *x509, struct lt_refusal *refusal)
{
	enum lt_reason reason = LT_REASON_NONE;
	for (int i = 0; i < X509_get_ext_count(x509) && !reason; i++)
		reason = check_extension(x509, i, refusal);
	return reason;
}

static enum lt_reason check_common(const X509 *x509, int64_t now, struct lt_refusal *refusal)
{
	enum lt_reason reason = check_body(x509, refusal);
	if (!reason)
		reason = check_key(x509, refusal);
	if (!reason)
		reason = check_extensions(x509, refusal);
	if (!reason)
		reason = check_dates(x509, now, refusal);
	return reason;
}

/* What OpenSSL's own reading of the extensions finds wrong, as an empty or contradictory one. */
static enum lt_reason check_flags(X509 *x509, struct lt_refusal *refusal)
{
	X509_check_purpose(x509, -1, 0);
	return (X509_get_extension_flags(x509) & EXFLAG_INVALID) == 0
		       ? LT_REASON_NONE
		       : lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED,
				   "its extensions contradict RFC 5280; have it issued anew");
}

/* ---- an agency's ---- */

/* Purposes beside which signing what people decide is another one (RFC 5280, 4.2.1.12). The keys of those who serve them lie on machines that
 * answer whoever asks. */
static bool is_for_machines(const ASN1_OBJECT *purpose)
{
	int nid = OBJ_obj2nid(purpose);
	return nid == NID_server_auth || nid == NID_code_sign || nid == NID_time_stamp || nid == NID_OCSP_sign;
}

static bool serves_machines_alone(X509 *x509)
{
	EXTENDED_KEY_USAGE *purposes = X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL);
	int others = 0, count = purposes ? sk_ASN1_OBJECT_num(purposes) : 0;
	for (int i = 0; i < count; i++)
		others += !is_for_machines(sk_ASN1_OBJECT_value(purposes, i));
	EXTENDED_KEY_USAGE_free(purposes);
	return count > 0 && others == 0;
}

static enum lt_reason check_use(X509 *x509, struct lt_refusal *refusal)
{
	uint32_t flags = X509_get_extension_flags(x509), usage = X509_get_key_usage(x509);
	if ((flags & EXFLAG_CA) != 0)
		return lt_refuse(refusal, LT_CERTIFICATE_KEY_USAGE,
				 "it is a CA's, which signs certificates, not acts; give the agency's own");
	if ((usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
		return lt_refuse(refusal, LT_CERTIFICATE_KEY_USAGE,
				 "its key usage has neither digitalSignature nor nonRepudiation; get one for signing");
	if (serves_machines_alone(x509))
		return lt_refuse(refusal, LT_CERTIFICATE_KEY_USAGE,
				 "its extended key usage is for servers, programs, time stamps or OCSP alone; get one "
				 "for signing");
	return LT_REASON_NONE;
}

static enum lt_reason lint_agency_x509(X509 *x509, int64_t now, struct lt_refusal *refusal)
{
	enum lt_reason reason = check_common(x509, now, refusal);
	if (!reason)
		reason = check_flags(x509, refusal);
	if (!reason)
		reason = check_use(x509, refusal);
	return reason ? reason : check_signature(x509, refusal);
}

/* ---- a CA's ---- */

static enum lt_reason check_constraints(const X509 *x509, struct lt_refusal *refusal)
{
	int critical = -1;
	BASIC_CONSTRAINTS *constraints = X509_get_ext_d2i(x509, NID_basic_constraints, &critical, NULL);
	bool ca = constraints && constraints->ca;
	BASIC_CONSTRAINTS_free(constraints);
	if (!ca)
		return lt_refuse(refusal, LT_CERTIFICATE_KEY_USAGE,
				 "basicConstraints does not say CA:TRUE; it is not a CA");
	if (critical != 1)
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED,
				 "basicConstraints of a CA must be critical (RFC 5280, 4.2.1.9); have it issued anew");
	return LT_REASON_NONE;
}

static enum lt_reason check_authority(X509 *x509, bool root, struct lt_refusal *refusal)
{
	const ASN1_OCTET_STRING *own = X509_get0_subject_key_id(x509), *above = X509_get0_authority_key_id(x509);
	bool has = X509_get_ext_by_NID(x509, NID_authority_key_identifier, -1) >= 0;
	if (!own)
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED,
				 "a CA needs a subjectKeyIdentifier (RFC 5280, 4.2.1.2); have it issued anew");
	if (!root && !above)
		return lt_refuse(
			refusal, LT_CERTIFICATE_UNTRUSTED,
			"a CA below another needs an authorityKeyIdentifier (RFC 5280, 4.2.1.1); have it issued anew");
	if (!root || !has)
		return LT_REASON_NONE;
	if (!above || ASN1_OCTET_STRING_cmp(own, above) != 0 || X509_get0_authority_issuer(x509) ||
	    X509_get0_authority_serial(x509))
		return lt_refuse(
			refusal, LT_CERTIFICATE_UNTRUSTED,
			"the authorityKeyIdentifier of a root is its own key id and nothing more; have it issued anew");
	return LT_REASON_NONE;
}

static enum lt_reason lint_ca_x509(X509 *x509, int64_t now, struct lt_refusal *refusal)
{
	enum lt_reason reason = check_common(x509, now, refusal);
	if (!reason)
		reason = check_constraints(x509, refusal);
	if (!reason)
		reason = check_flags(x509, refusal);
	if (reason)
		return reason;
	bool root = X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
	if (X509_NAME_entry_count(X509_get_subject_name(x509)) == 0)
		return lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "a CA needs a name; have it issued anew");
	if ((X509_get_extension_flags(x509) & EXFLAG_KUSAGE) == 0 || (X509_get_key_usage(x509) & KU_KEY_CERT_SIGN) == 0)
		return lt_refuse(refusal, LT_CERTIFICATE_KEY_USAGE,
				 "its key usage has no keyCertSign; it may not sign certificates");
	reason = check_authority(x509, root, refusal);
	if (!reason && root && X509_verify(x509, X509_get0_pubkey(x509)) != 1)
		reason = lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "it does not sign itself with its own key");
	/* Nobody relies on what a root says of itself. */
	return reason || root ? reason : check_signature(x509, refusal);
}

/* ---- both ---- */

static enum lt_reason lint(struct lt_bytes der, int64_t now,
			   enum lt_reason (*check)(X509 *x509, int64_t now, struct lt_refusal *refusal),
			   struct lt_refusal *refusal)
{
	const unsigned char *p = der.data;
	enum lt_reason reason;
	ERR_set_mark();
	X509 *x509 = der.len > 0 && der.len <= IDENTITY_CERT_MAX && identity_der_strict(der)
			     ? d2i_X509(NULL, &p, (long)der.len)
			     : NULL;
	if (!x509 || p != der.data + der.len)
		reason = lt_refuse(refusal, LT_CERTIFICATE_UNTRUSTED, "not one certificate in DER, or over %u bytes",
				   IDENTITY_CERT_MAX);
	else
		reason = check(x509, now, refusal);
	X509_free(x509);
	ERR_pop_to_mark();
	return reason;
}

enum lt_reason lint_certificate(struct lt_bytes der, int64_t now, struct lt_refusal *refusal)
{
	return lint(der, now, lint_agency_x509, refusal);
}

enum lt_reason lint_ca(struct lt_bytes der, int64_t now, struct lt_refusal *refusal)
{
	return lint(der, now, lint_ca_x509, refusal);
}
