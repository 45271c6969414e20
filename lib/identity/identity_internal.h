/* identity_internal.h: what the identity files share. Only files that may touch OpenSSL include it. */
#ifndef LIENTHONG_SDK_IDENTITY_INTERNAL_H
#define LIENTHONG_SDK_IDENTITY_INTERNAL_H

#include <lienthong/base.h>
#include <lienthong/identity.h>
#include <lienthong/reason.h>

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#define IDENTITY_CERT_MAX 16384u            /* bytes of DER: government certificates are under 3 KiB */
#define IDENTITY_CRL_MAX (8u * 1024 * 1024) /* bytes of DER: about 200,000 revoked certificates */
#define IDENTITY_FILE_MAX 65536u            /* bytes of a PEM file with a key or a certificate */
#define IDENTITY_PEM_MAX \
	(16u * 1024 * 1024) /* bytes of a file of certificates or CRLs: a CRL of IDENTITY_CRL_MAX as PEM fits */
#define IDENTITY_RSA_BITS_MIN 2048
#define IDENTITY_BATCH_MAX 256u /* headers under one signature; a path is 8 hashes at most */
#define IDENTITY_BATCH_TYPE "lienthong.batch.v1\n"

enum identity_key { IDENTITY_KEY_OTHER, IDENTITY_KEY_P256, IDENTITY_KEY_P384, IDENTITY_KEY_RSA };

struct identity_direct;
/* Immutable after lt_cert_new; what OpenSSL would fill in lazily is filled there. */
struct lt_cert {
	X509 *x509;
	STACK_OF(X509) * alone; /* a chain of this certificate only, for the check of signing-certificate-v2 */
	enum identity_key key;
	int key_bits;
	bool may_sign; /* key usage allows it, and it is no CA */
	uint8_t sha256[32];
	uint8_t *der;
	size_t der_len;
	int64_t from, to;
	struct identity_direct *direct; /* NULL: signatures of this certificate go the long way */
};

/* What identity_direct.c wants to know of a certificate; *out is NULL when it is not of a common kind. */
enum lt_err identity_direct_new(const struct lt_cert *cert, struct identity_direct **out);
void identity_direct_free(struct identity_direct *direct);
/* What makes signatures of the form that is walked; free with EVP_PKEY_CTX_free. NULL: the key is not P-256. */
EVP_PKEY_CTX *identity_direct_signer(const struct lt_cert *cert, EVP_PKEY *key);
/* Appends a CMS over `data`, byte for byte what CMS_sign makes of it but for the signature. False, with nothing appended: ask that. */
bool identity_direct_sign(const struct lt_cert *cert, EVP_PKEY_CTX *key, struct lt_bytes data, struct lt_buf *out);

enum identity_key identity_key_of(const EVP_PKEY *key);

/* Reads a regular file of at most IDENTITY_FILE_MAX bytes. With `secret`, LT_EDENIED when group or others may do
 * anything with it. LT_EIO (errno), LT_EFULL. Free with identity_file_wipe. */
enum lt_err identity_file_read(const char *path, bool secret, struct lt_buf *out);
void identity_file_wipe(struct lt_buf *buf);

/* ---- identity_tables.c: P-256 for the keys that sign most */
#define IDENTITY_TABLES_MAX 16u /* keys with a table of 150 KiB: 2.4 MiB a thread that verifies */
/* Signatures after which a key gets one: as long as they have taken, they save what the table has cost. */
#define IDENTITY_TABLE_AFTER 1000u
struct identity_table {
	uint8_t sha256[32]; /* of the certificate */
	uint32_t count;     /* 0: the place is free */
	EC_GROUP *group;    /* NULL: none yet */
};
struct identity_tables { /* zeroed: empty; one thread */
	struct identity_table tables[IDENTITY_TABLES_MAX];
	EC_GROUP *curve; /* from here on made with the first table */
	EC_POINT *sum, *product;
	BN_CTX *ctx;
};
/* Counts the signature. True: it is one of this certificate's key over the SHA-256 digest. False says nothing. Leaves no error
 * with OpenSSL. */
bool identity_tables_verify(struct identity_tables *tables, const struct lt_cert *cert, const uint8_t digest[32],
			    struct lt_bytes signature);
void identity_tables_fini(struct identity_tables *tables);

/* ---- identity_roots.c: what a batch's CMS was found to be */
#define IDENTITY_PATH_MAX 8u /* steps to the root of IDENTITY_BATCH_MAX leaves */
/* The node above two, at this step of a path: made once for the envelopes of a batch that follow each other. */
void identity_roots_node(struct lt_roots *roots, size_t step, const uint8_t l[32], const uint8_t r[32],
			 uint8_t out[32]);
struct lt_arena *identity_roots_arena(struct lt_roots *roots); /* empty */
void identity_root_key(struct lt_roots *roots, struct lt_bytes cms, struct lt_bytes text, uint8_t out[32]);
void identity_roots_count(struct lt_roots *roots); /* one CMS is checked */
struct identity_tables *identity_roots_tables(struct lt_roots *roots);
/* The one of `certs` that was found to have signed, or NULL. */
const struct lt_cert *identity_roots_find(const struct lt_roots *roots, const uint8_t key[32],
					  const struct lt_cert *const *certs, size_t count);
void identity_roots_add(struct lt_roots *roots, const uint8_t key[32], const struct lt_cert *cert);

/* ---- identity_der.c: the outer form of a CMS, straight from its bytes */
struct identity_frame {
	bool has_content, has_certificates, has_crls;
	struct lt_bytes content_type;      /* OID, the body */
	struct lt_bytes digest_algorithms; /* body of the SET */
};
/* True when the bytes are one value in DER: low tags, definite and shortest lengths, primitive strings, shortest
 * integers, at most 24 deep. The order of sets is left to a comparison with OpenSSL's own encoding. */
bool identity_der_strict(struct lt_bytes der);
/* Takes one value off the front of rest. */
bool identity_der_next(struct lt_bytes *rest, uint8_t *tag, struct lt_bytes *body);
bool identity_der_frame(struct lt_bytes cms, struct identity_frame *out);

/* ---- identity_algorithm.c: the allow list */
struct identity_algorithm {
	int digest, signature; /* NIDs */
};
/* Whether digest and signature algorithm are a pair of the list, whatever the key; with parameters. */
bool identity_algorithm_read(CMS_SignerInfo *signer, struct lt_bytes digest_algorithms, struct identity_algorithm *out);
bool identity_algorithm_fits(const struct identity_algorithm *algorithm, enum identity_key key);

#endif
