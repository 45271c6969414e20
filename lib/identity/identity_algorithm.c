/* identity_algorithm.c: which keys, digests and signature algorithms are allowed together (proto/SPEC.md). */
#include "identity_internal.h"

#include <openssl/objects.h>
#include <openssl/rsa.h>

static const struct {
	enum identity_key key;
	int digest, signature;
} allowed[] = {
	{ IDENTITY_KEY_P256, NID_sha256, NID_ecdsa_with_SHA256 },
	{ IDENTITY_KEY_P384, NID_sha384, NID_ecdsa_with_SHA384 },
	/* RFC 3370 names the key's algorithm for RSA, others name the pair. */
	{ IDENTITY_KEY_RSA, NID_sha256, NID_rsaEncryption },
	{ IDENTITY_KEY_RSA, NID_sha384, NID_rsaEncryption },
	{ IDENTITY_KEY_RSA, NID_sha512, NID_rsaEncryption },
	{ IDENTITY_KEY_RSA, NID_sha256, NID_sha256WithRSAEncryption },
	{ IDENTITY_KEY_RSA, NID_sha384, NID_sha384WithRSAEncryption },
	{ IDENTITY_KEY_RSA, NID_sha512, NID_sha512WithRSAEncryption },
	{ IDENTITY_KEY_RSA, NID_sha256, NID_rsassaPss },
	{ IDENTITY_KEY_RSA, NID_sha384, NID_rsassaPss },
	{ IDENTITY_KEY_RSA, NID_sha512, NID_rsassaPss },
};

enum identity_key identity_key_of(const EVP_PKEY *key)
{
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		return IDENTITY_KEY_RSA;
	char group[32];
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC || !EVP_PKEY_get_group_name(key, group, sizeof group, NULL))
		return IDENTITY_KEY_OTHER;
	switch (OBJ_txt2nid(group)) {
	case NID_X9_62_prime256v1:
		return IDENTITY_KEY_P256;
	case NID_secp384r1:
		return IDENTITY_KEY_P384;
	default:
		return IDENTITY_KEY_OTHER;
	}
}

/* The algorithm's NID when its parameters are absent or NULL; NID_undef otherwise. */
static int plain_nid(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;
	int type;
	X509_ALGOR_get0(&object, &type, NULL, algorithm);
	return type == V_ASN1_UNDEF || type == V_ASN1_NULL ? OBJ_obj2nid(object) : NID_undef;
}

static bool mask_fits(const X509_ALGOR *mask, int digest)
{
	const ASN1_OBJECT *object;
	const void *value;
	int type;
	X509_ALGOR_get0(&object, &type, &value, mask);
	if (OBJ_obj2nid(object) != NID_mgf1 || type != V_ASN1_SEQUENCE)
		return false;
	const ASN1_STRING *sequence = value;
	const unsigned char *p = ASN1_STRING_get0_data(sequence);
	X509_ALGOR *inner = d2i_X509_ALGOR(NULL, &p, ASN1_STRING_length(sequence));
	bool fits = inner && plain_nid(inner) == digest;
	X509_ALGOR_free(inner);
	return fits;
}

static long digest_size(int digest)
{
	return digest == NID_sha256 ? 32 : digest == NID_sha384 ? 48 : 64;
}

/* RSASSA-PSS with one digest for all and a salt as long as it (RFC 4055 section 3.1). */
static bool pss_fits(const X509_ALGOR *algorithm, int digest)
{
	const void *value;
	int type;
	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type != V_ASN1_SEQUENCE)
		return false;
	const ASN1_STRING *sequence = value;
	const unsigned char *p = ASN1_STRING_get0_data(sequence);
	RSA_PSS_PARAMS *pss = d2i_RSA_PSS_PARAMS(NULL, &p, ASN1_STRING_length(sequence));
	/* Left out, digest and mask are SHA-1 and the salt is 20 bytes. */
	bool fits = pss && pss->hashAlgorithm && plain_nid(pss->hashAlgorithm) == digest && pss->maskGenAlgorithm &&
		    mask_fits(pss->maskGenAlgorithm, digest) && pss->saltLength &&
		    ASN1_INTEGER_get(pss->saltLength) == digest_size(digest) && !pss->trailerField;
	RSA_PSS_PARAMS_free(pss);
	return fits;
}

/* SignedData lists the digests for readers in one pass; other than the signer's, it would mislead them. */
static bool list_fits(struct lt_bytes digest_algorithms, int digest)
{
	const unsigned char *p = digest_algorithms.data;
	const unsigned char *end = p + digest_algorithms.len;
	if (digest_algorithms.len == 0)
		return false;
	X509_ALGOR *listed = d2i_X509_ALGOR(NULL, &p, (long)digest_algorithms.len);
	bool fits = listed && p == end && plain_nid(listed) == digest;
	X509_ALGOR_free(listed);
	return fits;
}

bool identity_algorithm_read(CMS_SignerInfo *signer, struct lt_bytes digest_algorithms, struct identity_algorithm *out)
{
	X509_ALGOR *digest, *signature;
	const ASN1_OBJECT *object;
	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, &signature);
	X509_ALGOR_get0(&object, NULL, NULL, signature);
	out->digest = plain_nid(digest);
	out->signature = OBJ_obj2nid(object);
	bool pss = out->signature == NID_rsassaPss;
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		if (allowed[i].digest == out->digest && allowed[i].signature == out->signature)
			return (pss ? pss_fits(signature, out->digest) : plain_nid(signature) != NID_undef) &&
			       list_fits(digest_algorithms, out->digest);
	}
	return false;
}

bool identity_algorithm_fits(const struct identity_algorithm *algorithm, enum identity_key key)
{
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		if (allowed[i].key == key && allowed[i].digest == algorithm->digest &&
		    allowed[i].signature == algorithm->signature)
			return true;
	}
	return false;
}
