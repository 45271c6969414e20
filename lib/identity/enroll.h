/* enroll.h: how a new key of an agency comes into the directory. The agency makes key and request; two people compare one fingerprint over
 * another way, by phone; then the registrar enrols the certificate that the CA made of the request, and the CURVE key.
 * Between the adapter and the operator's command; not part of the SDK. */
#ifndef IDENTITY_ENROLL_H
#define IDENTITY_ENROLL_H

#include <lienthong/identity.h>

/* 128 bits in eight groups of four digits: what two people read to each other in half a minute. */
#define ENROLL_FINGERPRINT_TEXT 40u

/* Makes a P-256 key (PKCS#8, mode 0600) at a path where nothing is, and appends a request (PKCS#10, PEM) with the agency's code as its CN.
 * LT_EIO (errno), LT_ECRYPTO. */
enum lt_err enroll_new(const char *key_path, const char *agency, struct lt_buf *request);
/* SHA-256 over the public key of a request in PEM. LT_EPARSE: it is none; LT_ECRYPTO: its own signature does not hold. */
enum lt_err enroll_request_key(const char *request, uint8_t out[32]);
/* The same of a certificate. LT_ECRYPTO. */
enum lt_err enroll_cert_key(const struct lt_cert *cert, uint8_t out[32]);
/* Over the agency's code and both keys. */
void enroll_fingerprint(const char *agency, const uint8_t key[32], const uint8_t curve[32],
			char out[ENROLL_FINGERPRINT_TEXT]);
/* Whether somebody typed this fingerprint: blanks and signs between the digits, and capital letters, do not count. */
bool enroll_fingerprint_is(const char *fingerprint, const char *typed);

#endif
