/* identity.h: who signs, who is trusted, and the one way a signature is made and checked here.
 *
 * A signature is CMS SignedData, detached, CAdES-B-B (ETSI EN 319 122-1), DER, over exact bytes. The check is stricter than
 * OpenSSL's own; each refusal is a reason of its own. A struct lt_signer may be used from one thread at a time; a struct lt_cert
 * is immutable after it was made and may be shared by threads; a struct lt_trust is filled by one thread and may then be asked
 * by several. What stood in OpenSSL's error queue of the calling thread may be gone afterwards. */
#ifndef LIENTHONG_IDENTITY_H
#define LIENTHONG_IDENTITY_H

#include <lienthong/base.h>
#include <lienthong/reason.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- signing: behind this page a key may be a file today and a token later ---- */
struct lt_signer;
/* Key and certificate in PEM; the key file must have mode 0600 or stricter (LT_EDENIED) and fit the certificate (LT_ECRYPTO).
 * ECDSA P-256 signs with SHA-256; RSA >= 2048 with PKCS#1 v1.5 and SHA-256, or RSA-PSS when `pss`. */
LT_API enum lt_err lt_signer_open(const char *key_path, const char *cert_path, bool pss, struct lt_signer **out);
/* What an error of lt_signer_open is, for who put the files there; static. LT_EIO is errno's. */
LT_API const char *lt_signer_why(enum lt_err err);
LT_API void lt_signer_free(struct lt_signer *signer);
LT_API struct lt_bytes lt_signer_certificate(const struct lt_signer *signer); /* DER */
/* Appends the CMS to out. LT_ECRYPTO, LT_ENOMEM; the same for the two below. */
LT_API enum lt_err lt_signer_cms(struct lt_signer *signer, struct lt_bytes data, struct lt_buf *out);
/* Appends an encoded Signature message (single form) over a header. */
LT_API enum lt_err lt_signer_header(struct lt_signer *signer, struct lt_bytes header, struct lt_buf *out);
/* Signs 1..256 headers with one CMS; out[i] gets the encoded Signature message of headers[i]. */
LT_API enum lt_err lt_signer_batch(struct lt_signer *signer, const struct lt_bytes *headers, size_t count,
				   struct lt_buf *out);

/* ---- certificates: parsed once, checked many times ---- */
struct lt_cert;
LT_API enum lt_err lt_cert_new(struct lt_bytes der, struct lt_cert **out); /* copies; LT_EPARSE */
LT_API void lt_cert_free(struct lt_cert *cert);
LT_API const uint8_t *lt_cert_sha256(const struct lt_cert *cert); /* 32 bytes, of the DER */
LT_API struct lt_bytes lt_cert_der(const struct lt_cert *cert);
LT_API void lt_cert_valid(const struct lt_cert *cert, int64_t *from, int64_t *to);
LT_API void lt_cert_subject(const struct lt_cert *cert, char *out, size_t size); /* RFC 2253, UTF-8 */

/* Certificates and CRLs as they lie in files: PEM (RFC 7468) with any text around its blocks, or DER. Files of at most 16 MiB.
 * LT_EIO (errno), LT_EFULL, LT_EPARSE.
 * The first certificate: a signer's, or the registrar's file that lt_directory_open asks for. Other blocks are passed over. */
LT_API enum lt_err lt_cert_decode(struct lt_bytes bytes, struct lt_cert **out);
LT_API enum lt_err lt_cert_read(const char *path, struct lt_cert **out);
/* All of them, in the order of the file: `each` gets the DER, a view that lives until it returns; what it returns other than 0
 * ends the walk and is the result. No block at all, or one of another kind, is LT_EPARSE. */
LT_API enum lt_err lt_certs_decode(struct lt_bytes bytes, enum lt_err (*each)(void *ctx, struct lt_bytes der),
				   void *ctx);
LT_API enum lt_err lt_certs_read(const char *path, enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx);
LT_API enum lt_err lt_crls_decode(struct lt_bytes bytes, enum lt_err (*each)(void *ctx, struct lt_bytes der),
				  void *ctx);
LT_API enum lt_err lt_crls_read(const char *path, enum lt_err (*each)(void *ctx, struct lt_bytes der), void *ctx);

/* CA certificates and their CRLs. */
struct lt_trust;
LT_API enum lt_err lt_trust_new(struct lt_trust **out);
LT_API void lt_trust_free(struct lt_trust *trust);
LT_API enum lt_err lt_trust_add_ca(struct lt_trust *trust, struct lt_bytes der);
/* A CA that was withdrawn: what it issued, directly or below, is CERTIFICATE_UNTRUSTED from `until` (microseconds) on, and as good as before
 * when it is asked for a time before. */
LT_API enum lt_err lt_trust_end_ca(struct lt_trust *trust, struct lt_bytes der, int64_t until);
/* A CRL of one of the CAs; LT_EPARSE, LT_ECRYPTO when no CA of this trust signed it, or LT_EINVAL when it is not the full list of
 * its CA (a delta list, one of some certificates only, an extension that must be understood and is not). A newer one of the same
 * CA takes the place of the older. */
LT_API enum lt_err lt_trust_add_crl(struct lt_trust *trust, struct lt_bytes der);
/* A trust of files: every CA of one, every list of the other (NULL: none yet). Errors as of the readers and of the two above; LT_ENOMEM. */
LT_API enum lt_err lt_trust_load(const char *ca_path, const char *crl_path, struct lt_trust **out);
/* Chain, validity, revocation and key usage of a certificate at a time: revocation of each certificate below the root. When
 * require_crl and no CRL of an issuer is loaded or it is past nextUpdate: TRUST_STALE, which is no fault of the certificate. */
LT_API enum lt_reason lt_trust_check(struct lt_trust *trust, const struct lt_cert *cert, int64_t at, bool require_crl,
				     struct lt_refusal *refusal);
/* The same with more to say. */
struct lt_trust_question {
	int64_t at; /* microseconds */
	bool require_crl;
	int64_t grace; /* microseconds: how long past nextUpdate a CRL still counts */
	bool past;     /* `at` is when something was recorded: what was revoked after it was good then */
};
/* *stale (may be NULL): the verdict rests on a CRL past its nextUpdate. */
LT_API enum lt_reason lt_trust_ask(struct lt_trust *trust, const struct lt_cert *cert,
				   const struct lt_trust_question *question, bool *stale, struct lt_refusal *refusal);

/* Checks a CMS over data against one certificate (already checked against trust: chain verdicts are cached by the caller). */
LT_API enum lt_reason lt_cms_verify(struct lt_bytes cms, struct lt_bytes data, const struct lt_cert *cert,
				    struct lt_refusal *refusal);
/* Finds which of `certs` the CMS names as its signer (issuer and serial, or key id) and checks with it.
 * CERTIFICATE_NOT_ENROLLED when none; *used is the certificate found. */
LT_API enum lt_reason lt_cms_verify_any(struct lt_bytes cms, struct lt_bytes data, const struct lt_cert *const *certs,
					size_t count, const struct lt_cert **used, struct lt_refusal *refusal);
/* The same for an encoded Signature message over a header; handles the single and the batch form. */
LT_API enum lt_reason lt_signature_verify(struct lt_bytes signature, struct lt_bytes header,
					  const struct lt_cert *const *certs, size_t count, const struct lt_cert **used,
					  struct lt_refusal *refusal);

/* The last LT_ROOTS_MAX roots of batches whose CMS held, so that a batch of 256 costs one check of a signature and 256 paths.
 * Owned by one thread at a time. */
#define LT_ROOTS_MAX 64u /* batches that may arrive in turns */
struct lt_roots;
LT_API enum lt_err lt_roots_new(struct lt_roots **out); /* LT_ENOMEM */
LT_API void lt_roots_free(struct lt_roots *roots);
/* Forgets everything when the version differs from that of the last call: for the version of directory and trust. */
LT_API void lt_roots_renew(struct lt_roots *roots, uint64_t version);
LT_API uint64_t lt_roots_checks(const struct lt_roots *roots); /* CMS really checked, single ones too */
/* lt_signature_verify, with the same verdict for everything; what holds is remembered. */
LT_API enum lt_reason lt_signature_verify_with(struct lt_roots *roots, struct lt_bytes signature,
					       struct lt_bytes header, const struct lt_cert *const *certs, size_t count,
					       const struct lt_cert **used, struct lt_refusal *refusal);

/* ---- CURVE keys: files of 40 Z85 characters; the secret one of mode 0600 ---- */
struct lt_curve_key {
	uint8_t public_key[32];
	uint8_t secret_key[32]; /* the owner wipes it: explicit_bzero */
};
LT_API enum lt_err lt_curve_new(struct lt_curve_key *out);
LT_API enum lt_err lt_curve_load(const char *secret_path, struct lt_curve_key *out); /* derives the public key */
LT_API enum lt_err lt_curve_save(const char *secret_path, const char *public_path, const struct lt_curve_key *key);
LT_API enum lt_err lt_curve_load_public(const char *public_path, uint8_t out[32]);

#ifdef __cplusplus
}
#endif

#endif
