/* identity_form.h: the one form of a CMS that identity_direct.c walks and identity_write.c makes: its bytes, and what is prepared of
 * them for a certificate. */
#ifndef LIENTHONG_IDENTITY_FORM_H
#define LIENTHONG_IDENTITY_FORM_H

#include "identity_internal.h"

enum {
	TAG_INTEGER = 0x02,
	TAG_OCTETS = 0x04,
	TAG_OID = 0x06,
	TAG_UTC_TIME = 0x17,
	TAG_SEQUENCE = 0x30,
	TAG_SET = 0x31,
	TAG_KEY_ID = 0x80, /* [0] SubjectKeyIdentifier */
	TAG_CONTEXT_0 = 0xa0,
	TAG_DIRECTORY_NAME = 0xa4, /* [4] of a GeneralName */
	UTC_TIME_LEN = 13,         /* YYMMDDhhmmssZ */
	DIGEST_MAX = 48,
	SHA256_LEN = 32,
	SIGNATURE_MAX = 80, /* of P-256; 72 at most */
};

/* ---- the bytes that are always the same ---- */

#define PKCS 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01
#define SHA2 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02

static const uint8_t oid_signed_data[] = { TAG_OID, 9, PKCS, 0x07, 0x02 };
static const uint8_t plain_data[] = { TAG_SEQUENCE, 11, TAG_OID, 9, PKCS, 0x07, 0x01 };
static const uint8_t id_data[] = { TAG_OID, 9, PKCS, 0x07, 0x01 };
static const uint8_t oid_content_type[] = { TAG_OID, 9, PKCS, 0x09, 0x03 };
static const uint8_t oid_message_digest[] = { TAG_OID, 9, PKCS, 0x09, 0x04 };
static const uint8_t oid_signing_time[] = { TAG_OID, 9, PKCS, 0x09, 0x05 };
static const uint8_t oid_certificate[] = { TAG_OID, 11, PKCS, 0x09, 0x10, 0x02, 0x2f };
/* AlgorithmIdentifiers. RFC 5754 section 2: SHA-2 is written without parameters and read with NULL too. */
static const uint8_t sha256[] = { TAG_SEQUENCE, 11, TAG_OID, 9, SHA2, 0x01 };
static const uint8_t sha256_null[] = { TAG_SEQUENCE, 13, TAG_OID, 9, SHA2, 0x01, 0x05, 0x00 };
static const uint8_t sha384[] = { TAG_SEQUENCE, 11, TAG_OID, 9, SHA2, 0x02 };
static const uint8_t sha384_null[] = { TAG_SEQUENCE, 13, TAG_OID, 9, SHA2, 0x02, 0x05, 0x00 };
static const uint8_t ecdsa_sha256[] = { TAG_SEQUENCE, 10, TAG_OID, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
static const uint8_t ecdsa_sha384[] = { TAG_SEQUENCE, 10, TAG_OID, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 };
static const uint8_t rsa[] = { TAG_SEQUENCE, 13, TAG_OID, 9, PKCS, 0x01, 0x01, 0x05, 0x00 };
static const uint8_t rsa_sha256[] = { TAG_SEQUENCE, 13, TAG_OID, 9, PKCS, 0x01, 0x0b, 0x05, 0x00 };

#define CONST(array) ((struct lt_bytes){ (array), sizeof(array) })

struct identity_pair {
	enum identity_key key;
	size_t digest_len;
	struct lt_bytes digest[2], signature[2];
};
struct identity_direct {
	const struct identity_pair *pair;
	EVP_PKEY_CTX *key;        /* ready to verify; copied for each use, since certificates are shared by threads */
	struct lt_buf sid;        /* IssuerAndSerialNumber */
	struct lt_buf ess;        /* IssuerSerial of an ESSCertIDv2 */
	struct lt_bytes key_id;   /* in the X509; empty: none */
	uint8_t hash[DIGEST_MAX]; /* of the certificate, by the pair's digest */
};

/* Of a DER value with `len` bytes, at most UINT16_MAX: how long its head is, and the head. LT_EFULL, LT_ENOMEM. */
size_t identity_head_len(size_t len);
enum lt_err identity_put_head(struct lt_buf *out, uint8_t tag, size_t len);

#endif
